"""Sweeps from a CSV file: a row a cell, columns named by dotted keys."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from yann.config.axes import FROM_FILE, BlockAxis, check_swept
from yann.config.nodes import Mark, Node
from yann.config.reader import read_value
from yann.errors import ConfigError, DataError, Problem
from yann.text import visible


def axis_from_file(file: Node, folder: Path, problems: list[Problem]) -> BlockAxis | None:
    """Give the rows of a cells file as one axis whose keys are the file's columns; what is wrong goes to `problems`."""
    path = folder / str(file.value)
    shown = visible(str(file.value))
    try:
        rows = _rows(path)
    except DataError as error:
        problems.append(Problem(str(file.mark), "sweep.file", f"{shown}: {error}"))
        return None
    (_, header), *body = rows
    keys = [key.strip() for key in header]
    marks = tuple(Mark(str(file.value), 1, sum(len(k) + 1 for k in header[:i]) + 1) for i in range(len(header)))
    values = []
    for line, row in body:
        if len(row) != len(keys):
            where = f"{shown}:{line}:1"
            problems.append(Problem(where, "sweep.file", f"the row has {len(row)} cells, but the header has {len(keys)}"))
            continue
        cells = []
        for key, text in zip(keys, row, strict=True):
            source = f"{shown}:{line}: {visible(key)}"
            try:
                cells.append(read_value(text, source))
            except ConfigError as error:
                problems.extend(error.problems)
        values.append(tuple(cells))
    for number, (key, mark) in enumerate(zip(keys, marks, strict=True)):
        check_swept(key, mark, problems)
        if key in keys[:number]:
            problems.append(Problem(str(mark), key, "stands twice in the header"))
    return BlockAxis(FROM_FILE, tuple(keys), marks, tuple(values))


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Give the rows of a cells file that are not empty, with their line numbers, the header first."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise DataError("there is no such file") from None
    except IsADirectoryError:
        raise DataError("this is a folder, not a file") from None
    except UnicodeDecodeError:
        raise DataError("the file is not UTF-8 text") from None
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise DataError(f"line {reader.line_num} is no CSV: {error}") from None
    if len(rows) < 2:
        raise DataError("the file needs a header of dotted keys and at least one row")
    return rows
