"""Text of a config is drawn, printed and written as it stands: no markup, no formula, nothing that moves a cursor or hides."""

import ast
import csv
import io
import json
import random
import re
from dataclasses import replace

import pytest
from rich.console import Console

from tests.cases import run_cell
from tests.config.texts import experiment
from tests.drawing import drawn
from yann.cli.output import note
from yann.errors import ConfigError, Problem
from yann.report.digest import digest
from yann.report.grid import Grid, escaped, escaped_line
from yann.report.matrices import Sheet
from yann.report.plots import image, plots
from yann.report.plots.sheet import literal, style, wrapped
from yann.report.progress import progress
from yann.report.prose import Prose
from yann.report.rows import csv_text, json_text
from yann.report.twins.source import docstring
from yann.text import json_dumped, visible

RANDOM = random.Random(6)  # noqa: S311
BITS = (
    "[", "]", "[/", "[/]", "[bold]", "[/bold]", "[red on blue]", "[link=http://x]", "[@click=f()]", "[not a tag]", "[[", "]]",
    "\\[",
    "\\", "\\\\[bold]", ":smile:", ":warning:", "[#ff0000]", "[b i u]", "$", "$$", "\\$", "$x^2$", "\\frac{", "{", "}", "_", "^",
    "%",
    "`", "|", "*", "~", "<b>", "&amp;", "=", "+", "@", "'", '"', "a", "bc", " ", "é", "→", "😀", "\\alpha", "\\u202e", "#", "-",
    ";", ",",
)  # fmt: skip
STRINGS = ["x" + "".join(RANDOM.choices(BITS, k=RANDOM.randint(1, 12))).strip() for _ in range(10_000)]
SOME = STRINGS[:200]
UNSEEN = "".join(map(chr, (0, 7, 8, 9, 10, 13, 0x1B, 0x7F, 0x85, 0x9B, 0xA0, 0xAD, 0x34F, 0x115F, 0x17B4, 0x180E, 0x200B, 0x200D,
                           0x200F, 0x2028, 0x202E, 0x2060, 0x2066, 0x2800, 0x3164, 0xD800, 0xE000, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFFE,
                           0xE0001, 0xE0100)))  # fmt: skip


def printed(part):
    """Give all that a terminal shows of a part, as one line of text."""
    return "\n".join(drawn([part]))


def test_ten_thousand_strings_in_brackets_are_printed_as_they_are():
    rows = tuple((text, "1") for text in STRINGS)
    lines = drawn([Grid("", ("a", "b"), rows, left=1)], 10_000)[2:]
    assert [line.rstrip().removesuffix("1").rstrip() for line in lines if line] == [text.rstrip() for text in STRINGS]


@pytest.mark.parametrize("make", [
    lambda text: Grid(text, ("a",), (("b",),)),
    lambda text: Grid("t", (text, "a"), (("b", "c"),)),
    lambda text: Grid("t", ("a",), (("b",),), text),
    lambda text: Sheet(text, ("1  2",)),
    lambda text: Sheet("t", (text,)),
    Prose,
], ids=["title", "heading", "caption", "sheet", "line", "prose"])  # fmt: skip
def test_they_are_so_wherever_a_text_can_stand(make):
    for text in STRINGS[:500]:
        assert re.sub(r"\s+", " ", text).strip() in re.sub(r"\s+", " ", printed(make(text)))


def test_they_are_so_in_colour_too():
    stream = io.StringIO()
    console = Console(file=stream, width=10_000, force_terminal=True, color_system="truecolor", legacy_windows=False)
    for text in SOME:
        console.print(Grid(text, ("a",), ((text,),)).rich())
    plain = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    assert [text for text in SOME if plain.count(text) < 2] == []
    assert "\x1b]" not in stream.getvalue()  # a link


def test_they_are_so_in_messages(capsys):
    for text in STRINGS:
        note(text)
        note(str(ConfigError([Problem("c.yaml:1:1", text, text)])))
    lines = capsys.readouterr().err.split("\n")[:-1]
    assert lines == [line for text in STRINGS for line in (text, f"c.yaml:1:1: {text}: {text}")]


def test_they_are_so_in_the_bar_of_progress(monkeypatch):
    stream = io.StringIO()
    stream.isatty = lambda: True
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "300")
    for text in STRINGS[:20]:
        with progress(text, 1, 1, 0, quiet=False) as meter:
            meter.tick(1)
        assert text in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())


