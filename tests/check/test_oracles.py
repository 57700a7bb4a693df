"""What single oracles answer: values worked out by hand, kinks, samples of large networks, and what they are unable to say."""

import importlib.metadata
import importlib.util
import math
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import mpmath
import numpy as np
import pytest
from mpmath import mp

from tests.check.audit_cases import DTYPES, FRAMEWORKS, OUTPUT, asked, judged, ready, single
from yann.check.oracles import APPROXIMATE, EXACT, ORACLES, UNRESOLVED, WRONG, Question, complex_step, coordinates, own_answer
from yann.engine.network import Layer, Network
from yann.engine.objective import Objective
from yann.errors import UsageError
from yann.parts.activations import ACTIVATIONS, ELU, SELU, Activation, Identity, LeakyReLU, ReLU, Sigmoid, Tanh
from yann.parts.initializers import Normal
from yann.parts.losses import LOSSES, Huber, Loss, SquaredError
from yann.parts.optimizers import SGD
from yann.parts.reductions import REDUCTIONS, Reduction, Sum

ANSWERING = [name for name in ORACLES if name != "taylor"]  # which tells slopes, and no numbers
SLOW = ("finite-difference", "complex-step")
KINKED = [ReLU(), LeakyReLU(), LeakyReLU(0.3), ELU(), ELU(0.5), SELU()]


def values(name, of):
    """Give what an oracle answers."""
    oracle = ready(name)
    with np.errstate(all="ignore"):  # as in an audit
        return oracle.answer(of).values


def linear(X, W, Y, activation, objective=OUTPUT, b=None):
    """Give the question about one layer."""
    X, W, Y = (np.array(M, dtype=float) for M in (X, W, Y))
    layer = Layer(*W.shape, activation, Normal(), None if b is None else Normal())
    return Question(Network((layer,)), (W,), (None if b is None else np.array(b, float),), ((X, Y),), objective, SGD())


# By hand


AT_0 = {"identity": 1, "sigmoid": 1 / 4, "tanh": 1, "softplus": 1 / 2, "silu": 1 / 2, "gelu": 1 / 2, "gelu_tanh": 1 / 2}
LAMBDA, ALPHA = 1.0507009873554805, 1.6732632423543772
AT_1 = {  # and at -1
    ReLU(): (1, 0), LeakyReLU(): (1, 0.01), LeakyReLU(0.3): (1, 0.3), ELU(): (1, 1 / math.e), ELU(0.5): (1, 0.5 / math.e),
    SELU(): (LAMBDA, LAMBDA * ALPHA / math.e),
}  # fmt: skip


def test_every_activation_is_worked_out_by_hand():
    assert {*AT_0, *(activation.name for activation in AT_1)} == set(ACTIVATIONS)
    assert {activation.name for activation in KINKED} == {name for name, part in ACTIVATIONS.items() if part().kinks()}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ANSWERING)
def test_the_slope_of_a_unit_is_the_one_worked_out_by_hand(name, dtype):
    close = 1e-6 if dtype == "float32" else 1e-9 if name == "finite-difference" else 1e-15
    for activation, slope in AT_0.items():
        of = single(ACTIVATIONS[activation](), 0.0, dtype=dtype)
        assert values(name, of)["dW1"][0, 0] == pytest.approx(slope, rel=close), activation
    for activation, slopes in AT_1.items():
        for z, slope in zip((1.0, -1.0), slopes, strict=True):
            assert values(name, single(activation, z, dtype=dtype))["dW1"][0, 0] == pytest.approx(slope, rel=close), activation


@pytest.mark.parametrize("name", ANSWERING)
def test_the_gradient_of_a_unit_with_a_bias_is_the_one_worked_out_by_hand(name):
    """σ(2·1 - 2) = ½, J = (½ - 1)², ∂J/∂z = 2·(-½)·¼ = -¼: db = -¼, dW = -¼·2."""
    found = values(name, linear([[2]], [[1]], [[1]], Sigmoid(), Objective(SquaredError()), b=[-2]))
    close = 1e-11 if name == "finite-difference" else 1e-16
    assert found["dW1"] == pytest.approx(-0.5, rel=close)
    assert found["db1"] == pytest.approx(-0.25, rel=close)
    assert name in SLOW or found["loss"] == 0.25


