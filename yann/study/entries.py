"""Sums over the entries of matrices, each made once and always in float64, by whose numbers nothing overflows or underflows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from yann.shapes import Array

Scaled = tuple[Array, Array | None]
"""f·2ᵉ, both (*R,); e is None where every e is 0."""


def value(f: Array, e: Array | None) -> Array:
    """Give f·2ᵉ."""
    return f if e is None else np.ldexp(f, e)


@dataclass(frozen=True)
class Entries:
    """The entries of each matrix of a stack (*R, m, n); NumPy is not to warn where they are not finite."""

    M: Array

    @cached_property
    def rows(self) -> Array:
        """Give each matrix as one row of float64.

        Summed along such a row a replicate gives the same bits alone and in company, which it does not where NumPy converts
        or gathers as it sums.
        """
        return self.M.reshape(*self.M.shape[:-2], self.count).astype(np.float64, copy=False)

    @property
    def count(self) -> int:
        """Count the entries of a matrix."""
        return int(self.M.shape[-2] * self.M.shape[-1])

    @cached_property
    def norm(self) -> Scaled:
        """Give the Frobenius norm."""
        return _norm(self.rows)

    @cached_property
    def rms(self) -> Scaled:
        """Give the root mean square entry."""
        f, e = self.norm
        return f / math.sqrt(self.count), e

    @cached_property
    def mean(self) -> Scaled:
        """Give the mean entry; a sum of numbers that are finite may not be."""
        mean = np.add.reduce(self.rows, axis=-1) / self.count
        if np.isfinite(mean).all():
            return mean, None
        e = np.where(np.isfinite(mean), 0, 64)
        return np.add.reduce(np.ldexp(self.rows, -e[..., None]), axis=-1) / self.count, e

    @cached_property
    def std(self) -> Scaled:
        """Give the standard deviation of the entries, over all of them."""
        (rms, e), (mean, of_mean) = self.rms, self.mean
        square = rms * rms
        variance = square - mean * mean
        near = (variance >= square / 2) & _is_0(e) & _is_0(of_mean)  # the difference loses no digits
        if near.all():
            return np.sqrt(variance), None
        f, own = self._spread
        return np.where(near, np.sqrt(np.maximum(variance, 0)), f), None if own is None else np.where(near, 0, own)

    @property
    def _spread(self) -> Scaled:
        mean, e = self.mean
        rows = self.rows if e is None else np.ldexp(self.rows, -e[..., None])
        f, own = _norm(rows - mean[..., None])
        return f / math.sqrt(self.count), own if e is None else e if own is None else e + own


def _is_0(e: Array | None) -> Array | bool:
    return True if e is None else e == 0


SAFE = 1e-140, 1e140
"""Where the squares of a norm are in range, and with all their digits."""


def _norm(rows: Array) -> Scaled:
    f: Array = np.sqrt(np.vecdot(rows, rows))
    unsafe = ~((f > SAFE[0]) & (f < SAFE[1]))
    if not unsafe.any():
        return f, None
    largest = np.abs(rows).max(axis=-1)
    e: Array = np.where(unsafe & np.isfinite(largest) & (largest > 0), np.frexp(largest)[1], 0)
    scaled = np.ldexp(rows, -e[..., None])
    f = np.where(e != 0, np.sqrt(np.vecdot(scaled, scaled)), f)
    return f, e
