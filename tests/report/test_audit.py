"""What came out of an audit, as people and programs get it: tables that fit, where a mistake begins, and every number as data."""

import csv
import io
import math
import re
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest

from tests.cases import CELLS
from tests.cli.test_commands import strict
from tests.drawing import drawn
from yann.check.audit import Audited, audit
from yann.check.oracles import APPROXIMATE, EXACT, ORACLES, UNRESOLVED, WRONG, Agreement, Oracle
from yann.config.load import load
from yann.config.options import find_config
from yann.engine.network import Layer, Network
from yann.parts.activations import GELU, Sigmoid, Tanh
from yann.parts.initializers import Normal
from yann.report.audit import HEADER, MOST_WRONG, AuditedCell, audit_rows, audit_tables
from yann.report.grid import Grid
from yann.report.prose import Prose
from yann.report.rows import csv_text, json_text
from yann.study.cell import Axis, Experiment

VERSIONS = {"autograd": "1.8.0", "jax": "0.10.2", "tensorflow": "2.21.0", "torch": "2.13.0"}
OWN = ["finite-difference", "complex-step", "taylor"]


@pytest.fixture(autouse=True)
def _versions(monkeypatch):
    """Let every library be installed, in a version of the usual length."""
    for name, version in VERSIONS.items():
        monkeypatch.setattr(ORACLES[name], "version", classmethod(lambda _, version=version: version))


def experiment_of(cells=1, axis="network.init"):
    """Give an experiment of a network of three layers, each with an activation of its own; a sweep if it has several cells."""
    shapes = ((3, 4, Sigmoid()), (4, 3, Tanh()), (3, 2, GELU()))
    cell = replace(CELLS["tanh-mse-mean"], network=Network(tuple(Layer(*shape, Normal(), Normal()) for shape in shapes)))
    axes = (Axis(axis, (axis,)),) if cells > 1 else ()
    points = [(f"init{number}",) for number in range(cells)] if axes else [()]
    return Experiment("net", "A net", axes, [cell] * cells, points, (), "in_out")


def agreed(quantity, verdict=APPROXIMATE, relative=1e-16, **more):
    """Give an agreement of an array of 12 entries."""
    told = {
        "entries": 12, "compared": 12, "skipped": 0, "absolute": relative / 2, "relative": relative, "tolerance": 1e-12,
        "index": () if quantity == "loss" else (1,) if quantity[1] == "b" else (1, 2), "yann": 0.125, "oracle": 0.25, "ulp": 3,
    }  # fmt: skip
    return Agreement(quantity, verdict, **(told | more))


def sloped(quantity, verdict=APPROXIMATE, slopes=(1.0, 2.0), remark=""):
    """Give an agreement of Taylor remainders."""
    nan = math.nan
    compared = 0 if verdict == UNRESOLVED else 12
    return Agreement(quantity, verdict, 12, compared, 12 - compared, nan, nan, nan, (), nan, nan, None, slopes, remark)


def answered(name, *agreements, cell=0, updates=0, unable=None):
    return Audited(cell, ORACLES[name](), agreements, updates, unable)


def one(*answers):
    """Give one cell with what was said of it."""
    return [AuditedCell(experiment_of(), answers)]


def wrong(*names):
    """Give a torch that finds some quantities wrong, of all that there are."""
    every = ["loss", *(f"d{M}{layer}" for layer in (1, 2, 3) for M in "Wb"), "W1_after", "b1_after"]
    return answered("torch", *(agreed(name, WRONG, 0.5) if name in names else agreed(name) for name in every))


def parts(cells, width=None):
    """Give the grids and the prose of the tables."""
    found = list(audit_tables(cells, width))
    return [part for part in found if isinstance(part, Grid)], [part.text for part in found if isinstance(part, Prose)]


def table(cells):
    """Give the first table: its header, and its rows by name."""
    (grid, *_), _ = parts(cells)
    return grid.header, {name: rest for name, *rest in grid.rows}


# One cell


