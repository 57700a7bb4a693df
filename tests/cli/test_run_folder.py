"""A run on disk: what is there, what it says, and that the same config gives the same bytes."""

import hashlib
import math
import platform
import re
from concurrent.futures import ThreadPoolExecutor

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from tests.cli.conftest import newest
from tests.cli.test_commands import rows, strict
from yann import __version__
from yann.study.metrics import METRICS

WHERE = ["cell", "replicate", "seed", "step"]
LAYER = ["layer", "fan_in", "fan_out", "activation"]
STANDARD = [
    "dW_norm", "dW_rms", "dW_mean", "dW_std", "dW_min", "dW_max", "dW_zero_fraction", "log10_dW_rms", "db_norm", "dZ_rms",
    "A_mean", "A_std", "A_rms", "dead_fraction", "saturated_fraction", "update_ratio",
]  # fmt: skip


def header(path):
    """Give the columns of a CSV file."""
    return path.read_text(encoding="utf-8").partition("\n")[0].split(",")


def test_a_run_has_every_file_that_is_promised(depth):
    run = newest(depth[0], "depth")
    assert sorted(path.name for path in run.iterdir()) == [
        "cells.csv", "config.yaml", "layers.csv", "manifest.json", "plots", "resolved.yaml",
    ]  # fmt: skip
    assert re.fullmatch(r"\d{8}T\d{6}Z-[a-z0-9]{4}", run.name)
    plots = list((run / "plots").iterdir())
    assert plots
    assert all(path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n") for path in plots)


@pytest.mark.parametrize(("form", "begins"), [("svg", b"<?xml"), ("pdf", b"%PDF-")])
def test_plots_come_in_the_format_that_is_asked_for(form, begins, yann, tmp_path):
    assert yann("sweep", "depth", "-q", "--plot-format", form, cwd=tmp_path).code == 0
    plots = list((newest(tmp_path, "depth") / "plots").iterdir())
    assert plots
    assert all(path.suffix == f".{form}" and path.read_bytes().startswith(begins) for path in plots)


def test_the_manifest_tells_how_the_run_came_about(depth):
    run = newest(depth[0], "depth")
    manifest = strict((run / "manifest.json").read_text(encoding="utf-8"))
    assert manifest.keys() >= {"format", "argv", "versions", "host", "seed", "start", "end", "status", "sha256"}
    assert manifest["status"] == "finished"
    assert manifest["argv"][1:] == ["sweep", "depth", "-f", "csv"]
    assert (
        manifest["versions"] | {"yann": __version__, "python": platform.python_version(), "numpy": np.__version__}
        == manifest["versions"]
    )
    assert manifest["versions"]["blas"]
    assert manifest["seed"] == 0
    assert manifest["start"] < manifest["end"]
    files = {path.relative_to(run).as_posix(): path for path in run.rglob("*") if path.is_file() and path.name != "manifest.json"}
    assert manifest["sha256"] == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def test_latest_leads_to_the_newest_run_and_no_run_is_used_twice(yann, tmp_path):
    seen = []
    for _ in range(3):
        yann("sweep", "depth", "-q", "--no-plots", cwd=tmp_path)
        seen.append(newest(tmp_path, "depth"))
    assert len(set(seen)) == 3
    assert len({(run / "layers.csv").read_bytes() for run in seen}) == 1
    runs = {path.name for path in (tmp_path / "outputs" / "depth").iterdir()}
    assert runs == {"latest", *(run.name for run in seen)}


def test_runs_at_the_same_moment_do_not_meet(yann, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: yann("sweep", "depth", "-q", "--no-plots", cwd=tmp_path), range(4)))
    assert [(each.code, each.err) for each in done] == [(0, "")] * 4
    assert len(list((tmp_path / "outputs" / "depth").iterdir())) == 5


