"""A table before it is drawn: what a terminal shows with lines and colours, and Markdown with bars."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from yann.text import visible

if TYPE_CHECKING:
    from rich.table import Table

STYLES = {"underflow": "yellow", "overflow": "red", "nan": "red", "failed": "bold red", "ok": "green",
          "fades": "yellow", "explodes": "red", "dead": "yellow"}  # fmt: skip


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
        widths = [max(map(len, column)) for column in zip(self.header, *self.rows, strict=True)]
        return sum(widths) + 3 * len(widths) + 1

    def rich(self) -> Table:
        """Give the table for a terminal; texts are never read as markup."""
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(
            title=Text(visible(self.title, None), "bold"),
            caption=Text(visible(self.caption, None), "dim") if self.caption else None,
            box=box.ROUNDED,
            title_justify="left",
            caption_justify="left",
            header_style="bold",
        )
        for number, name in enumerate(self.header):
            table.add_column(Text(visible(name, None)), justify="left" if number < self.left else "right", no_wrap=True)
        for number, row in enumerate(self.rows):
            cells = [Text(visible(text, None), STYLES.get(text.strip("()").rpartition("(")[2], "")) for text in row]
            table.add_row(*cells, end_section=number in self.ends)
        return table

    def markdown(self) -> str:
        """Give the table as GitHub's Markdown."""
        rules = tuple(":---" if number < self.left else "---:" for number in range(len(self.header)))
        lines = ["| " + " | ".join(map(_escaped, row)) + " |" for row in (self.header, rules, *self.rows)]
        head = [f"**{_escaped(self.title)}**", ""] if self.title else []
        return "\n".join([*head, *lines, *(["", _escaped(self.caption)] if self.caption else []), ""])


def _escaped(text: str) -> str:
    safe = visible(text, None)
    for sign in "\\|*_`<[":
        safe = safe.replace(sign, f"\\{sign}")
    return safe
