"""The table of a training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yann.report.captions import MOST_ROWS, caption_of, complete, flow_told, over, replicates_told, verdict
from yann.report.digest import Digest, backward_flow
from yann.report.grid import Grid
from yann.report.numbers import number, setting
from yann.study.cell import Experiment
from yann.study.data import updates_per_epoch

MOST_STEPS = 20


def training_table(experiment: Experiment, digests: Sequence[Digest], metric: str, width: int | None) -> Grid:
    """Give the table of a training: a line a measured step for one cell, a line a cell for several."""
    title = f"{experiment.title or experiment.name}: training"
    scores = [name for name in ("loss", "accuracy", "test_loss", "test_accuracy") if any(name in c.curves for c in digests)]
    named = [name.replace("_", "\n") for name in scores]
    if len(digests) > 1:
        header = (*experiment.headings, "steps", "first\nloss", *named, "flow", "state")
        rows = tuple(_trained(cell, scores, metric) for cell in digests[:MOST_ROWS])
        more = f"{len(rows)} of {len(digests)} cells shown; all are in cells.csv" if len(rows) < len(digests) else ""
        caption = caption_of(over(digests), *flow_told(row[-2] for row in rows), more)
        grid = Grid(title, header, rows, caption, left=len(experiment.axes))
        return complete(grid, grid.fitted(width, "steps", "first\nloss", "test\nloss"))
    cell = digests[0]
    epoch = updates_per_epoch(experiment.cells[cell.index])
    layers = list(dict.fromkeys((0, cell.outline.depth - 1)))
    rows = tuple(
        (
            *_when(cell.outline.steps[t], epoch),
            *_scores(cell, scores, t),
            *(number(float(cell.metrics[metric][t, layer, 1]), 3) for layer in layers),
            cell.outline.worst[t],
        )
        for t in _spread(len(cell.outline.steps))
    )
    left_out = len(cell.outline.steps) - len(rows)
    trained = " and ".join(name for name in scores if not name.startswith("test"))
    notes = (replicates_told([cell]),
             f"{trained}: of each step's mini-batch" if experiment.cells[cell.index].batch else "",
             f"{left_out} more measured steps in cells.csv" if left_out else "",
             "the layers between are in layers.csv" if cell.outline.depth > len(layers) else "")  # fmt: skip
    when = ("step", "epoch") if epoch > 1 else ("step",)
    header = (*when, *named, *(f"{metric}\nlayer {layer + 1}" for layer in layers), "state")
    grid = Grid(title, header, rows, caption_of(*notes), left=0)
    return complete(grid, grid.fitted(width, "epoch", "test\nloss"))


def _trained(cell: Digest, scores: Sequence[str], metric: str) -> tuple[str, ...]:
    """Give a cell's line: where it stands, where its loss began and ended, and what became of its gradients."""
    told = verdict(backward_flow(cell, metric).decades, cell)
    return (
        *map(setting, cell.point),
        str(cell.outline.steps[-1]),
        *_scores(cell, ["loss"], 0),
        *_scores(cell, scores, -1),
        told,
        cell.outline.told,
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