def test_a_run_goes_where_it_is_told(yann, tmp_path):
    yann("sweep", "depth", "-q", "--no-plots", "-o", "else/where", "--set", "name=other", cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["else"]
    assert (tmp_path / "else" / "where" / "other" / "latest" / "layers.csv").exists()


def test_an_experiment_folder_that_is_a_link_is_left_alone(yann, tmp_path):
    (tmp_path / "outputs").mkdir()
    (tmp_path / "precious").mkdir()
    (tmp_path / "outputs" / "depth").symlink_to(tmp_path / "precious")
    assert yann("sweep", "depth", "-q", "--no-plots", cwd=tmp_path).code == 74
    assert list((tmp_path / "precious").iterdir()) == []


def test_layers_csv_has_a_row_for_each_cell_replicate_step_and_layer(learning):
    folder, done = learning
    run = newest(folder, "learning")
    assert done.out.encode() == (run / "layers.csv").read_bytes()
    table = rows(done.out)
    keys = [tuple(int(row[name]) for name in ("cell", "replicate", "step", "layer")) for row in table]
    assert keys == [(c, r, t, n) for c in range(4) for r in range(2) for t in range(3) for n in (1, 2, 3)]
    assert {(row["init"], row["network_activation"]) for row in table} == {
        (init, activation) for init in ("xavier_normal", "normal(std=1e+160)") for activation in ("tanh", "relu")
    }
    assert {row["seed"] for row in table} == {"3"}


def test_the_columns_are_those_that_are_promised_in_their_order(learning, depth):
    run = newest(learning[0], "learning")
    assert header(run / "layers.csv") == [*WHERE, "init", "network_activation", *LAYER, *STANDARD, "state"]
    assert header(run / "cells.csv") == [*WHERE, "init", "network_activation", "loss", "accuracy", "state"]
    run = newest(depth[0], "depth")
    assert header(run / "layers.csv") == [*WHERE, "depth", *LAYER, *STANDARD[:-1], "state"]
    assert header(run / "cells.csv") == [*WHERE, "depth", "loss", "state"]
    assert list(METRICS) == STANDARD


def test_cells_csv_has_a_row_for_each_cell_replicate_and_step(learning):
    table = rows((newest(learning[0], "learning") / "cells.csv").read_text(encoding="utf-8"))
    assert [tuple(int(row[name]) for name in ("cell", "replicate", "step")) for row in table] == [
        (c, r, t) for c in range(4) for r in range(2) for t in range(3)
    ]
    assert all(row["loss"] and row["accuracy"] for row in table if row["state"] == "ok")
    assert {row["state"] for row in table} <= {"ok", "underflow", "overflow", "nan"}


def test_the_config_is_kept_as_given_and_as_understood(learning, yann, tmp_path):
    run = newest(learning[0], "learning")
    assert (run / "config.yaml").read_bytes() == (learning[0] / "learning.yaml").read_bytes()
    done = yann("sweep", run / "resolved.yaml", "-q", "--no-plots", cwd=tmp_path)
    assert done.out == learning[1].out


def test_what_was_understood_runs_from_where_it_lies_though_it_names_files(yann, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "points.csv").write_text("x,y\n1,2\n3,4\n5,7\n", encoding="utf-8")
    (tmp_path / "sub" / "cells.csv").write_text("network.depth,optimizer.lr\n1,0.1\n2,0.2\n", encoding="utf-8")
    (tmp_path / "sub" / "c.yaml").write_text(
        "network: {width: 3}\ndata: {name: csv, path: points.csv, targets: y}\nsweep: {file: cells.csv}\n", encoding="utf-8"
    )
    first = yann("sweep", "sub/c.yaml", "-q", "--no-plots", cwd=tmp_path)
    assert first.code == 0
    again = yann("sweep", newest(tmp_path, "c") / "resolved.yaml", "-q", "--no-plots", cwd=tmp_path)
    assert (again.code, again.err) == (0, "")
    assert again.out == first.out


def test_what_options_changed_is_in_what_was_understood(yann, tmp_path):
    first = yann("sweep", "depth", "--set", "network.width=5", "--grid", "seed=1,2", "-q", "--no-plots", cwd=tmp_path)
    again = yann("sweep", newest(tmp_path, "depth") / "resolved.yaml", "-q", "--no-plots", cwd=tmp_path)
    assert again.out == first.out
    assert "5,5" in first.out


def test_the_number_of_workers_changes_no_byte(learning, yann, tmp_path):
    for jobs in (2, 7):
        done = yann("sweep", learning[0] / "learning.yaml", "-q", "--no-plots", "-j", jobs, cwd=tmp_path)
        assert done.out == learning[1].out
        for name in ("layers.csv", "cells.csv"):
            assert (newest(tmp_path, "learning") / name).read_bytes() == (newest(learning[0], "learning") / name).read_bytes()


def test_an_added_value_of_an_axis_changes_no_existing_row(depth, yann, tmp_path):
    more = yann("sweep", "depth", "--set", "sweep=null", "--grid", "network.depth=1:6", "-q", "--no-plots", cwd=tmp_path)
    assert more.out.startswith(depth[1].out)


LABELS = ("init", "network_activation", "activation", "state")


def truth(path):
    """Give the numbers of each column, read by Python itself."""
    table = rows(path.read_text(encoding="utf-8"))
    return {name: [float(row[name]) if row[name] else math.nan for row in table] for name in table[0] if name not in LABELS}


def read_pandas(path):
    exact = {} if int(pd.__version__.partition(".")[0]) >= 3 else {"float_precision": "round_trip"}  # the default since
    frame = pd.read_csv(path, **exact)
    return {name: (pd.api.types.is_numeric_dtype(frame[name]), frame[name].tolist()) for name in frame}


def read_polars(path):
    frame = pl.read_csv(path)
    return {name: (frame[name].dtype.is_numeric(), frame[name].to_list()) for name in frame.columns}


def read_duckdb(path):
    relation = duckdb.connect().read_csv(str(path))
    columns = zip(*relation.fetchall(), strict=True)
    kinds = [str(kind) in ("BIGINT", "DOUBLE", "INTEGER") for kind in relation.types]
    return {name: (kind, list(values)) for name, kind, values in zip(relation.columns, kinds, columns, strict=True)}


@pytest.mark.parametrize("reader", [read_pandas, read_polars, read_duckdb], ids=["pandas", "polars", "duckdb"])
@pytest.mark.parametrize("file", ["layers.csv", "cells.csv"])
def test_other_tools_read_every_number_to_its_last_digit(reader, file, learning):
    path = newest(learning[0], "learning") / file
    table, expected = reader(path), truth(path)
    assert list(table) == header(path)
    for name, (numeric, values) in table.items():
        assert numeric is (name not in LABELS)
        if numeric:
            found = [math.nan if value is None else float(value) for value in values]
            assert np.array_equal(found, expected[name], equal_nan=True)


def test_a_column_of_numbers_begins_as_it_goes_on(yann, tmp_path):
    axes = "optimizer.momentum: [0, 0.5], data.inputs.std: [1, 0.5]"
    text = f"network: {{depth: 1, width: 2}}\nreplicates: 150\nsweep: {{grid: {{{axes}}}}}\n"
    assert yann("sweep", "-", "-q", "--no-plots", cwd=tmp_path, text=text).code == 0
    frame = pl.read_csv(newest(tmp_path, "stdin") / "layers.csv")
    assert frame["momentum"].unique().sort().to_list() == [0, 0.5]
    assert frame["std"].unique().sort().to_list() == [0.5, 1]


def test_underflow_is_told_and_its_size_is_not_lost(yann, tmp_path):
    text = "network: {depth: 40, width: 3, init: {name: constant, value: 1e-9}, activation: identity}\n"
    table = rows(yann("sweep", "-", "-q", "--no-plots", cwd=tmp_path, text=text).out)
    assert table[0]["state"] == "underflow"
    assert float(table[0]["log10_dW_rms"]) < -320
    assert table[-1]["layer"] == "40"
