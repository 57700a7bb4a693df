"""From a config file and the options of a command to an experiment, or to every mistake as a sentence."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from yann.config.axes import MAX_CELLS
from yann.config.grammar import ConfigFile
from yann.config.nodes import Node
from yann.config.options import Given, with_options
from yann.config.places import Places, axes_of
from yann.config.reader import read
from yann.config.resolver import Resolver
from yann.config.sections import KEYS, Here, Sections, Value
from yann.config.sweep import Block, Point, blocks_of, cells_asked
from yann.config.tree import mapping, split
from yann.errors import MOST_FOUND, MOST_TOLD, ConfigError, Problem, RefusedError
from yann.study.cell import Axis, Experiment, Scalar
from yann.study.cells import Cells
from yann.study.compact import Rows
from yann.study.metrics import METRICS
from yann.text import in_short


@dataclass(frozen=True)
class Plan:
    """An experiment, and what it was made of."""

    experiment: Experiment
    given: bytes
    keys: frozenset[str]
    """The top-level keys that were given, in the file or by options."""
    expect: Value
    """What the config expects of its numbers."""
    points: Sequence[Point]
    """For each cell the swept keys and their values as they were given, if the config expects something of its cells."""
    root: Node
    folder: Path
    """The config's own, beside which its paths are."""

    @cached_property
    def resolved(self) -> str:
        """Give the config as it was understood: every default spelled out, the same experiment when it is read again."""
        from yann.config.write import resolved_yaml  # only a run folder keeps it

        return resolved_yaml(self.root, self.folder, self.experiment)


MOST_WALKED = 10_000
"""Points of a sweep that are looked at for further mistakes, once it is known that nothing will run."""


