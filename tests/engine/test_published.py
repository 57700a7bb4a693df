"""The worked examples: what the engine gives is what they print."""

import math

import numpy as np
import pytest

from tests import published
from tests.cases import passed
from yann.engine.network import Layer, Network
from yann.engine.objective import Objective
from yann.engine.per_sample import per_sample
from yann.parts.activations import Identity, ReLU, Sigmoid, SiLU
from yann.parts.generators import FixedError, OnesData, ZerosData
from yann.parts.initializers import Constant, Given, Ones, Zeros
from yann.parts.losses import BinaryCrossEntropy, HalfSquaredError, Output, SquaredError
from yann.parts.optimizers import SGD
from yann.parts.reductions import REDUCTIONS, Mean
from yann.study.cell import Cell, MadeData, Matrix
from yann.study.run import start, walk

FLOAT32 = 2e-6  # the figures were printed from single precision
WIDTH, SAMPLES = 3, 15


def cell_of(network, objective, data, optimizer=SGD(), steps=0):  # noqa: B008 - a part is a frozen value
    """Give a cell of one replicate."""
    return Cell(network, data, objective, optimizer, steps, None, 1, 0, 1, "float64")


def first(cell):
    """Give the trace and the gradients before any step, and the parameters and data they came from."""
    params, data, _ = start(cell, [0])
    return *passed(cell, params, data.X, data.Y), params, data


def square(depth, init, targets, objective, dead=None):
    """Give a cell of 3 × 3 layers without activation on ones; in layer `dead` the middle unit is multiplied by 0."""
    scales = [(1.0, 0.0, 1.0) if at == dead else None for at in range(1, depth + 1)]
    layers = tuple(Layer(WIDTH, WIDTH, Identity(), init, None, scale) for scale in scales)
    return cell_of(Network(layers), objective, MadeData(OnesData(), targets, SAMPLES))


def given(*rows):
    """Give explicit values."""
    return Given(tuple(tuple(map(float, row)) for row in rows))


@pytest.mark.parametrize("reduction", published.REDUCE_OUTPUT)
def test_the_gradient_is_averaged_over_the_batch_only_because_the_loss_is(reduction):
    _, (g,), *_ = first(square(1, Ones(), ZerosData(), Objective(Output(), REDUCTIONS[reduction]())))
    assert g.dW.ravel().tolist() == pytest.approx([published.REDUCE_OUTPUT[reduction]] * 9, rel=FLOAT32)


@pytest.mark.parametrize("reduction", published.HALF_MSE)
def test_half_the_squared_error_gives_its_published_figures(reduction):
    figures = published.HALF_MSE[reduction]
    cell = square(1, Ones(), OnesData(), Objective(HalfSquaredError(), REDUCTIONS[reduction]()))
    trace, (g,), _, data = first(cell)
    losses = cell.objective.losses(cell.network, trace, data.Y)
    assert cell.objective.reduction.kept(losses)[0] == pytest.approx(figures["loss"], rel=1e-14)
    assert np.unique(g.dA) == pytest.approx([figures["dA"]], rel=FLOAT32)
    assert g.dW.ravel().tolist() == pytest.approx([figures["dW"]] * 9, rel=FLOAT32)


@pytest.mark.parametrize("depth", published.DEPTH_ONES)
def test_gradients_of_ones_grow_threefold_with_each_layer(depth):
    _, gradients, *_ = first(square(depth, Ones(), FixedError(), Objective(SquaredError())))
    for g in gradients:
        assert g.dW.ravel().tolist() == pytest.approx([2 / 3 * 3 ** (depth - 1)] * 9, rel=1e-14)
        assert g.dW.ravel().tolist() == pytest.approx([published.DEPTH_ONES[depth]] * 9, rel=FLOAT32)


@pytest.mark.parametrize("depth", range(1, 8))
def test_gradients_of_normalised_weights_are_two_thirds_at_every_depth(depth):
    _, gradients, *_ = first(square(depth, Constant(value=1 / 3), ZerosData(), Objective(SquaredError())))
    for g in gradients:
        assert g.dW.ravel().tolist() == pytest.approx([2 / 3] * 9, rel=1e-14)
        assert g.dW.ravel().tolist() == pytest.approx([published.DEPTH_NORMALISED] * 9, rel=FLOAT32)


@pytest.mark.parametrize("depth", range(1, 8))
def test_a_dead_unit_shrinks_every_other_layers_gradient_by_two_thirds_or_four_ninths(depth):
    dead = math.ceil(depth / 2)
    _, gradients, *_ = first(square(depth, Constant(value=1 / 3), ZerosData(), Objective(SquaredError()), dead))
    whole = 2 / 3 * np.ones((3, 3))
    for at, g in enumerate(gradients, start=1):
        # one factor of 2/3 if the dead unit is in front of the error, and one more if layer l does not touch it
        factor = {dead: 1 if depth == dead else 2 / 3, dead + 1: 2 / 3}.get(at, 4 / 9)
        expected = factor * whole
        if at == dead:
            expected[:, 1] = 0
        if at == dead + 1:
            expected[1, :] = 0
        np.testing.assert_allclose(g.dW[0], expected, rtol=1e-14, atol=0)


