"""One step of one replicate of a cell, with everything that its batch made of it: what an explanation looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from yann.explain.notation import Notation
from yann.shapes import Array
from yann.study.cell import Cell
from yann.study.run import State, start, walk

FEW_SAMPLES = 8
"""Samples up to which each one is shown by itself without being asked for."""


@dataclass(frozen=True)
class Scene:
    """One step of one replicate of a cell, and how its reader writes matrices."""

    cell: Cell
    state: State
    notation: Notation
    r: int = 0

    @property
    def layers(self) -> int:
        """Count the layers."""
        return len(self.cell.network.layers)

    @property
    def N(self) -> int:
        """Count the samples."""
        return int(self.state.trace[-1].A.shape[-2])

    def own(self, M: Array) -> Array:
        """Give this replicate's part of what is the same for all replicates or not."""
        return M[min(self.r, len(M) - 1)]

    @property
    def together(self) -> str:
        """Say what of the samples' own gradients the batch's is: their mean or their sum."""
        return "mean" if self.cell.objective.averages(self.cell.network) else "sum"

    def losses(self) -> Array:
        """Give the elementwise losses (N, K), unreduced."""
        return self.cell.objective.losses(self.cell.network, self.state.trace, self.state.Y)[self.r].astype(np.float64)

    def kept(self) -> Array:
        """Give what the reduction keeps: J (), or the losses that are kept, one a sample (N,) or an element (N, K)."""
        objective = self.cell.objective
        kept = objective.reduction.kept(objective.losses(self.cell.network, self.state.trace, self.state.Y))[self.r]
        return kept[:, 0] if objective.loss.classes and kept.ndim > 1 else kept  # with classes an element is a sample


def scenes(cell: Cell, notation: Notation, last: int) -> Iterator[Scene]:
    """Walk the steps of a cell up to `last`, each with the update that follows it."""
    cell = replace(cell, steps=max(cell.steps, last + 1))
    with np.errstate(all="ignore"):
        params, _, batches = start(cell, range(cell.replicates))
        for state in walk(cell, params, batches):
            yield Scene(cell, state, notation)
            if state.step == last:
                break


def scene_of(cell: Cell, step: int = 0, notation: Notation | None = None) -> Scene:
    """Give a cell at one step, with the update that follows it."""
    return next(scene for scene in scenes(cell, notation or Notation(), step) if scene.state.step == step)
