"""Losses ℓ(ŷ, y), elementwise and unreduced, with their derivatives by the prediction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Gt

from yann.parts.activations import Activation, Sigmoid
from yann.parts.digits import difference, in_double, sigmoid, softplus
from yann.registry import Part, Registry
from yann.shapes import Array, Float


class Loss(Part):
    """A loss of predictions and targets of one and the same shape; it does not know its reduction."""

    classes: ClassVar[bool] = False
    """Whether targets are classes: one loss a sample, K = 1."""
    probabilities: ClassVar[bool] = False
    """Whether targets must lie in [0, 1]."""
    homogeneous: ClassVar[bool] = False
    """Whether df(c·Ŷ, c·Y) is c·df(Ŷ, Y), so that it can be told beyond the range of floats too."""
    known_as: ClassVar[str] = ""
    """What others call it, where the name alone does not tell it from another loss."""
    threshold: ClassVar[float] = 0.5
    """Above which prediction a bit counts as 1."""

    def kinks(self) -> tuple[float, ...]:
        """Tell at which errors ŷ - y the derivative jumps."""
        return ()

    def f(self, Y_hat: Float[Array, "*R N k"], Y: Float[Array, "*#R N k"]) -> Float[Array, "*R N K"]:
        """Give the losses ℓ: one an element, or one a sample (K = 1) where targets are classes."""
        raise NotImplementedError

    def df(self, Y_hat: Float[Array, "*R N k"], Y: Float[Array, "*#R N k"]) -> Float[Array, "*R N k"]:
        """Give ∂ℓ/∂ŷ, the derivative of the sum of the losses by each prediction."""
        raise NotImplementedError

    def on_logits(self, activation: Activation) -> Loss | None:
        """Give the loss of Z that equals this loss of φ(Z), where going through A would lose digits; else None."""
        return None


LOSSES: Registry[Loss] = Registry("loss", Loss)


def weigh(weight: Array, value: Array) -> Array:
    """Give weight·value, and 0 where the weight is 0, whatever the value (0·inf would be nan)."""
    if weight.shape != value.shape:
        weight, value = np.broadcast_arrays(weight, value)
    return np.multiply(weight, value, out=np.zeros(value.shape, value.dtype), where=weight != 0)


@LOSSES.add("output")
class Output(Loss):
    """ŷ: J is the reduced prediction itself"""

    def f(self, Y_hat: Array, Y: Array) -> Array:
        return Y_hat

    def df(self, Y_hat: Array, Y: Array) -> Array:
        return np.ones_like(Y_hat)


@LOSSES.add("mse")
class SquaredError(Loss):
    """(ŷ - y)²"""

    known_as = "PyTorch MSELoss, Keras MeanSquaredError"
    homogeneous = True

    def f(self, Y_hat: Array, Y: Array) -> Array:
        return (Y_hat - Y) ** 2

    def df(self, Y_hat: Array, Y: Array) -> Array:
        return 2 * (Y_hat - Y)


@LOSSES.add("half_mse")
class HalfSquaredError(Loss):
    """½(ŷ - y)²"""

    known_as = "textbooks; optax.l2_loss, scikit-learn's MLPRegressor"
    homogeneous = True

    def f(self, Y_hat: Array, Y: Array) -> Array:
        E = Y_hat - Y
        return E * (E / 2)  # halved before it can overflow

    def df(self, Y_hat: Array, Y: Array) -> Array:
        return Y_hat - Y


@LOSSES.add("mae")
class AbsoluteError(Loss):
    """|ŷ - y|; the derivative at 0 is 0"""

    def kinks(self) -> tuple[float, ...]:
        return (0.0,)

    def f(self, Y_hat: Array, Y: Array) -> Array:
        return np.abs(Y_hat - Y)

    def df(self, Y_hat: Array, Y: Array) -> Array:
        return np.sign(Y_hat - Y)


@LOSSES.add("huber")
@dataclass(frozen=True)
class Huber(Loss):
    """½e² if |e| ≤ delta, else delta·(|e| - ½delta), with e = ŷ - y"""

    source = "Huber 1964"

    delta: Annotated[float, Gt(0)] = 1.0

    @in_double
    def f(self, Y_hat: Array, Y: Array) -> Array:
        E = np.abs(Y_hat - Y)
        half = np.abs(Y_hat / 2 - Y / 2)  # finite though E may not be
        return np.where(self.delta >= E, E * (E / 2), 2 * (self.delta * (half - self.delta / 4)))

    @in_double
    def df(self, Y_hat: Array, Y: Array) -> Array:
        return np.clip(Y_hat - Y, -self.delta, self.delta)


@LOSSES.add("bce")
class BinaryCrossEntropy(Loss):
    """-y·ln ŷ - (1 - y)·ln(1 - ŷ) on probabilities; after a sigmoid it is computed from the logits"""

    probabilities = True

    @in_double
    def f(self, Y_hat: Array, Y: Array) -> Array:
        return weigh(Y, -np.log(Y_hat)) + weigh(1 - Y, -np.log1p(-Y_hat))

    @in_double
    def df(self, Y_hat: Array, Y: Array) -> Array:
        at_the_ends = weigh(1 - Y, 1 / (1 - Y_hat)) - weigh(Y, 1 / Y_hat)
        return np.where((Y_hat == 0) | (Y_hat == 1), at_the_ends, (Y_hat - Y) / (Y_hat * (1 - Y_hat)))

    def on_logits(self, activation: Activation) -> Loss | None:
        return BinaryCrossEntropyWithLogits() if isinstance(activation, Sigmoid) else None


@LOSSES.add("bce_with_logits")
class BinaryCrossEntropyWithLogits(Loss):
    """y·softplus(-z) + (1 - y)·softplus(z), the binary cross-entropy of σ(z)"""

    probabilities = True
    threshold = 0.0

    @in_double
    def f(self, Y_hat: Array, Y: Array) -> Array:
        return weigh(Y, softplus(-Y_hat)) + weigh(1 - Y, softplus(Y_hat))

    @in_double
    def df(self, Y_hat: Array, Y: Array) -> Array:
        return (1 - Y) * sigmoid(Y_hat) - Y * sigmoid(-Y_hat)  # σ - y, but -σ(-z) where y = 1 keeps its digits


@LOSSES.add("cross_entropy")
class CrossEntropy(Loss):
    """-Σ y·ln softmax(z) on logits, one loss a sample; targets are class indices or one-hot rows"""

    classes = True

    @in_double
    def f(self, Y_hat: Array, Y: Array) -> Array:
        e, shifted = _exponentials(Y_hat)
        log_sum = np.log1p(_but(_largest(e), e))  # the largest is e⁰ = 1, which log1p adds with every digit of the rest
        return weigh(Y, log_sum - shifted).sum(axis=-1, keepdims=True)

    @in_double
    def df(self, Y_hat: Array, Y: Array) -> Array:
        # p·Σy - y, but without what cancels: p·(Σy - y) - y·(1 - p), where p - 1 rounds to 0 long before the others do
        e, _ = _exponentials(Y_hat)
        total = e.sum(axis=-1, keepdims=True)
        return (e * _others(Y) - Y * _others(e)) / total


Entries = tuple[Array, Array]
"""One entry of each row: numbers of rows, counted over all matrices, and of columns."""


def _exponentials(Z: Array) -> tuple[Array, Array]:
    """Give e^(z - max z) and the exponents, row by row; an exponent's rounding error counts as it stands, and is made up for."""
    largest = Z.reshape(-1, Z.shape[-1])[_largest(Z)].reshape(*Z.shape[:-1], 1)  # many times as fast as Z.max
    shifted, error = difference(Z, largest)
    e = np.exp(shifted)
    return e + weigh(e, error), shifted


def _but(entries: Entries, M: Array) -> Array:
    """Give the sum of each row without one of its entries."""
    rest = M.copy()
    rest.reshape(-1, M.shape[-1])[entries] = 0
    return rest.sum(axis=-1, keepdims=True)


FEW = 100
"""Columns up to which the sums of all others are fastest as a product: 20 times at 10 columns, as slow at 128."""


def _others(M: Array) -> Array:
    """Give for each entry, none of them negative, the sum of the others in its row, with every digit of a small one."""
    if M.shape[-1] <= FEW:
        return M @ _but_one(M.shape[-1])
    others, largest = np.ascontiguousarray(M.sum(axis=-1, keepdims=True) - M), _largest(M)
    rest = _but(largest, M)  # where an entry is nearly all of its row the difference cancels
    others.reshape(-1, M.shape[-1])[largest] = rest.reshape(-1)
    return others


@lru_cache(maxsize=8)
def _but_one(k: int) -> Array:
    """Give the matrix (k, k) that is 1 everywhere but on its diagonal."""
    return 1 - np.eye(k)


def _largest(M: Array) -> Entries:
    """Give where each row has its largest entry."""
    rows = M.reshape(-1, M.shape[-1])
    return np.arange(len(rows)), rows.argmax(axis=-1)
