"""The commands: their help, their examples, their formats, and the exit codes."""

import csv
import io
import json
import shlex
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import newest
from yann import __version__
from yann.cli import main
from yann.cli.commands import COMMANDS
from yann.study import pieces

OF_A_RUN = ("resume", "merge")
"""Commands whose examples need a run that is there."""
FULL = Path("/dev/full")
SMALL = "network: {depth: 3, width: 3}\n"


def rows(text):
    """Give the rows of a CSV text."""
    return list(csv.DictReader(io.StringIO(text)))


def strict(text):
    """Read JSON that holds nothing but JSON."""

    def refuse(word):
        raise AssertionError(word)

    return json.loads(text, parse_constant=refuse)


def example(text):
    """Give the command line of the example in a help text."""
    return text[text.index("Example:") :].partition("\n\n")[0].removeprefix("Example:").replace("\n", " ").strip()


def test_the_first_help_fits_a_small_terminal_and_names_every_command(yann, tmp_path):
    done = yann("--help", cwd=tmp_path)
    lines = done.out.rstrip("\n").split("\n")
    assert done.code == 0
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert all(f"  {command} " in done.out for command in COMMANDS)
    assert "--version" in done.out
    assert "completion" in done.out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_example_of_every_command_runs_as_it_stands(command, yann, shell, tmp_path):
    done = yann(command, "--help", cwd=tmp_path)
    assert done.code == 0
    line = example(done.out)
    assert shlex.split(line)[:2] == ["yann", command]
    ran = shell(line, tmp_path)
    if command in OF_A_RUN:
        assert (ran.code, "no such option" in ran.err.lower()) == (2, False)
    else:
        assert (ran.code, ran.err if ran.code else "") == (0, "")


def test_what_the_first_help_says_to_start_with_runs(yann, shell, tmp_path):
    told = yann("--help", cwd=tmp_path).out
    assert "yann step" in told
    assert "yann sweep depth" in told
    assert shell("yann step", tmp_path).code == 0


def test_every_bundled_config_that_the_help_names_is_there(yann, tmp_path):
    told = " ".join(yann("sweep", "--help", cwd=tmp_path).out.split())
    names = told.partition("a bundled config: ")[2].partition(".")[0].split(", ")
    assert len(names) > 3
    for name in names:
        assert yann("sweep", name, "--dry-run", cwd=tmp_path).code == 0


def test_no_command_is_the_help_and_not_an_error_of_its_own(yann, tmp_path):
    done = yann(cwd=tmp_path)
    assert "Usage: yann" in done.out + done.err
    assert done.code in (0, 2)


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version_is_told(option, yann, tmp_path):
    done = yann(option, cwd=tmp_path)
    assert (done.code, done.out, done.err) == (0, f"yann {__version__}\n", "")


def test_h_is_help(yann, tmp_path):
    assert yann("sweep", "-h", cwd=tmp_path).out == yann("sweep", "--help", cwd=tmp_path).out


def test_shell_completion_can_be_shown(yann, tmp_path):
    assert "yann" in yann("--show-completion", cwd=tmp_path, env={"SHELL": "/bin/bash"}).out


def test_sweeping_depth_prints_layers_csv_to_the_byte(depth):
    folder, done = depth
    assert done.code == 0
    assert done.out.encode() == (newest(folder, "depth") / "layers.csv").read_bytes()


def test_the_gradients_against_depth_are_those_worked_out_by_hand(depth):
    by_hand = {1: 2 / 3, 2: 2.0, 3: 6.0, 4: 18.0, 5: 54.0}
    table = rows(depth[1].out)
    assert {int(row["depth"]) for row in table} == set(by_hand)
    for row in table:
        for column in ("dW_min", "dW_max"):
            assert float(row[column]) == pytest.approx(by_hand[int(row["depth"])], rel=1e-12, abs=0)


@pytest.mark.parametrize("argument", ["depth", "./depth-copy.yaml", "-"])
def test_a_config_is_a_name_a_path_or_standard_input(argument, depth, yann, tmp_path):
    text = (newest(depth[0], "depth") / "config.yaml").read_text(encoding="utf-8")
    (tmp_path / "depth-copy.yaml").write_text(text, encoding="utf-8")
    done = yann("sweep", argument, "-q", "--no-plots", cwd=tmp_path, text=text if argument == "-" else None)
    assert (done.code, done.err, done.out) == (0, "", depth[1].out)
    assert [path.name for path in (tmp_path / "outputs").iterdir()] == [
        {"-": "stdin", "depth": "depth"}.get(argument, "depth-copy")
    ]


