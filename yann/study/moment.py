"""What is looked at: one layer at one step, and the sums over its entries, each made once and always in float64."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from yann.engine.backward import LayerGradients
from yann.engine.forward import LayerTrace
from yann.engine.network import Layer, LayerParams
from yann.parts.activations import Activation
from yann.shapes import Array

BOTH = (-2, -1)


def flat(M: Array) -> Array:
    """Give each matrix (*R, m, n) as one row of float64.

    Summed along such a row a replicate gives the same bits alone and in company, which it does not where NumPy converts
    or gathers as it sums.
    """
    return M.reshape(*M.shape[:-2], -1).astype(np.float64, copy=False)


def norm(M: Array) -> tuple[Array, Array]:
    """Give the Frobenius norm of each matrix (*R, m, n) as f·2ᵉ, so that it neither overflows nor underflows."""
    rows = flat(M)
    with np.errstate(over="ignore"):
        f: Array = np.sqrt(np.vecdot(rows, rows))
    unsafe = ~((f > 1e-140) & (f < 1e140))
    if not unsafe.any():
        return f, np.zeros(f.shape, dtype=np.int64)
    largest = np.abs(rows).max(axis=-1)
    e: Array = np.where(unsafe & np.isfinite(largest) & (largest > 0), np.frexp(largest)[1], 0)
    scaled = np.ldexp(rows, -e[..., None])
    f = np.where(e != 0, np.sqrt(np.vecdot(scaled, scaled)), f)
    return f, e


def centred(M: Array) -> tuple[Array, Array, Array]:
    """Give each matrix (*R, m, n) less its mean as one row of float64, and the mean; both times 2ᵉ, as sums may overflow."""
    rows = flat(M)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = rows.mean(axis=-1)
    e = np.where(np.isfinite(mean), 0, 64)
    if e.any():
        rows = np.ldexp(rows, -e[..., None])
        mean = rows.mean(axis=-1)
    return rows - mean[..., None], mean, e


def _scaled_norm(g: LayerGradients) -> tuple[Array, Array]:
    f, e = norm(g.dW)
    return f, e if g.exponent_dW is None else e + g.exponent_dW


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

    layer: Layer
    theta: LayerParams
    seen: LayerTrace
    gradients: LayerGradients
    """As their floats have them."""
    carried: LayerGradients
    """The same with their exponents, true also where they are too small for floats."""
    beyond: LayerGradients | None
    """The same with exponents wherever they are, if some gradient of these is beyond range in other ways, as a rule too large."""
    spoilt: Array
    """Which replicates (R,) are."""
    after: LayerParams | None

    @cached_property
    def A(self) -> Array:
        """Give A as its floats have it."""
        return self.seen.output()

    @cached_property
    def dW_norm(self) -> tuple[Array, Array]:
        """Give ‖dW‖ as f·2ᵉ."""
        return norm(self.gradients.dW)

    @cached_property
    def dZ_norm(self) -> tuple[Array, Array]:
        """Give ‖dZ‖ as f·2ᵉ."""
        return norm(self.gradients.dZ)

    @cached_property
    def A_norm(self) -> tuple[Array, Array]:
        """Give ‖A‖ as f·2ᵉ."""
        return norm(self.A)

    @property
    def finite(self) -> Array:
        """Tell which replicates (R,) have nothing but finite numbers; their norms are finite then, and only then."""
        return np.isfinite(self.A_norm[0] + self.dZ_norm[0] + self.dW_norm[0])

    @cached_property
    def true_dW_norm(self) -> tuple[Array, Array]:
        """Give ‖dW‖ as f·2ᵉ, true even where dW itself is beyond the range of its numbers."""
        f, e = self.dW_norm if self.carried.exponent_dW is None else _scaled_norm(self.carried)
        if self.beyond is not None:
            f_beyond, e_beyond = _scaled_norm(self.beyond)
            f, e = np.where(self.spoilt, f_beyond, f), np.where(self.spoilt, e_beyond, e)
        return f, e

    @cached_property
    def dead(self) -> Array:
        """Tell where the slope is 0 (R, N, n), and not just too small for its floats."""
        none = self.gradients.slope == 0
        if flat_somewhere(self.layer.activation):
            return none
        off = False if self.layer.scale is None else np.array(self.layer.scale) == 0
        return none & (off | (np.abs(self.seen.Z) <= FAR))

    @cached_property
    def too_small(self) -> Array:
        """Tell which replicates (R,) have a slope that is 0 only because it is too small for its floats."""
        none = self.gradients.slope == 0
        if flat_somewhere(self.layer.activation) or not none.any():
            return np.zeros(none.shape[:-2], dtype=bool)
        return (none & ~self.dead).any(axis=BOTH)

    def unless_nan(self, fraction: Array) -> Array:
        """Give a fraction of units (R,), or nan where some Z is nan, of which nobody knows the slope."""
        return np.where(np.isnan(self.seen.Z).any(axis=BOTH), np.nan, fraction)

    @cached_property
    def entries(self) -> int:
        """Count the entries of W."""
        return self.layer.fan_in * self.layer.fan_out

    @cached_property
    def centred_dW(self) -> tuple[Array, Array, Array]:
        """Give the entries of dW less their mean, and the mean."""
        return centred(self.gradients.dW)

    @cached_property
    def centred_A(self) -> tuple[Array, Array, Array]:
        """Give the entries of A less their mean, and the mean."""
        return centred(self.A)
