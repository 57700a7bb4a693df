"""Initializers: the first weights of a layer, drawn in float64 so that both precisions start from the same numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Gt

from yann.registry import Part, Registry
from yann.shapes import Array

if TYPE_CHECKING:
    from numpy.random import Generator  # loading it takes 20 ms, and what is given draws nothing

Spread = Annotated[float, Ge(0)]


class Initializer(Part):
    """A rule for the first values of W (fan_in, fan_out), or of b (1, fan_out)."""

    matrices_only: ClassVar[bool] = False
    """Whether the rule makes no sense for a bias."""
    random: ClassVar[bool] = True
    """Whether it asks `rng` for numbers; a rule that does not is given none, and makes the same of every replicate."""

    def draw(self, rng: Generator, fan_in: int, fan_out: int, shape: tuple[int, int]) -> Array:
        """Give float64 values of `shape` for a layer of these fans; `rng` is the layer's own."""
        raise NotImplementedError

    def bias(self) -> Initializer:
        """Give the rule for the biases that belong to weights of this rule: zeros, unless the rule has its own."""
        return Zeros()


INITIALIZERS: Registry[Initializer] = Registry("init", Initializer)


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

    source = "the default of PyTorch's torch.nn.Linear, weights and biases"

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
