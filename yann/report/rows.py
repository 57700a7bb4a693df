"""Results as rows: the columns of layers.csv and cells.csv, and how a value is written in CSV and JSON."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from yann.parts.datasets import Dataset
from yann.shapes import Array
from yann.study.cell import Experiment, Scalar
from yann.study.cells import each_kind
from yann.study.data import target_kind
from yann.study.result import STATES, Result
from yann.text import json_dumped, visible

Value = Scalar
Row = list[Value]


@dataclass(frozen=True)
class Columns:
    """The columns of both files for one experiment."""

    layers: tuple[str, ...]
    cells: tuple[str, ...]
    scores: tuple[str, ...]


def columns(experiment: Experiment) -> Columns:
    """Give the columns; accuracy and the scores of held-out samples are there where some cell has them."""
    where = ("cell", "replicate", "seed", "step", *(experiment.axes[i].column for i in _own(experiment)))
    scores = []
    kinds = [cell for cell, _ in each_kind(experiment.cells)]
    if any(target_kind(cell) != "values" for cell in kinds):
        scores.append("accuracy")
    if any(isinstance(cell.data, Dataset) and cell.data.test for cell in kinds):
        scores.append("test_loss")
        scores.extend(["test_accuracy"] if "accuracy" in scores else [])
    metrics = [str(metric) for metric in experiment.measure]
    return Columns(
        layers=(*where, "layer", "fan_in", "fan_out", "activation", *metrics, "state"),
        cells=(*where, "loss", *scores, "state"),
        scores=tuple(scores),
    )


def _own(experiment: Experiment) -> list[int]:
    """Give the axes that need a column: a swept seed fills the one that is there anyway."""
    return [i for i, axis in enumerate(experiment.axes) if axis.keys != ("seed",)]


def _point(experiment: Experiment, index: int) -> Row:
    return [experiment.points[index][i] for i in _own(experiment)]


def layer_rows(experiment: Experiment, index: int, result: Result, first: int = 0) -> Iterator[Row]:
    """Walk the rows of one cell in layers.csv, or of its replicates from `first` on: replicate, step, layer."""
    cell, point = experiment.cells[index], _point(experiment, index)
    network = cell.network
    numbered = enumerate(zip(network.fans, network.labels, strict=True), start=1)
    layers: list[Row] = [[number, *fans, label] for number, (fans, label) in numbered]
    all_finite = np.isfinite(result.values).all()
    for r in range(result.replicates):
        by_step = result.values[..., r].transpose(1, 2, 0).tolist()
        states = result.state[..., r].tolist()
        for step, of_layers, of_states in zip(result.steps, by_step, states, strict=True):
            for layer, measured, state in zip(layers, of_layers, of_states, strict=True):
                told = measured if all_finite else map(finite, measured)
                yield [index, first + r, cell.seed, step, *point, *layer, *told, STATES[state]]


def cell_rows(experiment: Experiment, index: int, result: Result, scores: Sequence[str], first: int = 0) -> Iterator[Row]:
    """Walk the rows of one cell in cells.csv, or of its replicates from `first` on: replicate, step."""
    cell, point = experiment.cells[index], _point(experiment, index)
    loss, state = result.loss.tolist(), result.cell_state.tolist()
    columns = [None if (values := getattr(result, name)) is None else values.tolist() for name in scores]
    for r in range(result.replicates):
        for t, step in enumerate(result.steps):
            scored = [None if values is None else finite(values[t][r]) for values in columns]
            yield [index, first + r, cell.seed, step, *point, finite(loss[t][r]), *scored, STATES[state[t][r]]]


def failed_row(experiment: Experiment, index: int, scores: Sequence[str]) -> Row:
    """Give the one row in cells.csv of a cell that failed."""
    return [index, None, experiment.cells[index].seed, None, *_point(experiment, index), None, *[None for _ in scores], "failed"]


def finite(value: float) -> float | None:
    """Give a number, or None for what is not finite."""
    return value if math.isfinite(value) else None


def nested(M: Array) -> Any:  # noqa: ANN401 - a number or nested lists of them
    """Give an array as nested lists, with None where a value is not finite."""
    return finite(float(M)) if M.ndim == 0 else [nested(row) for row in M] if not np.isfinite(M).all() else M.tolist()


def entries(head: Row, M: Array | None) -> Iterator[Row]:
    """Walk the entries of a matrix as rows that begin alike: row and column, counted from 0, and value; None is one row."""
    if M is None:
        yield [*head, None, None, None]
        return
    for (i, j), value in np.ndenumerate(np.atleast_2d(M)):
        yield [*head, i, j, finite(float(value))]


def csv_text(rows: Iterator[Row] | Sequence[Row | Sequence[str]]) -> str:
    """Give rows as CSV: every digit of a number, true and false, nothing for what is not finite."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(
        [value if type(value) in AS_IT_IS else _csv(value) for value in row] for row in rows
    )
    return stream.getvalue()


AS_IT_IS = {int, float, type(None)}


@lru_cache(maxsize=4096, typed=True)  # labels stand in many rows, and True is not 1
def _csv(value: Value) -> Value:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return value
    text = visible(value, None)  # a line break in a label would be one in the file
    return f"'{text}" if text[:1] in FORMULA else text


FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet would run if a text began with it; a Japanese one does so with the wide signs too."""


def json_text(names: Sequence[str], row: Row) -> str:
    """Give one row as a JSON object."""
    return json_dumped(dict(zip(names, row, strict=True)))
