"""Generators: inputs and targets that are made rather than loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from annotated_types import Ge

from yann.registry import Part, Registry
from yann.shapes import Array

if TYPE_CHECKING:
    from numpy.random import Generator as Random  # loading it takes 20 ms, and what is given draws nothing


class Generator(Part):
    """A rule that fills a matrix of samples (N, features), in float64."""

    targets_only: ClassVar[bool] = False
    """Whether the rule cannot make inputs."""
    relative: ClassVar[bool] = False
    """Whether what is drawn is added to the network's first prediction."""
    makes_classes: ClassVar[bool] = False
    """Whether every row is one-hot."""
    makes_bits: ClassVar[bool] = False
    """Whether every entry is 0 or 1, to be predicted one by one."""
    random: ClassVar[bool] = True
    """Whether it asks `rng` for numbers; a rule that does not is given none, and makes the same of every replicate."""

    def in_unit_interval(self) -> bool:
        """Tell whether every entry lies in [0, 1]."""
        return False

    def draw(self, rng: Random, shape: tuple[int, int]) -> Array:
        """Give the matrix."""
        raise NotImplementedError


GENERATORS: Registry[Generator] = Registry("data", Generator)


@GENERATORS.add("ones")
class OnesData(Generator):
    """1"""

    random = False

    def in_unit_interval(self) -> bool:
        return True

    def draw(self, rng: Random, shape: tuple[int, int]) -> Array:
        return np.ones(shape)


@GENERATORS.add("zeros")
class ZerosData(Generator):
    """0"""

    random = False

    def in_unit_interval(self) -> bool:
        return True

    def draw(self, rng: Random, shape: tuple[int, int]) -> Array:
        return np.zeros(shape)


@GENERATORS.add("normal")
@dataclass(frozen=True)
class NormalData(Generator):
    """N(mean, std²)"""

    mean: float = 0.0
    std: Annotated[float, Ge(0)] = 1.0

    def draw(self, rng: Random, shape: tuple[int, int]) -> Array:
        return self.mean + self.std * rng.standard_normal(shape)


@GENERATORS.add("uniform")
@dataclass(frozen=True)
class UniformData(Generator):
    """U(low, high)"""

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        """Refuse bounds the wrong way round."""
        if self.low > self.high:
            raise ValueError(f"low ({self.low:g}) must not be above high ({self.high:g})")

    def in_unit_interval(self) -> bool:
        return 0 <= self.low <= self.high <= 1

    def draw(self, rng: Random, shape: tuple[int, int]) -> Array:
        half = self.low / 2, self.high / 2  # whose difference is in range
        return 2 * (half[0] + (half[1] - half[0]) * rng.random(shape))


@GENERATORS.add("bits")
class Bits(Generator):
    """0 or 1, each with probability ½"""

    makes_bits = True

    def in_unit_interval(self) -> bool:
        return True

    def draw(self, rng: Random, shape: tuple[int, int]) -> Array:
        return rng.integers(0, 2, shape).astype(np.float64)


@GENERATORS.add("classes")
class RandomClasses(Generator):
    """one-hot rows, each class with the same probability"""

    targets_only = True
    makes_classes = True

    def in_unit_interval(self) -> bool:
        return True

    def draw(self, rng: Random, shape: tuple[int, int]) -> Array:
        return np.eye(shape[1])[rng.integers(0, shape[1], shape[0])]


@GENERATORS.add("error")
@dataclass(frozen=True)
class FixedError(Generator):
    """the first prediction less value, so that every error is value"""

    targets_only = True
    relative = True
    random = False

    value: float = 1.0

    def draw(self, rng: Random, shape: tuple[int, int]) -> Array:
        return np.full(shape, -self.value)
