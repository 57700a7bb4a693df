"""The figure that every run has: a metric in each layer, at the last measured step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from yann.report.numbers import counted
from yann.report.plots.arrange import Arrangement, arrange
from yann.report.plots.frame import draw_band, draw_line, draws, explain, has_bands, headings, panels_of, told
from yann.report.plots.gauge import (
    FRACTIONS,
    MAGNITUDES,
    ZERO_IS_FAR,
    edges_told,
    gauge,
    is_true_size,
    mark_the_lost,
    readings,
    words,
)
from yann.report.plots.sheet import settled, sheet, whole_numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from yann.report.digest import Digest
    from yann.shapes import Array
    from yann.study.cell import Experiment


def layers(experiment: Experiment, digests: Sequence[Digest], metric: str) -> Figure:
    """Draw the metric against the layer, one line a cell."""
    arrangement = arrange(experiment, digests)
    shown = {line.cell.index: _last(line.cell, metric) for line in arrangement.lines}
    sizes, banded = metric in MAGNITUDES, has_bands(arrangement)
    scale = gauge(
        [values if banded else values[:, 1] for values in shown.values()],
        sizes=sizes,
        bounds=(0.0, 1.0) if metric in FRACTIONS else None,
    )
    name, axis = words(metric)
    title, what = headings(experiment, f"{name} per layer")
    cells = [line.cell for line in arrangement.lines]
    lost = "0, or too small for a float" if _underflows(cells) and not is_true_size(cells[0], metric) else "exactly 0"
    marks = edges_told([values[:, 1] for values in shown.values()], logs=metric in ZERO_IS_FAR, zero=lost)
    crowded = arrangement.columns > 2
    below = told(what, _when(digests, metric), draws(digests, bands=banded), arrangement.told, "layer 1: input side" * crowded)
    figure = sheet(_height(arrangement), title, below, [*arrangement.notes, *marks])
    axes_of = panels_of(figure, arrangement)
    deepest = max(cell.outline.depth for cell in cells)
    for panel, axes in zip(arrangement.panels, axes_of, strict=True):
        for line in panel.lines:
            values = shown[line.cell.index]
            x = np.arange(1, line.cell.outline.depth + 1)
            if banded:
                draw_band(axes, x, scale.edges(values), line.look)
            draw_line(axes, x, scale.heights(values), line.look)
            mark_the_lost(axes, x, values[:, 1], line.look.colour, logs=metric in ZERO_IS_FAR)
        scale.apply(axes)
        whole_numbers(axes, 1, deepest, most=16 // arrangement.columns)
        if panel.column == 0:
            axes.set_ylabel(scale.label(axis, tight=arrangement.rows > 1))
    for axes in axes_of[-arrangement.columns :]:
        axes.set_xlabel("layer $l$" if crowded else "layer $l$ (1 = input side)")
    explain(figure, axes_of, arrangement)
    return settled(figure)


def _height(arrangement: Arrangement) -> float:
    """Give the inches of height that the axes get."""
    return {1: 4.2, 2: 5.4}.get(arrangement.rows, 7.2) if arrangement.columns > 1 or arrangement.rows > 1 else 4.6


def _last(cell: Digest, metric: str) -> Array:
    """Give the readings (L, 3) at the last measured step; an update is last seen one measurement earlier."""
    values = readings(cell, metric)
    return values[-2 if metric == "update_ratio" and len(values) > 1 else -1]


def _when(digests: Sequence[Digest], metric: str) -> str:
    """Say at which step the cells are seen."""
    back = -2 if metric == "update_ratio" else -1
    steps = {cell.outline.steps[max(back, -len(cell.outline.steps))] for cell in digests}
    if len(steps) > 1:
        return "at the last measured step"
    step = steps.pop()
    return f"after {counted(step, 'step')}" if step else ""


def _underflows(cells: Sequence[Digest]) -> bool:
    """Tell whether a size has been lost, so that a zero may stand for one."""
    return any("underflow" in cell.outline.states[-1] for cell in cells)
