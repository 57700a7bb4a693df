"""Tables of a run: layers down and cells across where that fits, a line a cell where it does not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from yann.report.digest import Digest, backward_flow, flow
from yann.report.grid import Grid
from yann.report.numbers import DIGITS, number, power_of_ten, setting, sized
from yann.report.rows import Row
from yann.study.budget import bytes_for_people, memory
from yann.study.cell import Cell, Experiment
from yann.study.data import samples_per_update, updates_per_epoch
from yann.study.result import STATES

PER_LAYER = "ratio: first layer over last; factor: the same from one layer to the one before it"
FLOW = "flow: what becomes of the backward signal dZ from the last layer to the first, fading or exploding by 1000 or more"
MOST_ROWS = 60
MOST_STEPS = 20
STEADY = 3
"""Decades from the last layer to the first within which a gradient counts as steady."""
DETAILS = ("dW_rms", "dW_norm", "dW_min", "dW_max", "dZ_rms", "A_std", "dead_fraction", "saturated_fraction", "update_ratio",
           "dW_mean", "dW_std", "dW_zero_fraction", "log10_dW_rms", "db_norm", "A_mean", "A_rms")  # fmt: skip


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
    steps, replicates = {cell.steps[-1] for cell in digests}, {cell.replicates for cell in digests}
    told = [f"after {steps.pop()} steps"] if len(steps) == 1 and steps != {0} else []
    if replicates != {1}:
        most = max(replicates)
        told.append(f"median of {most} replicates" if len(replicates) == 1 else f"median of up to {most} replicates")
    return ", ".join(told)


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
        grid = Grid(title, ("layer", "shape", "activation", *names, "state"), rows, _caption(loss, _over([cell]), note), left=3)
        if width is None or grid.width() <= width or len(names) == 1:
            return grid
        names.pop()


def _value(cell: Digest, metric: str, layer: int, digits: int = DIGITS) -> str:
    value = float(cell.metrics[metric][-1, layer, 1])
    log10 = cell.metrics.get("log10_dW_rms")
    true = float(log10[-1, layer, 1]) if log10 is not None and metric == "dW_rms" else None
    return sized(value, true, cell.states[-1][layer], digits)


def _layers_down(title: str, experiment: Experiment, digests: Sequence[Digest], metric: str) -> Grid:
    (axis,) = experiment.headings
    depth = max(cell.depth for cell in digests)
    rows: list[tuple[str, ...]] = [
        (f"layer {layer + 1}", *(_value(cell, metric, layer) if layer < cell.depth else "" for cell in digests))
        for layer in range(depth)
    ]
    rows.append(("loss", *(number(float(cell.curves["loss"][-1, 1])) for cell in digests)))
    if any(cell.state != "ok" for cell in digests):
        rows.append(("state", *(cell.state for cell in digests)))
    header = (axis, *(setting(cell.point[0]) for cell in digests))
    return Grid(f"{title}: {metric} per layer", header, tuple(rows), _caption(_over(digests)), ends=frozenset({depth - 1}))


def _cells_down(title: str, experiment: Experiment, digests: Sequence[Digest], metric: str, width: int | None) -> Grid:
    varying = experiment.headings
    header = (*varying, "layers", "first", "last", "ratio", "factor", "loss", "flow", "state")
    shown = digests[:MOST_ROWS]
    rows = tuple((*map(setting, cell.point), str(cell.depth), *_summary(cell, metric)) for cell in shown)
    more = f"{len(shown)} of {len(digests)} cells shown; all are in layers.csv" if len(shown) < len(digests) else ""
    caption = _caption(_over(digests), PER_LAYER, FLOW, more)
    grid = Grid(f"{title}: {metric} from last layer to first", header, rows, caption, left=len(varying))
    for unwanted in ("layers", "loss", "last"):
        if width is None or grid.width() <= width:
            break
        keep = [i for i, name in enumerate(grid.header) if name != unwanted or i < len(varying)]
        grid = Grid(
            grid.title, tuple(grid.header[i] for i in keep), tuple(tuple(row[i] for i in keep) for row in grid.rows), caption,
            left=len(varying),
        )  # fmt: skip
    return grid


def _summary(cell: Digest, metric: str) -> tuple[str, ...]:
    through = flow(cell, metric)
    return (
        _value(cell, metric, 0, 3),
        _value(cell, metric, -1, 3),
        power_of_ten(through.decades, 3) if abs(through.decades) >= STEADY else number(10**through.decades, 3),
        number(through.growth, 3) if not math.isnan(through.growth) else "-",
        number(float(cell.curves["loss"][-1, 1])),
        _verdict(backward_flow(cell, metric).decades, cell),
        cell.state,
    )


def _verdict(decades: float, cell: Digest) -> str:
    """Say in a word how the gradient comes back: fades or explodes by more than three decades, steady, dead, or unknown."""
    if math.isnan(decades):
        return "dead" if cell.state == "ok" else "unknown"
    if decades == -math.inf:
        return "dead" if cell.state == "ok" else "fades"
    return "steady" if abs(decades) <= STEADY else ("explodes" if decades > 0 else "fades")


def dry_run_rows(experiment: Experiment) -> tuple[tuple[str, ...], list[Row]]:
    """Give the columns and rows of the cells that would run, and what each would cost."""
    header = ("cell", *experiment.headings, "widths", "weights", "replicates", "steps", "bytes", "flop")
    return header, [
        [index, *point, _short(cell.network.widths), cell.network.size, cell.replicates, cell.steps, memory(cell), _flop(cell)]
        for index, (cell, point) in enumerate(zip(experiment.cells, experiment.points, strict=True))
    ]


def dry_run_table(experiment: Experiment) -> Grid:
    """Give the table of the cells that would run."""
    header, rows = dry_run_rows(experiment)
    shown = tuple((*map(setting, row[:-2]), bytes_for_people(int(row[-2] or 0)), number(float(row[-1] or 0), 3)) for row in rows)
    return Grid(f"{experiment.title or experiment.name}: {len(rows)} cells", header, shown, left=1 + len(experiment.axes))


def _flop(cell: Cell) -> int:
    """Count the operations of the matrix products: forward, and backward to weights and to inputs."""
    return 3 * 2 * cell.network.size * samples_per_update(cell) * (cell.steps + 1) * cell.replicates


def _short(widths: Sequence[int]) -> str:
    texts = [str(width) for width in widths]
    return " ".join(texts if len(texts) <= 6 else [*texts[:3], "…", *texts[-2:]])


def training_table(experiment: Experiment, digests: Sequence[Digest], metric: str) -> Grid:
    """Give the table of a training: a line a measured step for one cell, a line a cell for several."""
    title = f"{experiment.title or experiment.name}: training"
    scores = [name for name in ("loss", "accuracy", "test_loss", "test_accuracy") if any(name in c.curves for c in digests)]
    if len(digests) > 1:
        header = (*experiment.headings, "steps", "first loss", *scores, "state")
        rows = tuple(
            (*map(setting, cell.point), str(cell.steps[-1]), number(float(cell.curves["loss"][0, 1])),
             *_scores(cell, scores, -1), cell.state)
            for cell in digests[:MOST_ROWS]
        )  # fmt: skip
        return Grid(title, header, rows, _over(digests), left=len(experiment.axes))
    cell = digests[0]
    ends = [f"{metric} layer {layer}" for layer in dict.fromkeys((1, cell.depth))]
    layers = dict.fromkeys((0, cell.depth - 1))
    epoch = updates_per_epoch(experiment.cells[cell.index])
    rows = tuple(
        (
            *_when(cell.steps[t], epoch),
            *_scores(cell, scores, t),
            *(number(float(cell.metrics[metric][t, layer, 1])) for layer in layers),
            max(cell.states[t], key=STATES.index),
        )
        for t in _spread(len(cell.steps))
    )
    left_out = len(cell.steps) - len(rows)
    note = f"{left_out} more measured steps in cells.csv" if left_out else ""
    over = f"median of {cell.replicates} replicates" if cell.replicates > 1 else ""
    return Grid(
        title, (*(("step", "epoch") if epoch > 1 else ("step",)), *scores, *ends, "state"), rows, _caption(over, note), left=0
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