def test_paths_in_a_config_are_relative_to_it_and_to_the_working_folder_for_standard_input(yann, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "points.csv").write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    text = "network: {depth: 1}\ndata: {name: csv, path: points.csv, targets: y}\n"
    (tmp_path / "sub" / "c.yaml").write_text(text, encoding="utf-8")
    assert yann("sweep", "sub/c.yaml", "-q", "--no-plots", cwd=tmp_path).code == 0
    assert yann("sweep", "-", "-q", "--no-plots", cwd=tmp_path / "sub", text=text).code == 0
    assert yann("sweep", "-", "-q", "--no-plots", cwd=tmp_path, text=text).code == 2


@pytest.mark.parametrize("command", ["sweep", "train"])
def test_every_format_says_the_same(command, yann, learning, tmp_path):
    config = learning[0] / "learning.yaml"
    told = {
        form: yann(command, config, "-q", "--no-plots", "-f", form, cwd=tmp_path)
        for form in ("auto", "csv", "json", "jsonl", "md", "table")
    }
    assert {done.code for done in told.values()} == {0}
    assert {done.err for done in told.values()} == {""}
    assert told["auto"].out == told["csv"].out
    table, objects = rows(told["csv"].out), strict(told["json"].out)
    assert [strict(line) for line in told["jsonl"].out.splitlines()] == objects
    assert [list(each) for each in objects] == [list(row) for row in table]
    for row, each in zip(table, objects, strict=True):
        for name, value in each.items():
            text = "" if value is None else value if isinstance(value, str) else repr(value)
            assert row[name] == text
    assert told["md"].out.count("|") > 10
    assert all(
        line.count("|") == told["md"].out.splitlines()[2].count("|")
        for line in told["md"].out.splitlines()
        if line.startswith("|")
    )
    assert all("xavier_normal" in told[form].out.replace("\\", "") for form in ("table", "md"))


