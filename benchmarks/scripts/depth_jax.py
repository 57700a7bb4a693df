"""The depth study in JAX."""

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.scripts.depth import SAMPLES, WIDTH, study

jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - as JAX has it


def forward(parameters: tuple[list, list]) -> tuple:
    """Give the loss, and Z of each layer; what is added to Z is 0, and there for its gradient."""
    A, Zs = jnp.ones((SAMPLES, WIDTH)), []
    for W, added in zip(*parameters, strict=True):
        A = A @ W + added
        Zs.append(A)
    return ((A - jax.lax.stop_gradient(A - 1)) ** 2).mean(), Zs


gradients = jax.jit(jax.value_and_grad(forward, has_aux=True))


def passes(depth: int) -> tuple[float, list[tuple]]:
    """Give the loss, and A, dW and dZ of each layer."""
    ones, zeros = np.ones((WIDTH, WIDTH)), np.zeros((SAMPLES, WIDTH))
    (loss, Zs), (dW, dZ) = gradients(([ones] * depth, [zeros] * depth))
    return float(loss), [tuple(map(np.asarray, each)) for each in zip(Zs, dW, dZ, strict=True)]


if __name__ == "__main__":
    study(passes)
