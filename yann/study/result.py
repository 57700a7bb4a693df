"""Results: the numbers of a cell, with one axis each for measured steps, layers and replicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from yann.shapes import Array

STATES = ("ok", "underflow", "nan", "overflow")
"""What became of a layer's numbers, from good to bad; overflow last, because a nan that follows it is its consequence."""


SCORES = ("accuracy", "test_loss", "test_accuracy")


@dataclass(frozen=True)
class Result:
    """What a cell gave: T measured steps, L layers, R replicates."""

    steps: tuple[int, ...]
    losses: tuple[Array, ...]
    """For each step what the reduction keeps: (R,), or (R, N) or (R, N, K) where it keeps the losses."""
    accuracy: Array | None
    """(T, R), where the targets are classes or bits."""
    test_loss: Array | None
    test_accuracy: Array | None
    """(T, R), where samples are held out."""
    measured: tuple[str, ...]
    """The names of M metrics."""
    values: Array
    """(M, T, L, R), float64."""
    state: Array
    """(T, L, R), indices of STATES."""
    origin: Array
    """(T, R): where numbers first leave their range. l: A of layer l, on the way forward; -l: the gradient of layer l, on the
    way back, when all A are in range; 0: nowhere."""

    @property
    def replicates(self) -> int:
        """Count the replicates."""
        return int(self.values.shape[-1])

    @property
    def metrics(self) -> dict[str, Array]:
        """Give the metrics by name, (T, L, R) each."""
        return dict(zip(self.measured, self.values, strict=True))

    @cached_property
    def loss(self) -> Array:
        """Give J (T, R): kept losses count as their sum, whose gradient is taken."""
        return np.array([losses.reshape(len(losses), -1).sum(axis=-1) for losses in self.losses])

    @property
    def curves(self) -> dict[str, Array]:
        """Give loss and scores by name, (T, R) each."""
        scores = {name: getattr(self, name) for name in SCORES}
        return {"loss": self.loss} | {name: values for name, values in scores.items() if values is not None}

    @cached_property
    def cell_state(self) -> Array:
        """Give the worst state of any layer or of the loss (T, R)."""
        worst: Array = self.state.max(axis=1)
        if np.isfinite(self.loss).all():
            return worst
        of_loss = np.select([np.isnan(self.loss), np.isinf(self.loss)], [STATES.index("nan"), STATES.index("overflow")], 0)
        return np.maximum(worst, of_loss)


def joined(pieces: list[Result]) -> Result:
    """Give the result of all replicates from the results of some of them, in order."""
    if len(pieces) == 1:
        return pieces[0]
    first = pieces[0]

    def along_replicates(name: str) -> Array | None:
        arrays = [getattr(piece, name) for piece in pieces]
        return None if arrays[0] is None else np.concatenate(arrays, axis=-1)

    return Result(
        steps=first.steps,
        losses=tuple(np.concatenate(at_step) for at_step in zip(*(p.losses for p in pieces), strict=True)),
        **{name: along_replicates(name) for name in SCORES},
        measured=first.measured,
        values=np.concatenate([p.values for p in pieces], axis=-1),
        state=np.concatenate([p.state for p in pieces], axis=-1),
        origin=np.concatenate([p.origin for p in pieces], axis=-1),
    )


def apart(result: Result, sizes: Sequence[int]) -> list[Result]:
    """Give the results of so many replicates each, in order, from that of all of them."""
    ends = np.cumsum(sizes).tolist()
    return [_some(result, slice(end - size, end)) for size, end in zip(sizes, ends, strict=True)]


def _some(result: Result, r: slice) -> Result:
    scores = {name: None if (M := getattr(result, name)) is None else M[..., r] for name in SCORES}
    return Result(
        steps=result.steps,
        losses=tuple(at_step[r] for at_step in result.losses),
        **scores,
        measured=result.measured,
        values=result.values[..., r],
        state=result.state[..., r],
        origin=result.origin[..., r],
    )
