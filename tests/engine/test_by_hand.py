"""The engine on a few numbers, worked out on paper: one unit a layer, two samples, six samples with four outputs."""

import math

import numpy as np
import pytest

from yann.engine.backward import backward
from yann.engine.forward import forward
from yann.engine.network import Layer, LayerParams, Network
from yann.engine.objective import Objective
from yann.engine.per_sample import per_sample
from yann.engine.scaling import ANY, kept
from yann.parts.activations import Identity, Sigmoid
from yann.parts.initializers import Ones
from yann.parts.losses import BinaryCrossEntropy, CrossEntropy, Output
from yann.parts.reductions import REDUCTIONS, Sum

OUTPUT = Objective(Output(), Sum())
BITS = Objective(BinaryCrossEntropy(), Sum())


def carried(layers, params, X, Y, objective, **options):
    """Carry X forward and the gradient back: the losses and the gradients."""
    network = Network(tuple(layers))
    with np.errstate(all="ignore"):  # as in a run
        trace = forward(network, params, X)
        return objective.losses(network, trace, Y), backward(network, params, trace, objective, Y, **options)


def one_unit(weights, objective, x, y, last=Identity(), scale=None, **options):  # noqa: B008 - a part is a frozen value
    """Send one number through layers of one unit without activation, but for the last: its loss and the gradients."""
    layers = [*[Layer(1, 1, Identity(), Ones())] * (len(weights) - 1), Layer(1, 1, last, Ones(), None, scale)]
    params = tuple(LayerParams(np.full((1, 1, 1), W), None) for W in weights)
    losses, gradients = carried(layers, params, np.full((1, 1, 1), x), np.full((1, 1, 1), y), objective, **options)
    return losses.item(), gradients


# The objective


@pytest.mark.parametrize("scale", [None, (1.0,)], ids=["no scale", "a scale of 1"])
@pytest.mark.parametrize(
    ("z", "y", "loss", "dZ"),
    [(800.0, 0.0, 800, 1), (-800.0, 1.0, 800, -1), (40.0, 0.0, 40, 1), (40.0, 1.0, math.exp(-40), -math.exp(-40))],
)
def test_a_saturated_unit_has_its_loss_and_its_gradient_from_its_logit(z, y, loss, dZ, scale):
    """By way of the probability, which is 0 or 1 here, they would be infinite or nan."""
    lost, gradients = one_unit((1.0, 1.0), BITS, z, y, Sigmoid(), scale)
    if abs(z) < 700:  # 1/σ(-z) is 1 + e^z; by way of the probability, which is rounded to 1, it would be infinite
        assert gradients[-1].dA.item() == pytest.approx(1 + math.exp(z) if y == 0 else -1 - math.exp(-z), rel=1e-15)
    assert lost == pytest.approx(loss, rel=4e-15, abs=0)
    for g in gradients:
        assert g.dZ.item() == pytest.approx(dZ, rel=4e-15, abs=0)
        assert g.dW.item() == pytest.approx(z * dZ, rel=4e-15, abs=0)


def test_a_scale_behind_a_sigmoid_makes_another_probability():
    """σ(ln 3) = 3/4, so ŷ = 3/8, dA = 1/(1 - 3/8) = 8/5 and dZ = 8/5·(3/4·1/4)·1/2 = 3/20."""
    lost, (g,) = one_unit((1.0,), BITS, math.log(3), 0.0, Sigmoid(), (0.5,))
    assert lost == pytest.approx(math.log(8 / 5), rel=4e-15)
    assert g.dA.item() == pytest.approx(8 / 5, rel=4e-15)
    assert g.dZ.item() == pytest.approx(3 / 20, rel=4e-15)


