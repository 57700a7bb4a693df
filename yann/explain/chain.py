"""The chain of Jacobians of one sample, link by link: dJ/dA2 · dA2/dZ2 · dZ2/dA1 · dA1/dZ1 · dZ1/dW1.

A Jacobian dT/dS has a row for each entry of T and a column for each of S; those of a weight matrix are counted row by row as the
reader writes it. J is the batch's, with all its factors, so what a chain from J gives is the sample's share of the gradient: the
gradient is the sum of all samples' shares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import nan

import numpy as np

from yann.errors import AskedError
from yann.explain.links import WHOLE, ByWeights, Diagonal, Link, LossRow, Same, Weights, frobenius, if_few
from yann.explain.notation import NAME, Notation
from yann.shapes import Array
from yann.study.cell import Cell
from yann.study.run import State


@dataclass(frozen=True)
class Chain:
    """The links from one quantity down to an earlier one; their product is the Jacobian of the one by the other."""

    of: str
    by: str
    links: tuple[Link, ...]

    @property
    def name(self) -> str:
        """Give the name of the product: dJ/dW1."""
        return f"d{self.of}/d{self.by}"

    @property
    def shape(self) -> tuple[int, int]:
        """Give rows and columns of the product."""
        return self.links[0].shape[0], self.links[-1].shape[1]

    def product(self) -> Array:
        """Multiply the links from the left, as backprop does."""
        M = self.links[0].dense()
        for link in self.links[1:]:
            M = link.carry(M)
        return M


@dataclass(frozen=True)
class Partial:
    """One product on the way: its name, its shape, what it cost, and its numbers where they are few."""

    name: str
    shape: tuple[int, int]
    multiplications: int
    norm: float
    """The Frobenius norm; nan where nobody multiplied, because the product is large and not on the way of backprop."""
    M: Array | None


def reverse_order(chain: Chain) -> Iterator[Partial]:
    """Multiply from the loss's side: a row times one matrix after the other, which is backprop."""
    first = chain.links[0]
    rows, M = first.shape[0], first.dense()
    for left, link in zip(chain.links, chain.links[1:], strict=False):
        M = link.carry(M)
        yield Partial(f"d{chain.of}/d{link.by}", M.shape, rows * left.shape[1] * link.shape[1], frobenius(M), if_few(M))


def forward_order(chain: Chain) -> Iterator[Partial]:
    """Multiply from the target's side: a matrix of as many columns as the target has entries grows towards the loss."""
    columns = chain.links[-1].shape[1]
    most = max(link.shape[0] for link in chain.links) * columns
    M = chain.links[-1].dense() if most <= WHOLE else None
    for link in reversed(chain.links[:-1]):
        M = None if M is None else link.dense() @ M
        rows, inner = link.shape
        yield Partial(f"d{link.of}/d{chain.by}", (rows, columns), rows * inner * columns, nan if M is None else frobenius(M), M)


MOST_LOST = 4096
"""Roundings that a product of two links may have lost against one link; here 1e-12 in double precision."""


def place(name: str, L: int) -> int:
    """Give where a quantity stands on the way from X, at 0, to J: Z1 and what it has of W1 and b1 at 1, A1 at 2, and so on.

    Raises:
        AskedError: if there is no such quantity in a network of L layers.

    """
    found = NAME.fullmatch(name)
    layer = int(found[3]) if found and found[2] else 0
    if not found or (found[2] and not 0 < layer <= L):
        raise AskedError(f"no '{name}' in a chain: there are J, Y_hat, X and, for layers 1 to {L}, A, Z, W and b, as in W{L}")
    if found[1]:
        return {"J": 2 * L + 1, "Y_hat": 2 * L, "X": 0}[name]
    return 2 * layer if found[2] == "A" else 2 * layer - 1


def ends(of: str, by: str, L: int) -> tuple[int, int]:
    """Give the places of the two ends of a chain.

    Raises:
        AskedError: if one of the two is not there, or `by` is not on the way to `of`.

    """
    top, bottom = place(of, L), place(by, L)
    if of[0] in "WbX" or by == "J" or top < bottom or (top == bottom and by[0] in "Wb" and of[0] != "Z"):
        raise AskedError(f"d{of}/d{by}: {by} is not on the way to {of}")
    return top, bottom


def chain(cell: Cell, state: State, notation: Notation, of: str, by: str, *, n: int = 0, r: int = 0) -> Chain:
    """Give the links of ∂of/∂by for sample n of replicate r.

    Raises:
        AskedError: if one of the two is not there, or `by` is not on the way to `of`.

    """
    L = len(cell.network.layers)
    top, bottom = ends(of, by, L)
    parameter = by[0] in "Wb"
    check_bias(state, by)
    links: list[Link] = []
    at, position = of, top
    if of == "J" and bottom < 2 * L and fused(state, r, n):
        links.append(LossRow(of, f"Z{L}", state.gradients[-1].dZ[r, n]))
        at, position = f"Z{L}", 2 * L - 1
    for below in range(position, bottom, -1):
        link = _link(cell, state, below, at, n, r)
        links.append(link)
        at = link.by
    if parameter:
        links.append(_by_parameter(cell, state, notation, at, by, n, r))
    return Chain(of, by, tuple(links) or (Same(of, by, _size(state, place(of, L))),))


def check_bias(state: State, by: str) -> None:
    """Check that there is a bias to derive by, if `by` is one.

    Raises:
        AskedError: if its layer has none.

    """
    if by[0] == "b" and state.params[int(by[1:]) - 1].b is None:
        raise AskedError(f"{by}: layer {by[1:]} has no bias")


def fused(state: State, r: int, n: int | tuple[int, ...]) -> bool:
    """Tell whether dJ/dA · dA/dZ of the last layer has lost the digits that backprop's own dJ/dZ has.

    It has where a sigmoid is saturated under the binary cross-entropy: the one is huge, the other 0. Then they are one link.
    """
    g = state.gradients[-1]
    lost = MOST_LOST * np.finfo(g.dZ.dtype).eps
    with np.errstate(all="ignore"):
        return not np.allclose(g.dA[r, n] * g.slope[r, n], g.dZ[r, n], rtol=lost, atol=0, equal_nan=True)


def _link(cell: Cell, state: State, position: int, of: str, n: int, r: int) -> Link:
    """Give the link from what stands at a position to what stands below it."""
    layer = (position + 1) // 2
    if position == 2 * len(cell.network.layers) + 1:
        return LossRow(of, f"A{layer - 1}", state.gradients[-1].dA[r, n])
    if position % 2 == 0:
        slope = state.gradients[layer - 1].slope
        return Diagonal(of, f"Z{layer}", slope[r, n], cell.network.layers[layer - 1].scale is not None)
    return Weights(of, f"A{layer - 1}" if layer > 1 else "X", state.params[layer - 1].W[r])


def _by_parameter(cell: Cell, state: State, notation: Notation, of: str, by: str, n: int, r: int) -> Link:
    layer = int(by[1:])
    fan_out = cell.network.layers[layer - 1].fan_out
    if by[0] == "b":
        return Same(of, by, fan_out)
    A_in = state.trace[layer - 1].A_in
    return ByWeights(of, by, A_in[min(r, len(A_in) - 1), n], fan_out, notation.out_in)


def _size(state: State, position: int) -> int:
    return int(state.trace[0].A_in.shape[-1] if position == 0 else state.trace[(position - 1) // 2].Z.shape[-1])
