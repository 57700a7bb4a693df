"""yann's own workers, with everything drawn before: processes where NumPy's calls are short, threads where they are long."""

from __future__ import annotations

import atexit
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from yann.study.allocator import keep_freed_memory
from yann.study.cell import Cell
from yann.study.metrics import Metric
from yann.study.pieces import has_long_calls, stack_size
from yann.study.result import Result
from yann.study.run import measured, start

Begun = list[tuple]


def even_stacks(cell: Cell, cores: int) -> list[range]:
    """Cut the replicates into stacks that fit the cache, as many for each core as for any other."""
    rounds = -(-cell.replicates // (stack_size(cell) * cores))
    ends = np.linspace(0, cell.replicates, rounds * cores + 1).astype(int).tolist()
    return [range(first, last) for first, last in pairwise(ends) if first < last]


def ready(cell: Cell, measure: Sequence[Metric], begun: Begun, stacks: Sequence[range], cores: int) -> Callable[[], list[Result]]:
    """Give the function that measures all stacks on so many cores, in order, its workers waiting; `begun` is what was drawn."""
    if cores == 1:
        return lambda: [_measured(cell, measure, each) for each in begun]
    if has_long_calls(cell):
        pool = ThreadPoolExecutor(cores)
        return lambda: list(pool.map(lambda each: _measured(cell, measure, each), begun))
    shares = [stacks[worker * len(stacks) // cores : (worker + 1) * len(stacks) // cores] for worker in range(cores)]
    spawning = multiprocessing.get_context("spawn")
    workers = [ProcessPoolExecutor(1, spawning, _draw, (cell, measure, share)) for share in shares]
    for worker in workers:
        atexit.register(worker.shutdown)
    return lambda: [result for share in [worker.submit(_share) for worker in workers] for result in share.result()]


_drawn: list[tuple[Cell, Sequence[Metric], Begun]] = []


def _draw(cell: Cell, measure: Sequence[Metric], stacks: Sequence[range]) -> None:
    """Draw in a worker what is its share."""
    keep_freed_memory()
    _drawn.append((cell, measure, [start(cell, stack) for stack in stacks]))


def _share() -> list[Result]:
    cell, measure, begun = _drawn[-1]
    return [_measured(cell, measure, each) for each in begun]


def _measured(cell: Cell, measure: Sequence[Metric], begun: tuple) -> Result:
    with np.errstate(all="ignore"):
        return measured(cell, measure, *begun)
