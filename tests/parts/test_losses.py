"""Losses: what each is by hand, and the saturated cases; test_digits.py has their digits."""

import math

import numpy as np
import pytest

from tests.parts import references
from yann.parts.activations import ACTIVATIONS, Sigmoid
from yann.parts.losses import FEW, LOSSES, BinaryCrossEntropy, BinaryCrossEntropyWithLogits, CrossEntropy, Huber

EVERY = pytest.mark.parametrize("name", LOSSES)

# ℓ and ∂ℓ/∂ŷ of one row, worked out on paper
BY_HAND = {
    "output": ([3, -2], [1, 1], [3, -2], [1, 1]),
    "mse": ([3, -1], [1, 1], [4, 4], [4, -4]),
    "half_mse": ([3, -1], [1, 1], [2, 2], [2, -2]),
    "mae": ([3, -1], [1, 1.5], [2, 2.5], [1, -1]),
    "huber": ([3, 0.5], [1, 1], [1.5, 0.125], [1, -0.5]),
    "bce": ([0.25, 0.5], [1, 0], [math.log(4), math.log(2)], [-4, 2]),
    "bce_with_logits": ([math.log(3), 0], [1, 0], [math.log(4 / 3), math.log(2)], [-0.25, 0.5]),
    "cross_entropy": ([0, math.log(3)], [1, 0], [math.log(4)], [-0.75, 0.75]),
}


def both(loss, Y_hat, Y, dtype="float64"):
    """Give ℓ and ∂ℓ/∂ŷ of rows."""
    Y_hat, Y = (np.atleast_2d(np.array(M, dtype=dtype)) for M in (Y_hat, Y))
    with np.errstate(all="ignore"):
        return loss.f(Y_hat, Y), loss.df(Y_hat, Y)


def bce_with_logits(z, y):
    """Give ℓ and dz of one logit."""
    losses, dz = both(BinaryCrossEntropyWithLogits(), [z], [y])
    return losses[0, 0], dz[0, 0]


def test_every_loss_has_its_line_by_hand_and_its_reference():
    assert set(LOSSES) == set(BY_HAND) == {*references.LOSS, "cross_entropy"}


@EVERY
def test_a_loss_is_what_it_is_by_hand(name):
    Y_hat, Y, losses, derivatives = BY_HAND[name]
    got = both(LOSSES[name](), Y_hat, Y)
    assert got[0][0].tolist() == pytest.approx(losses, rel=4e-15)
    assert got[1][0].tolist() == pytest.approx(derivatives, rel=4e-15)


def test_hubers_delta_is_where_the_parabola_becomes_a_line():
    losses, slopes = both(Huber(delta=2.0), [2, 5, -5, 1], [0, 0, 0, 0])
    assert losses[0].tolist() == [2, 2 * (5 - 1), 2 * (5 - 1), 0.5]
    assert slopes[0].tolist() == [2, 2, -2, 1]


@EVERY
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_loss_keeps_the_precision_it_is_given(name, dtype):
    losses, derivatives = both(LOSSES[name](), *BY_HAND[name][:2], dtype)
    assert losses.dtype == derivatives.dtype == dtype


@EVERY
def test_nan_goes_through_a_loss(name):
    Y_hat, Y, _, _ = BY_HAND[name]
    losses, _ = both(LOSSES[name](), [math.nan, *Y_hat[1:]], Y)
    assert math.isnan(losses[0, 0])


@EVERY
def test_a_loss_leaves_its_inputs_alone(name):
    Y_hat, Y = (np.array([M], dtype=float) for M in BY_HAND[name][:2])
    kept = Y_hat.copy(), Y.copy()
    LOSSES[name]().f(Y_hat, Y)
    LOSSES[name]().df(Y_hat, Y)
    assert (Y_hat == kept[0]).all()
    assert (kept[1] == Y).all()


def test_the_derivative_of_an_absolute_error_at_its_kink_is_zero():
    _, slope = both(LOSSES["mae"](), [1.5, -2], [1.5, -2])
    assert slope.tolist() == [[0, 0]]
    assert "at 0 is 0" in LOSSES["mae"].formula()
    assert {name for name, part in LOSSES.items() if part().kinks()} == {"mae"}


# Nasty numbers: binary cross-entropy


def test_a_wrong_and_saturated_logit_costs_its_size_and_pulls_with_all_its_might():
    assert bce_with_logits(800, 0) == (800, 1)
    assert bce_with_logits(-800, 1) == (800, -1)


def test_a_right_and_saturated_logit_costs_nothing_and_pulls_nothing():
    for z, y in ((800, 1), (-800, 0)):
        loss, dz = bce_with_logits(z, y)
        assert loss == 0
        assert dz == 0
        assert math.copysign(1, loss) == 1


def test_a_logit_of_40_has_its_exact_loss_and_its_tiny_slope():
    assert bce_with_logits(40, 0)[0] == pytest.approx(40, rel=1e-15)
    assert bce_with_logits(-40, 1)[0] == pytest.approx(40, rel=1e-15)
    assert bce_with_logits(40, 1) == pytest.approx((4.24835426e-18, -4.24835426e-18), rel=1e-8, abs=0)


