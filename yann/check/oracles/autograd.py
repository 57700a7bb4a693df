"""HIPS autograd: a tape over NumPy; of parts it has optimizers only, so the formulas are written as the papers have them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from yann.check.oracles.base import ORACLES, Oracle
from yann.check.oracles.counterparts import ends_in_sigmoid, lacking, settings_of
from yann.check.oracles.question import Answer, Question, answered
from yann.shapes import Array


@ORACLES.add("autograd")
class Autograd(Oracle):
    """HIPS autograd's make_vjp over the formulas of the papers, and its example optimizers where they are the same rule"""

    source = "autograd.numpy, autograd.scipy.special, autograd.misc.optimizers"
    libraries = ("autograd", "scipy")
    extra = "autograd"

    def unable(self, question: Question) -> str | None:
        return lacking("autograd", question, ACTIVATIONS, LOSSES, REDUCTIONS)

    def answer(self, question: Question) -> Answer:
        from autograd import make_vjp

        theta = [{"W": W} if b is None else {"W": W, "b": b} for W, b in zip(question.W, question.b, strict=True)]
        carry_back, kept = make_vjp(lambda theta: _kept(question, theta, *question.batches[0]))(theta)
        gradients = carry_back(np.ones_like(kept))  # of the sum of what is kept
        after = _after(question, theta) if question.updates else None
        return answered(_pairs(gradients), np.asarray(kept), None if after is None else _pairs(after))


Theta = list[dict[str, Array]]
"""A layer's W, and its b if it has one."""


def _pairs(theta: Theta) -> list[tuple[Array, Array | None]]:
    return [(layer["W"], layer.get("b")) for layer in theta]


def _kept(question: Question, theta: Theta, X: Array, Y: Array) -> Array:
    """Give what the reduction keeps."""
    Z = A = X
    for layer, arrays in zip(question.network.layers, theta, strict=True):
        Z = _numpy().dot(A, arrays["W"]) + arrays["b"] if "b" in arrays else _numpy().dot(A, arrays["W"])
        A = ACTIVATIONS[layer.activation.name](Z, **settings_of(layer.activation))
        if layer.scale is not None:
            A = A * np.array(layer.scale, dtype=question.dtype)
    loss = question.objective.loss
    if loss.name == "bce" and ends_in_sigmoid(question):  # ln(1 - ŷ) has lost its digits when ŷ is near 1
        each = LOSSES["bce_with_logits"](Z, Y)
    else:
        each = LOSSES[loss.name](A, Y, **settings_of(loss))
    return REDUCTIONS[question.objective.reduction.name](each)


def _numpy() -> Any:  # noqa: ANN401 - a module
    import autograd.numpy

    return autograd.numpy


def _special() -> Any:  # noqa: ANN401 - a module
    import autograd.scipy.special

    return autograd.scipy.special


def _softplus(Z: Array) -> Array:
    """Give ln(1 + eᶻ) = ln(e⁰ + eᶻ)."""
    return _numpy().logaddexp(0, Z)


def _sigmoid(Z: Array) -> Array:
    """Give 1/(1 + e⁻ᶻ) = e^(-softplus(-z)), which does not overflow."""
    return _numpy().exp(-_softplus(-Z))


def _elu(Z: Array, alpha: float) -> Array:
    """Give z above 0, and alpha·(eᶻ - 1) below; e is not raised to what lies above, where it would overflow."""
    where = _numpy().where
    return where(Z > 0, Z, alpha * _numpy().expm1(where(Z > 0, 0, Z)))


ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "identity": lambda Z: Z,
    "relu": lambda Z: _numpy().where(Z > 0, Z, 0),  # np.maximum would have slope ½ at 0
    "leaky_relu": lambda Z, slope: _numpy().where(Z > 0, Z, slope * Z),
    "elu": _elu,
    "selu": lambda Z: 1.0507009873554804934 * _elu(Z, 1.6732632423543772848),  # Klambauer et al. 2017
    "softplus": _softplus,
    "sigmoid": _sigmoid,
    "tanh": lambda Z: _numpy().tanh(Z),
    "silu": lambda Z: Z * _sigmoid(Z),
    "gelu": lambda Z: Z * _special().erfc(-Z / math.sqrt(2)) / 2,  # erfc(-x) is 1 + erf(x), with every digit of a small one
    "gelu_tanh": lambda Z: 0.5 * Z * (1 + _numpy().tanh(math.sqrt(2 / math.pi) * (Z + 0.044715 * Z**3))),
}


def _huber(Y_hat: Array, Y: Array, delta: float) -> Array:
    E = _numpy().abs(Y_hat - Y)
    return _numpy().where(delta >= E, E**2 / 2, delta * (E - delta / 2))


def _binary_cross_entropy(Y_hat: Array, Y: Array) -> Array:
    """Give -y·ln ŷ - (1 - y)·ln(1 - ŷ), with 0·ln 0 = 0."""
    where, log, log1p = _numpy().where, _numpy().log, _numpy().log1p
    return -Y * log(where(Y == 0, 1, Y_hat)) - (1 - Y) * log1p(-where(Y == 1, 0, Y_hat))


LOSSES: dict[str, Callable[..., Any]] = {
    "output": lambda Y_hat, Y: Y_hat,
    "mse": lambda Y_hat, Y: (Y_hat - Y) ** 2,
    "half_mse": lambda Y_hat, Y: (Y_hat - Y) ** 2 / 2,
    "mae": lambda Y_hat, Y: _numpy().abs(Y_hat - Y),
    "huber": _huber,
    "bce": _binary_cross_entropy,
    "bce_with_logits": lambda Y_hat, Y: Y * _softplus(-Y_hat) + (1 - Y) * _softplus(Y_hat),
    "cross_entropy": lambda Y_hat, Y: (Y * (_special().logsumexp(Y_hat, axis=-1, keepdims=True) - Y_hat)).sum(axis=-1),
}

REDUCTIONS: dict[str, Callable[..., Any]] = {
    "mean": lambda each: each.mean(),
    "sum": lambda each: each.sum(),
    "batch_mean": lambda each: each.sum() / len(each),
    "feature_mean": lambda each: each.reshape(len(each), -1).mean(axis=-1).sum(),
    "none": lambda each: each,
    "per_sample": lambda each: each.reshape(len(each), -1).mean(axis=-1),
}


def _after(question: Question, theta: Theta) -> Theta | None:
    """Give the parameters after the updates of autograd's own optimizer, None where it has no such rule."""
    from autograd import make_vjp
    from autograd.misc import optimizers

    def gradient(theta: Theta, number: int) -> Theta:
        carry_back, kept = make_vjp(lambda theta: _kept(question, theta, *question.batches[number]))(theta)
        return carry_back(np.ones_like(kept))

    rule, s = question.optimizer.name, settings_of(question.optimizer)
    if rule == "sgd" and not (s["momentum"] and s["nesterov"]):  # it knows no Nesterov
        # Its velocity takes in (1 - mass)·dW where ours takes dW: the same path at 1/(1 - mass) the step size.
        settings = {"step_size": s["lr"] / (1 - s["momentum"]), "mass": s["momentum"]}
        after = optimizers.sgd(gradient, theta, num_iters=question.updates, **settings)
    elif rule == "adam":
        settings = {"step_size": s["lr"], "b1": s["beta1"], "b2": s["beta2"], "eps": s["eps"]}
        after = optimizers.adam(gradient, theta, num_iters=question.updates, **settings)
    else:  # its rmsprop starts from a mean square of 1, not of 0, and there is no adamw
        return None
    return [{name: M.astype(question.dtype) for name, M in layer.items()} for layer in after]  # they step in float64
