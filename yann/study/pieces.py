"""Cells cut into pieces of work: some replicates of one cell, as many as are worth a worker's while."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from yann.study.allocator import keep_freed_memory
from yann.study.budget import in_a_stack, result_bytes
from yann.study.cell import Cell
from yann.study.data import samples_per_update
from yann.study.metrics import Metric
from yann.study.result import Result, joined
from yann.study.run import run

CACHE = 1 << 23
"""Bytes that the arrays of a layer may take in a stack of replicates: near when the next layer needs them, and not so few that
calls cost more than numbers. Measured from 1 to 16 MiB: it matters little from 4 MiB on."""
WHOLE = 1 << 30
"""Bytes that all layers of a stack may take by the same reckoning: what the forward pass makes stays until the way back."""
RESULTS, WORTH_A_STACK = 1 << 22, 16
"""Bytes that the results of a piece, and of a chunk, may take; but for so many replicates, which share their calls whatever
they take."""
CHUNK_SECONDS = 0.2
"""About how long a chunk takes, so that handing it over costs next to nothing."""
STACK_SECONDS, LAYER_SECONDS, OPERATIONS_PER_SECOND = 4e-4, 1.5e-4, 2e9
"""What a stack and each step of a layer of it cost in calls alone, and how fast numbers are; only chunk sizes hang on these."""
LONG_LAYER_SECONDS = 0.01
"""From how long a layer of one replicate on its products leave other threads their Python."""


class Piece(NamedTuple):
    """Replicates first, …, last - 1 of a cell."""

    cell: int
    first: int
    last: int


class Done(NamedTuple):
    """What became of a piece: its packed result, or why there is none."""

    piece: Piece
    packed: bytes = b""
    failure: str = ""


def stack_size(cell: Cell) -> int:
    """Give how many replicates share one call: as many as fit the cache, if the network is not too deep; at least one.

    Where they are so small that their results take more room than they do, there are as many as those have room.
    """
    near = min(CACHE * len(cell.network.layers), WHOLE) // in_a_stack(cell)
    return max(1, min(near, max(WORTH_A_STACK, RESULTS // result_bytes(cell))))


def seconds(cell: Cell, replicates: int) -> float:
    """Give about how long some replicates of a cell take."""
    layers = len(cell.network.layers)
    stacks = -(-replicates // stack_size(cell))
    calls = stacks * (STACK_SECONDS + (cell.steps + 1) * layers * LAYER_SECONDS)
    return calls + in_numbers(cell, replicates)


def in_numbers(cell: Cell, replicates: int) -> float:
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


def in_a_piece(cell: Cell) -> int:
    """Give how many replicates of a cell are a piece of work, if it has so many: whole stacks, about as long as a chunk."""
    stack = stack_size(cell)
    stacks = min(int(CHUNK_SECONDS / max(seconds(cell, stack), 1e-9)), RESULTS // (stack * result_bytes(cell)))
    return min(cell.replicates, stack * max(1, stacks))


def pieces_of(index: int, replicates: int, each: int) -> Iterator[Piece]:
    """Walk the pieces of a cell of so many replicates, each of so many of them."""
    return (Piece(index, first, min(first + each, replicates)) for first in range(0, replicates, each))


def run_stacked(cell: Cell, measure: Sequence[Metric], replicates: range, tick: Callable[[int], None] = lambda _: None) -> Result:
    """Run some replicates of a cell, as many in one call as fit the cache; that can never change a number."""
    keep_freed_memory()
    size = stack_size(cell)
    return joined([run(cell, measure, replicates[r : r + size], tick) for r in range(0, len(replicates), size)])
