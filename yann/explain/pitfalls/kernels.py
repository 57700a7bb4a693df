"""A pitfall of weights: the same numbers, read the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from yann.engine.network import Network
from yann.explain.pitfalls.base import PITFALLS, Pitfall, yann_network
from yann.parts.initializers import Initializer
from yann.shapes import Array
from yann.study.cell import Cell

if TYPE_CHECKING:
    from numpy.random import Generator


@PITFALLS.add("keras_kernels")
class KerasKernels(Pitfall):
    """(out, in) read as (in, out)"""

    source = "the YANN network in Keras; torch.nn.Linear, keras.layers.Dense"
    why = (
        "PyTorch's Linear has W of shape (out, in) for z = W x; a Keras Dense has a kernel of shape (in, out) for z = x K. So K "
        "is W transposed. Given W as it is, a square kernel is used untransposed, and any other is filled in the order in which "
        "the numbers stand in memory. The numbers are the same and nothing complains, but it is another network."
    )
    avoid = (
        "Hand over W.T, never W.reshape(in, out), and compare one forward pass before any gradient: both must predict the same. "
        "In yann network.layout says which way round a config writes its weights."
    )
    shown = ("loss", "W1", "W2", "dW1")
    telling = "loss"

    def cases(self) -> Iterator[tuple[str, Cell]]:
        yield "the YANN network, weights shown (in, out)", yann_network()

    def mistaken(self, cell: Cell) -> Cell:
        layers = tuple(replace(layer, init=_Reread(layer.init)) for layer in cell.network.layers)
        return replace(cell, network=Network(layers))


@dataclass(frozen=True)
class _Reread(Initializer):
    """Weights written (out, in), read in the order of memory as (in, out)."""

    name = "reread"

    honest: Initializer

    def draw(self, rng: Generator, fan_in: int, fan_out: int, shape: tuple[int, int]) -> Array:
        return np.ascontiguousarray(self.honest.draw(rng, fan_in, fan_out, shape).T).reshape(shape)
