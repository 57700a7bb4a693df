"""Numbers, names and sentences as lines of Python: every digit, a matrix's row a line, and nothing that could run."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import numpy as np

from yann.shapes import Array
from yann.text import visible

WIDTH = 100
"""Characters of a line of a script; a row of many numbers goes on in the next."""
INDENT = "    "
FEW_ROWS = 3
"""Rows that are written out though they are all the same; of more there is one, and how often."""


def literal(value: float | np.floating) -> str:
    """Give a number with the fewest digits that lead back to it, in its own precision."""
    if not math.isfinite(value):
        return f'float("{float(value)}")'
    short = str(value)
    same = type(value)(float(short)) == value  # read in double precision first, a float32 could be rounded twice
    return short if same else repr(float(value))


def assignment(name: str, before: str, M: Array, after: str) -> list[str]:
    """Give `name = before[[…], …]after` for a matrix or a vector, a row a line where there are several."""
    rows = [", ".join(map(literal, row)) for row in np.atleast_2d(M)]
    if M.ndim == 1:
        line, inner = f"{name} = {before}[{rows[0]}]{after}", rows
    elif len(rows) == 1 or (len(rows) > FEW_ROWS and len(set(rows)) == 1):
        times = f" * {len(rows)}" if len(rows) > 1 else ""
        line, inner = f"{name} = {before}[[{rows[0]}]]{times}{after}", [f"[{row}]" for row in rows]
    else:
        line, inner = "", [f"[{row}]" for row in rows]
    if line and len(line) <= WIDTH:
        return [line]
    further = INDENT + (" " if M.ndim > 1 else "")  # what goes on in the next line stands behind the bracket
    wrapped = [_wrapped(f"{row},", INDENT, further) for row in inner]
    return [f"{name} = {before}[", *(line for row in wrapped for line in row), f"]{after}"]


def bracketed(before: str, names: Sequence[str], after: str) -> list[str]:
    """Give a statement with names between brackets, which stand in lines of their own where one line is too short."""
    line = f"{before}{', '.join(names)}{after}"
    return [line] if len(line) <= WIDTH else [before, *_wrapped(f"{', '.join(names)},", INDENT, INDENT), after]


def unpacked(names: Sequence[str], value: str) -> list[str]:
    """Give `a, b = value`, or `(a,) = value` of one name."""
    line = f"{', '.join(names)} = {value}"
    return (
        [line] if len(names) > 1 and len(line) <= WIDTH else bracketed("(", names, f"{',' if len(names) == 1 else ''}) = {value}")
    )


def commented(line: str, comment: str) -> list[str]:
    """Give a line with a comment: behind it, or above where the line would be too long; no comment is none."""
    if not comment:
        return [line]
    whole = f"{line}  # {comment}"
    return [whole] if len(whole) <= WIDTH else [f"# {comment}", line]


def indented(lines: Sequence[str]) -> list[str]:
    """Give lines one step further in."""
    return [INDENT + line if line else "" for line in lines]


def packed(names: Sequence[str]) -> str:
    """Give names as a tuple: `(a, b)`, or `(a,)` of one."""
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"


def docstring(paragraphs: Sequence[str]) -> list[str]:
    r"""Give a docstring of paragraphs that end nowhere but at its end: what would not print is an escape, \ and " are escaped."""
    lines: list[str] = []
    for paragraph in paragraphs:
        lines += [_quoted(line) for line in textwrap.wrap(visible(paragraph, None), WIDTH)] or [""]
    return [f'"""{lines[0]}', *lines[1:], '"""']


def _quoted(line: str) -> str:
    return line.replace("\\", "\\\\").replace('"', '\\"')


def _wrapped(text: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )
