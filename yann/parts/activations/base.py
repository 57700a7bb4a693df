"""What an activation is: a function φ of each pre-activation, and its derivative φ'."""

from __future__ import annotations

from yann.registry import Part, Registry
from yann.shapes import Array, Float


class Activation(Part):
    """An elementwise function A = φ(Z) of the pre-activations."""

    def gain(self) -> float | None:
        """Give the factor that keeps variance through this activation (PyTorch's calculate_gain), None if none is known."""
        return None

    def kinks(self) -> tuple[float, ...]:
        """Tell where φ' jumps; there `df` gives the documented one of the two slopes."""
        return ()

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
