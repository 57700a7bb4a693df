"""A pitfall of optimizers: one word, momentum, for three rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from yann.engine.objective import Objective
from yann.errors import AskedError
from yann.explain.pitfalls.base import PITFALLS, Pitfall, example
from yann.parts.losses import Output
from yann.parts.optimizers import SGD, Memory, Optimizer
from yann.shapes import Array
from yann.study.cell import Cell
from yann.study.run import start, walk


@PITFALLS.add("momentum")
@dataclass(frozen=True)
class Momentum(Pitfall):
    """three rules called momentum"""

    source = "the note in torch.optim.SGD; keras.optimizers.SGD; Sutskever et al. 2013"
    why = (
        "PyTorch: v ← μv + g, w ← w - lr·v, so a new rate holds for the whole velocity at once. Keras: v ← μv - lr·g, w ← w + v, "
        "so each gradient keeps the rate of its own step, and after a drop of the rate the old one still moves the weights. With "
        "a constant rate the two are the same. Averaged: v ← μv + (1 - μ)·g, w ← w - lr·v, as if the rate were lr·(1 - μ)."
    )
    avoid = (
        "Tell the rule with the numbers, not only lr and μ. A schedule tuned with one rule is another with the other: in Keras's "
        "it takes some 1/(1 - μ) steps until a new rate holds. Coming from the averaged rule, multiply lr by 1 - μ. "
        "PyTorch's dampening=μ is the averaged rule but for the first step, which it leaves whole. yann's sgd is PyTorch's."
    )
    telling = "W1_after"

    form: Literal["keras", "averaged"] = "keras"
    """Whose rule is taken for PyTorch's."""

    def cases(self) -> Iterator[tuple[str, Cell]]:
        honest = replace(example([[[1]]], [[1]], [[0]], objective=Objective(Output())), steps=4)  # every gradient is 1
        yield (
            "four steps, lr 0.1, from the third on 0.01",
            replace(honest, optimizer=_Scheduled("torch", (0.1, 0.1, 0.01, 0.01), 0.9)),
        )
        yield "four steps, lr 0.1", replace(honest, optimizer=SGD(0.1, 0.9))

    def ways(self) -> Iterator[tuple[str, Pitfall]]:
        yield "Keras's rule", replace(self, form="keras")
        yield "averaged", replace(self, form="averaged")

    def mistaken(self, cell: Cell) -> Cell:
        match cell.optimizer:
            case SGD(lr=lr, momentum=momentum, nesterov=False) if momentum:
                return replace(cell, optimizer=_Scheduled(self.form, (lr,), momentum))
            case _Scheduled():
                return replace(cell, optimizer=replace(cell.optimizer, form=self.form))
        raise AskedError(f"momentum: the mistake is about sgd with momentum and without nesterov, not about {cell.optimizer}")

    def observed(self, cell: Cell) -> dict[str, Array]:
        """Give the one weight after each step."""
        params, _, batches = start(cell, range(1))
        after = [state.after[0].W[0, 0, 0] for state in walk(cell, params, batches) if state.after]
        return {"W1_after": np.array(after)}


@dataclass(frozen=True)
class _Scheduled(Optimizer):
    """SGD with momentum in one of three forms, with a rate for each step, the last of them for all that follow."""

    name = "sgd"

    form: str
    rates: tuple[float, ...]
    momentum: float

    def remembers(self) -> tuple[str, ...]:
        return ("velocity",)

    def update(self, W: Array, dW: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        (v,), mu, lr = memory, self.momentum, self.rates[min(t, len(self.rates)) - 1]
        if self.form == "keras":
            v = mu * v - lr * dW
            return W + v, (v,)
        v = mu * v + (1 - mu if self.form == "averaged" else 1) * dW
        return W - lr * v, (v,)
