"""What a sweep would run, and what each of its cells would cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from yann.report.captions import complete
from yann.report.grid import Grid
from yann.report.numbers import counted, number, setting
from yann.report.rows import Row
from yann.study.budget import bytes_for_people, memory
from yann.study.cell import Cell, Experiment, Scalar
from yann.study.data import samples_per_update


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
    return complete(grid, grid.fitted(width, "widths", "steps", "replicates", "weights"))


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
