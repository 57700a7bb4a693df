"""States: what became of a layer's numbers. Tiny, dead, infinite and undefined are four different things."""

from dataclasses import replace

import numpy as np
import pytest

from yann.engine.network import Layer, Network
from yann.engine.objective import Objective
from yann.parts.activations import ACTIVATIONS, Identity, ReLU, Sigmoid
from yann.parts.generators import NormalData, OnesData, ZerosData
from yann.parts.initializers import Constant, Normal, Ones, Zeros
from yann.parts.losses import LOSSES, BinaryCrossEntropy, Output, SquaredError
from yann.parts.optimizers import SGD
from yann.parts.reductions import Sum
from yann.study.cell import Cell, MadeData, Matrix
from yann.study.metrics import METRICS
from yann.study.result import STATES
from yann.study.run import run

MEASURE = [metric() for _, metric in METRICS.items()]


def chain(depth, W=1.0, b=None, activation=Identity(), x=1.0, **settings):  # noqa: B008 - a part is a frozen value
    """Give a cell of `depth` layers of one unit, whose J is its output."""
    bias = None if b is None else Constant(value=b)
    layers = tuple(Layer(1, 1, activation, Constant(value=W), bias) for _ in range(depth))
    data = MadeData(Matrix(((x,),)), Matrix(((0.0,),)), 1)
    return Cell(Network(layers), data, Objective(Output(), Sum()), SGD(), 0, None, 1, 0, 1, "float64", **settings)


def half_slope(depth, dtype):
    """Give a chain whose every slope is ¼, sigmoid's steepest: z = ½·1 - ½ = 0 and A = ½ in every layer."""
    return replace(chain(depth, 1.0, -0.5, Sigmoid(), 0.5), dtype=dtype)


def told(cell):
    """Run a cell of one replicate: the states of its layers, and its metrics by layer."""
    result = run(cell, MEASURE, [0])
    return [STATES[s] for s in result.state[0, :, 0]], {name: values[0, :, 0] for name, values in result.metrics.items()}, result


@pytest.mark.parametrize(("dtype", "subnormal", "zero"), [("float32", 64, 75), ("float64", 512, 538)])
def test_a_vanishing_gradient_is_called_underflow_where_its_numbers_lose_it(dtype, subnormal, zero):
    """dZ of the layer n from the end is ¼ⁿ: subnormal from one depth on, exactly 0 from another."""
    depth = zero + 5
    states, metrics, _ = told(half_slope(depth, dtype))
    n = np.arange(depth, 0, -1)  # how many slopes stand between the layer's Z and J, its own included
    assert (metrics["dZ_rms"] == np.where(n >= zero, 0, 0.25**n)).all()
    # dW is half of it, and is lost half a slope sooner
    exponent = -2 * n - 1
    lost = exponent < (-126 if dtype == "float32" else -1022)
    assert states == ["underflow" if is_lost else "ok" for is_lost in lost]
    assert abs(int(n[lost].min()) - subnormal) <= 1
    np.testing.assert_allclose(metrics["log10_dW_rms"], exponent * np.log10(2), rtol=1e-14)


def test_an_exact_zero_is_dead_and_not_vanished():
    hidden = Layer(3, 3, ReLU(), Normal(), Constant(value=-1e3))
    output = Layer(3, 2, Identity(), Normal(), Zeros())
    data = MadeData(NormalData(), NormalData(), 6)
    cell = Cell(Network((hidden, hidden, output)), data, Objective(SquaredError()), SGD(), 0, None, 1, 0, 1, "float64")
    states, metrics, _ = told(cell)
    assert states == ["ok", "ok", "ok"]
    assert metrics["dead_fraction"].tolist() == [1, 1, 0]
    assert metrics["dW_norm"].tolist() == [0, 0, 0]
    assert metrics["dW_zero_fraction"].tolist() == [1, 1, 1]
    assert metrics["db_norm"][:2].tolist() == [0, 0]
    assert metrics["db_norm"][2] > 0  # but the output bias
    assert (metrics["log10_dW_rms"] == -np.inf).all()


