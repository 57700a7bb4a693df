"""Metrics: what is measured of a layer, one number a replicate, always accumulated in float64."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from yann.engine.scaling import added
from yann.registry import Part, Registry
from yann.shapes import Array
from yann.study.entries import Entries, value
from yann.study.moment import BOTH, Moment


class Metric(Part):
    """A number that tells how a layer is doing."""

    of_updates: ClassVar[bool] = False
    """Whether it needs an update, and so a config with steps."""

    def measure(self, m: Moment) -> Array:
        """Give the metric of each replicate (R,) in float64."""
        raise NotImplementedError


METRICS: Registry[Metric] = Registry("metric", Metric)


@METRICS.add("dW_norm")
class GradientNorm(Metric):
    """‖dW‖, the Frobenius norm of ∂J/∂W"""

    def measure(self, m: Moment) -> Array:
        return value(*m.of_dW.norm)


@METRICS.add("dW_rms")
class GradientRms(Metric):
    """‖dW‖/√(fan_in·fan_out), the root mean square entry"""

    def measure(self, m: Moment) -> Array:
        return value(*m.of_dW.rms)


@METRICS.add("dW_mean")
class GradientMean(Metric):
    """the mean entry of dW"""

    def measure(self, m: Moment) -> Array:
        return value(*m.of_dW.mean)


@METRICS.add("dW_std")
class GradientStd(Metric):
    """the standard deviation of the entries of dW, over all of them"""

    def measure(self, m: Moment) -> Array:
        return value(*m.of_dW.std)


@METRICS.add("dW_min")
class GradientMin(Metric):
    """the least entry of dW"""

    def measure(self, m: Moment) -> Array:
        return m.gradients.dW.min(axis=BOTH).astype(np.float64)


@METRICS.add("dW_max")
class GradientMax(Metric):
    """the greatest entry of dW"""

    def measure(self, m: Moment) -> Array:
        return m.gradients.dW.max(axis=BOTH).astype(np.float64)


@METRICS.add("dW_zero_fraction")
class GradientZeros(Metric):
    """the fraction of the entries of dW that are exactly 0"""

    def measure(self, m: Moment) -> Array:
        return (m.gradients.dW == 0).mean(axis=BOTH, dtype=np.float64)


@METRICS.add("log10_dW_rms")
class GradientDecades(Metric):
    """log10 of dW_rms, true even where dW itself is beyond the range of its numbers"""

    def measure(self, m: Moment) -> Array:
        f, e = m.true_dW_norm
        decades: Array = np.log10(f / math.sqrt(m.of_dW.count))
        return decades if e is None else decades + e * math.log10(2)


@METRICS.add("db_norm")
class BiasGradientNorm(Metric):
    """‖Σₙ dZ‖, the norm of the bias's gradient, whether or not the layer has a bias"""

    def measure(self, m: Moment) -> Array:
        return value(*Entries(m.gradients.db).norm)


@METRICS.add("dZ_rms")
class PreactivationGradientRms(Metric):
    """the root mean square entry of ∂J/∂Z"""

    def measure(self, m: Moment) -> Array:
        return value(*m.of_dZ.rms)


@METRICS.add("A_mean")
class ActivationMean(Metric):
    """the mean entry of A"""

    def measure(self, m: Moment) -> Array:
        return value(*m.of_A.mean)


@METRICS.add("A_std")
class ActivationStd(Metric):
    """the standard deviation of the entries of A, over samples and units"""

    def measure(self, m: Moment) -> Array:
        return value(*m.of_A.std)


@METRICS.add("A_rms")
class ActivationRms(Metric):
    """the root mean square entry of A"""

    def measure(self, m: Moment) -> Array:
        return value(*m.of_A.rms)


@METRICS.add("dead_fraction")
class DeadUnits(Metric):
    """the fraction of units whose slope φ'(Z)∘s is 0 for every sample"""

    def measure(self, m: Moment) -> Array:
        return m.unless_nan(m.dead.all(axis=-2).mean(axis=-1, dtype=np.float64))


SATURATED = 0.01


@METRICS.add("saturated_fraction")
class SaturatedUnits(Metric):
    """the fraction of entries whose slope is at most 1 % of the activation's steepest"""

    def measure(self, m: Moment) -> Array:
        slope = np.abs(m.gradients.slope)
        return m.unless_nan((slope <= SATURATED * m.layer.activation.steepest()).mean(axis=BOTH, dtype=np.float64))


@METRICS.add("update_ratio")
class UpdateRatio(Metric):
    """‖ΔW‖/‖W‖ of the update that follows; none follows the last step"""

    of_updates = True

    def measure(self, m: Moment) -> Array:
        if m.after is None:
            return np.full(m.theta.W.shape[:-2], np.nan)
        f, e = Entries(m.after.W - m.theta.W).norm
        f_of_W, e_of_W = Entries(m.theta.W).norm
        return value(f / f_of_W, added(e, None if e_of_W is None else -e_of_W))