E = math.e
OF_LOSSES = {  # ŷ, y: the loss and its derivative
    "output": (3, 1, 3, 1),
    "mse": (3, 1, 4, 4),
    "half_mse": (3, 1, 2, 2),
    "mae": (-2, 1, 3, -1),
    "huber": (3, 1, 1.5, 1),
    "bce": (0.25, 1, math.log(4), -4),
    "bce_with_logits": (0, 1, math.log(2), -0.5),
}


@pytest.mark.parametrize("name", ANSWERING)
def test_the_derivative_of_a_loss_is_the_one_worked_out_by_hand(name):
    close = 1e-9 if name == "finite-difference" else 1e-15
    for loss, (Y_hat, y, value, slope) in OF_LOSSES.items():
        found = values(name, single(Identity(), Y_hat, Objective(LOSSES[loss](), Sum()), y))
        assert found["dW1"][0, 0] == pytest.approx(slope, rel=close), loss
        assert name in SLOW or found["loss"] == pytest.approx(value, rel=close), loss
    half = single(Identity(), 3, Objective(Huber(0.5), Sum()), 1)  # ½·(2 - ¼) and ½
    assert values(name, half)["dW1"][0, 0] == pytest.approx(0.5, rel=close)
    classes = linear([[1]], [[math.log(3), 0]], [[0, 1]], Identity(), Objective(LOSSES["cross_entropy"](), Sum()))
    assert values(name, classes)["dW1"][0] == pytest.approx([0.75, -0.75], rel=close)  # softmax: ¾ and ¼
    assert name in SLOW or values(name, classes)["loss"] == pytest.approx(math.log(4), rel=close)
    assert {*OF_LOSSES, "cross_entropy"} == set(LOSSES)


FACTORS = {"mean": 1 / 6, "sum": 1, "batch_mean": 1 / 3, "feature_mean": 1 / 2, "none": 1, "per_sample": 1 / 2}


@pytest.mark.parametrize("name", ANSWERING)
@pytest.mark.parametrize("reduction", FACTORS)
def test_the_factor_of_a_reduction_is_the_one_worked_out_by_hand(name, reduction):
    """3 samples, 2 outputs: dW is 1 + 2 + 4 = 7 times the factor, and the loss is what the reduction keeps."""
    of = linear([[1], [2], [4]], [[1, 2]], [[0, 0]] * 3, Identity(), Objective(LOSSES["output"](), REDUCTIONS[reduction]()))
    found = values(name, of)
    assert found["dW1"] == pytest.approx(np.full((1, 2), 7 * FACTORS[reduction]), rel=1e-9)
    kept = {"none": [[1, 2], [2, 4], [4, 8]], "per_sample": [1.5, 3, 6]}.get(reduction, 21 * FACTORS[reduction])
    assert name in SLOW or np.allclose(found["loss"], kept, rtol=1e-15, atol=0)


# The complex step's own functions


mp.dps = 40


def precisely(function):
    """Give a function of complex arrays in forty digits."""
    return lambda Z: np.array([complex(function(mpmath.mpc(z))) for z in Z])


def split(right, left):
    """Give a function that is one analytic function to the right of 0 and another elsewhere."""
    return precisely(lambda z: right(z) if z.real > 0 else left(z))


def phi(z):
    return mpmath.erfc(-z / mpmath.sqrt(2)) / 2


def sigma(z):
    return 1 / (1 + mpmath.exp(-z))


def tanh_gate(z):
    return (1 + mpmath.tanh(mpmath.sqrt(2 / mp.pi) * (z + mpmath.mpf("0.044715") * z**3))) / 2


