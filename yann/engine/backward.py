"""The backward pass, written by hand: the chain rule from the loss to every weight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from yann.engine.forward import Trace
from yann.engine.network import Layer, Network, Params
from yann.engine.objective import Objective, Top
from yann.engine.scaling import OWN, Exponent, Reach, added, kept, times
from yann.shapes import Array, Float


@dataclass(frozen=True)
class LayerGradients:
    """∂J/∂ of what one layer made and of its parameters; `slope` is ∂A/∂Z, elementwise.

    dA, dZ and db are to be multiplied by 2^exponent, and dW by 2^exponent_dW, which are None unless the pass was asked to
    go beyond range; `carried` is what these were before they were brought into range.
    """

    dA: Float[Array, "*R N n"]
    slope: Float[Array, "*R N n"]
    dZ: Float[Array, "*R N n"]
    dW: Float[Array, "*R m n"]
    exponent: Exponent = None
    exponent_dW: Exponent = None
    carried: LayerGradients | None = None

    @cached_property
    def db(self) -> Float[Array, "*R 1 n"]:
        """Give Σₙ dZ, added up when it is asked for: a layer may have no bias."""
        if self.carried is not None:
            return times(self.carried.db, self.carried.exponent)
        ones = _ones(self.dZ.shape[-2])  # a product adds up narrow rows ten times as fast as a sum does
        return (ones @ self.dZ.astype(np.float64, copy=False)).astype(self.dZ.dtype, copy=False)

    def in_range(self) -> LayerGradients:
        """Give the gradients as their floats have them: 0 or infinite, where they are beyond range."""
        if self.exponent is None and self.exponent_dW is None:
            return self
        dA, dZ, dW = times(self.dA, self.exponent), times(self.dZ, self.exponent), times(self.dW, self.exponent_dW)
        return LayerGradients(dA, self.slope, dZ, dW, carried=self)


Gradients = tuple[LayerGradients, ...]


def backward(
    network: Network, params: Params, trace: Trace, objective: Objective, Y: Float[Array, "*#R N k"], reach: Reach = OWN
) -> Gradients:
    """Carry dA = ∂J/∂A from the last layer to the first.

    dZ = dA ∘ φ'(Z) ∘ s    dW = A_inᵀ dZ    db = Σₙ dZ    dA_in = dZ Wᵀ

    The pass is linear in dA. `reach` uses that: where dA leaves the range of its floats it is brought back to about 1 by a
    power of two, which is exact, and the powers are added up in `exponent`, so that no gradient is too small or too large
    to tell.
    """
    return carry_back(network.layers, params, trace, objective.gradient(network, trace, Y), reach)


def layer_by_layer(
    network: Network, params: Params, trace: Trace, objective: Objective, Y: Float[Array, "*#R N k"], reach: Reach = OWN
) -> Iterator[LayerGradients]:
    """Go the same way, and give each layer's gradients as they are made, the last layer's first, keeping none."""
    return _back(network.layers, params, trace, objective.gradient(network, trace, Y), reach)


def carry_back(layers: tuple[Layer, ...], params: Params, trace: Trace, top: Top, reach: Reach = OWN) -> Gradients:
    """Carry what stands above the last of these layers, of whatever number it is the derivative, down to the first."""
    return tuple(_back(layers, params, trace, top, reach))[::-1]


def _back(layers: tuple[Layer, ...], params: Params, trace: Trace, top: Top, reach: Reach) -> Iterator[LayerGradients]:
    dA, slope, dZ, exponent = top.dA, top.slope, top.dZ, top.exponent
    del top  # and whatever else is not needed below: what comes next can lie where it did, which is near
    for number in reversed(range(len(layers))):
        seen = trace[number]
        yield LayerGradients(dA, slope, dZ, seen.A_in.mT @ dZ, exponent, added(exponent, seen.exponent_in))
        if number:
            below = trace[number - 1]
            del dA, slope
            dA, exponent = kept(dZ @ transposed(params[number].W), exponent, reach)
            slope = layers[number - 1].slope(below.Z, below.phi)
            dZ = dA * slope


@lru_cache(maxsize=8)
def _ones(N: int) -> Array:
    """Give a row of ones, which every layer needs again."""
    return np.ones((1, N))


NARROW = 96
"""Up to so many units a product with Wᵀ is faster with a copy of Wᵀ than with a view of W: a sixth at 64, a half at 3."""


def transposed(W: Float[Array, "*R m n"]) -> Float[Array, "*R n m"]:
    """Give Wᵀ in the form that a product needs least time with."""
    return np.ascontiguousarray(W.mT) if max(W.shape[-2:]) <= NARROW else W.mT
