"""Tables of a run: layers down and cells across where that fits, a line a cell where it does not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from yann.report.digest import Digest, backward_flow, flow
from yann.report.grid import Grid
from yann.report.numbers import DIGITS, counted, number, power_of_ten, setting, sized
from yann.report.objectives import compares_objectives, objective_tables
from yann.report.prose import Prose
from yann.report.rows import Row
from yann.study.budget import bytes_for_people, memory
from yann.study.cell import Cell, Experiment, Scalar
from yann.study.data import samples_per_update, updates_per_epoch

PER_LAYER = "ratio: first layer over last; factor: the same from one layer to the one before it"
FLOW = "flow: what becomes of the backward signal dZ from the last layer to the first, fading or exploding by 1000 or more"
MOST_ROWS = 60
MOST_STEPS = 20
STEADY = 3
"""Decades from the last layer to the first within which a gradient counts as steady."""
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


def sweep_tables(experiment: Experiment, digests: Sequence[Digest], metric: str, width: int | None) -> list[Grid | Prose]:
    """Give the tables of a sweep: of what it asks, where all cells ask one thing, else of its gradients."""
    if compares_objectives(experiment, digests, metric):
        return objective_tables(experiment, digests, metric, _replicates(digests), width)
    return [sweep_table(experiment, digests, metric, width)]


def sweep_table(experiment: Experiment, digests: Sequence[Digest], metric: str, width: int | None) -> Grid:
    """Give the table of a sweep that fits a terminal of `width` characters (None: any)."""
    title = experiment.title or experiment.name
    if len(digests) == 1 and not experiment.axes:
        return _one_cell(title, digests[0], width)
    if len(experiment.axes) == 1 and max(cell.depth for cell in digests) <= MOST_ROWS:
        across = _layers_down(title, experiment, digests, metric)
        if width is None or across.width() <= width:
            return across
    return _cells_down(title, experiment, digests, metric, width)


def _over(digests: Sequence[Digest]) -> str:
    """Say what the numbers of a table are: of which step, and the median of how many replicates."""
    steps = {cell.steps[-1] for cell in digests}
    after = f"after {counted(steps.pop(), 'step')}" if len(steps) == 1 and steps != {0} else ""
    return ", ".join(filter(None, [after, _replicates(digests)]))


def _replicates(digests: Sequence[Digest]) -> str:
    replicates = {cell.replicates for cell in digests}
    most = max(replicates)
    return "" if most == 1 else f"median of {most} replicates" if len(replicates) == 1 else f"median of up to {most} replicates"


def _caption(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _one_cell(title: str, cell: Digest, width: int | None) -> Grid:
    names = [name for name in DETAILS if name in cell.metrics] + [name for name in cell.metrics if name not in DETAILS]
    left = [
        (str(layer), f"{fans[0]} → {fans[1]}", activation)
        for layer, (fans, activation) in enumerate(zip(cell.fans, cell.labels, strict=True), start=1)
    ]
    columns = {name: [_value(cell, name, layer) for layer in range(cell.depth)] for name in names}
    while True:
        rows = tuple(
            (*head, *(columns[name][layer] for name in names), cell.states[-1][layer]) for layer, head in enumerate(left)
        )
        note = f"{len(cell.metrics) - len(names)} more metrics in layers.csv" if len(names) < len(cell.metrics) else ""
        loss = f"loss {number(float(cell.curves['loss'][-1, 1]), 6)}"
        began = f"{cell.state} begins with {cell.origin}" if cell.origin else ""
        caption = _caption(loss, *_comes_back(cell), began, _over([cell]), note)
        grid = Grid(title, ("layer", "shape", "activation", *names, "state"), rows, caption, left=3)
        if width is None or grid.width() <= width or len(names) == 1:
            return grid
        names.pop()


def _comes_back(cell: Digest) -> Iterator[str]:
    """Say what becomes of the backward signal of one cell, where it is measured."""
    if cell.depth > 1 and "dZ_rms" in cell.metrics:
        decades = backward_flow(cell, "dZ_rms").decades
        verdict = _verdict(decades, cell)
        size = f": {power_of_ten(decades, 3) if abs(decades) >= STEADY else number(10**decades, 3)} of it at layer 1"
        yield f"the backward signal dZ {FOR_ONE[verdict]}{size if math.isfinite(decades) else ''}"


def _value(cell: Digest, metric: str, layer: int, digits: int = DIGITS) -> str:
    value = float(cell.metrics[metric][-1, layer, 1])
    log10 = cell.metrics.get("log10_dW_rms")
    true = float(log10[-1, layer, 1]) if log10 is not None and metric == "dW_rms" else None
    # only a gradient that is 0 may have been lost; any other 0 is one
    return sized(value, true, cell.states[-1][layer] if metric.startswith("d") and "fraction" not in metric else "ok", digits)


def _layers_down(title: str, experiment: Experiment, digests: Sequence[Digest], metric: str) -> Grid:
    (axis,) = experiment.headings
    depth = max(cell.depth for cell in digests)
    rows: list[tuple[str, ...]] = [
        (f"layer {layer + 1}", *(_value(cell, metric, layer) if layer < cell.depth else "" for cell in digests))
        for layer in range(depth)
    ]
    rows.append(("loss", *(number(float(cell.curves["loss"][-1, 1])) for cell in digests)))
    rows.append(("flow", *(_verdict(backward_flow(cell, metric).decades, cell) for cell in digests)))
    if any(cell.state != "ok" for cell in digests):
        rows.append(("state", *(cell.told for cell in digests)))
    header = (axis, *(setting(cell.point[0]) for cell in digests))
    caption = _caption(_over(digests), *_flow_told(rows[-1 if rows[-1][0] == "flow" else -2]))
    return Grid(f"{title}: {metric} per layer", header, tuple(rows), caption, ends=frozenset({depth - 1}))


def _cells_down(title: str, experiment: Experiment, digests: Sequence[Digest], metric: str, width: int | None) -> Grid:
    varying = experiment.headings
    header = (*varying, "layers", "first", "last", "ratio", "factor", "loss", "flow", "state")
    shown = digests[:MOST_ROWS]
    rows = tuple((*map(setting, cell.point), str(cell.depth), *_summary(cell, metric)) for cell in shown)
    more = f"{len(shown)} of {len(digests)} cells shown; all are in layers.csv" if len(shown) < len(digests) else ""
    caption = _caption(_over(digests), PER_LAYER, *_flow_told(row[-2] for row in rows), more)
    grid = Grid(f"{title}: {metric}, first and last layer", header, rows, caption, left=len(varying))
    return _complete(grid, grid.fitted(width, "layers", "loss", "last", "factor"))


def _complete(whole: Grid, fitted: Grid) -> Grid:
    """Say below a table that was made to fit what it lacks of the whole one."""
    missing = ", ".join(name.replace("\n", " ") for name in whole.header if name not in fitted.header)
    return replace(fitted, caption=_caption(fitted.caption, f"{missing}: in a wider window")) if missing else fitted


def _summary(cell: Digest, metric: str) -> tuple[str, ...]:
    through = flow(cell, metric)
    return (
        _value(cell, metric, 0, 3),
        _value(cell, metric, -1, 3),
        power_of_ten(through.decades, 3) if abs(through.decades) >= STEADY else number(10**through.decades, 3),
        number(through.growth, 3) if not math.isnan(through.growth) else "-",
        number(float(cell.curves["loss"][-1, 1])),
        _verdict(backward_flow(cell, metric).decades, cell),
        cell.told,
    )


def _verdict(decades: float, cell: Digest) -> str:
    """Say in a word how the gradient comes back: fades or explodes by more than three decades, steady, dead, or unknown."""
    if math.isnan(decades):
        return "dead" if cell.state == "ok" else "unknown"
    if decades == -math.inf:
        return "dead" if cell.state == "ok" else "fades"
    return "steady" if abs(decades) <= STEADY else ("explodes" if decades > 0 else "fades")


def _flow_told(words: Iterable[str]) -> Iterator[str]:
    """Say what flow is, and what the rarer of its words mean where they stand."""
    yield FLOW
    found = set(words)
    if "dead" in found:
        yield "dead: no gradient comes back"
    if "unknown" in found:
        yield "unknown: dZ is beyond the range of its numbers, state says since where"


def dry_run_rows(experiment: Experiment) -> tuple[tuple[str, ...], list[Row]]:
    """Give the columns and rows of the cells that would run, and what each would cost."""
    costs = {name: cost for name, cost in COSTS.items() if name not in experiment.headings}  # what is swept is there already
    return ("cell", *experiment.headings, *costs), [
        [index, *point, *(cost(cell) for cost in costs.values())]
        for index, (cell, point) in enumerate(zip(experiment.cells, experiment.points, strict=True))
    ]


def dry_run_table(experiment: Experiment, width: int | None) -> Grid:
    """Give the table of the cells that would run, without what a terminal of `width` characters has no room for."""
    header, rows = dry_run_rows(experiment)
    short: dict[str, Callable[[Scalar], str]] = {
        "bytes": lambda value: bytes_for_people(int(value or 0)),
        "flop": lambda value: number(float(value or 0), 3),
    }
    shown = tuple(tuple(short.get(name, setting)(value) for name, value in zip(header, row, strict=True)) for row in rows)
    title = f"{experiment.title or experiment.name}: {counted(len(rows), 'cell')}"
    grid = Grid(title, header, shown, left=1 + len(experiment.axes))
    return _complete(grid, grid.fitted(width, "widths", "steps", "replicates", "weights"))


def _flop(cell: Cell) -> int:
    """Count the operations of the matrix products: forward, and backward to weights and to inputs."""
    return 3 * 2 * cell.network.size * samples_per_update(cell) * (cell.steps + 1) * cell.replicates


def _short(widths: Sequence[int]) -> str:
    texts = [str(width) for width in widths]
    return " ".join(texts if len(texts) <= 6 else [*texts[:3], "…", *texts[-2:]])


COSTS: dict[str, Callable[[Cell], Scalar]] = {
    "widths": lambda cell: _short(cell.network.widths),
    "weights": lambda cell: cell.network.size,
    "replicates": lambda cell: cell.replicates,
    "steps": lambda cell: cell.steps,
    "bytes": memory,
    "flop": _flop,
}


def training_table(experiment: Experiment, digests: Sequence[Digest], metric: str, width: int | None) -> Grid:
    """Give the table of a training: a line a measured step for one cell, a line a cell for several."""
    title = f"{experiment.title or experiment.name}: training"
    scores = [name for name in ("loss", "accuracy", "test_loss", "test_accuracy") if any(name in c.curves for c in digests)]
    named = [name.replace("_", "\n") for name in scores]
    if len(digests) > 1:
        header = (*experiment.headings, "steps", "first\nloss", *named, "flow", "state")
        rows = tuple(_trained(cell, scores, metric) for cell in digests[:MOST_ROWS])
        more = f"{len(rows)} of {len(digests)} cells shown; all are in cells.csv" if len(rows) < len(digests) else ""
        caption = _caption(_over(digests), *_flow_told(row[-2] for row in rows), more)
        grid = Grid(title, header, rows, caption, left=len(experiment.axes))
        return _complete(grid, grid.fitted(width, "steps", "first\nloss", "test\nloss"))
    cell = digests[0]
    epoch = updates_per_epoch(experiment.cells[cell.index])
    layers = list(dict.fromkeys((0, cell.depth - 1)))
    rows = tuple(
        (
            *_when(cell.steps[t], epoch),
            *_scores(cell, scores, t),
            *(number(float(cell.metrics[metric][t, layer, 1]), 3) for layer in layers),
            cell.worst[t],
        )
        for t in _spread(len(cell.steps))
    )
    left_out = len(cell.steps) - len(rows)
    trained = " and ".join(name for name in scores if not name.startswith("test"))
    notes = (_replicates([cell]),
             f"{trained}: of each step's mini-batch" if experiment.cells[cell.index].batch else "",
             f"{left_out} more measured steps in cells.csv" if left_out else "",
             "the layers between are in layers.csv" if cell.depth > len(layers) else "")  # fmt: skip
    when = ("step", "epoch") if epoch > 1 else ("step",)
    header = (*when, *named, *(f"{metric}\nlayer {layer + 1}" for layer in layers), "state")
    grid = Grid(title, header, rows, _caption(*notes), left=0)
    return _complete(grid, grid.fitted(width, "epoch", "test\nloss"))


def _trained(cell: Digest, scores: Sequence[str], metric: str) -> tuple[str, ...]:
    """Give a cell's line: where it stands, where its loss began and ended, and what became of its gradients."""
    verdict = _verdict(backward_flow(cell, metric).decades, cell)
    return (
        *map(setting, cell.point),
        str(cell.steps[-1]),
        *_scores(cell, ["loss"], 0),
        *_scores(cell, scores, -1),
        verdict,
        cell.told,
    )


def _when(step: int, epoch: int) -> tuple[str, ...]:
    return (str(step), number(step / epoch, 3)) if epoch > 1 else (str(step),)


def _scores(cell: Digest, names: Sequence[str], t: int) -> Iterator[str]:
    for name in names:
        yield number(float(cell.curves[name][t, 1])) if name in cell.curves else "-"


def _spread(count: int) -> list[int]:
    """Give at most about MOST_STEPS indices, evenly spread, first and last among them."""
    stride = -(-(count - 1) // MOST_STEPS) or 1
    return sorted({*range(0, count, stride), count - 1})
