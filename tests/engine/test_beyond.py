"""Gradients beyond the range of floats, against the same network in numbers that have no range."""

from dataclasses import replace
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest

from tests.parts import references
from yann.engine.network import Layer, Network
from yann.engine.objective import Objective
from yann.engine.scaling import SMALL, activated, kept, near, size, times
from yann.parts.activations import ACTIVATIONS, Identity
from yann.parts.generators import NormalData, ZerosData
from yann.parts.initializers import Constant, Normal
from yann.parts.losses import LOSSES
from yann.parts.optimizers import SGD
from yann.parts.reductions import Mean
from yann.study.cell import Cell, MadeData, Matrix
from yann.study.metrics import METRICS
from yann.study.moment import flat_somewhere
from yann.study.result import STATES
from yann.study.run import run, start

MEASURE = [METRICS[name]() for name in ("log10_dW_rms", "dW_rms", "dead_fraction")]
S, ALPHA = mp.mpf("1.0507009873554804934193349852946"), mp.mpf("1.6732632423543772848170429916717")
# what an activation is far out on the left and on the right: a slope and a constant; exponentials of such z are 0 to everybody
FAR_OUT = {
    "identity": ((1, 0), (1, 0)),
    "relu": ((0, 0), (1, 0)),
    "leaky_relu": ((mp.mpf(0.01), 0), (1, 0)),
    "elu": ((0, -1), (1, 0)),
    "selu": ((0, -S * ALPHA), (S, 0)),
    "softplus": ((0, 0), (1, 0)),
    "sigmoid": ((0, 0), (0, 1)),
    "tanh": ((0, -1), (0, 1)),
    "silu": ((0, 0), (1, 0)),
    "gelu": ((0, 0), (1, 0)),
    "gelu_tanh": ((0, 0), (1, 0)),
}
AT_KINKS = {"relu": 0, "leaky_relu": mp.mpf(0.01), "elu": 1, "selu": S * ALPHA}
FAR, NEAR = mp.mpf(10) ** 6, mp.mpf(10) ** -30


def cell_of(activation, loss="mse", stds=(1.0,) * 4, bias=None, dtype="float64", targets=NormalData()):  # noqa: B008 - frozen
    """Give a cell of so many layers of three units, each with weights of its own size."""
    layers = [Layer(3, 3, activation, Normal(std=std), bias) for std in stds]
    layers[-1] = Layer(3, 3, Identity(), Normal(std=stds[-1]), bias)
    data = MadeData(NormalData(), targets, 4)
    return Cell(Network(tuple(layers)), data, Objective(LOSSES[loss](), Mean()), SGD(), 0, None, 1, 5, 1, dtype)


def phi_of(name, z):
    """Give φ(z) and φ'(z) at any size of z."""
    f = references.plain(ACTIVATIONS[name]())
    if abs(z) > FAR:
        slope, constant = FAR_OUT[name][z > 0]
        return slope * z + constant, mp.mpf(slope)
    if z == 0 and name in AT_KINKS:
        return f(z), mp.mpf(AT_KINKS[name])
    beside = z if abs(z) > NEAR else (mp.sign(z) or 1) * NEAR  # φ' is the same there to 30 digits, and on the same side of a kink
    h = mp.mpf(10) ** -50
    return f(z), (f(beside + h) - f(beside - h)) / (2 * h)


def truth(cell, name, df):
    """Give log10 of the rms of every dW, with 150 digits and no range at all; -inf where it is 0."""
    params, data, _ = start(cell, [0])
    exact = np.vectorize(mp.mpf, otypes=[object])
    A, trace = exact(data.X[0]), []
    for number, theta in enumerate(params, start=1):
        Z = A @ exact(theta.W[0]) + (0 if theta.b is None else exact(theta.b[0]))
        phi, slopes = np.vectorize(lambda z: phi_of(name, z), otypes=[object, object])(Z)
        if number == len(params):
            phi, slopes = Z, Z * 0 + 1
        trace.append((A, slopes))
        A = phi
    Y = exact(data.Y[0])
    dA, found = np.vectorize(df, otypes=[object])(A, Y) / (Y.size), []
    for (A_in, slopes), theta in zip(reversed(trace), reversed(params), strict=True):
        dZ = dA * slopes
        dW = A_in.T @ dZ
        rms = mp.sqrt(mp.fsum(x * x for x in dW.flat) / dW.size)
        found.append(float(mp.log10(rms)) if rms else -np.inf)
        dA = dZ @ exact(theta.W[0]).T
    return found[::-1]