def test_one_cell_is_a_row_for_each_quantity_and_a_column_for_each_oracle():
    cells = one(
        answered("finite-difference", agreed("dW1", relative=3e-9), agreed("db1", EXACT, 0.0), agreed("dW2", UNRESOLVED)),
        answered(
            "taylor", sloped("dW1", slopes=(0.998, 2.003)), sloped("db1", slopes=(1.0, math.nan)), sloped("dW2", UNRESOLVED)
        ),
        answered("complex-step", agreed("dW1", WRONG, 0.2), agreed("loss", relative=2e-16), agreed("dW2")),
    )
    header, rows = table(cells)
    assert header == ("quantity", "finite-\ndifference", "taylor", "complex-\nstep")
    assert rows == {
        "dW1": ["3e-09", "1.00 2.00", "wrong 0.2"],
        "db1": ["exact", "1.00 –", ""],
        "dW2": ["unresolved", "unresolved", "1e-16"],
        "loss": ["", "", "2e-16"],
        "entries": ["36", "36", "36"],
        "compared": ["36", "24", "36"],
        "skipped": ["0", "12", "0"],
        "verdict": ["agrees", "agrees", "wrong"],
    }


def test_entries_are_counted_over_all_quantities_in_thousands():
    cells = one(
        answered("finite-difference", agreed("dW1", entries=700, compared=20, skipped=3), agreed("dW2", entries=1500, compared=2))
    )
    _, rows = table(cells)
    assert [rows[name] for name in ("entries", "compared", "skipped")] == [["2,200"], ["22"], ["3"]]


def test_a_column_is_headed_by_the_oracle_and_the_version_of_its_library_without_its_build(monkeypatch):
    monkeypatch.setattr(ORACLES["torch"], "version", classmethod(lambda _: "2.13.0+cpu"))
    header, _ = table(one(*(answered(name, agreed("dW1")) for name in ("torch", "jax", "complex-step"))))
    assert header == ("quantity", "torch\n2.13.0", "jax\n0.10.2", "complex-\nstep")


def test_an_oracle_that_was_unable_has_an_empty_column_and_its_reason_below():
    cells = one(answered("complex-step", unable="it has no word for it"), answered("taylor", sloped("dW1")))
    _, rows = table(cells)
    assert (rows["dW1"], rows["verdict"], rows["entries"]) == (["", "1.00 2.00"], ["unable", "agrees"], ["0", "12"])
    _, prose = parts(cells)
    assert prose == ["complex-step: it has no word for it."]


def test_the_legend_explains_what_is_there_and_nothing_else():
    number, slopes, after = "as a part of the largest entry", "1.00 without yann's gradient", "_after: after 3 updates"
    every = {
        "differences": (one(answered("finite-difference", agreed("dW1"))), [number]),
        "taylor": (one(answered("taylor", sloped("dW1"))), [slopes]),
        "both": (one(answered("taylor", sloped("dW1")), answered("complex-step", agreed("dW1"))), [number, slopes]),
        "updates": (one(answered("torch", agreed("W1_after"), updates=3)), [number, after]),
        "none made": (one(answered("complex-step", agreed("dW1"), updates=3)), [number]),
    }
    for case, (cells, told) in every.items():
        (grid, *_), _ = parts(cells)
        assert [part for part in (number, slopes, after) if part in grid.caption] == told, case
    assert "after 1 update of" in parts(one(answered("torch", agreed("W1_after"), updates=1)))[0][0].caption


def test_the_title_names_the_config_and_counts_the_oracles():
    for names, told in ((OWN, "3 oracles"), (["taylor"], "1 oracle")):
        (grid, *_), _ = parts(one(*(answered(name, agreed("dW1")) for name in names)))
        assert grid.title == f"net: the gradients of yann's backward pass against {told}"


def test_what_an_oracle_remarked_is_a_sentence_with_its_quantities():
    few = "rounding accounts for 1.0e-12"
    cells = one(
        answered("complex-step", *(agreed(f"dW{layer}", remark=few) for layer in range(1, 9)), agreed("db1", WRONG, remark="no")),
        answered("taylor", sloped("dW1", UNRESOLVED, remark="a kink lies too near")),
    )
    *_, said = parts(cells)[1]
    assert said.split("\n\n") == [
        "complex-step, dW1, dW2, dW3, dW4, dW5, dW6 and 2 more: rounding accounts for 1.0e-12.",
        "taylor, dW1: a kink lies too near.",
    ]


# Several cells


def several(*answers):
    """Give a cell of a sweep for each tuple of answers."""
    experiment = experiment_of(len(answers))
    return [AuditedCell(experiment, tuple(replace(each, cell=at) for each in row)) for at, row in enumerate(answers)]


