"""Whatever the locale, and whatever a terminal can show: the same exit codes, the same files, and data that can be read."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import environment, newest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locales and fork as POSIX has them")

MANY = Path(__file__).with_name("many.py")
PURE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
PLACES = {  # what the environment says, and in which encoding standard output then is
    "utf-8": ({}, "utf-8"),
    "C without UTF-8 mode": (PURE, "ascii"),
    "German of the nineties": ({"LC_ALL": "de_DE.ISO-8859-1"}, "latin-1"),
    "ascii": ({"PYTHONIOENCODING": "ascii:strict"}, "ascii"),
    "Windows": ({"PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252"}, "cp1252"),
    "utf-16": ({"PYTHONIOENCODING": "utf-16"}, "utf-16"),
}
CONFIG = r"""
title: "Größe → ∂J/∂W ✓ [bold]x[/] 😀 \e[31m \u202Eabc $\\frac{ | `q`"
about: "Warum? Weil ∑ → ∞. – é\n\n# heading"
network: {depth: 2, width: 2, activation: tanh, init: {name: normal, std: 0.5}}
data: {name: csv, path: données.csv, targets: [y]}
steps: 1
sweep: {zip: {g-1: {network.init.std: [0.1, 0.2]}}, grid: {data.path: [données.csv, "=dä[b]|$x 😀.csv"]}}
expect: [{at: {data.path: données.csv}, source: "Übung [b] \e[0m", figures: {W1: {shape: [2, 2]}}}]
"""
DATA = ("données.csv", "=dä[b]|$x 😀.csv")
ANY = (
    ("sweep", "w.yaml", "--no-plots"), ("sweep", "w.yaml", "-n"), ("train", "w.yaml", "--no-plots"), ("step", "w.yaml"),
    ("check", "w.yaml"), ("check", "w.yaml", "--entries"), ("check", "w.yaml", "--against", "finite-difference"),
    ("explain", "w.yaml"), ("explain", "w.yaml", "W1[0,1]"), ("explain", "w.yaml", "--tape"), ("list",), ("pitfall",),
    ("pitfall", "tape_sum"),
)  # fmt: skip
FORMATS = ("table", "csv", "json", "jsonl", "md")
OTHERS = (
    ("sweep", "w.yaml", "-o", "ü/\x1b[31m", "--set", "title=Ünï →"), ("explain", "w.yaml", "--latex"),
    ("explain", "w.yaml", "W1[0,1]", "--latex"), ("explain", "w.yaml", "--markdown"), ("export", "w.yaml", "--to", "numpy"),
    ("export", "w.yaml", "--to", "torch", "-o", "é.py"), ("schema",), ("schema", "-o", "ß.json"), ("new", "study"),
    ("sweep", "w.yaml", "--no-plots", "-q", "--shard", "1/2", "-o", "shards"),
    ("sweep", "w.yaml", "--no-plots", "-q", "--shard", "2/2", "-o", "shards"),
    ("resume", "shards/w/latest", "-q"), ("merge", "shards/w/2*", "-q", "-o", "joined"), ("--help",), ("train", "--help"),
    # mistakes
    ("sweep", "ü\x1b\n.yaml"), ("sweep", "w.yaml", "--set", "tïtle=1"), ("sweep", "w.yaml", "--metric", "→\u202e"),
    ("list", "→\x9b"), ("pitfall", "→\n"), ("export", "w.yaml", "--to", "→\n"), ("check", "w.yaml", "--against", "→\n"),
    ("sweep", "w.yaml", "--→\x1b"), ("→\u202e",), ("step", "--lr", "→\u202e"), ("sweep", "w.yaml", "-f", "→\u202e"),
    ("resume", "nö\n"), ("merge", "nö\n\x1b"), ("new", "→"), ("explain", "w.yaml", "→\n", "-q"),
    ("explain", "w.yaml", "--to", "→\n", "-q"),
    ("sweep", "w.yaml", "--executor", "→\n"), ("sweep", "w.yaml", "--shard", "→\n"), ("check", "nö\n/"),
    ("schema", "-o", "nö\n/s"),
    ("export", "w.yaml", "--to", "numpy", "-q", "-o", "nö\n/s.py"),
    ("sweep", "w.yaml", "-o", "w.yaml"),
)  # fmt: skip
COMMANDS = [(*command, "-f", form) for command in ANY for form in FORMATS] + list(OTHERS)
"""All of them, of which each place but the first runs the data commands in one format, another in each."""


@dataclass(frozen=True)
class Ran:
    """What all the commands left behind."""

    codes: dict
    out: dict
    err: dict
    files: Counter


@pytest.fixture(scope="module")
def locales(tmp_path_factory):
    """Give the folder of a German locale that is not UTF-8, if it can be made here."""
    folder = tmp_path_factory.mktemp("locales")
    if shutil.which("localedef"):
        command = ["localedef", "-i", "de_DE", "-f", "ISO-8859-1", folder / "de_DE.ISO-8859-1"]
        subprocess.run(command, capture_output=True, check=False)
    return folder


@pytest.fixture(scope="module")
def everything(tmp_path_factory, locales):
    """Give a function that runs every command in an environment, once."""
    ran = {}

    def run(place):
        if place not in ran:
            more, encoding = PLACES[place]
            folder = tmp_path_factory.mktemp("place")
            (folder / "w.yaml").write_text(CONFIG, encoding="utf-8")
            for name in DATA:
                (folder / name).write_text("a,b,y\n1,2,3\n2,1,0\n", encoding="utf-8")
            commands = commands_at(place)
            (folder / "commands.json").write_text(json.dumps(commands), encoding="utf-8")
            root = str(MANY.parents[2])
            env = environment(LOCPATH=str(locales), PYTHONPATH=root, **more)
            subprocess.run([sys.executable, MANY, "commands.json"], cwd=folder, env=env, stdin=subprocess.DEVNULL, check=True)
            codes = json.loads((folder / "codes.json").read_text(encoding="utf-8"))
            out, err = (
                {command: (folder / f"{i}.{end}").read_bytes().decode(encoding) for i, command in enumerate(commands)}
                for end in ("out", "err")
            )
            ran[place] = Ran(dict(zip(commands, codes, strict=True)), out, err, written(folder))
        return ran[place]

    return run


def commands_at(place):
    """Give the commands that are run at a place."""
    turn = list(PLACES).index(place)
    if turn == 0:
        return COMMANDS
    return [(*command, "-f", FORMATS[(turn + i) % len(FORMATS)]) for i, command in enumerate(ANY)] + list(OTHERS)


def written(folder):
    """Count the files that commands have written, by what their names and bytes would be wherever and whenever they are run."""
    found = Counter()
    for path in folder.rglob("*"):
        name = re.sub(r"\d{8}T\d{6}Z-\w{4}", "RUN", path.relative_to(folder).as_posix())
        if path.is_file() and not re.fullmatch(r"\d+\.(out|err)|(codes|commands)\.json", name) and "latest" not in name:
            data = path.read_bytes()
            if not name.endswith((".png", "journal")):
                data.decode("utf-8")
            if not name.endswith(("manifest.json", "journal")):
                found[name, hashlib.sha256(data.replace(os.fsencode(folder), b"")).hexdigest()] += 1
    return found


def unescaped(text):
    """Give a text with the letters that stand behind its escapes."""
    text = re.sub(r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|x([0-9a-f]{2}))", lambda found: chr(int(found[found.lastindex], 16)), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def test_every_command_is_asked(yann, tmp_path):
    commands = re.findall(r"^  (\w+) {2}", yann("--help", cwd=tmp_path).out.partition("Commands:")[2], re.MULTILINE)
    assert {*commands} == {command[0] for command in COMMANDS} & {*commands}


@pytest.mark.parametrize("place", PLACES)
def test_every_command_does_the_same_in_every_locale(place, everything, locales):
    if "LC_ALL" in PLACES[place][0] and "ISO" in PLACES[place][0]["LC_ALL"] and not list(locales.iterdir()):
        pytest.skip("this locale cannot be made here")
    found, plain = everything(place), everything("utf-8")
    assert found.codes == {command: plain.codes[command] for command in found.codes}
    assert found.files.keys() == plain.files.keys()
    for command, out in found.out.items():
        err, expected = found.err[command], plain.out[command]
        assert not re.search(r"Traceback|codec|UnicodeE|bug in yann", err), command
        assert not {char for char in out + err if not char.isprintable() and char != "\n"}, command
        if command[-1] == "json" or command == ("schema",):
            assert json.loads(out) == json.loads(expected), command
        elif command[-1] == "jsonl":
            assert [json.loads(line) for line in out.splitlines()] == [json.loads(line) for line in expected.splitlines()]
        elif command[-1] in ("csv", "md") or command[0] == "export":
            assert unescaped(out) == unescaped(expected), command


def test_what_is_done_and_what_is_a_mistake(everything):
    codes = everything("utf-8").codes
    mistakes = COMMANDS.index(("sweep", "ü\x1b\n.yaml"))
    assert {command: codes[command] for command in COMMANDS[:mistakes] if codes[command]} == {}
    assert {codes[command] for command in COMMANDS[mistakes:]} == {2, 74}


def test_a_message_about_a_name_with_a_line_break_is_one_line(everything):
    for command, err in everything("utf-8").err.items():
        if any("\n" in word for word in command):
            assert len(err.splitlines()) == 1, command


def test_a_derivation_in_ascii_is_still_latex(everything):
    for command, out in everything("ascii").out.items():
        if command[-1] == "--latex":
            assert out.isascii()
            assert r"\paragraph{Gr\textbackslash{}xf6\textbackslash{}xdfe \textbackslash{}u2192" in out


def test_lines_of_a_table_are_drawn_with_what_there_is(everything):
    for place, line in (("utf-8", "───"), ("ascii", "---")):
        assert any(line in out for command, out in everything(place).out.items() if command[-1] == "table")


@pytest.mark.parametrize("place", ["C without UTF-8 mode", "German of the nineties", "Windows"])
def test_words_of_the_command_line_are_utf_8(place, yann, locales, tmp_path):
    more, _ = PLACES[place]
    (tmp_path / "é.yaml").write_text("network: {depth: 1, width: 1}\n", encoding="utf-8")
    done = yann(
        "sweep", "é.yaml", "--set", "title=Ünï → 😀", "-q", "--no-plots", cwd=tmp_path, env={"LOCPATH": str(locales), **more}
    )
    assert (done.code, done.err) == (0, "")
    run = newest(tmp_path, "_")
    assert "title: Ünï → 😀" in (run / "resolved.yaml").read_text(encoding="utf-8")
    assert "title=Ünï → 😀" in json.loads((run / "manifest.json").read_text(encoding="utf-8"))["argv"]


def test_a_word_that_is_no_text_is_kept_as_it_is(start, tmp_path):
    name = os.fsdecode(b"\xff\n")
    (tmp_path / f"{name}.yaml").write_text("network: {depth: 1, width: 1}\n", encoding="utf-8")
    with start("sweep", f"{name}.yaml", "--no-plots", "-o", name, cwd=tmp_path) as process:
        _, err = process.communicate(timeout=100)
    assert (process.returncode, err.count(b"\n")) == (0, 1)
    (manifest,) = (path for path in (tmp_path / name).rglob("manifest.json") if "latest" not in path.parts)
    assert json.loads(manifest.read_text(encoding="utf-8"))["argv"][2] == f"{name}.yaml"
