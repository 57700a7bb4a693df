"""What keeps digits where a formula as it stands would lose them: σ and softplus, decay, exact products, Mills' ratio."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

import numpy as np

from yann.shapes import Array

FAR = 1e4
"""Beyond it every e⁻ˣ here is 0, and no square or cube of it overflows."""
BLOCK = 12_288
"""Numbers that are worked on together: a dozen such arrays fit a cache, and an allocator has them at hand."""
TWICE_U = ((1.5957691216057308, -9.96930880911092e-17), (0.07135481627260025, -6.175149918155315e-19))
"""√(8/π) and 0.044715·√(8/π), the coefficients of gelu_tanh's 2u, each as a float64 and what it leaves out."""


def in_double(formula: Callable[..., Array]) -> Callable[..., Array]:
    """Compute in float64 and round once: single precision's own exponential is already wrong by more than two ulp."""

    @wraps(formula)
    def rounded(self: object, first: Array, *others: Array) -> Array:
        result = formula(self, *(M.astype(np.float64, copy=False) for M in (first, *others)))
        return result.astype(first.dtype, copy=False)

    return rounded


def elementwise(formula: Callable[..., Array]) -> Callable[..., Array]:
    """Compute as in_double, a block of numbers at a time: what comes between stays in cache, where there may be much of it."""
    whole = in_double(formula)

    @wraps(formula)
    def by_blocks(self: object, Z: Array, *A: Array) -> Array:
        if Z.size <= BLOCK:
            return whole(self, Z, *A)
        result, flat = np.empty(Z.shape, Z.dtype), Z.reshape(-1)
        of_blocks = result.reshape(-1)
        for start in range(0, flat.size, BLOCK):
            block = slice(start, start + BLOCK)
            of_blocks[block] = formula(self, flat[block].astype(np.float64, copy=False), *A)
        return result

    return by_blocks


@cache
def small(dtype: np.dtype[Any]) -> float:
    """Give an x up to which e⁻ˣ is far from subnormal: 602 in float64, 74 in float32."""
    return 0.85 * -math.log(np.finfo(dtype).smallest_normal)


def decayed(size: Array | float, x: Array, error: Array | float = 0.0) -> Array:
    """Give size·e^-(x + error), x ≥ 0, with all the digits of a result that is not subnormal though its e⁻ˣ is.

    The error is one of rounding: what x lacks of a number that takes more than 53 bits.
    """
    if isinstance(error, np.ndarray):
        size = size - size * error
    most = small(x.dtype)
    if not (x > most).any():
        return size * np.exp(-x)
    near = np.minimum(x, most)
    return size * np.exp(-near) * np.exp(near - x)  # the last factor is exactly 1 wherever x is not above


def bell(x: Array) -> Array:
    """Give e⁻ˣ/(1 + e⁻ˣ)² for x ≥ 0, the slope of σ at ±x, which stays positive where σ(1 - σ) rounds to 0; x is used up.

    It forgives an exponential what it is off by, so single precision needs no other: over all its numbers the worst of σ' and
    tanh' is 3.8 ulp.
    """
    most = small(x.dtype)
    far = x > most if x.size and np.fmax.reduce(x, axis=None) > most else None  # a nan beside them hides none
    tail = None if far is None else decayed(1.0, x)
    e = np.exp(np.negative(x, out=x), out=x)  # in place throughout: this is the inner loop of a backward pass
    below = e + 2
    below *= e
    below += 1
    slope: Array = np.divide(e, below, out=below)
    return slope if far is None or tail is None else np.where(far, tail, slope)


def either_side(Z: Array, left: Array | float, right: float = 1.0) -> Array:
    """Give `right` where z > 0, else `left`, in float64: as a sum, because choosing is slow where signs are random."""
    positive = Z > 0
    return positive * right + ~positive * left


def sigmoid(Z: Array) -> Array:
    """Give σ(z) = 1/(1 + e⁻ᶻ) without overflow, with every digit of a small σ."""
    return np.exp(np.minimum(Z, 0)) / (1 + np.exp(-np.abs(Z)))


def softplus(Z: Array) -> Array:
    """Give ln(1 + eᶻ) without overflow, with every digit of a small value."""
    return np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))


def product(a: Array | float, b: Array) -> tuple[Array, Array]:
    """Give a·b rounded, and what the rounding left out, exactly (Dekker 1971)."""
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    rounded = a * b
    return rounded, ((a_high * b_high - rounded) + a_high * b_low + a_low * b_high) + a_low * b_low


def difference(a: Array, b: Array) -> tuple[Array, Array]:
    """Give a - b rounded, and what the rounding left out, exactly where nothing overflows (Knuth 1969)."""
    rounded = a - b
    back = rounded - a
    return rounded, (a - (rounded - back)) - (b + back)


def twice_u(x: Array) -> tuple[Array, Array, Array]:
    """Give gelu_tanh's 2u = x·(c + d·x²), its rounding error, which e⁻²ᵘ would make 2u times as large, and its slope."""
    (c, rest_of_c), (d, rest_of_d) = TWICE_U
    square, of_square = product(x, x)
    cubic, of_cubic = product(d, square)
    total, of_total = difference(cubic, np.full_like(x, -c))
    v, of_v = product(x, total)
    of_total = of_total + (of_cubic + d * of_square + rest_of_d * square + rest_of_c)
    return v, of_v + x * of_total, c + 3 * d * square


def _halves(a: Array | float) -> tuple[Array | float, Array | float]:
    """Split the 53 bits of a number in two halves, whose products are exact (Veltkamp 1968)."""
    wide = 134217729.0 * a  # 2²⁷ + 1
    high = wide - (wide - a)
    return high, a - high


ROOT = 2.5066282746310007
"""√(2π), to which the next number has to be added"""
ROOT_REST = -1.8328579980459167e-16
# A quotient of polynomials, fitted at 80 digits to what inverse_mills(x) is more than √(2π)·x, from 0 to 40: there it is off by
# less than 4e-18 of the whole, and beyond it is near enough to 0. Its coefficients are positive, so that no digits cancel.
ABOVE = (
    2.0, 2.479762226806080385, 1.5719131497575935841, 0.64683116297183876445, 0.18766157557816250944, 0.039514773016417783903,
    0.0060226264212258003619, 0.00064150924155564565091, 0.000043572408346028122426, 1.4551558825537401194e-6,
)  # fmt: skip
BELOW = (
    1.0, 1.6953106899156741616, 1.4214314320768861822, 0.76313848915071960934, 0.2880660293480233457, 0.079567166228064999239,
    0.016272482151267239691, 0.0024374460334471253581, 0.00025708620684310307936, 0.000017382875940017557473,
    5.8052320616772291056e-7,
)  # fmt: skip


def inverse_mills(x: Array) -> Array:
    """Give e^(-x²/2)/Φ(-x) for x ≥ 0, Φ the normal distribution function: it grows as evenly as √(2π)·x."""
    return ROOT * x + (_polynomial(ABOVE, x) / _polynomial(BELOW, x) + ROOT_REST * x)


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    value = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        value *= x
        value += coefficient
    return value
