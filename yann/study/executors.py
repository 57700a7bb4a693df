"""Executors: how the cells of an experiment are spread over the machine. None of them can change a number."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from yann.errors import DataError
from yann.study.cell import Cell, Experiment
from yann.study.data import samples_per_update
from yann.study.metrics import Metric
from yann.study.result import Result, joined
from yann.study.run import run

CACHE = 1 << 20
"""Bytes that a stack of replicates should fit into, so that a layer's arrays are still near when the next one needs them."""

CANNOT = (DataError, MemoryError, ArithmeticError, ValueError)
"""What a cell can fail of while the others go on (a matrix that has no QR factors is a ValueError); all else is a bug."""
Outcome = Result | Exception
Tick = Callable[[int], None]


def stack_size(cell: Cell) -> int:
    """Give how many replicates share one call: as many as fit the cache, at least one."""
    samples = samples_per_update(cell)
    layers = cell.network.layers
    numbers = sum(3 * layer.fan_in * layer.fan_out + 6 * samples * layer.fan_out for layer in layers) / len(layers)
    return max(1, int(CACHE / (numbers * cell.itemsize)))


def run_cell(cell: Cell, measure: Sequence[Metric], tick: Tick = lambda _: None) -> Outcome:
    """Run all replicates of a cell; what a cell cannot do is its outcome, not the end of the others."""
    size = stack_size(cell)
    everyone = range(cell.replicates)
    try:
        return joined([run(cell, measure, everyone[r : r + size], tick) for r in range(0, cell.replicates, size)])
    except CANNOT as error:
        return error


def outcomes(experiment: Experiment, jobs: int, tick: Tick = lambda _: None) -> Iterator[Outcome]:
    """Give every cell's outcome in order, from `jobs` threads; NumPy's matrix products leave the others free to run."""
    if jobs == 1:
        yield from (run_cell(cell, experiment.measure, tick) for cell in experiment.cells)
        return
    cells = iter(experiment.cells)
    with ThreadPoolExecutor(jobs) as pool:
        waiting: deque[Future[Outcome]] = deque()
        try:
            for cell in islice(cells, 4 * jobs):
                waiting.append(pool.submit(run_cell, cell, experiment.measure, tick))
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(pool.submit(run_cell, cell, experiment.measure, tick) for cell in islice(cells, 1))
        finally:
            for future in waiting:
                future.cancel()