SIZES = {
    "fading": (1e-80,) * 9,
    "exploding": (1e80,) * 9,
    "there and back": (*(1e-90,) * 6, *(1e90,) * 6),
    "back and there": (*(1e90,) * 5, *(1e-90,) * 5),
    "in range": (0.7,) * 5,
}
MSE = ("mse", lambda p, y: 2 * (p - y))
MAE = ("mae", lambda p, y: mp.sign(p - y))


@pytest.mark.parametrize("loss", [MSE, MAE], ids=["mse", "mae"])
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_gradient_has_its_true_size_however_small_or_large(name, sizes, loss):
    cell = cell_of(ACTIVATIONS[name](), loss[0], sizes)
    with mp.workdps(150):
        expected = truth(cell, name, loss[1])
    result = run(cell, MEASURE, [0])
    np.testing.assert_allclose(result.metrics["log10_dW_rms"][0, :, 0], expected, rtol=1e-11, atol=1e-11)
    states = [STATES[state] for state in result.state[0, :, 0]]
    for state, log10 in zip(states, expected, strict=True):
        if -np.inf < log10 < -308.5:
            assert state in {"underflow", "nan", "overflow"}


@pytest.mark.parametrize("name", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize("std", [1e-12, 1e12])
def test_so_it_has_in_single_precision(name, std):
    cell = cell_of(ACTIVATIONS[name](), "mse", (std,) * 9, dtype="float32")
    with mp.workdps(150):
        expected = truth(cell, name, MSE[1])
    result = run(cell, MEASURE, [0])
    np.testing.assert_allclose(result.metrics["log10_dW_rms"][0, :, 0], expected, rtol=1e-5, atol=1e-5)


def test_biases_bring_a_signal_back_into_range():
    cell = cell_of(ACTIVATIONS["tanh"](), "mse", (1e-200, 1e-200, 1.0, 1e-200), Normal(std=0.3))
    with mp.workdps(150):
        expected = truth(cell, "tanh", MSE[1])
    np.testing.assert_allclose(run(cell, MEASURE, [0]).metrics["log10_dW_rms"][0, :, 0], expected, rtol=1e-11)


def test_targets_of_zero_and_a_prediction_beyond_range_still_have_a_gradient():
    """dA = 2·(Ŷ - 0) is as small as Ŷ is."""
    cell = cell_of(ACTIVATIONS["tanh"](), "mse", (1e-100,) * 6, targets=ZerosData())
    with mp.workdps(150):
        expected = truth(cell, "tanh", MSE[1])
    assert max(expected) < -600
    np.testing.assert_allclose(run(cell, MEASURE, [0]).metrics["log10_dW_rms"][0, :, 0], expected, rtol=1e-11)


def test_no_company_changes_a_replicate_that_is_beyond_range():
    cell = cell_of(ACTIVATIONS["relu"](), "mse", (1e-70, 1e100, *(1e-70,) * 8))
    together = run(cell, MEASURE, range(7))
    for r in range(7):
        alone = run(cell, MEASURE, [r])
        for name, values in together.metrics.items():
            assert values[..., r].tobytes() == alone.metrics[name][..., 0].tobytes()
        assert together.origin[:, r] == alone.origin[:, 0]


# A saturated slope is not a dead one


@pytest.mark.parametrize(("dtype", "z"), [("float64", 800.0), ("float32", 120.0)])
@pytest.mark.parametrize("name", sorted({*ACTIVATIONS} - {"identity", "relu", "leaky_relu"}))
def test_a_slope_that_is_too_small_for_its_floats_is_an_underflow_and_no_death(name, dtype, z):
    """Far on the level side, where there is one: on the left for all, and for sigmoid and tanh on the right too."""
    layers = (Layer(1, 1, ACTIVATIONS[name](), Constant(value=-z)), Layer(1, 1, Identity(), Constant(value=1.0)))
    data = MadeData(Matrix(((1.0,),)), Matrix(((5.0,),)), 1)
    cell = replace(cell_of(Identity(), dtype=dtype), network=Network(layers), data=data)
    result = run(cell, MEASURE, [0])
    assert result.metrics["dW_rms"][0, 0, 0] == 0
    assert result.metrics["dead_fraction"][0, :, 0].tolist() == [0, 0]
    assert STATES[result.state[0, 0, 0]] == "underflow"
    relu = replace(cell, network=Network((replace(layers[0], activation=ACTIVATIONS["relu"]()), layers[1])))
    result = run(relu, MEASURE, [0])
    assert result.metrics["dead_fraction"][0, :, 0].tolist() == [1, 0]
    assert STATES[result.state[0, 0, 0]] == "ok"


LEVEL = [ACTIVATIONS["leaky_relu"](slope=0.0), ACTIVATIONS["elu"](alpha=0.0)]


@pytest.mark.parametrize("part", [*(part() for _, part in ACTIVATIONS.items()), *LEVEL], ids=str)
def test_it_is_known_which_activations_are_level_somewhere(part):
    Z = np.linspace(-9, 9, 4001)[None, None]
    zeros = part.df(Z, part.f(Z))[0, 0] == 0
    assert flat_somewhere(part) == any(one and other for one, other in pairwise(zeros))


# The powers of two


@np.errstate(over="ignore")
def test_an_array_is_brought_back_only_where_it_is_out_of_reach():
    M = np.array([[[1e-200, 3e-180]], [[0.5, -4.0]], [[0.0, 0.0]], [[1e250, np.inf]]])
    scaled, e = kept(M, None, SMALL)
    assert e.tolist() == [size(M)[0], 0, 0, 0]
    assert (times(scaled, e) == M).all()
    assert 0.5 <= np.abs(scaled[0]).max() < 1
    assert kept(M[1:], None, SMALL)[1] is None
    back, e = kept(scaled, e * np.array([0, 1, 1, 1]), SMALL)  # and not longer than that
    assert e is None
    assert (back == scaled).all()


def test_what_is_near_keeps_the_ratios_of_what_is_too_large():
    M = np.array([[[0.5, -0.75, 0.0]]])
    with np.errstate(over="raise"):
        found = near(M, np.array([5000]))
    assert np.isfinite(found).all()
    assert (found / found.max() == M / M.max()).all()
    assert near(M, np.array([-5000])).tolist() == [[[0, 0, 0]]]


def test_far_out_a_unit_is_straight_or_level_and_near_0_it_is_straight():
    Z = np.array([[[0.5, -0.5, 0.0]]])
    for power, by_hand in {
        5000: {
            "relu": [0.5, 0, 0],
            "leaky_relu": [0.5, -0.005, 0],
            "elu": [0.5, 0, 0],
            "silu": [0.5, 0, 0],
            "identity": [0.5, -0.5, 0],
        },
        -5000: {"relu": [0.5, 0, 0], "tanh": [0.5, -0.5, 0], "silu": [0.25, -0.25, 0], "gelu": [0.25, -0.25, 0]},
    }.items():
        for name, expected in by_hand.items():
            with np.errstate(over="ignore"):  # as in a run
                _, _, A, e = activated(ACTIVATIONS[name](), Z, np.array([power]))
            assert e.tolist() == [power]
            assert A[0, 0].tolist() == pytest.approx(expected, rel=1e-15, abs=0)
    with np.errstate(over="ignore"):
        _, _, A, e = activated(ACTIVATIONS["tanh"](), Z, np.array([5000]))
    assert (A.tolist(), e.tolist()) == ([[[1, -1, 0]]], [0])
    _, _, A, e = activated(ACTIVATIONS["sigmoid"](), Z, np.array([-5000]))
    assert (A.tolist(), e.tolist()) == ([[[0.5, 0.5, 0.5]]], [0])
