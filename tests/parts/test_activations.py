"""Activations: what each is by hand, and what they do far out, at kinks and to nan; test_digits.py has their digits."""

import math

import numpy as np
import pytest

from tests.parts import references
from yann.parts.activations import ACTIVATIONS, ELU, SELU_ALPHA, SELU_SCALE, LeakyReLU

EVERY = pytest.mark.parametrize("name", ACTIVATIONS)
# φ at one point and φ' at another, worked out on paper
BY_HAND = {
    "identity": ((-3, -3), (-3, 1)),
    "relu": ((2, 2), (-2, 0)),
    "leaky_relu": ((-2, -0.02), (-2, 0.01)),
    "elu": ((math.log(0.5), -0.5), (math.log(0.5), 0.5)),
    "selu": ((1, 1.0507009873554805), (math.log(0.5), 1.0507009873554805 * 1.6732632423543773 / 2)),
    "softplus": ((0, math.log(2)), (math.log(3), 0.75)),
    "sigmoid": ((math.log(3), 0.75), (math.log(3), 3 / 16)),
    "tanh": ((math.log(2), 0.6), (math.log(2), 0.64)),
    "silu": ((math.log(3), 0.75 * math.log(3)), (0, 0.5)),
    "gelu": ((1, 0.8413447460685429), (0, 0.5)),  # Φ(1) from any table
    "gelu_tanh": ((1, 0.8411919906082768), (0, 0.5)),  # (1 + tanh(√(2/π)·1.044715))/2
}
AT_KINKS = {"relu": 0, "leaky_relu": 0.01, "elu": 1, "selu": SELU_SCALE * SELU_ALPHA}
# φ(-∞), φ(∞), φ'(-∞), φ'(∞)
LIMITS = {
    "identity": (-math.inf, math.inf, 1, 1),
    "relu": (0, math.inf, 0, 1),
    "leaky_relu": (-math.inf, math.inf, 0.01, 1),
    "elu": (-1, math.inf, 0, 1),
    "selu": (-SELU_SCALE * SELU_ALPHA, math.inf, 0, SELU_SCALE),
    "softplus": (0, math.inf, 0, 1),
    "sigmoid": (0, 1, 0, 0),
    "tanh": (-1, 1, 0, 0),
    "silu": (0, math.inf, 0, 1),
    "gelu": (0, math.inf, 0, 1),
    "gelu_tanh": (0, math.inf, 0, 1),
}


def both(activation, z, dtype="float64"):
    """Give φ and φ' at points."""
    Z = np.atleast_1d(np.array(z, dtype=dtype))
    with np.errstate(all="ignore"):
        A = activation.f(Z)
        return A, activation.df(Z, A)


def test_every_activation_has_its_line_by_hand_its_reference_and_its_limits():
    assert set(ACTIVATIONS) == set(BY_HAND) == set(references.ACTIVATION) == set(LIMITS)
    assert {name for name, part in ACTIVATIONS.items() if part().kinks()} == set(AT_KINKS)


@EVERY
def test_an_activation_is_what_it_is_by_hand(name):
    (z, A), (at, slope) = BY_HAND[name]
    part = ACTIVATIONS[name]()
    assert both(part, z)[0][0] == pytest.approx(A, rel=4e-15)
    assert both(part, at)[1][0] == pytest.approx(slope, rel=4e-15)


@EVERY
def test_a_slope_at_a_kink_is_the_documented_one(name):
    part = ACTIVATIONS[name]()
    for kink in part.kinks():
        assert both(part, kink)[1][0] == AT_KINKS[name]
        assert both(part, -kink)[1][0] == AT_KINKS[name]
    if 0 in part.kinks():
        assert "φ'(0)" in part.formula()


@EVERY
def test_where_a_slope_jumps_there_is_a_kink(name):
    part, Z = ACTIVATIONS[name](), np.linspace(-8, 8, 16_001)
    steep = np.flatnonzero(np.abs(np.diff(both(part, Z)[1])) > 0.05)  # no smooth slope changes so soon
    assert all(any(Z[at] <= kink <= Z[at + 1] for kink in part.kinks()) for at in steep)


def test_the_slopes_of_other_settings_at_their_kinks_are_the_documented_ones():
    assert both(LeakyReLU(slope=0.3), 0)[1][0] == 0.3
    assert both(ELU(alpha=0.3), 0)[1][0] == 0.3
    assert both(LeakyReLU(slope=0.3), -2)[0][0] == -0.6
    assert both(ELU(alpha=0.3), math.log(0.5))[0][0] == pytest.approx(-0.15, rel=1e-15)


def test_a_leaky_slope_above_1_is_still_the_one_to_the_left():
    """max(z, slope·z), as some have it, would turn it to the right."""
    A, slopes = both(LeakyReLU(slope=2.0), [-3, 3])
    assert A.tolist() == [-6, 3]
    assert slopes.tolist() == [2, 1]


