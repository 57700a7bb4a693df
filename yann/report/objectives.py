"""The table of a sweep of losses and reductions: by which factor each is larger than the mean, and what others call it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from yann.parts.losses import HalfSquaredError, Loss, SquaredError
from yann.parts.reductions import REDUCTIONS, Mean
from yann.report.captions import caption_of
from yann.report.digest import Digest
from yann.report.grid import Grid
from yann.report.numbers import number, setting
from yann.report.prose import Prose
from yann.study.cell import Cell, Experiment

LINEAR = ("dW_norm", "dW_rms", "dW_mean", "dW_std", "dW_min", "dW_max", "db_norm", "dZ_rms")
"""Metrics that are multiplied by what the objective is multiplied by."""
MOST_CELLS = 60


def compares_objectives(experiment: Experiment, digests: Sequence[Digest], metric: str) -> bool:
    """Tell whether a sweep asks what losses and reductions do to one batch: its axes are these, and every number is whole."""
    first = experiment.cells[0]
    return (
        1 < len(digests) <= MOST_CELLS
        and all(set(axis.keys) <= {"loss", "loss.reduction"} for axis in experiment.axes)
        and all(replace(cell, objective=first.objective) == first for cell in experiment.cells)
        and metric in LINEAR
        and all(digest.outline.state == "ok" for digest in digests)
    )


def objective_tables(
    experiment: Experiment, digests: Sequence[Digest], metric: str, over: str, width: int | None
) -> list[Grid | Prose]:
    """Give the table, and the names that others use; a cell with the reduction mean is what the others are measured by."""
    cells = [experiment.cells[digest.index] for digest in digests]
    base = next((digest for digest in digests if experiment.cells[digest.index].objective.reduction == Mean()), digests[0])
    of = experiment.cells[base.index].objective
    rows = tuple(
        _row(digest, cell, base, experiment.cells[base.index], metric) for digest, cell in zip(digests, cells, strict=True)
    )
    caption = (
        f"ratio: to {of.loss} with {of.reduction}; N samples, K losses a sample; where losses are kept, J is their sum, "
        "which is what a tape derives"
    )
    header = (*experiment.headings, "J", f"{metric}\nlayer 1", "ratio", "in N and K")
    title = experiment.title or experiment.name
    when = "before the first update, as each then goes its own way" if any(cell.steps for cell in cells) else ""
    table = Grid(title, header, rows, caption_of(when, over, caption), left=len(experiment.axes))
    named = {cell.objective.reduction.name for cell in cells}
    names = [f"  {name}: {part.known_as}" for name, part in REDUCTIONS.items() if name in named]
    losses = sorted({cell.objective.loss for cell in cells}, key=str)
    names += [f"  {loss.name}: {loss.known_as}" for loss in losses if loss.known_as]
    return [table, Prose("\n".join(["What others call them:", *names]), width)]


def _row(digest: Digest, cell: Cell, base: Digest, base_cell: Cell, metric: str) -> tuple[str, ...]:
    value, of_base = (float(each.metrics[metric][0, 0, 1]) for each in (digest, base))
    return (
        *map(setting, digest.point),
        number(float(digest.curves["loss"][0, 1])),
        number(value),
        number(value / of_base) if of_base else "-",
        _symbol(cell, base_cell),
    )


def _symbol(cell: Cell, base: Cell) -> str:
    """Say what the ratio is by definition: N·K, or ½·N·K; nothing where the losses differ in more than a factor."""
    part = _part(cell.objective.loss, base.objective.loss)
    if part is None or base.objective.reduction != Mean():
        return ""
    symbol = cell.objective.reduction.against_mean
    return part.rstrip("·") if part and symbol == "1" else f"{part}{symbol}"


def _part(loss: Loss, base: Loss) -> str | None:
    """Give the factor by which one loss is another: none, or the ½ of the squared error."""
    if loss == base:
        return ""
    pair = (type(loss), type(base))
    return {(HalfSquaredError, SquaredError): "½·", (SquaredError, HalfSquaredError): "2·"}.get(pair)