def test_several_cells_are_a_line_each_with_the_worst_of_every_oracle():
    cells = several(
        (answered("complex-step", agreed("dW1", relative=3e-16), agreed("dW2", relative=2e-13), agreed("db1", UNRESOLVED, 1.0)),
         answered("taylor", sloped("dW1", slopes=(1.0, 2.5)), sloped("dW2", slopes=(1.0, 1.97)))),
        (answered("complex-step", agreed("dW1", EXACT, 0.0)), answered("taylor", sloped("dW1", slopes=(1.0, 2.25)))),
        (answered("complex-step", unable="no word"), answered("taylor", sloped("dW1", WRONG, (1.0, 1.0)))),
        (answered("complex-step", agreed("dW1", WRONG, 0.5), agreed("dW2", WRONG, 0.1), agreed("dW3")),
         answered("taylor", sloped("dW1"))),
    )  # fmt: skip
    header, rows = table(cells)
    assert header == ("cell", "complex-\nstep", "taylor")
    assert rows == {
        "net, init init0": ["2e-13", "1.97"],
        "net, init init1": ["exact", "2.25"],
        "net, init init2": ["unable", "wrong in 1"],
        "net, init init3": ["wrong in 2", "2.00"],
        "entries": ["84", "60"],
        "compared": ["84", "60"],
        "skipped": ["0", "0"],
        "verdict": ["wrong", "wrong"],
    }
    (grid, *_), _ = parts(cells)
    assert grid.title == "The gradients of yann's backward pass in 4 cells against 2 oracles"


def test_a_line_of_a_cell_without_remainders_says_no_nan():
    """J is linear in every parameter, so there is no second slope to tell."""
    linear = answered("taylor", sloped("dW1", slopes=(1.0, math.nan)), sloped("db1", slopes=(math.nan, math.nan)))
    _, rows = table(several((linear,), (linear,)))
    assert "nan" not in rows["net, init init0"][0]
    assert rows["verdict"] == ["agrees"]


def test_an_oracle_is_unable_only_if_it_was_so_in_every_cell():
    unable, able = answered("complex-step", unable="no word"), answered("complex-step", agreed("dW1"))
    for first, second, verdict in ((unable, unable, "unable"), (unable, able, "agrees"), (able, able, "agrees")):
        assert table(several((first,), (second,)))[1]["verdict"] == [verdict]
    _, prose = parts(several((unable,), (able,), (unable,)))
    assert prose == ["complex-step, init init0, init init2: no word."]


# Where a mistake begins


