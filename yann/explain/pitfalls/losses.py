"""Pitfalls of losses and reductions: which factor a name stands for, and where the digits go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from yann.engine.forward import Trace
from yann.engine.network import Network
from yann.engine.objective import Objective, Top
from yann.errors import AskedError
from yann.explain.pitfalls.base import PITFALLS, Pitfall, example
from yann.parts.activations import Sigmoid
from yann.parts.losses import BinaryCrossEntropy, HalfSquaredError, SquaredError
from yann.parts.reductions import FeatureMean, Sum
from yann.shapes import Array
from yann.study.cell import Cell


@PITFALLS.add("keras_sum")
class KerasSum(Pitfall):
    """Keras's sum averages features"""

    source = "keras.losses.MeanSquaredError(reduction='sum')"
    why = (
        "A loss of Keras first averages over the last axis, the K outputs, and only then looks at its reduction: sum adds up the "
        "N means that are left, 1/K·Σℓ. PyTorch's sum adds up every element, Σℓ. Loss and gradient differ by the factor K."
    )
    avoid = (
        "Say feature_mean for Keras's sum, and sum for PyTorch's. With one output the two are the same, so compare them with two."
    )

    def cases(self) -> Iterator[tuple[str, Cell]]:
        objective = Objective(SquaredError(), Sum())
        yield (
            "three outputs",
            example([[[0.5, -0.2, 1], [0.1, 0.3, 0]]], [[1, 2], [2, 1]], [[0, 1, 0], [1, 0, 1]], objective=objective),
        )

    def mistaken(self, cell: Cell) -> Cell:
        if cell.objective.reduction != Sum():
            raise AskedError(f"keras_sum: the mistake is about the reduction sum, and the loss has {cell.objective.reduction}")
        return replace(cell, objective=replace(cell.objective, reduction=FeatureMean()))


@PITFALLS.add("half")
class Half(Pitfall):
    """½(ŷ - y)² instead of (ŷ - y)²"""

    why = (
        "On paper the squared error carries a ½ that cancels the 2 of its derivative, so that dA = c·(ŷ - y). The mean squared "
        "error of the frameworks has no ½, so that dA = 2c·(ŷ - y). Both are called MSE."
    )
    avoid = (
        "Say half_mse or mse. Loss and gradients that are off by exactly 2 everywhere may be this, or a mean over two outputs or "
        "two samples that was meant to be a sum; with plain SGD the ½ acts as half the learning rate."
    )

    def cases(self) -> Iterator[tuple[str, Cell]]:
        yield "two outputs", example([[[0.5, -0.2], [0.1, 0.3]]], [[1, 2]], [[0, 1]])

    def mistaken(self, cell: Cell) -> Cell:
        if cell.objective.loss != SquaredError():
            raise AskedError(f"half: the mistake is about mse, and the loss is {cell.objective.loss}")
        return replace(cell, objective=replace(cell.objective, loss=HalfSquaredError()))


@PITFALLS.add("saturated_bce")
@dataclass(frozen=True)
class SaturatedBCE(Pitfall):
    """BCE after a saturated sigmoid"""

    source = "torch.nn.BCELoss; Keras's binary_crossentropy"
    why = (
        "Derived by the logit, ℓ(σ(z)) gives σ(z) - y: ±1 for a prediction that is surely wrong, the most that there can be. "
        "Derived through a = σ(z) it is a product, and a has rounded to 0 or 1: 1/0 times a(1 - a) = 0, which is nan. The guards "
        "against the 1/0 leave the 0. Keras clips a to [1e-7, 1 - 1e-7], beyond which the slope is 0; PyTorch's BCELoss stops "
        "log at -100 and divides by 1e-12 at least. Then the samples that are most wrong teach nothing, and the gradient seems "
        "to have vanished."
    )
    avoid = (
        "Compute from the logits: BCEWithLogitsLoss in PyTorch, from_logits=True in Keras, which else looks for the logits "
        "behind the sigmoid and clips where it finds none. From z = 37 on in double precision, and 17 in single, σ(z) is exactly "
        "1. In yann bce after a sigmoid is computed from the logits."
    )
    shown = ("loss", "Y_hat", "dZ1")
    telling = "dZ1"

    guard: Literal["none", "keras", "torch"] = "none"
    """Whose guard against log 0 there is."""

    def cases(self) -> Iterator[tuple[str, Cell]]:
        objective = Objective(BinaryCrossEntropy(), Sum())
        yield (
            "z = 40, -40, -800, labels 0, 1, 1",
            example([[[40, -40, -800]]], [[1]], [[0, 1, 1]], output=Sigmoid(), objective=objective),
        )

    def ways(self) -> Iterator[tuple[str, Pitfall]]:
        yield "no guard", replace(self, guard="none")
        yield "clipped as in Keras", replace(self, guard="keras")
        yield "guarded as in PyTorch's BCELoss", replace(self, guard="torch")

    def mistaken(self, cell: Cell) -> Cell:
        honest, output = cell.objective, cell.network.layers[-1].activation
        if honest.loss != BinaryCrossEntropy() or output != Sigmoid():
            raise AskedError(f"saturated_bce: the mistake is about bce after a sigmoid, and here {honest.loss} follows {output}")
        return replace(cell, objective=_ThroughProbabilities(honest.loss, honest.reduction, self.guard))


@dataclass(frozen=True)
class _ThroughProbabilities(Objective):
    """BCE and its gradient by way of a = σ(z), with φ' = a(1 - a), as a tape that only knows a has it."""

    guard: str = "none"

    def losses(self, network: Network, trace: Trace, Y: Array) -> Array:
        A = trace[-1].A
        if self.guard == "torch":
            return Y * np.minimum(-np.log(A), 100) + (1 - Y) * np.minimum(-np.log1p(-A), 100)
        return self.loss.f(_clipped(A) if self.guard == "keras" else A, Y)

    def gradient(self, network: Network, trace: Trace, Y: Array) -> Top:
        last, layer = trace[-1], network.layers[-1]
        A, c = last.A, self.reduction.factor(*last.A.shape[-2:])
        if self.guard == "torch":
            dA = (A - Y) / np.maximum(A * (1 - A), 1e-12)
        elif self.guard == "keras":
            dA = self.loss.df(_clipped(A), Y) * (_clipped(A) == A)
        else:
            dA = self.loss.df(A, Y)
        slope = layer.scaled(last.phi * (1 - last.phi))
        return Top(dA * c, slope, dA * c * slope)


def _clipped(A: Array) -> Array:
    return np.clip(A, 1e-7, 1 - 1e-7)
