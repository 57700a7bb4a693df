"""The map over two swept axes: how much the gradient changes from the last layer to the first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from yann.report.digest import flow
from yann.report.plots.frame import draws, headings, told
from yann.report.plots.gauge import GRADIENTS
from yann.report.plots.sheet import SMALL, WIDTH, settled, sheet, width_of, wrapped
from yann.report.plots.spread import Spread, is_a_grid, spreads

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure
    from matplotlib.ticker import Locator

    from yann.report.digest import Digest
    from yann.study.cell import Experiment

COLOURS = ("#08396b", "#0072B2", "#8cc6e6", "#fbfbfb", "#f4b183", "#D55E00", "#7a2e00")
"""From faded over unchanged to exploded: blue, white, orange."""
GREY = (0.8, 0.8, 0.8, 1.0)
LUMINANCE = (0.299, 0.587, 0.114)
MOST_PANELS = 4
MOST_WRITTEN = 12
"""So many columns or rows still leave room for numbers."""
MOST_TICKS = 16
WIDE = 30
"""Decades beyond which colours go by the logarithm, or one far cell would leave all others white."""
PLAIN = {"nan": "nan", "overflow": "inf"}
SYMBOLS = {"dW_norm": ("norm", "dW"), "dW_rms": ("rms", "dW"), "db_norm": ("norm", "db"), "dZ_rms": ("rms", "dZ")}


@dataclass(frozen=True)
class Field:
    """One map: the cells that there are, by row and column."""

    heading: str
    cells: dict[tuple[int, int], Digest]


def heatmap(experiment: Experiment, digests: Sequence[Digest], metric: str) -> Figure | None:
    """Draw log10 of the first layer's gradient over the last's, or nothing where the cells are no grid of two axes.

    The gradient is the backward signal dZ, unless another is asked for.
    """
    wanted = ("dZ_rms", metric) if metric == "dW_rms" else (metric, "dZ_rms")  # see backward_flow why not dW
    gradient = next((m for m in (*wanted, "dW_rms", "dW_norm") if m in GRADIENTS and m in digests[0].metrics), None)
    axes = spreads(experiment, range(len(experiment.points)))
    if gradient is None or len(axes) not in (2, 3) or not is_a_grid(axes, len(experiment.points)):
        return None
    outer = min(axes, key=lambda axis: (len(axis.values), axis.numeric)) if len(axes) == 3 else None
    if outer is not None and len(outer.values) > MOST_PANELS:
        return None
    # numbers and short names go across, where there is less room for a name
    down, across = sorted((a for a in axes if a is not outer), key=lambda a: (a.numeric, -_widest(a), len(a.values)))
    return _draw(experiment, digests, gradient, down, across, list(_fields(digests, down, across, outer)))


def _fields(digests: Sequence[Digest], down: Spread, across: Spread, outer: Spread | None) -> Iterator[Field]:
    """Give a map for each value of the outer axis."""
    for k in range(len(outer.values) if outer else 1):
        inside = [cell for cell in digests if outer is None or outer.at[cell.index] == k]
        heading = f"{outer.column} = {outer.texts[k]}" if outer else ""
        yield Field(heading, {(down.at[cell.index], across.at[cell.index]): cell for cell in inside})


def _draw(
    experiment: Experiment, digests: Sequence[Digest], metric: str, down: Spread, across: Spread, fields: list[Field]
) -> Figure:
    columns = min(2, len(fields))
    rows = -(-len(fields) // columns)
    ratios = [flow(cell, metric).decades for cell in digests]
    missing = len(digests) < len(experiment.points) or len(digests) < len(fields) * len(down.values) * len(across.values)
    title, what = headings(experiment, "Gradient in the first layer over the last")
    below = rows * min(max(0.36 * len(down.values), 1.5), 5.4 if rows == 1 else 2.8) + _under(across, columns) + 0.3 * rows
    notes = told(
        "hatched: no result" if missing else "", "grey: no gradient, or none finite" if any(map(math.isnan, ratios)) else ""
    )
    figure = sheet(below, title, told(what, draws(digests, bands=False)), [notes] if notes else [])
    scale = _scale(max((abs(ratio) for ratio in ratios if math.isfinite(ratio)), default=1.0))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    shown = list(grid.flat)
    for spare in shown[len(fields) :]:
        figure.delaxes(spare)
    written = len(down.values) <= MOST_WRITTEN and len(across.values) * columns <= MOST_WRITTEN
    for k, (field, axes) in enumerate(zip(fields, shown, strict=False)):
        axes.set_title(wrapped(field.heading, WIDTH / columns - 1.0, lines=2), loc="left")
        _paint(axes, field, metric, scale, shape=(len(down.values), len(across.values)), written=written)
        _tick(axes, down, across, columns)
        if k + columns >= len(fields):
            axes.tick_params(labelbottom=True)
            axes.set_xlabel(wrapped(across.column, WIDTH / columns - 1.5, 10))
        if k % columns == 0:
            axes.set_ylabel(wrapped(down.column, 2.0, 10))
    bar = figure.colorbar(scale, ax=shown[: len(fields)], aspect=25, pad=0.02, ticks=_few(scale))
    bar.outline.set_visible(False)
    size, of = SYMBOLS[metric]
    bar.set_label(rf"$\log_{{10}}$ ({size} ${of}_1$ / {size} ${of}_L$)" + "\nfades < 0 < explodes", size=SMALL)
    return settled(figure)


def _few(scale: ScalarMappable) -> Locator | None:
    """Give few ticks where they are evenly spaced: short labels leave room for the words beside them."""
    from matplotlib.colors import SymLogNorm
    from matplotlib.ticker import MaxNLocator

    return None if isinstance(scale.norm, SymLogNorm) else MaxNLocator(4, steps=[1, 2, 5, 10])


def _widest(axis: Spread) -> float:
    return max(map(width_of, axis.texts))


def _under(across: Spread, columns: int) -> float:
    """Estimate the inches that the labels below the map take."""
    return 0.45 + (0.6 * min(_widest(across), 1.5) if _slanted(across, columns) else 0.15)


def _slanted(across: Spread, columns: int) -> bool:
    """Tell whether labels are too wide to stand side by side."""
    return _widest(across) > 0.9 * 5.2 / columns / min(len(across.values), MOST_TICKS // columns)


def _scale(farthest: float) -> ScalarMappable:
    """Give the colours of decades, white at 0 and alike on both sides."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, Normalize, SymLogNorm

    colours = LinearSegmentedColormap.from_list("fades, explodes", COLOURS)
    end = max(farthest, 1.0)
    if end > WIDE:
        return ScalarMappable(SymLogNorm(linthresh=1.0, vmin=-end, vmax=end), colours)
    return ScalarMappable(Normalize(-end, end), colours)


