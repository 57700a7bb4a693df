"""Training on the digits in JAX: a step that jit compiles, and a loop over mini-batches."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.scripts.digits import BATCH, EPOCHS, MOMENTUM, RATE, WIDTHS, Data, Told, script

jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - as JAX has it


def _loss(params: list, X: jax.Array, Y: jax.Array) -> tuple[jax.Array, jax.Array]:
    A = X
    for W, b in params[:-1]:
        A = jax.nn.relu(A @ W + b)
    W, b = params[-1]
    logits = A @ W + b
    loss = -jnp.take_along_axis(jax.nn.log_softmax(logits), Y[:, None], axis=1).mean()
    return loss, (logits.argmax(axis=1) == Y).mean()


@jax.jit
def _step(params: list, velocity: list, X: jax.Array, Y: jax.Array, chosen: jax.Array) -> tuple:
    scores, gradients = jax.value_and_grad(_loss, has_aux=True)(params, X[chosen], Y[chosen])
    velocity = jax.tree.map(lambda v, g: MOMENTUM * v + g, velocity, gradients)
    return jax.tree.map(lambda p, v: p - RATE * v, params, velocity), velocity, scores, gradients


@jax.jit
def _told(params: list, gradients: list, X_test: jax.Array, Y_test: jax.Array) -> tuple:
    return _loss(params, X_test, Y_test), [jnp.sqrt((dW**2).mean()) for dW, _ in gradients]


def train(data: Data) -> Told:
    """Train from the first draw to the last epoch."""
    rng = np.random.default_rng(0)
    params = [(rng.normal(0, np.sqrt(2 / m), (m, n)), np.zeros(n)) for m, n in pairwise(WIDTHS)]
    velocity = jax.tree.map(np.zeros_like, params)
    X, Y, X_test, Y_test = (jnp.asarray(data[name]) for name in ("X", "Y", "X_test", "Y_test"))
    told = []
    for _ in range(EPOCHS):
        order = rng.permutation(len(X))
        for first in range(0, len(X), BATCH):
            params, velocity, scores, gradients = _step(params, velocity, X, Y, order[first : first + BATCH])
        tested, rms = _told(params, gradients, X_test, Y_test)
        row = dict(zip(("loss", "accuracy", "test_loss", "test_accuracy"), map(float, (*scores, *tested)), strict=True))
        told.append(row | {f"dW{at}_rms": float(each) for at, each in enumerate(rms, 1)})
    return told


if __name__ == "__main__":
    script(train)
