"""The command `yann check`: every figure of every config, in every form, and what is said where there is nothing to compare."""

import csv
import io
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.app import app
from tests.cli.conftest import newest
from tests.cli.test_commands import rows, strict

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
PUBLISHED = sorted(path.stem for path in CONFIGS.glob("published/*.yaml"))
COLUMNS = ["config", "cell", "at", "step", "mistake", "source", "quantity", "figures", "expected", "computed", "difference",
           "tolerance", "verdict", "worst"]  # fmt: skip

# Z1 = X·W1 = W1, J = Σ W1² = 30, dW1 = 2·W1
NET = """\
network: {weights: [[[1, 2], [3, 4]]]}
data: {inputs: [[1, 0], [0, 1]], targets: [[0, 0], [0, 0]]}
loss: {name: mse, reduction: sum}
optimizer: {name: sgd, lr: 0.1}
"""
RIGHT = NET + "title: All right\nabout: |\n  Every error is a weight.\nexpect: {figures: {loss: 30, dW1: [[2, 4], [6, 8]]}}\n"
WRONG = NET + "title: One wrong\nexpect: {source: a page, figures: {loss: 30, dW1: [[2, 4], [6.5, 8]], Z1: {shape: [2, 3]}}}\n"
SILENT = "network: {depth: 2, width: 3}\n"
MISTAKEN = NET + "expect: {figures: {los: 30}}\n"
UNFIT = NET + "expect: {figures: {W1: [1, 2, 3]}}\n"


@pytest.fixture
def folder(tmp_path):
    """Give a folder with a config of each kind in folders of their own."""
    for name, text in {"right": RIGHT, "wrong": WRONG, "silent": SILENT, "mistaken": MISTAKEN, "unfit": UNFIT}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def everything(yann, tmp_path_factory):
    """Give what `yann check` says in a pipe."""
    return yann("check", cwd=tmp_path_factory.mktemp("check"))


# All bundled configs


def test_without_arguments_every_bundled_config_is_checked_and_holds(everything):
    assert everything.code == 0
    assert {row["verdict"] for row in rows(everything.out)} == {"holds"}
    assert list(dict.fromkeys(row["config"] for row in rows(everything.out))) == sorted(
        PUBLISHED, key=lambda name: f"{name}.yaml"
    )


def test_no_bundled_config_is_left_unmentioned(everything):
    silent = re.search(r"\((.*): nothing expected\)", everything.err)[1].split(", ")
    assert {row["config"] for row in rows(everything.out)} | set(silent) == {path.stem for path in CONFIGS.rglob("*.yaml")}
    assert len(silent) == len(list(CONFIGS.glob("*.yaml")))


def test_the_figures_are_counted_on_standard_error(everything):
    (line,) = everything.err.splitlines()
    figures = sum(int(row["figures"]) for row in rows(everything.out))
    assert figures > 1000
    assert line.startswith(f"{figures:,} figures of {len(PUBLISHED)} configs compared (")
    assert line.endswith("): all hold")


def test_the_columns_are_those_that_are_documented_and_every_row_has_them(everything):
    table = list(csv.reader(io.StringIO(everything.out)))
    assert table[0] == COLUMNS
    assert {len(row) for row in table} == {len(COLUMNS)}


def test_a_row_says_everything_about_its_figure(everything):
    table = {(row["config"], row["at"], row["step"], row["quantity"], row["source"]): row for row in rows(everything.out)}
    row = table["half-mse", "reduction mean", "0", "dW1", "printed by the document (TensorFlow)"]
    assert {key: row[key] for key in ("cell", "mistake", "figures", "expected", "worst")} == {
        "cell": "0", "mistake": "", "figures": "1", "expected": "0.6666667", "worst": "[0, 0]",
    }  # fmt: skip
    assert float(row["computed"]) == pytest.approx(2 / 3, rel=1e-14)
    assert float(row["difference"]) == float(row["computed"]) - float(row["expected"])
    assert float(row["tolerance"]) == pytest.approx(3 * 2**-24 * 0.6666667, rel=1e-9)
    shapes = [row for row in rows(everything.out) if row["config"] == "keras-mse" and "×" in row["expected"]]
    assert [(row["expected"], row["computed"], row["figures"], row["worst"]) for row in shapes] == [("15×3", "15×3", "2", "")]
    falls = [row for row in rows(everything.out) if row["config"] == "column-network" and row["difference"] == ""]
    assert [(row["step"], row["quantity"], row["tolerance"]) for row in falls] == [("each", "loss", "")]
    mistakes = {row["mistake"] for row in rows(everything.out)}
    assert {"", "keras_kernels", "broadcast_labels(predictions=(2, 1), labels=(2,))"} <= mistakes


