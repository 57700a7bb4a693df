"""Runs the cells of an experiment and compares them with what its config expects."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from yann.check.expectation import Expectation
from yann.check.instead import instead
from yann.errors import AskedError, ConfigError, Problem, RefusedError
from yann.explain.notation import Notation
from yann.explain.scene import scenes
from yann.shapes import Array
from yann.study.cell import Cell, Experiment

REDUCED = re.compile(r"loss|d[A-Zb]\d*")
"""Quantities that are multiplied by what the reduction multiplies by."""


@dataclass(frozen=True, eq=False)
class Entries:
    """Three arrays of one shape."""

    expected: Array
    computed: Array
    tolerance: Array

    def off(self) -> Array:
        """Tell which entries do not hold; what is not a number does not."""
        return ~(np.abs(self.computed - self.expected) <= self.tolerance)

    def comparison(self, expectation: Expectation, cell: int, at: tuple[int, ...], figures: int, *, holds: bool) -> Comparison:
        """Give what there is to tell of these figures, told at one entry."""
        numbers = [float(M[at]) for M in (self.expected, self.computed, self.tolerance)]
        return Comparison(expectation, cell, figures, numbers[0], numbers[1], numbers[2], at, holds, self)


@dataclass(frozen=True)
class Comparison:
    """One expected figure against one cell, told at the entry that is furthest off for its tolerance."""

    expectation: Expectation
    cell: int
    figures: int
    """Numbers that were expected."""
    expected: float | tuple[int, ...]
    computed: float | tuple[int, ...]
    tolerance: float
    worst: tuple[int, ...]
    """The index of that entry in the quantity, counted from 0."""
    holds: bool
    entries: Entries | None = None
    """All entries, where entries were compared."""
    instead: str = ""
    """What the expected figures are of the computed ones, where they do not hold and that is plain."""

    @property
    def difference(self) -> float:
        """Give computed less expected."""
        if isinstance(self.expected, tuple) or isinstance(self.computed, tuple):
            return 0.0 if self.holds else float("nan")
        return self.computed - self.expected


def compare(experiment: Experiment, notation: Notation, expectations: Sequence[Expectation]) -> list[Comparison]:
    """Compare replicate 0 of every cell that something is expected of; in the order of the config, then of the cells.

    Raises:
        ConfigError: where a network has no such quantity, or the quantity another shape than what is expected.
        DataError: if the data of a cell do not fit its network or loss.

    """
    wanted: dict[Cell, list[tuple[int, int]]] = defaultdict(list)
    found: dict[tuple[int, int], Comparison] = {}
    problems: list[Problem] = []
    for number, expectation in enumerate(expectations):
        with _told(expectation, problems):
            for index in expectation.cells:
                wanted[_as_expected(expectation, experiment.cells[index])].append((number, index))
    for cell, about in wanted.items():
        values: dict[int, Array] = {}
        with _told(expectations[about[0][0]], problems):  # a mistake that cannot be made of this cell says so when it is run
            values = _values(cell, notation, {number: expectations[number] for number, _ in about}, problems)
        for number, index in about:
            if number in values:
                with _told(expectations[number], problems):
                    found[number, index] = _explained(_compared(expectations[number], index, values[number]), cell)
    if problems:
        raise ConfigError(problems)
    return [found[place] for place in sorted(found)]


def _as_expected(expectation: Expectation, cell: Cell) -> Cell:
    """Give the cell with the mistake that is expected of it."""
    return cell if expectation.mistake is None else expectation.mistake.mistaken(cell)


@contextmanager
def _told(expectation: Expectation, problems: list[Problem]) -> Iterator[None]:
    """Take down what an expected figure cannot be compared for."""
    try:
        yield
    except AskedError as error:
        problems.append(Problem(expectation.where, expectation.key, str(error)))
    except RefusedError as error:
        raise RefusedError([replace(each, where=expectation.where) for each in error.problems]) from None


def _values(cell: Cell, notation: Notation, expectations: dict[int, Expectation], problems: list[Problem]) -> dict[int, Array]:
    """Walk a cell once and read each expected quantity at its step; an update follows the last step that is asked for."""
    wanted = {number: _steps(each, cell) for number, each in expectations.items()}
    last = max(step for steps in wanted.values() for step in steps)
    read: dict[int, list[Array]] = {number: [] for number in expectations}
    for scene in scenes(replace(cell, replicates=1), notation, last):
        for number, each in expectations.items():
            if scene.state.step in wanted[number]:
                with _told(each, problems):
                    read[number].append(each.quantity.whole(scene))
    return {number: np.stack(each) if expectations[number].step is None else each[0] for number, each in read.items() if each}


def _steps(expectation: Expectation, cell: Cell) -> tuple[int, ...]:
    return cell.measured_steps if expectation.step is None else (expectation.step,)


def _compared(expectation: Expectation, cell: int, whole: Array) -> Comparison:
    M, values, tolerances = expectation.quantity.part(whole), expectation.values, expectation.tolerances
    if expectation.kind == "shape":
        shape = tuple(int(length) for length in values)
        return Comparison(expectation, cell, len(shape), shape, M.shape, 0.0, (), shape == M.shape)
    if expectation.kind == "falls":
        return _falling(expectation, cell, M)
    told = {"value": values.shape, "every": M.shape, "every_row": (*M.shape[:-1], *values.shape)}[expectation.kind]
    if told != M.shape or not M.size:
        has, wanted = _in_words(M.shape), _in_words(values.shape)
        raise AskedError(f"{expectation.quantity.text} is {has}, but {wanted} is expected")
    entries = Entries(np.broadcast_to(values, M.shape), M, np.broadcast_to(tolerances, M.shape))
    worst = tuple(int(i) for i in np.unravel_index(int(np.argmax(_rank(entries))), M.shape))
    return entries.comparison(expectation, cell, worst, values.size, holds=not entries.off().any())


def _explained(found: Comparison, cell: Cell) -> Comparison:
    """Add what the expected figures are instead, where that is plain."""
    if found.holds or found.entries is None:
        return found
    reduced = REDUCED.fullmatch(found.expectation.quantity.name) is not None
    M = found.entries
    return replace(found, instead=instead(M.expected, M.computed, M.tolerance, cell, reduced=reduced))


def _in_words(shape: tuple[int, ...]) -> str:
    return "one number" if not shape else f"a list of {shape[0]}" if len(shape) == 1 else "×".join(map(str, shape))


def _rank(entries: Entries) -> Array:
    """Rank entries by how far they are off for their tolerance; what is not a number comes first."""
    with np.errstate(all="ignore"):
        off = np.abs(entries.computed - entries.expected)
        ratio = np.where(off == 0, 0, off / entries.tolerance)
    return np.where(np.isnan(ratio), np.inf, ratio)


def _falling(expectation: Expectation, cell: int, M: Array) -> Comparison:
    if expectation.step is not None or len(M) < 2:
        needs = "the config has one: set steps" if expectation.step is None else "add `step: each`"
        raise AskedError(f"{expectation.quantity.text}: only what has several steps can fall; {needs}")
    change = np.diff(M, axis=0)
    at = np.unravel_index(int(np.argmax(np.where(np.isnan(change), np.inf, change))), change.shape)
    worst = (int(at[0]) + 1, *(int(i) for i in at[1:]))
    before = (int(at[0]), *worst[1:])
    return Comparison(expectation, cell, 1, float(M[before]), float(M[worst]), 0.0, worst, bool((change < 0).all()))
