"""The forward pass: from inputs to predictions, keeping what the backward pass needs."""

from __future__ import annotations

from dataclasses import dataclass

from yann.engine.network import Network, Params
from yann.engine.scaling import OWN, Exponent, Reach, activated, in_common, kept, times
from yann.shapes import Array, Float


@dataclass(frozen=True)
class LayerTrace:
    """What one layer saw and made; `phi` is φ(Z), before the scale.

    A_in and A are to be multiplied by 2^exponent_in and 2^exponent, which are None unless the pass was asked to go beyond
    range; Z, where it is beyond, is the nearest number that is not, with the same slope.
    """

    A_in: Float[Array, "*#R N m"]
    Z: Float[Array, "*R N n"]
    phi: Float[Array, "*R N n"]
    A: Float[Array, "*R N n"]
    exponent_in: Exponent = None
    exponent: Exponent = None

    def output(self) -> Float[Array, "*R N n"]:
        """Give A as its floats have it: 0 or infinite, where it is beyond range."""
        return times(self.A, self.exponent)


Trace = tuple[LayerTrace, ...]


def forward(network: Network, params: Params, X: Float[Array, "*#R N f0"], reach: Reach = OWN) -> Trace:
    """Carry A_0 = X from the first layer to the last.

    Z = A_in W + b    A = φ(Z) ∘ s
    """
    trace = []
    A, exponent = kept(X, None, reach)
    for layer, theta in zip(network.layers, params, strict=True):
        A_in, exponent_in = A, exponent
        Z, b = A_in @ theta.W, theta.b
        if exponent is None:
            if b is not None:
                Z += b
            phi = layer.activation.f(Z)
            A = layer.scaled(phi)
        else:
            if b is not None:
                Z, b, exponent = in_common(Z, exponent, b)
                Z = Z + b
            Z, phi, A, exponent = activated(layer.activation, Z, exponent)
            A = layer.scaled(A)
        A, exponent = kept(A, exponent, reach)
        trace.append(LayerTrace(A_in, Z, phi, A, exponent_in, exponent))
    return tuple(trace)
