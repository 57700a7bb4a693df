"""Activations without a kink: softplus, the two sigmoids, and gates."""

from __future__ import annotations

import numpy as np

from yann.parts.activations.base import ACTIVATIONS, Activation
from yann.parts.digits import FAR, ROOT, bell, decayed, elementwise, inverse_mills, product, sigmoid, softplus, twice_u
from yann.shapes import Array


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
