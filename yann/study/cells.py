"""The cells of an experiment, as many as there may be, and what they have in common."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np

from yann.study.cell import Cell
from yann.study.compact import Rows, Shared, integers

FIELDS = tuple(field.name for field in fields(Cell))
MOST_KINDS = 2**62
"""So many can be told apart by numbers of 64 bits."""
_values = attrgetter(*FIELDS)


class Cells(Rows[Cell]):
    """Cells, kept as what they have not in common; parts are told apart by identity, as the cells of a config share them."""

    def __init__(self, cells: Iterable[Cell] = ()) -> None:
        """Begin with these."""
        self._seeds = integers()
        super().__init__(Cell, [self._seeds if name == "seed" else None for name in FIELDS])
        for cell in cells:
            self.add(cell)

    def add(self, cell: Cell) -> None:
        """Add a cell."""
        self.append(*_values(cell))

    def different(self, name: str) -> Sequence[Any]:
        """Give the values that a field other than the seed has in some cell, each once."""
        at = FIELDS.index(name)
        column = self._columns.get(at)
        return column.different if isinstance(column, Shared) else [self._first[at]] if len(self) else []

    @cached_property
    def kinds(self) -> Sequence[int]:
        """Give each cell, when all are there, a number that those have in common which differ in the seed alone."""
        kind, most = np.zeros(len(self), dtype=np.int64), 1
        for column in self._columns.values():
            if isinstance(column, Shared):
                different = len(column.different)
                if most * different > MOST_KINDS:
                    kind, most = np.unique(kind, return_inverse=True)[1].astype(np.int64), len(self)
                kind *= different
                kind += column.numbers
                most *= different
        return array("q", kind.tobytes())

    def first_rows(self) -> Sequence[int]:
        """Give for each cell the first one that is the same."""
        seeds, kinds = np.array(self._seeds), np.array(self.kinds)
        order = np.lexsort((seeds, kinds)).astype(np.int64)  # equal ones stay as they came
        begins = np.ones(len(self), dtype=bool)
        begins[1:] = (kinds[order[1:]] != kinds[order[:-1]]) | (seeds[order[1:]] != seeds[order[:-1]])
        if begins.all():
            return range(len(self))
        first = np.empty_like(order)
        first[order] = order[begins][np.cumsum(begins) - 1]
        return array("q", first.tobytes())


def kinds_of(cells: Sequence[Cell]) -> Sequence[int]:
    """Give each cell a number that it has in common with those that differ from it in the seed alone."""
    return (cells if isinstance(cells, Cells) else Cells(cells)).kinds


Kinds = Sequence[tuple[Cell, int]]
"""Cells of which no two differ in the seed alone, and for how many each of them stands."""


def each_kind(cells: Sequence[Cell], wanted: Sequence[int] | None = None) -> Kinds:
    """Give one of each kind of cells, all of them or those that are wanted, and how many there are."""
    kinds, first, count = kinds_of(cells), dict[int, int](), Counter[int]()
    for row in range(len(cells)) if wanted is None else wanted:
        first.setdefault(kinds[row], row)
        count[kinds[row]] += 1
    return [(cells[row], count[kind]) for kind, row in first.items()]
