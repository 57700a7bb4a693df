"""The same config gives the same bytes, however it is run; what is added to it changes nothing that was there."""

import csv
import hashlib
import importlib.util
import io
import random
from itertools import product

import pytest

from tests.interruptions import hashes, interrupt, resumed, the_run
from yann.study.executors import EXECUTORS

CONFIG = """\
name: long
network: {width: 3}
replicates: 4
steps: 2
batch: 16
data: {targets: bits}
loss: bce_with_logits
sweep:
  grid:
    network.depth: [2, 5]
    network.activation: [tanh, gelu]
    network.init: [xavier_normal, orthogonal]
    seed: {range: [1, 10]}
"""
AVAILABLE = [name for name in EXECUTORS if name != "dask" or importlib.util.find_spec("distributed")]
WAYS = [*product([name for name in AVAILABLE if name != "serial"], (1, 2, 4)), ("serial", 1)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("determinism")
    (folder / "long.yaml").write_text(CONFIG, encoding="utf-8")
    return folder


def rows_of(text, cells=None):
    """Give the sorted rows of a CSV file, without the number of the cell, which is its place."""
    rows = [[*row[1:]] for row in csv.reader(io.StringIO(text)) if cells is None or row[0] in cells]
    return hashlib.sha256(repr(sorted(rows)).encode()).hexdigest()


@pytest.fixture(scope="module")
def plainly(yann, folder):
    """Give the hashes of the files, as one process writes them."""
    assert yann("sweep", "long.yaml", "-q", "--no-plots", "--executor", "serial", "-o", "whole", cwd=folder).code == 0
    return hashes(the_run(folder / "whole"))


@pytest.mark.parametrize(("executor", "workers"), WAYS)
def test_every_executor_and_number_of_workers(executor, workers, yann, folder, plainly, tmp_path):
    options = ["-q", "--no-plots", "--executor", executor, "-j", workers, "-o", tmp_path]
    done = yann("sweep", folder / "long.yaml", *options, cwd=folder)
    assert (done.code, done.err) == (0, "")
    assert hashes(the_run(tmp_path)) == plainly


@pytest.mark.parametrize(("executor", "workers"), [way for way in WAYS if way[1] == 2])
def test_every_executor_with_a_kill_and_in_shards(executor, workers, yann, folder, plainly, tmp_path):
    options = ["-q", "--no-plots", "--executor", executor, "-j", workers]
    cut = interrupt(tmp_path / "cut", folder / "long.yaml", "SIGKILL", "group", 1.5 if executor != "dask" else 3.5, executor)
    if cut.run is not None and (cut.run / "journal").exists():
        assert resumed(cut.run, *options[2:])[0] == 0
        assert hashes(cut.run) == plainly
    for number in (3, 1, 2):
        done = yann("sweep", folder / "long.yaml", *options, "--shard", f"{number}/3", "-o", tmp_path, cwd=folder)
        assert done.code == 0
    shards = [path for path in (tmp_path / "long").iterdir() if path.name != "latest"]
    assert yann("merge", *shards, "-q", "-o", tmp_path / "joined", cwd=folder).code == 0
    assert hashes(the_run(tmp_path / "joined")) == plainly


@pytest.mark.usefixtures("plainly")
def test_cells_in_any_order_have_the_same_rows(yann, folder, tmp_path):
    values = [*range(1, 11)]
    random.Random(3).shuffle(values)  # noqa: S311 - an order, not a secret
    text = CONFIG.replace("{range: [1, 10]}", str(values)).replace("[2, 5]", "[5, 2]").replace("[tanh, gelu]", "[gelu, tanh]")
    (tmp_path / "long.yaml").write_text(text, encoding="utf-8")
    assert yann("sweep", "long.yaml", "-q", "--no-plots", "-o", "o", cwd=tmp_path).code == 0
    for name in ("layers.csv", "cells.csv"):
        one, two = (
            rows_of((run / name).read_text(encoding="utf-8")) for run in (the_run(folder / "whole"), the_run(tmp_path / "o"))
        )
        assert one == two


@pytest.mark.usefixtures("plainly")
def test_a_value_that_is_added_to_an_axis_changes_no_row_that_was_there(yann, folder, tmp_path):
    text = CONFIG.replace("[2, 5]", "[3, 2, 4, 5]").replace("[tanh, gelu]", "[relu, tanh, gelu]")
    (tmp_path / "long.yaml").write_text(text, encoding="utf-8")
    assert yann("sweep", "long.yaml", "-q", "--no-plots", "-o", "o", cwd=tmp_path).code == 0
    for name in ("layers.csv", "cells.csv"):
        before = (the_run(folder / "whole") / name).read_text(encoding="utf-8").splitlines()[1:]
        after = (the_run(tmp_path / "o") / name).read_text(encoding="utf-8").splitlines()[1:]
        assert {line.partition(",")[2] for line in before} < {line.partition(",")[2] for line in after}
        assert len(after) > len(before)


def test_results_of_an_earlier_run_are_used_again_and_are_the_same(yann, folder, plainly, tmp_path):
    def ran(*options):
        done = yann("sweep", folder / "long.yaml", "--no-plots", "--cache", "-o", tmp_path / "o", *options, cwd=folder)
        (told,) = [line for line in done.err.splitlines() if "pieces of work" in line]
        return done.code, told.partition(" pieces")[0]

    def newest_hashes():
        return hashes((tmp_path / "o" / "long" / "latest").resolve())

    assert ran("-j", 1) == (0, "0 of 80")
    assert newest_hashes() == plainly
    assert ran("-j", 2) == (0, "80 of 80")
    assert newest_hashes() == plainly
    assert ran("--grid", "network.depth=2,3") == (0, "40 of 80")
    assert ran("--set", "dtype=float32") == (0, "0 of 80")
    assert ran("--set", "optimizer.lr=0.5") == (0, "0 of 80")
    assert ran() == (0, "80 of 80")
    assert newest_hashes() == plainly
