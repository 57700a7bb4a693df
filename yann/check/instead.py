"""What a figure that does not hold may be instead: the same under another reduction, so many times as much, or the transpose."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from yann.parts.reductions import REDUCTIONS
from yann.shapes import Array
from yann.study.cell import Cell
from yann.study.data import samples_per_update


@np.errstate(all="ignore")  # a product beyond range is no candidate
def instead(expected: Array, computed: Array, tolerance: Array, cell: Cell, *, reduced: bool) -> str:
    """Say what the expected entries are of the computed ones, all within their tolerance, or nothing if they are unlike.

    `reduced` says whether the quantity is multiplied by what the objective's reduction multiplies by.
    """
    computed = computed.astype(np.float64)  # what is counted is compared like all else
    if not np.isfinite(computed).all():
        return ""
    turns = [("", computed)]
    if computed.ndim == 2 and computed.shape[0] == computed.shape[1]:
        turns.append(("the transpose of ", computed.T))
    for turned, M in turns:
        if not (np.abs(M) > tolerance).any():
            return ""
        for factor, why in [(1.0, "")] * bool(turned) + [*_reductions(cell)] * reduced + [*_any_factor(expected, M, tolerance)]:
            if (np.abs(expected - factor * M) <= tolerance).all():
                times = "" if factor == 1 else f"{factor:.4g} × "
                return f"{turned}{times}what is computed{why}" + ("; network.layout turns weights" if turned else "")
    return ""


def _reductions(cell: Cell) -> Iterator[tuple[float, str]]:
    """Walk the factors between this reduction and the others, the like ones but once."""
    objective, N = cell.objective, samples_per_update(cell)
    K = objective.losses_per_sample(cell.network)
    own, seen = objective.reduction.factor(N, K), {1.0}
    for name, part in REDUCTIONS.items():
        factor = part().factor(N, K) / own
        if factor not in seen:
            seen.add(factor)
            yield factor, f", as under the reduction {name}"


def _any_factor(expected: Array, M: Array, tolerance: Array) -> Iterator[tuple[float, str]]:
    """Give the factor that comes nearest, and the whole number beside it, where several entries can agree on one."""
    if np.count_nonzero(np.abs(M) > tolerance) > 1 and np.isfinite(expected).all():
        floats = np.finfo(np.float64)
        size = np.maximum(tolerance, max(np.abs(M).max() * floats.eps, floats.smallest_normal))
        unit, asked = M / size, expected / size  # in tolerances, as what was printed with more digits says more
        nearest = float(np.vdot(unit, asked) / np.vdot(unit, unit))
        yield from ((factor, "") for factor in (np.rint(nearest), nearest) if factor and np.isfinite(factor))
