"""The axes of a sweep, and where each cell stands on them, as tables and files tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from pydantic import BaseModel

from yann.config.axes import COLUMNS, FROM_FILE
from yann.config.defaults import spelled_out
from yann.config.labels import label
from yann.config.sections import Here
from yann.config.sweep import Block
from yann.config.tree import split
from yann.engine.objective import Objective
from yann.study.cell import Axis, Cell, Scalar
from yann.study.compact import Rows, integers
from yann.study.data import all_samples


def axes_of(blocks: Sequence[Block]) -> Iterator[Axis]:
    """Give the axes of all blocks, each once, with the columns they have in the files."""
    named: dict[str, Axis] = {}
    for axis in (axis for block in blocks for axis in block.axes):
        if axis.group is None or axis.group == FROM_FILE:
            named |= {key: Axis(split(key)[-1], (key,)) for key in axis.keys}
        else:
            known = named.get(f"zip {axis.group}", Axis(axis.group, ()))
            named[f"zip {axis.group}"] = Axis(axis.group, tuple(dict.fromkeys([*known.keys, *axis.keys])))
    columns = [axis.column for axis in named.values()]
    for key, plain in named.items():
        clashes = (plain.column in COLUMNS and key != "seed") or columns.count(plain.column) > 1
        whole = "_".join(split(key.removeprefix("zip ")))
        yield Axis(whole if whole not in COLUMNS else f"{whole}_name", plain.keys) if clashes else plain


RESOLVED = ("network", "data", "loss")
"""The sections from which comes out what others leave to the rest."""


class Places:
    """Where cells stand on the axes of a sweep; cells share their sections, and so their labels."""

    def __init__(self, axes: Sequence[Axis]) -> None:
        """Know the axes."""
        self._swept = {key for axis in axes for key in axis.keys}
        self._axes = [(axis, itemgetter(*_sections_of(axis)), dict[Any, Scalar]()) for axis in axes]

    def rows(self) -> Rows[tuple[Scalar, ...]]:
        """Give where to keep them."""
        return Rows(_tuple_of, [integers() if axis.keys == ("seed",) else None for axis, _, _ in self._axes])

    def of(self, cell: Cell, here: Here) -> tuple[Scalar, ...]:
        """Give a cell's value on each axis."""
        point = []
        for axis, sections, known in self._axes:
            if axis.keys == ("seed",):  # there may be as many as cells
                point.append(here["seed"].value)
                continue
            made = sections(here)
            if made not in known:
                known[made] = _value(axis, self._swept, cell, here)
            point.append(known[made])
        return tuple(point)


def _tuple_of(*values: Scalar) -> tuple[Scalar, ...]:
    return values


def _sections_of(axis: Axis) -> dict[str, None]:
    """Give the sections on which a cell's value on an axis depends."""
    came_out = RESOLVED if CAME_OUT.keys() & axis.keys else ()
    return dict.fromkeys([split(key)[0] for key in axis.keys] + list(came_out))


def _value(axis: Axis, swept: set[str], cell: Cell, here: Here) -> Scalar:
    labels = [label(_found(key, cell, here), {other.removeprefix(f"{key}.") for other in swept}) for key in axis.keys]
    return (
        labels[0]
        if len(labels) == 1
        else " / ".join(str(each).lower() if isinstance(each, bool) else str(each) for each in labels)
    )


def _found(key: str, cell: Cell, here: Here) -> object:
    """Give the value of a dotted key in a cell: as it was given, or as it came out where it was left to the rest."""
    first, *rest = split(key)
    value = here[first].value
    for word in rest:
        owner = value.loss if isinstance(value, Objective) and not hasattr(value, word) else value
        value = spelled_out(owner).get(word) if isinstance(owner, BaseModel) else getattr(owner, word, None)
    if value is None and key in CAME_OUT:
        return CAME_OUT[key](cell)
    return value


CAME_OUT: Mapping[str, Callable[[Cell], int]] = {
    "network.inputs": lambda cell: cell.network.widths[0],
    "network.depth": lambda cell: len(cell.network.layers),
    "network.outputs": lambda cell: cell.network.widths[-1],
    "data.samples": all_samples,
}