def test_an_infinite_logit_of_the_right_class_costs_nothing():
    assert bce_with_logits(math.inf, 1) == (0, 0)
    assert bce_with_logits(-math.inf, 0) == (0, 0)
    assert bce_with_logits(math.inf, 0) == (math.inf, 1)
    assert bce_with_logits(-math.inf, 1) == (math.inf, -1)


def test_certain_probabilities_cost_nothing_where_right_and_everything_where_wrong():
    losses, derivatives = both(BinaryCrossEntropy(), [1, 0, 1, 0], [1, 0, 0, 1])
    assert losses[0].tolist() == [0, 0, math.inf, math.inf]
    assert derivatives[0].tolist() == [-1, 1, math.inf, -math.inf]


def test_after_a_sigmoid_binary_cross_entropy_is_that_of_the_logits():
    loss = BinaryCrossEntropy()
    assert loss.on_logits(Sigmoid()) == BinaryCrossEntropyWithLogits()
    assert all(loss.on_logits(part()) is None for name, part in ACTIVATIONS.items() if name != "sigmoid")
    z, y = np.linspace(-6, 6, 25), np.linspace(0, 1, 25)
    sigma = ACTIVATIONS["sigmoid"]()
    A = sigma.f(z)
    losses, dA = both(loss, A, y)
    on_logits, dz = both(BinaryCrossEntropyWithLogits(), z, y)
    np.testing.assert_allclose(losses, on_logits, rtol=1e-12)
    np.testing.assert_allclose(dA * sigma.df(z, A), dz, rtol=1e-11, atol=1e-15)


# Nasty numbers: cross-entropy


def test_cross_entropy_of_enormous_logits_is_finite():
    losses, dz = both(CrossEntropy(), [1e4, 0, -1e4], [0, 0, 1])
    assert losses.tolist() == [[2e4]]
    assert dz.tolist() == [[1, 0, -1]]


def test_logits_shifted_together_change_nothing_whatever_the_other_samples_are():
    """Softmax knows differences only: what is taken off against overflow is each sample's own."""
    losses, dz = both(CrossEntropy(), [[2000, 2001], [0, 1], [-2000, -1999]], [[1, 0]] * 3)
    assert losses.ravel().tolist() == pytest.approx([math.log(1 + math.e)] * 3, rel=4e-15)
    p = math.e / (1 + math.e)
    assert dz.ravel().tolist() == pytest.approx([-p, p] * 3, rel=4e-15)


def test_the_gradient_of_a_confident_and_right_class_is_tiny_and_not_zero():
    _, dz = both(CrossEntropy(), [40, 0], [1, 0])
    assert dz[0].tolist() == pytest.approx([-4.24835426e-18, 4.24835426e-18], rel=1e-8, abs=0)


@pytest.mark.parametrize("k", [3, FEW, FEW + 1, 1000])
def test_of_however_many_classes_the_certain_one_keeps_every_digit_of_its_doubt(k):
    _, dz = both(CrossEntropy(), [0] * (k - 1) + [40], [0] * (k - 1) + [1])
    doubt = math.exp(-40)
    total = 1 + (k - 1) * doubt
    assert np.allclose(dz, [doubt / total] * (k - 1) + [-(k - 1) * doubt / total], rtol=1e-14, atol=0)


@pytest.mark.parametrize("k", [FEW, FEW + 1])
def test_of_however_many_classes_soft_targets_are_weighed(k):
    z = np.sin(np.arange(k))
    y = np.arange(1, k + 1) / 7
    _, dz = both(CrossEntropy(), z, y)
    e = np.exp(z - z.max())
    assert np.allclose(dz, e / e.sum() * y.sum() - y, rtol=1e-12, atol=1e-13)


def test_the_loss_of_a_confident_and_right_class_is_tiny_and_not_zero():
    losses, _ = both(CrossEntropy(), [40, 0], [1, 0])
    assert losses[0, 0] == pytest.approx(4.24835426e-18, rel=1e-8, abs=0)


def test_an_impossible_class_that_is_not_the_target_costs_nothing():
    losses, dz = both(CrossEntropy(), [0, -math.inf, 0], [1, 0, 0])
    assert losses[0, 0] == pytest.approx(math.log(2))
    assert dz[0].tolist() == [-0.5, 0, 0.5]


def test_one_class_alone_is_always_right():
    losses, dz = both(CrossEntropy(), [[3], [-2]], [[1], [1]])
    assert (losses == 0).all()
    assert (dz == 0).all()


@pytest.mark.parametrize("rows", [[0.2, 0.3, 0.5], [0.3333333] * 3])
def test_the_gradient_of_cross_entropy_is_that_of_its_own_formula_for_soft_targets(rows):
    """-Σ y·ln softmax(z) has the derivative p·Σy - y, and rows count as distributions if Σy is 1 within 1e-6."""
    z, y = np.array([0.1, -0.4, 0.7]), np.array(rows)
    _, dz = both(CrossEntropy(), z, y)
    p = np.exp(z) / np.exp(z).sum()
    np.testing.assert_allclose(dz[0], p * y.sum() - y, rtol=1e-12)
