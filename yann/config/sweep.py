"""Sweeps: blocks of axes become points, and each point says which keys take which values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from yann.config.axes import COLUMNS, BlockAxis, check_swept
from yann.config.cells_file import axis_from_file
from yann.config.nodes import Mark, Node, plain
from yann.config.spaced import count_of, spaced
from yann.config.tree import canonical, mapping
from yann.errors import MOST_TOLD, ConfigError, Problem
from yann.study.compact import OneByOne
from yann.text import in_short, visible

Point = Mapping[str, tuple[Node, Mark]]
"""Dotted keys, each with its value and the mark of the key."""


@dataclass(frozen=True)
class Spaced(OneByOne[Node]):
    """The values of an axis that is told by its ends, each made when it is asked for."""

    numbers: Sequence[int | float]
    mark: Mark

    def __len__(self) -> int:
        return len(self.numbers)

    def made(self, at: int) -> Node:
        """Make a value."""
        return Node(self.numbers[at], self.mark)


@dataclass(frozen=True)
class Block:
    """The product of axes, less the points that are excluded."""

    axes: tuple[BlockAxis, ...]
    excluded: Mapping[tuple[str, ...], set[tuple[Any, ...]]]
    """What is left out: for some keys together, sets of values."""

    def points(self) -> Iterator[Point]:
        """Walk the points, the last axis turning fastest."""
        for point in _product(self.axes):
            if not (self.excluded and self._excludes(point)):
                yield point

    def _excludes(self, point: Point) -> bool:
        return any(tuple(canonical(plain(point[key][0])) for key in keys) in left_out for keys, left_out in self.excluded.items())

    @property
    def size(self) -> int:
        """Count the points before exclusion, without making one."""
        return math.prod(map(len, self.axes))


def _product(axes: Sequence[BlockAxis]) -> Iterator[Point]:
    """Walk the points; itertools would make a list of each axis first, and one may have a million values."""
    if not axes:
        yield {}
        return
    *outer, last = axes
    for before in _product(outer):
        for position in range(len(last)):
            yield {**before, **last.at(position)}


def blocks_of(sweep: Node | None, folder: Path) -> list[Block]:
    """Give the blocks of a sweep whose form the grammar has accepted.

    Raises:
        ConfigError: for every axis, group or exclude that cannot be what was meant.

    """
    if sweep is None or sweep.value is None:
        return [Block((), {})]
    nodes = sweep.value if isinstance(sweep.value, tuple) else (sweep,)
    problems: list[Problem] = []
    blocks = [_block(node, folder, problems) for node in nodes]
    if problems:
        raise ConfigError(problems)
    return blocks


def cells_asked(sweep: Node | None) -> int:
    """Count the cells of a sweep whose form the grammar has accepted, those left out among them, without making one."""
    nodes = sweep.value if sweep is not None and isinstance(sweep.value, tuple) else (sweep,)
    total = 0
    for node in nodes:
        parts = mapping(node) if node is not None else {}
        groups = [next(iter(_entries(group)), None) for _, _, group in _entries(parts.get("zip"))]
        axes = [values for _, _, values in (*_entries(parts.get("grid")), *filter(None, groups))]
        total += math.prod(map(_length, axes))
    return total


def _length(values: Node) -> int:
    if isinstance(values.value, tuple):
        return len(values.value)
    try:
        return count_of(plain(values))
    except ValueError:
        return 1  # listing it says what is wrong


def _block(node: Node, folder: Path, problems: list[Problem]) -> Block:
    parts: dict[str, Node] = node.value if isinstance(node.value, dict) else {}
    if "file" in parts:
        for other in parts.keys() - {"file"}:
            sentence = f"{other} cannot stand together with file, whose rows are the cells"
            problems.append(Problem(str(node.keys[other]), f"sweep.{other}", sentence))
        from_file = axis_from_file(parts["file"], folder, problems)
        return Block((from_file,) if from_file is not None else (), {})
    axes = [_grid_axis(key, mark, values, problems) for key, mark, values in _entries(parts.get("grid"))]
    axes += [_zip_axis(name, mark, group, problems) for name, mark, group in _entries(parts.get("zip"))]
    seen: dict[str, Mark] = {}
    for axis in axes:
        for key, mark in zip(axis.keys, axis.marks, strict=True):
            if key in seen:
                problems.append(Problem(str(mark), key, f"on two axes; the other is at {seen[key]}"))
            seen[key] = mark
    block = Block(tuple(axes), {})
    return replace(block, excluded=_excluded(block, _items(parts.get("exclude")), problems))


def _entries(node: Node | None) -> list[tuple[str, Mark, Node]]:
    given: dict[str, Node] = node.value if node is not None and isinstance(node.value, dict) else {}
    return [(key, node.keys[key], value) for key, value in given.items()] if node is not None else []


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.value if node is not None and isinstance(node.value, tuple) else ()


def _grid_axis(key: str, mark: Mark, values: Node, problems: list[Problem]) -> BlockAxis:
    listed = _listed(key, mark, values, problems)
    return BlockAxis(None, (key,), (mark,), (listed,))


def _zip_axis(name: str, mark: Mark, group: Node, problems: list[Problem]) -> BlockAxis:
    if name in COLUMNS:
        problems.append(Problem(str(mark), f"sweep.zip.{name}", "the files have a column of this name; give the group another"))
    entries = _entries(group)
    lists = [_listed(key, at, values, problems, in_zip=True) for key, at, values in entries]
    lengths = {len(values) for values in lists}
    if len(lengths) > 1:
        told = ", ".join(f"{key} has {len(values)} (line {at.line})" for (key, at, _), values in zip(entries, lists, strict=True))
        where = str(entries[-1][1])
        problems.append(Problem(where, f"sweep.zip.{name}", f"the lists of a group must have the same length: {told}"))
    rows = list(zip(*lists, strict=False))
    twice = _twice([tuple(canonical(plain(value)) for value in row) for row in rows])
    if twice is not None:
        problems.append(Problem(str(rows[twice][0].mark), f"sweep.zip.{name}", f"entry {twice + 1} of the group stands twice"))
    return BlockAxis(name, tuple(key for key, _, _ in entries), tuple(at for _, at, _ in entries), tuple(lists))


def _listed(key: str, mark: Mark, values: Node, problems: list[Problem], *, in_zip: bool = False) -> Sequence[Node]:
    if not check_swept(key, mark, problems):
        return ()
    if isinstance(values.value, tuple):
        twice = None if in_zip else _twice([canonical(plain(value)) for value in values.value])
        if twice is not None:
            value = values.value[twice]
            problems.append(
                Problem(str(value.mark), key, f"the value {in_short(visible(str(plain(value))))} stands twice on this axis")
            )
        return values.value
    try:
        return Spaced(spaced(plain(values)), values.mark)
    except ValueError as error:
        problems.append(Problem(str(values.mark), key, in_short(str(error))))
        return ()


def _twice(values: list[Any]) -> int | None:
    seen: set[Any] = set()
    for number, value in enumerate(values):
        if value in seen:
            return number
        seen.add(value)
    return None


def _excluded(block: Block, entries: Sequence[Node], problems: list[Problem]) -> dict[tuple[str, ...], set[tuple[Any, ...]]]:
    keys = {key for axis in block.axes for key in axis.keys}
    found: dict[tuple[str, ...], set[tuple[Any, ...]]] = {}
    there: dict[tuple[int, tuple[str, ...]], set[tuple[Any, ...]]] = {}
    for entry in entries:
        if len(problems) > MOST_TOLD:
            break
        wanted = {key: canonical(plain(value)) for key, _, value in _entries(entry)}
        if strange := sorted(wanted.keys() - keys):
            told = f"not an axis of this sweep; its axes are {', '.join(sorted(keys)) or 'none'}"
            problems.extend(Problem(str(entry.keys[key]), f"sweep.exclude.{key}", told) for key in strange)
        elif not _matches(block, wanted, there):
            told = "matches no point of the sweep, so it would leave nothing out"
            problems.append(Problem(str(entry.mark), "sweep.exclude", told))
        found.setdefault(tuple(wanted), set()).add(tuple(wanted.values()))
    return found


def _matches(block: Block, wanted: Mapping[str, Any], there: dict[tuple[int, tuple[str, ...]], set[tuple[Any, ...]]]) -> bool:
    """Tell whether some point has all these values: axes are independent, so each may be asked alone.

    `there` keeps the values that some keys of an axis have together.
    """
    for number, axis in enumerate(block.axes):
        keys = tuple(key for key in wanted if key in axis.keys)
        if keys and (number, keys) not in there:
            columns = [axis.keys.index(key) for key in keys]
            rows = zip(*(axis.columns[column] for column in columns), strict=False)
            there[number, keys] = {tuple(canonical(plain(value)) for value in row) for row in rows}
        if keys and tuple(wanted[key] for key in keys) not in there[number, keys]:
            return False
    return True
