"""When the engine and an oracle agree, at which entry they are furthest apart, and for how much of that rounding accounts."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from tests.check.audit_cases import DTYPES, asked, ready
from yann.check.oracles import APPROXIMATE, EXACT, ORACLES, UNRESOLVED, WRONG, Answer, Oracle, Question, own_answer
from yann.engine.network import Layer, Network
from yann.engine.objective import Objective
from yann.parts.activations import Identity, Tanh
from yann.parts.initializers import Normal
from yann.parts.losses import LOSSES, Output, SquaredError
from yann.parts.optimizers import SGD
from yann.parts.reductions import Sum

CLOSE = {"float64": 1e-12, "float32": 1e-5}


@dataclass(frozen=True)
class Echo(Oracle):
    """The engine's own answer, changed"""

    name = "echo"

    change: Callable

    def answer(self, question):
        return self.change(question)


def given(change):
    """Give an oracle that answers as the engine does, but for some arrays; `change` gives those, from all of the engine's."""

    def answer(question):
        own = own_answer(question).values
        return Answer({**own, **change({name: M.copy() for name, M in own.items()})})

    return Echo(answer)


def told(oracle, of):
    """Give what an oracle says, by quantity."""
    with np.errstate(all="ignore"):  # as in an audit
        return {each.quantity: each for each in oracle.judge(of, own_answer(of))}


def network(dtype="float64", **more):
    """Give a question about a network of two layers."""
    return asked((Tanh(), Tanh()), (3, 4, 2), Objective(SquaredError()), dtype=dtype, **more)


def linear(rows, dtype="float64", outputs=1):
    """Give the question of J = Σ X·W with W = 1: dW is the sum of the samples."""
    X = np.array(rows, dtype=dtype)
    of = Network((Layer(X.shape[1], outputs, Identity(), Normal()),))
    W, Y = np.ones((X.shape[1], outputs), dtype), np.zeros((len(X), outputs), dtype)
    return Question(of, (W,), (None,), ((X, Y),), Objective(Output(), Sum()), SGD())


# Exact


@pytest.mark.parametrize("dtype", DTYPES)
def test_equal_numbers_are_exact(dtype):
    found = told(given(lambda _: {}), network(dtype))
    assert set(found) == {"loss", "dW1", "db1", "dW2", "db2"}
    for each in found.values():
        assert (each.verdict, each.absolute, each.relative, each.ulp, each.remark) == (EXACT, 0, 0, 0, "")
        assert each.yann == each.oracle
        assert each.tolerance == CLOSE[dtype]


@pytest.mark.parametrize("dtype", DTYPES)
def test_one_bit_in_one_entry_is_not_exact(dtype):
    def nudge(own):
        own["dW2"][1, 0] = np.nextafter(own["dW2"][1, 0], own["dW2"].dtype.type(9))
        return own

    found = told(given(nudge), network(dtype))
    assert {name for name, each in found.items() if each.verdict != EXACT} == {"dW2"}
    each = found["dW2"]
    assert (each.verdict, each.index, each.ulp) == (APPROXIMATE, (1, 0), 1)
    assert 0 < each.relative <= np.finfo(dtype).eps


def test_both_zeros_are_the_same_number_and_so_is_nan_with_nan():
    of = linear([[0.0, np.nan, np.inf, -np.inf, 2.0]])
    assert own_answer(of).values["dW1"].ravel().tolist()[2:] == [np.inf, -np.inf, 2]
    for negative in (-0.0, 0.0):
        found = told(given(lambda own, zero=negative: {"dW1": np.where(own["dW1"] == 0, zero, own["dW1"])}), of)["dW1"]
        assert (found.verdict, found.absolute, found.relative) == (EXACT, 0, 0)


# How far apart


def test_the_entry_that_is_told_is_the_one_where_the_two_are_furthest_apart():
    def change(own):
        own["dW1"][0, 1] += 1e-13
        own["dW1"][2, 3] -= 4e-13
        own["dW1"][1, 1] += 3e-13
        own["db2"][1] += 1e-14
        own["loss"] = own["loss"] + 1e-15
        return own

    of = network()
    own, found = own_answer(of).values, told(given(change), of)
    assert {name: each.index for name, each in found.items() if each.index} == {
        "dW1": (2, 3), "db2": (1,), "db1": (0,), "dW2": (0, 0),
    }  # fmt: skip
    assert found["loss"].index == ()
    each = found["dW1"]
    assert each.yann == own["dW1"][2, 3]
    assert each.oracle == own["dW1"][2, 3] - 4e-13
    assert each.absolute == abs(each.yann - each.oracle)
    assert [found[name].layer for name in ("loss", "dW1", "db2")] == [None, 1, 2]


