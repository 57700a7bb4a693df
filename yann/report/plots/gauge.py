"""How a quantity is put on the y axis: linear, logarithmic, or as its logarithm where it has left the range of floats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from yann.report.digest import Digest
from yann.report.plots.sheet import literal
from yann.shapes import Array
from yann.text import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_MARKS = 20  # of one line along an edge, about
FARTHEST = 300  # decades from 1 that a logarithmic axis still draws well

GRADIENTS = frozenset({"dW_norm", "dW_rms", "db_norm", "dZ_rms"})
MAGNITUDES = GRADIENTS | {"dW_std", "A_rms", "A_std", "update_ratio"}
"""Metrics that are sizes: never negative, and compared by their ratios."""
ZERO_IS_FAR = MAGNITUDES | {"log10_dW_rms"}
"""Metrics whose readings are logarithms, of which that of 0 is -inf."""
FRACTIONS = frozenset({"dW_zero_fraction", "dead_fraction", "saturated_fraction"})

QUANTITIES = {
    "dW_norm": ("Gradient size", r"norm of $dW_l = \partial J/\partial W_l$"),
    "dW_rms": ("Gradient size", r"rms entry of $dW_l = \partial J/\partial W_l$"),
    "dW_mean": ("Mean gradient", r"mean entry of $dW_l = \partial J/\partial W_l$"),
    "dW_std": ("Spread of the gradient", r"standard deviation of the entries of $dW_l$"),
    "dW_min": ("Least entry of the gradient", r"least entry of $dW_l = \partial J/\partial W_l$"),
    "dW_max": ("Greatest entry of the gradient", r"greatest entry of $dW_l = \partial J/\partial W_l$"),
    "dW_zero_fraction": ("Zeros in the gradient", r"fraction of zeros in $dW_l$"),
    "log10_dW_rms": ("Gradient size", r"$\log_{10}$ of the rms entry of $dW_l$"),
    "db_norm": ("Gradient size of the biases", r"norm of $db_l = \partial J/\partial b_l$"),
    "dZ_rms": ("Gradient size before the activation", r"rms entry of $dZ_l = \partial J/\partial Z_l$"),
    "A_mean": ("Mean activation", r"mean entry of $A_l$"),
    "A_std": ("Spread of the activations", r"standard deviation of $A_l$"),
    "A_rms": ("Activation size", r"rms entry of $A_l$"),
    "dead_fraction": ("Dead units", "fraction of dead units"),
    "saturated_fraction": ("Saturation", "fraction of saturated entries"),
    "update_ratio": ("Relative update size", r"$\Vert\Delta W_l\Vert\;/\;\Vert W_l\Vert$"),
}
"""Metric to what a title calls it and what its axis says."""


def words(metric: str) -> tuple[str, str]:
    """Give what titles and axes call a metric; one of the reader's own goes by its name."""
    return QUANTITIES.get(metric, (metric, literal(visible(metric, 40))))


def is_true_size(cell: Digest, metric: str) -> bool:
    """Tell whether the size of a metric is known beyond the range of its numbers."""
    return metric == "dW_rms" and "log10_dW_rms" in cell.metrics


def readings(cell: Digest, metric: str) -> Array:
    """Give what is drawn of a metric (T, L, 3): log10 of a magnitude, true even beyond the range of floats, else the value."""
    if is_true_size(cell, metric):
        return cell.metrics["log10_dW_rms"]
    values = cell.metrics[metric]
    return decades(values) if metric in MAGNITUDES else values


