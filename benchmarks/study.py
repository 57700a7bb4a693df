"""One study, done by yann and by what its users would otherwise take: replicates of a network, three metrics of every layer.

Everybody gets the same weights, inputs and targets, on the same number of cores, and gives ‖dW‖, its rms, and the standard
deviation of A, all per layer and replicate. The bare products are the least that anybody must do: the three of each layer.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from yann.engine.network import Layer, Network
from yann.engine.objective import Objective
from yann.parts.activations import Identity, Tanh
from yann.parts.generators import NormalData
from yann.parts.initializers import XavierNormal
from yann.parts.losses import SquaredError
from yann.parts.optimizers import SGD
from yann.study.allocator import keep_freed_memory
from yann.study.cell import Cell, MadeData
from yann.study.metrics import METRICS
from yann.study.pieces import stack_size
from yann.study.run import measured, start

MEASURE = tuple(METRICS[name]() for name in ("dW_norm", "dW_rms", "A_std"))


@dataclass(frozen=True)
class Study:
    """So many replicates of a network of so many layers, all of one width."""

    replicates: int
    depth: int
    width: int
    samples: int
    dtype: str = "float64"

    @property
    def cell(self) -> Cell:
        """Give it as yann has it."""
        hidden = Layer(self.width, self.width, Tanh(), XavierNormal())
        layers = (*[hidden] * (self.depth - 1), Layer(self.width, self.width, Identity(), XavierNormal()))
        data = MadeData(NormalData(), NormalData(), self.samples)
        return Cell(Network(layers), data, Objective(SquaredError()), SGD(), 0, None, 1, 0, self.replicates, self.dtype)


@dataclass(frozen=True)
class Drawn:
    """What everybody gets: W (R, m, n) of each layer, X and Y (R, N, n)."""

    W: list[np.ndarray]
    X: np.ndarray
    Y: np.ndarray


def contestants(study: Study, cores: int) -> tuple[Mapping[str, Callable[[], object]], Drawn]:
    """Give everybody who is installed and can do the study, and what they do it with."""
    keep_freed_memory()
    cell = study.cell
    stacks = [range(r, min(r + stack_size(cell), study.replicates)) for r in range(0, study.replicates, stack_size(cell))]
    begun = [start(cell, stack) for stack in stacks]
    drawn = Drawn(
        [np.concatenate([params[at].W for params, _, _ in begun]) for at in range(study.depth)],
        np.concatenate([data.X for _, data, _ in begun]),
        np.concatenate([data.Y for _, data, _ in begun]),
    )
    found: dict[str, Callable[[], object]] = {
        "yann": partial(_yann, cell, begun, cores),
        "bare matrix products": partial(_products, drawn, stack_size(cell), cores),
    }
    for name, module, make in (("PyTorch vmap", "torch", _torch), ("JAX jit + vmap", "jax", _jax)):
        if importlib.util.find_spec(module):
            found[name] = make(drawn, cores)
    return found, drawn


def _yann(cell: Cell, begun: list[tuple], cores: int) -> list[object]:
    def one(stack: tuple) -> object:
        with np.errstate(all="ignore"):
            return measured(cell, MEASURE, *stack)

    return _spread(one, begun, cores)


def _spread(one: Callable[[tuple], object], begun: list, cores: int) -> list[object]:
    if cores == 1:
        return [one(each) for each in begun]
    with ThreadPoolExecutor(cores) as pool:
        return list(pool.map(one, begun))


def _products(drawn: Drawn, stack: int, cores: int) -> None:
    parts = [slice(r, r + stack) for r in range(0, len(drawn.X), stack)]

    def one(part: slice) -> None:
        A, dZ = drawn.X[part], drawn.Y[part]
        Z, dW, dA = np.empty_like(A), np.empty_like(drawn.W[0][part]), np.empty_like(A)
        for number, W in enumerate(drawn.W):
            np.matmul(A, W[part], out=Z)
            np.matmul(A.mT, dZ, out=dW)
            if number:
                np.matmul(dZ, W[part].mT, out=dA)

    _spread(one, parts, cores)


def _torch(drawn: Drawn, cores: int) -> Callable[[], object]:
    import torch
    from torch.func import grad, vmap

    torch.set_num_threads(cores)
    weights = tuple(torch.from_numpy(W) for W in drawn.W)
    X, Y = torch.from_numpy(drawn.X), torch.from_numpy(drawn.Y)

    def loss(weights: tuple, X: torch.Tensor, Y: torch.Tensor) -> tuple:
        A, spread = X, []
        for number, W in enumerate(weights, start=1):
            Z = A @ W
            A = Z if number == len(weights) else torch.tanh(Z)
            spread.append(A.std(correction=0))
        return ((A - Y) ** 2).mean(), torch.stack(spread)

    each = vmap(grad(loss, has_aux=True))

    def work() -> object:
        gradients, spread = each(weights, X, Y)
        norms = torch.stack([g.flatten(1).norm(dim=1) for g in gradients])
        rms = torch.stack([g.flatten(1).square().mean(dim=1).sqrt() for g in gradients])
        return norms.numpy(), rms.numpy(), spread.numpy()

    return work


def jax_study(drawn: Drawn) -> tuple[Callable, tuple]:
    """Give the function that JAX is to compile, and what it is called with."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - as JAX has it

    def loss(weights: list, X: jax.Array, Y: jax.Array) -> tuple:
        A, spread = X, []
        for number, W in enumerate(weights, start=1):
            Z = A @ W
            A = Z if number == len(weights) else jnp.tanh(Z)
            spread.append(A.std())
        return ((A - Y) ** 2).mean(), jnp.stack(spread)

    def one(weights: list, X: jax.Array, Y: jax.Array) -> tuple:
        gradients, spread = jax.grad(loss, has_aux=True)(weights, X, Y)
        norms = jnp.stack([jnp.linalg.norm(g) for g in gradients])
        rms = jnp.stack([jnp.sqrt((g * g).mean()) for g in gradients])
        return norms, rms, spread

    return jax.vmap(one), ([jnp.asarray(W) for W in drawn.W], jnp.asarray(drawn.X), jnp.asarray(drawn.Y))


def _jax(drawn: Drawn, _: int) -> Callable[[], object]:
    import jax

    function, arguments = jax_study(drawn)
    compiled = jax.jit(function)
    return lambda: [np.asarray(each) for each in jax.block_until_ready(compiled(*arguments))]


def compile_and_run(drawn: Drawn) -> object:
    """Let JAX trace, compile and run the study anew."""
    import jax

    function, arguments = jax_study(drawn)
    return jax.block_until_ready(jax.jit(function)(*arguments))