def test_the_rows_of_numbers_agree_with_their_verdict(everything):
    for row in rows(everything.out):
        if row["difference"] and row["tolerance"] != "0.0":
            assert abs(float(row["difference"])) <= float(row["tolerance"])


# One config


def test_every_format_says_the_same(yann, folder):
    forms = {form: yann("check", "right/right.yaml", "-f", form, cwd=folder) for form in ("csv", "json", "jsonl", "table", "md")}
    assert {done.code for done in forms.values()} == {0}
    assert {done.err for done in forms.values()} == {"5 figures of 1 config compared: all hold\n"}
    data = strict(forms["json"].out)
    assert [strict(line) for line in forms["jsonl"].out.splitlines()] == data
    assert list(data[0]) == COLUMNS
    assert [(row["quantity"], row["expected"], row["computed"], row["verdict"]) for row in data] == [
        ("loss", 30, 30, "holds"), ("dW1", 2, 2, "holds"),
    ]  # fmt: skip
    for row, told in zip(data, rows(forms["csv"].out), strict=True):
        assert {key: "" if value is None else str(value) for key, value in row.items()} == told
    for form in ("table", "md"):
        assert "All right" in forms[form].out
        assert [word in forms[form].out for word in ("loss", "dW1", "holds", "30", "Every error is a weight.")] == [True] * 5
    assert re.search(r"^\| loss \| 30 \| 30 \| 0 \|", forms["md"].out, re.MULTILINE)


def test_a_pipe_gets_csv_and_quiet_leaves_the_count_out(yann, folder):
    auto, told = (yann("check", "right/right.yaml", *more, cwd=folder) for more in ((), ("-f", "csv", "-q")))
    assert auto.out == told.out
    assert (told.code, told.err) == (0, "")
    assert "Every error" not in auto.out


def test_a_config_comes_from_standard_input_too(yann, tmp_path):
    assert yann("check", "-", cwd=tmp_path, text=RIGHT).code == 0
    assert yann("check", "-", cwd=tmp_path, text=WRONG).code == 1


def test_a_bundled_name_is_that_config_beside_a_folder_of_this_name_as_for_every_command(yann, tmp_path):
    """In a checkout the package stands beside the configs: yann check yann."""
    (tmp_path / "yann").mkdir()
    for command in ("step", "check"):
        done = yann(command, "yann", cwd=tmp_path)
        assert (done.code, done.err.replace("120 figures of 1 config compared: all hold\n", "")) == (0, "")


def test_a_bundled_config_is_found_by_its_name(yann, tmp_path, everything):
    done = yann("check", "half-mse", cwd=tmp_path)
    assert done.code == 0
    assert rows(done.out) == [row for row in rows(everything.out) if row["config"] == "half-mse"]


def test_nothing_is_written(yann, folder):
    before = sorted(folder.rglob("*"))
    yann("check", "right", "wrong", cwd=folder)
    assert sorted(folder.rglob("*")) == before


# Figures that differ


def test_a_wrong_figure_is_exit_code_1_and_its_row_names_the_entry(yann, folder):
    done = yann("check", "wrong/wrong.yaml", cwd=folder)
    assert done.code == 1
    assert done.err == "7 figures of 1 config compared: 2 quantities off\n"
    loss, dW1, Z1 = rows(done.out)
    assert (loss["verdict"], dW1["verdict"], Z1["verdict"]) == ("holds", "differs", "differs")
    assert (dW1["expected"], dW1["computed"], dW1["difference"], dW1["worst"]) == ("6.5", "6.0", "-0.5", "[1, 0]")
    assert (Z1["expected"], Z1["computed"], Z1["worst"]) == ("2×3", "2×2", "")
    assert {row["source"] for row in (loss, dW1, Z1)} == {"a page"}


