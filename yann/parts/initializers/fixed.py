"""Initializers that draw nothing: the same weights for every seed and replicate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from yann.parts.initializers.base import INITIALIZERS, Initializer
from yann.shapes import Array

if TYPE_CHECKING:
    from numpy.random import Generator


@dataclass(frozen=True)
class Given(Initializer):
    """Values written out in the config, one row of `values` for each row of the array."""

    name = "given"
    random = False

    values: tuple[tuple[float, ...], ...] = ()

    def draw(self, rng: Generator, fan_in: int, fan_out: int, shape: tuple[int, int]) -> Array:
        return np.array(self.values, dtype=np.float64).reshape(shape)


class _Even(Initializer):
    """Every entry the same."""

    random = False

    def draw(self, rng: Generator, fan_in: int, fan_out: int, shape: tuple[int, int]) -> Array:
        return np.full(shape, self.entry(fan_in, fan_out))

    def entry(self, fan_in: int, fan_out: int) -> float:
        """Give the one value."""
        raise NotImplementedError


@INITIALIZERS.add("zeros")
class Zeros(_Even):
    """0"""

    def entry(self, fan_in: int, fan_out: int) -> float:
        return 0.0


@INITIALIZERS.add("ones")
class Ones(_Even):
    """1"""

    def entry(self, fan_in: int, fan_out: int) -> float:
        return 1.0


@INITIALIZERS.add("constant")
@dataclass(frozen=True)
class Constant(_Even):
    """value"""

    value: float = 0.0

    def entry(self, fan_in: int, fan_out: int) -> float:
        return self.value


@INITIALIZERS.add("ones_over_fan_in")
class OnesOverFanIn(_Even):
    """1/fan_in"""

    def entry(self, fan_in: int, fan_out: int) -> float:
        return 1 / fan_in


@INITIALIZERS.add("ones_over_fan_out")
class OnesOverFanOut(_Even):
    """1/fan_out"""

    def entry(self, fan_in: int, fan_out: int) -> float:
        return 1 / fan_out


@INITIALIZERS.add("identity")
class IdentityMatrix(Initializer):
    """1 on the diagonal, 0 elsewhere"""

    matrices_only = True
    random = False

    def draw(self, rng: Generator, fan_in: int, fan_out: int, shape: tuple[int, int]) -> Array:
        return np.eye(*shape)
