"""A table before it is drawn: what a terminal shows with lines and colours, and Markdown with bars."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from yann.text import visible

if TYPE_CHECKING:
    from rich.align import VerticalAlignMethod
    from rich.console import Group

STYLES = {"underflow": "yellow", "overflow": "red", "nan": "red", "failed": "bold red", "ok": "green",
          "holds": "green", "differs": "bold red", "agrees": "green", "wrong": "bold red", "unresolved": "yellow",
          "unable": "yellow", "fades": "yellow", "explodes": "red", "dead": "yellow"}  # fmt: skip


@dataclass(frozen=True)
class Grid:
    """A titled table of texts; the first `left` columns read from the left, the others are numbers."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    left: int = 1
    ends: frozenset[int] = field(default_factory=frozenset)
    """Rows after which a line is drawn."""

    def width(self) -> int:
        """Give the characters that a row takes in a terminal."""
        headers = (max(name.split("\n"), key=len) for name in self.header)
        widths = [max(map(len, column)) for column in zip(headers, *self.rows, strict=True)]
        return sum(widths) + 2 * (len(widths) - 1)

    def fitted(self, width: int | None, *unwanted: str) -> Grid:
        """Give the table without as many of the unwanted columns, in this order, as it must lose to fit `width`."""
        grid = self
        for name in unwanted:
            if width is None or grid.width() <= width:
                break
            keep = [i for i, head in enumerate(grid.header) if head != name]
            left = sum(i < grid.left for i in keep)
            rows = tuple(tuple(row[i] for i in keep) for row in grid.rows)
            grid = replace(grid, header=tuple(grid.header[i] for i in keep), rows=rows, left=left)
        return grid

    def lacking(self, whole: Grid) -> str:
        """Name the columns of the whole table that this one has no room for."""
        return ", ".join(name.replace("\n", " ") for name in whole.header if name not in self.header)

    def rich(self) -> Group:
        """Give the table for a terminal; texts are never read as markup, and what does not fit is folded, not cut."""
        from rich import box
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
        vertical: VerticalAlignMethod = "bottom" if any("\n" in name for name in self.header) else "top"
        for number, name in enumerate(self.header):
            lines = Text("\n".join(visible(line, None) for line in name.split("\n")))
            table.add_column(lines, justify="left" if number < self.left else "right", overflow="fold", vertical=vertical)
        for number, row in enumerate(self.rows):
            table.add_row(
                *(Text(visible(text, None), STYLES.get(text.partition(" ")[0], "")) for text in row),
                end_section=number in self.ends,
            )
        title = [Text(visible(self.title, None), "bold")] if self.title else []
        caption = [Text(visible(self.caption, None), "dim")] if self.caption else []
        return Group(*title, table, *caption, Text())

    def markdown(self) -> str:
        """Give the table as GitHub's Markdown."""
        rules = tuple(":---" if number < self.left else "---:" for number in range(len(self.header)))
        header = [escaped(name.replace("-\n", "-").replace("\n", " ")) for name in self.header]
        lines = ["| " + " | ".join(row) + " |" for row in (header, rules, *(map(escaped, row) for row in self.rows))]
        head = [f"**{escaped(self.title)}**", ""] if self.title else []
        return "\n".join([*head, *lines, *(["", escaped(self.caption)] if self.caption else []), ""])


MARKUP = re.compile(r"[\\|*_`<\[~&$]|:(?=[\w+-]+:)")
"""What Markdown, or GitHub's kind of it, reads as its own anywhere in a line; the last makes a picture of :smile:."""
MARKUP_AT_THE_START = re.compile(r"^(\s*\d*)([#>+.)-])")
"""What makes a heading, a quotation or a list of a line that begins so."""


def escaped(text: str) -> str:
    """Give a text in which Markdown reads no sign as its own."""
    return MARKUP.sub(r"\\\g<0>", visible(text, None))


def escaped_line(text: str) -> str:
    """Give a text that stands at the start of a line in Markdown, where some more signs have a meaning."""
    return MARKUP_AT_THE_START.sub(r"\1\\\2", escaped(text))
