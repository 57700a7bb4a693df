"""Finite differences: the derivative by looking at the forward pass alone."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from yann.check.oracles.base import ORACLES, Oracle
from yann.check.oracles.coordinates import coordinates, together
from yann.check.oracles.counterparts import ends_in_sigmoid, traced
from yann.check.oracles.question import Answer, Question
from yann.engine.forward import Trace, forward
from yann.engine.network import LayerParams, Network, Params
from yann.shapes import Array

STEPS = np.finfo(np.float64).eps ** (1 / 5) / 8.0 ** np.arange(4)
"""From the step at which truncation h⁴ and rounding ε/h are equally small, down to where hardly a kink lies within it."""
PLACES = (-2, -1, 1, 2)
WEIGHTS = np.array([1, -8, 8, -1]) / 12


@ORACLES.add("finite-difference")
class FiniteDifference(Oracle):
    """(J(w - 2h) - 8J(w - h) + 8J(w + h) - J(w + 2h))/12h in double precision, coordinate by coordinate"""

    source = "Fornberg 1988; each coordinate's step is the one whose result the next smaller step changes least"
    close: ClassVar = {"float64": 1e-6, "float32": 1e-5}

    def unable(self, question: Question) -> str | None:
        return too_bent(question)

    def answer(self, question: Question) -> Answer:
        doubled = question.in_double()
        params = doubled.params
        trace = forward(doubled.network, params, doubled.X[None])
        found = {
            f"d{name}{layer + 1}": _by_array(doubled, params, trace, layer, name)
            for layer, theta in enumerate(params)
            for name in ("W", "b")
            if getattr(theta, name) is not None
        }
        return Answer(*({name: M[part] for name, M in found.items()} for part in range(4)))


BENT = 0.01
"""How near to 0 and 1 a probability may come before its cross-entropy bends too much within a step."""


def too_bent(question: Question) -> str | None:
    """Say that probabilities are too near to 0 or 1 for a difference of losses to tell a slope; None if they are not."""
    if question.objective.loss.name != "bce" or ends_in_sigmoid(question):
        return None
    P = traced(question)[-1].A
    if ((P > BENT) & (P < 1 - BENT)).all():
        return None
    return f"bce bends too much for a difference of losses where a probability is within {BENT:g} of 0 or 1, and some here are"


def _by_array(question: Question, params: Params, trace: Trace, layer: int, name: str) -> tuple[Array, Array, Array, Array]:
    """Give the derivatives by the entries of one array, which were skipped, which were asked, and their rounding."""
    M: Array = getattr(params[layer], name)[0]
    M = M[0] if name == "b" else M
    at = coordinates(question, M.size, len(STEPS) * len(PLACES))
    values, skipped, asked = np.zeros(M.shape), np.zeros(M.shape, dtype=bool), np.zeros(M.shape, dtype=bool)
    asked.flat[at] = True
    rounding = np.zeros(M.shape)
    each = together(question)
    for first in range(0, len(at), each):
        few = at[first : first + each]
        values.flat[few], skipped.flat[few], rounding.flat[few] = _by_entries(question, params, trace, layer, name, few)
    return values, skipped, asked, rounding


def _by_entries(question: Question, params: Params, trace: Trace, layer: int, name: str, at: Array) -> tuple[Array, Array, Array]:
    """Give the derivatives by some entries, each with the step that suits it, where none did, and their rounding."""
    M: Array = getattr(params[layer], name)
    _, J_0 = forward_from(question, params, trace, layer, params[layer])
    sizes = np.maximum(1, np.abs(M.ravel()[at]))
    slopes = np.empty((len(STEPS), len(at)))
    for number, step in enumerate(STEPS):
        J, crossed = np.zeros(len(at)), np.zeros(len(at), dtype=bool)
        for place, weight in zip(PLACES, WEIGHTS, strict=True):
            nudged = np.broadcast_to(M, (len(at), *M.shape[1:])).copy()
            nudged.reshape(len(at), -1)[np.arange(len(at)), at] += place * step * sizes
            moved, values = forward_from(question, params, trace, layer, with_changed(params[layer], name, nudged))
            J += weight * (values - J_0)  # taken off first, so that what does not move leaves nothing
            crossed |= sides_differ(question, moved, trace[layer:])
        slopes[number] = np.where(crossed, np.nan, J / (step * sizes))
    change = np.abs(np.diff(slopes, axis=0))
    best = np.argmin(np.where(np.isnan(change), np.inf, change), axis=0) + 1  # the last one where only that is short enough
    best = np.where(np.isnan(change).all(axis=0), len(STEPS) - 1, best)
    chosen = slopes[best, np.arange(len(at))]
    rounding = np.finfo(np.float64).eps * terms(question, trace) / (STEPS[best] * sizes)
    return np.nan_to_num(chosen), np.isnan(chosen), rounding


def with_changed(theta: LayerParams, name: str, M: Array) -> LayerParams:
    """Give parameters with one array in R versions, and the other as often as it is."""
    R = len(M)
    W = M if name == "W" else np.broadcast_to(theta.W, (R, *theta.W.shape[1:]))
    b = M if name == "b" else None if theta.b is None else np.broadcast_to(theta.b, (R, *theta.b.shape[1:]))
    return LayerParams(W, b)


def forward_from(question: Question, params: Params, trace: Trace, layer: int, changed: LayerParams) -> tuple[Trace, Array]:
    """Carry what enters a layer forward through it, changed in R ways, and those above; give the trace and J (R,)."""
    network = Network(question.network.layers[layer:])
    moved = forward(network, (changed, *params[layer + 1 :]), trace[layer].A_in)
    losses = question.objective.losses(network, moved, question.Y[None])
    return moved, losses.sum(axis=(-2, -1)) * question.objective.reduction.factor(*losses.shape[-2:])


def terms(question: Question, trace: Trace) -> float:
    """Give the size of what is added up to J, the largest of all versions of the network."""
    losses = question.objective.losses(question.network, trace, question.Y[None])
    sizes = np.abs(losses).sum(axis=(-2, -1)) * question.objective.reduction.factor(*losses.shape[-2:])
    return float(np.max(sizes, where=np.isfinite(sizes), initial=0.0))


def sides_differ(question: Question, moved: Trace, trace: Trace) -> Array:
    """Tell for each of R changes (R,) whether a number lies on another side of a kink than before."""
    layers = question.network.layers[-len(trace) :]
    pairs = [
        (now.Z, was.Z, kink) for layer, now, was in zip(layers, moved, trace, strict=True) for kink in layer.activation.kinks()
    ]
    pairs += [(moved[-1].A - question.Y, trace[-1].A - question.Y, kink) for kink in question.objective.loss.kinks()]
    differ = np.zeros(len(moved[-1].A), dtype=bool)
    for now, was, kink in pairs:
        differ |= (np.sign(now - kink) != np.sign(was - kink)).any(axis=(-2, -1))
    return differ