def decades(values: Array) -> Array:
    """Give log10 of magnitudes; that of 0 is -inf."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs: Array = np.log10(np.abs(values))
    return logs


@dataclass(frozen=True)
class Gauge:
    """A y axis that all the readings of a figure share; on it -inf is a zero, and +inf and nan are numbers that were lost."""

    scale: Literal["linear", "log", "exponent"]
    low: float
    high: float
    """The ends of the axis, in readings."""
    empty: bool
    """Whether no reading is finite."""

    def heights(self, readings: Array) -> Array:
        """Give the readings as they stand on the axis; what cannot be drawn is nan."""
        finite = np.where(np.isfinite(readings), readings, np.nan)
        return 10.0**finite if self.scale == "log" else finite

    def edges(self, readings: Array) -> Array:
        """Give the edge of a band: one that is infinite lies at the end of the axis."""
        return self.heights(np.clip(readings, self.low, self.high))

    def apply(self, axes: Axes) -> None:
        """Set the axis."""
        if self.scale == "log":
            axes.set_yscale("log")
            axes.set_ylim(10.0**self.low, 10.0**self.high)
            if max(-self.low, self.high) > FARTHEST / 2:
                _mark_far_decades(axes, self.low, self.high)
        else:
            axes.set_ylim(self.low, self.high)
        if self.empty:
            axes.set_yticks([])
            axes.set_yticks([], minor=True)
            axes.text(0.5, 0.5, "no value to draw", transform=axes.transAxes, ha="center", va="center", color="#777777")

    def label(self, text: str, *, tight: bool = False) -> str:
        """Give the axis's label, over more lines where the axis is short."""
        whole = rf"$\log_{{10}}$ of the {text}" if self.scale == "exponent" else text
        return whole.replace(" of ", "\nof ") if tight else whole


def _mark_far_decades(axes: Axes, low: float, high: float) -> None:
    """Choose the ticks here, because matplotlib's own search for them steps beyond the range of floats."""
    from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

    exponents = MaxNLocator(nbins=9, integer=True, steps=[1, 2, 5, 10]).tick_values(low, high)
    axes.yaxis.set_major_locator(FixedLocator([10.0**e for e in exponents if low <= e <= high]))
    axes.yaxis.set_minor_locator(NullLocator())


def gauge(readings: Sequence[Array], *, sizes: bool, bounds: tuple[float, float] | None = None) -> Gauge:
    """Give the axis for these readings: `sizes` if they are log10 of magnitudes, `bounds` if their range is known."""
    known = np.concatenate([np.ravel(values) for values in readings]) if readings else np.empty(0)
    known = known[np.isfinite(known)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if not sizes:
        low, high = bounds or (low, high)
        pad = 0.05 * (high - low) or 0.1 * abs(low) or 0.1
        return Gauge("linear", low - pad, high + pad, empty=not known.size)
    exponent = max(abs(low), abs(high)) > FARTHEST
    pad = max(0.05 * (high - low), (1.2 - (high - low)) / 2)  # more than a decade, so that one power of ten is marked
    low, high = low - pad, high + pad
    if exponent:
        return Gauge("exponent", low, high, empty=False)
    return Gauge("log", max(low, -FARTHEST - 6), min(high, FARTHEST + 6), empty=not known.size)


def gauge_of_loss(curves: Sequence[Array]) -> tuple[Gauge, list[Array]]:
    """Give the axis for losses, and their readings: logarithmic where they are positive and spread over a factor of 20."""
    known = np.concatenate([np.ravel(values) for values in curves])
    known = known[np.isfinite(known)]
    wide = known.size > 0 and known.min() > 0 and math.log10(known.max()) - math.log10(known.min()) > math.log10(20)
    shown = [decades(values) if wide else values for values in curves]
    return gauge(shown, sizes=bool(wide)), shown


def edges_told(medians: Sequence[Array], *, logs: bool, zero: str = "exactly 0") -> list[str]:
    """Explain the marks that these readings leave at the edges, if they leave any."""
    known = np.concatenate([np.ravel(values) for values in medians])
    zeros = np.isneginf(known) & logs
    notes = [f"▽ at the bottom edge: {zero}"] * bool(zeros.any())
    notes += ["✕ at the top edge: overflow or nan"] * bool((~np.isfinite(known) & ~zeros).any())
    return [" · ".join(notes)] if notes else []


def mark_the_lost(axes: Axes, x: Array, readings: Array, colour: str, *, logs: bool) -> None:
    """Mark at the bottom edge what is 0 among logarithms, at the top edge what is no number."""
    zero = np.isneginf(readings) if logs else np.zeros(readings.shape, dtype=bool)
    lost = ~np.isfinite(readings) & ~zero
    for where, height, marker in ((zero, 0.0, "v"), (lost, 1.0, "x")):
        if where.any():
            some = x[where][:: max(1, len(x) // MOST_MARKS)]
            axes.plot(
                some, np.full(len(some), height), marker=marker, linestyle="none", color=colour,
                markerfacecolor="white", markersize=6, markeredgewidth=1.2, clip_on=False, zorder=5,
                transform=axes.get_xaxis_transform(), label="_edge",
            )  # fmt: skip
