"""The backward pass, written by hand: the chain rule from the loss to every weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yann.engine.forward import Trace
from yann.engine.network import Layer, Network, Params
from yann.engine.objective import Objective
from yann.shapes import Array, Float


@dataclass(frozen=True)
class LayerGradients:
    """∂J/∂ of what one layer made and of its parameters; `slope` is ∂A/∂Z, elementwise.

    All but the slope are to be multiplied by 2^exponent, which is 0 unless the pass was asked to go beyond range.
    """

    dA: Float[Array, "*R N n"]
    slope: Float[Array, "*R N n"]
    dZ: Float[Array, "*R N n"]
    dW: Float[Array, "*R m n"]
    db: Float[Array, "*R 1 n"]
    exponent: Array


Gradients = tuple[LayerGradients, ...]


def backward(
    network: Network,
    params: Params,
    trace: Trace,
    objective: Objective,
    Y: Float[Array, "*#R N k"],
    *,
    beyond_range: bool = False,
) -> Gradients:
    """Carry dA = ∂J/∂A from the last layer to the first.

    dZ = dA ∘ φ'(Z) ∘ s    dW = A_inᵀ dZ    db = Σₙ dZ    dA_in = dZ Wᵀ

    The pass is linear in dA. `beyond_range` uses that: dA is brought back to about 1 after each layer by a power of two,
    which is exact, and the powers are added up in `exponent`, so that no gradient is too small or too large to tell.
    """
    dA, dZ = objective.gradient(network, trace, Y)
    return carry_back(network.layers, params, trace, dA, dZ, beyond_range=beyond_range)


def carry_back(
    layers: tuple[Layer, ...],
    params: Params,
    trace: Trace,
    dA: Float[Array, "*R N n"],
    dZ: Float[Array, "*R N n"],
    *,
    beyond_range: bool = False,
) -> Gradients:
    """Carry what stands above the last of these layers, of whatever number it is the derivative, down to the first."""
    gradients: list[LayerGradients] = []
    exponent = np.zeros(dA.shape[:-2], dtype=np.int64)
    for layer, theta, seen in zip(reversed(layers), reversed(params), reversed(trace), strict=True):
        slope = layer.slope(seen.Z, seen.phi)
        if gradients:  # the last layer's dZ is given
            dZ = dA * slope
        dW = seen.A_in.mT @ dZ
        db = dZ.sum(axis=-2, keepdims=True, dtype=np.float64).astype(dZ.dtype, copy=False)
        gradients.append(LayerGradients(dA, slope, dZ, dW, db, exponent))
        dA = dZ @ theta.W.mT
        if beyond_range:
            dA, shift = rescaled(dA)
            exponent = exponent + shift
    return tuple(reversed(gradients))


def rescaled(M: Float[Array, "*R m n"]) -> tuple[Float[Array, "*R m n"], Array]:
    """Give M·2⁻ᵉ with its largest entry in [½, 1), and e (*R,); e is 0 where that entry is 0 or not finite."""
    largest = np.abs(M).max(axis=(-2, -1))
    e = np.where(np.isfinite(largest), np.frexp(largest)[1], 0)
    return np.ldexp(M, -e[..., None, None]), e