@pytest.mark.parametrize("depth", published.DEAD_UNIT)
def test_a_dead_unit_gives_its_published_gradients(depth):
    cell = square(depth, Constant(value=1 / 3), ZerosData(), Objective(SquaredError()), math.ceil(depth / 2))
    _, gradients, *_ = first(cell)
    figures = [published.DEAD_UNIT[depth], published.DEAD_UNIT_SECOND.get(depth), published.DEAD_UNIT_THIRD][:depth]
    for g, figure in zip(gradients, figures, strict=True):
        np.testing.assert_allclose(g.dW[0], figure, rtol=FLOAT32, atol=0)


def test_the_yann_network_gives_its_published_figures():
    W1 = np.array([[0.1, 0.5, 0.3], [0.7, 0.2, 0.9], [0.4, 0.25, 0.75]]).T.tolist()
    W2 = np.array([[0.9, 0.6, 0.4], [0.3, 0.8, 0.7]]).T.tolist()
    network = Network((Layer(3, 3, ReLU(), given(*W1), Zeros()), Layer(3, 2, Sigmoid(), given(*W2), Zeros())))
    data = MadeData(Matrix(((0.23, 0.82, 0.47),)), Matrix(((1.0, 0.0),)), 1)
    cell = cell_of(network, Objective(BinaryCrossEntropy(), Mean()), data, SGD(lr=0.01), steps=1)
    params, _, batches = start(cell, [0])
    state, _ = walk(cell, params, batches)
    loss = cell.objective.reduction.kept(cell.objective.losses(network, state.trace, state.Y))[0]
    assert loss == pytest.approx(published.YANN["loss"], rel=1e-14)
    full = published.YANN_FULL
    for at, (seen, g, after) in enumerate(zip(state.trace, state.gradients, state.after, strict=True)):
        assert seen.A[0, 0].tolist() == pytest.approx(published.YANN["A"][at], rel=1e-14)
        assert seen.Z[0, 0].tolist() == pytest.approx(full["Z"][at], rel=1e-14)
        for name in ("dA", "dZ"):
            assert getattr(g, name)[0, 0].tolist() == pytest.approx(full[name][at], rel=1e-13)
        np.testing.assert_allclose(g.dW[0].T, published.YANN["dW"][at], rtol=5e-5)  # five digits are printed
        np.testing.assert_allclose(g.dW[0].T, full["dW"][at], rtol=1e-13)
        np.testing.assert_allclose(g.db[0, 0], published.YANN["db"][at], rtol=5e-5)
        np.testing.assert_allclose(after.W[0].T, published.YANN["W_after"][at], rtol=3e-15)
        np.testing.assert_allclose(after.b[0, 0], full["b_after"][at], rtol=1e-13)


def test_silu_with_momentum_gives_its_published_iterations():
    layers = (
        Layer(3, 2, SiLU(), given([0.4, -0.3], [0.2, 0.2], [-0.5, 0.1]), given([0, -0.4])),
        Layer(2, 1, Sigmoid(), given([0.3], [-0.1]), given([0.1])),
    )
    data = MadeData(Matrix(((1.0, 0.0, 0.5), (0.1, 0.5, 1.0), (0.0, 1.0, 0.7))), Matrix(((1.0,), (0.0,), (0.0,))), 3)
    cell = cell_of(Network(layers), Objective(BinaryCrossEntropy(), Mean()), data, SGD(lr=0.8, momentum=0.9), steps=2)
    params, _, batches = start(cell, [0])
    states = list(walk(cell, params, batches))
    for state, figures in zip(states, published.SILU_MOMENTUM, strict=False):
        (_, seen), (g1, g2), (after1, after2) = state.trace, state.gradients, state.after
        losses = cell.objective.losses(cell.network, state.trace, state.Y)
        assert losses.mean() == pytest.approx(figures["loss"], rel=1e-14)
        assert losses.ravel().tolist() == pytest.approx(figures["per_sample"], rel=1e-8)
        assert seen.A.ravel().tolist() == pytest.approx(figures["A"], rel=1e-8)
        for got, printed in (
            (g1.dW[0].T, figures["dW1"]),
            (g2.dW[0].ravel(), figures["dW2"]),
            (g2.db.ravel(), [figures["db2"]]),
            (after1.W[0].T, figures["W1_after"]),
            (after1.b.ravel(), figures["b1_after"]),
            (after2.W.ravel(), figures["W2_after"]),
            (after2.b.ravel(), [figures["b2_after"]]),
        ):
            np.testing.assert_allclose(got, printed, rtol=0, atol=6e-9)  # eight decimals are printed
    shares = per_sample(states[0].trace[0].A_in, states[0].gradients[0].dZ)
    assert shares[0, 0, 0, 0] * 3 == pytest.approx(published.SILU_FIRST_SHARE, rel=1e-14)
