"""Activations φ and their derivatives φ', each in a form that keeps its digits far from zero."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from yann.registry import Part, Registry
from yann.shapes import Array, Float


class Activation(Part):
    """An elementwise function A = φ(Z) of the pre-activations."""

    kinks: ClassVar[tuple[float, ...]] = ()
    """Where φ' jumps; there `df` gives the documented one of the two slopes."""

    def gain(self) -> float | None:
        """Give the factor that keeps variance through this activation (PyTorch's calculate_gain), None if none is known."""
        return None

    def steepest(self) -> float:
        """Give the largest slope |φ'(z)|, against which saturation is measured."""
        return 1.0

    def flat(self) -> bool:
        """Tell whether φ is constant somewhere; elsewhere a slope of 0 is one that is too small for its floats."""
        return False

    def f(self, Z: Float[Array, "*R N n"]) -> Float[Array, "*R N n"]:
        """Give A = φ(Z)."""
        raise NotImplementedError

    def df(self, Z: Float[Array, "*R N n"], A: Float[Array, "*R N n"]) -> Float[Array, "*R N n"]:
        """Give φ'(Z), with A = φ(Z) at hand so that nothing is computed twice."""
        raise NotImplementedError


ACTIVATIONS: Registry[Activation] = Registry("activation", Activation)


@ACTIVATIONS.add("identity")
@dataclass(frozen=True)
class Identity(Activation):
    """z"""

    def gain(self) -> float:
        return 1.0

    def f(self, Z: Array) -> Array:
        return Z

    def df(self, Z: Array, A: Array) -> Array:
        return np.ones_like(Z)


@ACTIVATIONS.add("relu")
@dataclass(frozen=True)
class ReLU(Activation):
    """max(z, 0); φ'(0) = 0"""

    source = "Nair & Hinton 2010"
    kinks = (0.0,)

    def gain(self) -> float:
        return math.sqrt(2)

    def flat(self) -> bool:
        return True

    def f(self, Z: Array) -> Array:
        return np.maximum(Z, 0)  # the form that lets a nan through and sends -inf to 0

    def df(self, Z: Array, A: Array) -> Array:
        return (Z > 0).astype(Z.dtype)


@ACTIVATIONS.add("leaky_relu")
@dataclass(frozen=True)
class LeakyReLU(Activation):
    """z if z > 0, else slope·z; φ'(0) = slope"""

    source = "Maas et al. 2013"
    kinks = (0.0,)

    slope: float = 0.01

    def gain(self) -> float:
        return math.sqrt(2 / (1 + self.slope**2))

    def steepest(self) -> float:
        return max(1.0, abs(self.slope))

    def flat(self) -> bool:
        return self.slope == 0

    def f(self, Z: Array) -> Array:
        return np.where(Z > 0, Z, Z * self.slope)

    def df(self, Z: Array, A: Array) -> Array:
        return np.where(Z > 0, Z.dtype.type(1), Z.dtype.type(self.slope))


@ACTIVATIONS.add("elu")
@dataclass(frozen=True)
class ELU(Activation):
    """z if z > 0, else alpha·(eᶻ - 1); φ'(0) = alpha"""

    source = "Clevert et al. 2016"
    kinks = (0.0,)  # none at alpha = 1, where the two slopes meet

    alpha: float = 1.0

    def steepest(self) -> float:
        return max(1.0, abs(self.alpha))

    def f(self, Z: Array) -> Array:
        return np.where(Z > 0, Z, np.expm1(np.minimum(Z, 0)) * self.alpha)

    def df(self, Z: Array, A: Array) -> Array:
        return np.where(Z > 0, Z.dtype.type(1), np.exp(np.minimum(Z, 0)) * self.alpha)


SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


@ACTIVATIONS.add("selu")
@dataclass(frozen=True)
class SELU(Activation):
    """λz if z > 0, else λα(eᶻ - 1), λ = 1.0507…, α = 1.6733…; φ'(0) = λα"""

    source = "Klambauer et al. 2017"
    kinks = (0.0,)

    def gain(self) -> float:
        return 0.75

    def steepest(self) -> float:
        return SELU_SCALE * SELU_ALPHA

    def f(self, Z: Array) -> Array:
        return np.where(Z > 0, Z * SELU_SCALE, np.expm1(np.minimum(Z, 0)) * (SELU_SCALE * SELU_ALPHA))

    def df(self, Z: Array, A: Array) -> Array:
        return np.where(Z > 0, Z.dtype.type(SELU_SCALE), np.exp(np.minimum(Z, 0)) * (SELU_SCALE * SELU_ALPHA))


def sigmoid(Z: Array) -> Array:
    """Give σ(z) = 1/(1 + e⁻ᶻ) without overflow, with every digit of a small σ."""
    e = np.exp(-np.abs(Z))
    return np.where(Z >= 0, 1, e) / (1 + e)