@pytest.mark.parametrize("form", ["json", "jsonl", "md", "table", "csv"])
def test_a_wrong_figure_is_found_in_every_format(form, yann, folder):
    done = yann("check", "wrong/wrong.yaml", "-f", form, cwd=folder)
    assert done.code == 1
    assert "differs" in done.out
    assert "[1, 0]" in done.out.replace("\\", "")
    assert "6.5" in done.out.replace("\\", "")


def test_every_entry_is_a_row_where_it_is_asked_for(yann, folder):
    done = yann("check", "wrong/wrong.yaml", "--entries", cwd=folder)
    assert done.code == 1
    assert [(row["quantity"], row["expected"], row["computed"], row["worst"], row["verdict"]) for row in rows(done.out)] == [
        ("loss", "30.0", "30.0", "", "holds"),
        ("dW1", "2.0", "2.0", "[0, 0]", "holds"),
        ("dW1", "4.0", "4.0", "[0, 1]", "holds"),
        ("dW1", "6.5", "6.0", "[1, 0]", "differs"),
        ("dW1", "8.0", "8.0", "[1, 1]", "holds"),
        ("Z1", "2×3", "2×2", "", "differs"),
    ]
    assert {row["figures"] for row in rows(done.out) if row["quantity"] == "dW1"} == {"1"}
    assert done.err == yann("check", "wrong/wrong.yaml", cwd=folder).err


def test_every_entry_is_a_line_of_the_table_too(yann, folder):
    done = yann("check", "wrong/wrong.yaml", "--entries", "-f", "table", cwd=folder)
    assert done.code == 1
    lines = [line.split() for line in done.out.splitlines()]
    assert [line[-2:] for line in lines if line[:1] == ["dW1"]] == [["[0,", "0]"], ["[0,", "1]"], ["[1,", "0]"], ["[1,", "1]"]]
    assert sum("differs" in line for line in lines) == 2


def test_the_entries_of_a_published_config_are_as_many_as_its_quantities_have(yann, tmp_path):
    """half-mse: the errors of 15 samples and 3 outputs; and under each reduction loss, dA1 and dW1, some of them twice."""
    done = yann("check", "half-mse", "--entries", cwd=tmp_path)
    assert len(rows(done.out)) == 2 * (45 + (1 + 45 + 9) + (1 + 9))
    assert {row["verdict"] for row in rows(done.out)} == {"holds"}


def test_an_option_makes_a_figure_differ(yann, tmp_path):
    """The sums over 15 samples are other sums over 14; the means are not."""
    done = yann("check", "half-mse", "--set", "data.samples=14", cwd=tmp_path)
    assert done.code == 1
    told = {(row["at"], row["quantity"]): row["verdict"] for row in rows(done.out)}
    assert told["reduction sum", "dW1"] == "differs"
    assert told["reduction sum", "dA1"] == "holds"
    assert told["reduction mean", "loss"] == "holds"


def test_a_figure_of_an_option_is_compared(yann, folder):
    done = yann("check", "right/right.yaml", "--set", "expect.figures.loss=31", cwd=folder)
    assert done.code == 1
    assert [row["verdict"] for row in rows(done.out)] == ["differs", "holds"]


def test_what_is_not_a_number_is_null_and_differs(yann, tmp_path):
    text = "network: {depth: 3, width: 2, activation: identity, init: {name: constant, value: 1e200}}\ndata: {inputs: ones}\n"
    done = yann("check", "-", "-f", "json", cwd=tmp_path, text=text + "expect: {tolerance: 1e300, figures: {dW1: {every: 1}}}\n")
    (row,) = strict(done.out)
    assert (done.code, row["verdict"], row["computed"], row["difference"]) == (1, "differs", None, None)


