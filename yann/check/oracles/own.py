"""The engine's own answer, by the backward pass that is written by hand."""

from __future__ import annotations

import numpy as np

from yann.check.oracles.question import Answer, Question, answered
from yann.engine.backward import Gradients, backward
from yann.engine.forward import forward
from yann.engine.network import Params
from yann.engine.step import descend, first_memory
from yann.shapes import Array


def own_answer(question: Question) -> Answer:
    """Give loss and gradients of the first batch, and the parameters after the updates if any are asked for."""
    params, first = question.params, question.batches[0]
    gradients, loss = _passed(question, params, *first)
    pairs = [(g.dW[0], None if theta.b is None else g.db[0, 0]) for theta, g in zip(params, gradients, strict=True)]
    if not question.updates:
        return answered(pairs, loss)
    memories = first_memory(question.optimizer, params)
    for t, batch in enumerate(question.batches[: question.updates], start=1):
        params, memories = descend(question.optimizer, params, _passed(question, params, *batch)[0], memories, t)
    return answered(pairs, loss, [(theta.W[0], None if theta.b is None else theta.b[0, 0]) for theta in params])


def _passed(question: Question, params: Params, X: Array, Y: Array) -> tuple[Gradients, Array]:
    with np.errstate(all="ignore"):  # an exploding gradient is a result
        trace = forward(question.network, params, X[None])
        gradients = backward(question.network, params, trace, question.objective, Y[None])
        kept = question.objective.reduction.kept(question.objective.losses(question.network, trace, Y[None]))[0]
    return gradients, kept[:, 0] if question.objective.loss.classes and kept.ndim > 1 else kept
