"""Reductions: each one's factor by hand, for 6 samples and 4 outputs, and what it keeps."""

import numpy as np
import pytest

from yann.parts.reductions import REDUCTIONS

N, K = 6, 4
BY_HAND = {"mean": 1 / 24, "sum": 1, "batch_mean": 1 / 6, "feature_mean": 1 / 4, "none": 1, "per_sample": 1 / 4}
KEEPING = {"none": (N, K), "per_sample": (N,)}
LOSSES = np.arange(1.0, 1 + N * K).reshape(1, N, K)  # one replicate; 300 in all
EVERY = pytest.mark.parametrize("name", REDUCTIONS)


def test_every_reduction_has_its_line_by_hand():
    assert set(REDUCTIONS) == set(BY_HAND)


@EVERY
def test_a_factor_is_what_it_is_by_hand(name):
    assert REDUCTIONS[name]().factor(N, K) == BY_HAND[name]


@EVERY
def test_what_is_kept_sums_to_the_number_whose_gradient_is_taken(name):
    kept = REDUCTIONS[name]().kept(LOSSES)
    assert kept.shape == (1, *KEEPING.get(name, ()))
    assert kept.sum() == pytest.approx(300 * BY_HAND[name], rel=1e-15)


def test_kept_losses_are_the_elements_or_the_means_over_features():
    assert (REDUCTIONS["none"]().kept(LOSSES) == LOSSES).all()
    assert REDUCTIONS["per_sample"]().kept(LOSSES)[0].tolist() == [2.5, 6.5, 10.5, 14.5, 18.5, 22.5]


@EVERY
def test_a_single_loss_is_itself_under_every_reduction(name):
    value = np.array([[[0.1]]])
    assert REDUCTIONS[name]().factor(1, 1) == 1
    assert REDUCTIONS[name]().kept(value).ravel().tolist() == [0.1]


def test_mean_and_sum_of_one_sample_and_one_output_are_the_same_bits():
    value = np.random.default_rng(0).normal(size=(5, 1, 1))
    assert REDUCTIONS["mean"]().kept(value).tobytes() == REDUCTIONS["sum"]().kept(value).tobytes()


@EVERY
def test_every_replicate_is_reduced_by_itself(name):
    reduction = REDUCTIONS[name]()
    stack = np.concatenate([LOSSES, 2 * LOSSES])
    assert (reduction.kept(stack)[1] == reduction.kept(2 * LOSSES)[0]).all()


@EVERY
def test_what_is_kept_of_single_precision_losses_is_double(name):
    assert REDUCTIONS[name]().kept(LOSSES.astype(np.float32)).dtype == np.float64


@pytest.mark.parametrize("name", ["mean", "sum", "batch_mean", "feature_mean", "per_sample"])
def test_single_precision_losses_are_accumulated_in_double(name):
    losses = np.full((1, 100_000, 4), 0.1, dtype=np.float32)
    kept = np.sum(REDUCTIONS[name]().kept(losses))
    assert kept == pytest.approx(float(np.float32(0.1)) * 400_000 * REDUCTIONS[name]().factor(100_000, 4), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "right"), [("mean", 1.5e308), ("batch_mean", 1.5e308), ("per_sample", 1.5e308), ("sum", np.inf)]
)
def test_a_mean_is_in_range_wherever_its_losses_are(name, right):
    """The sum on the way to it is not."""
    with np.errstate(over="ignore", invalid="ignore"):
        kept = REDUCTIONS[name]().kept(np.array([[[1.5e308]] * 3, [[1.0], [2.0], [np.inf]], [[1.0], [-np.inf], [np.inf]]]))
    assert np.ravel(kept[0]) == pytest.approx(right)
    assert np.isinf(kept[1]).any()
    assert name == "per_sample" or np.isnan(kept[2])
