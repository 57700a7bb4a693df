"""What is told of one layer at one step: its metrics, and whether its numbers have kept their range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yann.engine.scaling import extent
from yann.shapes import Array
from yann.study.entries import value
from yann.study.metrics import Metric
from yann.study.moment import BOTH, Moment
from yann.study.result import STATES

OK, UNDERFLOW, NAN, OVERFLOW = (STATES.index(name) for name in ("ok", "underflow", "nan", "overflow"))


@dataclass(frozen=True)
class Look:
    """What is told of one layer at one step of R replicates."""

    metrics: Array
    """(M, R)."""
    state: Array
    """(R,), indices of STATES."""
    A_finite: Array
    """(R,), whether every A is finite."""
    lost: Array | None
    """(R,), whether here or in a layer above a slope is 0 only because it is too small; None: none is."""


def look(m: Moment, measure: Sequence[Metric], above: Look | None) -> Look:
    """Look at a layer after the one above it."""
    lost = m.too_small
    if above is not None and above.lost is not None:
        lost = above.lost if lost is None else lost | above.lost
    metrics = np.array([metric.measure(m) for metric in measure])
    return Look(metrics, _state(m, lost), np.isfinite(m.of_A.norm[0]), lost)


def _state(m: Moment, lost: Array | None) -> Array:
    """Give the state (R,): dead is a zero slope and ok; underflow is a size that its numbers have lost."""
    tiny = np.finfo(m.gradients.dW.dtype).smallest_normal
    small = value(*m.of_dW.rms) < tiny
    if not small.any() and m.ordinary:
        return np.full(small.shape, OK)
    if small.any():
        # a gradient that is 0 with its exponent carried is 0, and not lost, if no slope on its way back was too small
        small = extent(m.gradients.dW) < tiny
        small &= (m.true_dW_norm[0] > 0) | (False if lost is None else lost)
    state = np.where(small, UNDERFLOW, OK)
    if not m.finite.all():
        seen = (m.A, m.gradients.dZ, m.gradients.dW)
        state = np.where(np.any([np.isnan(M).any(axis=BOTH) for M in seen], axis=0), NAN, state)
        state = np.where(np.any([np.isinf(M).any(axis=BOTH) for M in seen], axis=0), OVERFLOW, state)
    return state


def origin(looks: Sequence[Look]) -> Array:
    """Give where numbers first leave their range (R,), as a Result has it, from the looks at layers 1, …, L."""
    states = np.stack([each.state for each in looks])
    worst = states.max(axis=0)
    if not worst.any():
        return np.zeros(worst.shape, dtype=np.int64)
    forward = ~np.stack([each.A_finite for each in looks])
    back = states == worst  # of what is worst, where it begins on the way from the last layer to the first
    from_last = back[::-1].argmax(axis=0)
    found = np.where(forward.any(axis=0), forward.argmax(axis=0) + 1, from_last - len(looks))
    return np.where(worst == OK, 0, found)
