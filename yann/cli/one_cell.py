"""The one cell of a sweep that a command looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from yann.cli.output import note
from yann.errors import UsageError

if TYPE_CHECKING:
    from yann.study.cell import Cell, Experiment

CellOption = Annotated[int, typer.Option("--cell", min=0, metavar="I", help="Which cell of a sweep.")]


def one_cell(experiment: Experiment, index: int, *, quiet: bool) -> Cell:
    """Give a cell, and say on standard error which one it is where there are several.

    Raises:
        UsageError: if there is no such cell.

    """
    check_cell(experiment, index)
    count = len(experiment.cells)
    if count > 1:
        note(f"cell {index} of {count}; --cell shows another", quiet=quiet)
    return experiment.cells[index]


def check_cell(experiment: Experiment, index: int) -> None:
    """Check that there is such a cell.

    Raises:
        UsageError: if there is not.

    """
    count = len(experiment.cells)
    if index >= count:
        has = "one cell, which is 0" if count == 1 else f"{count} cells, 0 to {count - 1}"
        raise UsageError(f"--cell {index}: the config has {has}")
