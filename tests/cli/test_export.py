"""The command `yann export`: a script on standard output or in a file, with or without arrays beside it."""

import ast
import json
import os
import re
import subprocess
import sys
from functools import partial

import pytest

from tests.cli.test_commands import example, strict
from yann.report.twins import TWINS

PUBLISHED_LOSS = 0.870124846460152
MANY = "network: {depth: 2, width: 60}\ndata: {samples: 4}\n"


def numbers(text):
    """Read what a script printed."""
    return {name: json.loads(value) for name, _, value in (line.partition(" ") for line in text.splitlines())}


def python(folder, *arguments, text=None):
    """Run a fresh interpreter, as a user would."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, input=text, capture_output=True, check=False, env=dict(os.environ)
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


@pytest.fixture
def inside(inside, monkeypatch, tmp_path):
    """Give a function that runs `yann export` in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return partial(inside, "export")


def names(folder):
    """Give the names of all that lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_the_yann_network_by_hand_has_the_published_loss(yann, tmp_path):
    done = yann("export", "yann", "--to", "numpy", cwd=tmp_path)
    assert (done.code, done.err, names(tmp_path)) == (0, "", [])
    (tmp_path / "twin.py").write_text(done.out, encoding="utf-8")
    found = numbers(python(tmp_path, "twin.py"))
    assert list(found) == ["loss", "dW1", "db1", "dW2", "db2"]
    assert found["loss"] == pytest.approx(PUBLISHED_LOSS, rel=1e-14)
    (step,) = strict(yann("step", "yann", "-f", "json", cwd=tmp_path).out)["steps"]
    for number, layer in enumerate(step["layers"], start=1):
        for row, expected in zip(found[f"dW{number}"], layer["dW"], strict=True):
            assert row == pytest.approx(expected, rel=1e-13)
        assert found[f"db{number}"] == pytest.approx(layer["db"], rel=1e-13)


def test_a_script_can_go_straight_into_an_interpreter(yann, tmp_path):
    script = yann("export", "yann", "--to", "numpy", cwd=tmp_path).out
    assert numbers(python(tmp_path, "-", text=script.encode()))["loss"] == pytest.approx(PUBLISHED_LOSS)


@pytest.mark.parametrize("twin", TWINS)
def test_every_twin_is_printed_and_is_python(twin, inside):
    done = inside("yann", "--to", twin)
    assert (done.code, done.err) == (0, "")
    assert f"pip install {TWINS[twin].needs}\n" in ast.get_docstring(ast.parse(done.out)) + "\n"
    assert "[0.7, 0.2, 0.9]" in done.out


def test_a_script_is_written_and_never_over_another_unless_that_is_asked_for(yann, tmp_path):
    done = yann("export", "yann", "--to", "numpy", "-o", "twin.py", cwd=tmp_path)
    assert (done.code, done.out, done.err) == (0, "", "wrote twin.py; run it with: python twin.py\n")
    assert names(tmp_path) == ["twin.py"]
    script = (tmp_path / "twin.py").read_text(encoding="utf-8")
    assert script == yann("export", "yann", "--to", "numpy", cwd=tmp_path).out
    again = yann("export", "yann", "--to", "torch", "-o", "twin.py", cwd=tmp_path)
    assert (again.code, again.out, again.err) == (2, "", "twin.py: there is such a file already; --force writes over it\n")
    assert (tmp_path / "twin.py").read_text(encoding="utf-8") == script
    forced = yann("export", "yann", "--to", "torch", "-o", "twin.py", "--force", "-q", cwd=tmp_path)
    assert (forced.code, forced.out, forced.err) == (0, "", "")
    assert "import torch" in (tmp_path / "twin.py").read_text(encoding="utf-8")


def test_many_numbers_go_to_a_file_beside_the_script(yann, tmp_path):
    (tmp_path / "c.yaml").write_text(MANY, encoding="utf-8")
    printed = yann("export", "c.yaml", "--to", "numpy", cwd=tmp_path)
    assert (printed.code, printed.out) == (2, "")
    assert "7,680 numbers" in printed.err
    assert "-o FILE" in printed.err
    (tmp_path / "below").mkdir()
    done = yann("export", "c.yaml", "--to", "numpy", "-o", "below/twin.py", cwd=tmp_path)
    assert (done.code, done.out) == (0, "")
    assert done.err == "wrote below/twin.py and below/twin.npz; run it with: python below/twin.py\n"
    assert names(tmp_path / "below") == ["twin.npz", "twin.py"]
    found = numbers(python(tmp_path, "below/twin.py"))  # from anywhere
    expected = strict(yann("step", "c.yaml", "-f", "json", cwd=tmp_path).out)["steps"][0]
    assert found["loss"] == pytest.approx(expected["loss"], rel=1e-13)
    for number, layer in enumerate(expected["layers"], start=1):
        flat = [value for row in layer["dW"] for value in row]
        largest = max(map(abs, flat))
        assert [value for row in found[f"dW{number}"] for value in row] == pytest.approx(flat, rel=0, abs=1e-12 * largest)


def test_the_same_config_gives_the_same_bytes(inside, tmp_path):
    (tmp_path / "c.yaml").write_text(MANY, encoding="utf-8")
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        assert inside("c.yaml", "--to", "jax", "-o", f"{folder}/t.py").code == 0
    for name in ("t.py", "t.npz"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("name", ["twin.py", "twin.npz"])
def test_neither_of_two_files_is_written_over_and_none_is_left_half(name, inside, tmp_path):
    (tmp_path / name).write_bytes(b"mine")
    arguments = ["digits", "--to", "numpy", "-o", "twin.py"]
    done = inside(*arguments)
    assert (done.code, done.out) == (2, "")
    assert f"{name}: there is such a file already" in done.err
    assert names(tmp_path) == [name]
    assert (tmp_path / name).read_bytes() == b"mine"
    assert inside(*arguments, "--force").code == 0
    assert names(tmp_path) == ["twin.npz", "twin.py"]


def test_a_link_is_a_file_that_is_there(inside, tmp_path):
    (tmp_path / "twin.py").symlink_to(tmp_path / "nowhere.py")
    assert inside("yann", "--to", "numpy", "-o", "twin.py").code == 2
    assert (tmp_path / "twin.py").is_symlink()


@pytest.mark.parametrize("config", ["yann", "digits"])
@pytest.mark.parametrize("out", ["nowhere/twin.py", "taken/twin.py"])
def test_where_nothing_can_be_written_is_exit_74(out, config, inside, tmp_path):
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    done = inside(config, "--to", "numpy", "-o", out)
    assert (done.code, done.out) == (74, "")
    assert done.err.startswith(f"{out}: ")
    assert "Traceback" not in done.err
    assert names(tmp_path) == ["taken"]


WRONG = {  # arguments: words of the one sentence
    ("yann",): "--to",
    ("yann", "--to", "pytorch"): "--to pytorch: no such twin; did you mean torch? There are jax, numpy, tensorflow, torch",
    ("yann", "--to", "zzz"): "--to zzz: no such twin; there are",
    ("yann", "--to", "\x1b[2J"): r"--to \x1b[2J: no such twin",
    ("yann", "--to", "numpy", "--cell", "1"): "--cell 1: the config has one cell, which is 0",
    ("depth", "--to", "numpy", "--cell", "5"): "--cell 5: the config has 5 cells, 0 to 4",
    ("yann", "--to", "numpy", "-o", "."): ".: this is a folder",
    ("digits", "--to", "numpy", "-o", "twin.npz"): "twin.npz: the numbers go to a file of this name",
    ("digits", "--to", "numpy"): "numbers, too many to read in a script",
    ("nonesuch", "--to", "numpy"): "nonesuch",
    ("yann", "--to", "numpy", "--set", "network.wdith=3"): "network.wdith",
    ("--to", "numpy"): "CONFIG",
}


@pytest.mark.parametrize("arguments", WRONG, ids=[" ".join(arguments).replace("\x1b", "ESC") for arguments in WRONG])
def test_a_wrong_use_is_a_sentence_and_exit_code_2(arguments, inside, tmp_path):
    done = inside(*arguments)
    assert (done.code, done.out) == (2, "")
    assert WRONG[arguments] in " ".join(done.err.split())
    assert "Traceback" not in done.err
    assert names(tmp_path) == []


def test_a_cell_of_a_sweep_can_be_chosen_and_any_key_be_changed(inside):
    done = inside("depth", "--to", "numpy", "--cell", "2")
    assert "cell 2 of 5" in done.err
    assert "dW3" in done.out
    assert "dW4" not in done.out
    assert inside("depth", "--to", "numpy", "--cell", "2", "-q").err == ""
    for more in (["--set", "loss.reduction=sum"], ["--grid", "loss.reduction=mean,sum", "--cell", "1"]):
        assert 'reduction="sum"' in inside("yann", "--to", "torch", *more).out


def test_a_hostile_title_runs_nothing(yann, tmp_path):
    title = r"a\"\"\"\nopen(\"x\", \"w\")\n\"\"\"\e[2J\u202e \\"
    text = f'title: "{title}"\nnetwork: {{depth: 1, width: 2}}\ndata: {{samples: 2}}\n'
    done = yann("export", "-", "--to", "numpy", "-o", "twin.py", cwd=tmp_path, text=text)
    assert done.code == 0
    script = (tmp_path / "twin.py").read_text(encoding="utf-8")
    assert all(letter.isprintable() or letter == "\n" for letter in script)
    assert list(numbers(python(tmp_path, "twin.py"))) == ["loss", "dW1"]
    assert names(tmp_path) == ["twin.py"]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "ascii", "utf-8"])
def test_a_script_is_utf_8_or_less_whatever_standard_output_is(encoding, start, tmp_path):
    text = "title: Café → φ\nnetwork: {depth: 1, width: 2}\ndata: {samples: 2}\n"
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    with start("export", "c.yaml", "--to", "numpy", cwd=tmp_path, env={"PYTHONIOENCODING": encoding}) as process:
        out, err = process.communicate(timeout=100)
    assert (process.returncode, err) == (0, b"")
    assert ast.get_docstring(ast.parse(out)).startswith("Café → φ\n")
    assert list(numbers(python(tmp_path, "-", text=out))) == ["loss", "dW1"]


@pytest.mark.parametrize("twin", TWINS)
def test_an_exploding_network_is_exported_without_a_word(twin, inside, tmp_path):
    text = "network: {depth: 4, width: 3, activation: identity, init: {name: normal, std: 1e200}}\ndata: {samples: 3}\n"
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    done = inside("c.yaml", "--to", twin)
    assert (done.code, done.err) == (0, "")
    assert re.search("yann finds the loss (inf|nan) and,", " ".join(done.out.split()))


def test_the_help_names_every_twin_and_its_example_runs(yann, shell, tmp_path):
    done = yann("export", "--help", cwd=tmp_path)
    assert done.code == 0
    assert all(f" {twin}" in done.out for twin in TWINS)
    for option in ("--to", "--out", "--force", "--cell", "--set", "--grid", "--quiet"):
        assert option in done.out
    ran = shell(example(done.out), tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith('"""The YANN network\n')
