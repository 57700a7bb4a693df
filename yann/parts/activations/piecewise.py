"""Activations in two pieces that meet at 0, and the identity."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from yann.parts.activations.base import ACTIVATIONS, Activation
from yann.parts.digits import decayed, either_side, elementwise
from yann.shapes import Array


@ACTIVATIONS.add("identity")
class Identity(Activation):
    """z"""

    def gain(self) -> float:
        return 1.0

    def f(self, Z: Array) -> Array:
        return Z

    def df(self, Z: Array, A: Array) -> Array:
        return np.ones_like(Z)


@ACTIVATIONS.add("relu")
class ReLU(Activation):
    """max(z, 0); φ'(0) = 0"""

    source = "Nair & Hinton 2010"

    def kinks(self) -> tuple[float, ...]:
        return (0.0,)

    def gain(self) -> float:
        return math.sqrt(2)

    def f(self, Z: Array) -> Array:
        return np.maximum(Z, 0)  # the form that lets a nan through and sends -inf to 0

    def df(self, Z: Array, A: Array) -> Array:
        return (Z > 0).astype(Z.dtype)


@ACTIVATIONS.add("leaky_relu")
@dataclass(frozen=True)
class LeakyReLU(Activation):
    """z if z > 0, else slope·z; φ'(0) = slope"""

    source = "Maas et al. 2013"

    slope: float = 0.01

    def kinks(self) -> tuple[float, ...]:
        return (0.0,)

    def gain(self) -> float:
        return math.sqrt(2 / (1 + self.slope**2))

    def steepest(self) -> float:
        return max(1.0, abs(self.slope))

    @elementwise
    def f(self, Z: Array) -> Array:
        return np.maximum(Z, 0) + np.minimum(Z, 0) * self.slope  # one of the two is 0, and nothing is rounded twice

    @elementwise
    def df(self, Z: Array, A: Array) -> Array:
        return either_side(Z, self.slope)


@ACTIVATIONS.add("elu")
@dataclass(frozen=True)
class ELU(Activation):
    """z if z > 0, else alpha·(eᶻ - 1); φ'(0) = alpha"""

    source = "Clevert et al. 2016"

    alpha: float = 1.0

    def kinks(self) -> tuple[float, ...]:
        return (0.0,)

    def steepest(self) -> float:
        return max(1.0, abs(self.alpha))

    @elementwise
    def f(self, Z: Array) -> Array:
        return np.maximum(Z, 0) + np.expm1(np.minimum(Z, 0)) * self.alpha

    @elementwise
    def df(self, Z: Array, A: Array) -> Array:
        return either_side(Z, decayed(self.alpha, -np.minimum(Z, 0)))


SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


@ACTIVATIONS.add("selu")
class SELU(Activation):
    """λz if z > 0, else λα(eᶻ - 1), λ = 1.0507…, α = 1.6733…; φ'(0) = λα"""

    source = "Klambauer et al. 2017"

    def kinks(self) -> tuple[float, ...]:
        return (0.0,)

    def gain(self) -> float:
        return 0.75

    def steepest(self) -> float:
        return SELU_SCALE * SELU_ALPHA

    @elementwise
    def f(self, Z: Array) -> Array:
        return np.maximum(Z, 0) * SELU_SCALE + np.expm1(np.minimum(Z, 0)) * (SELU_SCALE * SELU_ALPHA)

    @elementwise
    def df(self, Z: Array, A: Array) -> Array:
        return either_side(Z, decayed(SELU_SCALE * SELU_ALPHA, -np.minimum(Z, 0)), SELU_SCALE)
