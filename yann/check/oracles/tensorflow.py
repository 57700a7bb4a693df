"""TensorFlow: its tape, with Keras's activations, losses, reductions and optimizers."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from yann.check.oracles.base import ORACLES, Oracle
from yann.check.oracles.counterparts import ends_in_sigmoid, lacking, on_kinks, settings_of, traced
from yann.check.oracles.question import Answer, Question, answered
from yann.shapes import Array

if TYPE_CHECKING:
    from tensorflow import Tensor, Variable

SLOPES_OF_ITS_OWN = {"selu"}
"""Parts with a kink at 0 where TensorFlow takes another slope than yann: λ, the one from above."""
CLIPPED = 1e-7
"""How near probabilities may come to 0 and 1 before Keras's BinaryCrossentropy moves them: keras.config.epsilon() by default."""


@ORACLES.add("tensorflow")
class TensorFlow(Oracle):
    """TensorFlow's GradientTape, with Keras's own activations, losses, reductions and optimizers"""

    source = "tf.keras.activations, tf.keras.losses, tf.keras.optimizers"
    libraries = ("tensorflow",)
    extra = "tensorflow"

    def unable(self, question: Question) -> str | None:
        without = lacking("tensorflow", question, ACTIVATIONS, LOSSES, REDUCTIONS)
        if without:
            return without
        other = on_kinks(question) & SLOPES_OF_ITS_OWN
        if other:
            return f"{min(other)} is met exactly at 0, where its slope in tensorflow is λ, the one from above"
        if question.objective.loss.classes and _sums_are_off(question.Y):
            return "tensorflow's gradient of cross_entropy holds for targets that sum to 1, and some rows here do not quite"
        if question.objective.loss.name == "bce" and not ends_in_sigmoid(question):
            P = traced(question)[-1].A
            if ((P < CLIPPED) | (P > 1 - CLIPPED)).any():
                return f"keras clips probabilities to [{CLIPPED:g}, 1 - {CLIPPED:g}] in bce, and some here lie outside"
        return None

    def answer(self, question: Question) -> Answer:
        tf = _tf()

        with tf.device("/CPU:0"):
            W = [tf.Variable(M) for M in question.W]
            b = [None if v is None else tf.Variable(v) for v in question.b]
            variables = [*W, *(v for v in b if v is not None)]
            kept, found = _gradients(question, W, b, *question.batches[0])
            loss, gradients = np.asarray(kept), _pairs(W, b, found)
            step = _stepper(question, variables)
            if step is None or not question.updates:
                return answered(gradients, loss)
            for t, batch in enumerate(question.batches[: question.updates], start=1):
                step(t, _gradients(question, W, b, *batch)[1])
            return answered(gradients, loss, _pairs(W, b, variables))


def _gradients(
    question: Question, W: list[Variable], b: list[Variable | None], X: Array, Y: Array
) -> tuple[Tensor, list[Tensor]]:
    """Give what the reduction keeps, and the gradient by all W and then by the b that there are."""
    tf = _tf()
    with tf.GradientTape() as tape:
        kept = _kept(question, W, b, X, Y)
    variables = [*W, *(v for v in b if v is not None)]
    return kept, tape.gradient(kept, variables, unconnected_gradients="zero")  # of the sum of what is kept


def _pairs(W: list[Variable], b: list[Variable | None], tensors: list[Any]) -> list[tuple[Array, Array | None]]:
    """Give the arrays of all W, and of the b that there are, by layer."""
    rest = iter(tensors[len(W) :])
    return [(M.numpy(), None if v is None else next(rest).numpy()) for M, v in zip(tensors[: len(W)], b, strict=True)]


def _sums_are_off(Y: Array) -> bool:
    return bool((np.abs(Y.sum(axis=-1) - 1) > 4 * np.finfo(Y.dtype).eps).any())


