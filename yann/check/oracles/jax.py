"""JAX: its own activations and gradients, with Optax's losses and optimizers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from yann.check.oracles.base import ORACLES, Oracle
from yann.check.oracles.counterparts import ends_in_sigmoid, lacking, on_kinks, settings_of
from yann.check.oracles.question import Answer, Question, answered
from yann.shapes import Array

if TYPE_CHECKING:
    import jax


SLOPES_OF_ITS_OWN = {"leaky_relu", "mae"}
"""Parts with a kink at 0 where jax takes another slope than yann: 1, the one from above."""


@ORACLES.add("jax")
class Jax(Oracle):
    """JAX's value_and_grad, with jax.nn's activations and Optax's losses and optimizers"""

    source = "jax.nn, optax"
    libraries = ("jax", "optax")
    extra = "jax"

    def unable(self, question: Question) -> str | None:
        without = lacking("jax", question, ACTIVATIONS, LOSSES, REDUCTIONS)
        if without:
            return without
        other = on_kinks(question) & SLOPES_OF_ITS_OWN
        return f"{min(other)} is met exactly at 0, where its slope in jax is 1" if other else None

    def answer(self, question: Question) -> Answer:
        import jax
        import optax

        # On the CPU: GPUs and TPUs round the factors of a product of float32 matrices further, by default.
        # Not under jit, for to compile each question takes six times as long as to answer it.
        with jax.enable_x64(question.dtype == "float64"), jax.default_device(jax.devices("cpu")[0]):
            theta = [
                (jax.numpy.asarray(W), None if b is None else jax.numpy.asarray(b))
                for W, b in zip(question.W, question.b, strict=True)
            ]
            kept, gradients = _gradients(question, theta, *question.batches[0])
            loss, found = np.array(kept), [_plain(layer) for layer in gradients]
            if question.optimizer.name not in OPTIMIZERS or not question.updates:
                return answered(found, loss)
            optimizer = OPTIMIZERS[question.optimizer.name](**settings_of(question.optimizer))
            memory = optimizer.init(theta)
            for batch in question.batches[: question.updates]:
                _, gradients = _gradients(question, theta, *batch)
                updates, memory = optimizer.update(gradients, memory, theta)
                theta = optax.apply_updates(theta, updates)
            return answered(found, loss, [_plain(layer) for layer in theta])


Theta = list[tuple["jax.Array", "jax.Array | None"]]
"""W and b of each layer."""


def _plain(layer: tuple[jax.Array, jax.Array | None]) -> tuple[Array, Array | None]:
    W, b = layer
    return np.array(W), None if b is None else np.array(b)


def _gradients(question: Question, theta: Theta, X: Array, Y: Array) -> tuple[jax.Array, Theta]:
    """Give what the reduction keeps, and the gradient."""
    import jax

    (_, kept), gradients = jax.value_and_grad(lambda theta: _objective(question, theta, X, Y), has_aux=True)(theta)
    return kept, gradients


def _objective(question: Question, theta: Theta, X: Array, targets: Array) -> tuple[jax.Array, jax.Array]:
    """Give J, and what the reduction keeps."""
    Z = A = _numpy().asarray(X)
    for layer, (W, b) in zip(question.network.layers, theta, strict=True):
        Z = A @ W if b is None else A @ W + b
        A = ACTIVATIONS[layer.activation.name](Z, **settings_of(layer.activation))
        if layer.scale is not None:
            A = A * _numpy().asarray(layer.scale, dtype=A.dtype)
    loss, Y = question.objective.loss, _numpy().asarray(targets)
    if loss.name == "bce" and ends_in_sigmoid(question):
        each = LOSSES["bce_with_logits"](Z, Y)
    else:
        each = LOSSES[loss.name](A, Y, **settings_of(loss))
    kept = REDUCTIONS[question.objective.reduction.name](each)
    return kept.sum(), kept


def _nn() -> Any:  # noqa: ANN401 - a module
    import jax

    return jax.nn


def _numpy() -> Any:  # noqa: ANN401 - a module
    import jax

    return jax.numpy


def _optax() -> Any:  # noqa: ANN401 - a module
    import optax

    return optax


ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "identity": lambda Z: _nn().identity(Z),
    "relu": lambda Z: _nn().relu(Z),
    "leaky_relu": lambda Z, slope: _nn().leaky_relu(Z, slope),
    "elu": lambda Z, alpha: _nn().elu(Z, alpha),
    "selu": lambda Z: _nn().selu(Z),
    "softplus": lambda Z: _nn().softplus(Z),
    "sigmoid": lambda Z: _nn().sigmoid(Z),
    "tanh": lambda Z: _nn().tanh(Z),
    "silu": lambda Z: _nn().silu(Z),
    "gelu": lambda Z: _nn().gelu(Z, approximate=False),  # True by default, the other way round than PyTorch and Keras
    "gelu_tanh": lambda Z: _nn().gelu(Z, approximate=True),
}


def _binary_cross_entropy(Y_hat: jax.Array, Y: jax.Array) -> jax.Array:
    """Give the loss of probabilities that are no sigmoid's, of which Optax has none: it takes logits."""
    from jax.scipy.special import xlog1py, xlogy

    return -xlogy(Y, Y_hat) - xlog1py(1 - Y, -Y_hat)


LOSSES: dict[str, Callable[..., Any]] = {
    "output": lambda Y_hat, Y: Y_hat,
    "mse": lambda Y_hat, Y: _optax().squared_error(Y_hat, Y),
    "half_mse": lambda Y_hat, Y: _optax().l2_loss(Y_hat, Y),
    "mae": lambda Y_hat, Y: _numpy().abs(Y_hat - Y),  # Optax has none
    "huber": lambda Y_hat, Y, delta: _optax().huber_loss(Y_hat, Y, delta=delta),
    "bce": _binary_cross_entropy,
    "bce_with_logits": lambda Y_hat, Y: _optax().sigmoid_binary_cross_entropy(Y_hat, Y),
    "cross_entropy": lambda Y_hat, Y: _optax().softmax_cross_entropy(Y_hat, Y),
}

REDUCTIONS: dict[str, Callable[..., Any]] = {  # Optax leaves them to the caller
    "mean": lambda each: each.mean(),
    "sum": lambda each: each.sum(),
    "batch_mean": lambda each: each.sum() / len(each),
    "feature_mean": lambda each: each.reshape(len(each), -1).mean(axis=-1).sum(),
    "none": lambda each: each,
    "per_sample": lambda each: each.reshape(len(each), -1).mean(axis=-1),
}

OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "sgd": lambda lr, momentum, nesterov: _optax().sgd(lr, momentum=momentum, nesterov=nesterov),
    "rmsprop": lambda lr, rho, eps: _optax().rmsprop(lr, decay=rho, eps=eps, eps_in_sqrt=False),  # within the root by default
    "adam": lambda lr, beta1, beta2, eps: _optax().adam(lr, b1=beta1, b2=beta2, eps=eps),
    "adamw": lambda lr, beta1, beta2, eps, weight_decay: _optax().adamw(
        lr, b1=beta1, b2=beta2, eps=eps, weight_decay=weight_decay
    ),
}
