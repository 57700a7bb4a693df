"""The objective J: a loss, a reduction, and where its gradient enters the network."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from yann.engine.forward import Trace
from yann.engine.network import Network
from yann.engine.scaling import Exponent, in_common, near
from yann.parts.losses import Loss
from yann.parts.reductions import Mean, Reduction
from yann.shapes import Array, Float


@dataclass(frozen=True)
class Top:
    """What a backward pass begins with, at the layer at the top; `slope` is ∂A/∂Z."""

    dA: Float[Array, "*R N k"]
    slope: Float[Array, "*R N k"]
    dZ: Float[Array, "*R N k"]
    exponent: Exponent = None
    """Of dA and dZ, where they are beyond range."""


@dataclass(frozen=True)
class Objective:
    """J = c·Σ ℓ(Ŷ, Y), with c the reduction's factor."""

    loss: Loss
    reduction: Reduction = Mean()

    def label(self, hidden: Collection[str] = ()) -> str:
        """Give the loss, and its reduction where that is neither the mean nor hidden."""
        loss = self.loss.label(hidden)
        if self.reduction == Mean() or "reduction" in hidden:
            return loss
        name, _, settings = loss.rstrip(")").partition("(")
        return f"{name}({', '.join(filter(None, [settings, f'reduction={self.reduction}']))})"

    def __str__(self) -> str:
        """Give the label with everything that differs from its default."""
        return self.label()

    def losses(self, network: Network, trace: Trace, Y: Float[Array, "*#R N k"]) -> Float[Array, "*R N K"]:
        """Give the elementwise losses of the predictions."""
        last = trace[-1]
        logits = self._on_logits(network)
        return self.loss.f(last.output(), Y) if logits is None else logits.f(last.Z, Y)

    def gradient(self, network: Network, trace: Trace, Y: Float[Array, "*#R N k"]) -> Top:
        """Give dA = c·∂ℓ/∂Ŷ, ∂A/∂Z and dZ of the last layer.

        dZ = dA ∘ φ'(Z) ∘ s, but where the loss has a closed form on the logits it is that one: the product loses its
        digits, and then its truth, as φ saturates; dA is then dZ / φ'(Z), for A itself may have been rounded to 1.
        """
        last, layer = trace[-1], network.layers[-1]
        c = self.reduction.factor(last.A.shape[-2], self.losses_per_sample(network))
        A, Y_hat_exponent = last.A, last.exponent
        if Y_hat_exponent is not None and self.loss.homogeneous:
            A, Y, exponent = in_common(A, Y_hat_exponent, Y)
        else:
            A, exponent = near(A, Y_hat_exponent), None
        dA = self.loss.df(A, Y) * c
        slope, logits = layer.slope(last.Z, last.phi), self._on_logits(network)
        if logits is None:
            return Top(dA, slope, dA * slope, exponent)
        dZ = logits.df(last.Z, Y) * c
        return Top(np.divide(dZ, slope, out=dA, where=slope != 0), slope, dZ, exponent)

    def alone(self, network: Network, N: int) -> float:
        """Give what a sample's share of the gradient of N samples is multiplied by to be the gradient of that sample alone.

        It is N where the reduction averages over samples, so that the batch's gradient is the mean of the samples' own, and
        1 where it does not, so that it is their sum.
        """
        return float(N) if self.averages(network) else 1.0

    def averages(self, network: Network) -> bool:
        """Tell whether the reduction averages over samples: more of them, each with less weight."""
        K = self.losses_per_sample(network)
        return self.reduction.factor(2, K) < self.reduction.factor(1, K)

    def losses_per_sample(self, network: Network) -> int:
        """Count the losses of a sample, K: one for each output, but one for all where the loss is of classes."""
        return 1 if self.loss.classes else network.widths[-1]

    def _on_logits(self, network: Network) -> Loss | None:
        layer = network.layers[-1]
        scaled = layer.scale is not None and any(factor != 1 for factor in layer.scale)
        return None if scaled else self.loss.on_logits(layer.activation)
