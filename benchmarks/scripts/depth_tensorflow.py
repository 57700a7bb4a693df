"""The depth study in TensorFlow."""

import tensorflow as tf

from benchmarks.scripts.depth import SAMPLES, WIDTH, study


def passes(depth: int) -> tuple[float, list[tuple]]:
    """Give the loss, and A, dW and dZ of each layer."""
    weights = [tf.Variable(tf.ones((WIDTH, WIDTH), tf.float64)) for _ in range(depth)]
    A, Zs = tf.ones((SAMPLES, WIDTH), tf.float64), []
    with tf.GradientTape() as tape:
        for W in weights:
            A = A @ W
            Zs.append(A)
        loss = tf.reduce_mean((A - tf.stop_gradient(A - 1)) ** 2)
    dW, dZ = tape.gradient(loss, (weights, Zs))
    return float(loss), [tuple(M.numpy() for M in each) for each in zip(Zs, dW, dZ, strict=True)]


if __name__ == "__main__":
    study(passes)
