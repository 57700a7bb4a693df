"""Pitfalls for their reader: a line for each of them, the whole story of one, and every number of both as rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from yann.explain.notation import shape_text
from yann.explain.pitfalls import Finding, Pitfall
from yann.explain.quantities import quantity
from yann.explain.scene import scene_of
from yann.report.grid import Grid
from yann.report.matrices import Block, Sheet, matrix_lines, side_by_side
from yann.report.numbers import number
from yann.report.prose import Prose
from yann.report.rows import Row, finite
from yann.shapes import Array
from yann.study.cell import Cell
from yann.study.data import samples_per_update

HEADER = ("pitfall", "case", "quantity", "row", "column", "wrong", "right")
FEW = 5
"""Units and samples up to which a case is written out."""
DIGITS = 10
"""Of a number that stands alone: two losses may agree in four."""


def pitfall_rows(pitfalls: Sequence[Pitfall], *, explained: bool) -> tuple[tuple[str, ...], list[Row]]:
    """Give the columns and a row for each entry, rows and columns counted from 0; `explained` adds why and how to avoid it.

    Where the mistake changes a shape, an entry may stand on one side only.
    """
    header = (*HEADER, "why", "avoid") if explained else HEADER
    return header, [
        [*row, *((pitfall.why, pitfall.avoid) if explained else ())] for pitfall in pitfalls for row in _rows(pitfall)
    ]


def _rows(pitfall: Pitfall) -> Iterator[Row]:
    for found in pitfall.findings():
        sides = [np.atleast_2d(M) for M in (found.wrong, found.right)]
        for i, j in np.ndindex(*np.maximum(sides[0].shape, sides[1].shape)):
            yield [pitfall.name, found.case, found.quantity, i, j, *(_entry(M, i, j) for M in sides)]


def _entry(M: Array, i: int, j: int) -> float | None:
    if i >= M.shape[0] or j >= M.shape[1]:
        return None
    return finite(float(M[i, j]))


def summary(pitfalls: Sequence[Pitfall]) -> Grid:
    """Give the table of all pitfalls, each with the entry of its most telling quantity that is furthest off."""
    rows = tuple((pitfall.name, pitfall.formula(), *_in_a_line(pitfall)) for pitfall in pitfalls)
    caption = "yann pitfall NAME shows every number of one, why it is so, and how to avoid it"
    return Grid("Pitfalls", ("pitfall", "what goes wrong", "quantity", "wrong", "right"), rows, caption, left=3)


def _in_a_line(pitfall: Pitfall) -> tuple[str, str, str]:
    found = next(found for found in pitfall.findings() if found.quantity == pitfall.telling)
    at = found.worst()
    where = f"[{','.join(map(str, at))}]" if at else ""
    return found.quantity + where, number(float(found.wrong[at])), number(float(found.right[at]))


def story(pitfall: Pitfall, width: int | None) -> Iterator[Sheet | Prose]:
    """Walk what there is to tell of a pitfall: its cases, wrong and right side by side, then why and how to avoid it."""
    yield Prose(f"{pitfall.name}: {pitfall.formula()}", width)
    room = None if width is None else width - 4
    for case, cell in pitfall.cases():
        given = list(_given(cell, pitfall, room))
        if given:
            yield Sheet(f"given: {case}", tuple(side_by_side(given, room)))
    for case, findings in groupby(pitfall.findings(), lambda found: found.case):
        lines = [line for found in findings for line in [*side_by_side(_blocks(found, room), room), ""]]
        yield Sheet(case, tuple(lines[:-1]))
    yield Prose(f"Why. {pitfall.why}", width)
    yield Prose(f"How to avoid it. {pitfall.avoid}", width)
    source = f"Source: {pitfall.source}. " if pitfall.source else ""
    yield Prose(f"{source}In the expect block of a config: mistake: {pitfall.spelled()}", width)


def _given(cell: Cell, pitfall: Pitfall, room: int | None) -> Iterator[Block]:
    """Walk what a case is made of, if it is so small that its numbers can be worked out by hand."""
    widest = max((*cell.network.widths, samples_per_update(cell)))
    if widest > FEW:
        return
    scene = scene_of(cell, notation=pitfall.notation)
    layers = [f"{name}{layer}" for layer in range(1, scene.layers + 1) for name in ("W", "b")]
    for name in ("X", "Y", *layers):
        if name[0] != "b" or cell.network.layers[int(name[1:]) - 1].bias is not None:
            M = quantity(name).of(scene)
            yield f"{name}  {shape_text(M.shape)}", matrix_lines(M, room)


def _blocks(found: Finding, room: int | None) -> list[Block]:
    """Give the two sides of a finding, and what there is to say of the two together."""
    half = None if room is None else room // 2 - 4
    sides = [
        (f"{found.quantity} {side}{_size(M)}", _lines(M, half)) for side, M in (("wrong", found.wrong), ("right", found.right))
    ]
    verdict = _verdict(found)
    return [*sides, ("", [verdict])] if verdict else sides


def _verdict(found: Finding) -> str:
    if not found.differs:
        return "the same"
    if found.factor is None:
        return ""
    return f"{number(found.factor)} times the right one" if found.factor else "0 everywhere"


def _size(M: Array) -> str:
    return f"  {shape_text(M.shape)}" if M.ndim > 1 and M.size > 1 else ""


def _lines(M: Array, room: int | None) -> list[str]:
    return [number(float(M.ravel()[0]), DIGITS)] if M.size == 1 else matrix_lines(M, room)
