"""The command `yann check --against`: oracles by name, exit codes, every format, and a sentence for every wrong use."""

import importlib.util
import re
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from tests.check.audit_cases import FRAMEWORKS, ready
from tests.cli.conftest import Done, environment
from tests.cli.test_commands import rows, strict
from yann.check.oracles import ORACLES
from yann.cli import audit as audit_command
from yann.cli import main
from yann.parts.activations import Tanh

OWN = ["finite-difference", "complex-step", "taylor"]
ENTRIES, QUANTITIES = 20, ["dW1", "db1", "dW2", "db2"]  # of the bundled config yann
LIBRARIES = ("torch", "jax", "optax", "autograd", "scipy", "tensorflow", "keras")
SWEEP = """\
network: {inputs: 2, depth: 2, width: 3, bias: true, activation: tanh}
data: {samples: 4}
sweep: {grid: {network.init: [xavier_normal, he_normal, {name: normal, std: 0.5}]}}
"""
LEARNING = "network: {depth: 2, width: 3}\ndata: {samples: 4}\nsteps: 2\noptimizer: {name: sgd, lr: 0.1, nesterov: %s}\n"


@pytest.fixture
def against(monkeypatch, capfd, tmp_path):
    """Give a function that runs `yann check` in this process; what is written below Python is seen as well."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, **files):
        for name, text in files.items():
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["yann", "check", *map(str, arguments)])
        capfd.readouterr()
        try:
            code = main._code()
        except SystemExit as left:
            code = left.code
        return Done(code or 0, *capfd.readouterr())

    return run


@pytest.fixture
def mistake(monkeypatch):
    """Plant a slope of tanh that is off by a thousandth."""
    right = Tanh.df
    monkeypatch.setattr(Tanh, "df", lambda self, Z, A: right(self, Z, A) * 1.001)


@pytest.fixture
def lacking(monkeypatch):
    """Give a function that takes libraries away."""
    true = importlib.util.find_spec

    def take(*names):
        def there(name):
            return None if name in names else true(name) if name not in LIBRARIES else object()

        monkeypatch.setattr(importlib.util, "find_spec", there)

    return take


# Oracles


@pytest.mark.parametrize("name", ORACLES)
def test_every_oracle_agrees_about_the_bundled_example(name, against):
    ready(name)
    done = against("yann", "--against", name, "-f", "csv")
    assert done.code == 0
    table = rows(done.out)
    assert {(row["config"], row["cell"], row["oracle"]) for row in table} == {("yann", "0", name)}
    assert sorted(row["quantity"] for row in table) == sorted([*QUANTITIES, *(["loss"] if name in FRAMEWORKS else [])])
    assert {row["verdict"] for row in table} <= {"exact", "approximate"}
    assert {row["skipped"] for row in table} == {"0"}
    entries = ENTRIES + (name in FRAMEWORKS)
    assert done.err == f"{len(table)} comparisons of {entries} entries, 0 skipped: none wrong\n"


def test_oracles_are_asked_in_the_order_in_which_they_are_named_and_each_once(against):
    done = against("yann", "--against", " taylor, complex-step,taylor,,finite-difference ", "-f", "csv")
    told = [row["oracle"] for row in rows(done.out)]
    assert list(dict.fromkeys(told)) == ["taylor", "complex-step", "finite-difference"]
    assert len(told) == 3 * len(QUANTITIES)
    table = against("yann", "--against", "taylor,complex-step", "-f", "md")
    assert "| quantity | taylor | complex-step |" in table.out


def test_all_are_those_that_are_installed_and_the_others_are_named(against):
    installed = [name for name, part in ORACLES.items() if part.missing() is None]
    for name in installed:
        ready(name)
    done = against("yann", "--against", "all", "-f", "csv")
    assert done.code == 0
    assert {row["oracle"] for row in rows(done.out)} == set(installed)
    *told, last = done.err.splitlines()
    assert last.endswith("0 skipped: none wrong")
    missing = [name for name in ORACLES if name not in installed]
    assert told == (
        [f"not installed, so not asked: {', '.join(missing)}; pip install 'yann[oracles]' brings all"] if missing else []
    )


def test_of_all_only_those_without_a_library_are_left_where_there_is_none(against, lacking):
    lacking(*LIBRARIES)
    done = against("yann", "--against", "all", "-f", "csv")
    assert {row["oracle"] for row in rows(done.out)} == set(OWN)
    assert done.err.startswith("not installed, so not asked: autograd, jax, tensorflow, torch; pip install 'yann[oracles]'")
    assert against("yann", "--against", "all", "-f", "csv", "-q").err == ""


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_library_that_is_not_installed_is_one_line_that_names_the_extra(name, against, lacking):
    for library in ORACLES[name].libraries:
        lacking(library)
        done = against("yann", "--against", f"complex-step,{name}")
        assert (done.code, done.out) == (2, "")
        extra = ORACLES[name].extra
        assert done.err == f"--against {name}: {library} is not installed; pip install 'yann[{extra}]' brings it\n"


@pytest.mark.parametrize(("given", "meant"), [
    ("torhc", "torch"), ("Taylor", "taylor"), ("finite-differences", "finite-difference"), ("complex_step", "complex-step"),
    ("tensorflwo", "tensorflow"), ("autogrd", "autograd"), ("complex-step,jaxx", "jax"),
])  # fmt: skip
def test_a_misspelt_oracle_is_refused_with_the_one_that_was_meant(given, meant, against):
    done = against("yann", "--against", given)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"--against: no oracle '{given.rpartition(',')[2]}'; did you mean {meant}? ")
    assert all(name in done.err for name in ORACLES)


@pytest.mark.parametrize("given", ["", " ", ",", "nobody", "\x1b[31mred"])
def test_what_names_no_oracle_is_refused_with_all_that_there_are(given, against):
    done = against("yann", "--against", given)
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert all(name in done.err for name in ORACLES)
    assert "\x1b" not in done.err
    assert not re.search(r"; [A-Z]", done.err), "a sentence that goes on begins with no capital"


def test_the_help_names_every_oracle_and_no_other(yann, tmp_path):
    done = yann("check", "--help", cwd=tmp_path, env={"COLUMNS": "300"})
    told = re.search(r"Audit the gradients instead: (.*?), with commas", " ".join(done.out.split()).replace("- ", "-"))[1]
    assert sorted(re.split(r",\s*", told)) == sorted(ORACLES)
    assert "--cell" in done.out


# Disagreement


@pytest.mark.usefixtures("mistake")
@pytest.mark.parametrize("name", OWN)
def test_a_wrong_gradient_is_exit_code_1_and_is_told_in_every_format(name, against):
    for form in ("csv", "json", "jsonl"):
        done = against("c.yaml", "--against", name, "--cell", "0", "-f", form, c=SWEEP)
        assert done.code == 1
        table = (
            rows(done.out) if form == "csv" else strict(done.out) if form == "json" else list(map(strict, done.out.splitlines()))
        )
        assert {row["quantity"] for row in table if row["verdict"] == "wrong"} == {"dW1", "db1"}
        assert {row["quantity"] for row in table if row["verdict"] in ("exact", "approximate")} == {"dW2", "db2"}
        assert done.err.endswith("entries, 0 skipped: 2 wrong\n")
    for form in ("table", "md"):
        done = against("c.yaml", "--against", name, "--cell", "0", "-f", form)
        assert done.code == 1
        assert "layer 1 is wrong first and layer 2 still right: look at the slope of tanh" in " ".join(done.out.split())
        assert "wrong" in done.out
        assert ("Where they disagree most" in done.out) == (name != "taylor")


@pytest.mark.usefixtures("mistake")
def test_one_wrong_cell_among_many_configs_is_exit_code_1(against, tmp_path):
    relu = SWEEP.replace("tanh", "softplus")
    done = against("right.yaml", "wrong.yaml", "--against", "complex-step", "-f", "csv", right=relu, wrong=SWEEP)
    assert done.code == 1
    assert {row["config"] for row in rows(done.out) if row["verdict"] == "wrong"} == {"wrong"}
    assert against("right.yaml", "--against", "complex-step", "-q").code == 0
    assert not (tmp_path / "outputs").exists()


# Which cells


def test_every_cell_is_audited_or_the_one_that_is_asked_for(against):
    done = against("c.yaml", "--against", "complex-step", "-f", "csv", c=SWEEP)
    assert [row["cell"] for row in rows(done.out)] == [cell for cell in "012" for _ in QUANTITIES]
    assert {row["at"] for row in rows(done.out)} == {"init xavier_normal", "init he_normal", "init normal(std=0.5)"}
    assert done.err == "12 comparisons of 63 entries, 0 skipped: none wrong\n"
    one = against("c.yaml", "--against", "complex-step", "--cell", "1", "-f", "csv")
    assert rows(one.out) == [row for row in rows(done.out) if row["cell"] == "1"]


def test_a_table_of_a_sweep_has_a_line_for_every_cell(against):
    done = against("c.yaml", "--against", "complex-step,taylor", "-f", "table", c=SWEEP)
    for name in ("xavier_normal", "he_normal", "normal(std=0.5)"):
        assert re.search(rf"^c, init {re.escape(name)} +\S+ +2\.00$", done.out, re.MULTILINE)
    assert re.search(r"^verdict +agrees +agrees$", done.out, re.MULTILINE)


REFUSED = {
    ("yann", "--against", "taylor", "--cell", "1"): "--cell 1: the config has one cell, which is 0",
    ("c.yaml", "--against", "taylor", "--cell", "3"): "--cell 3: the config has 3 cells, 0 to 2",
    ("yann", "c.yaml", "--against", "taylor", "--cell", "1"): "--cell 1: the config has one cell, which is 0",
    ("yann", "--cell", "0"): "--cell goes with --against",
    ("yann", "--entries", "--against", "taylor"): "--entries goes with expected figures",
    ("nowhere.yaml", "--against", "taylor"): "nowhere.yaml: no such file",
    ("yann", "--against", "taylor", "--set", "network.dpeth=3"): "network.dpeth",
}


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_a_wrong_use_is_a_sentence_and_nothing_else(arguments, against):
    done = against(*arguments, c=SWEEP)
    assert (done.code, done.out) == (2, "")
    assert REFUSED[arguments] in done.err
    assert "Traceback" not in done.err


def test_a_negative_cell_is_refused(yann, tmp_path):
    done = yann("check", "yann", "--against", "taylor", "--cell", "-1", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "--cell" in done.err


def test_a_folder_is_searched_and_configs_that_expect_nothing_are_audited_too(against, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "below.yml").write_text("network: {depth: 2, width: 3}\n", encoding="utf-8")
    done = against(".", "yann", "--against", "complex-step", "-f", "csv", c=SWEEP)
    assert done.code == 0
    assert list(dict.fromkeys(row["config"] for row in rows(done.out))) == ["c", "below", "yann"]
    assert "nothing expected" not in done.err


def test_a_mistake_in_one_config_stops_all_before_anything_is_audited(against):
    done = against(".", "--against", "complex-step", a="network: {dpeth: 2}\n", c=SWEEP)
    assert (done.code, done.out) == (2, "")
    assert "a.yaml:1:" in done.err


def test_options_change_what_is_audited(against):
    done = against("yann", "--against", "complex-step", "-f", "csv", "--grid", "loss.reduction=mean,sum", "--set", "seed=3")
    assert done.code == 0
    assert {row["at"] for row in rows(done.out)} == {"reduction mean", "reduction sum"}


# Formats


def test_every_format_says_the_same(against):
    forms = {form: against("yann", "--against", ",".join(OWN), "-f", form) for form in ("csv", "json", "jsonl", "table", "md")}
    assert {done.code for done in forms.values()} == {0}
    assert {done.err for done in forms.values()} == {"12 comparisons of 60 entries, 0 skipped: none wrong\n"}
    data = strict(forms["json"].out)
    assert list(map(strict, forms["jsonl"].out.splitlines())) == data
    for row, told in zip(data, rows(forms["csv"].out), strict=True):
        assert {key: "" if value is None else str(value) for key, value in row.items()} == told
    for form in ("table", "md"):
        assert [word in forms[form].out for word in [*QUANTITIES, "1.00 2.00", "agrees", "taylor", "skipped"]] == [True] * 8
    assert "| quantity | finite-difference | complex-step | taylor |" in forms["md"].out


def test_a_pipe_gets_csv_and_quiet_is_silent(yann, tmp_path):
    auto, told = (yann("check", "yann", "--against", "complex-step", *more, cwd=tmp_path) for more in ((), ("-f", "csv", "-q")))
    assert (auto.code, told.code, told.err) == (0, 0, "")
    assert auto.out == told.out
    assert rows(auto.out)
    assert list(tmp_path.iterdir()) == []


def test_a_config_comes_from_standard_input_too(yann, tmp_path):
    done = yann("check", "-", "--against", "finite-difference,taylor", cwd=tmp_path, text=SWEEP)
    assert done.code == 0
    assert {row["verdict"] for row in rows(done.out)} <= {"exact", "approximate"}


@pytest.mark.parametrize("arguments", [("yann",), ("c.yaml",), ("c.yaml", "--cell", "2")], ids=" ".join)
def test_no_line_is_wider_than_the_terminal(arguments, against, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    done = against(*arguments, "--against", ",".join(OWN), "-f", "table", c=SWEEP)
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= 80


def test_a_pipe_cuts_nothing_off(against):
    text = SWEEP.replace("he_normal", "{name: uniform, low: -0.1234567890123, high: 0.1234567890123}")
    done = against("c.yaml", "--against", ",".join(OWN), "-f", "table", c=text)
    assert "uniform(low=-0.1234567890123, high=0.1234567890123)" in done.out


def test_what_overflows_is_json_and_is_not_wrong(against):
    """Of an exploding gradient nothing can be said; and nobody says that it is wrong."""
    text = "network: {depth: 4, width: 3, activation: identity, init: {name: normal, std: 1e200}}\ndata: {samples: 3}\n"
    done = against("c.yaml", "--against", "complex-step,taylor", "-f", "json", c=text)
    assert done.code == 0
    found = {row["verdict"] for row in strict(done.out)}
    assert "wrong" not in found
    assert "null" in done.out


@pytest.mark.parametrize("nesterov", ["false", "true"])
@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_config_that_makes_updates_is_compared_after_them(name, nesterov, against):
    ready(name)
    done = against("c.yaml", "--against", name, "-f", "json", c=LEARNING % nesterov)
    assert done.code == 0, done.err
    assert {row["quantity"] for row in strict(done.out)} == {"loss", "dW1", "dW2", "W1_after", "W2_after"}
    table = against("c.yaml", "--against", name, "-f", "table")
    assert "_after: after 2 updates of the oracle's own optimizer" in " ".join(table.out.split())


def test_who_waits_long_is_told_how_far_it_is(against, monkeypatch):
    monkeypatch.setattr(audit_command, "EVERY_SECONDS", -1)
    done = against("c.yaml", "--against", "complex-step", c=SWEEP)
    assert done.err.splitlines() == ["1 of 3 cells", "2 of 3 cells", "12 comparisons of 63 entries, 0 skipped: none wrong"]
    assert against("c.yaml", "--against", "complex-step", "-q").err == ""
    assert against("c.yaml", "--against", "complex-step", "--cell", "2").err.count("\n") == 1


def test_the_sweep_that_it_is_read_from_is_not_changed_by_how_it_is_shown(against):
    first, second = (against("c.yaml", "--against", ",".join(OWN), c=SWEEP).out for _ in range(2))
    assert first == second


# What is imported


def imported(*arguments, cwd):
    """Run yann in a process of its own and give the names of the libraries that it has imported at its end."""
    script = "import sys\nfrom yann.cli import main\ncode = main._code()\n"
    script += f"print(code, *(name for name in {LIBRARIES} if name in sys.modules), file=sys.stderr)\n"
    script = script.replace(
        "code = main._code()", "try:\n    code = main._code()\nexcept SystemExit as left:\n    code = left.code or 0"
    )
    command = [sys.executable, "-c", script, "check", *arguments, "-q"]
    done = subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, check=True, timeout=100)
    code, *names = done.stderr.splitlines()[-1].split()
    assert code == "0", done.stderr
    return names


def test_no_framework_is_imported_where_none_is_asked(tmp_path):
    for arguments in (("yann",), ("yann", "--against", "finite-difference"), ("yann", "--against", "complex-step,taylor")):
        assert imported(*arguments, cwd=tmp_path) == []


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_only_the_framework_that_is_asked_is_imported_and_it_says_nothing_on_its_own(name, tmp_path):
    ready(name)
    names = imported("yann", "--against", name, cwd=tmp_path)
    assert ORACLES[name].libraries[0] in names
    its_own = {"jax"} if name == "tensorflow" else set()  # Keras looks whether it is there
    assert not set(names) & {"torch", "jax", "tensorflow", "autograd"} - set(ORACLES[name].libraries) - its_own


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_standard_output_is_data_and_standard_error_one_line_whatever_a_framework_has_to_say(name, yann, tmp_path):
    ready(name)
    done = yann("check", "yann", "--against", name, cwd=tmp_path)
    assert (done.code, len(rows(done.out))) == (0, 5)
    assert done.err == "5 comparisons of 21 entries, 0 skipped: none wrong\n"


def test_numpys_warnings_are_as_they_were_after_an_audit(against):
    before = np.geterr()
    against("yann", "--against", ",".join(OWN))
    assert np.geterr() == before


def test_the_summary_counts_what_the_rows_hold(against):
    done = against(
        "c.yaml", "--against", ",".join(OWN), "-f", "csv", c=SWEEP.replace("tanh", "relu").replace("bias: true", "bias: false")
    )
    table = rows(done.out)
    compared, skipped = (sum(int(row[key]) for row in table) for key in ("compared", "skipped"))
    assert done.err.startswith(f"{len(table)} comparisons of {compared} entries, {skipped} skipped: ")
    assert all(int(row["compared"]) + int(row["skipped"]) == int(row["entries"]) for row in table)
    assert all(
        first["oracle"] != second["oracle"] or first["quantity"] != second["quantity"] for first, second in pairwise(table)
    )