L, A = mpmath.mpf("1.0507009873554804934193349852946"), mpmath.mpf("1.6732632423543772848170429916717")
PRECISE = {
    "identity": precisely(lambda z: z),
    "relu": split(lambda z: z, lambda _: mpmath.mpf(0)),
    "leaky_relu": split(lambda z: z, lambda z: mpmath.mpf(0.01) * z),
    "elu": split(lambda z: z, mpmath.expm1),
    "selu": split(lambda z: L * z, lambda z: L * A * mpmath.expm1(z)),
    "softplus": precisely(lambda z: mpmath.log1p(mpmath.exp(z)) if z.real < 0 else z + mpmath.log1p(mpmath.exp(-z))),
    "sigmoid": precisely(sigma),
    "tanh": precisely(mpmath.tanh),
    "silu": precisely(lambda z: z * sigma(z)),
    "gelu": precisely(lambda z: z * phi(z)),
    "gelu_tanh": precisely(lambda z: z * tanh_gate(z)),
}
REAL = np.concatenate([-np.geomspace(1e-3, 30, 40), np.geomspace(1e-3, 30, 40)])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_function_of_the_complex_step_is_the_function_at_real_and_at_complex_numbers(activation):
    part = ACTIVATIONS[activation]()
    mine = complex_step.ACTIVATIONS[activation]
    settings = {name: getattr(part, name) for name in part.settings()}
    for imaginary in (0, 0.1, -0.5):
        Z = REAL + 1j * imaginary
        expected = PRECISE[activation](Z)
        np.testing.assert_allclose(mine(Z, **settings), expected, rtol=1e-13, atol=1e-15)
    assert mine(np.array([0j]), **settings)[0].real == pytest.approx(part.f(np.zeros((1, 1, 1)))[0, 0, 0], abs=1e-16)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_derivative_that_a_complex_step_leaves_has_every_digit_wherever_it_is_taken(activation):
    settings = {name: getattr(ACTIVATIONS[activation](), name) for name in ACTIVATIONS[activation].settings()}
    h = complex_step.STEP
    found = complex_step.ACTIVATIONS[activation](REAL + 1j * h, **settings).imag / h
    with mp.workdps(900):  # of 1 + tanh u hardly anything is left, and of 1 + ih nothing
        exact = PRECISE[activation](REAL + 1j * h).imag / h
    np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("loss", ["bce", "bce_with_logits", "cross_entropy"])
@pytest.mark.parametrize("y", [0.0, 0.3, 1.0])
def test_the_complex_step_through_a_loss_has_every_digit(loss, y):
    """Of ŷ or z: (ŷ - y)/(ŷ(1 - ŷ)), σ(z) - y, and softmax - y."""
    for z in (-40.0, -20.0, -3.0, -0.1, 0.7, 5.0, 18.0, 35.0):
        with mp.workdps(60):
            p = sigma(mpmath.mpf(z))
            ends = (p - mpmath.mpf(y)) / (p * (1 - p)) if loss == "bce" else p - mpmath.mpf(y)
        if loss == "bce":
            if abs(z) > 20:  # 1 - p has lost its digits before the loss is asked
                continue
            of = single(Identity(), float(p), Objective(LOSSES[loss](), Sum()), y)
            p = mpmath.mpf(float(p))
            ends = (p - mpmath.mpf(y)) / (p * (1 - p))
        elif loss == "bce_with_logits":
            of = single(Identity(), z, Objective(LOSSES[loss](), Sum()), y)
        else:
            of = linear([[1]], [[z, 0]], [[y, 1 - y]], Identity(), Objective(LOSSES[loss](), Sum()))
        assert values("complex-step", of)["dW1"][0, 0] == pytest.approx(float(ends), rel=1e-13), z


# Where an activation saturates


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("name", ORACLES)
def test_no_gradient_is_called_wrong_because_an_oracle_loses_its_digits_where_a_unit_saturates(name, activation):
    """1 - tanh² is 0 from z = 20 on, where the slope is 10⁻¹⁷; and most libraries have it so."""
    wrong = {}
    for z in (-30.0, -17.0, -12.0, -8.0, -6.0, -4.0, 6.0, 10.0, 15.0, 22.0, 30.0):
        of = single(ACTIVATIONS[activation](), z)
        found = judged(name, of, own_answer(of))["dW1"]
        if found.verdict == WRONG:
            wrong[z] = (found.yann, found.oracle, found.relative, found.slopes)
    assert wrong == {}


# Kinks


