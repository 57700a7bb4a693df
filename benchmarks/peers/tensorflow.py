"""The study in TensorFlow: a GradientTape over stacked replicates, traced once by tf.function."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import tensorflow as tf

from benchmarks.study import Drawn


@tf.function
def _study(weights: list, X: tf.Tensor, Y: tf.Tensor) -> tuple:
    with tf.GradientTape() as tape:
        tape.watch(weights)
        A, seen = X, []
        for number, W in enumerate(weights, start=1):
            Z = A @ W
            A = Z if number == len(weights) else tf.tanh(Z)
            seen.append(A)
        loss = tf.reduce_sum(tf.reduce_mean((A - Y) ** 2, axis=(1, 2)))  # no replicate knows of another
    gradients = tape.gradient(loss, weights)
    norms = tf.stack([tf.norm(g, axis=(1, 2)) for g in gradients])
    rms = tf.stack([tf.sqrt(tf.reduce_mean(g * g, axis=(1, 2))) for g in gradients])
    return norms, rms, tf.stack([tf.math.reduce_std(A, axis=(1, 2)) for A in seen])


def studies(drawn: Drawn, _: int) -> Mapping[str, Callable[[], object]]:
    """Give the study; TensorFlow takes all cores by itself."""
    arguments = [tf.constant(W) for W in drawn.W], tf.constant(drawn.X), tf.constant(drawn.Y)
    return {"TensorFlow function": lambda: [each.numpy() for each in _study(*arguments)]}
