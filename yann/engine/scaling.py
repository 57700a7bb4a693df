"""Numbers beyond the range of floats: arrays kept near 1, and beside them the power of two that they are to be multiplied by.

Multiplying by a power of two is exact, so nothing in here can change a digit; it only keeps the digits that are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from yann.parts.activations import Activation
from yann.shapes import Array, Float

Exponent = Array | None
"""e (*R,): the numbers beside it are to be multiplied by 2ᵉ, each replicate's by its own; None where every e is 0."""
BOTH = (-2, -1)
NONE = np.iinfo(np.int32).min
"""The exponent of 0, far below any other."""


@dataclass(frozen=True)
class Reach:
    """How far numbers reach: as far as their own floats do, or also to smaller ones, or to larger ones too."""

    small: bool = False
    large: bool = False
    limit: int | None = None
    """The power of two at which an array is brought back; None is half of what its floats have."""


OWN = Reach()
SMALL = Reach(small=True)
"""Costs next to nothing, and spares the slow arithmetic of subnormal numbers; what overflows does so as it always does."""
ANY = Reach(small=True, large=True, limit=0)


def times(M: Float[Array, "*R m n"], e: Exponent) -> Float[Array, "*R m n"]:
    """Give M·2ᵉ."""
    if e is None:
        return M
    one, most = np.ones((), dtype=M.dtype), np.finfo(M.dtype).maxexp - 1
    if (np.abs(e) <= most).all():  # products are many times as fast as ldexp
        return M * np.ldexp(one, e)[..., None, None]
    e = np.clip(e, -2 * most, 2 * most)
    return M * np.ldexp(one, e // 2)[..., None, None] * np.ldexp(one, e - e // 2)[..., None, None]


def near(M: Float[Array, "*R m n"], e: Exponent) -> Float[Array, "*R m n"]:
    """Give M·2ᵉ as near as floats come to it with the ratios of its entries."""
    return M if e is None else times(M, np.minimum(e, np.finfo(M.dtype).maxexp - 2))


def added(one: Exponent, two: Exponent) -> Exponent:
    """Give the exponent of a product."""
    return two if one is None else one if two is None else one + two


def extent(M: Float[Array, "*R m n"]) -> Array:
    """Give the largest |entry| (*R,): inf or nan, where one is."""
    return np.maximum(M.max(axis=BOTH), -M.min(axis=BOTH))


def size(M: Float[Array, "*R m n"]) -> Array:
    """Give the power of two above the largest entry (*R,), and NONE where that is 0 or not finite."""
    largest = extent(M)
    return np.where((largest > 0) & np.isfinite(largest), np.frexp(largest)[1], NONE).astype(np.int64)


def kept(M: Float[Array, "*R m n"], e: Exponent, reach: Reach) -> tuple[Float[Array, "*R m n"], Exponent]:
    """Give M·2ᵉ with its largest entry in [½, 1) where that is out of reach of plain floats, and as it is elsewhere."""
    if not reach.small:
        return M, e
    limit = _half_way(M.dtype) if reach.limit is None else reach.limit
    if e is None and not reach.large and _clear_of(M, limit):  # as nearly always
        return M, None
    own = size(M)
    largest = own if e is None else own + e
    out = (largest < -limit) | ((largest > limit) & reach.large)
    out &= own != NONE
    if not out.any():
        return times(M, e), None
    shift = np.where(out, -own, 0 if e is None else e)
    return times(M, shift), np.where(out, largest, 0)


@cache
def _half_way(dtype: np.dtype[Any]) -> int:
    """Give the power of two half way to the largest of such numbers."""
    return int(np.finfo(dtype).maxexp) // 2


def _clear_of(M: Float[Array, "*R m n"], limit: int) -> bool:
    """Tell whether in each of these matrices an entry is above 2^-limit, for certain if so; a sum of squares is soon made."""
    rows = M.reshape(*M.shape[:-2], -1)
    squares = np.vecdot(rows, rows)
    least = squares.item() if squares.size == 1 else np.minimum.reduce(squares, axis=None)
    return bool(least > rows.shape[-1] * 2.0 ** (-2 * limit))


def in_common(M: Float[Array, "*R m n"], e: Array, b: Array) -> tuple[Float[Array, "*R m n"], Array, Array]:
    """Give M·2ᵉ and b, which is in range, with one exponent: the larger of both, but never above 0 for what is small."""
    common = np.where(e < 0, np.minimum(0, np.maximum(e, size(b))), e)
    return times(M, e - common), times(b, -common), common


def activated(
    activation: Activation, Z: Float[Array, "*R N n"], e: Array
) -> tuple[Float[Array, "*R N n"], Float[Array, "*R N n"], Float[Array, "*R N n"], Array]:
    """Give Z·2ᵉ as near as floats come to it, φ of that, and φ(Z·2ᵉ) with its exponent.

    Near 0 and far out φ is as straight as its slope there: φ(z) = φ'(z)·z, unless it is not 0 at 0, or level far out.
    """
    floats = np.finfo(Z.dtype)
    if (e < -floats.maxexp).all():
        return _near_zero(activation, Z, e)
    beyond = (e != 0)[..., None, None]
    z = times(Z, e)
    z = np.where(beyond & np.isinf(z), np.copysign(floats.max / 4, Z), z)
    z = np.where(beyond & (Z != 0) & (np.abs(z) < floats.smallest_normal), np.copysign(floats.smallest_normal, Z), z)
    phi = activation.f(z)
    slope = activation.df(z, phi)
    far = np.ldexp(np.ones((), dtype=Z.dtype), floats.maxexp // 2)
    from_zero = bool(activation.f(np.zeros((1, 1), dtype=Z.dtype)) == 0)
    straight = beyond & (((np.abs(z) < 1 / far) & from_zero) | ((np.abs(z) > far) & (slope != 0)))
    value = np.where(straight, slope * Z, phi)
    some_straight, some_plain = ((where & (value != 0)).any(axis=BOTH) for where in (straight, ~straight))
    left = np.where(e > 0, np.where(some_straight, e, 0), np.where(some_plain, 0, e))
    own = np.where(straight, e[..., None, None], 0) - left[..., None, None]
    return z, phi, np.where(own == 0, value, np.ldexp(value, own)), left


def _near_zero(
    activation: Activation, Z: Float[Array, "*R N n"], e: Array
) -> tuple[Float[Array, "*R N n"], Float[Array, "*R N n"], Float[Array, "*R N n"], Array]:
    """Do the same where nothing is left of any Z but its sign: three points tell everything."""
    points = np.array([[-1, 0, 1]], dtype=Z.dtype) * np.finfo(Z.dtype).smallest_normal
    at = activation.f(points)
    sign = np.sign(Z).astype(np.int8) + 1
    z, phi = points[0].take(sign), at[0].take(sign)
    if at[0, 1] != 0:
        return z, phi, phi, np.zeros_like(e)
    return z, phi, activation.df(points, at)[0].take(sign) * Z, e