def test_several_configs_are_a_line_each_with_the_wrong_figures_below(yann, folder):
    done = yann("check", "right", "wrong", "half-mse", "-f", "table", cwd=folder)
    assert done.code == 1
    summary, _, below = done.out.partition("\n\n")
    lines = {line.split()[0]: line.split()[-3:] for line in summary.splitlines() if line}
    assert (lines["right"][0], lines["right"][2]) == ("5", "holds")
    assert (lines["wrong"][0], lines["wrong"][2]) == ("7", "differs")
    assert lines["half-mse"][2] == "holds"
    assert re.search(r"dW1 +6\.5 +6 +-0\.5 .*differs .*\[1, 0\]", below)
    assert "Z1" in below
    assert not re.search(r"^loss", below, re.MULTILINE)  # which holds
    assert "Every error is a weight." not in done.out


NO_RATIO = {  # what differs without a tolerance that it could be measured by, beside a figure that holds
    "nought": NET + "expect: {figures: {loss: 30.0, 'W1[0, 0]': 0}}\n",
    "shape": NET + "expect: {figures: {loss: 30.0, W1: {shape: [3, 3]}}}\n",
    "fall": NET.replace("lr: 0.1", "lr: 2") + "steps: 2\nexpect: {step: each, figures: {'loss[0]': 30.0, loss: {falls: true}}}\n",
    "nan": "network: {weights: [[[1e200]], [[1e200, 1e200]], [[1], [-1]]], activation: identity}\n"
    "data: {inputs: [[1]], targets: [[1]]}\nexpect: {figures: {X: [[1.0]], Z3: [[1.0]]}}\n",
}


@pytest.mark.parametrize("name", NO_RATIO)
def test_a_summary_never_says_that_what_differs_is_within_its_tolerance(name, yann, folder):
    (folder / "odd.yaml").write_text(NO_RATIO[name], encoding="utf-8")
    done = yann("check", "right", "odd.yaml", "-f", "table", cwd=folder)
    assert done.code == 1
    *_, off, verdict = next(line for line in done.out.splitlines() if line.startswith("odd ")).split()
    assert verdict == "differs"
    assert off in ("-", "inf", "nan", "differs") or float(off) > 1


# What cannot be checked


