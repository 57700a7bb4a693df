"""A study as values: what one cell is, and the experiment that is made of cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yann.engine.network import Network
    from yann.engine.objective import Objective
    from yann.parts.datasets import Dataset
    from yann.parts.generators import Generator
    from yann.parts.optimizers import Optimizer
    from yann.study.metrics import Metric


@dataclass(frozen=True)
class Matrix:
    """Samples written out in a config, one row a sample."""

    rows: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class MadeData:
    """Inputs and targets that are generated or written out."""

    inputs: Generator | Matrix
    targets: Generator | Matrix
    samples: int


@dataclass(frozen=True, slots=True)
class Cell:
    """Everything that a cell's numbers depend on; equal cells give equal numbers."""

    network: Network
    data: MadeData | Dataset
    objective: Objective
    optimizer: Optimizer
    steps: int
    batch: int | None
    every: int
    """Updates between two measurements; the last state is always measured."""
    seed: int
    replicates: int
    dtype: str

    @property
    def itemsize(self) -> int:
        """Give the bytes of one number."""
        return 4 if self.dtype == "float32" else 8

    @property
    def measured_steps(self) -> tuple[int, ...]:
        """Give the steps at which the cell is measured: step t is the state after t updates."""
        regular = range(0, self.steps + 1, self.every)
        return (*regular, *([] if regular[-1] == self.steps else [self.steps]))


Scalar = bool | int | float | str | None


@dataclass(frozen=True)
class Axis:
    """One swept axis: its column in the files, and the dotted keys that it sets."""

    column: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Experiment:
    """A named list of cells, and where each of them stands on the swept axes."""

    name: str
    title: str
    axes: tuple[Axis, ...]
    cells: Sequence[Cell]
    points: Sequence[tuple[Scalar, ...]]
    """For each cell its value on each axis, as tables and files show it."""
    measure: tuple[Metric, ...]
    layout: str
    """How weights print: in_out or out_in."""
    orientation: str = "rows"
    """How matrices of samples are written in the config: a sample a row, or a sample a column (columns)."""
    about: str = ""
    """What the experiment shows and why it is so, for its reader."""

    @property
    def headings(self) -> tuple[str, ...]:
        """Give the axes' names for people: the last words of their keys, where those differ."""
        short = [axis.keys[0].rpartition(".")[2] if len(axis.keys) == 1 else axis.column for axis in self.axes]
        return tuple(word if short.count(word) == 1 else axis.column for word, axis in zip(short, self.axes, strict=True))
