"""Tolerances: how far off a computed number may be is read from how the printed one is spelled, or is told."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.config.texts import plan
from yann.check.tolerance import FLOAT32, ROUNDING, SAME_PRECISION, TOLERANCES, half_a_unit
from yann.config.expect import expectations

# How a number is spelled, and half a unit of the last digit that is printed
HALVES = {
    "0.25": 5e-3,
    "0.3": 5e-2,
    "2.50": 5e-3,
    "2.500": 5e-4,
    "-0.0648": 5e-5,
    "+1.5": 5e-2,
    ".5": 5e-2,
    "-.25": 5e-3,
    "5.": 0.5,
    "0.000": 5e-4,
    "0.870124846460152": 5e-16,
    "1e-3": 5e-4,
    "1.0e-3": 5e-5,
    "1.00E-3": 5e-6,
    "6e2": 50,
    "6.5e2": 5,
    "-6.25e+2": 0.5,
    "1e0": 0.5,
    "0e3": 500,
}
EXACT = ("0", "7", "-12", "+3", "600", "1000000", "0x1f", "0o17")  # whole numbers, as counts and shapes are


@pytest.mark.parametrize(("spelled", "half"), HALVES.items())
def test_a_printed_number_may_be_off_by_half_a_unit_of_its_last_digit(spelled, half):
    assert half_a_unit(spelled) == pytest.approx(half, rel=1e-12, abs=0)


@pytest.mark.parametrize("spelled", EXACT)
def test_a_whole_number_is_exact(spelled):
    assert half_a_unit(spelled) == 0


@pytest.mark.parametrize("spelled", ["0e999", "0.0e9999", "0e-999"])
def test_a_nought_of_any_exponent_has_a_tolerance_and_no_bug(spelled):
    assert half_a_unit(spelled) >= 0


@given(st.floats(-1e6, 1e6), st.integers(1, 9), st.sampled_from("fe"))
def test_what_rounding_took_off_a_number_is_within_its_tolerance_and_a_unit_is_not(value, digits, form):
    spelled = f"{value:.{digits}{form}}"
    half, printed = half_a_unit(spelled), float(spelled)
    noise = 1e-15 * max(1.0, abs(value))
    assume(half > 100 * noise)
    assert abs(value - printed) <= half + noise
    assert abs(value - (printed + math.copysign(2 * half, printed - value))) > half


def test_digits_look_at_each_number_by_itself():
    values = np.array([[0.25, 3.0], [-0.5, 600.0]])
    given_by = TOLERANCES["digits"](values, ["0.25", "3", "-0.500", "6e2"])
    np.testing.assert_allclose(given_by, [[5e-3, 0], [5e-4, 50]], rtol=1e-9, atol=1e-12)


def test_a_whole_number_leaves_room_for_the_order_of_a_sum_and_for_nothing_else():
    """The largest entry, 600, sets what its neighbours' sums may lose: 6e-13."""
    (tolerance, _) = TOLERANCES["digits"](np.array([1.0, 600.0]), ["1", "600"])
    assert tolerance == pytest.approx(600 * ROUNDING, rel=1e-12)
    assert tolerance < 1e-12


# Of a figure whose largest entry is 4 in size
BY_HAND = {
    "float32": 4 * 3 / 16_777_216,
    "float64": 4e-12,
}


def test_float64_is_one_tolerance_for_the_whole_figure():
    told = TOLERANCES["float64"](np.array([[0.5, -4.0], [0.0, 1.0]]), ["0.5", "-4", "0", "1"])
    np.testing.assert_allclose(told, np.full((2, 2), BY_HAND["float64"]), rtol=1e-12, atol=0)


PRINTED = {  # a number beside 4.0 in an array of single precision: what is left out where NumPy stops at eight decimals
    "0.5": 0,
    "0.3333333": 0,
    "0.33333334": 5e-9,
    "-0.00649041": 5e-9,
    "0.033333335": 0,
    "0.044444445": 0,
    "3.3333e-04": 5e-9,
    "3.3333334e-05": 0,
}


@pytest.mark.parametrize(("spelled", "left_out"), PRINTED.items())
def test_float32_is_three_roundings_and_what_is_left_out_after_eight_decimals(spelled, left_out):
    told = TOLERANCES["float32"](np.array([float(spelled), -4.0]), [spelled, "-4.0"])
    np.testing.assert_allclose(told, [BY_HAND["float32"] + left_out, BY_HAND["float32"]], rtol=1e-9, atol=0)


