"""What an oracle is asked, in plain arrays, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from yann.engine.network import LayerParams, Network, Params
from yann.engine.objective import Objective
from yann.parts.optimizers import Optimizer
from yann.shapes import Array


@dataclass(frozen=True, eq=False)
class Question:
    """A network with its numbers, and what is asked of it: all that an oracle may look at."""

    network: Network
    """For the activations and the fixed scales of its layers; its numbers are those below."""
    W: tuple[Array, ...]
    """(in, out), one a layer."""
    b: tuple[Array | None, ...]
    """(out,), or None."""
    batches: tuple[tuple[Array, Array], ...]
    """X (N, f_0) and Y (N, k), a sample a row and classes as one-hot rows: the batch whose gradient is asked for, and one for
    each further update."""
    objective: Objective
    optimizer: Optimizer
    updates: int = 0
    """Updates after which the parameters are asked for, too."""

    @property
    def X(self) -> Array:
        """Give the inputs (N, f_0) of the first batch."""
        return self.batches[0][0]

    @property
    def Y(self) -> Array:
        """Give the targets (N, k) of the first batch."""
        return self.batches[0][1]

    @property
    def dtype(self) -> str:
        """Give float64 or float32."""
        return str(self.X.dtype)

    @property
    def params(self) -> Params:
        """Give the parameters as the engine has them, with an axis for replicates."""
        return tuple(LayerParams(W[None], None if b is None else b[None, None]) for W, b in zip(self.W, self.b, strict=True))

    def in_double(self) -> Question:
        """Give the question with the same numbers in double precision."""
        return self._with(lambda M: M.astype(np.float64), lambda Y: Y.astype(np.float64))

    def rounded_otherwise(self, seed: int) -> Question:
        """Give the question with every weight, bias and input one rounding off, some up and some down."""
        rng, eps = np.random.default_rng(seed), np.finfo(self.dtype).eps
        return self._with(lambda M: (M * (1 + eps * rng.choice([-1, 1], M.shape))).astype(M.dtype), lambda Y: Y)

    def _with(self, change: Callable[[Array], Array], of_targets: Callable[[Array], Array]) -> Question:
        return replace(
            self,
            W=tuple(change(W) for W in self.W),
            b=tuple(None if b is None else change(b) for b in self.b),
            batches=tuple((change(X), of_targets(Y)) for X, Y in self.batches),
        )


@dataclass(frozen=True, eq=False)
class Answer:
    """Arrays by name: dW1, db1, loss, W1_after, b1_after; weights (in, out), biases (out,). What is not computed is not there.

    The loss is what the reduction keeps: J (), a loss a sample (N,), or a loss an element (N, K).
    """

    values: Mapping[str, Array]
    skipped: Mapping[str, Array] = field(default_factory=dict)
    """True at entries that could not be compared, for a kink lies too near."""
    asked: Mapping[str, Array] = field(default_factory=dict)
    """True at entries that were looked at, where it was not all."""
    rounding: Mapping[str, Array] = field(default_factory=dict)
    """How far off an entry is by the oracle's own rounding, where it knows that."""


Pairs = Iterable[tuple[Array, Array | None]]
"""W, or its gradient, and b, or None, of every layer."""


def answered(gradients: Pairs, loss: Array, after: Pairs | None = None) -> Answer:
    """Give an answer with the names that its arrays have."""
    named = dict(_named("d{}{}", gradients))
    return Answer({"loss": loss, **named, **dict(_named("{}{}_after", after or ()))})


def _named(form: str, pairs: Pairs) -> Iterable[tuple[str, Array]]:
    for layer, (W, b) in enumerate(pairs, start=1):
        yield form.format("W", layer), W
        if b is not None:
            yield form.format("b", layer), b