@pytest.mark.parametrize("activation", KINKED, ids=str)
@pytest.mark.parametrize("name", SLOW)
def test_a_kink_that_is_met_exactly_is_skipped_and_counted_where_a_weight_moves_it(name, activation):
    of = linear([[0, 1]], [[3], [0]], [[0]], activation)  # Z = 0, and only the second weight moves it
    found = judged(name, of, own_answer(of))["dW1"]
    assert (found.entries, found.compared, found.skipped) == (2, 1, 1)
    assert (found.verdict, found.index, found.yann, found.oracle) == (EXACT, (0, 0), 0, 0)
    alone = judged(name, single(activation, 0.0), own_answer(single(activation, 0.0)))["dW1"]
    assert (alone.verdict, alone.entries, alone.compared, alone.skipped) == (UNRESOLVED, 1, 0, 1)
    assert "kink" in alone.remark


@pytest.mark.parametrize("name", SLOW)
def test_a_bias_moves_a_number_off_its_kink_too(name):
    of = linear([[0, 0]], [[3, 1], [2, 1]], [[0, 0]], ReLU(), b=[0, 1])
    found = judged(name, of, own_answer(of))
    assert (found["dW1"].verdict, found["dW1"].skipped) == (EXACT, 0)
    assert (found["db1"].entries, found["db1"].compared, found["db1"].skipped) == (2, 1, 1)
    assert (found["db1"].index, found["db1"].yann) == ((1,), 1)


@pytest.mark.parametrize("name", SLOW)
def test_the_kink_of_a_loss_is_skipped_as_well(name):
    of = linear([[1]], [[3, 4]], [[3, 5]], Identity(), Objective(LOSSES["mae"](), Sum()))
    found = judged(name, of, own_answer(of))["dW1"]
    assert (found.entries, found.compared, found.skipped, found.index) == (2, 1, 1, (0, 1))
    assert found.oracle == pytest.approx(-1, rel=1e-9)


@pytest.mark.parametrize("z", [1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 4e-6])
@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("activation", KINKED, ids=str)
def test_beside_a_kink_a_shorter_step_still_finds_the_slope(activation, side, z):
    of = single(activation, side * z)
    found = judged("finite-difference", of, own_answer(of))["dW1"]
    assert (found.compared, found.skipped) == (1, 0)
    assert found.verdict in (EXACT, APPROXIMATE)
    assert found.relative <= 1e-6


@pytest.mark.parametrize("activation", KINKED, ids=str)
def test_a_kink_that_is_nearer_than_the_shortest_step_is_skipped_by_differences_and_not_by_the_complex_step(activation):
    for z in (1e-7, -1e-9):
        of = single(activation, z)
        assert judged("finite-difference", of, own_answer(of))["dW1"].skipped == 1
        assert judged("complex-step", of, own_answer(of))["dW1"].verdict in (EXACT, APPROXIMATE)
        assert judged("taylor", of, own_answer(of))["dW1"].verdict != WRONG  # its direction may lead away from the kink


@pytest.mark.parametrize("activation", KINKED, ids=str)
def test_a_remainder_that_crosses_a_kink_is_not_read(activation):
    for z in (0.0, 1e-9):
        W = [[z, -z] * 8]  # on both sides, so that whichever way it goes some are crossed
        of = linear([[1]], W, [[0] * 16], activation)
        found = judged("taylor", of, own_answer(of))["dW1"]
        assert (found.verdict, found.entries, found.compared, found.skipped) == (UNRESOLVED, 16, 0, 16)
        assert "kink" in found.remark


@pytest.mark.parametrize("name", ["identity", "relu", "tanh"])
def test_where_j_begins_at_0_its_rounding_is_that_of_what_it_becomes(name):
    """J = Σ φ(w) with w = 0 or far below any step: what is left of a straight line is rounding, and has no slope."""
    for w in (0.0, 1e-12, 1e-9):
        of = single(ACTIVATIONS[name](), w)
        slopes = judged("taylor", of, own_answer(of))["dW1"].slopes
        assert not np.isinf(slopes).any(), w
        assert name == "tanh" or np.isnan(slopes[1]), w


