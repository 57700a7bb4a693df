"""What a gradient costs that fades beyond the range of floats: subnormal numbers are slow on many a processor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from benchmarks.bench import Contestants, Row, race
from yann.engine.backward import backward
from yann.engine.forward import forward
from yann.engine.network import Layer, Network
from yann.engine.objective import Objective
from yann.engine.scaling import OWN, SMALL, Reach
from yann.parts.activations import Sigmoid
from yann.parts.generators import NormalData
from yann.parts.initializers import Normal
from yann.parts.losses import SquaredError
from yann.parts.optimizers import SGD
from yann.study.allocator import keep_freed_memory
from yann.study.cell import Cell, MadeData
from yann.study.run import start

DEPTH, WIDTH, SAMPLES = 1000, 64, 64


def rows(turns: int) -> Iterator[Row]:
    """Time a gradient that fades, and the processor's own taste for such numbers."""
    yield Row("v", f"forward and backward, {DEPTH:,} layers of width {WIDTH}", race(contestants(), turns))
    yield Row("v", "400 × 400 matrices on one core", race(products(), turns))


def contestants() -> Contestants:
    """Give a network whose gradients fade, one like it whose gradients do not, and the first in plain floats."""
    keep_freed_memory()
    fades, holds = (_passes(std) for std in (0.1, 0.6))
    return {
        "yann, fading to 1e-900": partial(fades, SMALL),
        "yann, not fading": partial(holds, SMALL),
        "the same in plain floats": partial(fades, OWN),
    }


def products() -> Contestants:
    """Give a matrix product of ordinary numbers, and one of subnormal numbers: what this processor makes of them."""
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(400, 400)), rng.normal(size=(400, 400))
    return {"a product": lambda: A @ B, "of subnormals": partial(np.matmul, A, B * 1e-310)}


def _passes(std: float) -> Callable[[Reach], object]:
    layers = (Layer(WIDTH, WIDTH, Sigmoid(), Normal(std=std)),) * DEPTH
    data = MadeData(NormalData(), NormalData(), SAMPLES)
    cell = Cell(Network(layers), data, Objective(SquaredError()), SGD(), 0, None, 1, 0, 1, "float64")
    params, _, batches = start(cell, [0])
    X, Y = batches[0]

    def work(reach: Reach) -> object:
        with np.errstate(all="ignore"):
            trace = forward(cell.network, params, X, reach)
            return [g.in_range() for g in backward(cell.network, params, trace, cell.objective, Y, reach)]

    return work