FACTORS = {"mean": 1 / 24, "sum": 1, "batch_mean": 1 / 6, "feature_mean": 1 / 4, "none": 1, "per_sample": 1 / 4}
FACTORS_OF_CLASSES = {"mean": 1 / 6, "sum": 1, "batch_mean": 1 / 6, "feature_mean": 1, "none": 1, "per_sample": 1}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_six_samples_and_four_outputs_are_counted_as_such_and_four_classes_as_one_loss(name):
    layer, params = Layer(2, 4, Identity(), Ones()), (LayerParams(np.zeros((3, 2, 4)), None),)
    X, Y = np.zeros((3, 6, 2)), np.tile([1.0, 0.0, 0.0, 0.0], (3, 6, 1))
    _, (g,) = carried([layer], params, X, Y, Objective(Output(), REDUCTIONS[name]()))
    np.testing.assert_allclose(g.dZ, np.full((3, 6, 4), FACTORS[name]), rtol=4e-15)
    losses, (g,) = carried([layer], params, X, Y, Objective(CrossEntropy(), REDUCTIONS[name]()))
    assert losses.shape == (3, 6, 1)
    np.testing.assert_allclose(g.dZ, FACTORS_OF_CLASSES[name] * (0.25 - Y), rtol=4e-15)


# Forward and backward


def test_two_replicates_have_their_own_weights_and_biases():
    """A_1 = x·W_1 + b_1 is 2 + 1 and 5 - 1; ŷ = A_1·W_2 + b_2 is 9 + 4 and 28 + 6."""
    layers = [Layer(1, 1, Identity(), Ones(), Ones())] * 2
    stacks = [np.array(pair, dtype=float).reshape(2, 1, 1) for pair in ((2, 5), (1, -1), (3, 7), (4, 6))]
    params = (LayerParams(*stacks[:2]), LayerParams(*stacks[2:]))
    losses, (first, second) = carried(layers, params, np.ones((2, 1, 1)), np.zeros((2, 1, 1)), OUTPUT)
    assert losses.ravel().tolist() == [13, 34]
    assert second.dW.ravel().tolist() == [3, 4]
    assert second.db.ravel().tolist() == [1, 1]
    assert first.dW.ravel().tolist() == first.db.ravel().tolist() == [3, 7]


def test_a_bias_gradient_of_many_samples_keeps_its_digits_in_single_precision():
    """A hundred thousand tenths: added up one by one in single precision they miss 10000 by more than 1."""
    layer = Layer(1, 3, Identity(), Ones(), Ones(), (0.1,) * 3)
    params = (LayerParams(np.ones((1, 1, 3), "float32"), np.ones((1, 1, 3), "float32")),)
    X, Y = np.ones((1, 100_000, 1), "float32"), np.zeros((1, 100_000, 3), "float32")
    _, (g,) = carried([layer], params, X, Y, OUTPUT)
    assert g.db.dtype == g.dZ.dtype == "float32"
    assert g.db.ravel().tolist() == pytest.approx([10_000] * 3, rel=1e-7)


def test_a_samples_share_is_its_inputs_down_and_its_dZ_across():
    shares = per_sample(np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([[3.0, 4.0, 5.0], [1.0, 0.0, 2.0]]))
    assert shares.tolist() == [[[3, 4, 5], [6, 8, 10]], [[0, 0, 0], [-1, 0, -2]]]


# Beyond range


def test_a_matrix_is_rescaled_by_the_power_of_two_of_its_largest_entry():
    """12 = 3/4·2⁴ and 0.1 = 4/5·2⁻³."""
    M = np.array([[[3.0, -12.0], [0.0, 1.0]], [[-0.1, 0.0], [0.0, 0.0625]], np.zeros((2, 2)), [[math.inf, 1.0], [2.0, 3.0]]])
    scaled, e = kept(M, None, ANY)
    assert e.tolist() == [4, -3, 0, 0]
    assert (scaled == M * np.array([1 / 16, 8, 1, 1])[:, None, None]).all()


def test_the_powers_of_two_of_the_layers_above_add_up():
    """dA_2 is 32 = ½·2⁶, and dA_1 is 32·8 = ½·8·2⁶ = ½·2⁹."""
    _, gradients = one_unit((4.0, 8.0, 32.0), OUTPUT, 1.0, 0.0, reach=ANY)
    assert [g.exponent if g.exponent is None else g.exponent.item() for g in gradients] == [9, 6, None]
    assert [g.dA.item() for g in gradients] == [0.5, 0.5, 1]
    assert [g.dW.item() for g in gradients] == [0.5, 2, 32]  # times these powers of two: 256, 128 and 32
