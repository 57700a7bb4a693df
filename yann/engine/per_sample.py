"""Gradients of single samples: the summands that the batch's gradient is made of."""

from __future__ import annotations

from yann.shapes import Array, Float


def per_sample(A_in: Float[Array, "*#R N m"], dZ: Float[Array, "*R N n"]) -> Float[Array, "*R N m n"]:
    """Give each sample's share of dW; their sum over N is dW. A sample's share of db is its row of dZ.

    dW⁽ⁿ⁾ = (row n of A_in)ᵀ (row n of dZ)
    """
    return A_in[..., :, None] * dZ[..., None, :]
