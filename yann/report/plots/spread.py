"""The axes on which the cells of a figure differ."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from yann.report.numbers import setting
from yann.study.cell import Experiment, Scalar
from yann.text import visible

DENSE = 0.5  # the share of a grid's points that must be there to draw it as one


@dataclass(frozen=True)
class Spread:
    """An axis on which cells differ."""

    column: str
    values: tuple[Scalar, ...]
    """In rising order where they are numbers, else as they first come."""
    at: dict[int, int]
    """For each cell's index the position of its value."""

    @cached_property
    def numeric(self) -> bool:
        """Tell whether every value is a number."""
        return all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Give every value as it is shown; no two alike."""
        short = tuple(setting(value) for value in self.values)
        return short if len(set(short)) == len(short) else tuple(visible(str(value)) for value in self.values)

    def told(self, index: int) -> str:
        """Give where a cell stands on it."""
        return f"{visible(self.column, 40)} = {self.texts[self.at[index]]}"


def spreads(experiment: Experiment, indices: Iterable[int]) -> list[Spread]:
    """Give the axes on which these cells differ."""
    points = {i: experiment.points[i] for i in indices}
    axes = [(heading, {i: point[k] for i, point in points.items()}) for k, heading in enumerate(experiment.headings)]
    found = []
    for column, values in axes:
        kinds = {repr(value): value for value in values.values()}  # 1, 1.0 and true are three values
        if len(kinds) > 1:
            names = list(kinds)
            if Spread(column, tuple(kinds.values()), {}).numeric:
                names.sort(key=lambda name: float(kinds[name] or 0))
            order = {name: position for position, name in enumerate(names)}
            found.append(Spread(column, tuple(kinds[n] for n in names), {i: order[repr(v)] for i, v in values.items()}))
    return found


def is_a_grid(axes: Sequence[Spread], cells: int) -> bool:
    """Tell whether the cells fill the product of these axes, or most of it."""
    return cells >= DENSE * math.prod(len(axis.values) for axis in axes)