def test_a_difference_is_relative_to_the_largest_entry_of_both_arrays():
    of = linear([[4.0, -8.0, 1.0]])
    small = told(given(lambda own: {"dW1": own["dW1"] + [[0], [0], [1e-12]]}), of)["dW1"]
    assert small.relative == pytest.approx(1e-12 / 8, rel=1e-3)
    assert (small.verdict, small.index) == (APPROXIMATE, (2, 0))
    large = told(given(lambda _: {"dW1": np.array([[4.0], [-8.0], [32.0]])}), of)["dW1"]
    assert (large.absolute, large.relative, large.index, large.verdict) == (31, 31 / 32, (2, 0), WRONG)
    assert (large.yann, large.oracle) == (1, 32)


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_within_the_tolerance_is_approximate_and_what_is_beyond_is_wrong(dtype):
    of = linear([[4.0, 8.0, 1.0]], dtype)
    for part, verdict in ((0.5, APPROXIMATE), (2, WRONG)):
        change = np.array([[0], [0], [part * CLOSE[dtype] * 8]], dtype)
        found = told(given(lambda own, change=change: {"dW1": own["dW1"] + change}), of)["dW1"]
        assert found.verdict == verdict
        assert found.relative == pytest.approx(part * CLOSE[dtype], rel=0.1)
        assert found.tolerance == CLOSE[dtype]


def test_of_what_should_be_zero_nothing_is_near():
    found = told(given(lambda own: {"dW1": own["dW1"] + 1e-30}), linear([[0.0, 0.0]]))["dW1"]
    assert (found.verdict, found.relative) == (WRONG, 1)


# Numbers between


@pytest.mark.parametrize(("theirs", "ulp"), [
    (1.0, 0), (1 + 2**-52, 1), (1 - 2**-53, 1), (1 + 2**-50, 4), (1 - 2**-51, 4),
])  # fmt: skip
def test_an_ulp_is_the_step_to_the_next_number(theirs, ulp):
    assert told(given(lambda _: {"dW1": np.array([[theirs]])}), linear([[1.0]]))["dW1"].ulp == ulp


@pytest.mark.parametrize(("ours", "theirs", "ulp"), [
    (5e-324, 0.0, 1), (0.0, 5e-324, 1), (5e-324, -5e-324, 2), (-5e-324, 1.5e-323, 4), (0.0, -0.0, 0), (2.0, 1.0, 2**52),
    (-1.0, -1 - 2**-52, 1),
])  # fmt: skip
def test_ulps_are_counted_across_zero_as_well(ours, theirs, ulp):
    assert told(given(lambda _: {"dW1": np.array([[theirs]])}), linear([[ours]]))["dW1"].ulp == ulp


def test_ulps_are_those_of_single_precision_where_one_of_the_two_is_single():
    of = linear([[1.0]], "float32")
    next_one = np.nextafter(np.float32(1), np.float32(2))
    found = told(given(lambda _: {"dW1": np.array([[next_one]], np.float32), "loss": np.float32(next_one)}), of)
    assert own_answer(of).values["loss"].dtype == "float64"
    assert (found["dW1"].ulp, found["loss"].ulp) == (1, 1)
    double = told(given(lambda _: {"dW1": np.array([[1 + 2**-23]])}), of)["dW1"]
    assert double.ulp == 1


def test_between_what_is_not_finite_there_are_no_numbers():
    assert told(given(lambda _: {"dW1": np.array([[np.inf]])}), linear([[1.0]]))["dW1"].ulp is None
    assert told(given(lambda _: {"dW1": np.array([[1.0]])}), linear([[np.inf]]))["dW1"].ulp is None


# What is left out


def hiding(**masks):
    """Give an oracle that has all wrong, but left some entries out."""

    def answer(question):
        own = own_answer(question).values
        return Answer({name: M + 1 for name, M in own.items()}, **{kind: dict(of) for kind, of in masks.items()})

    return Echo(answer)


def test_skipped_and_unasked_entries_are_never_compared_and_are_counted():
    of = linear([[1.0, 2.0, 4.0, 8.0]])
    asked_for = np.array([[True], [True], [False], [True]])
    skipped = np.array([[False], [True], [True], [False]])
    right = own_answer(of).values["dW1"]

    def answer(theirs):
        return Echo(lambda _: Answer({"dW1": theirs}, {"dW1": skipped}, {"dW1": asked_for}))

    for left_out in (1, 2):
        theirs = right.copy()
        theirs[left_out] = 1e9
        found = told(answer(theirs), of)["dW1"]
        assert found.verdict == EXACT
        assert (found.entries, found.compared, found.skipped) == (4, 2, 1)  # skipped where it was asked
    for compared in (0, 3):
        theirs = right.copy()
        theirs[compared] += 1
        found = told(answer(theirs), of)["dW1"]
        assert (found.verdict, found.index) == (WRONG, (compared, 0))
        assert found.relative == 1 / max(8, theirs[compared])  # of what was compared


