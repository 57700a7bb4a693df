"""One step of an optimizer over all parameters."""

from __future__ import annotations

from dataclasses import dataclass

from yann.engine.backward import Gradients, LayerGradients
from yann.engine.network import LayerParams, Params
from yann.parts.optimizers import Memory, Optimizer


@dataclass(frozen=True)
class LayerMemory:
    """What the optimizer remembers of W and of b."""

    W: Memory
    b: Memory


Memories = tuple[LayerMemory, ...]


def first_memory(optimizer: Optimizer, params: Params) -> Memories:
    """Give the memory before the first step."""
    return tuple(LayerMemory(optimizer.init(p.W), () if p.b is None else optimizer.init(p.b)) for p in params)


def descend(optimizer: Optimizer, params: Params, gradients: Gradients, memories: Memories, t: int) -> tuple[Params, Memories]:
    """Give the parameters after step t = 1, 2, … and the memory it leaves."""
    every_layer = [descend_layer(optimizer, *layer, t) for layer in zip(params, gradients, memories, strict=True)]
    return tuple(theta for theta, _ in every_layer), tuple(memory for _, memory in every_layer)


def descend_layer(
    optimizer: Optimizer, theta: LayerParams, g: LayerGradients, memory: LayerMemory, t: int
) -> tuple[LayerParams, LayerMemory]:
    """Do it for one layer."""
    W, of_W = optimizer.update(theta.W, g.dW, memory.W, t)
    b, of_b = (None, ()) if theta.b is None else optimizer.update(theta.b, g.db, memory.b, t)
    return LayerParams(W, b), LayerMemory(of_W, of_b)
