"""Matrices as lines of aligned numbers, and blocks of them laid side by side: what sheets are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from yann.report.grid import escaped
from yann.report.numbers import number
from yann.shapes import Array
from yann.text import visible

if TYPE_CHECKING:
    from rich.panel import Panel

MOST_ENTRIES = 8
"""Rows and columns of a matrix that a sheet shows before it leaves out the middle."""

LONGEST_TITLE = 74
"""Letters up to which a title has room in the border of a box that is 80 wide; a longer one stands in the box."""

Block = tuple[str, list[str]]
"""A heading, and the lines below it."""


@dataclass(frozen=True)
class Sheet:
    """Titled lines of matrices."""

    title: str
    lines: tuple[str, ...]

    def rich(self) -> Panel:
        """Give the sheet for a terminal."""
        from rich.panel import Panel
        from rich.text import Text

        title, lines = visible(self.title, None), [visible(line, None) for line in self.lines or ("",)]
        if len(title) > LONGEST_TITLE:
            return Panel(Text.assemble((title, "bold"), "\n\n", "\n".join(lines)), expand=False)
        lines[0] = lines[0].ljust(len(title) + 2)  # a title longer than what is below it would be cut off
        return Panel(Text("\n".join(lines)), title=Text(title, "bold"), title_align="left", expand=False)

    def markdown(self) -> str:
        """Give the sheet as Markdown: a heading and a block of code."""
        lines = [visible(line, None) for line in self.lines]
        return "\n".join([f"**{escaped(self.title)}**", "", "```", *lines, "```", ""])


def matrix_lines(M: Array, room: int | None = None, most: int = MOST_ENTRIES) -> list[str]:
    """Give a matrix as lines of aligned numbers; the middle of a large one is left out, more of it where `room` is short."""
    M = np.atleast_2d(M)
    lines: list[str] = []
    for columns_shown in (most, 6, 4, 2):
        rows, columns = _ends(M.shape[0], most), _ends(M.shape[1], columns_shown)
        cells = [["…" if i is None or j is None else number(float(M[i, j])) for j in columns] for i in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in cells]
        if room is None or len(lines[0]) <= room:
            break
    return lines


def _ends(length: int, most: int) -> list[int | None]:
    if length <= most:
        return list(range(length))
    half = most // 2
    return [*range(half), None, *range(length - half, length)]


def side_by_side(blocks: Sequence[Block], width: int | None) -> list[str]:
    """Lay blocks next to each other as far as `width` goes, then below (None: everything on one line)."""
    lines: list[str] = []
    row: list[list[str]] = []
    used = 0
    for head, body in blocks:
        block = [head, *body]
        wide = max(map(len, block)) + 4
        if row and width is not None and used + wide > width:
            lines += [*_joined(row), ""]
            row, used = [], 0
        row.append([line.ljust(wide) for line in block])
        used += wide
    return [*lines, *_joined(row)]


def _joined(row: Sequence[Sequence[str]]) -> list[str]:
    if not row:
        return []
    tall = max(map(len, row))
    padded = [[*block, *[" " * len(block[0])] * (tall - len(block))] for block in row]
    return ["".join(parts).rstrip() for parts in zip(*padded, strict=True)]
