"""The backward pass, written by hand: the chain rule from the loss to every weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yann.engine.forward import Trace
from yann.engine.network import Layer, Network, Params
from yann.engine.objective import Objective
from yann.engine.scaling import OWN, Exponent, Reach, added, kept, times
from yann.shapes import Array, Float


@dataclass(frozen=True)
class LayerGradients:
    """∂J/∂ of what one layer made and of its parameters; `slope` is ∂A/∂Z, elementwise.

    dA, dZ and db are to be multiplied by 2^exponent, and dW by 2^exponent_dW, which are None unless the pass was asked to
    go beyond range.
    """

    dA: Float[Array, "*R N n"]
    slope: Float[Array, "*R N n"]
    dZ: Float[Array, "*R N n"]
    dW: Float[Array, "*R m n"]
    db: Float[Array, "*R 1 n"]
    exponent: Exponent = None
    exponent_dW: Exponent = None

    def in_range(self) -> LayerGradients:
        """Give the gradients as their floats have them: 0 or infinite, where they are beyond range."""
        if self.exponent is None and self.exponent_dW is None:
            return self
        dA, dZ, db = (times(M, self.exponent) for M in (self.dA, self.dZ, self.db))
        return LayerGradients(dA, self.slope, dZ, times(self.dW, self.exponent_dW), db)


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
    return carry_back(network.layers, params, trace, *objective.gradient(network, trace, Y), reach)


def carry_back(
    layers: tuple[Layer, ...],
    params: Params,
    trace: Trace,
    dA: Float[Array, "*R N n"],
    dZ: Float[Array, "*R N n"],
    exponent: Exponent = None,
    reach: Reach = OWN,
) -> Gradients:
    """Carry what stands above the last of these layers, of whatever number it is the derivative, down to the first."""
    gradients: list[LayerGradients] = []
    ones = np.ones((1, dZ.shape[-2]))  # a product adds up narrow rows ten times as fast as a sum does
    for layer, theta, seen in zip(reversed(layers), reversed(params), reversed(trace), strict=True):
        slope = layer.slope(seen.Z, seen.phi)
        if gradients:  # the last layer's dZ is given
            dZ = dA * slope
        dW = seen.A_in.mT @ dZ
        db = (ones @ dZ.astype(np.float64, copy=False)).astype(dZ.dtype, copy=False)
        gradients.append(LayerGradients(dA, slope, dZ, dW, db, exponent, added(exponent, seen.exponent_in)))
        dA, exponent = kept(dZ @ theta.W.mT, exponent, reach)
    return tuple(reversed(gradients))