@EVERY
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_an_activation_keeps_the_precision_it_is_given(name, dtype):
    A, slope = both(ACTIVATIONS[name](), [-1.5, 0, 2], dtype)
    assert A.dtype == slope.dtype == dtype


@EVERY
def test_nan_goes_through_an_activation(name):
    A, _ = both(ACTIVATIONS[name](), [math.nan, 1.0])
    assert math.isnan(A[0])
    assert not math.isnan(A[1])


@EVERY
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("beside", [math.nan, math.inf, -math.inf, 1e4])
def test_what_stands_beside_a_number_changes_no_digit_of_it(name, dtype, beside):
    """Replicates share arrays, and what became of one is no matter of the others."""
    far = {"float64": 745, "float32": 103}[dtype]
    z = [0.5, *np.linspace(0.35 * far, far, 60), *np.linspace(-far, -0.35 * far, 60)]
    alone = [both(ACTIVATIONS[name](), [each], dtype) for each in z]
    A, slope = both(ACTIVATIONS[name](), [beside, *z], dtype)
    np.testing.assert_array_equal(A[1:], np.concatenate([of_one for of_one, _ in alone]))
    np.testing.assert_array_equal(slope[1:], np.concatenate([of_one for _, of_one in alone]))


@EVERY
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("far", ["inf", "max"])
def test_an_activation_has_its_limits_far_out(name, dtype, far):
    z = math.inf if far == "inf" else float(np.finfo(dtype).max)
    (low, high), slopes = both(ACTIVATIONS[name](), [-z, z], dtype)
    for value, limit, slope in zip((low, high), LIMITS[name][:2], slopes, strict=True):
        if math.isfinite(limit):
            assert value == pytest.approx(limit, rel=1e-6)
        else:  # the slope is what the values grow by, and selu's is above 1
            with np.errstate(over="ignore"):
                assert value == pytest.approx(
                    np.array(limit if far == "inf" else math.copysign(z, limit) * float(slope), dtype), rel=1e-6
                )
    assert slopes.tolist() == pytest.approx(LIMITS[name][2:], rel=1e-6, abs=0)


@EVERY
def test_the_steepest_slope_is_the_steepest_slope(name):
    part = ACTIVATIONS[name]()
    Z = np.concatenate([np.linspace(-10, 10, 200_001), [0.0]])
    assert np.abs(both(part, Z)[1]).max() == pytest.approx(part.steepest(), rel=2e-4)


@EVERY
def test_an_activation_leaves_its_input_alone(name):
    Z = np.linspace(-3, 3, 13)
    before = Z.copy()
    part = ACTIVATIONS[name]()
    A = part.f(Z)
    kept = A.copy()
    part.df(Z, A)
    assert (before == Z).all()
    assert (kept == A).all()


# Nasty numbers: the plausible forms give 0 where the truth is tiny


def test_slopes_of_saturated_units_are_tiny_and_not_zero():
    assert both(ACTIVATIONS["tanh"](), 20)[1][0] == pytest.approx(1.69934170e-17, rel=1e-8, abs=0)
    assert both(ACTIVATIONS["tanh"](), -20)[1][0] == pytest.approx(1.69934170e-17, rel=1e-8, abs=0)
    assert both(ACTIVATIONS["sigmoid"](), 40)[1][0] == pytest.approx(4.24835426e-18, rel=1e-8, abs=0)
    assert both(ACTIVATIONS["sigmoid"](), -40)[1][0] == pytest.approx(4.24835426e-18, rel=1e-8, abs=0)


def test_silu_far_to_the_left_is_minus_zero_and_flat():
    for z in (-1e308, -math.inf):
        A, slope = both(ACTIVATIONS["silu"](), z)
        assert A[0] == 0
        assert math.copysign(1, A[0]) == -1
        assert slope[0] == 0


def test_silu_is_least_at_its_minimum():
    z = -1.278464542761
    A, slope = both(ACTIVATIONS["silu"](), z)
    assert A[0] == pytest.approx(-0.278464542761, abs=1e-12)
    assert slope[0] == pytest.approx(0, abs=1e-12)


def test_relu_hides_no_nan_and_sends_minus_infinity_to_zero():
    A, _ = both(ACTIVATIONS["relu"](), [math.nan, -math.inf])
    assert math.isnan(A[0])
    assert A[1] == 0


# Gains: PyTorch's calculate_gain, from its documentation
GAINS = {
    "identity": 1,
    "sigmoid": 1,
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "leaky_relu": math.sqrt(2 / (1 + 0.01**2)),
    "selu": 0.75,
}


@EVERY
def test_a_gain_is_the_known_one_or_none(name):
    assert ACTIVATIONS[name]().gain() == (pytest.approx(GAINS[name]) if name in GAINS else None)
