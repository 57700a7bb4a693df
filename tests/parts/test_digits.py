"""Digits: every activation, loss and derivative is within four units in the last place of 60 digits of mpmath, at any size."""

import math
from functools import cache

import mpmath as mp
import numpy as np
import pytest

from tests.parts import references
from tests.parts.points import pairs, points, rows
from tests.parts.references import lifted, variable
from yann.parts.activations import ACTIVATIONS, ELU, LeakyReLU
from yann.parts.digits import BLOCK
from yann.parts.losses import LOSSES, Huber

ULPS = 4
PRECISIONS = pytest.mark.parametrize("dtype", ["float64", "float32"])
# Every part as it comes, and some with other settings
PHI = [*(part() for _, part in ACTIVATIONS.items()), LeakyReLU(slope=0.3), LeakyReLU(slope=1e300), ELU(alpha=0.3), ELU(alpha=1e5)]
ELEMENTWISE = [
    *(part() for _, part in LOSSES.items() if not part.classes),
    Huber(delta=0.1),
    Huber(delta=1e150),
    Huber(delta=1e-20),
]


@cache
def slopes_of(part, dtype):
    """Give points, φ of them as numbers that know their slope, and what the part makes of them."""
    Z = points(dtype)
    with mp.workdps(references.DIGITS):
        exact = [references.ACTIVATION[part.name](variable(z), part) for z in Z.tolist()]
    with np.errstate(all="ignore"):
        A = part.f(Z)
        return exact, A, part.df(Z, A), Z.tolist()


@cache
def losses_of(loss, dtype):
    """Give the same of a loss, at pairs of a prediction and a target."""
    P, Y = pairs(dtype, probable_targets=loss.probabilities, probabilities=loss.name == "bce")
    with mp.workdps(references.DIGITS):
        exact = [references.LOSS[loss.name](variable(p), mp.mpf(y), loss) for p, y in zip(P.tolist(), Y.tolist(), strict=True)]
    with np.errstate(all="ignore"):
        return exact, loss.f(P[:, None], Y[:, None])[:, 0], loss.df(P[:, None], Y[:, None])[:, 0], list(zip(P, Y, strict=True))


@PRECISIONS
@pytest.mark.parametrize("part", PHI, ids=str)
def test_an_activation_keeps_its_digits_everywhere(part, dtype):
    exact, A, _, at = slopes_of(part, dtype)
    assert len(at) > 950
    assert misses(A, [jet.value for jet in exact], at=at) == []


@PRECISIONS
@pytest.mark.parametrize("part", PHI, ids=str)
def test_a_slope_keeps_its_digits_everywhere(part, dtype):
    exact, _, slopes, at = slopes_of(part, dtype)
    assert misses(slopes, [jet.slope for jet in exact], [jet.size for jet in exact], at=at) == []


@PRECISIONS
@pytest.mark.parametrize("loss", ELEMENTWISE, ids=str)
def test_a_loss_keeps_its_digits_everywhere(loss, dtype):
    exact, losses, _, at = losses_of(loss, dtype)
    assert len(at) > 950
    assert misses(losses, [jet.value for jet in exact], at=at) == []


@PRECISIONS
@pytest.mark.parametrize("loss", ELEMENTWISE, ids=str)
def test_the_derivative_of_a_loss_keeps_its_digits_everywhere(loss, dtype):
    exact, _, derivatives, at = losses_of(loss, dtype)
    assert misses(derivatives, [jet.slope for jet in exact], [jet.size for jet in exact], at=at) == []


@PRECISIONS
@pytest.mark.parametrize("part", PHI, ids=str)
def test_a_number_has_the_same_bits_wherever_it_stands_and_however_many_there_are(part, dtype):
    few = points(dtype)[3::4]
    many = np.resize(few, 3 * BLOCK + 5)
    with np.errstate(over="ignore"):
        A, slopes = part.f(few), part.df(few, few)
        assert part.f(many).tobytes() == np.resize(A, many.size).tobytes()
        assert part.df(many, many).tobytes() == np.resize(slopes, many.size).tobytes()


