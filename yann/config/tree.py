"""Finding and placing values in a tree of nodes, by dotted key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from yann.config.nodes import Mark, Node
from yann.errors import ConfigError, Problem

Path = tuple[str, ...]


@lru_cache(maxsize=1024)
def split(key: str) -> Path:
    """Give the words of a dotted key."""
    return tuple(key.split("."))


def locate(node: Node, loc: Sequence[str | int]) -> tuple[str, Node, Mark]:
    """Follow a validator's location as far as the tree goes: the dotted key, the value there, and the mark of its key.

    Words that are not in the tree are passed over: they are names that the validator gave to branches, or missing keys.
    """
    key, mark = "", node.mark
    for word in loc:
        if isinstance(node.value, dict) and word in node.value:
            key, mark, node = f"{key}.{word}" if key else str(word), node.keys[str(word)], node.value[str(word)]
        elif isinstance(node.value, tuple) and isinstance(word, int) and word < len(node.value):
            key, node = f"{key}[{word}]", node.value[word]
            mark = node.mark
    return key, node, mark


def mapping(node: Node) -> dict[str, Node]:
    """Give the values of a mapping, or none."""
    return node.value if isinstance(node.value, dict) else {}


def find(node: Node | None, path: Sequence[str]) -> Node | None:
    """Give the value at a path, or None."""
    for word in path:
        if node is None or not isinstance(node.value, dict):
            return None
        node = node.value.get(word)
    return node


def placed(root: Node, path: Path, value: Node, key_mark: Mark, names: Mapping[Path, str | None], at: Path = ()) -> Node:
    """Give the tree with `value` at `path`; `names` has the default part at each path where a part stands.

    A part that stands as its name alone, or not at all, becomes a mapping that can take a setting.

    Raises:
        ConfigError: if something stands on the way that has no keys.

    """
    word, rest = path[0], path[1:]
    here = root
    if here.value is None:
        here = Node({}, key_mark)
    if isinstance(here.value, str) and at in names:
        here = Node({"name": here}, here.mark, {"name": here.mark})
    if not isinstance(here.value, dict):
        sentence = f"{'.'.join(at)} is {here.kind}, so {'.'.join((*at, *path))} cannot be set"
        raise ConfigError([Problem(str(key_mark), ".".join((*at, *path)), sentence)])
    if rest:
        child = here.value.get(word)
        if child is None:
            name = names.get((*at, word))
            given: dict[str, Node] = {} if name is None else {"name": Node(name, key_mark)}
            child = Node(given, key_mark, dict.fromkeys(given, key_mark))
        value = placed(child, rest, value, key_mark, names, (*at, word))
        key_mark = here.keys.get(word, key_mark)
    return replace(here, value={**here.value, word: value}, keys={**here.keys, word: key_mark})


def canonical(value: Any) -> Any:
    """Give a hashable form of a plain value in which equal numbers are equal, and a bool is no number."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, dict):
        if value.keys() == {"name"}:  # a part without settings, as long as its name alone
            return canonical(value["name"])
        return tuple((key, canonical(item)) for key, item in value.items())
    if isinstance(value, list):
        return ("list", *map(canonical, value))
    return value
