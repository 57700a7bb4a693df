"""The study in JAX: vmap over the replicates, compiled by jit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.study import Drawn

jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - as JAX has it


def _loss(weights: list, X: jax.Array, Y: jax.Array) -> tuple:
    A, spread = X, []
    for number, W in enumerate(weights, start=1):
        Z = A @ W
        A = Z if number == len(weights) else jnp.tanh(Z)
        spread.append(A.std())
    return ((A - Y) ** 2).mean(), jnp.stack(spread)


def _one(weights: list, X: jax.Array, Y: jax.Array) -> tuple:
    gradients, spread = jax.grad(_loss, has_aux=True)(weights, X, Y)
    norms = jnp.stack([jnp.linalg.norm(g) for g in gradients])
    rms = jnp.stack([jnp.sqrt((g * g).mean()) for g in gradients])
    return norms, rms, spread


def _arguments(drawn: Drawn) -> tuple:
    return [jnp.asarray(W) for W in drawn.W], jnp.asarray(drawn.X), jnp.asarray(drawn.Y)


def studies(drawn: Drawn, _: int) -> Mapping[str, Callable[[], object]]:
    """Give the study; JAX takes all cores by itself."""
    compiled, arguments = jax.jit(jax.vmap(_one, out_axes=1)), _arguments(drawn)
    return {"JAX jit + vmap": lambda: [np.asarray(each) for each in jax.block_until_ready(compiled(*arguments))]}


def compiling(drawn: Drawn) -> Mapping[str, Callable[[], object]]:
    """Give the study with all that comes before it: tracing and compiling, anew each time."""
    arguments = _arguments(drawn)

    return {"JAX with compilation": lambda: jax.block_until_ready(jax.jit(jax.vmap(_one, out_axes=1))(*arguments))}