@PRECISIONS
def test_cross_entropy_and_its_derivative_keep_their_digits_in_every_row(dtype):
    loss = LOSSES["cross_entropy"]()
    for z, y in rows(dtype):
        losses, derivatives = loss.f(z[None], y[None])[0], loss.df(z[None], y[None])[0]
        wanted = range(len(z)) if len(z) < 10 else sorted({0, 1, int(z.argmax()), int(z.argmin()), int(y.argmax())})
        with mp.workdps(references.DIGITS):
            exact = [
                references.cross_entropy([variable(v) if j == i else lifted(v) for j, v in enumerate(z.tolist())], y.tolist())
                for i in wanted
            ]
        assert misses(losses, [exact[0].value], at=[(z, y)]) == []
        assert (
            misses(derivatives[list(wanted)], [jet.slope for jet in exact], [jet.size for jet in exact], at=[(z, y)] * len(z))
            == []
        )


def test_the_references_would_notice_a_digit():
    """Five units are noticed, as are a slope that is lost where it could be told, and infinity where there is a number."""
    one = [mp.mpf(1)] * 3
    assert misses(np.array([1 + 4 * 2.0**-52, 1.0, 1 - 2.0**-53]), one) == []
    assert [i for i, *_ in misses(np.array([1.0, 1 + 5 * 2.0**-52, math.inf]), one)] == [1, 2]
    assert misses(np.array([0.0]), [mp.mpf(10) ** -320], [mp.mpf(10) ** -320])
    assert misses(np.array([math.nan]), [mp.mpf(1)])
    assert misses(np.array([-math.inf]), [mp.mpf(10) ** 400])
    assert misses(np.array([math.inf]), [mp.mpf(10) ** 400]) == []
    assert misses(np.array([1e-17]), [mp.mpf(2e-17)], [mp.mpf(1)]) == []  # a difference of two numbers about 1


def test_the_slope_of_a_reference_is_that_of_its_line():
    """A difference quotient in 900 digits knows nothing of jets."""
    with mp.workdps(900):
        h = mp.mpf(10) ** -150
        for part in PHI:
            line = references.ACTIVATION[part.name]
            for z in (-800.0, -37.5, -3.0, -1.278464542761, 1e-8, 0.5, 20.0, 745.0):
                difference = (line(lifted(z + h), part).value - line(lifted(z - h), part).value) / (2 * h)
                assert mp.fabs(difference - line(variable(z), part).slope) <= mp.fabs(difference) * mp.mpf(10) ** -30
        for loss in ELEMENTWISE:
            line = references.LOSS[loss.name]
            for p in (0.3, 0.9):
                difference = (line(lifted(p + h), 0.25, loss).value - line(lifted(p - h), 0.25, loss).value) / (2 * h)
                assert mp.fabs(difference - line(variable(p), 0.25, loss).slope) <= mp.fabs(difference) * mp.mpf(10) ** -30


def misses(got, exact, terms=None, at=None):
    """Give where values miss the exact ones, and by how many ulp.

    A value may be off by four units of its own last place, which below the normal numbers are the smallest number there is.
    Where it is a sum of terms that cancel, no float64 has more digits than the terms: there it is four of the largest's units.
    """
    wrong = []
    limits = np.finfo(got.dtype)
    for i, (value, right) in enumerate(zip(got.tolist(), exact, strict=True)):
        off = distance(value, right, limits)
        if off <= ULPS:
            continue
        if terms is not None:
            off = mp.fabs(mp.mpf(value) - right) / unit(terms[i], limits)
        if not off <= ULPS:
            wrong.append((i, value, mp.nstr(right, 20), float(off), at[i] if at else None))
    return wrong


def distance(value, right, limits):
    """Give how many units of the right value's last place a value is off; beyond range infinity is right."""
    if mp.fabs(right) > limits.max and math.isinf(value):
        return 0 if (value > 0) == (right > 0) else math.inf
    return mp.fabs(mp.mpf(value) - right) / unit(right, limits)


def unit(value, limits):
    """Give the place of the last digit of a number of this size."""
    exponent = mp.frexp(value)[1] if value else -10_000
    return mp.ldexp(1, int(max(exponent - limits.nmant - 1, math.log2(limits.smallest_subnormal))))
