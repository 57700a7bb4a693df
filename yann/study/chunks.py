"""Pieces of work gathered into chunks that are worth handing to a worker, and what a worker does with one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from yann.errors import DataError
from yann.study.alike import gathered_alike, likeness, run_alike
from yann.study.allocator import keep_freed_memory
from yann.study.budget import result_bytes
from yann.study.cell import Cell, MadeData
from yann.study.cells import kinds_of
from yann.study.compact import Rows, integers
from yann.study.metrics import Metric
from yann.study.packing import pack
from yann.study.pieces import (
    CHUNK_SECONDS,
    RESULTS,
    Done,
    Piece,
    has_long_calls,
    in_numbers,
    run_stacked,
    seconds,
    stack_size,
    steps_of,
)

FIRST_SECONDS = 0.025
"""About how long the first one takes, and each one after it twice as long: whoever takes the results need not wait for them."""
CHUNK_PIECES = 500
"""The most pieces of a chunk."""
SHARED_SECONDS = 1e-4
"""What a cell costs that shares a stack with others: its draws, and its results packed."""

CANNOT = (DataError, MemoryError, ArithmeticError, ValueError)
"""What a cell can fail of while the others go on (a matrix that has no QR factors is a ValueError); all else is a bug."""


@dataclass(frozen=True)
class Chunk:
    """Pieces that one worker does in one go; all that it needs to know."""

    pieces: tuple[Piece, ...]
    cells: tuple[Cell, ...]
    """For each piece its cell."""
    measure: tuple[Metric, ...]

    def singly(self) -> Iterator[Chunk]:
        """Walk the pieces as chunks of their own."""
        for piece, cell in zip(self.pieces, self.cells, strict=True):
            yield Chunk((piece,), (cell,), self.measure)


class Cut(NamedTuple):
    """Where a chunk ends among the pieces, and what is known of it."""

    last: int
    seconds: float
    """About how long it takes."""
    steps: int
    """That it makes."""
    long: bool
    """Whether its first cell has long calls."""


@dataclass(frozen=True)
class Work:
    """Pieces gathered into chunks, in their order; a chunk is made when it is its turn, for there may be a million pieces."""

    cells: Sequence[Cell]
    pieces: Sequence[Piece]
    measure: tuple[Metric, ...]
    cuts: Sequence[Cut]

    def __len__(self) -> int:
        """Count the chunks."""
        return len(self.cuts)

    def __iter__(self) -> Iterator[Chunk]:
        """Walk the chunks."""
        first = 0
        for cut in self.cuts:
            pieces = tuple(self.pieces[first : cut.last])
            yield Chunk(pieces, tuple(self.cells[piece.cell] for piece in pieces), self.measure)
            first = cut.last


def gathered(cells: Sequence[Cell], pieces: Iterable[Piece], measure: tuple[Metric, ...], *, singly: bool = False) -> Work:
    """Gather pieces into chunks, in their order, or have each be one."""
    listed = Rows(Piece, [integers() for _ in Piece._fields])
    kinds, costs = kinds_of(cells), dict[tuple[int, int], _Cost]()
    cuts: list[Cut] = []
    alike: set[Hashable] = set()
    first, spent, steps, held, long, enough = 0, 0.0, 0, 0, False, FIRST_SECONDS
    for piece in pieces:
        listed.append(*piece)
        about = kinds[piece.cell], piece.last - piece.first
        cost = costs.get(about) or costs.setdefault(about, _cost(cells[piece.cell], piece))
        long = long if alike else cost.long
        spent += cost.beside if cost.likeness in alike else cost.alone
        steps += cost.steps
        held += cost.results
        alike.add(cost.likeness)
        if singly or spent >= enough or held >= RESULTS or len(listed) - first == CHUNK_PIECES:
            cuts.append(Cut(len(listed), spent, steps, long))
            first, alike, spent, steps, held, enough = len(listed), set(), 0.0, 0, 0, min(2 * enough, CHUNK_SECONDS)
    if len(listed) > first:
        cuts.append(Cut(len(listed), spent, steps, long))
    return Work(cells, listed, measure, cuts)


class _Cost(NamedTuple):
    """What a piece costs: seconds if nothing shares its stack, and if others do, steps, and bytes of results."""

    alone: float
    beside: float
    steps: int
    results: int
    long: bool
    likeness: Hashable


def _cost(cell: Cell, piece: Piece) -> _Cost:
    replicates = piece.last - piece.first
    alone = beside = seconds(cell, replicates)
    if isinstance(cell.data, MadeData) and 2 * replicates <= stack_size(cell):  # what is loaded, or fills a stack, shares none
        beside = min(alone, SHARED_SECONDS + in_numbers(cell, replicates))
    results = replicates * result_bytes(cell)
    return _Cost(alone, beside, steps_of(cell, piece), results, has_long_calls(cell), likeness(cell))


def do(chunk: Chunk, tick: Callable[[int], None] = lambda _: None) -> list[Done]:
    """Do the pieces of a chunk; what a cell cannot do is its outcome, not the end of the others."""
    keep_freed_memory()
    sizes = [piece.last - piece.first for piece in chunk.pieces]
    found = [done for group in gathered_alike(chunk.cells, sizes, stack_size) for done in _together(chunk, group, tick)]
    return sorted(found, key=lambda done: done.piece)


def _together(chunk: Chunk, group: Sequence[int], tick: Callable[[int], None]) -> list[Done]:
    """Do pieces that fit one stack, or a single one; if one of them cannot be done each is tried alone."""
    if len(group) == 1:
        return [_alone(chunk.pieces[group[0]], chunk.cells[group[0]], chunk.measure, tick)]
    parts = [(chunk.cells[at], range(chunk.pieces[at].first, chunk.pieces[at].last)) for at in group]
    told = 0

    def count(steps: int) -> None:
        nonlocal told
        told += steps
        tick(steps * len(group))

    try:
        results = run_alike(parts, chunk.measure, count)
    except CANNOT:
        tick(-told * len(group))
        return [done for at in group for done in _together(chunk, [at], tick)]
    return [Done(chunk.pieces[at], pack(result)) for at, result in zip(group, results, strict=True)]


def _alone(piece: Piece, cell: Cell, measure: Sequence[Metric], tick: Callable[[int], None]) -> Done:
    try:
        return Done(piece, pack(run_stacked(cell, measure, range(piece.first, piece.last), tick)))
    except CANNOT as error:
        return Done(piece, failure=f"{type(error).__name__}: {error}")
