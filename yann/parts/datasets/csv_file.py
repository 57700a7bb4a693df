"""CSV files: a header that names the columns, then one sample a row."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from annotated_types import MaxLen, MinLen

from yann.errors import DataError
from yann.parts.datasets.base import DATASETS, Dataset, Samples, mistake, refuse_infinite, unknown
from yann.shapes import Array
from yann.text import visible

MOST_BYTES = 2 * 2**30
"""A larger file is refused: reading it takes a minute, and the same numbers in an npz file a second."""

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""What a header that looks like a single column is searched for."""


@DATASETS.add("csv")
@dataclass(frozen=True, kw_only=True)
class CsvFile(Dataset):
    """rows of a CSV file with a header: the columns named by targets, every other column an input

    Inputs (N, f_0) stand in the file's order, targets (N, K) in the setting's. The file is UTF-8, with or without a
    byte order mark; empty lines are skipped; every cell is a finite number with a decimal point.
    """

    source = "RFC 4180"

    path: Path
    targets: Annotated[str, MinLen(1)] | Annotated[tuple[str, ...], MinLen(1)]
    delimiter: Annotated[str, MinLen(1), MaxLen(1)] = ","

    def read(self) -> Samples:
        if (size := self.path.stat().st_size) > MOST_BYTES:
            raise mistake(self.path, f"a CSV file of {size} bytes; the limit is {MOST_BYTES}, and an npz file reads faster")
        if self.delimiter in '"\r\n':
            raise mistake(self.path, "the delimiter cannot be a quote or the end of a line")
        rows = self._rows()
        _, header = next(rows, (1, []))
        names = [name.strip() for name in header]
        targets = self._targets(names)
        inputs = [column for column in range(len(names)) if column not in set(targets)]
        if not inputs:
            raise mistake(self.path, "every column is a target, so that there are no inputs")
        table = self._table(names, rows)
        return Samples(table.take(inputs, axis=1), table.take(targets, axis=1))

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Walk the rows that hold something, each with its line in the file; bytes that are not UTF-8 come as surrogates."""
        with self.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
            reader = csv.reader(stream, delimiter=self.delimiter, strict=True)
            try:
                yield from ((reader.line_num, row) for row in reader if row)
            except csv.Error as error:
                raise mistake(self.path, f"row {reader.line_num}: {visible(str(error))}") from None

    def _targets(self, names: list[str]) -> list[int]:
        """Give the places of the target columns; DataError if the header does not name every column once."""
        if not names:
            raise mistake(self.path, "the file is empty; its first row must name the columns")
        if _broken("".join(names)):
            raise mistake(self.path, "row 1 is not UTF-8 text; save the file as UTF-8")
        if len(names) == 1:
            used = [told for mark, told in DELIMITERS.items() if mark in names[0] and mark != self.delimiter]
            advice = f"; the file seems to use {used[0]}, which the setting delimiter can say" if used else ""
            raise mistake(self.path, f"one column found, and inputs and targets need two{advice}")
        if "" in names:
            raise mistake(self.path, f"column {names.index('') + 1} has no name in row 1")
        if len(set(names)) < len(names):
            twice = next(name for place, name in enumerate(names) if name in names[:place])
            raise mistake(self.path, f"row 1 names column {visible(twice)} twice")
        wanted = [self.targets] if isinstance(self.targets, str) else self.targets
        for place, name in enumerate(wanted):
            if name not in names and all(map(_is_number, names)):
                raise mistake(self.path, f"no column '{visible(name)}': the first row must name the columns, and holds numbers")
            if name not in names:
                raise unknown(self.path, "column", name, names)
            if name in wanted[:place]:
                raise mistake(self.path, f"targets asks for column {visible(name)} twice")
        return [names.index(name) for name in wanted]

    def _table(self, names: list[str], rows: Iterator[tuple[int, list[str]]]) -> Array:
        """Read every number (N, columns) to the last bit; DataError with row and column for what is none."""
        numbers, lines = array("d"), array("q")
        for line, row in rows:
            try:
                if len(row) != len(names) or not _plain("".join(row)):
                    raise self._wrong(line, names, row)
                numbers.extend(map(float, row))
            except ValueError:
                raise self._wrong(line, names, row) from None
            lines.append(line)
        if not lines:
            raise mistake(self.path, "the file holds no samples, only a header")
        table = np.frombuffer(numbers).reshape(len(lines), len(names))
        refuse_infinite(self.path, table, lambda row, column: f"row {lines[row]}, column {visible(names[column])}")
        return table

    def _wrong(self, line: int, names: list[str], row: list[str]) -> DataError:
        """Give the error for a row that is not one number for each column."""
        if len(row) != len(names):
            short = f"there is none for column {visible(names[len(row)])}" if len(row) < len(names) else ""
            long = f"nothing names what follows column {visible(names[-1])}"
            return mistake(self.path, f"row {line} has {len(row)} cells and the header {len(names)}: {short or long}")
        name, cell = next(pair for pair in zip(names, row, strict=True) if not _is_number(pair[1]))
        told = f"'{visible(cell)}' is not a number" if cell.strip() else "the cell is empty"
        if _is_number(cell.replace(",", ".", 1)):
            told += "; decimals take a point"
        elif _broken(cell):
            told = "the cell is not UTF-8 text"
        return mistake(self.path, f"row {line}, column {visible(name)}: {told}")


def _plain(text: str) -> bool:
    """Tell whether float() reads the text as everyone does: it would take 1_000 and the digits of every script."""
    return text.isascii() and "_" not in text


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return _plain(cell)


def _broken(text: str) -> bool:
    """Tell whether the text comes from bytes that are not UTF-8."""
    return any("\udc80" <= char <= "\udcff" for char in text)
