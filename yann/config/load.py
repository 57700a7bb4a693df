"""From a config file and the options of a command to an experiment, or to every mistake as a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from yann.config.grammar import ConfigFile
from yann.config.labels import label
from yann.config.nodes import Mark, Node, plain
from yann.config.options import Given, part_names, with_options
from yann.config.reader import read
from yann.config.resolve import Fault, Shape, check_targets, resolve_data, resolve_network, widths_of
from yann.config.sentences import problems_of, unknown_key
from yann.config.sweep import MAX_CELLS, Block, Point, blocks_of
from yann.config.tree import canonical, locate, mapping, placed, split
from yann.config.write import resolved_yaml
from yann.engine.network import Network
from yann.engine.objective import Objective
from yann.errors import ConfigError, Problem, RefusedError
from yann.study.budget import SHARE, Size, available_memory, bytes_for_people
from yann.study.cell import Axis, Cell, Experiment, Scalar
from yann.study.metrics import METRICS, Metric

MOST_PROBLEMS = 50
KEYS = tuple(ConfigFile.model_fields)
COLUMNS = (
    "cell", "replicate", "seed", "step", "layer", "fan_in", "fan_out", "activation", "state",
    "loss", "accuracy", "test_loss", "test_accuracy", *METRICS,
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """An experiment, and the texts that its run folder keeps: the config as given and as understood."""

    experiment: Experiment
    given: bytes
    resolved: str
    keys: frozenset[str]
    """The top-level keys that were given, in the file or by options."""


@lru_cache(maxsize=None)
def adapter(key: str) -> TypeAdapter[Any]:
    """Give the validator of one top-level key; made when first needed, because making all of them takes time."""
    field = ConfigFile.model_fields[key]
    return TypeAdapter(Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation)


def load(given: Given) -> Plan:
    """Read, override, expand, validate and resolve.

    Raises:
        ConfigError: with every problem of the config.
        RefusedError: if the study would not fit this machine.

    """
    root = with_options(read(given.data, given.source), given)
    return _Loader(root, given).plan()


@dataclass(frozen=True)
class _Section:
    """One top-level key as one cell has it: its place in the tree, its value, and whether that is what was asked for."""

    node: Node | None
    value: Any
    valid: bool


class _Loader:
    """The work of one load; sections are validated once for each combination of values that touches them."""

    def __init__(self, root: Node, given: Given) -> None:
        self.root = root
        self.given = given
        self.problems: list[Problem] = []
        self.names = part_names()
        self.sections: dict[tuple[Any, ...], _Section] = {}
        self.same: dict[tuple[str, str], _Section] = {}
        self.shapes: dict[tuple[int, int], Shape] = {}
        self.networks: dict[tuple[int, ...], Network] = {}
        self.faulty: set[tuple[Any, ...]] = set()

    def plan(self) -> Plan:
        self._check_keys()
        blocks = self._blocks()
        base = {key: self._section(key, {}) for key in KEYS if key != "sweep" and not self._touched(key, blocks)}
        cells: dict[tuple[int, ...], tuple[Cell, dict[str, _Section]]] = {}
        for point in (point for block in blocks for point in block.points()):
            found = self._cell(point, base)
            if found is not None:
                cells.setdefault(found[0], found[1:])
            if len(self.problems) > MOST_PROBLEMS:
                break
        if self.problems:
            raise ConfigError(sorted(self.problems, key=_by_place))
        experiment = self._experiment(base, blocks, list(cells.values()))
        return Plan(experiment, self.given.data, resolved_yaml(self.root, self._resolved_sections(base), experiment), frozenset(mapping(self.root)))

    def _check_keys(self) -> None:
        for word in mapping(self.root):
            if word not in KEYS:
                self.problems.append(Problem(str(self.root.keys[word]), word, unknown_key(word, KEYS, "")))
        misspelt = any(problem.sentence.endswith("did you mean network?") for problem in self.problems)
        if "network" not in mapping(self.root) and not misspelt:
            self.problems.append(
                Problem(str(self.root.mark), "network", "missing; the smallest config is `network: {depth: 3, width: 3}`")
            )

    def _blocks(self) -> list[Block]:
        section = self._section("sweep", {})
        if not section.valid:
            return []
        try:
            blocks = blocks_of(section.node, self.given.folder)
        except ConfigError as error:
            self.problems.extend(error.problems)
            return []
        total = sum(map(len, blocks))
        if total > MAX_CELLS and not self.problems:
            at = self.root.keys.get("sweep", self.root.mark)
            raise RefusedError([Problem(str(at), "sweep", f"asks for {total:,} cells; at most {MAX_CELLS:,} can be run")])
        return blocks

    @staticmethod
    def _touched(key: str, blocks: Sequence[Block]) -> bool:
        return any(split(swept)[0] == key for block in blocks for axis in block.axes for swept in axis.keys)

    def _section(self, key: str, point: Point) -> _Section:
        """Give a top-level key's value at a point; equal values are one and the same object, so that cells can share."""
        mine = {swept: value for swept, value in point.items() if split(swept)[0] == key}
        address = (key, *((swept, canonical(plain(value))) for swept, (value, _) in mine.items()))
        if address not in self.sections:
            self.sections[address] = self._validated(key, mine)
        return self.sections[address]

    def _validated(self, key: str, point: Point) -> _Section:
        root = self.root
        try:
            for swept, (value, mark) in sorted(point.items(), key=lambda item: item[0].count(".")):
                root = placed(root, split(swept), value, mark, self.names)
        except ConfigError as error:
            self.problems.extend(error.problems)
            return _Section(None, None, valid=False)
        node = mapping(root).get(key)
        field = ConfigFile.model_fields[key]
        if node is None:
            return _Section(None, field.default, valid=key != "network")
        try:
            value = adapter(key).validate_python(plain(node), context={"folder": self.given.folder})
        except ValidationError as error:
            self.problems.extend(problems_of(error.errors(include_url=False), root, [key]))
            return _Section(node, None, valid=False)
        return self.same.setdefault((key, repr(value)), _Section(node, value, valid=True))

    def _cell(
        self, point: Point, base: Mapping[str, _Section]
    ) -> tuple[tuple[int, ...], Cell, dict[str, _Section]] | None:
        for swept, (_, mark) in point.items():
            if split(swept)[0] not in KEYS:
                self.problems.append(Problem(str(mark), swept, unknown_key(split(swept)[0], KEYS, "")))
        here = {key: base.get(key) or self._section(key, point) for key in KEYS if key != "sweep"}
        try:
            cell = self._resolved(here)
        except Fault as fault:
            self._point_out(fault, here)
            return None
        return None if cell is None else (tuple(id(section) for section in here.values()), cell, here)

    def _resolved(self, here: Mapping[str, _Section]) -> Cell | None:
        """Give the cell of these sections, as far as they are valid.

        Raises:
            Fault: if they contradict each other.

        """
        values = {key: section.value for key, section in here.items()}
        valid = {key for key, section in here.items() if section.valid}
        if not {"data", "loss"} <= valid:
            return None
        about_data = (id(here["data"]), id(here["loss"]))
        if about_data not in self.shapes:
            self._once(("data", *about_data), lambda: resolve_data(values["data"], values["loss"]), self.shapes, about_data)
        shape = self.shapes.get(about_data)
        if shape is None or "network" not in valid:
            return None
        about_network = (id(here["network"]), *about_data)
        if about_network not in self.networks:
            make = self._network_maker(values, shape)
            self._once(("network", *about_network), make, self.networks, about_network)
        network = self.networks.get(about_network)
        if network is None or not set(KEYS) - {"sweep"} <= valid:
            return None
        if values["batch"] is not None and values["batch"] > shape.samples:
            raise Fault("batch", f"{values['batch']} samples in a batch, but there are {shape.samples} to train with")
        cell = Cell(
            network, shape.data, values["loss"], values["optimizer"], values["steps"], values["batch"],
            values["every"], values["seed"], values["replicates"], values["dtype"],
        )  # fmt: skip
        widths = widths_of(values["network"], shape)
        self._refuse_size(Size(*widths, shape.samples, cell.replicates, cell.steps // cell.every + 2, cell.itemsize), here)
        return cell

    def _network_maker(self, values: Mapping[str, Any], shape: Shape) -> Callable[[], Network]:
        def make() -> Network:
            widths = widths_of(values["network"], shape)
            self._refuse_size(Size(*widths, shape.samples, 1, 1, 4), {})
            network = resolve_network(values["network"], shape)
            check_targets(shape, network, values["loss"])
            return network

        return make

    def _once(self, about: tuple[Any, ...], make: Callable[[], Any], kept: dict[Any, Any], address: Any) -> None:
        """Keep what is made, or remember that it cannot be made, so that a fault is told once."""
        if about in self.faulty:
            return
        try:
            kept[address] = make()
        except Fault:
            self.faulty.add(about)
            raise

    def _refuse_size(self, size: Size, here: Mapping[str, _Section]) -> None:
        needs, most = size.needs(), available_memory() * SHARE
        if sum(needs.values()) <= most:
            return
        key = max(needs, key=lambda name: needs[name])
        sentence = (
            f"needs about {bytes_for_people(sum(needs.values()))} of memory, and {bytes_for_people(int(most))} may be used "
            f"({SHARE:.0%} of what is free); make {key} smaller"
        )
        raise RefusedError([Problem(str(self._place(key, here)[1]), key, sentence)])

    def _place(self, key: str, here: Mapping[str, _Section]) -> tuple[str, Mark]:
        """Find where a key stands: in its section as this cell has it, else in the file, else at the file's head."""
        words: list[str | int] = [int(word) if word.isdecimal() else word for word in split(key)]
        section = here.get(str(words[0]))
        if section is not None and section.node is not None:
            root = replace(self.root, value={**mapping(self.root), str(words[0]): section.node})
        else:
            root = self.root
        found, node, mark = locate(root, words)
        return (found if len(words) > 1 and found.endswith("]") else key), (node.mark if found.count(".") else mark)

    def _point_out(self, fault: Fault, here: Mapping[str, _Section]) -> None:
        key, mark = self._place(fault.key, here)
        self.problems.append(Problem(str(mark), key, fault.sentence))

    def _experiment(
        self, base: Mapping[str, _Section], blocks: Sequence[Block], cells: Sequence[tuple[Cell, Mapping[str, _Section]]]
    ) -> Experiment:
        axes = list(_axes(blocks))
        values = {key: section.value for key, section in base.items()}
        learning = any(cell.steps for cell, _ in cells)
        measure: tuple[Metric, ...] = values["measure"] or tuple(
            metric() for metric in (part for _, part in METRICS.items()) if learning or not metric.of_updates
        )
        points = [tuple(_value(axis, here) for axis in axes) for _, here in cells]
        return Experiment(
            name=values["name"] or re.sub(r"[^A-Za-z0-9._-]+", "_", self.given.stem).lstrip(".-")[:100] or "experiment",
            title=values["title"],
            axes=tuple(axes),
            cells=[cell for cell, _ in cells],
            points=points,
            measure=measure,
            layout=cells[0][1]["network"].value.layout if cells else "in_out",
        )

    def _resolved_sections(self, base: Mapping[str, _Section]) -> dict[str, Any]:
        """Give every section as it is without the sweep; one that is only whole with it stays as it was written."""
        known = {key: section.value for key, section in base.items()}
        for key in KEYS:
            if key not in known and key != "sweep":
                kept, self.problems = self.problems, []
                section = self._section(key, {})
                known[key] = section.value if section.valid else plain(section.node) if section.node else None
                self.problems = kept
        return known


def _by_place(problem: Problem) -> tuple[int, int]:
    """Order problems of a file from top to bottom; those of options come first."""
    numbers = re.findall(r":(\d+)", problem.where)[-2:]
    return (int(numbers[0]), int(numbers[1])) if len(numbers) == 2 else (0, 0)  # noqa: PLR2004 - line and column


def _axes(blocks: Sequence[Block]) -> Iterator[Axis]:
    """Give the axes of all blocks, each once, with the columns they have in the files."""
    keys: dict[tuple[str | None, str], tuple[str, ...]] = {}
    for block in blocks:
        for axis in block.axes:
            if axis.group in (None, "(file)"):
                keys |= {(None, key): (key,) for key in axis.keys}
            else:
                keys.setdefault((axis.group, axis.group or ""), axis.keys)
    keys.pop((None, "seed"), None)  # it has a column of its own
    last = [group or split(key)[-1] for group, key in keys]
    for (group, key), swept in keys.items():
        column = group or split(key)[-1]
        clashes = column in COLUMNS or last.count(column) > 1
        yield Axis(key.replace(".", "_") if clashes and group is None else column, swept)


def _value(axis: Axis, here: Mapping[str, _Section]) -> Scalar:
    labels = []
    for key in axis.keys:
        first, *rest = split(key)
        value = here[first].value
        for word in rest:
            value = getattr(value, word, None) if not isinstance(value, Objective) else getattr(value, word, getattr(value.loss, word, None))
        labels.append(label(value))
    return labels[0] if len(labels) == 1 else " / ".join(map(str, labels))
