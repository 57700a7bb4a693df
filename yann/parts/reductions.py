"""Reductions: how the losses of N samples and K outputs become the number J that is differentiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from yann.registry import Part, Registry
from yann.shapes import Array, Float


class Reduction(Part):
    """J is the sum of the elementwise losses times one factor, which is all that the reductions differ in."""

    known_as: ClassVar[str]
    """What frameworks call it."""
    against_mean: ClassVar[str]
    """How many times as large as the mean it is, in N samples and K losses a sample."""

    def factor(self, N: int, K: int) -> float:
        """Give the factor c of J = c·Σℓ for N samples and K losses a sample."""
        raise NotImplementedError

    def kept(self, losses: Float[Array, "*R N K"]) -> Array:
        """Give what is reported: J itself, or the losses that this reduction keeps; accumulated in float64."""
        factor = self.factor(*losses.shape[-2:])
        return within_range(lambda M: M.sum(axis=(-2, -1)) * factor, losses)


def within_range(reduce: Callable[[Array], Array], losses: Array) -> Array:
    """Give what becomes of the losses in float64, finite wherever it is, though their sum may not be on the way."""
    losses = losses.astype(np.float64)
    reduced = reduce(losses)
    if not np.isinf(reduced).any():
        return reduced
    return np.where(np.isinf(reduced), np.ldexp(reduce(np.ldexp(losses, -64)), 64), reduced)


REDUCTIONS: Registry[Reduction] = Registry("reduction", Reduction)


@REDUCTIONS.add("mean")
class Mean(Reduction):
    """J = 1/(NK)·Σℓ"""

    known_as = "PyTorch mean, Keras sum_over_batch_size"
    against_mean = "1"

    def factor(self, N: int, K: int) -> float:
        return 1 / (N * K)

    def kept(self, losses: Array) -> Array:
        return within_range(lambda M: M.mean(axis=(-2, -1)), losses)


@REDUCTIONS.add("sum")
class Sum(Reduction):
    """J = Σℓ"""

    known_as = "PyTorch sum"
    against_mean = "N·K"

    def factor(self, N: int, K: int) -> float:
        return 1.0


@REDUCTIONS.add("batch_mean")
class BatchMean(Reduction):
    """J = 1/N·Σℓ"""

    known_as = "textbooks; batchmean of PyTorch's KLDivLoss"
    against_mean = "K"

    def factor(self, N: int, K: int) -> float:
        return 1 / N


@REDUCTIONS.add("feature_mean")
class FeatureMean(Reduction):
    """J = 1/K·Σℓ"""

    known_as = "Keras sum, which sums the means over features"
    against_mean = "N"

    def factor(self, N: int, K: int) -> float:
        return 1 / K


@REDUCTIONS.add("none")
class Unreduced(Reduction):
    """every ℓ is kept; the gradient is that of their sum"""

    known_as = "PyTorch none, as a tape differentiates it"
    against_mean = "N·K"

    def factor(self, N: int, K: int) -> float:
        return 1.0

    def kept(self, losses: Array) -> Array:
        return losses.astype(np.float64)


@REDUCTIONS.add("per_sample")
class PerSample(Reduction):
    """the N means over features are kept; the gradient is that of their sum"""

    known_as = "Keras none, as a tape differentiates it"
    against_mean = "N"

    def factor(self, N: int, K: int) -> float:
        return 1 / K

    def kept(self, losses: Array) -> Array:
        return within_range(lambda M: M.mean(axis=-1), losses)