@pytest.mark.parametrize("activation", KINKED, ids=str)
@pytest.mark.parametrize("name", FRAMEWORKS)
def test_at_a_kink_a_framework_has_the_slope_of_ours_or_says_that_it_has_not(name, activation):
    oracle, of = ready(name), single(activation, 0.0)
    unable, own = oracle.unable(of), own_answer(of)
    agrees = bool(oracle.answer(of).values["dW1"] == own.values["dW1"])
    assert agrees == (unable is None)
    assert agrees or f"{activation.name} is met exactly at 0" in unable
    of = single(Identity(), 3.0, Objective(LOSSES["mae"](), Sum()), 3.0)
    unable = oracle.unable(of)
    assert (oracle.answer(of).values["dW1"][0, 0] == own_answer(of).values["dW1"][0, 0] == 0) == (unable is None)
    assert unable is None or "mae is met exactly at 0" in unable


# Large networks


@pytest.fixture
def large():
    """Give the question about a network of 70,000 weights."""
    return asked((Tanh(), ReLU(), Sigmoid()), (200, 150, 200, 50), Objective(SquaredError()), samples=64)


def test_of_a_large_network_a_sample_of_entries_is_looked_at_the_same_each_time(large):
    for size in (1, 7, 8, 50, 199, 10_000, 30_000):
        for passes in (4, 16):
            at = coordinates.coordinates(large, size, passes)
            assert at.tolist() == coordinates.coordinates(large, size, passes).tolist()
            assert np.all(np.diff(at) > 0)  # in order, and none twice
            assert at[0] >= 0
            assert at[-1] < size
            assert len(at) >= min(size, 8)
            cost = len(at) * passes * 64 * sum(W.size for W in large.W)
            assert len(at) in (8, size) or cost * 6 <= coordinates.OPERATIONS
    assert len(coordinates.coordinates(large, 30_000, 16)) < 30_000
    assert len(coordinates.coordinates(large, 30_000, 4)) > len(coordinates.coordinates(large, 30_000, 16))
    spread = coordinates.coordinates(large, 30_000, 4)
    assert np.histogram(spread, 10, (0, 30_000))[0].min() > len(spread) / 20


def test_of_a_small_network_every_entry_is_looked_at():
    of = asked((Tanh(),) * 3, (20, 20, 20, 20), OUTPUT)
    for size in (1, 8, 20, 400):
        assert coordinates.coordinates(of, size, 16).tolist() == list(range(size))


@pytest.mark.parametrize("name", SLOW)
def test_what_was_not_asked_is_neither_compared_nor_skipped_and_what_was_is_right(name, monkeypatch):
    of = asked((Tanh(), Sigmoid()), (6, 9, 5), Objective(SquaredError()))
    whole = ready(name).answer(of)
    monkeypatch.setattr(coordinates, "OPERATIONS", 1)
    answer, found = ready(name).answer(of), judged(name, of, own_answer(of))
    for quantity, entries in {"dW1": 54, "db1": 9, "dW2": 45, "db2": 5}.items():
        each, looked_at = found[quantity], answer.asked[quantity]
        assert (each.entries, each.compared, each.skipped) == (entries, min(entries, 8), 0)
        assert looked_at.sum() == each.compared
        assert answer.values[quantity][looked_at].tolist() == whole.values[quantity][looked_at].tolist()
        assert not answer.values[quantity][~looked_at].any()
        assert each.verdict in (EXACT, APPROXIMATE)
        assert looked_at[each.index]


@pytest.mark.parametrize("name", SLOW)
def test_how_many_networks_are_carried_forward_at_once_changes_no_number(name, monkeypatch):
    of = asked((Tanh(), ReLU()), (3, 4, 2), Objective(SquaredError()))
    together = ready(name).answer(of)
    monkeypatch.setattr(coordinates, "CHUNK", 1)
    assert coordinates.together(of) == 1
    alone = ready(name).answer(of)
    for kind in ("values", "skipped", "asked"):
        one, other = getattr(together, kind), getattr(alone, kind)
        assert {key: M.tobytes() for key, M in one.items()} == {key: M.tobytes() for key, M in other.items()}