def _kept(question: Question, W: list[Variable], b: list[Variable | None], X: Array, targets: Array) -> Tensor:
    """Give what the reduction keeps."""
    tf = _tf()
    activations = ACTIVATIONS | (IN_DOUBLE if question.dtype == "float64" else {})
    Z = A = tf.constant(X)
    for layer, weights, bias in zip(question.network.layers, W, b, strict=True):
        Z = A @ weights if bias is None else A @ weights + bias
        A = activations[layer.activation.name](Z, **settings_of(layer.activation))
        if layer.scale is not None:
            A = A * tf.constant(layer.scale, dtype=A.dtype)
    loss, Y = question.objective.loss, tf.constant(targets)
    if loss.name == "bce" and ends_in_sigmoid(question):  # where Keras computes it from the logits too, of its own accord
        make, Y_hat = LOSSES["bce_with_logits"], Z
    else:
        # A copy, for a sigmoid's output remembers its logits, and bce_with_logits would take those for what it is given.
        make, Y_hat = LOSSES[loss.name], tf.identity(A)

    def lost(reduction: str | None, Y_hat: Tensor, Y: Tensor) -> Tensor:
        return make(**settings_of(loss), reduction=reduction, dtype=question.dtype)(Y, Y_hat)

    return REDUCTIONS[question.objective.reduction.name](lost, Y_hat, Y, loss.classes)


def _tf() -> Any:  # noqa: ANN401 - a module
    if "tensorflow" not in sys.modules:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever the user has it run on elsewhere
        with _silent_stderr():
            import tensorflow as tf

            tf.config.list_physical_devices()  # looks for them, and complains
    import tensorflow as tf

    return tf


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Send what libraries of C write to standard error nowhere: TensorFlow tells at length which hardware it did not find."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _activations() -> Any:  # noqa: ANN401 - a module
    return _tf().keras.activations


def _losses() -> Any:  # noqa: ANN401 - a module
    return _tf().keras.losses


def _optimizers() -> Any:  # noqa: ANN401 - a module
    return _tf().keras.optimizers


ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "identity": lambda Z: _activations().linear(Z),
    "relu": lambda Z: _activations().relu(Z),
    "leaky_relu": lambda Z, slope: _activations().leaky_relu(Z, negative_slope=slope),
    "elu": lambda Z, alpha: _activations().elu(Z, alpha=alpha),
    "selu": lambda Z: _activations().selu(Z),
    "softplus": lambda Z: _activations().softplus(Z),
    "sigmoid": lambda Z: _activations().sigmoid(Z),
    "tanh": lambda Z: _activations().tanh(Z),
    "silu": lambda Z: _activations().silu(Z),
    "gelu": lambda Z: _activations().gelu(Z, approximate=False),
    "gelu_tanh": lambda Z: _activations().gelu(Z, approximate=True),
}

IN_DOUBLE: dict[str, Callable[..., Any]] = {
    "leaky_relu": lambda Z, slope: _tf().where(Z > 0, Z, slope * Z),
    "gelu": lambda Z: 0.5 * Z * _tf().math.erfc(-Z / math.sqrt(2)),
    "gelu_tanh": lambda Z: 0.5 * Z * (1 + _tf().tanh(math.sqrt(2 / math.pi) * (Z + 0.044715 * Z**3))),
}
"""Activations whose constants TensorFlow rounds to float32 in double precision too, which puts the slope of leaky_relu 2e-8 off
(relative), gelu's 6e-9 and gelu_tanh's 1e-9. In double precision TensorFlow's operations stand for them, with all the digits."""


def _output(**settings: Any) -> Any:  # noqa: ANN401 - a loss of theirs
    """Make a loss that is the prediction, which Keras has none of, to be reduced as Keras reduces."""
    own = type("Output", (_losses().Loss,), {"call": lambda _, Y, Y_hat: _tf().reduce_mean(Y_hat, axis=-1)})
    return own(**settings)


