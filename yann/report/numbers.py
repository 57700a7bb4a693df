"""How numbers and settings are written for people: the one place where digits are dropped."""

from __future__ import annotations

import math

from yann.study.cell import Scalar
from yann.text import visible

DIGITS = 4
SAFE = 37
"""Decades within which a number of either precision keeps all its digits."""


def number(value: float, digits: int = DIGITS) -> str:
    """Give a number with `digits` significant ones: 0.6667, 54, 1.234e-07, inf."""
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if value == 0:
        return "0"
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        return f"{mantissa}e{int(exponent):+03d}"
    return text


def counted(count: int, thing: str) -> str:
    """Give a count with its thing, in the plural where it is one: 1 figure, 1,554 figures, 2 quantities."""
    many = f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    return f"{count:,} {thing if count == 1 else many}"


def power_of_ten(log10: float, digits: int = DIGITS) -> str:
    """Give 10 to a power that may be beyond any float's range: 3.162e-5000."""
    if not math.isfinite(log10):
        return {math.inf: "inf", -math.inf: "0"}.get(log10, "nan")
    exponent = math.floor(log10)
    mantissa = f"{10 ** (log10 - exponent):.{digits}g}"
    if mantissa.startswith("10"):
        mantissa, exponent = "1", exponent + 1
    return f"{mantissa}e{exponent:+03d}"


def sized(value: float, log10: float | None, state: str, digits: int = DIGITS) -> str:
    """Give a magnitude, and where its own number has lost it, the true one: 1.2e-5000, or 0 (underflow) if nobody knows."""
    if state == "ok":
        return number(value, digits)
    if log10 is not None and math.isfinite(log10):
        return (
            power_of_ten(log10, digits) if value == 0 or not math.isfinite(value) or abs(log10) > SAFE else number(value, digits)
        )
    if state == "nan" or (value != 0 and math.isfinite(value)):
        return number(value, digits)
    return f"{number(value, digits)} ({state})"


def setting(value: Scalar) -> str:
    """Give a swept value as a heading or a legend shows it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return visible(value, 60)
    return number(value) if isinstance(value, float) else str(value)
