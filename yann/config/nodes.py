"""Values that know where they stand: what the reader makes of a config and the checks speak of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from yann.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

_BREAK = re.compile(r"\r\n?|\n")
_NO_KEYS: Mapping[str, Mark] = MappingProxyType({})  # one for all the hundred thousand numbers of a matrix


class Mark(NamedTuple):
    """A place in a source: line and column count from 1, the column in characters; line 0 stands for an option."""

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        """Give `file:line:column`, or the option alone."""
        source = visible(self.source, limit=None)
        return f"{source}:{self.line}:{self.column}" if self.line else source

    @classmethod
    def after(cls, text: str, source: str) -> Mark:
        """Give the place in a file that follows a text."""
        lines = _BREAK.split(text)
        return cls(source, len(lines), len(lines[-1]) + 1)


@dataclass(slots=True, eq=False)  # nothing changes one, but a frozen one takes three times as long to make
class Node:
    """One value of a config and where it stands; an alias gives the very node of its anchor.

    `keys` says where each key of a mapping stands; `size` counts the nodes once aliases are expanded.
    """

    value: bool | int | float | str | tuple[Node, ...] | dict[str, Node] | None
    mark: Mark
    keys: Mapping[str, Mark] = field(default_factory=lambda: _NO_KEYS)
    size: int = 1
    text: str = ""
    """How a scalar was spelled."""

    @property
    def kind(self) -> str:
        """Say what the value is, in words for a sentence."""
        if self.value is None:
            return "nothing"
        kinds = {dict: "a mapping", tuple: "a list", str: "text", bool: "true or false"}
        return kinds.get(type(self.value), "a number")


def plain(node: Node) -> Any:
    """Give a node as Python's own dicts, lists and scalars; aliases become copies. The depth limit bounds the recursion."""
    if isinstance(node.value, dict):
        return {key: plain(value) for key, value in node.value.items()}
    return [plain(value) for value in node.value] if isinstance(node.value, tuple) else node.value