def _half_mse(**settings: Any) -> Callable[..., Any]:  # noqa: ANN401 - what a loss of theirs takes
    whole = _losses().MeanSquaredError(**settings)
    return lambda Y, Y_hat: whole(Y, Y_hat) / 2


LOSSES: dict[str, Callable[..., Any]] = {
    "output": _output,
    "mse": lambda **settings: _losses().MeanSquaredError(**settings),
    "half_mse": _half_mse,
    "mae": lambda **settings: _losses().MeanAbsoluteError(**settings),
    "huber": lambda **settings: _losses().Huber(**settings),
    "bce": lambda **settings: _losses().BinaryCrossentropy(**settings),
    "bce_with_logits": lambda **settings: _losses().BinaryCrossentropy(from_logits=True, **settings),
    "cross_entropy": lambda **settings: _losses().CategoricalCrossentropy(from_logits=True, **settings),
}


def _each(lost: Callable[..., Any], Y_hat: Tensor, Y: Tensor, classes: bool) -> Tensor:  # noqa: FBT001 - a loss's own
    """Give the losses unreduced; as Keras takes means over the last axis, that gets a length of 1, but where it holds classes."""
    return lost(None, Y_hat, Y) if classes else lost(None, Y_hat[..., None], Y[..., None])


# Keras takes the mean over outputs first, and then reduces over samples.
REDUCTIONS: dict[str, Callable[..., Any]] = {
    "mean": lambda lost, Y_hat, Y, _: lost("sum_over_batch_size", Y_hat, Y),
    "sum": lambda *question: _tf().reduce_sum(_each(*question)),
    "batch_mean": lambda lost, Y_hat, Y, classes: _tf().reduce_sum(_each(lost, Y_hat, Y, classes)) / len(Y),
    "feature_mean": lambda lost, Y_hat, Y, _: lost("sum", Y_hat, Y),
    "none": _each,
    "per_sample": lambda lost, Y_hat, Y, _: lost(None, Y_hat, Y),
}


def _stepper(question: Question, variables: list[Variable]) -> Callable[[int, list[Tensor]], None] | None:
    """Give a function that makes update t = 1, 2, … with Keras's own optimizer, None where it has none of the same rule."""
    if question.optimizer.name not in OPTIMIZERS:
        return None
    # Keras rounds the settings to float32 in double precision too, but not a NumPy number, nor a rate that a function gives.
    settings = settings_of(question.optimizer)
    exact = {name: value if isinstance(value, bool) else np.float64(value) for name, value in settings.items()}
    optimizer = OPTIMIZERS[question.optimizer.name](**exact | {"lr": lambda: exact["lr"]})
    if optimizer is None:
        return None

    def step(t: int, gradients: list[Tensor]) -> None:
        if "beta2" in exact:
            # Its eps is the ε̂ of Kingma & Ba: it is added to √s, and not to √ŝ = √s/√(1 - beta2ᵗ).
            optimizer.epsilon = exact["eps"] * np.sqrt(1 - exact["beta2"] ** t)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))

    return step


OPTIMIZERS: dict[str, Callable[..., Any]] = {
    # Its velocity holds the rate, v = momentum·v - lr·dW: for a rate that stays, the same path.
    "sgd": lambda lr, momentum, nesterov: _optimizers().SGD(lr, momentum=momentum, nesterov=nesterov),
    # It adds eps within the root, which no setting takes out.
    "rmsprop": lambda lr, rho, eps: None if eps else _optimizers().RMSprop(lr, rho=rho, epsilon=eps),
    "adam": lambda lr, beta1, beta2, eps: _optimizers().Adam(lr, beta_1=beta1, beta_2=beta2, epsilon=eps),
    "adamw": lambda lr, beta1, beta2, eps, weight_decay: _optimizers().AdamW(
        lr, beta_1=beta1, beta_2=beta2, epsilon=eps, weight_decay=weight_decay
    ),
}
