"""The complex step: an imaginary nudge i·h leaves the derivative in the imaginary part, with no difference to lose digits in."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from yann.check.oracles.base import ORACLES, Oracle
from yann.check.oracles.coordinates import coordinates, together
from yann.check.oracles.counterparts import ends_in_sigmoid, lacking, settings_of
from yann.check.oracles.question import Answer, Question
from yann.shapes import Array

STEP = 1e-100
"""Its square is far below the rounding of anything, and nothing is subtracted, so that there is no step to tune."""


@ORACLES.add("complex-step")
class ComplexStep(Oracle):
    """Im J(w + ih)/h in double precision, coordinate by coordinate; a kink splits its function in two analytic ones"""

    source = "Squire & Trapp 1998"

    def unable(self, question: Question) -> str | None:
        return lacking("complex-step", question, ACTIVATIONS, LOSSES, FACTORS)

    def answer(self, question: Question) -> Answer:
        doubled = question.in_double()
        found = {
            f"d{name}{layer + 1}": _by_array(doubled, layer, name)
            for layer, b in enumerate(doubled.b)
            for name in ("W", "b")
            if name == "W" or b is not None
        }
        return Answer(*({name: M[part] for name, M in found.items()} for part in range(3)))


def _by_array(question: Question, layer: int, name: str) -> tuple[Array, Array, Array]:
    """Give the derivatives by the entries of one array, which of them lie at a kink, and which were asked."""
    M: Array = (question.W if name == "W" else question.b)[layer]  # type: ignore[assignment]
    at = coordinates(question, M.size, 4)  # a complex product is four real ones
    values, skipped, asked = np.zeros(M.shape), np.zeros(M.shape, dtype=bool), np.zeros(M.shape, dtype=bool)
    asked.flat[at] = True
    each = together(question)
    for first in range(0, len(at), each):
        few = at[first : first + each]
        nudged = np.array(np.broadcast_to(M, (len(few), *M.shape)), dtype=np.complex128, order="C")
        nudged.reshape(len(few), -1)[np.arange(len(few)), few] += 1j * STEP
        J, kinked = _objective(question, layer, name, nudged)
        values.flat[few], skipped.flat[few] = J.imag / STEP, kinked
    return values, skipped, asked


def _objective(question: Question, at: int, name: str, nudged: Array) -> tuple[Array, Array]:
    """Give J (R,) with one array in R versions, and which of them move a number that lies exactly at a kink."""
    kinked = np.zeros(len(nudged), dtype=bool)
    Z = A = question.X[None].astype(np.complex128)
    for number, (layer, W, b) in enumerate(zip(question.network.layers, question.W, question.b, strict=True)):
        Z = A @ (nudged if (number, name) == (at, "W") else W)
        if b is not None:
            Z = Z + (nudged[:, None] if (number, name) == (at, "b") else b)
        kinked |= _moved(Z, layer.activation.kinks())
        A = ACTIVATIONS[layer.activation.name](Z, **settings_of(layer.activation))
        A = A if layer.scale is None else A * np.array(layer.scale)
    loss, Y = question.objective.loss, question.Y[None]
    kinked |= _moved(A - Y, loss.kinks())
    if loss.name == "bce" and ends_in_sigmoid(question):  # ln(1 - ŷ) has lost its digits where ŷ is near 1
        each = LOSSES["bce_with_logits"](Z, Y)
    else:
        each = LOSSES[loss.name](A, Y, **settings_of(loss))
    N, K = each.shape[-2:]
    return each.sum(axis=(-2, -1)) * FACTORS[question.objective.reduction.name](N, K), kinked


def _moved(M: Array, kinks: tuple[float, ...]) -> Array:
    """Tell for each version whether a number that lies at a kink is moved."""
    return np.any([((M.real == kink) & (M.imag != 0)).any(axis=(-2, -1)) for kink in kinks] or [False], axis=0)


def _sigmoid(Z: Array) -> Array:
    """Give 1/(1 + e⁻ᶻ), with e raised to nothing that overflows."""
    e = np.exp(np.where(Z.real > 0, -Z, Z))
    return np.where(Z.real > 0, 1, e) / (1 + e)


def _softplus(Z: Array) -> Array:
    """Give ln(1 + eᶻ) = z + ln(1 + e⁻ᶻ)."""
    return np.where(Z.real > 0, Z, 0) + np.log1p(np.exp(np.where(Z.real > 0, -Z, Z)))


def _elu(Z: Array, alpha: float) -> Array:
    return np.where(Z.real > 0, Z, alpha * np.expm1(np.where(Z.real > 0, 0, Z)))


def _erfc(Z: Array) -> Array:
    """Give erfc z = 1 - 2/√π·e^(-z²)·Σ 2ⁿz^(2n+1)/(2n+1)!!, whose terms are all of one sign (Abramowitz & Stegun 7.1.6).

    To the right, where that would cancel, it is e^(-z²)/√π/(z + ½/(z + 1/(z + 1½/(z + …)))) (7.1.14).
    """
    right, left = Z.real > 1.5, Z.real < -6  # where it is 2 to the last digit
    z = np.where(right | left, 0, Z)
    term = total = z
    for n in range(1, 130):
        term = term * (2 * z * z / (2 * n + 1))
        total = total + term
    series = np.where(left, 2, 1 - 2 / math.sqrt(math.pi) * np.exp(-z * z) * total)
    z = np.where(right, Z, 2)
    fraction = np.zeros_like(z)
    for k in range(120, 0, -1):
        fraction = k / 2 / (z + fraction)
    return np.where(right, np.exp(-z * z) / math.sqrt(math.pi) / (z + fraction), series)


ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "identity": lambda Z: Z,
    "relu": lambda Z: np.where(Z.real > 0, Z, 0),
    "leaky_relu": lambda Z, slope: np.where(Z.real > 0, Z, slope * Z),
    "elu": _elu,
    "selu": lambda Z: 1.0507009873554804934 * _elu(Z, 1.6732632423543772848),  # Klambauer et al. 2017
    "softplus": _softplus,
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "silu": lambda Z: Z * _sigmoid(Z),
    "gelu": lambda Z: Z * _erfc(-Z / math.sqrt(2)) / 2,
    "gelu_tanh": lambda Z: Z * _sigmoid(2 * math.sqrt(2 / math.pi) * (Z + 0.044715 * Z**3)),  # (1 + tanh u)/2 = σ(2u)
}


def _huber(Y_hat: Array, Y: Array, delta: float) -> Array:
    E = _absolute(Y_hat, Y)
    return np.where(delta >= E.real, E * E / 2, delta * (E - delta / 2))


def _absolute(Y_hat: Array, Y: Array) -> Array:
    """Give ±(ŷ - y), whichever lies to the right."""
    return np.where(Y_hat.real < Y, Y - Y_hat, Y_hat - Y)


def _binary_cross_entropy(Y_hat: Array, Y: Array) -> Array:
    """Give -y·ln ŷ - (1 - y)·ln(1 - ŷ), with 0·ln 0 = 0."""
    return -Y * np.log(np.where(Y == 0, 1, Y_hat)) - (1 - Y) * np.log1p(-np.where(Y == 1, 0, Y_hat))


def _cross_entropy(Y_hat: Array, Y: Array) -> Array:
    shifted = Y_hat - Y_hat.real.max(axis=-1, keepdims=True)
    return (Y * (np.log(np.exp(shifted).sum(axis=-1, keepdims=True)) - shifted)).sum(axis=-1, keepdims=True)


LOSSES: dict[str, Callable[..., Any]] = {
    "output": lambda Y_hat, Y: Y_hat,
    "mse": lambda Y_hat, Y: (Y_hat - Y) ** 2,
    "half_mse": lambda Y_hat, Y: (Y_hat - Y) ** 2 / 2,
    "mae": _absolute,
    "huber": _huber,
    "bce": _binary_cross_entropy,
    "bce_with_logits": lambda Y_hat, Y: Y * _softplus(-Y_hat) + (1 - Y) * _softplus(Y_hat),
    "cross_entropy": _cross_entropy,
}

FACTORS: dict[str, Callable[[int, int], float]] = {
    "mean": lambda N, K: 1 / (N * K),
    "sum": lambda N, K: 1.0,
    "batch_mean": lambda N, K: 1 / N,
    "feature_mean": lambda N, K: 1 / K,
    "none": lambda N, K: 1.0,
    "per_sample": lambda N, K: 1 / K,
}
"""What the sum of all losses is multiplied by; kept losses count as their sum."""
