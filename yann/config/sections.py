"""The top-level keys of a config as a cell has them: each validated once for every combination of values that touches it.

Many seeds are not: nobody keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from yann.config.grammar import ConfigFile
from yann.config.nodes import Mark, Node, plain
from yann.config.options import part_names
from yann.config.sweep import Point
from yann.config.tree import canonical, mapping, placed, split
from yann.errors import ConfigError, Problem

KEYS = tuple(key for key in ConfigFile.model_fields if key != "sweep")
"""The top-level keys that a cell is made of."""
MOST_SEEDS = 1000
"""Seeds that are validated once: there may be as many as cells, and no part hangs on one."""


@cache
def adapter(key: str) -> TypeAdapter[Any]:
    """Give the validator of one top-level key; made when first needed, because making all of them takes time."""
    field = ConfigFile.model_fields[key]
    hint: Any = field.annotation
    return TypeAdapter(Annotated[(hint, *field.metadata)] if field.metadata else hint)


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One top-level key: its place in the tree, its value, and whether that is what was asked for; equal only to itself."""

    node: Node | None
    value: Any
    valid: bool = True


Here = dict[str, Value]
"""Every top-level key as one cell has it."""


class Sections:
    """The sections of one config at any point of its sweep; equal values are one and the same object, but for many seeds."""

    def __init__(self, root: Node, folder: Path, problems: list[Problem]) -> None:
        """Validate values of `root`, with paths beside `folder`; what is wrong goes to `problems`."""
        self.root = root
        self.folder = folder
        self.problems = problems
        self._names = part_names()
        self._at: dict[str, dict[tuple[Any, ...], Value]] = {key: {} for key in ConfigFile.model_fields}
        self._same: dict[str, dict[Any, Value]] = {key: {} for key in ConfigFile.model_fields}
        self._first: dict[tuple[str, ...], tuple[Here, tuple[str, ...]]] = {}
        """By the sections that a sweep touches, all of them as the first such point has them, and the touched ones in order."""

    def here(self, point: Point) -> Here:
        """Give every section at a point."""
        mine: dict[str, dict[str, tuple[Node, Mark]]] = {}
        for swept, value in point.items():
            if (key := split(swept)[0]) in KEYS:
                mine.setdefault(key, {})[swept] = value
        touched = tuple(mine)
        if touched not in self._first:
            first = {key: self.at(key, mine.get(key, {})) for key in KEYS}
            self._first[touched] = first, tuple(key for key in KEYS if key in mine)
            return first
        first, ordered = self._first[touched]
        here = first.copy()
        for key in ordered:
            here[key] = self.at(key, mine[key])
        return here

    def at(self, key: str, mine: Point) -> Value:
        """Give one section at what the sweep sets of it."""
        address: tuple[Any, ...] = ()
        for swept, (value, _) in mine.items():
            address += swept, canonical(plain(value))
        made = self._at[key]
        found = made.get(address)
        if found is None:
            found = self._validated(key, mine)
            if key != "seed" or len(made) < MOST_SEEDS or not found.valid:
                made[address] = found
        return found

    def check_as_written(self) -> None:
        """Tell what is wrong with values that no cell has because the sweep sets others; what the sweep adds may be missing."""
        for key, node in mapping(self.root).items():
            if key in KEYS and () not in self._at[key]:
                try:
                    adapter(key).validate_python(self._given(key, node), context={"folder": self.folder})
                except ValidationError as error:
                    wrong = [each for each in error.errors(include_url=False) if each["type"] != "missing"]
                    self.problems.extend(_problems(wrong, self.root, key))

    @staticmethod
    def _given(key: str, node: Node) -> Any:
        return node.text if key == "name" and node.kind == "a number" else plain(node)

    def _validated(self, key: str, point: Point) -> Value:
        root = self.root
        try:
            for swept, (value, mark) in sorted(point.items(), key=lambda item: item[0].count(".")):
                root = placed(root, split(swept), value, mark, self._names)
        except ConfigError as error:
            self.problems.extend(error.problems)
            return Value(None, None, valid=False)
        node = mapping(root).get(key)
        if node is None:
            value = ConfigFile.model_fields[key].get_default(call_default_factory=True)
            return self._shared(key, Value(None, value, valid=key != "network"))
        try:
            value = adapter(key).validate_python(self._given(key, node), context={"folder": self.folder})
        except ValidationError as error:
            self.problems.extend(_problems(error.errors(include_url=False), root, key))
            return Value(node, None, valid=False)
        return self._shared(key, Value(node, value))

    def _shared(self, key: str, section: Value) -> Value:
        if not section.valid or key == "seed":
            return section
        told = section.value if type(section.value) in (int, str) else repr(section.value)
        return self._same[key].setdefault(told, section)


def _problems(errors: Sequence[Any], root: Node, key: str) -> list[Problem]:
    from yann.config.sentences import problems_of  # only what is wrong needs sentences

    return list(problems_of(errors, root, [key]))
