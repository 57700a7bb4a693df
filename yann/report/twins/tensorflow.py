"""TensorFlow: its tape and activations, with Keras's losses and reductions."""

from __future__ import annotations

from collections.abc import Collection

from yann.report.twins.base import GRADIENTS, TWINS, Draft, Twin
from yann.report.twins.example import Example
from yann.report.twins.source import WIDTH, bracketed, indented, unpacked

CLIPPED = 1e-7
"""How near probabilities may come to 0 and 1 before Keras's BinaryCrossentropy moves them: keras.config.epsilon() by default."""

ACTIVATIONS = {
    "identity": "{Z}",
    "relu": "tf.nn.relu({Z})",
    "leaky_relu": "tf.nn.leaky_relu({Z}, alpha={slope})",
    "elu": "tf.keras.activations.elu({Z}, alpha={alpha})",
    "selu": "tf.nn.selu({Z})",
    "softplus": "tf.nn.softplus({Z})",
    "sigmoid": "tf.sigmoid({Z})",  # Keras's own remembers its logits, and a loss of logits would take those for what it is given
    "tanh": "tf.tanh({Z})",
    "silu": "tf.nn.silu({Z})",
    "gelu": "tf.nn.gelu({Z}, approximate=False)",
    "gelu_tanh": "tf.nn.gelu({Z}, approximate=True)",
}
LOSSES = {
    "output": "{Y_hat}",
    "mse": 'tf.keras.losses.MeanSquaredError(reduction="{how}")({Y}, {Y_hat})',
    "half_mse": 'tf.keras.losses.MeanSquaredError(reduction="{how}")({Y}, {Y_hat}) / 2',
    "mae": 'tf.keras.losses.MeanAbsoluteError(reduction="{how}")({Y}, {Y_hat})',
    "huber": 'tf.keras.losses.Huber({delta}, reduction="{how}")({Y}, {Y_hat})',
    "bce": 'tf.keras.losses.BinaryCrossentropy(reduction="{how}")({Y}, {Y_hat})',
    "bce_with_logits": 'tf.keras.losses.BinaryCrossentropy(from_logits=True, reduction="{how}")({Y}, {Y_hat})',
    "cross_entropy": 'tf.keras.losses.CategoricalCrossentropy(from_logits=True, reduction="{how}")({Y}, {Y_hat})',
}
REDUCTIONS = {
    "mean": "tf.reduce_mean({losses})",
    "sum": "tf.reduce_sum({losses})",
    "batch_mean": "tf.reduce_sum({losses}) / len({losses})",
    "feature_mean": "tf.reduce_sum({losses}) / {losses}.shape[1]",
    "none": "{losses}",
    "per_sample": "tf.reduce_mean({losses}, axis=1)",
}
ITS_OWN = {"mean": "sum_over_batch_size", "feature_mean": "sum", "per_sample": "none"}
"""Keras's own reductions, of the means over the last axis."""
OF_CLASSES = {"mean": "sum_over_batch_size", "sum": "sum", "none": "none"}
"""The same where there is one loss a sample."""
SPELLED = {
    "leaky_relu": ("tf.where({Z} > 0, {Z}, {slope} * {Z})", "tf.nn.leaky_relu rounds its slope to float32"),
    "selu": ("selu({Z})", "tf.nn.selu has the other slope at 0"),
    "gelu": ("{Z} * tf.math.erfc(-{Z} / 2**0.5) / 2", "tf.nn.gelu rounds its constants to float32"),
    "gelu_tanh": (
        "{Z} * (1 + tf.tanh((2 / math.pi) ** 0.5 * ({Z} + 0.044715 * {Z}**3))) / 2",
        "tf.nn.gelu rounds its constants to float32",
    ),
    "bce": (
        "-tf.math.xlogy(Y, {Y_hat}) - tf.math.xlog1py(1 - Y, -{Y_hat})",
        "Keras's BinaryCrossentropy moves predictions this near to 0 and 1",
    ),
    "cross_entropy": (
        "-tf.reduce_sum(Y * tf.nn.log_softmax({Y_hat}), axis=1)",
        "the gradient of Keras's CategoricalCrossentropy wants rows that sum to 1 to the last digit",
    ),
}
HELPERS = {
    "selu": """\
def selu(Z):
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    return tf.where(Z > 0, scale * Z, scale * alpha * tf.math.expm1(tf.minimum(Z, 0)))"""
}


