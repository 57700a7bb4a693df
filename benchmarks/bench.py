"""Timing: whoever takes part in a row does the same work by turns, and what counts is the ratio of the medians."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass

PATIENCE = 20.0
"""Seconds after which a contestant of a row takes no more turns, so that a slow peer does not hold up the others."""

Contestants = Mapping[str, Callable[[], object]]


@dataclass(frozen=True)
class Timed:
    """What one contestant of a row needed."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Give the median in seconds."""
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """Give the distance of the quartiles as a part of the median."""
        if len(self.seconds) < 4:
            return (max(self.seconds) - min(self.seconds)) / self.median
        low, _, high = statistics.quantiles(self.seconds, n=4)
        return (high - low) / self.median


@dataclass(frozen=True)
class Row:
    """One comparison: what was done, and what each needed, yann first."""

    name: str
    what: str
    timed: tuple[Timed, ...]
    cells: int | None = None
    """How many cells each did, if that many a second is what counts."""

    def ratio(self, other: Timed) -> float:
        """Give how many times as long the other one took as yann."""
        return other.median / self.timed[0].median

    def lines(self) -> Iterator[str]:
        """Write it for people."""
        yield f"{self.name}: {self.what}"
        for timed in self.timed:
            ratio = "" if timed is self.timed[0] else f"  {self.ratio(timed):8.3g} × the first"
            rate = "" if self.cells is None else f"  {self.cells / timed.median:8,.0f} cells a second"
            yield f"  {timed.name:28} {timed.median * 1e3:10.1f} ms  ± {timed.spread:4.0%}  of {len(timed.seconds)}{rate}{ratio}"

    def record(self) -> dict[str, object]:
        """Give it for programs, with every time."""
        return asdict(self) | {"timed": {timed.name: timed.seconds for timed in self.timed}}


def race(contestants: Contestants, turns: int, same: Callable[[str, object, object], None] | None = None) -> tuple[Timed, ...]:
    """Let everybody do the work once to warm up, and then by turns so many times.

    `same` looks at what each found, beside what the first did, and raises if that was other work.
    """
    warm = {name: work() for name, work in contestants.items()}
    if same:
        first, *others = warm
        for name in others:
            same(name, warm[first], warm[name])
    del warm
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(turns):
        for name, work in _from(contestants, turn):
            if sum(found[name]) > PATIENCE:
                continue
            gc.collect()
            begun = time.perf_counter()
            work()
            found[name].append(time.perf_counter() - begun)
    return tuple(Timed(name, tuple(seconds)) for name, seconds in found.items())


def _from(contestants: Contestants, turn: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """Walk the contestants, each turn beginning with another."""
    names = list(contestants)
    for at in range(len(names)):
        name = names[(at + turn) % len(names)]
        yield name, contestants[name]
