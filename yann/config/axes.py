"""What an axis of a sweep is: keys, and the values that they take together at each position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yann.config.nodes import Mark, Node
from yann.config.tree import split
from yann.errors import Problem
from yann.study.metrics import METRICS

COLUMNS = (
    "cell", "replicate", "seed", "step", "layer", "fan_in", "fan_out", "activation", "state",
    "loss", "accuracy", "test_loss", "test_accuracy", *METRICS,
)  # fmt: skip
"""The columns that the files have of their own; a swept axis takes another name."""
MAX_CELLS = 1_000_000
MOST_AXES = 100
UNSWEPT = ("yann", "name", "title", "about", "measure", "sweep", "expect", "network.layout")
FROM_FILE = "(file)"
"""The group of axes that are the columns of a file."""


@dataclass(frozen=True)
class BlockAxis:
    """One axis of a block: a key of the grid, or a zip group whose keys advance together."""

    group: str | None
    keys: tuple[str, ...]
    marks: tuple[Mark, ...]
    columns: tuple[Sequence[Node], ...]
    """For each key its values along the axis."""

    def __len__(self) -> int:
        """Count the positions along it."""
        return min(map(len, self.columns), default=0)

    def at(self, position: int) -> dict[str, tuple[Node, Mark]]:
        """Give the keys with their values at a position, and the marks of the keys."""
        triples = zip(self.keys, self.columns, self.marks, strict=True)
        return {key: (column[position], mark) for key, column, mark in triples}


def check_swept(key: str, mark: Mark, problems: list[Problem]) -> bool:
    """Tell whether a key may be swept; if not, say so."""
    if key in UNSWEPT or split(key)[0] in UNSWEPT:
        problems.append(Problem(str(mark), key, "cannot be swept: it belongs to the whole experiment"))
        return False
    return True
