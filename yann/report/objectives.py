"""The table of a sweep whose cells differ in the loss or its reduction alone: by which factor each is larger than the mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from yann.parts.reductions import REDUCTIONS, Mean
from yann.report.digest import Digest
from yann.report.grid import Grid
from yann.report.numbers import number, setting
from yann.report.prose import Prose
from yann.study.cell import Cell, Experiment
from yann.study.data import samples_per_update

PARTS_OF_ONE = {1.0: "", 0.5: "½·", 2.0: "2·"}
"""What a loss can be of another: the squared error with its ½ is half the one without."""


def same_but_for_objective(experiment: Experiment) -> bool:
    """Tell whether the cells differ in the loss or its reduction and in nothing else."""
    first = experiment.cells[0]
    return len(experiment.cells) > 1 and all(replace(cell, objective=first.objective) == first for cell in experiment.cells)


def objective_tables(experiment: Experiment, digests: Sequence[Digest], metric: str, width: int | None) -> list[Grid | Prose]:
    """Give the table, and the names that frameworks use; a cell with the reduction mean is what the others are measured by."""
    base = next((d for d in digests if experiment.cells[d.index].objective.reduction == Mean()), digests[0])
    rows = tuple(_row(experiment, digest, base, metric) for digest in digests)
    of = experiment.cells[base.index].objective
    caption = (
        f"ratio: to {of.loss} with {of.reduction}; N samples, K losses a sample; where losses are kept, J is their sum, "
        "which is what a tape derives"
    )
    header = (*experiment.headings, "J", f"{metric}\nlayer 1", "ratio", "in N and K")
    title = experiment.title or experiment.name
    named = {experiment.cells[digest.index].objective.reduction.name for digest in digests}
    names = [f"  {name}: {part.known_as}" for name, part in REDUCTIONS.items() if name in named]
    losses = {experiment.cells[digest.index].objective.loss for digest in digests}
    sources = [f"  {loss.name}: {loss.source}" for loss in sorted(losses, key=str) if loss.source]
    known = Prose("\n".join(["What others call them:", *names, *sources]), width)
    return [Grid(title, header, rows, caption, left=len(experiment.axes)), known]


def _row(experiment: Experiment, digest: Digest, base: Digest, metric: str) -> tuple[str, ...]:
    value, of_base = (float(each.metrics[metric][-1, 0, 1]) for each in (digest, base))
    ratio = value / of_base if of_base else float("nan")
    return (
        *map(setting, digest.point),
        number(float(digest.curves["loss"][-1, 1])),
        number(value),
        number(ratio),
        _symbol(ratio, experiment.cells[digest.index], experiment.cells[base.index]),
    )


def _symbol(ratio: float, cell: Cell, base: Cell) -> str:
    """Say what a ratio is made of: N·K, or ½·N·K; nothing where the losses differ in more than a factor."""
    N, K = samples_per_update(cell), 1 if cell.objective.loss.classes else cell.network.widths[-1]
    reductions = (cell.objective.reduction, base.objective.reduction)
    factor = reductions[0].factor(N, K) / reductions[1].factor(N, K)
    part = next((text for one, text in PARTS_OF_ONE.items() if abs(ratio / factor - one) < 1e-9), None)
    if part is None or reductions[1] != Mean():
        return ""
    symbol = reductions[0].against_mean
    return part.rstrip("·") if symbol == "1" and part else f"{part}{symbol}"