# Answers


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ANSWERING)
def test_an_answer_has_the_shapes_and_the_precision_of_the_question(name, dtype, bias):
    of = asked((Tanh(), Sigmoid()), (3, 4, 2), Objective(SquaredError()), dtype=dtype, bias=bias, updates=2)
    own, found = own_answer(of).values, values(name, of)
    assert set(found) == ({key for key in own if key[0] == "d"} if name in SLOW else set(own))
    for key, M in found.items():
        assert isinstance(M, np.ndarray), key
        assert M.shape == own[key].shape, key
        assert M.dtype == ("float64" if name in SLOW else dtype), key


@pytest.mark.parametrize("name", ORACLES)
def test_a_question_is_not_changed_by_being_answered(name):
    of = asked((Tanh(), ReLU()), (3, 4, 2), Objective(SquaredError()), updates=2, optimizer=SGD(0.1, 0.9))
    arrays = [*of.W, *of.b, *(M for batch in of.batches for M in batch)]
    before = [M.tobytes() for M in arrays]
    for M in arrays:
        M.flags.writeable = False
    assert WRONG not in {each.verdict for each in judged(name, of, own_answer(of)).values()}
    assert [M.tobytes() for M in arrays] == before


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ANSWERING)
def test_how_an_array_lies_in_memory_changes_nothing(name, dtype):
    """An orthogonal matrix of more columns than rows lies there column by column."""
    of = asked((Tanh(), Sigmoid()), (3, 4, 2), Objective(SquaredError()), dtype=dtype)
    turned = replace(
        of,
        W=tuple(np.asfortranarray(W) for W in of.W),
        batches=tuple((np.asfortranarray(X), np.asfortranarray(Y)) for X, Y in of.batches),
    )
    found, expected = values(name, turned), values(name, of)
    for key, M in expected.items():
        close = (1e-6 if dtype == "float32" and name in FRAMEWORKS else 1e-11) * np.abs(M).max()
        np.testing.assert_allclose(found[key], M, rtol=0, atol=close, err_msg=key)


@pytest.mark.parametrize("name", ANSWERING)
def test_an_oracle_asked_twice_says_the_same(name):
    of = asked((Tanh(), ReLU()), (3, 4, 2), Objective(SquaredError()), updates=2, optimizer=SGD(0.1, 0.9))
    first, second = values(name, of), values(name, of)
    assert {key: M.tobytes() for key, M in first.items()} == {key: M.tobytes() for key, M in second.items()}


def test_jax_is_left_in_the_precision_it_was_found_in():
    ready("jax")
    jnp = importlib.import_module("jax.numpy")
    before = jnp.asarray(1.0).dtype
    for dtype in DTYPES:
        assert values("jax", single(Tanh(), 1.0, dtype=dtype))["dW1"].dtype == dtype
        assert jnp.asarray(1.0).dtype == before


# What an oracle cannot say


@dataclass(frozen=True)
class Odd(Activation):
    """z + z³"""

    name = "odd"

    def f(self, Z):
        return Z + Z**3

    def df(self, Z, A):  # noqa: ARG002 - as every activation
        return 1 + 3 * Z**2


@dataclass(frozen=True)
class Fourth(Loss):
    """(ŷ - y)⁴"""

    name = "fourth"

    def f(self, Y_hat, Y):
        return (Y_hat - Y) ** 4

    def df(self, Y_hat, Y):
        return 4 * (Y_hat - Y) ** 3


@dataclass(frozen=True)
class Third(Reduction):
    """Σℓ/3"""

    name = "third"

    def factor(self, N, K):  # noqa: ARG002 - as every reduction
        return 1 / 3


NEW = {
    "activation called odd": (Odd(), Objective(SquaredError())),
    "loss called fourth": (Tanh(), Objective(Fourth())),
    "reduction called third": (Tanh(), Objective(SquaredError(), Third())),
}


@pytest.mark.parametrize("part", NEW)
@pytest.mark.parametrize("name", ORACLES)
def test_of_a_new_part_those_say_nothing_who_would_need_it_and_the_others_judge_it(name, part):
    activation, objective = NEW[part]
    of = asked((Tanh(), activation), (3, 4, 2), objective)
    oracle = ready(name)
    if name in ("finite-difference", "taylor"):
        assert oracle.unable(of) is None
        assert {each.verdict for each in judged(name, of, own_answer(of)).values()} <= {EXACT, APPROXIMATE}
    else:
        assert oracle.unable(of) == f"{name} has no {part}"


