"""What is looked at: one layer at one step, and the sums over its entries, each made once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from yann.engine.backward import Gradients, LayerGradients
from yann.engine.forward import LayerTrace
from yann.engine.network import Layer, LayerParams
from yann.engine.scaling import added, extent
from yann.parts.activations import Activation
from yann.shapes import Array
from yann.study.entries import Entries, Scaled

BOTH = (-2, -1)


def _carried_norm(g: LayerGradients) -> Scaled:
    f, e = Entries(g.dW).norm
    return f, added(e, g.exponent_dW)


FAR = 10.0
"""Where |z| is larger a slope of 0 is one that has become too small, unless φ is flat; nearer to 0 it is a turning point."""


@cache
def flat_somewhere(activation: Activation) -> bool:
    """Tell whether φ is constant somewhere, as ReLU is: at none of these points is a slope 0 for being small, or by chance."""
    Z = np.array([[-8.0, -3.0, 3.0, 8.0]])
    return bool((activation.df(Z, activation.f(Z)) == 0).any())


@dataclass(frozen=True)
class Moment:
    """One layer at one step: all that a metric can look at, each thing computed once."""

    number: int
    """Its layer's, from 0."""
    layer: Layer
    theta: LayerParams
    seen: LayerTrace
    gradients: LayerGradients
    """As their floats have them."""
    carried: LayerGradients
    """The same with their exponents, true also where they are too small for floats."""
    after: LayerParams | None
    beyond: Callable[[], Gradients]
    """Gives the gradients of all layers with exponents wherever they are, also where they are too large for floats."""

    @cached_property
    def A(self) -> Array:
        """Give A as its floats have it."""
        return self.seen.output()

    @cached_property
    def of_A(self) -> Entries:
        """Give the entries of A."""
        return Entries(self.A)

    @cached_property
    def of_dZ(self) -> Entries:
        """Give the entries of dZ."""
        return Entries(self.gradients.dZ)

    @cached_property
    def of_dW(self) -> Entries:
        """Give the entries of dW."""
        return Entries(self.gradients.dW)

    @property
    def ordinary(self) -> bool:
        """Tell whether all numbers of all replicates are finite and far from the ends of float64; as nearly always."""
        return self.of_A.norm[1] is None and self.of_dW.norm[1] is None

    @property
    def finite(self) -> Array:
        """Tell which replicates (R,) have nothing but finite numbers; their norms are finite then, and only then.

        A dZ that is not finite leaves no dW = A_inᵀ dZ finite.
        """
        return np.isfinite(self.of_A.norm[0] + self.of_dW.norm[0])

    @cached_property
    def true_dW_norm(self) -> Scaled:
        """Give ‖dW‖, true even where dW itself is beyond the range of its numbers."""
        f, e = self.of_dW.norm if self.carried.exponent_dW is None else _carried_norm(self.carried)
        if (spoilt := self.spoilt).any():
            f_beyond, e_beyond = _carried_norm(self.beyond()[self.number])
            f, e = np.where(spoilt, f_beyond, f), np.where(spoilt, _or_0(e_beyond), _or_0(e))
        return f, e

    @property
    def spoilt(self) -> Array:
        """Tell which replicates (R,) have no gradient, or one too small or too large for its digits, though it be carried."""
        largest, floats = extent(self.carried.dW), np.finfo(self.carried.dW.dtype)
        return ~(np.isfinite(largest) & (largest >= floats.smallest_normal / floats.eps))

    @cached_property
    def dead(self) -> Array:
        """Tell where the slope is 0 (R, N, n), and not just too small for its floats."""
        none = self.gradients.slope == 0
        if flat_somewhere(self.layer.activation) or not none.any():
            return none
        off = False if self.layer.scale is None else np.array(self.layer.scale) == 0
        return none & (off | (np.abs(self.seen.Z) <= FAR))

    @cached_property
    def too_small(self) -> Array | None:
        """Tell which replicates (R,) have a slope that is 0 only because it is too small for its floats; None: none has."""
        slope = self.gradients.slope
        if np.minimum.reduce(slope, axis=None) > 0 or flat_somewhere(self.layer.activation):
            return None
        none: Array = slope == 0
        return np.any(none & ~self.dead, axis=BOTH) if none.any() else None

    def unless_nan(self, fraction: Array) -> Array:
        """Give a fraction of units (R,), or nan where some Z is nan, of which nobody knows the slope."""
        if self.finite.all():  # an A of a Z that is nan is nan
            return fraction
        return np.where(np.isnan(self.seen.Z).any(axis=BOTH), np.nan, fraction)


def _or_0(e: Array | None) -> Array | int:
    return 0 if e is None else e