def test_a_whole_number_is_exact_in_single_precision_too():
    told = TOLERANCES["float32"](np.array([[0.5, -4.0], [0.0, 1.0]]), ["0.5", "-4", "0", "1"])
    np.testing.assert_allclose(told, [[BY_HAND["float32"], 0], [0, 0]], rtol=1e-9, atol=5e-15)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=9))
def test_what_single_precision_and_eight_decimals_take_off_a_number_is_within_float32(values):
    exact = np.array(values)
    spelled = [f"{np.float32(value):.8f}" for value in values]
    printed = np.array(list(map(float, spelled)))
    assert (np.abs(exact - printed) <= TOLERANCES["float32"](printed, spelled)).all()


@given(st.floats(0.1, 1e3))
def test_single_precision_is_not_good_enough_for_float64(value):
    printed = np.array(float(np.float32(value)))
    assume(abs(value - printed) > 1e-9 * value)
    assert abs(value - printed) > TOLERANCES["float64"](printed, [""])


def test_a_nought_alone_is_exact_whatever_its_tolerance_is_a_part_of():
    for name in ("float32", "float64", "digits"):
        assert TOLERANCES[name](np.array(0.0), ["0"]) == 0


def test_the_tolerances_are_in_their_order():
    assert ROUNDING < SAME_PRECISION < FLOAT32
    assert list(TOLERANCES) == ["digits", "float32", "float64"]


# Through a config: the tolerance of a block, that of one of its figures, and what W1, which is [[1, 2], [3, 4]], may be off by
NET = "network: {weights: [[[1, 2], [3, 4]]]}\ndata: {inputs: [[1, 0], [0, 1]], targets: zeros}\n"
CHOSEN = {
    "digits where nothing is told": ("", "[[1, 2.0], [3.00, 4e0]]", [[4e-15, 0.05], [0.005, 0.5]]),
    "digits by name": ("tolerance: digits", "[[1, 2.0], [3.00, 4e0]]", [[4e-15, 0.05], [0.005, 0.5]]),
    "float32 of the largest entry": ("tolerance: float32", "[[1, 2.0], [3.0, 4.0]]", [[4e-15, 7.15e-7], [7.15e-7, 7.15e-7]]),
    "float64 of the largest entry": ("tolerance: float64", "[[1, 2.0], [3, 4]]", [[4e-12] * 2] * 2),
    "a number as it is": ("tolerance: 0.125", "[[1, 2.0], [3, 4]]", [[0.125] * 2] * 2),
    "a whole number as it is": ("tolerance: 2", "[[1, 2.0], [3, 4]]", [[2] * 2] * 2),
    "a figure's own number beats the block's word": ("tolerance: float64", "{every: 4.0, tolerance: 3.5}", 3.5),
    "a figure's own word beats the block's number": ("tolerance: 0.125", "{every: 4.0, tolerance: float64}", 4e-12),
    "a figure's own word beats the default": ("", "{every: 4.0, tolerance: float64}", 4e-12),
    "digits for one figure alone": ("tolerance: float64", "{every: 4.00, tolerance: digits}", 5e-3),
    "the block's for a figure that has none": ("tolerance: 0.125", "{every: 4.0}", 0.125),
    "digits of every row": ("", "{every_row: [1.5, 2.25]}", [5e-2, 5e-3]),
    "digits of a value in a mapping": ("", "{value: [[1, 2.0], [3.00, 4e0]]}", [[4e-15, 0.05], [0.005, 0.5]]),
    "float32 of every row": ("tolerance: float32", "{every_row: [1, -4.0]}", [4e-15, 7.15e-7]),
}


@pytest.mark.parametrize("sentence", CHOSEN)
def test_a_config_says_how_far_off_a_figure_may_be(sentence):
    block, figure, tolerances = CHOSEN[sentence]
    text = f"{NET}expect: {{{block}{', ' if block else ''}figures: {{W1: {figure}}}}}"
    (told,) = expectations(plan(text))
    assert told.tolerances.shape == told.values.shape
    np.testing.assert_allclose(told.tolerances, tolerances, rtol=1e-3, atol=1e-14)


def test_a_figures_own_tolerance_is_nobody_elses():
    text = NET + "expect: {tolerance: float64, figures: {W1: {every: 4, tolerance: 3.5}, Z1: {every: 4}}}"
    own, other = expectations(plan(text))
    assert own.tolerances == 3.5
    assert other.tolerances == pytest.approx(4e-12)