BELOW = {"dW1", "db1"}
STORIES = {
    "the loss": ({"loss", "dW3", *BELOW}, "The loss itself is another: compare what mse means, and the forward pass"),
    "the last layer": (
        {"dW3", "db3", "dW2", "db2", *BELOW},
        "From the loss down, layer 3, the last, is wrong first: look at the derivative of mse and at the slope of gelu",
    ),
    "a layer between": (
        {"dW2", "db2", *BELOW},
        "From the loss down, layer 2 is wrong first and layer 3 still right: look at the slope of tanh, and at what carries",
    ),
    "the first layer": (
        {"dW1"},
        "From the loss down, layer 1 is wrong first and layer 2 still right: look at the slope of sigmoid, and at what carries",
    ),
    "a layer and what follows from it": (
        {"dW1", "W1_after", "b1_after"},
        "From the loss down, layer 1 is wrong first and layer 2 still right: look at the slope of sigmoid",
    ),
    "parameters only": (
        {"W1_after", "b1_after"},
        "The gradients agree and the parameters after the updates do not: compare the optimizer's rule",
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_the_reader_is_told_where_from_the_loss_down_a_gradient_is_wrong_first(story):
    names, sentence = STORIES[story]
    grids, (begins, *_) = parts(one(wrong(*names), answered("complex-step", agreed("dW1"))))
    assert begins.startswith(sentence)
    assert begins.endswith(" (says torch).")
    assert [row[2] for row in grids[1].rows] == [each.quantity for each in wrong(*names).wrong]


def test_oracles_that_say_the_same_are_named_together_and_others_apart():
    last = answered("complex-step", agreed("dW3", WRONG, 0.5), agreed("dW1", WRONG, 0.5))
    _, (begins,) = parts(one(last, answered("taylor", sloped("db3", WRONG, (1.0, 1.0))), wrong("W1_after")))
    first, second = begins.split("\n\n")
    assert first.endswith("(says complex-step, taylor).")
    assert second.endswith("(says torch).")


def test_every_disagreement_stands_in_a_table_with_both_numbers():
    found = agreed("dW2", WRONG, 0.5, yann=0.123456789, oracle=-1e-9, absolute=0.25, ulp=1234567, tolerance=1e-12)
    (_, grid), _ = parts(one(answered("complex-step", agreed("dW1"), found)))
    assert grid.title == "Where they disagree most"
    (row,) = (dict(zip(grid.header, row, strict=True)) for row in grid.rows)
    assert row == {
        "cell": "net", "oracle": "complex-step", "quantity": "dW2", "at": "[1, 2]", "yann": "0.1234568",
        "the oracle's": "-1e-09", "difference": "0.25", "relative": "0.5", "tolerance": "1e-12", "ulp": "1,234,567",
    }  # fmt: skip


@pytest.mark.parametrize(("count", "more"), [(MOST_WRONG, ""), (MOST_WRONG + 1, "1 more"), (1100, "1,076 more")])
def test_of_many_disagreements_the_first_are_shown_and_the_others_counted(count, more):
    found = answered("complex-step", *(agreed(f"dW{1 + number % 3}", WRONG, 0.5) for number in range(count)))
    (_, grid), _ = parts(one(found))
    assert len(grid.rows) == min(count, MOST_WRONG)
    assert ("more" in grid.caption) == bool(more)
    assert more in grid.caption


def test_where_only_remainders_are_wrong_there_is_no_empty_table():
    found = answered(
        "taylor", sloped("dW1"), sloped("dW3", WRONG, (1.0, 1.0), "with the gradient the remainder shrinks too slowly")
    )
    cells = one(found, answered("complex-step", agreed("dW3")))
    grids, (begins,) = parts(cells)
    assert len(grids) == 1
    assert table(cells)[1]["dW3"] == ["wrong 1.00 1.00", "1e-16"]
    assert "layer 3, the last" in begins
    assert [row[1] for row in parts([*cells, *one(found, wrong("dW1"))])[0][1].rows] == ["torch"]


# How it looks


@pytest.fixture(scope="module")
def example():
    """Give the bundled config yann, and what yann's own oracles say of it."""
    experiment = load(find_config("yann", (), ())).experiment
    (answers,) = audit(experiment.cells, [ORACLES[name]() for name in OWN], [0])
    return experiment, answers


@pytest.mark.parametrize("left_out", [None, *VERSIONS])
def test_the_bundled_example_fits_80_columns_with_every_oracle(example, left_out):
    experiment, own = example
    quantities = ["loss", *(each.quantity for each in own[0].agreements)]
    others = [answered(name, *(agreed(each, relative=1.23e-15) for each in quantities)) for name in VERSIONS if name != left_out]
    cells = [AuditedCell(experiment, tuple(sorted([*own, *others], key=lambda each: each.oracle.name)))]
    lines = drawn(audit_tables(cells, 80), 80)
    assert max(map(len, lines)) <= 80
    columns = len(own) + len(others) + sum(name == "taylor" for name in OWN)  # it tells two slopes
    for name in quantities:
        (line,) = [line for line in lines if line.startswith(name)]
        assert name == "loss" or len(line.split()) == 1 + columns
    (verdicts,) = [line for line in lines if line.startswith("verdict")]
    assert verdicts.split() == ["verdict", *["agrees"] * (len(own) + len(others))]


def test_the_numbers_of_the_bundled_example_are_small_and_its_remainders_straight(example):
    experiment, own = example
    _, rows = table([AuditedCell(experiment, own)])
    assert list(rows) == ["dW1", "db1", "dW2", "db2", "entries", "compared", "skipped", "verdict"]
    assert [rows[name] for name in ("entries", "compared", "skipped")] == [["20"] * 3, ["20"] * 3, ["0"] * 3]
    for name in ("dW1", "db1", "dW2", "db2"):
        by_differences, by_complex_step, slopes = rows[name]
        assert float(by_differences) < 1e-9
        assert by_complex_step == "exact" or float(by_complex_step) < 1e-15
        assert slopes == "1.00 2.00"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut_off(width):
    cells = several(
        (wrong("dW1", "dW2", "loss"), answered("complex-step", *(agreed(f"dW{n}", WRONG, 0.5, ulp=10**18) for n in (1, 2, 3)))),
        (wrong("W1_after"), answered("complex-step", unable="it has a reason of a good many words to have nothing to say here")),
    )
    lines = drawn(audit_tables(cells, width), width)
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    assert "look at" in text
    assert "good many words to have nothing to say here" in text


def test_in_markdown_every_table_is_whole_and_a_name_of_two_words_is_one():
    cells = one(answered("complex-step", agreed("dW1", WRONG, 0.5)), answered("finite-difference", agreed("dW1")), wrong("dW1"))
    text = "\n".join(part.markdown() for part in audit_tables(cells, None))
    assert re.search(r"^\| quantity \| complex-step \| finite-difference \| torch", text, re.MULTILINE)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    for line, following in pairwise(rows):
        if set(following) <= set("|:- "):
            assert line.count("|") - line.count("\\|") == following.count("|")
    assert "| dW1 | wrong 0.5 | 1e-16 | wrong 0.5 |" in text
    assert "**Where they disagree most**" in text
    assert "\x1b" not in text


# Rows


def rows_of(cells):
    header, rows = audit_rows(cells)
    assert header == HEADER
    assert {len(row) for row in rows} == {len(HEADER)}
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_there_is_a_row_for_every_quantity_of_every_oracle_in_every_cell_and_it_says_everything():
    cells = several(
        (
            answered(
                "torch", agreed("dW1", relative=0.5, remark="because"), agreed("db2", UNRESOLVED), agreed("loss", EXACT, 0.0)
            ),
        ),
        (answered("torch", sloped("dW1", slopes=(1.0, 1.5))),),
    )
    first, second, loss, other = rows_of(cells)
    assert first == {
        "config": "net", "cell": 0, "at": "init init0", "oracle": "torch", "version": "2.13.0", "quantity": "dW1", "layer": 1,
        "verdict": "approximate", "entries": 12, "compared": 12, "skipped": 0, "absolute": 0.25, "relative": 0.5,
        "tolerance": 1e-12, "index": "[1, 2]", "yann": 0.125, "oracle_value": 0.25, "ulp": 3, "slope_without": None,
        "slope_with": None, "remark": "because",
    }  # fmt: skip
    assert [(row["cell"], row["quantity"], row["layer"], row["verdict"], row["index"]) for row in (second, loss, other)] == [
        (0, "db2", 2, "unresolved", "[1]"), (0, "loss", None, "exact", ""), (1, "dW1", 1, "approximate", ""),
    ]  # fmt: skip
    assert (other["slope_without"], other["slope_with"], other["absolute"]) == (1.0, 1.5, None)


def test_an_oracle_that_was_unable_has_a_row_with_the_reason():
    (row,) = rows_of(one(answered("complex-step", unable="it has no word for it")))
    told = {key: value for key, value in row.items() if value is not None}
    assert told == {
        "config": "net", "cell": 0, "at": "", "oracle": "complex-step", "version": "", "verdict": "unable",
        "remark": "it has no word for it",
    }  # fmt: skip


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_null(value):
    found = agreed("dW1", WRONG, value, yann=value, oracle=value, absolute=value, tolerance=value, ulp=None)
    cells = one(answered("complex-step", found, unable=None), answered("taylor", sloped("dW1", slopes=(value, value))))
    header, rows = audit_rows(cells)
    for row in (strict(json_text(header, row)) for row in rows):
        assert {row[key] for key in ("absolute", "relative", "tolerance", "yann", "oracle_value", "ulp", "slope_with")} == {None}
    table = list(csv.DictReader(io.StringIO(csv_text([list(header), *rows]))))
    assert {row["relative"] for row in table} == {""}
    assert drawn(audit_tables(cells, 80), 80)


def test_rows_keep_every_digit(example):
    experiment, own = example
    header, rows = audit_rows([AuditedCell(experiment, own)])
    read = list(csv.DictReader(io.StringIO(csv_text([list(header), *rows]))))
    agreements = [each for answer in own for each in answer.agreements]
    assert len(read) == len(rows) == len(agreements)
    for row, plain, each in zip(read, (strict(json_text(header, row)) for row in rows), agreements, strict=True):
        assert row["quantity"] == plain["quantity"] == each.quantity
        for key, value in {"relative": each.relative, "yann": each.yann, "oracle_value": each.oracle}.items():
            assert plain[key] == value or (plain[key] is None and math.isnan(value))
            assert row[key] == "" if math.isnan(value) else float(row[key]) == value


def test_an_oracle_of_someone_elses_is_shown_like_any_other():
    @dataclass(frozen=True)
    class Mine(Oracle):
        """My own"""

        name = "my-own-oracle"

    cells = one(Audited(0, Mine(), (agreed("dW1"),), 0))
    assert table(cells)[0] == ("quantity", "my-\nown-\noracle")
    assert rows_of(cells)[0]["oracle"] == "my-own-oracle"
    assert "| quantity | my-own-oracle |" in next(audit_tables(cells, None)).markdown()
