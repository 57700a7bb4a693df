"""From the journal to the files of a run: cells in their order, whatever the order in which they were finished."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from yann.report.journal import Journal
from yann.study.cell import Cell
from yann.study.cells import kinds_of
from yann.study.compact import OneByOne
from yann.study.packing import unpack
from yann.study.pieces import Piece, in_a_piece, pieces_of
from yann.study.result import Result

Outcome = Sequence[Result] | str
"""What became of a cell: the results of its replicates, some at a time and in order, or the reason why there are none."""


@dataclass(frozen=True)
class _InJournal(OneByOne[Result]):
    """The results of a cell of several pieces, each read when it is asked for: together they may be more than fits."""

    journal: Journal
    pieces: Sequence[Piece]

    def __len__(self) -> int:
        return len(self.pieces)

    def made(self, at: int) -> Result:
        """Read a result."""
        return unpack(self.journal.read(self.pieces[at]).packed)


def missing(cells: Sequence[Cell], wanted: Iterable[int], journal: Journal) -> Iterator[Piece]:
    """Walk the pieces of work that the journal does not hold now, whatever it holds later, in the order of the cells."""
    held = defaultdict(list)
    for piece in journal.places:
        held[piece.cell].append(piece)
    return _missing(cells, wanted, held)


def _missing(cells: Sequence[Cell], wanted: Iterable[int], held: Mapping[int, list[Piece]]) -> Iterator[Piece]:
    kinds, sizes = kinds_of(cells), dict[int, tuple[int, int]]()
    for index in wanted:
        if (size := sizes.get(kinds[index])) is None:
            size = sizes[kinds[index]] = cells[index].replicates, in_a_piece(cells[index])
        replicates, each = size
        there = sorted(held.get(index, ()))
        if not there:
            yield from pieces_of(index, replicates, each)
            continue
        at = 0
        for piece in [*there, Piece(index, replicates, replicates)]:
            if at < piece.first:
                yield Piece(index, at, piece.first)
            at = max(at, piece.last)


@dataclass
class Harvest:
    """Takes what the journal holds and hands every cell on, once it is complete and those before it have been handed on."""

    cells: Sequence[Cell]
    wanted: Sequence[int]
    """The cells of this run, in their order."""
    journal: Journal
    take: Callable[[int, Outcome], None]
    at: int = 0
    """How many cells have been handed on."""
    complete: int = 0
    """How many cells are complete."""
    _held: dict[int, list[Piece]] = field(default_factory=dict)
    _whole: set[int] = field(default_factory=set)
    """Cells that are complete and have not been handed on."""
    _replicates: dict[int, int] = field(default_factory=dict)
    """Of the cells of a kind."""

    def __post_init__(self) -> None:
        """Know the kinds."""
        self._kinds = kinds_of(self.cells)

    def add(self, pieces: Iterable[Piece]) -> None:
        """Hear that the journal holds some more pieces."""
        for piece in pieces:
            held = self._held.setdefault(piece.cell, [])
            held.append(piece)
            if sum(piece.last - piece.first for piece in held) == self._replicates_of(piece.cell):
                self._whole.add(piece.cell)
                self.complete += 1
        while self.at < len(self.wanted) and self.wanted[self.at] in self._whole:
            self._hand_on(self.wanted[self.at])
            self.at += 1

    def rest(self) -> None:
        """Hand on what is complete among the cells that are left, though some before it are not."""
        for index in sorted(self._whole):
            self._hand_on(index)

    def _replicates_of(self, index: int) -> int:
        kind = self._kinds[index]
        if kind not in self._replicates:
            self._replicates[kind] = self.cells[index].replicates
        return self._replicates[kind]

    def _hand_on(self, index: int) -> None:
        self._whole.remove(index)
        pieces = sorted(self._held.pop(index))
        failures = [failure for piece in pieces if (failure := self.journal.places[piece].failure)]
        found: Sequence[Result] = _InJournal(self.journal, pieces)
        self.take(index, failures[0] if failures else found if len(pieces) > 1 else list(found))
        self.journal.forget(pieces)