def test_an_array_of_which_nothing_could_be_compared_is_unresolved():
    of = linear([[1.0, 2.0]])
    every, none = np.ones((2, 1), bool), np.zeros((2, 1), bool)
    found = told(hiding(skipped={"dW1": every}), of)["dW1"]
    assert (found.verdict, found.entries, found.compared, found.skipped) == (UNRESOLVED, 2, 0, 2)
    assert "kink" in found.remark
    assert told(hiding(skipped={"dW1": none}, asked={"dW1": every}), of)["dW1"].verdict == WRONG


def test_what_an_oracle_does_not_compute_is_not_told():
    of = network()
    some = Echo(lambda question: Answer({"dW2": own_answer(question).values["dW2"]}))
    assert set(told(some, of)) == {"dW2"}
    more = Echo(lambda question: Answer({**own_answer(question).values, "dW9": np.ones(3)}))
    assert set(told(more, of)) == {"loss", "dW1", "db1", "dW2", "db2"}


# Beyond the range of numbers


BIG = {"float64": 1e308, "float32": 3e38}


@pytest.mark.parametrize("dtype", DTYPES)
def test_inf_against_nan_is_beyond_range_and_inf_against_a_number_is_wrong(dtype):
    of = linear([[BIG[dtype], 1.0], [BIG[dtype], 2.0]], dtype)
    assert own_answer(of).values["dW1"].ravel().tolist() == [np.inf, 3]
    for theirs, verdict in ((np.nan, APPROXIMATE), (np.inf, EXACT), (3.0, WRONG)):
        found = told(given(lambda own, it=theirs: {"dW1": np.array([[it], [3]], own["dW1"].dtype)}), of)["dW1"]
        assert found.verdict == verdict, theirs
        assert ("beyond the range" in found.remark) == (verdict == APPROXIMATE)
    for theirs in (np.inf, np.nan):
        found = told(given(lambda own, it=theirs: {"dW1": np.array([[np.inf], [it]], own["dW1"].dtype)}), of)["dW1"]
        assert (found.verdict, found.index, found.yann) == (WRONG, (1, 0), 3)


def test_what_is_beyond_range_in_one_entry_hides_no_mistake_in_another():
    of = linear([[1e308, 1.0], [1e308, 2.0]])
    found = told(given(lambda _: {"dW1": np.array([[np.nan], [4.0]])}), of)["dW1"]
    assert (found.verdict, found.index, found.yann, found.oracle) == (WRONG, (1, 0), 3, 4)


@pytest.mark.parametrize("name", ["finite-difference", "complex-step"])
def test_what_single_precision_cannot_say_is_not_wrong_because_an_oracle_says_it_in_double(name):
    of = linear([[3e38, 1.0], [3e38, 2.0]], "float32")
    assert own_answer(of).values["dW1"].ravel().tolist() == [np.inf, 3]
    assert told(ready(name), of)["dW1"].verdict != WRONG


def test_where_an_entry_is_infinite_rounding_still_accounts_for_another():
    """10¹⁶ + 1 - 10¹⁶ is 0 or 1 or 2 in the order of the sum, and 1 in none."""
    of = linear([[1e308, 1e16], [1e308, 1.0], [1e308, -1e16]])
    found = told(given(lambda _: {"dW1": np.array([[np.inf], [1.0]])}), of)["dW1"]
    assert own_answer(of).values["dW1"][0, 0] == np.inf
    assert found.verdict in (EXACT, APPROXIMATE, UNRESOLVED)


# What rounding accounts for


def fitted(dtype, ulps):
    """Give a network whose predictions are its targets, or so many roundings off."""
    of = network(dtype, seed=3)
    A = of.X
    for W, b in zip(of.W, of.b, strict=True):
        A = np.tanh(A @ W + b)
    return replace(of, batches=((of.X, A * (1 + ulps * np.finfo(dtype).eps).astype(dtype)),))


def undecided(dtype):
    """Give a network whose classes are as many and as likely as each other: no weight of the last layer can make it better."""
    of = asked((Tanh(), Identity()), (2, 3, 2), Objective(LOSSES["cross_entropy"]()), samples=6, dtype=dtype, bias=False)
    W = (of.W[0], np.full((3, 2), 0.5, dtype))
    return replace(of, W=W, batches=((np.repeat(of.X[:1], 6, axis=0), np.eye(2, dtype=dtype)[[0, 1] * 3]),))


