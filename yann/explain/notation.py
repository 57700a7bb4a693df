"""How the reader writes matrices: which way round weights and samples are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from yann.shapes import Array
from yann.study.cell import Experiment

NAME = re.compile(r"(J|X|Y_hat)|([AZWb])(\d{1,4})")
"""What can stand in a Jacobian: the loss, the inputs, the outputs, or a layer's A, Z, W or b."""


@dataclass(frozen=True)
class Notation:
    """Weights are (in, out), z = a W + b with samples as rows, or (out, in), z = W a + b, as in PyTorch."""

    out_in: bool = False
    columns: bool = False
    """Whether a matrix of samples has one a column, and biases are columns too."""

    def weights(self, M: Array) -> Array:
        """Give (…, in, out) as the reader writes it."""
        return M.mT if self.out_in else M

    def samples(self, M: Array) -> Array:
        """Give (N, n) as the reader writes it."""
        return M.mT if self.columns else M

    def bias(self, v: Array) -> Array:
        """Give (n,) as the reader writes it."""
        return v[:, None] if self.columns else v


def notation_of(experiment: Experiment) -> Notation:
    """Give the notation of a config: `network.layout` and `data.orientation`."""
    return Notation(experiment.layout == "out_in", experiment.orientation == "columns")


def shape_text(shape: tuple[int, ...]) -> str:
    """Give a shape as people write it: 2×6."""
    return "×".join(map(str, shape)) or "1"