def sigmoid_slope(Z: Array) -> Array:
    """Give σ'(z) = e⁻|ᶻ| / (1 + e⁻|ᶻ|)², which stays positive where σ(1 - σ) rounds to 0."""
    e = np.exp(-np.abs(Z))
    return e / (1 + e) ** 2


def softplus(Z: Array) -> Array:
    """Give ln(1 + eᶻ) without overflow, with every digit of a small value."""
    return np.logaddexp(0, Z).astype(Z.dtype, copy=False)


def gated(Z: Array, gate: Array) -> Array:
    """Give z·gate, and the limit -0 where the gate has closed (-inf·0 would be nan)."""
    return np.multiply(Z, gate, out=np.full_like(Z, -0.0), where=gate != 0)


@ACTIVATIONS.add("softplus")
@dataclass(frozen=True)
class Softplus(Activation):
    """ln(1 + eᶻ)"""

    source = "Dugas et al. 2001"

    def f(self, Z: Array) -> Array:
        return softplus(Z)

    def df(self, Z: Array, A: Array) -> Array:
        return sigmoid(Z)


@ACTIVATIONS.add("sigmoid")
@dataclass(frozen=True)
class Sigmoid(Activation):
    """σ(z) = 1/(1 + e⁻ᶻ)"""

    def gain(self) -> float:
        return 1.0

    def steepest(self) -> float:
        return 0.25

    def f(self, Z: Array) -> Array:
        return sigmoid(Z)

    def df(self, Z: Array, A: Array) -> Array:
        return sigmoid_slope(Z)


@ACTIVATIONS.add("tanh")
@dataclass(frozen=True)
class Tanh(Activation):
    """tanh z"""

    def gain(self) -> float:
        return 5 / 3

    def f(self, Z: Array) -> Array:
        return np.tanh(Z)

    def df(self, Z: Array, A: Array) -> Array:
        return 4 * sigmoid_slope(2 * Z)  # 1 - tanh² rounds to 0 from z = 20 on, where the slope is 1.7e-17


@ACTIVATIONS.add("silu")
@dataclass(frozen=True)
class SiLU(Activation):
    """z·σ(z)"""

    source = "Elfwing et al. 2018; swish, Ramachandran et al. 2017"

    def steepest(self) -> float:
        return 1.0998

    def f(self, Z: Array) -> Array:
        return gated(Z, sigmoid(Z))

    def df(self, Z: Array, A: Array) -> Array:
        S = sigmoid(Z)
        return np.multiply(S, 1 + gated(Z, sigmoid(-Z)), out=np.zeros_like(Z), where=S != 0)


_erfc = np.frompyfunc(math.erfc, 1, 1)  # libm's, elementwise: NumPy has none, and SciPy would cost more than all the rest


def normal_cdf(Z: Array) -> Array:
    """Give Φ(z) = erfc(-z/√2)/2."""
    return np.asarray(_erfc(Z * -math.sqrt(0.5)), dtype=Z.dtype) / 2


@ACTIVATIONS.add("gelu")
@dataclass(frozen=True)
class GELU(Activation):
    """z·Φ(z), Φ the normal distribution function"""

    source = "Hendrycks & Gimpel 2016"

    def steepest(self) -> float:
        return 1.129

    def f(self, Z: Array) -> Array:
        return gated(Z, normal_cdf(Z))

    def df(self, Z: Array, A: Array) -> Array:
        density = np.exp(-Z * Z / 2) / math.sqrt(2 * math.pi)
        return normal_cdf(Z) + np.multiply(Z, density, out=np.zeros_like(Z), where=density != 0)


@ACTIVATIONS.add("gelu_tanh")
@dataclass(frozen=True)
class GELUTanh(Activation):
    """z·(1 + tanh u)/2, u = √(2/π)·(z + 0.044715·z³)"""

    source = "Hendrycks & Gimpel 2016"

    def steepest(self) -> float:
        return 1.129

    def f(self, Z: Array) -> Array:
        return gated(Z, sigmoid(2 * self._u(Z)))  # (1 + tanh u)/2 = σ(2u), which keeps the digits of a small gate

    def df(self, Z: Array, A: Array) -> Array:
        U = 2 * self._u(Z)
        bend = sigmoid_slope(U)
        Z = np.clip(Z, -1e10, 1e10)
        du = 2 * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * Z * Z)
        return sigmoid(U) + Z * bend * du

    def _u(self, Z: Array) -> Array:
        Z = np.clip(Z, -1e10, 1e10)  # saturated long before, and the cube stays finite in float32
        return math.sqrt(2 / math.pi) * (Z + 0.044715 * Z**3)
