"""The Taylor test: how the remainder shrinks with the step says whether the gradient is right, whatever the step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from yann.check.oracles.agreement import APPROXIMATE, ROUNDINGS, UNRESOLVED, WRONG, Agreement
from yann.check.oracles.base import ORACLES, Oracle
from yann.check.oracles.differences import forward_from, sides_differ, terms, too_bent, with_changed
from yann.check.oracles.own import own_answer
from yann.check.oracles.question import Answer, Question
from yann.engine.forward import Trace, forward
from yann.engine.network import Params
from yann.shapes import Array

STEPS = 2.0 ** -np.arange(1, 31)
CLEAR = 20
"""How many times as large as its rounding a remainder must be to be read: a slope is then right to 0.15."""
READ = 5
"""Of how many steps, the smallest that can be read, the median slope is told: at a single one a remainder may change its sign."""
STRAIGHT = 1.7
"""The slope from which on a remainder is of second order; with a wrong gradient it is 1."""
KINK = "a kink lies too near"
NEAR = 2.0**-8
"""The largest step that is read, for at larger ones J need not yet be like its tangent. If no kink lies within it, and no
remainder can be seen, there is none."""


@ORACLES.add("taylor")
class Taylor(Oracle):
    """|J(w + hv) - J(w)| shrinks like h, |J(w + hv) - J(w) - h·⟨dW, v⟩| like h²: slopes 1.00 and 2.00 along a random v"""

    source = "Taylor's theorem; the test is that of dolfin-adjoint, Farrell et al. 2013"

    def unable(self, question: Question) -> str | None:
        return too_bent(question)

    def judge(self, question: Question, own: Answer) -> Iterator[Agreement]:
        doubled = question.in_double()
        if question.dtype == "float32":
            own = own_answer(doubled)  # the same pass with more digits: in single precision the rounding of dW is the remainder
        params = doubled.params
        trace = forward(doubled.network, params, doubled.X[None])
        for layer, theta in enumerate(params):
            for name in ("W", "b"):
                if getattr(theta, name) is not None:
                    yield _judged(doubled, params, trace, (layer, name), own.values[f"d{name}{layer + 1}"])


def _judged(question: Question, params: Params, trace: Trace, which: tuple[int, str], gradient: Array) -> Agreement:
    layer, name = which
    M: Array = getattr(params[layer], name)
    v = np.random.default_rng(layer).choice([-1.0, 1.0], M.shape)
    steps = np.concatenate([[0.0], STEPS])[:, None, None]
    moved, J = forward_from(question, params, trace, layer, with_changed(params[layer], name, M + steps * v))
    usable = (~sides_differ(question, moved, trace[layer:]) & np.isfinite(J))[1:]
    along = float((gradient.reshape(M.shape) * v).sum())
    without, remainder = np.abs(J[1:] - J[0]), np.abs(J[1:] - J[0] - STEPS * along)
    # What is left at the smallest steps is rounding; and so is what a gradient of single precision has rounded itself.
    rounding = ROUNDINGS * np.finfo(np.float64).eps * terms(question, moved)
    left = float(np.max(remainder[-READ:], where=usable[-READ:], initial=rounding))
    slopes = _slope(without, usable, rounding), _slope(remainder, usable, left)
    verdict, remark = _verdict(slopes, usable, along)
    compared = 0 if remark == KINK else M.size
    return Agreement(
        f"d{name}{layer + 1}", verdict, M.size, compared, M.size - compared, np.nan, np.nan, np.nan, (), np.nan, np.nan, None,
        slopes, remark,
    )  # fmt: skip


def _slope(values: Array, usable: Array, rounding: float) -> float:
    """Give log₂ of how much smaller a value is at half the step, at the smallest steps where it is clear of rounding; or nan."""
    clear = usable[:-1] & usable[1:] & (values[1:] > CLEAR * rounding) & (STEPS[:-1] <= NEAR)
    at = np.flatnonzero(clear)[-READ:]
    return float(np.median(np.log2(values[at] / values[at + 1]))) if at.size else float("nan")


def _verdict(slopes: tuple[float, float], usable: Array, along: float) -> tuple[str, str]:
    without, remainder = slopes
    if np.isfinite(remainder):
        return (APPROXIMATE, "") if remainder >= STRAIGHT else (WRONG, "with the gradient the remainder shrinks too slowly")
    if not usable[STEPS <= NEAR].all():
        return UNRESOLVED, KINK
    if np.isfinite(without):
        return APPROXIMATE, "there is no remainder: J is linear in it"
    if along == 0:
        return APPROXIMATE, "J does not move, and the gradient is 0"
    return UNRESOLVED, "J moves by no more than its rounding"