CANCELLING = {
    "a perfect fit": lambda dtype: fitted(dtype, 0),
    "a fit but for a rounding": lambda dtype: fitted(dtype, 1),
    "a fit but for a hundred roundings": lambda dtype: fitted(dtype, 100),
    "a sum that cancels": lambda dtype: linear([[0.1, 7.1], [0.2, -3.3], [-0.3, -3.8]], dtype),
    "a sum of large numbers that is small": lambda dtype: linear([[1e5 / 3], [1e5 / 7], [1.0], [-1e5 / 3], [-1e5 / 7]], dtype),
    "classes in balance": undecided,
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CANCELLING)
@pytest.mark.parametrize("name", ORACLES)
def test_a_gradient_that_cancels_is_not_called_wrong(name, case, dtype):
    found = told(ready(name), CANCELLING[case](dtype))
    assert {key: each for key, each in found.items() if each.verdict == WRONG} == {}
    for each in found.values():
        assert each.slopes or each.verdict == UNRESOLVED or each.relative <= each.tolerance


def vanishing(depth):
    """Give a deep network of small weights, whose first gradients are far smaller than the rounding of J."""
    of = asked((Tanh(),) * depth, (4,) * (depth + 1), Objective(SquaredError()), bias=False)
    return replace(of, W=tuple(0.1 * W for W in of.W))


@pytest.mark.parametrize("depth", [4, 6, 8, 12, 16, 30])
@pytest.mark.parametrize("name", ORACLES)
def test_a_gradient_that_vanishes_is_not_called_wrong(name, depth):
    of = vanishing(depth)
    own, found = own_answer(of).values, told(ready(name), of)
    assert {key: each for key, each in found.items() if each.verdict == WRONG} == {}
    assert depth < 30 or np.abs(own["dW1"]).max() < 1e-16
    if name not in ("finite-difference", "taylor"):  # which subtract
        assert max(each.relative for each in found.values()) <= 1e-12


@pytest.mark.parametrize("depth", [4, 8])
def test_a_mistake_in_a_gradient_that_vanishes_is_wrong_as_far_as_it_can_be_seen(depth):
    of, right = vanishing(depth), ready("finite-difference").answer
    doubled = Echo(lambda question: replace(right(question), values={k: 2 * M for k, M in right(question).values.items()}))
    assert {each.verdict for each in told(doubled, of).values()} == {WRONG}


@pytest.mark.parametrize("seed", range(5))
def test_a_mistake_of_a_billionth_is_wrong_in_double_precision(seed):
    found = told(given(lambda own: {name: M * (1 + 1e-9) for name, M in own.items()}), network(seed=seed))
    assert {each.verdict for each in found.values()} == {WRONG}
    assert all(each.relative == pytest.approx(1e-9, rel=1e-3) for each in found.values())


def test_a_mistake_is_wrong_where_a_thousandfold_is_cancelled():
    """dW = 1000 - 999 = 1: a rounding of either is 10⁻¹³ of it, and a billionth is not."""
    of = linear([[1000.0], [-999.0]])
    for off, verdict in ((1e-9, WRONG), (1e-10, WRONG), (1e-13, APPROXIMATE)):
        assert told(given(lambda own, off=off: {"dW1": own["dW1"] * (1 + off)}), of)["dW1"].verdict == verdict, off
    of = linear([[1e6], [-999_999.0]])
    found = told(given(lambda own: {"dW1": own["dW1"] * (1 + 1e-10)}), of)["dW1"]
    assert (found.verdict, found.remark.partition(" for ")[0]) == (APPROXIMATE, "rounding accounts")
    assert CLOSE["float64"] < found.relative <= found.tolerance < 1e-7
    found = told(given(lambda own: {"dW1": own["dW1"] * (1 + 1e-5)}), of)["dW1"]
    assert (found.verdict, found.tolerance) == (WRONG, CLOSE["float64"])


def test_what_is_smaller_than_its_rounding_is_unresolved_and_says_how_large_that_is():
    of = linear([[0.1], [0.2], [-0.3]])
    found = told(given(lambda own: {"dW1": own["dW1"] + 1e-17}), of)["dW1"]
    assert (found.verdict, found.entries, found.compared, found.skipped) == (UNRESOLVED, 1, 1, 0)
    size = float(found.remark.rpartition(" ")[2])
    assert np.finfo(float).eps / 10 < size < 100 * np.finfo(float).eps
