"""What a figure that does not hold is instead: under another reduction, so many times as much, transposed, or nothing of it."""

from dataclasses import replace

import numpy as np
import pytest

from tests.cases import SAMPLES, cell_of
from yann.check.instead import instead
from yann.engine.objective import Objective
from yann.parts.activations import Tanh
from yann.parts.losses import SquaredError
from yann.parts.reductions import REDUCTIONS

CELL = cell_of(Tanh(), Objective(SquaredError()), 5)
M = np.array([[0.3, -0.02, 1.7], [0.004, 0.9, -0.6], [2.1, 0.05, -0.8]])


def printed(values, digits=4):
    """Give values as they are printed, and half a unit of their last digits."""
    exponent = np.floor(np.log10(np.abs(values))) - (digits - 1)
    unit = 10.0**exponent
    return np.round(values / unit) * unit, unit / 2


def told(expected, *, reduction="mean", reduced=True, computed=M):
    """Say what some expected values, as they are printed, are of the computed ones."""
    cell = replace(CELL, objective=Objective(SquaredError(), REDUCTIONS[reduction]()))
    values, tolerance = printed(expected)
    return instead(values, computed, tolerance, cell, reduced=reduced)


@pytest.mark.parametrize("other", REDUCTIONS)
@pytest.mark.parametrize("own", REDUCTIONS)
def test_what_another_reduction_gives_is_told_by_its_factor_and_its_name(own, other):
    K = CELL.network.widths[-1]
    assert K not in {1, SAMPLES}
    factors = {name: part().factor(SAMPLES, K) for name, part in REDUCTIONS.items()}
    factor = factors[other] / factors[own]
    if factor == 1:
        return
    alike = [name for name in REDUCTIONS if factors[name] == factors[other]]
    assert told(factor * M, reduction=own) == f"{factor:.4g} × what is computed, as under the reduction {alike[0]}"
    number, _, words = told(factor * M, reduction=own, reduced=False).partition(" ")
    assert (float(number), words) == (pytest.approx(factor, rel=1e-3), "× what is computed")


@pytest.mark.parametrize("factor", [-1, 2.5, 7, 1e-3])
def test_any_other_factor_is_told_without_a_name(factor):
    assert told(factor * M) == f"{factor:.4g} × what is computed"


def test_a_transpose_is_told_with_or_without_a_factor():
    assert told(M.T) == "the transpose of what is computed; network.layout turns weights"
    assert told(5 * M.T, reduced=False) == "the transpose of 5 × what is computed; network.layout turns weights"
    assert told(M[:2].T, computed=M[:2, :3].T * 2) == "0.5 × what is computed"


@pytest.mark.parametrize("at", [(0, 0), (2, 1)])
def test_one_entry_that_fits_nothing_is_enough_for_silence(at):
    other = 4 * M
    other[at] *= 1.01
    assert told(other) == ""


SIZES = [(1e200, 5e196), (1e200, 0), (1e-300, 1e-304), (1e-310, 0), (1, 0), (1e205, 1e204)]


@pytest.mark.parametrize("times", [3, 1e100])
@pytest.mark.parametrize(("size", "tolerance"), SIZES)
def test_numbers_of_any_size_and_tolerance_are_told_or_passed_over_but_never_a_mistake(size, tolerance, times):
    sentence = instead(times * (M * size), M * size, np.full(M.shape, float(tolerance)), CELL, reduced=False)
    assert sentence in {"", f"{times:.4g} × what is computed"}
    if (size, times) in {(1e200, 3), (1e-300, 3), (1, 3)}:
        assert sentence


def test_nothing_is_said_of_a_single_number_that_no_reduction_explains_nor_of_zeros_or_nan():
    assert told(np.array([3.1]), computed=np.array([1.0])) == ""
    assert told(np.ones((2, 2)), computed=np.zeros((2, 2))) == ""
    assert told(np.ones((2, 2)), computed=np.full((2, 2), np.nan)) == ""


def test_counts_are_compared_like_all_else():
    assert told(np.array([3.0, 6.0]), computed=np.array([1, 2])) == "3 × what is computed, as under the reduction batch_mean"
    assert told(np.array([4.0, 8.0]), computed=np.array([1, 2]), reduced=False) == "4 × what is computed"
