"""From the sections of one point to its cell, with everything that does not depend on all of them made once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any, TypeVar

from yann.config.grammar import NetworkSection
from yann.config.nodes import Mark, Node
from yann.config.resolve_data import Fault, Shape, check_targets, resolve_data
from yann.config.resolve_network import check_keys, resolve_network, widths_of
from yann.config.room import asking
from yann.config.sections import KEYS, Here, Value
from yann.config.tree import locate, mapping, split
from yann.engine.network import Network
from yann.errors import DataError, Problem, RefusedError
from yann.parts.datasets import Dataset
from yann.study.budget import SHARE, Size, available_memory, bytes_for_people
from yann.study.cell import Cell
from yann.text import in_short

T = TypeVar("T")


MOST_FIRST = 10_000
"""Cells that are kept because others may differ from them in the seed alone."""


class Resolver:
    """Makes the cells of one config; what is wrong with them goes to `problems`, each fault once."""

    def __init__(self, root: Node, problems: list[Problem]) -> None:
        """Resolve sections of `root`."""
        self.root = root
        self.problems = problems
        self._made: dict[Hashable, Any] = {}
        self._first: dict[tuple[Value, ...], Cell] = {}
        """By all sections but the seed, the first cell that has them, of some of them."""
        self._room = available_memory() * SHARE

    def at(self, here: Here) -> Cell | None:
        """Give the cell of these sections, or None where something is wrong with them.

        Raises:
            RefusedError: if it would not fit this machine.

        """
        about = tuple([section for key, section in here.items() if key != "seed"])
        first = self._first.get(about)
        if first is not None:
            return replace(first, seed=here["seed"].value) if here["seed"].valid else None
        cell = self._resolved(here)
        if cell is not None and len(self._first) < MOST_FIRST:
            self._first[about] = cell
        return cell

    def _resolved(self, here: Here) -> Cell | None:
        value = {key: section.value for key, section in here.items()}
        valid = {key for key, section in here.items() if section.valid}
        if "network" not in mapping(self.root):
            valid -= {"network"}
        if "network" in valid:
            about_keys = ("keys", here["network"])
            if not self._once(about_keys, lambda: _coherent(value["network"]), here):
                valid -= {"network"}
        if not {"data", "loss"} <= valid:
            return None
        about_data = ("data", here["data"], here["loss"])
        shape: Shape | None = self._once(about_data, lambda: self._shape(value, here), here)
        if shape is None:
            return None
        batch = value["batch"] if "batch" in valid else None
        fits = batch is None or self._once(("batch", batch, *about_data), lambda: _fits(batch, shape), here)
        if "network" not in valid:
            return None
        about_network = ("network", here["network"], *about_data)
        made = self._once(about_network, lambda: self._network(value, shape, here), here)
        if made is None or not fits or not valid.issuperset(KEYS):
            return None
        network, widths = made
        cell = Cell(
            network, shape.data, value["loss"], value["optimizer"], value["steps"], value["batch"],
            value["every"], value["seed"], value["replicates"], value["dtype"],
        )  # fmt: skip
        size = Size(*widths, shape.samples, cell.replicates, cell.steps // cell.every + 2, cell.itemsize)
        self._refuse(size, value["network"], shape, here)
        return cell

    def _shape(self, value: dict[str, Any], here: Here) -> Shape:
        data = value["data"]
        if isinstance(data, Dataset) and (need := _needs(data)) > self._room:
            sentence = f"{data.label()}: reading it needs about {bytes_for_people(need)} of memory, and {self._told_room()}"
            raise RefusedError([Problem(str(self._place("data", here)[1]), "data", sentence)])
        return resolve_data(data, value["loss"])

    def _once(self, about: Hashable, make: Callable[[], T], here: Here) -> T | None:
        if about not in self._made:
            try:
                self._made[about] = make()
            except Fault as fault:
                key, mark = self._place(fault.key, here)
                self.problems.append(Problem(str(mark), key, in_short(fault.sentence)))
                self._made[about] = None
        made: T | None = self._made[about]
        return made

    def _network(self, value: dict[str, Any], shape: Shape, here: Here) -> tuple[Network, tuple[int, int, int, int]]:
        widths = widths_of(value["network"], shape)
        self._refuse(
            Size(*widths, shape.samples, 1, 1, 4), value["network"], shape, here
        )  # before as much as a list of its layers is made
        network = resolve_network(value["network"], shape)
        check_targets(shape, network, value["loss"])
        return network, widths

    def _refuse(self, size: Size, net: NetworkSection, shape: Shape, here: Here) -> None:
        need = sum(size.needs().values())
        if need <= self._room:
            return
        key = asking(size, net, shape)
        sentence = f"needs about {bytes_for_people(need)} of memory, and {self._told_room()}; make {key} smaller"
        raise RefusedError([Problem(str(self._place(key, here)[1]), key, sentence)])

    def _told_room(self) -> str:
        return f"{bytes_for_people(int(self._room))} may be used ({SHARE:.0%} of what is free)"

    def _place(self, key: str, here: Here) -> tuple[str, Mark]:
        """Find where a key stands: in its section as this cell has it, else as near to it as the file goes."""
        words: list[str | int] = [int(word) if word.isdecimal() else word for word in split(key)]
        word, root = str(words[0]), self.root
        section, written = here.get(word), mapping(root).get(word)
        if section is not None and section.node is not None:
            swept = written is None or written.mark != section.node.mark
            keys = {**root.keys, word: section.node.mark if swept else root.keys[word]}
            root = replace(root, value={**mapping(root), word: section.node}, keys=keys)
        found, node, mark = locate(root, words)
        return (found if found.endswith("]") else key), (node.mark if "." in found else mark)


def _needs(data: Dataset) -> int:
    try:
        return data.needs()
    except DataError:
        return 0  # it cannot be read: reading it says why


def _coherent(net: NetworkSection) -> bool:
    check_keys(net)
    return True


def _fits(batch: int, shape: Shape) -> bool:
    if batch > shape.samples:
        raise Fault("batch", f"a batch of {batch} samples is too large: there are {shape.samples} to train with")
    return True
