"""Tables of a run: layers down and cells across where that fits, a line a cell where it does not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from yann.report.captions import MOST_ROWS, STEADY, caption_of, complete, flow_told, over, replicates_told, verdict
from yann.report.digest import Digest, backward_flow, flow
from yann.report.grid import Grid
from yann.report.numbers import DIGITS, number, power_of_ten, setting, sized
from yann.report.objectives import compares_objectives, objective_tables
from yann.report.prose import Prose
from yann.study.cell import Experiment

PER_LAYER = "ratio: first layer over last; factor: the same from one layer to the one before it"
FOR_ONE = {
    "steady": "comes through",
    "fades": "fades",
    "explodes": "explodes",
    "dead": "does not come back",
    "unknown": "is lost",
}
"""The words for flow in a sentence about one cell."""
DETAILS = ("dW_rms", "dW_norm", "dW_min", "dW_max", "dZ_rms", "A_std", "dead_fraction", "saturated_fraction", "update_ratio",
           "dW_mean", "dW_std", "dW_zero_fraction", "log10_dW_rms", "db_norm", "A_mean", "A_rms")  # fmt: skip

MOST_ACROSS = 24
"""Cells that stand side by side, where there is room without end."""


def sweep_tables(experiment: Experiment, digests: Sequence[Digest], metric: str, width: int | None) -> list[Grid | Prose]:
    """Give the tables of a sweep: of what it asks, where all cells ask one thing, else of its gradients."""
    if compares_objectives(experiment, digests, metric):
        return objective_tables(experiment, digests, metric, replicates_told(digests), width)
    return [sweep_table(experiment, digests, metric, width)]


def sweep_table(experiment: Experiment, digests: Sequence[Digest], metric: str, width: int | None) -> Grid:
    """Give the table of a sweep that fits a terminal of `width` characters (None: any)."""
    title = experiment.title or experiment.name
    if len(digests) == 1 and not experiment.axes:
        return _one_cell(title, digests[0], width)
    few = len(experiment.axes) == 1 and len(digests) <= MOST_ACROSS
    if few and max(cell.outline.depth for cell in digests) <= MOST_ROWS:
        across = _layers_down(title, experiment, digests, metric)
        if width is None or across.width() <= width:
            return across
    return _cells_down(title, experiment, digests, metric, width)


def _one_cell(title: str, cell: Digest, width: int | None) -> Grid:
    names = [name for name in DETAILS if name in cell.metrics] + [name for name in cell.metrics if name not in DETAILS]
    left = [
        (str(layer), f"{fans[0]} → {fans[1]}", activation)
        for layer, (fans, activation) in enumerate(zip(cell.outline.fans, cell.outline.labels, strict=True), start=1)
    ]
    columns = {name: [_value(cell, name, layer) for layer in range(cell.outline.depth)] for name in names}
    while True:
        rows = tuple(
            (*head, *(columns[name][layer] for name in names), cell.outline.states[-1][layer]) for layer, head in enumerate(left)
        )
        note = f"{len(cell.metrics) - len(names)} more metrics in layers.csv" if len(names) < len(cell.metrics) else ""
        loss = f"loss {number(float(cell.curves['loss'][-1, 1]), 6)}"
        began = f"{cell.outline.state} begins with {cell.outline.origin}" if cell.outline.origin else ""
        caption = caption_of(loss, *_comes_back(cell), began, over([cell]), note)
        grid = Grid(title, ("layer", "shape", "activation", *names, "state"), rows, caption, left=3)
        if width is None or grid.width() <= width or len(names) == 1:
            return grid
        names.pop()


def _comes_back(cell: Digest) -> Iterator[str]:
    """Say what becomes of the backward signal of one cell, where it is measured."""
    if cell.outline.depth > 1 and "dZ_rms" in cell.metrics:
        decades = backward_flow(cell, "dZ_rms").decades
        word = verdict(decades, cell)
        size = f": {power_of_ten(decades, 3) if abs(decades) >= STEADY else number(10**decades, 3)} of it at layer 1"
        yield f"the backward signal dZ {FOR_ONE[word]}{size if math.isfinite(decades) else ''}"


def _value(cell: Digest, metric: str, layer: int, digits: int = DIGITS) -> str:
    value = float(cell.metrics[metric][-1, layer, 1])
    log10 = cell.metrics.get("log10_dW_rms")
    true = float(log10[-1, layer, 1]) if log10 is not None and metric == "dW_rms" else None
    # only a gradient that is 0 may have been lost; any other 0 is one
    return sized(
        value, true, cell.outline.states[-1][layer] if metric.startswith("d") and "fraction" not in metric else "ok", digits
    )


def _layers_down(title: str, experiment: Experiment, digests: Sequence[Digest], metric: str) -> Grid:
    (axis,) = experiment.headings
    depth = max(cell.outline.depth for cell in digests)
    rows: list[tuple[str, ...]] = [
        (f"layer {layer + 1}", *(_value(cell, metric, layer) if layer < cell.outline.depth else "" for cell in digests))
        for layer in range(depth)
    ]
    rows.append(("loss", *(number(float(cell.curves["loss"][-1, 1])) for cell in digests)))
    rows.append(("flow", *(verdict(backward_flow(cell, metric).decades, cell) for cell in digests)))
    if any(cell.outline.state != "ok" for cell in digests):
        rows.append(("state", *(cell.outline.told for cell in digests)))
    header = (axis, *(setting(cell.point[0]) for cell in digests))
    caption = caption_of(over(digests), *flow_told(rows[-1 if rows[-1][0] == "flow" else -2]))
    return Grid(f"{title}: {metric} per layer", header, tuple(rows), caption, ends=frozenset({depth - 1}))


def _cells_down(title: str, experiment: Experiment, digests: Sequence[Digest], metric: str, width: int | None) -> Grid:
    varying = experiment.headings
    header = (*varying, "layers", "first", "last", "ratio", "factor", "loss", "flow", "state")
    shown = digests[:MOST_ROWS]
    rows = tuple((*map(setting, cell.point), str(cell.outline.depth), *_summary(cell, metric)) for cell in shown)
    more = f"{len(shown)} of {len(digests)} cells shown; all are in layers.csv" if len(shown) < len(digests) else ""
    caption = caption_of(over(digests), PER_LAYER, *flow_told(row[-2] for row in rows), more)
    grid = Grid(f"{title}: {metric}, first and last layer", header, rows, caption, left=len(varying))
    return complete(grid, grid.fitted(width, "layers", "loss", "last", "factor"))


def _summary(cell: Digest, metric: str) -> tuple[str, ...]:
    through = flow(cell, metric)
    return (
        _value(cell, metric, 0, 3),
        _value(cell, metric, -1, 3),
        power_of_ten(through.decades, 3) if abs(through.decades) >= STEADY else number(10**through.decades, 3),
        number(through.growth, 3) if not math.isnan(through.growth) else "-",
        number(float(cell.curves["loss"][-1, 1])),
        verdict(backward_flow(cell, metric).decades, cell),
        cell.outline.told,
    )
