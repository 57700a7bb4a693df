"""The curves of training: loss and accuracy against the step, and for one cell the gradient of every layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from yann.report.plots.arrange import Arrangement, Line, Panel, arrange
from yann.report.plots.frame import draw_band, draw_line, draws, explain, has_bands, headings, told
from yann.report.plots.gauge import (
    MAGNITUDES,
    ZERO_IS_FAR,
    Gauge,
    edges_told,
    gauge,
    gauge_of_loss,
    mark_the_lost,
    readings,
    words,
)
from yann.report.plots.looks import looks_of
from yann.report.plots.sheet import WIDTH, settled, sheet, whole_numbers, wrapped
from yann.report.plots.spread import Spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from yann.report.digest import Digest
    from yann.shapes import Array
    from yann.study.cell import Experiment

HEIGHT = 2.3  # inches of one row
MOST_LAYERS = 60


@dataclass(frozen=True)
class Curves:
    """One row of the figure: for each line its readings (T, 3) on a shared axis, in training and, dashed, in testing."""

    label: str
    scale: Gauge
    solid: dict[int, Array]
    dashed: dict[int, Array]


def training(experiment: Experiment, digests: Sequence[Digest], metric: str) -> Figure | None:
    """Draw what changed from step to step, or nothing where no cell was measured twice."""
    moving = [cell for cell in digests if len(cell.outline.steps) > 1]
    if not moving:
        return None
    arrangement = replace(arrange(experiment, moving, rows=1), file="cells.csv")
    banded = has_bands(arrangement)
    looks = [(look.colour, look.marker) for look in arrangement.entries.values()]
    tested = len(set(looks)) == len(looks) and any("test_loss" in line.cell.curves for line in arrangement.lines)
    rows = list(_rows(arrangement, tested=tested))
    gradients = _layers(moving[0]) if len(moving) == 1 else None
    marks = edges_told([values[:, 1] for row in rows for values in row.solid.values()], logs=False)
    if gradients is not None:
        marks = edges_told([_over_time(moving[0], metric)[..., 1]], logs=metric in ZERO_IS_FAR) or marks
    title, what = headings(experiment, "Training")
    solid = "each step's mini-batch" if any(experiment.cells[cell.index].batch for cell in moving) else "training samples"
    key = f"solid: {solid}, dashed: test samples" if tested else ""
    count = len(rows) + (gradients is not None)
    figure = sheet(
        max(count * HEIGHT, 3.6),
        title,
        told(what, draws(moving, bands=banded), arrangement.told, key),
        [*arrangement.notes, *marks],
    )
    grid = figure.subplots(count, arrangement.columns, sharex=True, sharey="row", squeeze=False)
    for row, axes_of in zip(rows, grid, strict=False):
        for panel, axes in zip(arrangement.panels, axes_of, strict=True):
            _draw(axes, panel, row, banded=banded)
        axes_of[0].set_ylabel(row.label)
    for panel, axes in zip(arrangement.panels, grid[0], strict=True):
        axes.set_title(wrapped(panel.heading, (WIDTH - 3) / arrangement.columns, lines=3), loc="left")
    explain(figure, list(grid[: len(rows)].flat), arrangement)
    if gradients is not None:
        _draw_layers(figure, grid[-1, 0], gradients, metric)
    for axes in grid[-1]:
        whole_numbers(axes, 0, max(line.cell.outline.steps[-1] for line in arrangement.lines), most=12 // arrangement.columns)
        axes.set_xlabel("step" if arrangement.columns > 2 else "step (updates made)")
    return settled(figure)


def _rows(arrangement: Arrangement, *, tested: bool) -> list[Curves]:
    """Give the loss of every line, and the accuracy where there is one."""
    cells = [line.cell for line in arrangement.lines]
    solid, dashed = _curves(cells, "loss"), _curves(cells if tested else [], "test_loss")
    scale, shown = gauge_of_loss([*solid.values(), *dashed.values()])
    solid, dashed = dict(zip(solid, shown, strict=False)), dict(zip(dashed, shown[len(solid) :], strict=True))
    rows = [Curves(scale.label("loss $J$"), scale, solid, dashed)]
    solid, dashed = _curves(cells, "accuracy"), _curves(cells if tested else [], "test_accuracy")
    if solid:
        scale = gauge([*solid.values()], sizes=False, bounds=(0.0, 1.0))
        rows.append(Curves("accuracy", scale, solid, dashed))
    return rows


def _curves(cells: Sequence[Digest], name: str) -> dict[int, Array]:
    return {cell.index: cell.curves[name] for cell in cells if name in cell.curves}


def _draw(axes: Axes, panel: Panel, row: Curves, *, banded: bool) -> None:
    """Draw one quantity of the cells of one panel."""
    sizes = row.scale.scale != "linear"
    for line in panel.lines:
        x = np.array(line.cell.outline.steps)
        for readings_of, dash in ((row.solid, None), (row.dashed, "--")):
            if (values := readings_of.get(line.cell.index)) is not None:
                if banded and dash is None:
                    draw_band(axes, x, row.scale.edges(values), line.look)
                draw_line(axes, x, row.scale.heights(values), line.look, dash=dash or ("-" if row.dashed else None))
                mark_the_lost(axes, x, values[:, 1], line.look.colour, logs=sizes)
    row.scale.apply(axes)


def _layers(cell: Digest) -> Arrangement:
    """Arrange the layers of a cell as lines, from dark at the input side to bright."""
    layer = Spread("layer", tuple(range(1, cell.outline.depth + 1)), {})
    looks, ramp = looks_of(layer, MOST_LAYERS)
    lines = tuple(Line(cell, f"layer {k + 1}", look) for k, look in looks.items())
    return Arrangement((Panel("", 0, 0, lines),), 1, 1, ramp, cell.outline.depth)


def _over_time(cell: Digest, metric: str) -> Array:
    """Give the readings (T, L, 3) of every measured step; no update follows the last."""
    return readings(cell, metric)[: -1 if metric == "update_ratio" else None]


def _draw_layers(figure: Figure, axes: Axes, layers: Arrangement, metric: str) -> None:
    """Draw a metric of every layer of one cell over time."""
    cell = layers.lines[0].cell
    values = _over_time(cell, metric)
    x = np.array(cell.outline.steps)[: len(values)]
    scale = gauge([values[..., 1]], sizes=metric in MAGNITUDES)
    for line in layers.lines:
        of_layer = values[:, int(line.label.split()[-1]) - 1]
        draw_line(axes, x, scale.heights(of_layer), line.look)
        mark_the_lost(axes, x, of_layer[:, 1], line.look.colour, logs=metric in ZERO_IS_FAR)
    scale.apply(axes)
    axes.set_ylabel(scale.label(words(metric)[1], tight=scale.scale == "exponent"))
    explain(figure, [axes], layers)
