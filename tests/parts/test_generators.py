"""Generators: what each draws, held against its formula."""

import numpy as np
import pytest

from yann.engine.streams import NOTHING
from yann.parts.generators import GENERATORS, FixedError, NormalData, UniformData

EVERY = pytest.mark.parametrize("name", GENERATORS)
# mean and standard deviation of a (2000, 4) matrix, worked out on paper
BY_HAND = {
    "ones": (1, 0),
    "zeros": (0, 0),
    "normal": (0, 1),
    "uniform": (1 / 2, 12**-0.5),
    "bits": (1 / 2, 1 / 2),
    "classes": (1 / 4, (3 / 16) ** 0.5),
    "error": (-1, 0),
}


def draw(part, shape=(2000, 4), seed=1):
    """Draw data."""
    return part.draw(np.random.default_rng(seed), shape)


def test_every_generator_has_its_line_by_hand():
    assert set(GENERATORS) == set(BY_HAND)


@EVERY
def test_a_generator_draws_what_its_formula_says(name):
    values = draw(GENERATORS[name]())
    mean, std = BY_HAND[name]
    assert values.shape == (2000, 4)
    assert values.dtype == np.float64
    assert values.mean() == pytest.approx(mean, abs=5 * std / np.sqrt(values.size))
    assert values.std() == pytest.approx(std, rel=0.05)


@EVERY
def test_a_rule_asks_for_random_numbers_or_says_that_it_does_not(name):
    part = GENERATORS[name]()
    assert part.random == (BY_HAND[name][1] > 0)
    if not part.random:
        assert (part.draw(NOTHING, (2000, 4)) == draw(part)).all()


@EVERY
def test_what_claims_to_lie_in_the_unit_interval_does(name):
    part = GENERATORS[name]()
    values = draw(part)
    inside = bool(((values >= 0) & (values <= 1)).all())
    assert part.in_unit_interval() == inside


@pytest.mark.parametrize(("low", "high", "inside"), [(0.0, 1.0, True), (0.2, 0.3, True), (-0.1, 1.0, False), (0.0, 1.1, False)])
def test_whether_uniform_numbers_lie_in_the_unit_interval_depends_on_their_bounds(low, high, inside):
    assert UniformData(low=low, high=high).in_unit_interval() == inside
    values = draw(UniformData(low=low, high=high))
    assert ((values >= low) & (values <= high)).all()


def test_bits_are_bits_and_classes_are_one_hot():
    assert set(np.unique(draw(GENERATORS["bits"]()))) == {0, 1}
    classes = draw(GENERATORS["classes"]())
    assert set(np.unique(classes)) == {0, 1}
    assert (classes.sum(axis=1) == 1).all()


def test_settings_do_what_their_formula_says():
    assert draw(NormalData(mean=2.0, std=0.5)) == pytest.approx(2 + 0.5 * draw(NormalData()))
    assert (draw(FixedError(value=0.25)) == -0.25).all()
    assert FixedError.relative
    assert FixedError.targets_only