@TWINS.add("tensorflow")
class TensorFlow(Twin):
    """The gradients by TensorFlow's tape, with TensorFlow's activations and Keras's loss and reduction"""

    framework = "TensorFlow"
    needs = "tensorflow"
    plain = ("import os",)
    given = ("tf.constant(", ")")
    sought = ("tf.Variable(", ")")
    precisions = {"float64": ", dtype=tf.float64"}  # noqa: RUF012 - nobody writes to it
    transposed = "tf.transpose({W})"
    activations = ACTIVATIONS
    losses = LOSSES
    reductions = REDUCTIONS
    spelled = SPELLED
    helpers = HELPERS

    def unlike(self, example: Example) -> Collection[str]:
        """Name what TensorFlow and Keras round or clip, and what is met at a kink where they have the other slope."""
        found, P = {"selu"} & example.kinks, example.predictions
        if example.double:
            found |= {"leaky_relu", "gelu", "gelu_tanh"}
        if ((P < CLIPPED) | (P > 1 - CLIPPED)).any():
            found |= {"bce"}
        if example.sums_are_off:
            found |= {"cross_entropy"}
        return found

    def imports(self, draft: Draft) -> list[str]:
        """Give the imports, and what has to be set before and after them."""
        lines = ['os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # less of a start-up log']
        if "tf.keras." in draft.text:
            lines += ['os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever it is elsewhere']
        lines += ["", *(["import numpy as np"] if draft.example.stored else [])]
        lines += ["import tensorflow as tf"]
        if "tf.keras.losses." in draft.text and draft.example.double:
            lines += ["", 'tf.keras.config.set_floatx("float64")  # Keras rounds to float32 by default']
        return lines

    def body(self, example: Example) -> list[str]:
        """Give the forward pass under the tape, its gradient, and the prints."""
        given, found = example.parameters, [GRADIENTS.get(name, f"d{name}") for name in example.parameters]
        kept = f"# A loss for each {example.keeps} is kept; the gradient is that of their sum"
        backward = unpacked(found, f"tape.gradient(loss, [{', '.join(given)}])")
        if max(map(len, backward)) > WIDTH or len(backward) > 1:
            backward = bracketed("parameters = [", given, "]") + unpacked(found, "tape.gradient(loss, parameters)")
        return [
            "with tf.GradientTape() as tape:",
            *indented(self.forward(example)),
            "",
            *([kept] if example.keeps else []),
            *backward,
            "",
            *self.printed(example, "loss.numpy().tolist()", "d{W}.numpy().tolist()", GRADIENTS),
        ]

    def objective(self, example: Example) -> list[str]:
        """Give the loss with Keras's own reduction where there is one."""
        own = OF_CLASSES if example.loss.classes else ITS_OWN
        if "{how}" not in LOSSES[example.loss.name] or example.loss.name in self.unlike(example):
            return super().objective(example)
        if example.reduction in own:
            how = own[example.reduction]
            losses, why = self.words(example.loss, example, Y_hat=example.predicted, Y="Y", how=how)
            return [*self.remarks(example, why), f"loss = {losses}"]
        losses, _ = self.words(
            example.loss, example, Y_hat=f"{example.predicted}[..., None]", Y="Y[..., None]", how=self.unreduced
        )
        why = "Keras takes the mean over the last axis: over one of length 1 it leaves every element its loss"
        return [*self.remarks(example, why), *self.reduced(example, losses)]
