"""Timing: whoever takes part in a row does the same work by turns, and what counts is the ratio of the medians."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Timed:
    """What one contestant of a row needed."""

    name: str
    seconds: tuple[float, ...]
    note: str = ""

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

    def ratio(self, other: Timed) -> float:
        """Give how many times as long the other one took as yann."""
        return other.median / self.timed[0].median


def race(
    contestants: Mapping[str, Callable[[], object]], turns: int, notes: Mapping[str, str] | None = None
) -> tuple[Timed, ...]:
    """Let everybody do the work once to warm up, and then by turns so many times."""
    for work in contestants.values():
        work()
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(turns):
        for name, work in _from(contestants, turn):
            gc.collect()
            begun = time.perf_counter()
            work()
            found[name].append(time.perf_counter() - begun)
    return tuple(Timed(name, tuple(seconds), (notes or {}).get(name, "")) for name, seconds in found.items())


def _from(contestants: Mapping[str, Callable[[], object]], turn: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """Walk the contestants, each turn beginning with another."""
    names = list(contestants)
    for at in range(len(names)):
        name = names[(at + turn) % len(names)]
        yield name, contestants[name]