def test_they_are_so_in_markdown():
    for text in STRINGS:
        for safe in (escaped(text), escaped_line(text)):
            assert re.sub(r"\\([\\|*_`<\[~&$:#>+.)-])", r"\1", safe) == text
            bare = re.sub(r"\\.", "\0", safe)
            assert not re.search(r"[|*_`<\[~&$]|:\w+:", bare)


def test_they_are_so_in_csv_and_json():
    rows = list(csv.reader(io.StringIO(csv_text([[text] for text in STRINGS]))))
    assert [row[0].removeprefix("'") for row in rows] == [text.removeprefix("'") for text in STRINGS]
    assert [json.loads(json_text(["a"], [text]))["a"] for text in STRINGS] == STRINGS


def test_they_are_so_in_the_docstring_of_a_script():
    for text in STRINGS:
        script = "\n".join(docstring([text]))
        (only,) = ast.parse(script).body
        assert re.sub(r"\s+", "", ast.get_docstring(ast.Module([only], []), clean=False)) == re.sub(r"\s+", "", text)


@pytest.fixture(scope="module")
def label():
    """Give a text that is being drawn."""
    from matplotlib.text import Text

    with style():
        return Text(0, 0, "")


def test_they_are_so_in_plots_and_no_formula_is_read(label):
    with style():
        for made, text in [(literal(text), text) for text in STRINGS] + [(wrapped(text, 99.0), text) for text in SOME]:
            assert label._preprocess_math(made) == (text, False)


FOREIGN = "שלום مرحبا नमस्ते ไทย 深度 \U0001f469\u200d\U0001f52c e\u0301\u0302"
WILD = "$" * 31 + "".join(STRINGS[:3])
NET = "network: {depth: 2, width: 2}\ndata: {samples: 1}\nmeasure: [dW_rms]\n"


@pytest.mark.parametrize(("form", "texts"), [("png", (WILD, UNSEEN, FOREIGN)), ("svg", (FOREIGN[:9],)), ("pdf", (WILD,))])
def test_a_plot_is_drawn_whatever_its_words_are(form, texts):
    plain = experiment(NET + "sweep: {grid: {network.depth: [1, 2], network.width: [1, 2]}}")
    cells = [digest(k, plain.points[k], cell, [run_cell(cell, plain.measure)]) for k, cell in enumerate(plain.cells)]
    for text in texts:
        axes = tuple(replace(axis, column=f"{text}{k}") for k, axis in enumerate(plain.axes))
        points = [tuple(f"{value} {text}" for value in point) for point in plain.points]
        study = replace(plain, title=text, name=text, axes=axes, points=points)
        digests = [replace(each, point=point) for each, point in zip(cells, points, strict=True)]
        drawn_plots = dict(plots(study, digests, "dW_rms"))
        assert drawn_plots.keys() == {"layers", "heatmap"}
        assert all(image(figure, form) for figure in drawn_plots.values())


@pytest.mark.parametrize("char", UNSEEN, ids=ascii)
def test_what_does_not_show_is_shown_escaped_everywhere(char, capsys):
    text = f"a{char}b"
    note(text)
    shown = [
        visible(text, None), printed(Grid(text, (f"a{char if char != chr(10) else ''}b",), ((text,),), text)), escaped(text),
        printed(Sheet(text, (text,))), Sheet(text, (text,)).markdown().replace("\n", ""), csv_text([[text]]).rstrip("\n"),
        json_dumped(text), capsys.readouterr().err.rstrip("\n"), wrapped(text, 100.0), "".join(docstring([visible(text)])),
    ]  # fmt: skip
    for each in shown:
        assert char not in each.replace("\n", "" if char != "\n" else "\n") or char == "\n"
        assert char != "\n" or r"\n" in each
    assert json.loads(json_dumped(text)) == text


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@x",
    "\t=1",
    "\r=1",
    "\n=1",
    "-1 / 2",
    "=cmd|' /C calc'!A0",
    "＝1",
    "－1",
    "＋1",
    "＠x",
    "=",
    "-",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_spreadsheet_finds_no_formula(text):
    ((cell,),) = csv.reader(io.StringIO(csv_text([[text]])))
    assert cell[0] not in "=+-@\t\r\n＝＋－＠"


def test_swept_numbers_stay_numbers_whatever_their_sign():
    found = experiment(
        "network: {depth: 1, width: 1, init: {name: normal}}\nsweep: {grid: {network.init.mean: [-1, -0.5, 1e-30, -1e+30]}}"
    )
    text = csv_text([list(point) for point in found.points])
    assert [float(line) for line in text.splitlines()] == [-1, -0.5, 1e-30, -1e30]
    assert "'" not in text
