"""What tables say of a flow, and what stands below them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from yann.report.digest import Digest
from yann.report.grid import Grid
from yann.report.numbers import counted

FLOW = "flow: what becomes of the backward signal dZ from the last layer to the first, fading or exploding by 1000 or more"
MOST_ROWS = 60
"""Lines of a table, of which more would not be read."""
STEADY = 3
"""Decades from the last layer to the first within which a gradient counts as steady."""


def over(digests: Sequence[Digest]) -> str:
    """Say what the numbers of a table are: of which step, and the median of how many replicates."""
    steps = {cell.outline.steps[-1] for cell in digests}
    after = f"after {counted(steps.pop(), 'step')}" if len(steps) == 1 and steps != {0} else ""
    return ", ".join(filter(None, [after, replicates_told(digests)]))


def replicates_told(digests: Sequence[Digest]) -> str:
    """Say of how many replicates numbers are the median, where there are several."""
    replicates = {cell.outline.replicates for cell in digests}
    most = max(replicates)
    return "" if most == 1 else f"median of {most} replicates" if len(replicates) == 1 else f"median of up to {most} replicates"


def caption_of(*parts: str) -> str:
    """Join what there is to say."""
    return "; ".join(part for part in parts if part)


def complete(whole: Grid, fitted: Grid) -> Grid:
    """Say below a table that was made to fit what it lacks of the whole one."""
    missing = fitted.lacking(whole)
    return replace(fitted, caption=caption_of(fitted.caption, f"{missing}: in a wider window")) if missing else fitted


def verdict(decades: float, cell: Digest) -> str:
    """Say in a word how the gradient comes back: fades or explodes by more than three decades, steady, dead, or unknown."""
    if math.isnan(decades):
        return "dead" if cell.outline.state == "ok" else "unknown"
    if decades == -math.inf:
        return "dead" if cell.outline.state == "ok" else "fades"
    return "steady" if abs(decades) <= STEADY else ("explodes" if decades > 0 else "fades")


def flow_told(words: Iterable[str]) -> Iterator[str]:
    """Say what flow is, and what the rarer of its words mean where they stand."""
    yield FLOW
    found = set(words)
    if "dead" in found:
        yield "dead: no gradient comes back"
    if "unknown" in found:
        yield "unknown: dZ is beyond the range of its numbers, state says since where"
