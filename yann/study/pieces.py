"""Cells cut into pieces of work: some replicates of one cell, gathered into chunks that are worth handing to a worker."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from yann.errors import DataError
from yann.study.alike import gathered_alike, likeness, run_alike
from yann.study.allocator import keep_freed_memory
from yann.study.budget import in_a_stack
from yann.study.cell import Cell
from yann.study.data import samples_per_update
from yann.study.metrics import Metric
from yann.study.packing import pack
from yann.study.result import Result, joined
from yann.study.run import run

CACHE = 1 << 23
"""Bytes that the arrays of a layer may take in a stack of replicates: near when the next layer needs them, and not so few that
calls cost more than numbers. Measured from 1 to 16 MiB: it matters little from 4 MiB on."""
WHOLE = 1 << 30
"""Bytes that all layers of a stack may take by the same reckoning: what the forward pass makes stays until the way back."""
CHUNK_SECONDS = 0.2
"""About how long a chunk takes, so that handing it over costs next to nothing."""
FIRST_SECONDS = 0.025
"""About how long the first one takes, and each one after it twice as long: whoever takes the results need not wait for them."""
CHUNK_PIECES = 500
"""The most pieces of a chunk, whose results are in memory together."""
STACK_SECONDS, LAYER_SECONDS, OPERATIONS_PER_SECOND = 4e-4, 1.5e-4, 2e9
"""What a stack and each step of a layer of it cost in calls alone, and how fast numbers are; only chunk sizes hang on these."""
SHARED_SECONDS = 1e-4
"""What a cell costs that shares a stack with others: its draws, and its results packed."""
LONG_LAYER_SECONDS = 0.01
"""From how long a layer of one replicate on its products leave other threads their Python."""

CANNOT = (DataError, MemoryError, ArithmeticError, ValueError)
"""What a cell can fail of while the others go on (a matrix that has no QR factors is a ValueError); all else is a bug."""


class Piece(NamedTuple):
    """Replicates first, …, last - 1 of a cell."""

    cell: int
    first: int
    last: int


@dataclass(frozen=True)
class Chunk:
    """Pieces that one worker does in one go; all that it needs to know."""

    pieces: tuple[Piece, ...]
    cells: tuple[Cell, ...]
    """For each piece its cell."""
    measure: tuple[Metric, ...]
    seconds: float = 0.0
    """About how long it takes."""

    def singly(self) -> Iterator[Chunk]:
        """Walk the pieces as chunks of their own."""
        for piece, cell in zip(self.pieces, self.cells, strict=True):
            yield Chunk((piece,), (cell,), self.measure, seconds(cell, piece.last - piece.first))


class Done(NamedTuple):
    """What became of a piece: its packed result, or why there is none."""

    piece: Piece
    packed: bytes = b""
    failure: str = ""


def stack_size(cell: Cell) -> int:
    """Give how many replicates share one call: as many as fit the cache, if the network is not too deep; at least one."""
    return max(1, min(CACHE * len(cell.network.layers), WHOLE) // in_a_stack(cell))


def seconds(cell: Cell, replicates: int) -> float:
    """Give about how long some replicates of a cell take."""
    layers = len(cell.network.layers)
    stacks = -(-replicates // stack_size(cell))
    calls = stacks * (STACK_SECONDS + (cell.steps + 1) * layers * LAYER_SECONDS)
    return calls + _numbers(cell, replicates)


def _numbers(cell: Cell, replicates: int) -> float:
    """Give about how many of these seconds go into numbers rather than calls."""
    operations = replicates * (samples_per_update(cell) * 6 + 20) * cell.network.size
    return (cell.steps + 1) * operations / OPERATIONS_PER_SECOND


def has_long_calls(cell: Cell) -> bool:
    """Tell whether NumPy is busy with each layer of a replicate for so long that threads seldom wait for each other's Python."""
    operations = (samples_per_update(cell) * 6 + 20) * cell.network.size / len(cell.network.layers)
    return operations / OPERATIONS_PER_SECOND > LONG_LAYER_SECONDS


def steps_of(cell: Cell, piece: Piece) -> int:
    """Give the steps that a piece makes: each stack of replicates goes through all of them."""
    return (cell.steps + 1) * -(-(piece.last - piece.first) // stack_size(cell))


def pieces_of(index: int, cell: Cell) -> Iterator[Piece]:
    """Walk the pieces of a cell, each of whole stacks and about as long as a chunk; one, if it has no more replicates."""
    stack = stack_size(cell)
    each = stack * max(1, int(CHUNK_SECONDS / max(seconds(cell, stack), 1e-9)))
    for first in range(0, cell.replicates, each):
        yield Piece(index, first, min(first + each, cell.replicates))


def chunks(cells: Sequence[Cell], pieces: Iterable[Piece], measure: tuple[Metric, ...]) -> Iterator[Chunk]:
    """Gather pieces into chunks, in their order."""
    gathered: list[Piece] = []
    kinds: set[Hashable] = set()
    spent, enough = 0.0, FIRST_SECONDS
    for piece in pieces:
        cell = cells[piece.cell]
        gathered.append(piece)
        alone, kind = seconds(cell, piece.last - piece.first), likeness(cell)
        spent += min(alone, SHARED_SECONDS + _numbers(cell, piece.last - piece.first)) if kind in kinds else alone
        kinds.add(kind)
        if spent >= enough or len(gathered) == CHUNK_PIECES:
            yield Chunk(tuple(gathered), tuple(cells[each.cell] for each in gathered), measure, spent)
            gathered, kinds, spent, enough = [], set(), 0.0, min(2 * enough, CHUNK_SECONDS)
    if gathered:
        yield Chunk(tuple(gathered), tuple(cells[each.cell] for each in gathered), measure, spent)


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


def run_stacked(cell: Cell, measure: Sequence[Metric], replicates: range, tick: Callable[[int], None] = lambda _: None) -> Result:
    """Run some replicates of a cell, as many in one call as fit the cache; that can never change a number."""
    keep_freed_memory()
    size = stack_size(cell)
    return joined([run(cell, measure, replicates[r : r + size], tick) for r in range(0, len(replicates), size)])
