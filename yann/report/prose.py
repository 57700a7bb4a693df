"""Sentences for people under a table, wrapped where a terminal ends."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yann.report.grid import escaped_line
from yann.text import visible

if TYPE_CHECKING:
    from rich.text import Text

WIDEST = 100
"""Characters of a line that the eye finds its way back from."""


@dataclass(frozen=True)
class Prose:
    """Paragraphs. Lines of a paragraph flow together; an empty line, or a line that is set in, begins a new one."""

    text: str
    width: int | None = None

    def rich(self) -> Text:
        """Give the sentences for a terminal; they are never read as markup."""
        from rich.text import Text

        widest = min(self.width or WIDEST, WIDEST)
        lines = [line for paragraph in self._paragraphs() for line in textwrap.wrap(visible(paragraph, None), widest) or [""]]
        return Text("\n".join(lines) + "\n")

    def markdown(self) -> str:
        """Give the sentences as Markdown."""
        return "\n\n".join([*(escaped_line(paragraph) for paragraph in self._paragraphs() if paragraph), ""])

    def _paragraphs(self) -> list[str]:
        return [re.sub(r"\n(?! )", " ", paragraph) for paragraph in re.split(r"\n\s*\n|\n(?= )", self.text.strip())]
