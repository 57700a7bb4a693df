"""One study, done by yann and by what its users would otherwise take: replicates of a network, three metrics of every layer.

Everybody gets the same weights, inputs and targets, on the same number of cores, and gives ‖dW‖, its rms, and the standard
deviation of A, all per layer and replicate. The bare products are the least that anybody must do: the three of each layer.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.bench import Contestants, Row, race
from benchmarks.machine import CORES, FRAMEWORKS, installed
from benchmarks.workers import even_stacks, ready
from yann.engine.network import Layer, Network, init_params
from yann.engine.objective import Objective
from yann.parts.activations import Identity, Tanh
from yann.parts.generators import NormalData
from yann.parts.initializers import XavierNormal
from yann.parts.losses import SquaredError
from yann.parts.optimizers import SGD
from yann.study.allocator import keep_freed_memory
from yann.study.cell import Cell, MadeData
from yann.study.metrics import METRICS
from yann.study.run import start

MEASURE = tuple(METRICS[name]() for name in ("dW_norm", "dW_rms", "A_std"))
AGREE = {"float64": 1e-9, "float32": 1e-3}


@dataclass(frozen=True)
class Study:
    """So many replicates of a network of so many layers, all of one width."""

    replicates: int
    depth: int
    width: int
    samples: int
    dtype: str = "float64"

    def __str__(self) -> str:
        sizes = f"{self.depth} layers of width {self.width}, {self.samples} samples"
        return f"{self.replicates} replicates of {sizes}, {self.dtype}"

    @property
    def cell(self) -> Cell:
        """Give it as yann has it."""
        hidden = Layer(self.width, self.width, Tanh(), XavierNormal())
        layers = (*[hidden] * (self.depth - 1), Layer(self.width, self.width, Identity(), XavierNormal()))
        data = MadeData(NormalData(), NormalData(), self.samples)
        return Cell(Network(layers), data, Objective(SquaredError()), SGD(), 0, None, 1, 0, self.replicates, self.dtype)


STUDIES = {
    "c": Study(100, 10, 64, 64),
    "c32": Study(100, 10, 64, 64, "float32"),
    "d": Study(1000, 8, 3, 64),
    "e": Study(4, 20, 512, 512),
}


@dataclass(frozen=True)
class Drawn:
    """What everybody gets: W (R, m, n) of each layer, X and Y (R, N, n)."""

    W: list[np.ndarray]
    X: np.ndarray
    Y: np.ndarray


def rows(name: str, study: Study, turns: int) -> Iterator[Row]:
    """Time a study in one process, the compilation that some of it need first, and the drawing of its weights."""
    found, compiling = contestants(study, CORES)
    yield Row(name, f"{study}, on {CORES} cores", race(found, turns, partial(same, AGREE[study.dtype])))
    if compiling and study.width < 512:  # where the numbers take longest, compiling is no matter
        yield Row(name, "the same, compiled anew", race({"yann": found["yann"], **compiling}, min(turns, 3)))
    yield Row(name, "drawing its weights, on one core", race(drawing(study), turns))


def contestants(study: Study, cores: int) -> tuple[Contestants, Contestants]:
    """Give everybody who is installed, and those who compile once more as they then begin."""
    keep_freed_memory()
    cell = study.cell
    stacks = even_stacks(cell, cores)
    begun = [start(cell, stack) for stack in stacks]
    drawn = Drawn(
        [np.concatenate([params[at].W for params, _, _ in begun]) for at in range(study.depth)],
        np.concatenate([data.X for _, data, _ in begun]),
        np.concatenate([data.Y for _, data, _ in begun]),
    )
    found: dict[str, Callable[[], object]] = {
        "yann": ready(cell, MEASURE, begun, stacks, cores),
        "bare matrix products": partial(_products, drawn, stacks, cores),
    }
    compiling: dict[str, Callable[[], object]] = {}
    for framework in filter(installed, FRAMEWORKS):
        peer = importlib.import_module(f"benchmarks.peers.{framework}")
        found |= peer.studies(drawn, cores)
        compiling |= peer.compiling(drawn) if hasattr(peer, "compiling") else {}
    return found, compiling


def drawing(study: Study) -> Contestants:
    """Give yann's drawing of every weight of the study, and NumPy's of as many normals: the least that it can cost."""
    cell = study.cell
    total = cell.network.size * study.replicates
    return {
        "yann": lambda: init_params(cell.network, cell.seed, range(study.replicates), cell.dtype),
        "NumPy, as many normals": lambda: np.random.default_rng(0).standard_normal(total, study.dtype),
    }


def same(agree: float, name: str, first: list, other: tuple | None) -> None:
    """Refuse a peer that found other numbers than yann; the bare products find none."""
    if other is None:
        return
    for metric, values in zip(MEASURE, other, strict=True):
        expected = np.concatenate([result.metrics[metric.name][0] for result in first], axis=-1)
        np.testing.assert_allclose(values, expected, rtol=agree, err_msg=f"{name}: {metric.name}")


def spread(one: Callable[[object], object], parts: list, cores: int) -> list:
    """Do the parts on so many cores."""
    if cores == 1:
        return [one(part) for part in parts]
    with ThreadPoolExecutor(cores) as pool:
        return list(pool.map(one, parts))


def _products(drawn: Drawn, stacks: list[range], cores: int) -> None:
    def one(part: slice) -> None:
        A, dZ = drawn.X[part], drawn.Y[part]
        Z, dW, dA = np.empty_like(A), np.empty_like(drawn.W[0][part]), np.empty_like(A)
        for number, W in enumerate(drawn.W):
            np.matmul(A, W[part], out=Z)
            np.matmul(A.mT, dZ, out=dW)
            if number:
                np.matmul(dZ, W[part].mT, out=dA)

    spread(one, [slice(stack.start, stack.stop) for stack in stacks], cores)
