"""What a person gave: a config, and the options --set and --grid that change it before it is checked."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yann
from yann.config.grammar import ConfigFile, MadeDataSection
from yann.config.nodes import Mark, Node
from yann.config.reader import MOST_BYTES, read_value
from yann.config.tree import Path as KeyPath
from yann.config.tree import find, mapping, placed, split
from yann.engine.objective import Objective
from yann.errors import ConfigError, Problem, UsageError
from yann.registry import Part, nearest
from yann.text import visible


@dataclass(frozen=True)
class Given:
    """What a person gave: a config's bytes, its name in messages, its folder and stem, and the command's options."""

    data: bytes
    source: str
    folder: Path
    stem: str
    settings: tuple[str, ...] = ()
    """KEY=VALUE, as in --set."""
    axes: tuple[str, ...] = ()
    """KEY=VALUES, as in --grid."""


PUBLISHED = "published"
"""The folder of the worked examples, each named by its id."""


def bundled_folder() -> Path:
    """Give the folder of the configs that come with yann: beside the package in a checkout, inside it in a wheel."""
    package = Path(yann.__file__).parent
    inside = package / "configs"
    return inside if inside.is_dir() else package.parent / "configs"


def bundled() -> dict[str, Path]:
    """Give the configs that come with yann, by name; the published examples, each by its id, last."""
    folder = bundled_folder()
    return {path.stem: path for kind in ("*.yaml", f"{PUBLISHED}/*.yaml") for path in sorted(folder.glob(kind))}


def find_config(argument: str, settings: tuple[str, ...] = (), axes: tuple[str, ...] = ()) -> Given:
    """Read the config that a command names: a path, `-` for standard input, or the name of a bundled one.

    Raises:
        UsageError: if there is none.
        OSError: if it cannot be read.

    """
    if argument == "-":
        return Given(sys.stdin.buffer.read(MOST_BYTES + 1), "<stdin>", Path(), "stdin", settings, axes)
    path, configs = Path(argument), bundled()
    if not path.is_file() and argument in configs:
        path = configs[argument]
    if path.is_dir():
        raise UsageError(f"{visible(argument)}: this is a folder, not a config")
    if not path.exists():
        close = nearest(argument, configs)
        told = f"did you mean {close}? Bundled" if close else "bundled"
        names = ", ".join(name for name, path in configs.items() if path.parent.name != PUBLISHED)
        raise UsageError(f"{visible(argument)}: no such file; {told} are {names}, and every published example by its id")
    with path.open("rb") as stream:
        data = stream.read(MOST_BYTES + 1)  # what is longer is refused, and may have no end
    return Given(data, argument, path.parent, path.stem, settings, axes)


def part_names() -> dict[KeyPath, str | None]:
    """Give the default part at each path where the grammar has one, so that an option can set one of its settings."""
    names: dict[KeyPath, str | None] = {("network", "init"): "xavier_normal", ("data",): None}
    sections: tuple[tuple[KeyPath, Any], ...] = (
        ((), ConfigFile),
        (("network",), ConfigFile.model_fields["network"].annotation),
        (("data",), MadeDataSection),
    )
    for path, section in sections:
        for key, field in section.model_fields.items():
            default = field.default.loss if isinstance(field.default, Objective) else field.default
            if isinstance(default, Part):
                names[*path, key] = default.name
    return names


def with_options(root: Node, given: Given) -> Node:
    """Give the tree with the values of --set and the axes of --grid in their places."""
    problems: list[Problem] = []
    names = part_names()
    for option, texts in (("--set", given.settings), ("--grid", given.axes)):
        for text in texts:
            source = f"{option} {text}"
            try:
                key, value = _assignment(text, source)
                node = read_value(value, source) if option == "--set" else grid_values(value, source)
                if key in FILES and isinstance(node.value, str):  # a path on the command line is one from where it is typed
                    node = replace(node, value=str(Path.cwd() / node.value))
                if option == "--set":
                    root = placed(root, split(key), node, Mark(source, 0, 0), names)
                else:
                    root = _with_axis(root, key, node, Mark(source, 0, 0))
            except ConfigError as error:
                problems.extend(error.problems)
    if problems:
        raise ConfigError(problems)
    return root


def _assignment(text: str, source: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals or not key or not all(split(key)):
        raise ConfigError([Problem(source, "", "write KEY=VALUE, as in network.width=32")])
    return key, value


FILES = ("data.path", "sweep.file")
RANGE = re.compile(r"([^:,\[\]{}]+):([^:,\[\]{}]+)(?::([^:,\[\]{}]+))?")


def grid_values(text: str, source: str) -> Node:
    """Read the values of --grid: 2,4,8 or first:last:step, first:last:linN, first:last:logN."""
    if match := RANGE.fullmatch(text.strip()):
        first, last, step = match.groups()
        spaced = re.fullmatch(r"(lin|log)(\d+)", step or "")
        space = {"lin": "linspace", "log": "logspace"}[spaced[1]] if spaced else "range"
        more = f"num: {spaced[2]}" if spaced else f"step: {step or 1}"
        return read_value(f"{{{space}: [{first}, {last}], {more}}}", source)
    return read_value(f"[{text}]", source)


def _swept_keys(root: Node) -> dict[str, Mark]:
    sweep = find(root, ("sweep",))
    blocks = sweep.value if sweep is not None and isinstance(sweep.value, tuple) else (sweep,)
    keys: dict[str, Mark] = {}
    for block in blocks:
        groups = find(block, ("zip",))
        lists = [
            find(block, ("grid",)),
            *(groups.value.values() if groups is not None and isinstance(groups.value, dict) else ()),
        ]
        for axes in lists:
            keys |= axes.keys if axes is not None and isinstance(axes.value, dict) else {}
    return keys


def _with_axis(root: Node, key: str, values: Node, mark: Mark) -> Node:
    """Give the tree with an axis in every block of its sweep; it takes the place of the file's axis of the same key."""
    other = _swept_keys(root).get(key)
    if other is not None and not other.line:
        raise ConfigError([Problem(str(mark), key, f"on two axes; the other is {other}")])
    sweep = find(root, ("sweep",))
    if sweep is None or not isinstance(sweep.value, tuple):
        return _axis_placed(root, ("sweep", "grid"), key, values, mark)
    blocks = tuple(_axis_placed(block, ("grid",), key, values, mark) for block in sweep.value)
    return replace(root, value={**mapping(root), "sweep": replace(sweep, value=blocks)})


def _axis_placed(root: Node, path: KeyPath, key: str, values: Node, mark: Mark) -> Node:
    return placed(root, (*path, key), values, mark, {})  # a dotted key is one word of the grid
