"""How far off a computed number may be from a printed one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from yann.shapes import Array

ROUNDING = 2.0**-51
"""The last two bits of a float64, relative to a figure's largest entry."""
SAME_PRECISION = 1e-12
"""What two implementations in float64 may differ in, relative to a figure's largest entry."""
FLOAT32 = 3 * 2.0**-24
"""Three roundings to float32, relative to a figure's largest entry: sums over a batch gather some."""
DECIMALS = 8
"""What NumPy prints of an array, and so leaves out the rest."""

SPELLED = re.compile(r"[-+]?\d*(\.\d*)?(?:[eE]([-+]?\d{1,4}))?")


def half_a_unit(spelled: str) -> float:
    """Give half a unit of the last digit of a printed number: 5e-3 for 0.25; 0 for a whole number, which is exact."""
    found = SPELLED.fullmatch(spelled.strip().replace("_", ""))
    if found is None or (found[1] is None and found[2] is None):
        return 0.0
    return float(f"5e{int(found[2] or 0) - max(len(found[1] or '') - 1, 0) - 1}")


def _digits(values: Array, spelled: Sequence[str]) -> Array:
    return np.array([half_a_unit(text) for text in spelled]).reshape(values.shape) + ROUNDING * _largest(values)


def _float32(values: Array, spelled: Sequence[str]) -> Array:
    halves = np.array([half_a_unit(text) for text in spelled]).reshape(values.shape)
    cut_off = np.where(np.isclose(halves, 0.5 * 10.0**-DECIMALS, rtol=1e-9, atol=0), halves, 0)
    return np.where(halves == 0, ROUNDING * _largest(values), FLOAT32 * _largest(values) + cut_off)


def _float64(values: Array, _: Sequence[str]) -> Array:
    return np.full(values.shape, SAME_PRECISION * _largest(values))


def _largest(values: Array) -> float:
    return float(np.abs(values).max(initial=0))


TOLERANCES: dict[str, Callable[[Array, Sequence[str]], Array]] = {
    "digits": _digits,
    "float32": _float32,
    "float64": _float64,
}
"""By name: what each of a figure's values, spelled so, may be off by.

digits: half a unit of the last printed digit of each number; a whole number is exact.
float32: what a framework printed that reckons in float32; a whole number is exact.
float64: what was recomputed in double precision elsewhere.
"""
