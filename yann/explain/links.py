"""The links of a chain of Jacobians: one sample's ∂of/∂by, each in the form that it has, written out only when asked for."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from yann.explain.notation import Notation
from yann.shapes import Array
from yann.study.entries import Entries, value

WHOLE = 10_000
"""Entries up to which a Jacobian is written out; of a larger one only shape and norm are told."""


@dataclass(frozen=True)
class Link:
    """∂of/∂by for one sample: a matrix that is only written out when somebody asks."""

    of: str
    by: str

    @property
    def name(self) -> str:
        """Give its name: dZ2/dA1."""
        return f"d{self.of}/d{self.by}"

    @property
    def layer(self) -> int:
        """Give the number of the layer that it belongs to."""
        return next(int(found[1]) for name in (self.of, self.by) if (found := re.search(r"(\d+)$", name)))

    @property
    def shape(self) -> tuple[int, int]:
        """Give rows and columns."""
        raise NotImplementedError

    @property
    def norm(self) -> float:
        """Give the Frobenius norm."""
        return frobenius(self.dense())

    def dense(self) -> Array:
        """Give the matrix."""
        raise NotImplementedError

    def if_few(self) -> Array | None:
        """Give the matrix where its entries are few enough to be written out."""
        return self.dense() if math.prod(self.shape) <= WHOLE else None

    def carry(self, row: Array) -> Array:
        """Give M · J for a matrix M (k, rows), without writing J out where that can be spared."""
        return row @ self.dense()

    def form(self, notation: Notation) -> str:
        """Say in symbols what the matrix is made of."""
        raise NotImplementedError


@dataclass(frozen=True)
class LossRow(Link):
    """dJ/dA of the last layer: the loss's derivative by each prediction, times the reduction's factor."""

    row: Array

    @property
    def shape(self) -> tuple[int, int]:
        return 1, len(self.row)

    def dense(self) -> Array:
        return self.row[None]

    def form(self, notation: Notation) -> str:
        return "c·ℓ'(ŷ)" if self.by[0] == "A" else "c·∂ℓ/∂z"


@dataclass(frozen=True)
class Diagonal(Link):
    """dA/dZ = diag(φ'(z) ∘ s)."""

    slope: Array
    scaled: bool

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.slope), len(self.slope)

    @property
    def norm(self) -> float:
        return frobenius(self.slope[None])

    def dense(self) -> Array:
        return np.diag(self.slope)

    def carry(self, row: Array) -> Array:
        return row * self.slope

    def form(self, notation: Notation) -> str:
        return f"diag(φ'(z{self.layer}){f' ∘ s{self.layer}' if self.scaled else ''})"


@dataclass(frozen=True)
class Weights(Link):
    """dZ/dA of the layer before: entry [i, j] is the weight from unit j to unit i."""

    W: Array
    """(in, out)."""

    @property
    def shape(self) -> tuple[int, int]:
        return self.W.shape[1], self.W.shape[0]

    def dense(self) -> Array:
        return self.W.T

    def form(self, notation: Notation) -> str:
        return f"W{self.layer}" if notation.out_in else f"W{self.layer}ᵀ"


@dataclass(frozen=True)
class ByWeights(Link):
    """dZ/dW: z_i has a_j for its weight from unit j, and nothing for the weights of the other units."""

    a: Array
    fan_out: int
    out_in: bool

    @property
    def shape(self) -> tuple[int, int]:
        return self.fan_out, self.fan_out * len(self.a)

    @property
    def norm(self) -> float:
        return frobenius(self.a[None]) * self.fan_out**0.5

    def dense(self) -> Array:
        one = np.eye(self.fan_out, dtype=self.a.dtype)
        return np.kron(one, self.a[None]) if self.out_in else np.kron(self.a[None], one)

    def carry(self, row: Array) -> Array:
        each = row[:, :, None] * self.a if self.out_in else self.a[:, None] * row[:, None, :]
        return each.reshape(len(row), -1)

    def form(self, notation: Notation) -> str:
        a = "x" if self.layer == 1 else f"a{self.layer - 1}"
        return f"I ⊗ {a}ᵀ" if notation.out_in else f"{a}ᵀ ⊗ I"


@dataclass(frozen=True)
class Same(Link):
    """The identity: dZ/db, and what a quantity is by itself."""

    size: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.size, self.size

    @property
    def norm(self) -> float:
        return float(self.size**0.5)

    def dense(self) -> Array:
        return np.eye(self.size)

    def carry(self, row: Array) -> Array:
        return row

    def form(self, notation: Notation) -> str:
        return "I"


def if_few(M: Array) -> Array | None:
    """Give a matrix that is there, if its entries are few enough to be written out."""
    return M if M.size <= WHOLE else None


def frobenius(M: Array) -> float:
    """Give the Frobenius norm of a matrix, which neither overflows nor underflows on the way."""
    with np.errstate(over="ignore"):
        return float(value(*Entries(np.atleast_2d(M)).norm))
