"""The values of an axis that is told by its ends: a range, a linspace or a logspace."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

MAX_VALUES = 1_000_000
"""On one axis."""


def spaced(axis: Mapping[str, Any]) -> Sequence[int | float]:
    """Give the values of a range, linspace or logspace; whole numbers stay whole where ends and step are.

    Raises:
        ValueError: with a sentence, if it would never end, be empty, be too long to be meant, or have a value twice.

    """
    count = count_of(axis)
    if "range" in axis:
        first, step = axis["range"][0], axis.get("step", 1)
        if isinstance(first, int) and isinstance(step, int):
            return range(first, first + count * step, step)
        values = [_tidy(first + i * step) for i in range(count)]
    else:
        logarithmic = "logspace" in axis
        ends = axis["logspace" if logarithmic else "linspace"]
        first, last = map(math.log, ends) if logarithmic else ends
        inner = [_between(first, last, i / (count - 1)) for i in range(1, count - 1)]
        values = [_tidy(value) for value in [ends[0], *(map(math.exp, inner) if logarithmic else inner), ends[1]][:count]]
        if all(isinstance(end, int) for end in ends):  # 8, 16, 32: a number of units stays one
            values = [int(value) if float(value).is_integer() else value for value in values]
    if len(set(values)) < len(values):
        raise ValueError(f"the {count:,} values are too near to each other: some are the same number; ask for fewer")
    return values


def _between(first: float, last: float, part: float) -> float:
    """Give the number that lies so far from the first to the last; their difference may be beyond any float."""
    whole = last - first
    return first + whole * part if abs(whole) < math.inf else first * (1 - part) + last * part


def count_of(axis: Mapping[str, Any]) -> int:
    """Count the values of a range, linspace or logspace.

    Raises:
        ValueError: with a sentence, as `spaced` does.

    """
    if "range" in axis:
        first, last = axis["range"]
        if "step" not in axis and not (isinstance(first, int) and isinstance(last, int)):
            raise ValueError("a range between decimals needs its step, as in {range: [0.1, 0.5], step: 0.1}; logspace takes num")
        count = _steps(first, last, axis.get("step", 1))
    else:
        count, ends = axis["num"], axis["logspace" if "logspace" in axis else "linspace"]
        if count > 1 and ends[0] == ends[1]:
            raise ValueError(f"{count} values from {ends[0]} to {ends[1]} would all be the same")
    if count > MAX_VALUES:
        raise ValueError(f"{count:,} values are more than an axis can have ({MAX_VALUES:,})")
    return count


def _steps(first: float, last: float, step: float) -> int:
    if step == 0:
        raise ValueError("a range with step 0 never moves; step must not be 0")
    try:
        count = math.floor((last - first) / step + 1e-9) + 1
    except (OverflowError, ValueError):
        raise ValueError(f"a range from {first:g} to {last:g} with step {step:g} has too many values") from None
    if count < 1:
        raise ValueError(f"a range from {first} to {last} with step {step} is empty")
    return count


def _tidy(value: float) -> int | float:
    """Give the number people would write: 0.3, not 0.30000000000000004."""
    return value if isinstance(value, int) else float(f"{value:.15g}")