def _paint(axes: Axes, field: Field, metric: str, scale: ScalarMappable, *, shape: tuple[int, int], written: bool) -> None:
    """Fill in the cells, and their numbers where there is room."""
    axes.grid(visible=False)
    axes.set_facecolor("#ededed")
    axes.patch.set(hatch="////", edgecolor="#b5b5b5")  # seen where no cell covers it
    fill = np.zeros((*shape, 4))
    for (row, column), cell in field.cells.items():
        ratio = flow(cell, metric).decades
        known = not math.isnan(ratio)
        fill[row, column] = scale.to_rgba(np.clip(ratio, scale.norm.vmin, scale.norm.vmax)) if known else GREY
        if written:
            dark = fill[row, column, :3] @ LUMINANCE < 0.5
            text = _power(ratio) if known else PLAIN.get(cell.outline.state, "0")
            axes.text(column, row, text, ha="center", va="center", color="white" if dark else "#222222")
    axes.pcolormesh(*(np.arange(count + 1) - 0.5 for count in shape[::-1]), fill, edgecolors="white", linewidth=0.6)


def _power(decades: float) -> str:
    """Give decades in few letters."""
    if math.isinf(decades):
        return "∞" if decades > 0 else "−∞"
    text = f"{decades:.{0 if abs(decades) >= 100 else 1}f}"
    return "0.0" if text == "-0.0" else text.replace("-", "−")


def _some(count: int, most: int) -> range:
    """Give evenly spaced positions, at most so many, from the first on."""
    return range(0, count, -(-count // most))


def _tick(axes: Axes, down: Spread, across: Spread, columns: int) -> None:
    """Name the rows and columns; numbers rise upwards, names are read downwards."""
    axes.set_xlim(-0.5, len(across.values) - 0.5)
    ends = (-0.5, len(down.values) - 0.5)
    axes.set_ylim(*(ends if down.numeric else ends[::-1]))
    some = _some(len(across.values), MOST_TICKS // columns)
    slanted = _slanted(across, columns)
    labels = [wrapped(across.texts[k], 1.5) for k in some]
    axes.set_xticks(some, labels, rotation=35 if slanted else 0, ha="right" if slanted else "center", rotation_mode="anchor")
    some = _some(len(down.values), MOST_TICKS)
    axes.set_yticks(some, [wrapped(down.texts[k], 1.8, lines=2) for k in some])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
