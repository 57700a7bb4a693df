"""What came out of a check: every expected figure beside the computed one, and a line for each config."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from yann.check.compare import Comparison
from yann.report.grid import Grid
from yann.report.numbers import counted, number, setting
from yann.report.prose import Prose
from yann.report.rows import Row, finite
from yann.study.cell import Experiment

DIGITS = 7
HOLDS, DIFFERS = "holds", "differs"
HEADER = ("config", "cell", "at", "step", "mistake", "source", "quantity", "figures", "expected", "computed", "difference",
          "tolerance", "verdict", "worst")  # fmt: skip


@dataclass(frozen=True)
class Checked:
    """One config and what came out of its check."""

    name: str
    experiment: Experiment
    comparisons: tuple[Comparison, ...]

    @property
    def figures(self) -> int:
        """Count the numbers that were compared."""
        return sum(each.figures for each in self.comparisons)

    @property
    def wrong(self) -> tuple[Comparison, ...]:
        """Give what does not hold."""
        return tuple(each for each in self.comparisons if not each.holds)


def check_rows(checked: Sequence[Checked], *, every_entry: bool = False) -> tuple[tuple[str, ...], list[Row]]:
    """Give the columns and a row for each quantity of each cell, at the entry that is furthest off, or for every entry."""
    return HEADER, [_row(config, each) for config in checked for each in _compared(config, every_entry=every_entry)]


def _compared(config: Checked, *, every_entry: bool) -> Sequence[Comparison]:
    return [entry for each in config.comparisons for entry in _entries(each)] if every_entry else config.comparisons


def _entries(whole: Comparison) -> Iterator[Comparison]:
    """Walk the entries of a comparison as comparisons of their own; a shape, or what falls, is one."""
    if whole.entries is None:
        yield whole
        return
    off = whole.entries.off()
    for index in np.ndindex(off.shape):
        yield whole.entries.comparison(whole.expectation, whole.cell, index, 1, holds=not off[index])


def _row(config: Checked, each: Comparison) -> Row:
    wanted = each.expectation
    falls = wanted.kind == "falls"
    return [
        config.name, each.cell, _at(config.experiment, each.cell), _step(each), _mistake(each), wanted.source,
        wanted.quantity.text, each.figures, _plain(each.expected), _plain(each.computed),
        None if falls else finite(each.difference), None if falls else each.tolerance,
        HOLDS if each.holds else DIFFERS, _index(each),
    ]  # fmt: skip


def _plain(value: float | tuple[int, ...]) -> float | str | None:
    return "×".join(map(str, value)) if isinstance(value, tuple) else finite(value)


def _at(experiment: Experiment, cell: int) -> str:
    pairs = zip(experiment.headings, experiment.points[cell], strict=True)
    return ", ".join(f"{name} {setting(value)}" for name, value in pairs)


def _step(each: Comparison) -> str:
    return "each" if each.expectation.step is None else str(each.expectation.step)


def _mistake(each: Comparison) -> str:
    return "" if each.expectation.mistake is None else str(each.expectation.mistake)


def _index(each: Comparison) -> str:
    return f"[{', '.join(map(str, each.worst))}]" if each.worst else ""


def check_tables(checked: Sequence[Checked], width: int | None, *, every_entry: bool = False) -> Iterator[Grid | Prose]:
    """Walk the tables: every figure of one config, or a line for each of several and every figure that differs."""
    if len(checked) == 1 or every_entry:
        for each in checked:
            yield Prose(f"{each.experiment.title or each.name}: {counted(each.figures, 'expected figure')}", width)
            yield from _figures(each, _compared(each, every_entry=every_entry), width, worst="entry" if every_entry else "worst")
            if each.experiment.about:
                yield Prose(each.experiment.about, width)
        return
    rows = tuple(
        (each.name, each.experiment.title, str(each.figures), number(_closest(each), 3), DIFFERS if each.wrong else HOLDS)
        for each in checked
    )
    header = ("config", "title", "figures", "off", "verdict")
    grid = Grid("Expected figures", header, rows, "yann check CONFIG shows every figure of one, and tells why", left=2)
    fitted = grid.fitted(width, "off")
    off = "off: the largest difference as a part of its tolerance; "
    yield replace(fitted, caption=off + grid.caption) if "off" in fitted.header else fitted
    for each in checked:
        if each.wrong:
            yield Prose(f"{each.name}: what differs", width)
            yield from _figures(each, each.wrong, width)


def _closest(checked: Checked) -> float:
    """Give the largest difference as a part of its tolerance; inf where something is off that may not be off at all."""
    ratios = [abs(each.difference) / each.tolerance for each in checked.comparisons if each.tolerance and each.holds]
    off = [abs(each.difference) / each.tolerance if each.tolerance else math.inf for each in checked.wrong]
    return max((math.inf if math.isnan(ratio) else ratio for ratio in (*ratios, *off)), default=0.0)


def _figures(config: Checked, comparisons: Sequence[Comparison], width: int | None, worst: str = "worst") -> Iterator[Grid]:
    """Walk the tables of one config, one for each cell, step, mistake and source; `worst` is what the last column is called."""

    def group(each: Comparison) -> tuple[str, ...]:
        step = f"step {_step(each)}" if each.expectation.step != 0 else ""
        mistake = f"with the mistake {_mistake(each)}" if each.expectation.mistake is not None else ""
        return _at(config.experiment, each.cell), step, mistake, each.expectation.source

    groups: dict[tuple[str, ...], list[Comparison]] = {}
    for each in comparisons:
        groups.setdefault(group(each), []).append(each)
    for about, found in groups.items():
        rows = tuple(
            (
                each.expectation.quantity.text, *_told(each, "expected"), *_told(each, "computed"), number(each.difference, 2),
                number(each.tolerance, 2), HOLDS if each.holds else DIFFERS, _count(each), _index(each),
            )
            for each in found
        )  # fmt: skip
        header = ("quantity", "expected", "computed", "difference", "tolerance", "verdict", "figures", worst)
        instead = "; ".join(f"the expected {each.expectation.quantity.text} is {each.instead}" for each in found if each.instead)
        yield Grid(", ".join(part for part in about if part) or "expected figures", header, rows, instead).fitted(
            width, "figures", "tolerance", "worst"
        )


def _count(each: Comparison) -> str:
    """Give the figures of a quantity, or how many of its entries are off."""
    if each.holds or each.entries is None:
        return str(each.figures)
    return f"{int(each.entries.off().sum())} of {each.entries.computed.size} off"


def _told(each: Comparison, side: str) -> tuple[str]:
    value: float | tuple[int, ...] = getattr(each, side)
    if each.expectation.kind == "falls" and side == "expected":
        return (f"below {number(each.expected, DIGITS)}" if isinstance(each.expected, float) else "",)
    return (str(_plain(value)) if isinstance(value, tuple) else number(value, DIGITS),)