REFUSED = {  # arguments: words of the sentence
    ("empty",): "empty | no config",
    ("silent/silent.yaml",): "silent/silent.yaml | expect",
    ("silent",): "silent | expect",
    ("depth",): "depth | expect",
    ("right", "depth"): "depth | expect",
    ("half-mes",): "half-mes | no such file | did you mean half-mse?",
    ("nowhere.yaml",): "nowhere.yaml | no such file",
    ("right", "nowhere.yaml"): "nowhere.yaml | no such file",
    ("mistaken",): "mistaken.yaml:5: | expect.figures.los | loss",
    ("unfit",): "unfit.yaml:5:20: expect.figures.W1 | 2×2",
    ("right", "--set", "network.dpeth=3"): "--set network.dpeth=3 | network.dpeth",
    ("half-mse", "--grid", "loss.reduction=mean"): "expect[2].at.loss.reduction | no cell has this value",
}


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_what_cannot_be_checked_is_a_sentence_and_nothing_else(arguments, yann, folder):
    (folder / "empty").mkdir()
    done = yann("check", *arguments, cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err
    assert not [word for word in REFUSED[arguments].split(" | ") if word not in done.err]


def test_a_mistake_in_one_config_of_a_folder_stops_all_before_anything_is_shown(yann, folder):
    done = yann("check", ".", cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert "mistaken.yaml:5:" in done.err
    assert "compared" not in done.err


def test_the_mistakes_of_all_configs_are_told_at_once(yann, folder):
    (folder / "mistaken" / "another.yaml").write_text("network: {depth: 2, widht: 3}\n", encoding="utf-8")
    done = yann("check", "mistaken", cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert "mistaken.yaml:5:" in done.err
    assert "another.yaml:1:21: network.widht" in done.err


def test_what_would_not_fit_is_refused_with_the_code_of_a_refusal(yann, tmp_path):
    done = yann("check", "-", cwd=tmp_path, text="network: {depth: 3, width: 1000000000}\nexpect: {figures: {loss: 1}}\n")
    assert (done.code, done.out) == (3, "")
    assert "network.width" in done.err


def test_a_folder_is_searched_to_the_bottom_and_what_expects_nothing_is_named(yann, folder):
    deep = folder / "right" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "deep.yml").write_text(RIGHT, encoding="utf-8")
    (deep / "quiet.yaml").write_text(SILENT, encoding="utf-8")
    (deep / "notes.txt").write_text("no config", encoding="utf-8")
    done = yann("check", "right", cwd=folder)
    assert done.code == 0
    assert list(dict.fromkeys(row["config"] for row in rows(done.out))) == ["deep", "right"]
    assert done.err == "10 figures of 2 configs compared (quiet: nothing expected): all hold\n"


# A terminal of 80 columns


@pytest.mark.parametrize("name", PUBLISHED)
def test_no_line_is_wider_than_the_terminal(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["check", name, "-f", "table"], env={"COLUMNS": "80"})
    assert done.exit_code == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "holds" in done.stdout


def test_no_line_of_the_summary_or_of_what_differs_is_wider_than_the_terminal(yann, folder):
    many = yann("check", "-f", "table", cwd=folder, env={"COLUMNS": "80"})
    wrong = yann("check", "wrong", "right", "half-mse", "--set", "seed=1", "-f", "table", cwd=folder, env={"COLUMNS": "80"})
    assert (many.code, wrong.code) == (0, 1)
    for done in (many, wrong):
        assert max(map(len, done.out.splitlines())) <= 80
    assert [name for name in PUBLISHED if not re.search(rf"^{name} .* holds$", many.out, re.MULTILINE)] == []


def test_a_pipe_cuts_nothing_off_and_folds_nothing(yann, tmp_path):
    source = "a source of " + "very " * 40 + "many words"
    text = RIGHT.replace("expect: {", f"expect: {{source: '{source}', ")
    lines = yann("check", "-", "-f", "table", cwd=tmp_path, text=text).out.splitlines()
    assert any(source in line for line in lines)
    folded = yann("check", "-", "-f", "table", cwd=tmp_path, text=text, env={"COLUMNS": "60"}).out
    assert max(map(len, folded.splitlines())) <= 60
    assert source in " ".join(folded.split())


# What expects something is a config like any other


def test_a_config_that_expects_something_is_swept_and_what_was_understood_is_checked_again(yann, folder):
    swept = yann("sweep", "right/right.yaml", "--no-plots", cwd=folder)
    assert swept.code == 0
    run = newest(folder, "right")
    assert (run / "config.yaml").read_text(encoding="utf-8") == RIGHT
    again = yann("check", run / "resolved.yaml", cwd=folder)
    first = yann("check", "right/right.yaml", cwd=folder)
    assert (again.code, again.out, again.err) == (first.code, first.out, first.err)
    told = yann("check", run / "resolved.yaml", "-f", "table", cwd=folder)
    assert "Every error is a weight." in told.out


@pytest.mark.parametrize("name", ["silu-momentum", "dead-unit", "training-loop-broadcast"])
def test_a_published_config_is_swept_and_its_run_expects_the_same(name, yann, tmp_path, everything):
    assert yann("sweep", name, "--no-plots", "-q", cwd=tmp_path).code == 0
    done = yann("check", newest(tmp_path, name) / "resolved.yaml", cwd=tmp_path)
    assert done.code == 0
    assert rows(done.out) == [row for row in rows(everything.out) if row["config"] == name]


def test_the_help_names_what_can_be_given(yann, tmp_path):
    done = yann("check", "--help", cwd=tmp_path)
    assert done.code == 0
    assert [word in done.out for word in ("CONFIG", "FOLDER", "--set", "--grid", "--format", "exit code 1", "half-mse")] == [
        True
    ] * 7
