"""Jacobians of layers: what an output moves by when an input does, one matrix a sample."""

from __future__ import annotations

import numpy as np

from yann.engine.forward import Trace
from yann.engine.network import Network, Params
from yann.shapes import Array, Float


def jacobian(network: Network, params: Params, trace: Trace, of: int, by: int) -> Float[Array, "*R N n m"]:
    """Give ∂A_of/∂A_by for layers 0 ≤ by ≤ of ≤ L; entry [.., i, j] is ∂(unit i of A_of)/∂(unit j of A_by).

    ∂A_l/∂A_{l-1} = diag(φ'(Z_l) ∘ s_l) W_lᵀ, and the chain multiplies these from layer `of` down to `by` + 1.

    Raises:
        ValueError: if the layers are not in this order.

    """
    if not 0 <= by <= of <= len(network.layers):
        message = f"no Jacobian of layer {of} by layer {by} in a network of {len(network.layers)} layers"
        raise ValueError(message)
    A = trace[0].A_in if of == 0 else trace[of - 1].A
    J = np.broadcast_to(np.eye(A.shape[-1], dtype=A.dtype), (*A.shape, A.shape[-1]))
    for layer, theta, seen in reversed(list(zip(network.layers, params, trace, strict=True))[by:of]):
        J = (J * layer.slope(seen.Z, seen.phi)[..., None, :]) @ theta.W.mT[..., None, :, :]
    return J
