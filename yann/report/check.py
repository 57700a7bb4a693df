"""What came out of a check: every expected figure beside the computed one, and a line for each config."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from yann.check.compare import Comparison
from yann.report.grid import Grid
from yann.report.numbers import number, setting
from yann.report.prose import Prose
from yann.report.rows import Row
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


def check_rows(checked: Sequence[Checked]) -> tuple[tuple[str, ...], list[Row]]:
    """Give the columns and a row for each expected quantity of each cell, at the entry that is furthest off."""
    return HEADER, [_row(config, each) for config in checked for each in config.comparisons]


def _row(config: Checked, each: Comparison) -> Row:
    wanted = each.expectation
    falls = wanted.kind == "falls"
    return [
        config.name, each.cell, _at(config.experiment, each.cell), _step(each), _mistake(each), wanted.source,
        wanted.quantity.text, each.figures, _plain(each.expected), _plain(each.computed),
        None if falls else _finite(each.difference), None if falls else each.tolerance,
        HOLDS if each.holds else DIFFERS, _index(each),
    ]  # fmt: skip


def _plain(value: float | tuple[int, ...]) -> float | str | None:
    return "×".join(map(str, value)) if isinstance(value, tuple) else _finite(value)


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None


def _at(experiment: Experiment, cell: int) -> str:
    pairs = zip(experiment.headings, experiment.points[cell], strict=True)
    return ", ".join(f"{name} {setting(value)}" for name, value in pairs)


def _step(each: Comparison) -> str:
    return "each" if each.expectation.step is None else str(each.expectation.step)


def _mistake(each: Comparison) -> str:
    return "" if each.expectation.mistake is None else str(each.expectation.mistake)


def _index(each: Comparison) -> str:
    return f"[{', '.join(map(str, each.worst))}]" if each.worst else ""


def check_tables(checked: Sequence[Checked], width: int | None) -> Iterator[Grid | Prose]:
    """Walk the tables: every figure of one config, or a line for each of several and every figure that differs."""
    if len(checked) == 1:
        yield from _figures(checked[0], checked[0].comparisons, width)
        if checked[0].experiment.about:
            yield Prose(checked[0].experiment.about, width)
        return
    rows = tuple(
        (each.name, str(each.figures), number(_closest(each), 3), DIFFERS if each.wrong else HOLDS, each.experiment.title)
        for each in checked
    )
    caption = "off: the largest difference as a part of its tolerance; yann check CONFIG shows every figure of one and tells why"
    grid = Grid("Expected figures", ("config", "figures", "off", "verdict", "title"), rows, caption)
    yield grid.fitted(width, "title")
    for each in checked:
        if each.wrong:
            yield from _figures(each, each.wrong, width)


def _closest(checked: Checked) -> float:
    ratios = [abs(each.difference) / each.tolerance for each in checked.comparisons if each.tolerance]
    return max(ratios, default=0.0)


def _figures(config: Checked, comparisons: Sequence[Comparison], width: int | None) -> Iterator[Grid]:
    """Walk the tables of one config, one for each cell, step, mistake and source."""

    def group(each: Comparison) -> tuple[str, ...]:
        step = f"step {_step(each)}" if each.expectation.step != 0 else ""
        mistake = f"with the mistake {_mistake(each)}" if each.expectation.mistake is not None else ""
        return _at(config.experiment, each.cell), step, mistake, each.expectation.source

    for about, found in groupby(comparisons, group):
        rows = tuple(
            (
                each.expectation.quantity.text, *_told(each, "expected"), *_told(each, "computed"), number(each.difference, 2),
                number(each.tolerance, 2), HOLDS if each.holds else DIFFERS, str(each.figures), _index(each),
            )
            for each in found
        )  # fmt: skip
        header = ("quantity", "expected", "computed", "difference", "tolerance", "verdict", "figures", "worst")
        title = f"{config.experiment.title or config.name}: {', '.join(part for part in about if part) or 'expected figures'}"
        yield Grid(title, header, rows).fitted(width, "figures", "tolerance", "worst")


def _told(each: Comparison, side: str) -> tuple[str]:
    value: float | tuple[int, ...] = getattr(each, side)
    if each.expectation.kind == "falls" and side == "expected":
        return (f"below {number(each.expected, DIGITS)}" if isinstance(each.expected, float) else "",)
    return (str(_plain(value)) if isinstance(value, tuple) else number(value, DIGITS),)