@dataclass
class Found:
    """The cells of a sweep, and where they stand on its axes."""

    cells: Cells
    places: Rows[tuple[Scalar, ...]]
    """The value of each on each axis."""
    points: list[Point]
    """The swept keys of each with their values as they were given, where somebody asks for them."""
    of_first: Here
    """The sections of the first."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile: nearly all that a config makes is in use, and to walk it again and again takes as long."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@_uncollected()
def load(given: Given) -> Plan:
    """Read, override, expand, validate and resolve.

    Raises:
        ConfigError: with every problem of the config.
        RefusedError: if the study would not fit this machine.

    """
    root = with_options(read(given.data, given.source), given)
    problems: list[Problem] = []
    sections = Sections(root, given.folder, problems)
    _check_keys(root, problems)
    blocks = _blocks(sections)
    _check_axes(blocks, given, problems)
    axes = tuple(axes_of(blocks))
    found, refused = _cells(blocks, axes, sections)
    sections.check_as_written()
    if problems:
        raise ConfigError(sorted(problems, key=_by_place))
    if refused is not None:
        raise refused
    found = _each_once(found, Places(axes).rows())
    experiment = _experiment(axes, found, given.stem)
    return Plan(experiment, given.data, frozenset(mapping(root)), sections.at("expect", {}), found.points, root, given.folder)


def _check_keys(root: Node, problems: list[Problem]) -> None:
    known = tuple(ConfigFile.model_fields)
    strange = [word for word in mapping(root) if word not in known][:MOST_FOUND]
    told = {word: _unknown(word, known) for word in strange}
    problems.extend(Problem(str(root.keys[word]), word, sentence) for word, sentence in told.items())
    if "network" not in mapping(root) and not any(sentence.endswith("did you mean network?") for sentence in told.values()):
        problems.append(Problem(str(root.mark), "network", "missing; the smallest config is `network: {depth: 3, width: 3}`"))


def _blocks(sections: Sections) -> list[Block]:
    sweep = sections.at("sweep", {})
    if not sweep.valid:
        return []
    if (total := cells_asked(sweep.node)) > MAX_CELLS:
        at = sections.root.keys.get("sweep", sections.root.mark)
        told = in_short(f"asks for {total:,} cells; at most {MAX_CELLS:,} can be run")
        if not sections.problems:
            raise RefusedError([Problem(str(at), "sweep", told)])
        return []  # there are mistakes to tell, and no time to list the cells
    try:
        return blocks_of(sweep.node, sections.folder)
    except ConfigError as error:
        sections.problems.extend(error.problems)
        return []


def _check_axes(blocks: Sequence[Block], given: Given, problems: list[Problem]) -> None:
    fixed = {text.partition("=")[0].strip(): f"--set {text}" for text in given.settings}
    for axis in (axis for block in blocks for axis in block.axes):
        for key, mark in zip(axis.keys, axis.marks, strict=True):
            if key in fixed:
                sentence = f"an axis of the sweep (at {mark}), whose values would win; --grid {key}=… replaces them"
                problems.append(Problem(fixed[key], key, sentence))
            if split(key)[0] not in KEYS:
                problems.append(Problem(str(mark), key, _unknown(split(key)[0], KEYS)))


def _cells(blocks: Sequence[Block], axes: Sequence[Axis], sections: Sections) -> tuple[Found, RefusedError | None]:
    """Give the cells of all blocks in order, as long as there is no mistake.

    A cell that would not fit is no mistake, so the first refusal waits until every mistake has been told.
    """
    if not blocks:  # something is wrong with the sweep; what is wrong elsewhere is told too
        sections.here({})
    resolver, places = Resolver(sections.root, sections.problems), Places(axes)
    asked = "expect" in mapping(sections.root)
    refused: RefusedError | None = None
    found = Found(Cells(), places.rows(), [], {})
    for number, point in enumerate(point for block in blocks for point in block.points()):
        if len(sections.problems) > MOST_TOLD or (number > MOST_WALKED and (sections.problems or refused)):
            break
        here = sections.here(point)
        try:
            cell = resolver.at(here)
        except RefusedError as error:
            refused = refused or error
            continue
        if cell is not None and not sections.problems:
            found.cells.add(cell)
            found.places.append(*places.of(cell, here))
            found.of_first = found.of_first or here
            if asked:
                found.points.append(point)
    if not found.cells and blocks and not sections.problems and not refused:
        at = sections.root.keys.get("sweep", sections.root.mark)
        sections.problems.append(Problem(str(at), "sweep", "leaves no cell to run: everything is excluded"))
    return found, refused


def _each_once(found: Found, places: Rows[tuple[Scalar, ...]]) -> Found:
    """Give each cell once; one that is at several points is known by the keys of all of them, and stands at the first."""
    firsts = found.cells.first_rows()
    if firsts == range(len(found.cells)):
        return found
    rows = sorted(set(firsts))
    cells, points = Cells(), dict[int, Point]()
    for row in rows:
        cells.add(found.cells[row])
        places.append(*found.places[row])
    for first, point in zip(firsts, found.points, strict=False):
        points[first] = {**point, **points.get(first, {})}
    return Found(cells, places, list(points.values()), found.of_first)


def _experiment(axes: tuple[Axis, ...], found: Found, stem: str) -> Experiment:
    first = {key: section.value for key, section in found.of_first.items()}
    learning = any(found.cells.different("steps"))
    default = (metric() for _, metric in METRICS.items() if learning or not metric.of_updates)
    return Experiment(
        name=first["name"] or _name_from(stem),
        title=first["title"],
        axes=axes,
        cells=found.cells,
        points=found.places,
        measure=first["measure"] or tuple(default),
        layout=first["network"].layout,
        orientation=getattr(first["data"], "orientation", "rows"),
        about=first["about"].strip(),
    )


def _name_from(stem: str) -> str:
    """Give a name that a folder can have from a file's stem that may have any letters."""
    return re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9._-]+", "_", stem)).lstrip(".-")[:100] or "experiment"


def _by_place(problem: Problem) -> tuple[int, int]:
    """Order problems of a file from top to bottom; those of options come first."""
    place = re.search(r":(\d+):(\d+)$", problem.where)
    return (int(place[1]), int(place[2])) if place else (0, 0)


def _unknown(word: str, known: Sequence[str]) -> str:
    from yann.config.sentences import unknown_key  # only what is wrong needs sentences

    return unknown_key(word, known, "")
