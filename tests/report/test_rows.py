"""Rows: the columns of both files, and how each value is written."""

import csv
import io
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases import run_cell
from tests.config.texts import experiment
from yann.report.rows import cell_rows, columns, csv_text, failed_row, json_text, layer_rows
from yann.study.result import STATES
from yann.text import visible

CONFIG = """\
network: {inputs: 2, depth: 2, width: 3}
data: {samples: 4}
replicates: 2
seed: 9
steps: 2
every: 2
measure: [dW_norm, dW_max]
"""
PLAIN = experiment(CONFIG + "sweep: {grid: {network.init: [ones, {name: normal, std: 1e200}], network.bias: [true, false]}}")


@pytest.fixture(scope="module")
def results():
    """Give the result of every cell."""
    return [run_cell(cell, PLAIN.measure) for cell in PLAIN.cells]


def test_columns_are_those_that_are_promised():
    names = columns(PLAIN)
    assert names.layers == (
        "cell", "replicate", "seed", "step", "init", "bias", "layer", "fan_in", "fan_out", "activation",
        "dW_norm", "dW_max", "state",
    )  # fmt: skip
    assert names.cells == ("cell", "replicate", "seed", "step", "init", "bias", "loss", "state")


SCORES = {  # a loss and data: the scores of cells.csv
    "loss: mse": (),
    "loss: bce_with_logits\ndata: {targets: bits}": ("accuracy",),
    "loss: mse\ndata: {targets: bits}": ("accuracy",),
    "loss: cross_entropy\ndata: {targets: classes}": ("accuracy",),
    "loss: cross_entropy\ndata: {name: digits, samples: 50, test: 0.2}": ("accuracy", "test_loss", "test_accuracy"),
}


@pytest.mark.parametrize("text", SCORES)
def test_a_score_is_there_where_targets_are_classes_or_bits_or_held_out(text):
    assert columns(experiment(f"network: {{depth: 2, width: 10}}\n{text}")).scores == SCORES[text]


def test_every_row_is_as_long_as_its_header_and_in_its_place(results):
    names = columns(PLAIN)
    for index, result in enumerate(results):
        rows = list(layer_rows(PLAIN, index, result))
        assert [(row[1], row[3], row[6]) for row in rows] == [(r, t, n) for r in (0, 1) for t in (0, 2) for n in (1, 2)]
        assert all(len(row) == len(names.layers) and row[0] == index and row[2] == 9 for row in rows)
        assert [tuple(row[7:10]) for row in rows[:2]] == [(2, 3, "tanh"), (3, 3, "identity")]
        rows = list(cell_rows(PLAIN, index, result, names.scores))
        assert [(row[1], row[3]) for row in rows] == [(r, t) for r in (0, 1) for t in (0, 2)]
        assert all(len(row) == len(names.cells) for row in rows)


def test_rows_hold_the_numbers_of_the_result_and_nothing_that_is_not_finite(results):
    for index, result in enumerate(results):
        for row in layer_rows(PLAIN, index, result):
            r, t, n = row[1], result.steps.index(row[3]), row[6] - 1
            for value, metric in zip(row[10:12], ("dW_norm", "dW_max"), strict=True):
                there = result.metrics[metric][t, n, r]
                assert value == there if np.isfinite(there) else value is None
            assert row[-1] == STATES[result.state[t, n, r]]


def test_a_cell_that_failed_has_one_row_that_says_so():
    row = failed_row(PLAIN, 1, ("accuracy",))
    assert row == [1, None, 9, None, "ones", False, None, None, "failed"]
    assert len(row) == len(columns(PLAIN).cells) + 1


def read(text):
    """Read CSV as a program would."""
    return list(csv.reader(io.StringIO(text)))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_a_number_in_csv_and_json_has_every_digit(values):
    (row,) = read(csv_text([values]))
    assert [float(text) for text in row] == values
    names = [str(i) for i in range(len(values))]
    assert list(json.loads(json_text(names, values)).values()) == values


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_a_text_comes_back_from_csv_with_what_does_not_print_escaped_and_what_a_spreadsheet_would_run_defused(values):
    text = csv_text([values])
    assert text.count("\n") == 1
    (row,) = csv.reader(io.StringIO(text, newline=""))
    for found, value in zip(row, values, strict=True):
        shown = visible(value, None)
        assert found == (f"'{shown}" if shown[0] in "=+-@" else shown)


@pytest.mark.parametrize("label", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_a_label_that_a_spreadsheet_would_run_is_defused_in_csv_alone(label):
    assert not csv_text([[label]]).startswith(label[0])
    assert json.loads(json_text(["a"], [label])) == {"a": label}


def test_negative_numbers_are_numbers():
    assert csv_text([[-1, -0.5, 1e-300]]) == "-1,-0.5,1e-300\n"


def test_flags_are_words_and_what_is_missing_is_empty_or_null():
    assert csv_text([[True, False, None, "a,b", 'c"d', ""]]) == 'true,false,,"a,b","c""d",\n'
    assert json_text(["a", "b", "c"], [True, None, "é"]) == '{"a": true, "b": null, "c": "é"}'


def test_json_never_holds_what_is_no_json():
    for value in (math.nan, math.inf):
        with pytest.raises(ValueError, match="JSON"):
            json_text(["a"], [value])
