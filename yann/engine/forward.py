"""The forward pass: from inputs to predictions, keeping what the backward pass needs."""

from __future__ import annotations

from dataclasses import dataclass

from yann.engine.network import Network, Params
from yann.shapes import Array, Float


@dataclass(frozen=True)
class LayerTrace:
    """What one layer saw and made; `phi` is φ(Z), before the scale."""

    A_in: Float[Array, "*#R N m"]
    Z: Float[Array, "*R N n"]
    phi: Float[Array, "*R N n"]
    A: Float[Array, "*R N n"]


Trace = tuple[LayerTrace, ...]


def forward(network: Network, params: Params, X: Float[Array, "*#R N f0"]) -> Trace:
    """Carry A_0 = X from the first layer to the last.

    Z = A_in W + b    A = φ(Z) ∘ s
    """
    trace = []
    A = X
    for layer, theta in zip(network.layers, params, strict=True):
        A_in = A
        Z = A_in @ theta.W if theta.b is None else A_in @ theta.W + theta.b
        phi = layer.activation.f(Z)
        A = layer.scaled(phi)
        trace.append(LayerTrace(A_in, Z, phi, A))
    return tuple(trace)
