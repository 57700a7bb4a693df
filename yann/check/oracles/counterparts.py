"""What an oracle must know of a question before it answers: whether its library has the parts, and means the same by them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from yann.check.oracles.question import Question
from yann.engine.forward import Trace, forward
from yann.engine.network import LayerParams
from yann.parts.activations import Activation
from yann.parts.losses import Loss
from yann.registry import Part
from yann.shapes import Array


def settings_of(part: Part) -> dict[str, Any]:
    """Give the settings of a part by name, as keywords for its counterpart."""
    return {name: getattr(part, name) for name in part.settings()}


def lacking(
    library: str, question: Question, activations: Collection[str], losses: Collection[str], reductions: Collection[str]
) -> str | None:
    """Say which part of a question a library has no counterpart of; None if it has them all."""
    wanted = [("activation", layer.activation.name, activations) for layer in question.network.layers]
    wanted += [("loss", question.objective.loss.name, losses), ("reduction", question.objective.reduction.name, reductions)]
    return next((f"{library} has no {kind} called {name}" for kind, name, known in wanted if name not in known), None)


def traced(question: Question) -> Trace:
    """Carry X forward, to see where the question falls."""
    params = tuple(LayerParams(W, None if b is None else b[None]) for W, b in zip(question.W, question.b, strict=True))
    return forward(question.network, params, question.X)


def on_kinks(question: Question) -> set[str]:
    """Name the activations and losses that are asked for their slope exactly at a kink, where libraries may differ."""
    trace = traced(question)
    met: list[tuple[Activation | Loss, Array]] = [(question.objective.loss, trace[-1].A - question.Y)]
    met += [(layer.activation, seen.Z) for layer, seen in zip(question.network.layers, trace, strict=True)]
    return {part.name for part, M in met if any(np.equal(M, kink).any() for kink in part.kinks())}


def ends_in_sigmoid(question: Question) -> bool:
    """Tell whether predictions are a sigmoid's own, not scaled: a loss of them can then be computed from the logits."""
    last = question.network.layers[-1]
    return last.activation.name == "sigmoid" and all(factor == 1 for factor in last.scale or ())
