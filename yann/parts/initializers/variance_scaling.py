"""Initializers that draw more narrowly the wider a layer is, so that the variance of what runs through it stays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from annotated_types import Gt

from yann.parts.initializers.base import INITIALIZERS, Initializer, Spread
from yann.parts.initializers.fixed import Zeros
from yann.parts.initializers.unscaled import Normal
from yann.shapes import Array

if TYPE_CHECKING:
    from numpy.random import Generator


@dataclass(frozen=True)
class _Scaled(Initializer):
    """Mean 0 and a standard deviation of gain·σ(fan_in, fan_out)."""

    gain: Annotated[float, Gt(0)] = 1.0

    def std(self, fan_in: int, fan_out: int) -> float:
        """Give the standard deviation before the gain."""
        raise NotImplementedError


class _ScaledNormal(_Scaled):
    def draw(self, rng: Generator, fan_in: int, fan_out: int, shape: tuple[int, int]) -> Array:
        return self.gain * self.std(fan_in, fan_out) * rng.standard_normal(shape)


class _ScaledUniform(_Scaled):
    def draw(self, rng: Generator, fan_in: int, fan_out: int, shape: tuple[int, int]) -> Array:
        limit = math.sqrt(3) * self.gain * self.std(fan_in, fan_out)  # U(-a, a) has standard deviation a/√3
        return limit * (2 * rng.random(shape) - 1)


class _Xavier(_Scaled):
    def std(self, fan_in: int, fan_out: int) -> float:
        return math.sqrt(2 / (fan_in + fan_out))


class _He(_Scaled):
    def std(self, fan_in: int, fan_out: int) -> float:
        return math.sqrt(2 / fan_in)


class _LeCun(_Scaled):
    def std(self, fan_in: int, fan_out: int) -> float:
        return math.sqrt(1 / fan_in)


@INITIALIZERS.add("xavier_normal")
class XavierNormal(_Xavier, _ScaledNormal):
    """N(0, gain²·2/(fan_in + fan_out))"""

    source = "Glorot & Bengio 2010"


@INITIALIZERS.add("xavier_uniform")
class XavierUniform(_Xavier, _ScaledUniform):
    """U(±gain·√(6/(fan_in + fan_out)))"""

    source = "Glorot & Bengio 2010"


@INITIALIZERS.add("he_normal")
class HeNormal(_He, _ScaledNormal):
    """N(0, gain²·2/fan_in)"""

    source = "He et al. 2015"


@INITIALIZERS.add("he_uniform")
class HeUniform(_He, _ScaledUniform):
    """U(±gain·√(6/fan_in))"""

    source = "He et al. 2015"


@INITIALIZERS.add("lecun_normal")
class LeCunNormal(_LeCun, _ScaledNormal):
    """N(0, gain²/fan_in)"""

    source = "LeCun et al. 1998"


@INITIALIZERS.add("lecun_uniform")
class LeCunUniform(_LeCun, _ScaledUniform):
    """U(±gain·√(3/fan_in))"""

    source = "LeCun et al. 1998"


@INITIALIZERS.add("torch_linear")
class TorchLinear(Initializer):
    """U(±1/√fan_in)"""

    source = "the default of PyTorch's torch.nn.Linear, whose biases are bias: torch_linear"

    def draw(self, rng: Generator, fan_in: int, fan_out: int, shape: tuple[int, int]) -> Array:
        return (2 * rng.random(shape) - 1) / math.sqrt(fan_in)


@INITIALIZERS.add("orthogonal")
@dataclass(frozen=True)
class Orthogonal(Initializer):
    """gain·Q, Q with orthonormal rows or columns, from the QR factors of a normal matrix"""

    source = "Saxe et al. 2014; signs by Mezzadri 2007"
    matrices_only = True

    gain: Annotated[float, Gt(0)] = 1.0

    def draw(self, rng: Generator, fan_in: int, fan_out: int, shape: tuple[int, int]) -> Array:
        tall = rng.standard_normal((max(shape), min(shape)))
        Q, R = np.linalg.qr(tall)
        Q *= np.sign(np.diagonal(R))  # without it Q would not be uniform among the orthogonal matrices
        return self.gain * (Q if shape[0] >= shape[1] else Q.T)


@INITIALIZERS.add("mean_field")
@dataclass(frozen=True)
class MeanField(Initializer):
    """weights N(0, sigma_w²/fan_in), biases N(0, sigma_b²)"""

    source = "Poole et al. 2016, Schoenholz et al. 2017"

    sigma_w: Spread = 1.0
    sigma_b: Spread = 0.0

    def draw(self, rng: Generator, fan_in: int, fan_out: int, shape: tuple[int, int]) -> Array:
        return self.sigma_w / math.sqrt(fan_in) * rng.standard_normal(shape)

    def bias(self) -> Initializer:
        return Normal(std=self.sigma_b) if self.sigma_b else Zeros()
