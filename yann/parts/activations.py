"""Activations φ and their derivatives φ', each in a form that keeps its digits however far from zero: within 4 ulp."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from yann.parts.digits import (
    FAR,
    ROOT,
    bell,
    decayed,
    either_side,
    elementwise,
    inverse_mills,
    product,
    sigmoid,
    softplus,
    twice_u,
)  # fmt: skip
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

    def f(self, Z: Float[Array, "*R N n"]) -> Float[Array, "*R N n"]:
        """Give A = φ(Z)."""
        raise NotImplementedError

    def df(self, Z: Float[Array, "*R N n"], A: Float[Array, "*R N n"]) -> Float[Array, "*R N n"]:
        """Give φ'(Z), with A = φ(Z) at hand so that nothing is computed twice."""
        raise NotImplementedError


ACTIVATIONS: Registry[Activation] = Registry("activation", Activation)


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
    kinks = (0.0,)

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
    kinks = (0.0,)

    slope: float = 0.01

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
    kinks = (0.0,)  # none at alpha = 1, where the two slopes meet

    alpha: float = 1.0

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
    kinks = (0.0,)

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


@ACTIVATIONS.add("softplus")
class Softplus(Activation):
    """ln(1 + eᶻ)"""

    source = "Dugas et al. 2001"

    @elementwise
    def f(self, Z: Array) -> Array:
        return softplus(Z)

    @elementwise
    def df(self, Z: Array, A: Array) -> Array:
        return sigmoid(Z)


@ACTIVATIONS.add("sigmoid")
class Sigmoid(Activation):
    """σ(z) = 1/(1 + e⁻ᶻ)"""

    def gain(self) -> float:
        return 1.0

    def steepest(self) -> float:
        return 0.25

    @elementwise
    def f(self, Z: Array) -> Array:
        return sigmoid(Z)

    def df(self, Z: Array, A: Array) -> Array:
        return bell(np.abs(Z))


@ACTIVATIONS.add("tanh")
class Tanh(Activation):
    """tanh z"""

    def gain(self) -> float:
        return 5 / 3

    def f(self, Z: Array) -> Array:
        return np.tanh(Z)

    def df(self, Z: Array, A: Array) -> Array:
        x = np.abs(Z)
        x *= 2
        slope = bell(x)
        slope *= 4
        return slope  # 1 - tanh² rounds to 0 from z = 20 on, where the slope is 1.7e-17


class Gated(Activation):
    """z·g(z), whose gate g opens to the right as it closes to the left: g(z) + g(-z) = 1.

    So φ(z) = z + φ(-z) and φ'(z) = 1 - φ'(-z), and only the left side needs a formula.
    """

    @elementwise
    def f(self, Z: Array) -> Array:
        below = self.below(np.minimum(np.abs(Z), FAR))
        return np.copysign(np.maximum(Z, 0) - below, Z)  # the limit to the left is -0

    @elementwise
    def df(self, Z: Array, A: Array) -> Array:
        slope, right = self.slope_on_the_left(np.minimum(np.abs(Z), FAR)), Z > 0
        return right + (1 - 2.0 * right) * slope

    def below(self, x: Array) -> Array:
        """Give -φ(-x) = x·g(-x) for x from 0 to FAR."""
        raise NotImplementedError

    def slope_on_the_left(self, x: Array) -> Array:
        """Give φ'(-x) for x from 0 to FAR."""
        raise NotImplementedError


@ACTIVATIONS.add("silu")
class SiLU(Gated):
    """z·σ(z)"""

    source = "Elfwing et al. 2018; swish, Ramachandran et al. 2017"

    def steepest(self) -> float:
        return 1.0998

    def below(self, x: Array) -> Array:
        return decayed(x / (1 + np.exp(-x)), x)

    def slope_on_the_left(self, x: Array) -> Array:
        right = 1 / (1 + np.exp(-x))
        return decayed(right * (1 - x * right), x)


@ACTIVATIONS.add("gelu")
class GELU(Gated):
    """z·Φ(z), Φ the normal distribution function"""

    source = "Hendrycks & Gimpel 2016"

    def steepest(self) -> float:
        return 1.129

    def below(self, x: Array) -> Array:
        square, error = product(x, x)
        return decayed(x / inverse_mills(x), square / 2, error / 2)

    def slope_on_the_left(self, x: Array) -> Array:
        square, error = product(x, x)
        return decayed(1 / inverse_mills(x) - x / ROOT, square / 2, error / 2)


@ACTIVATIONS.add("gelu_tanh")
class GELUTanh(Gated):
    """z·(1 + tanh u)/2, u = √(2/π)·(z + 0.044715·z³)"""

    source = "Hendrycks & Gimpel 2016"

    def steepest(self) -> float:
        return 1.129

    def below(self, x: Array) -> Array:
        v, error, _ = twice_u(x)  # (1 - tanh u)/2 = σ(-2u), which keeps the digits of a small gate
        return decayed(x / (1 + np.exp(-v)), v, error)

    def slope_on_the_left(self, x: Array) -> Array:
        v, error, dv = twice_u(x)
        right = 1 / (1 + np.exp(-v))
        return decayed(right * (1 - x * dv * right), v, error)
