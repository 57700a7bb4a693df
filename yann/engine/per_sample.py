"""Gradients of single samples: the summands that the batch's gradient is made of."""

from __future__ import annotations

from yann.engine.backward import LayerGradients
from yann.engine.forward import LayerTrace
from yann.shapes import Array, Float


def per_sample(seen: LayerTrace, gradients: LayerGradients) -> tuple[Float[Array, "*R N m n"], Float[Array, "*R N n"]]:
    """Give each sample's share of dW and of db; their sums over N are dW and db.

    dW⁽ⁿ⁾ = (row n of A_in)ᵀ (row n of dZ)    db⁽ⁿ⁾ = row n of dZ
    """
    return seen.A_in[..., :, None] * gradients.dZ[..., None, :], gradients.dZ
