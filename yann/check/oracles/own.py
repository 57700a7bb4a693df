"""The engine's own answer, by the backward pass that is written by hand."""

from __future__ import annotations

import numpy as np

from yann.check.oracles.question import Answer, Question, answered
from yann.engine.backward import Gradients, backward
from yann.engine.forward import forward
from yann.engine.network import Params
from yann.engine.step import descend, first_memory
from yann.shapes import Array


def rounding_of_slopes(question: Question) -> dict[str, Array]:
    """Give, by name, how far off each gradient is if every slope is off by one rounding of its activation's steepest.

    Where a unit saturates most libraries lose its slope so: 1 - tanh² is a multiple of ε, however small it should be.
    """
    params, (X, Y) = question.params, question.batches[0]
    with np.errstate(all="ignore"):
        trace = forward(question.network, params, X[None])
        gradients = backward(question.network, params, trace, question.objective, Y[None])
        found: dict[str, Array] = {}
        above = np.zeros_like(gradients[-1].dA)
        for number in range(len(params), 0, -1):
            layer, g = question.network.layers[number - 1], gradients[number - 1]
            seen, theta = trace[number - 1], params[number - 1]
            off = np.finfo(question.dtype).eps * layer.activation.steepest() * np.abs(layer.scaled(np.ones_like(g.dZ)))
            if number == len(params) and on_logits(question):
                off = 0 * off  # the loss has taken the slope in
            dZ = above * np.abs(g.slope) + (np.abs(g.dA) + above) * off
            found |= {f"dW{number}": (np.abs(seen.A_in).mT @ dZ)[0], f"db{number}": dZ.sum(axis=-2)[0]}
            above = dZ @ np.abs(theta.W).mT
    return found


def on_logits(question: Question) -> bool:
    """Tell whether the loss is computed from the logits: it takes the slope of the last layer in."""
    last = question.network.layers[-1]
    unscaled = all(factor == 1 for factor in last.scale or ())
    return unscaled and question.objective.loss.on_logits(last.activation) is not None


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
