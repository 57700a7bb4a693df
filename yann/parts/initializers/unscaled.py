"""Initializers that draw from one distribution, whatever the size of the layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from yann.parts.initializers.base import INITIALIZERS, Initializer, Spread
from yann.shapes import Array

if TYPE_CHECKING:
    from numpy.random import Generator


@INITIALIZERS.add("normal")
@dataclass(frozen=True)
class Normal(Initializer):
    """N(mean, std²)"""

    mean: float = 0.0
    std: Spread = 1.0

    def draw(self, rng: Generator, fan_in: int, fan_out: int, shape: tuple[int, int]) -> Array:
        return self.mean + self.std * rng.standard_normal(shape)


@INITIALIZERS.add("uniform")
@dataclass(frozen=True)
class Uniform(Initializer):
    """U(low, high)"""

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        """Refuse bounds the wrong way round."""
        if self.low > self.high:
            raise ValueError(f"low ({self.low:g}) must not be above high ({self.high:g})")

    def draw(self, rng: Generator, fan_in: int, fan_out: int, shape: tuple[int, int]) -> Array:
        half = self.low / 2, self.high / 2  # whose difference is in range
        return 2 * (half[0] + (half[1] - half[0]) * rng.random(shape))


@INITIALIZERS.add("truncated_normal")
@dataclass(frozen=True)
class TruncatedNormal(Initializer):
    """N(mean, std²), drawn again wherever it falls beyond two std of its mean"""

    source = "Keras TruncatedNormal"

    mean: float = 0.0
    std: Spread = 1.0

    def draw(self, rng: Generator, fan_in: int, fan_out: int, shape: tuple[int, int]) -> Array:
        W = rng.standard_normal(shape)
        while (beyond := np.abs(W) > 2).any():
            W[beyond] = rng.standard_normal(int(beyond.sum()))
        return self.mean + self.std * W
