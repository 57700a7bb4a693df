"""How lines look: colours that everyone can tell apart, and colours in order for values in order."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from yann.report.plots.spread import Spread

if TYPE_CHECKING:
    from matplotlib.typing import LineStyleType

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D31")
"""Okabe and Ito's colours, its yellow, too faint for a line on white, replaced."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES: tuple[LineStyleType, ...] = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)))
FEW = 8
"""So many lines can be told apart by colour and marker."""


@dataclass(frozen=True)
class Look:
    """How a line is drawn."""

    colour: str
    dash: LineStyleType = "-"
    marker: str = ""


@dataclass(frozen=True)
class Ramp:
    """Colours that stand for the values of a numeric axis."""

    column: str
    low: float
    high: float
    log: bool


def picked(count: int, most: int) -> list[int]:
    """Pick at most so many positions out of `count`, evenly, the first and the last among them."""
    return np.unique(np.rint(np.linspace(0, count - 1, min(count, most))).astype(int)).tolist()


def looks_of(axis: Spread, most: int) -> tuple[dict[int, Look], Ramp | None]:
    """Give the look of each value that is drawn: colours in order for numbers, the most different ones for names."""
    values = [value for value in axis.values if isinstance(value, int | float)]
    count = len(axis.values)
    if not axis.numeric or count < 3:
        keep = picked(count, most)
        return dict(zip(keep, told_apart(len(keep)), strict=True)), None
    keep = picked(count, most)
    if count <= FEW:
        shades = ramp_colours(np.linspace(0, 1, len(keep)))
        looks = [Look(shade, marker=marker) for shade, marker in zip(shades, MARKERS, strict=False)]
        return dict(zip(keep, looks, strict=True)), None
    ramp = Ramp(axis.column, float(values[0]), float(values[-1]), log=_is_geometric([float(value) for value in values]))
    shades = ramp_colours([_along(ramp, float(values[k])) for k in keep])
    return {k: Look(shade) for k, shade in zip(keep, shades, strict=True)}, ramp


def _is_geometric(values: list[float]) -> bool:
    """Tell whether rising values are spread more evenly by ratio than by difference."""
    if values[0] <= 0 or values[-1] / values[0] < 20:
        return False
    middle = statistics.median(values)
    by_ratio = math.log(middle / values[0]) / math.log(values[-1] / values[0])
    by_difference = (middle - values[0]) / (values[-1] - values[0])
    return abs(by_ratio - 0.5) < abs(by_difference - 0.5)


def _along(ramp: Ramp, value: float) -> float:
    """Give how far along the ramp a value lies, from 0 to 1."""
    if ramp.log:
        return math.log(value / ramp.low) / math.log(ramp.high / ramp.low)
    return (value - ramp.low) / (ramp.high - ramp.low)


def told_apart(count: int) -> list[Look]:
    """Give the most different looks: by colour and marker while they are few, then by colour and dash."""
    if count <= FEW:
        return [Look(colour, marker=marker) for colour, marker in zip(COLOURS[:count], MARKERS, strict=False)]
    return [Look(COLOURS[k % len(COLOURS)], DASHES[k // len(COLOURS) % len(DASHES)]) for k in range(count)]


def ramp_colours(along: Iterable[float]) -> list[str]:
    """Give colours from dark to bright, as far as they show on white."""
    import matplotlib as mpl
    from matplotlib.colors import to_hex

    viridis = mpl.colormaps["viridis"]
    return [to_hex(viridis(0.9 * float(x))) for x in along]
