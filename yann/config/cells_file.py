"""Sweeps from a CSV file: a row a cell, columns named by dotted keys."""

from __future__ import annotations

import csv
import io
import re
from itertools import accumulate, islice
from pathlib import Path

from yann.config.axes import FROM_FILE, MAX_CELLS, MOST_AXES, BlockAxis, check_swept
from yann.config.nodes import Mark, Node
from yann.config.reader import read_value
from yann.config.scalars import resolve
from yann.errors import MOST_TOLD, ConfigError, DataError, Problem
from yann.parts.datasets.base import LONGEST_PATH, mistake, stamp
from yann.text import visible

MOST_BYTES = 64 << 20
_PLAIN = re.compile(r"[A-Za-z0-9_+.]+(?:-[A-Za-z0-9_+.]+)*|-[0-9.][0-9.eE+-]*")
"""What YAML takes for a scalar at first sight: a file may have a million of them."""


def axis_from_file(file: Node, folder: Path, problems: list[Problem]) -> BlockAxis | None:
    """Give the rows of a cells file as one axis whose keys are the file's columns; what is wrong goes to `problems`."""
    path = folder / str(file.value)
    shown = visible(str(file.value), LONGEST_PATH)
    try:
        rows = _rows(path)
    except DataError as error:
        problems.append(Problem(str(file.mark), "sweep.file", str(error)))
        return None
    (_, header), *body = rows
    keys = [key.strip() for key in header]
    columns = accumulate((len(key) + 1 for key in header), initial=1)
    marks = tuple(Mark(shown, 1, column) for _, column in zip(header, columns, strict=False))
    values = []
    for line, row in body:
        if len(problems) > MOST_TOLD:
            break
        if len(row) != len(keys):
            where = f"{shown}:{line}:1"
            problems.append(Problem(where, "sweep.file", f"the row has {len(row)} cells, but the header has {len(keys)}"))
            continue
        values.append(
            tuple(_cell(text, f"{shown}:{line}: {visible(key)}", problems) for key, text in zip(keys, row, strict=True))
        )
    seen: set[str] = set()
    for key, mark in zip(keys, marks, strict=True):
        check_swept(key, mark, problems)
        if key in seen:
            problems.append(Problem(str(mark), key, "stands twice in the header"))
        seen.add(key)
    return BlockAxis(FROM_FILE, tuple(keys), marks, tuple(zip(*values, strict=True)) or tuple(() for _ in keys))


def _cell(text: str, source: str, problems: list[Problem]) -> Node:
    if len(text) < 20 and _PLAIN.fullmatch(text):
        return Node(resolve(text), Mark(source, 0, 1), text=text)
    try:
        return read_value(text, source)
    except ConfigError as error:
        problems.extend(error.problems)
        return Node(None, Mark(source, 0, 1))


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Give the rows of a cells file that are not empty, with their line numbers, the header first."""
    _, size, _ = stamp(path)
    if size > MOST_BYTES:
        raise mistake(path, f"the file has {size:,} bytes; at most {MOST_BYTES:,}")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise mistake(path, "the file is not UTF-8 text") from None
    except OSError as error:
        error.filename = error.filename or str(path)  # the system tells the file of an open, and not of a read
        raise
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [(reader.line_num, row) for row in islice(reader, MAX_CELLS + 2) if row]
    except csv.Error as error:
        raise mistake(path, f"line {reader.line_num} is no CSV: {visible(str(error))}") from None
    if len(rows) < 2:
        raise mistake(path, "the file needs a header of dotted keys and at least one row")
    if len(rows[0][1]) > MOST_AXES:
        raise mistake(path, f"the header has {len(rows[0][1]):,} columns; at most {MOST_AXES}")
    if len(rows) > MAX_CELLS + 1:
        raise mistake(path, f"more than {MAX_CELLS:,} rows, and at most so many cells can be run")
    return rows
