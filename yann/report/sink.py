"""Where the rows of a run go as its cells come in: both CSV files, and what is to be printed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO

from yann.report.files import written
from yann.report.rows import cell_rows, columns, csv_text, failed_row, json_text, layer_rows
from yann.study.cell import Experiment
from yann.study.result import Result

BLOCK = 10_000
"""Rows that are in memory as text at a time."""


class Sink:
    """Writes cells in the order in which they are given."""

    def __init__(self, experiment: Experiment, folder: Path, form: str, printed: IO[bytes], stack: ExitStack) -> None:
        """Open the files of a run for as long as `stack` lasts; `printed` takes the rows of layers.csv as csv, json or jsonl."""
        self.experiment = experiment
        self.names = columns(experiment)
        self.form = form
        self.printed = printed
        self.layers = stack.enter_context(written(folder / "layers.csv", folder / "layers.partial.csv"))
        self.cells = stack.enter_context(written(folder / "cells.csv", folder / "cells.partial.csv"))
        self.layers.write(csv_text([self.names.layers]).encode())
        self.cells.write(csv_text([self.names.cells]).encode())
        if form == "csv":
            printed.write(csv_text([self.names.layers]).encode())

    def add(self, index: int, parts: Iterable[Result]) -> None:
        """Write the rows of a cell, of some of its replicates at a time."""
        first = 0
        for part in parts:
            rows = layer_rows(self.experiment, index, part, first)
            while block := list(islice(rows, BLOCK)):
                text = csv_text(block).encode()
                self.layers.write(text)
                if self.form == "csv":
                    self.printed.write(text)
                elif self.form in ("json", "jsonl"):
                    self.printed.writelines(json_text(self.names.layers, row).encode() + b"\n" for row in block)
            self.cells.write(csv_text(cell_rows(self.experiment, index, part, self.names.scores, first)).encode())
            first += part.replicates

    def failed(self, index: int) -> None:
        """Write the one row of a cell that has no result."""
        self.cells.write(csv_text([failed_row(self.experiment, index, self.names.scores)]).encode())