@pytest.mark.parametrize("w", [-3.0, -0.7, 1.0, 2.5])
def test_differences_of_fourth_order_are_right_but_for_rounding_where_j_is_a_polynomial_of_fourth_degree(w):
    """J = (w - y)⁴; its central difference of second order is off by 4h²(w - y)."""
    found = values("finite-difference", single(Identity(), w, Objective(Fourth(), Sum()), 0.5))["dW1"][0, 0]
    assert found == pytest.approx(4 * (w - 0.5) ** 3, rel=1e-11)


BCE = Objective(LOSSES["bce"](), Sum())


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("p", [1e-15, 1e-10, 1e-5, 0.5, 1 - 1e-5, 1 - 1e-9])
def test_probabilities_near_0_and_1_are_answered_rightly_or_not_at_all(name, p):
    """PyTorch's binary_cross_entropy differentiates as if p(1 - p) were no smaller than 10⁻¹², and Keras moves p to 10⁻⁷."""
    oracle, of = ready(name), single(Identity(), p, BCE, 1.0)
    bent = min(p, 1 - p) < 0.01
    refused = {
        "torch": p * (1 - p) <= 1e-12, "tensorflow": min(p, 1 - p) < 1e-7, "finite-difference": bent, "taylor": bent,
    }.get(name, False)  # fmt: skip
    assert (oracle.unable(of) is not None) == refused
    if not refused:
        assert judged(name, of, own_answer(of))["dW1"].verdict != WRONG


def test_after_a_sigmoid_a_probability_may_be_as_near_to_1_as_it_likes():
    for name in ("torch", "tensorflow"):
        if ORACLES[name].missing() is None:
            assert ready(name).unable(single(Sigmoid(), 40.0, BCE, 1.0)) is None


def test_tensorflow_says_so_if_targets_do_not_sum_to_1():
    classes = Objective(LOSSES["cross_entropy"]())
    of = linear([[1.0]], [[0.3, -0.2]], [[0.7, 0.2]], Identity(), classes)
    oracle = ready("tensorflow")
    assert "sum to 1" in oracle.unable(of)
    assert oracle.unable(replace(of, batches=((of.X, np.array([[0.7, 0.3]])),))) is None


# Libraries


PYPROJECT = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]


def test_the_oracles_are_those_of_the_registry_each_with_a_formula_and_a_source():
    assert set(ORACLES) == {"finite-difference", "complex-step", "taylor", *FRAMEWORKS}
    for name, part in ORACLES.items():
        assert part().name == name
        assert part.formula()
        assert part.source
        assert part() == part()
        assert {part.close[dtype] <= 1e-5 for dtype in DTYPES} == {True}


@pytest.mark.parametrize("name", ORACLES)
def test_an_oracle_names_its_libraries_and_the_extra_that_brings_them(name):
    part = ORACLES[name]
    assert bool(part.libraries) == bool(part.extra) == (name in FRAMEWORKS)
    if part.libraries:
        brought = " ".join(EXTRAS[part.extra])
        assert all(library in brought for library in part.libraries)
        assert part.extra in EXTRAS["oracles"][0]


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_library_that_is_not_there_is_named_with_the_extra_that_brings_it(name, monkeypatch):
    part, true = ORACLES[name], importlib.util.find_spec
    last = part.libraries[-1]
    monkeypatch.setattr(importlib.util, "find_spec", lambda library: None if library == last else object())
    assert part.missing() == last
    with pytest.raises(UsageError, match=rf"--against {name}: {last} is not installed; pip install 'yann\[{part.extra}\]'"):
        part.check_libraries()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    assert part.missing() is None
    part.check_libraries()
    monkeypatch.setattr(importlib.util, "find_spec", true)


@pytest.mark.parametrize("name", ORACLES)
def test_the_version_is_that_of_the_library(name):
    oracle = ready(name)
    assert oracle.version() == (importlib.metadata.version(oracle.libraries[0]) if oracle.libraries else "")
    assert bool(oracle.version()) == (name in FRAMEWORKS)