def test_what_is_not_finite_is_empty_in_csv_null_in_json_and_told_in_state(learning):
    table = rows(learning[1].out)
    assert {row["state"] for row in table} >= {"ok", "overflow"}
    metrics = [name for name in table[0] if name.startswith("dW_") and name != "dW_zero_fraction"]
    for row in table:
        empty = [name for name in metrics if row[name] == ""]
        assert not empty or row["state"] in ("overflow", "nan")
        assert not {"nan", "inf", "-inf", "NaN"} & {value for name, value in row.items() if name != "state"}
    assert any(row["dW_norm"] == "" for row in table)


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "table", "md"])
@pytest.mark.parametrize("kind", ["activations", "inits", "losses", "reductions", "optimizers", "datasets", "metrics"])
def test_parts_are_listed_with_formula_and_settings(kind, form, yann, tmp_path):
    if form != "csv" and kind != "inits":
        return
    done = yann("list", kind, "-f", form, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    if form == "csv":
        assert all(row["kind"] == kind and row["name"] and row["formula"] for row in rows(done.out))
    elif form == "json":
        assert {part["name"] for part in strict(done.out)} >= {"xavier_normal", "mean_field", "orthogonal"}
    elif form == "jsonl":
        assert all(strict(line)["formula"] for line in done.out.splitlines())
    else:
        assert "xavier_normal" in done.out.replace("\\", "")


def test_the_schema_is_printed_or_written_and_warns_of_nothing(yann, tmp_path):
    printed, wrote = yann("schema", cwd=tmp_path), yann("schema", "-o", "s.json", cwd=tmp_path)
    assert (printed.code, printed.err, wrote.code, wrote.out) == (0, "", 0, "")
    assert strict(printed.out)["$schema"].endswith("draft-07/schema#")
    assert (tmp_path / "s.json").read_text(encoding="utf-8") == printed.out


def test_a_new_config_runs_and_is_never_written_over(yann, tmp_path):
    assert yann("new", "my-study", cwd=tmp_path).code == 0
    path = tmp_path / "my-study.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count("#") > 5
    again = yann("new", "my-study", cwd=tmp_path)
    assert again.code == 2
    assert "my-study.yaml" in again.err
    assert path.read_text(encoding="utf-8") == text
    ran = yann("sweep", "my-study.yaml", "--no-plots", "-q", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert newest(tmp_path, "my-study").is_dir()


@pytest.mark.parametrize("name", ["../up", ".hidden", "a/b", "-", "", "a b", "\x1b[2J"])
def test_a_new_config_cannot_have_a_name_that_leads_elsewhere(name, yann, tmp_path):
    (tmp_path / "here").mkdir()
    done = yann("new", "--", name, cwd=tmp_path / "here")
    assert done.code == 2
    assert "\x1b" not in done.err
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["here"]


def test_a_dry_run_runs_nothing_and_writes_nothing(yann, tmp_path):
    for form in ("jsonl", "md", "table"):
        assert yann("sweep", "depth", "-n", "-f", form, cwd=tmp_path).code == 0
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_lists_the_cells_in_the_format_that_is_asked_for(yann, tmp_path):
    table = rows(yann("sweep", "depth", "-n", "-f", "csv", cwd=tmp_path).out)
    assert [row["depth"] for row in table] == ["1", "2", "3", "4", "5"]
    assert [each["depth"] for each in strict(yann("sweep", "depth", "-n", "-f", "json", cwd=tmp_path).out)] == [1, 2, 3, 4, 5]
    assert rows(yann("sweep", "depth", "-n", cwd=tmp_path).out) == table


def test_a_dry_run_of_a_study_that_would_take_years_answers_at_once(yann, tmp_path):
    text = "network: {depth: 20, width: 100}\nsteps: 1000000\nevery: 1000000\nsweep: {grid: {seed: {range: [1, 50]}}}\n"
    assert yann("sweep", "-", "-n", cwd=tmp_path, text=text).code == 0


def test_options_set_keys_and_add_axes(yann, tmp_path):
    text = SMALL
    done = yann(
        "sweep", "-", "--set", "network.width=4", "--grid", "network.depth=2:6:2", "-q", "--no-plots", cwd=tmp_path, text=text
    )
    assert [(row["depth"], row["fan_in"]) for row in rows(done.out) if row["layer"] == "1"] == [
        ("2", "4"),
        ("4", "4"),
        ("6", "4"),
    ]
    done = yann("sweep", "-", "--grid", "optimizer.lr=1e-4:1e-1:log4", "-q", "--no-plots", cwd=tmp_path, text=text)
    assert [float(row["lr"]) for row in rows(done.out) if row["layer"] == "1"] == [1e-4, 1e-3, 1e-2, 1e-1]


WRONG = {  # arguments: words of the message
    ("sweep", "nowhere.yaml"): "nowhere.yaml",
    ("sweep", "dpeth"): "depth",
    ("sweep", "."): "folder",
    ("sweep", "depth", "--nonsense"): "--nonsense",
    ("sweep", "depth", "-j", "0"): "--jobs",
    ("sweep", "depth", "-f", "xml"): "xml",
    ("sweep", "depth", "--metric", "dW_nrom"): "dW_norm",
    ("sweep", "depth", "--set", "network.widht=3"): "--set network.widht=3: network.widht",
    ("sweep", "depth", "--grid", "seed"): "--grid seed",
    ("sweep",): "CONFIG",
    ("step", "--lr", "0"): "lr",
    ("step", "--lr", "x"): "--lr",
    ("step", "--steps", "0"): "--steps",
    ("step", "depth", "--cell", "99"): "99",
    ("train", "depth"): "steps",
    ("train", "depth", "--epochs", "1", "--steps", "2"): "--epochs",
    ("list", "activation"): "activations",
    ("nonsense",): "nonsense",
}


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_a_wrong_command_line_is_exit_2_with_a_sentence_and_no_trace(arguments, yann, tmp_path):
    done = yann(*arguments, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert WRONG[arguments] in done.err
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_config_is_exit_2_every_mistake_a_line_and_nothing_written(yann, tmp_path):
    (tmp_path / "c.yaml").write_text("network: {depth: 3, widht: 3}\nseed: -1\n", encoding="utf-8")
    for command in ("sweep", "step", "train"):
        done = yann(command, "c.yaml", cwd=tmp_path)
        assert (done.code, done.out) == (2, "")
        assert [line.split(": ")[:2] for line in done.err.splitlines()] == [
            ["c.yaml:1:21", "network.widht"],
            ["c.yaml:2:7", "seed"],
        ]
        assert [path.name for path in tmp_path.iterdir()] == ["c.yaml"]


def test_what_would_not_fit_is_exit_3(yann, tmp_path):
    done = yann("sweep", "-", cwd=tmp_path, text="network: {depth: 3, width: 1000000000}\n")
    assert (done.code, done.out) == (3, "")
    assert "network.width" in done.err
    assert list(tmp_path.iterdir()) == []


def in_process(monkeypatch, cwd, *arguments):
    """Run the command line in this very process, where it can be made to fail."""
    monkeypatch.chdir(cwd)
    monkeypatch.setattr(sys, "argv", ["yann", *arguments])
    try:
        return main._code()
    except SystemExit as leaving:
        return leaving.code


@pytest.mark.parametrize("fail_fast", [False, True])
def test_a_cell_that_fails_is_exit_4_and_the_others_are_there(fail_fast, monkeypatch, tmp_path, capsys):
    run = pieces.run

    def breaks(cell, *rest):
        if len(cell.network.layers) == 3:
            message = "a cell broke"
            raise ValueError(message)
        return run(cell, *rest)

    monkeypatch.setattr(pieces, "run", breaks)
    code = in_process(
        monkeypatch, tmp_path, "sweep", "depth", "--no-plots", "-f", "csv", "-j", "1", *(["--fail-fast"] if fail_fast else [])
    )
    out, err = capsys.readouterr()
    assert code == 4
    assert "cell 2" in err
    assert "a cell broke" in err
    assert {row["cell"] for row in rows(out)} == ({"0", "1"} if fail_fast else {"0", "1", "3", "4"})
    folder = newest(tmp_path, "depth")
    assert [row["state"] for row in rows((folder / "cells.csv").read_text(encoding="utf-8")) if row["cell"] == "2"] == ["failed"]
    manifest = strict((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["status"] != "finished"


def test_a_bug_is_exit_70_with_its_trace_in_a_file(monkeypatch, tmp_path, capsys):
    def broken(*_):
        message = "no such luck"
        raise RuntimeError(message)

    monkeypatch.setattr("yann.config.load.load", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert in_process(monkeypatch, tmp_path, "sweep", "depth") == 70
    out, err = capsys.readouterr()
    (report,) = tmp_path.iterdir()
    assert out == ""
    assert str(report) in err
    assert "Traceback" not in err
    assert "Traceback" in report.read_text(encoding="utf-8")


def test_an_output_folder_that_cannot_be_is_exit_74(yann, tmp_path):
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    for out in ("taken", "taken/below"):
        done = yann("sweep", "depth", "-o", out, "--no-plots", cwd=tmp_path)
        assert (done.code, done.out) == (74, "")
        assert "taken" in done.err
        assert "Traceback" not in done.err
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize(
    "arguments", [("list",), ("step",), ("sweep", "depth", "--no-plots"), ("schema",), ("--help",)], ids=" ".join
)
@pytest.mark.parametrize("buffering", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "unbuffered"])
def test_a_full_disk_behind_standard_output_is_exit_74(arguments, buffering, start, tmp_path):
    with FULL.open("wb") as full, start(*arguments, cwd=tmp_path, stdout=full, env=buffering) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 74
    assert b"Traceback" not in err
    assert b"Exception ignored" not in err


def test_cells_of_unlike_epochs_are_not_trained_alike(yann, tmp_path):
    (tmp_path / "c.yaml").write_text("network: {depth: 2, width: 3}\nsweep: {grid: {batch: [8, 64]}}", encoding="utf-8")
    ran = yann("train", "c.yaml", "--epochs", "5", "--no-plots", cwd=tmp_path)
    assert ran.code == 2
    assert "--steps" in ran.err


def test_a_step_of_a_long_training_shows_the_first_unless_more_are_asked_for(yann, tmp_path):
    ran = yann("step", "digits", "--set", "network.width=4", "-f", "json", cwd=tmp_path)
    assert len(json.loads(ran.out)["steps"]) == 1
    assert "--steps" in ran.err
    assert len(json.loads(yann("step", "digits", "--set", "network.width=4", "--steps", "2", cwd=tmp_path).out)["steps"]) == 2


def test_a_config_without_an_end_is_refused(yann, tmp_path):
    ran = yann("sweep", "/dev/zero", cwd=tmp_path)
    assert ran.code == 2
    assert "1 MiB" in ran.err


def test_list_takes_a_part_as_well_as_a_kind(yann, tmp_path):
    found = list(csv.DictReader(io.StringIO(yann("list", "normal", cwd=tmp_path).out)))
    assert [(row["kind"], row["name"]) for row in found] == [("inits", "normal"), ("data", "normal")]
    ran = yann("list", "rleu", cwd=tmp_path)
    assert (ran.code, "did you mean relu?" in ran.err) == (2, True)
