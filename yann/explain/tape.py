"""What a framework's tape returns for a pair of quantities: the ones-product, a sum over outputs and samples, not a Jacobian."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from yann.engine.backward import carry_back
from yann.engine.objective import Top
from yann.explain.chain import check_bias, ends
from yann.shapes import Array
from yann.study.cell import Cell
from yann.study.run import State


def tape(cell: Cell, state: State, of: str, by: str, *, r: int = 0) -> Array:
    """Give 1ᵀ·∂of/∂by in the shape of `by`: the derivative of the sum of all entries of `of`, whatever the samples.

    Samples are rows, weights (in, out), biases (n,). What a tape returns for J is the gradient, for J is one number.

    Raises:
        AskedError: if one of the two is not there, or `by` is not on the way to `of`.

    """
    L = len(cell.network.layers)
    top, bottom = ends(of, by, L)
    check_bias(state, by)
    below = (top + 1) // 2 if of != "J" else L  # layers that stand below it
    if top == bottom and by[0] not in "Wb":
        return np.ones_like(state.trace[below - 1].Z[r] if top else state.trace[0].A_in[min(r, len(state.trace[0].A_in) - 1)])
    gradients = state.gradients
    if of != "J":
        seen, slope = state.trace[below - 1], state.gradients[below - 1].slope
        one = np.ones_like(seen.Z)
        dA, dZ = (one, slope) if top % 2 == 0 else (np.full_like(one, np.nan), one)  # above Z there is nothing to derive by
        gradients = carry_back(cell.network.layers[:below], state.params[:below], state.trace[:below], Top(dA, slope, dZ))
    if by == "X":
        return (gradients[0].dZ @ state.params[0].W.mT)[r]
    g = gradients[(bottom - 1) // 2]
    if by[0] == "b":
        return g.db[r, 0]
    return {"A": g.dA, "Y": g.dA, "Z": g.dZ, "W": g.dW}[by[0]][r]


def pairs(L: int) -> Iterator[tuple[str, str]]:
    """Walk the neighbours from the loss down, each layer's own first, and then the predictions by every weight."""
    yield "J", f"A{L}"
    for layer in range(L, 0, -1):
        yield f"A{layer}", f"Z{layer}"
        yield f"Z{layer}", f"W{layer}"
        yield f"Z{layer}", f"A{layer - 1}" if layer > 1 else "X"
    for layer in range(L, 0, -1):
        yield "Y_hat", f"W{layer}"
        yield "J", f"W{layer}"


def why(of: str, by: str) -> str:
    """Say in one sentence why the tape's answer for a pair is not its Jacobian."""
    if of == "J":
        return (
            f"The loss is summed to one number, so the ones-product is the gradient itself: the tape's dJ/d{by} can be trusted."
        )
    if by[0] == "W" and of[0] == "Z":
        return (
            "Every unit's z of every sample is summed before it is derived: what is left of each weight is the sum over the "
            f"samples of the input that it multiplies, the same for every unit of layer {by[1:]}."
        )
    if by[0] == "W":
        return (
            f"All entries of {of} of all samples are summed before they are derived: one number for each weight, where the "
            "Jacobian has a row for each output."
        )
    if of[0] == "A" and by[0] == "Z":
        return (
            "The Jacobian of a sample is diagonal; 1ᵀ adds up its columns, which leaves the diagonal as a row and hides the "
            "zeros beside it."
        )
    return (
        f"1ᵀ adds up the rows of the Jacobian, which are the weights of {of}'s units: the same sums in every sample, where "
        "the Jacobian keeps every weight apart."
    )