def test_a_zero_factor_is_dead_and_not_vanished():
    cell = chain(3)
    layers = (cell.network.layers[0], replace(cell.network.layers[1], scale=(0.0,)), cell.network.layers[2])
    states, metrics, _ = told(replace(cell, network=Network(layers)))
    assert states == ["ok", "ok", "ok"]
    assert metrics["dead_fraction"].tolist() == [0, 1, 0]
    assert metrics["dW_norm"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(("dtype", "L"), [("float32", 128), ("float64", 1024)])
def test_an_explosion_is_called_overflow_from_the_layer_where_it_becomes_infinite(dtype, L):
    """A_l = 2^l is infinite from l = 128 in single precision, and from l = 1024 in double precision."""
    states, metrics, result = told(replace(chain(L - 1, 2.0), dtype=dtype))
    assert set(states) == {"ok"}
    np.testing.assert_allclose(metrics["dW_norm"], 2.0 ** (L - 2), rtol=1e-14)
    assert result.cell_state[0, 0] == STATES.index("ok")
    states, metrics, result = told(replace(chain(L + 3, 2.0), dtype=dtype))
    assert states[L - 1 :] == ["overflow"] * 4
    assert np.isinf(metrics["A_rms"][L - 1 :]).all()
    assert STATES[result.cell_state[0, 0]] == "overflow"
    assert np.isinf(result.loss[0, 0])


def test_the_first_layer_whose_numbers_leave_their_range_is_named():
    """A_l = 2^l overflows with layer 1024; inputs of 0 leave ∂J/∂Z = 2^(L - l) to overflow; ¼ⁿ/2 fades with n = 511 layers."""
    _, _, result = told(chain(1030, 2.0))
    assert result.origin.tolist() == [[1024]]
    _, _, result = told(chain(1030, 2.0, b=0.0, x=0.0))
    assert result.origin.tolist() == [[-6]]
    _, _, result = told(half_slope(600, "float64"))
    assert result.origin.tolist() == [[-(600 - 511 + 1)]]
    _, _, result = told(chain(5))
    assert result.origin.tolist() == [[0]]


def test_infinity_times_zero_is_still_called_overflow():
    """After 2^1024 = ∞ comes a weight of 0: ∞·0 is nan, and what it came from is told."""
    cell = chain(1026, 2.0)
    layers = (*cell.network.layers[:-1], replace(cell.network.layers[-1], init=Zeros()))
    states, _, result = told(replace(cell, network=Network(layers)))
    assert np.isnan(result.loss[0, 0])
    assert STATES[result.cell_state[0, 0]] == "overflow"
    assert "overflow" in states


def test_a_gradient_that_explodes_alone_is_called_overflow_and_keeps_its_logarithm():
    """Inputs of 0 keep every A at 0 while ∂J/∂Z doubles with each layer."""
    states, metrics, _ = told(chain(1030, 2.0, b=0.0, x=0.0))
    assert states[0] == "overflow"
    assert states[-1] == "ok"
    assert np.isinf(metrics["dZ_rms"][0])


def test_an_undefined_number_is_called_nan():
    cell = chain(1, 1.0)
    layer = replace(cell.network.layers[0], activation=Undefined())
    states, _, result = told(replace(cell, network=Network((layer,))))
    assert states == ["nan"]
    assert STATES[result.cell_state[0, 0]] == "nan"


class Undefined(Identity):
    """0/0"""

    name = "undefined"

    def f(self, Z):
        return Z * np.nan


def test_states_stand_from_good_to_bad():
    assert STATES == ("ok", "underflow", "nan", "overflow")


def test_the_state_of_a_cell_is_the_worst_of_its_layers():
    _, _, result = told(half_slope(80, "float32"))
    assert {STATES[s] for s in result.state[0, :, 0]} == {"ok", "underflow"}
    assert STATES[result.cell_state[0, 0]] == "underflow"


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_replicate_that_explodes_does_not_take_another_with_it(activation):
    network = Network(tuple(Layer(2, 2, ACTIVATIONS[activation](), Normal()) for _ in range(3)))
    data = MadeData(NormalData(), NormalData(), 3)
    cell = Cell(network, data, Objective(SquaredError()), SGD(lr=1e200), 2, None, 1, 0, 4, "float64")
    together = run(cell, MEASURE, range(4))
    for r in range(4):
        assert run(cell, MEASURE, [r]).state.tobytes() == together.state[..., r : r + 1].tobytes()


# Saturated outputs


def output_of(z, y, loss):
    """Give the loss and dZ of one saturated output behind a sigmoid or on its logit."""
    activation = Sigmoid() if loss == "bce" else Identity()
    layer = Layer(1, 1, activation, Constant(value=z))
    data = MadeData(OnesData(), Matrix(((y,),)), 1)
    cell = Cell(Network((layer,)), data, Objective(LOSSES[loss](), Sum()), SGD(), 0, None, 1, 0, 1, "float64")
    result = run(cell, MEASURE, [0])
    return result.loss[0, 0], result.metrics["dW_mean"][0, 0, 0], STATES[result.state[0, 0, 0]]


@pytest.mark.parametrize("loss", ["bce", "bce_with_logits"])
def test_a_saturated_output_is_no_vanishing_gradient(loss):
    """On probabilities alone the slope would be 0·∞; PyTorch's BCELoss says loss 100 and gradient 0."""
    assert output_of(800.0, 0.0, loss) == (800, 1, "ok")
    assert output_of(-800.0, 1.0, loss) == (800, -1, "ok")
    assert output_of(800.0, 1.0, loss)[:2] == (0, 0)
    assert output_of(-800.0, 0.0, loss)[:2] == (0, 0)
    assert output_of(40.0, 1.0, loss)[1] == pytest.approx(-4.24835426e-18, rel=1e-8, abs=0)


@pytest.mark.parametrize("loss", ["cross_entropy", "bce_with_logits"])
def test_an_infinite_logit_is_an_overflow(loss):
    """Never a bare nan: what it came from is told."""
    layer = Layer(1, 2, Identity(), Ones())
    data = MadeData(Matrix(((1e308,),)), Matrix(((0.0, 1.0),)), 1)
    network = Network((Layer(1, 1, Identity(), Constant(value=1e10)), layer))
    cell = Cell(network, data, Objective(LOSSES[loss](), Sum()), SGD(), 0, None, 1, 0, 1, "float64")
    states, _, _ = told(cell)
    assert states == ["overflow", "overflow"]


def test_binary_cross_entropy_behind_another_scale_of_probabilities_is_that_of_the_product():
    layer = Layer(1, 1, Sigmoid(), Constant(value=0.3), None, (0.5,))
    data = MadeData(OnesData(), Matrix(((1.0,),)), 1)
    cell = Cell(Network((layer,)), data, Objective(BinaryCrossEntropy(), Sum()), SGD(), 0, None, 1, 0, 1, "float64")
    result = run(cell, MEASURE, [0])
    p = 0.5 / (1 + np.exp(-0.3))
    assert result.loss[0, 0] == pytest.approx(-np.log(p), rel=1e-14)
    assert result.metrics["dW_mean"][0, 0, 0] == pytest.approx(-(1 - 2 * p), rel=1e-13)


def test_a_loss_beyond_range_is_told_though_every_gradient_is_in_range():
    """Σ(1e160)² overflows, 2·1e160 does not."""
    cell = Cell(
        Network((Layer(1, 1, Identity(), Constant(value=1e160)),)), MadeData(OnesData(), ZerosData(), 1),
        Objective(SquaredError()), SGD(), 0, None, 1, 0, 1, "float64",
    )  # fmt: skip
    result = run(cell, MEASURE, [0])
    assert STATES[int(result.cell_state[0, 0])] == "overflow"


def test_the_measured_steps_of_a_long_training_are_counted_and_not_walked():
    cell = Cell(
        Network((Layer(1, 1, Identity(), Constant(value=1.0)),)), MadeData(OnesData(), ZerosData(), 1),
        Objective(SquaredError()), SGD(), 10**12, None, 10**12, 0, 1, "float64",
    )  # fmt: skip
    assert cell.measured_steps == (0, 10**12)
    assert replace(cell, steps=10, every=4).measured_steps == (0, 4, 8, 10)
