"""Replicates, streams and ranges: what a replicate's numbers depend on, and what they do not."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from tests.cases import CELLS, cell_of, some_cells
from yann.engine.network import Layer, Network, init_params
from yann.engine.objective import Objective
from yann.engine.streams import Purpose, stream, streams
from yann.parts.activations import ACTIVATIONS, Identity, Sigmoid, Tanh
from yann.parts.generators import NormalData
from yann.parts.initializers import INITIALIZERS, Constant, HeNormal, Normal, TorchLinear, XavierNormal
from yann.parts.losses import LOSSES, Output, SquaredError
from yann.parts.optimizers import OPTIMIZERS
from yann.parts.reductions import REDUCTIONS, Sum
from yann.study.cell import Cell, MadeData, Matrix
from yann.study.metrics import METRICS
from yann.study.result import STATES, joined
from yann.study.run import run

MEASURE = [metric() for _, metric in METRICS.items()]
REPLICATES = 7


def assert_same_bytes(one, two):
    """Assert that two results are the same to the last bit."""
    assert one.steps == two.steps
    assert all(a.tobytes() == b.tobytes() and a.shape == b.shape for a, b in zip(one.losses, two.losses, strict=True))
    for name in ("accuracy", "test_loss", "test_accuracy", "state"):
        a, b = getattr(one, name), getattr(two, name)
        assert (a is None) == (b is None)
        assert a is None or a.tobytes() == b.tobytes(), name
    assert one.metrics.keys() == two.metrics.keys()
    for name, values in one.metrics.items():
        assert values.tobytes() == two.metrics[name].tobytes(), name


def assert_stacking_changes_nothing(cell, replicates=REPLICATES):
    """Assert that all replicates at once, each alone and some together give the same bytes."""
    everyone = list(range(replicates))
    together = run(cell, MEASURE, everyone)
    for size in (1, 2, 3):
        stacks = [everyone[r : r + size] for r in range(0, replicates, size)]
        assert_same_bytes(joined([run(cell, MEASURE, stack) for stack in stacks]), together)
    backwards = joined([run(cell, MEASURE, [r]) for r in reversed(everyone)])
    assert backwards.metrics["dW_norm"][..., ::-1].tobytes() == together.metrics["dW_norm"].tobytes()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("samples", [1, 2, 9, 120])
@pytest.mark.parametrize(
    "widths", [(1, 1, 1), (1, 8, 1), (5, 1, 3), (2, 3, 2), (16, 17, 16), (60, 60, 60), (3, 1), (1, 1), (40, 61, 7)]
)
def test_a_replicate_is_the_same_alone_or_in_company(widths, samples, dtype):
    layers = tuple(Layer(m, n, Tanh(), XavierNormal(), Normal(std=0.3)) for m, n in itertools.pairwise(widths))
    data = MadeData(NormalData(), NormalData(), samples)
    cell = Cell(Network(layers), data, Objective(SquaredError()), OPTIMIZERS["adam"](), 2, None, 1, 0, REPLICATES, dtype)
    assert_stacking_changes_nothing(cell)
    if samples > 2:
        assert_stacking_changes_nothing(replace(cell, batch=samples // 2))


@pytest.mark.parametrize(("widths", "samples"), [((100, 100, 100), 3), ((64, 64, 64), 130), ((1, 200, 1), 130)])
def test_a_replicate_of_large_matrices_is_the_same_alone_or_in_company(widths, samples):
    layers = tuple(Layer(m, n, Tanh(), XavierNormal(), Normal(std=0.3)) for m, n in itertools.pairwise(widths))
    data = MadeData(NormalData(), NormalData(), samples)
    cell = Cell(Network(layers), data, Objective(SquaredError()), OPTIMIZERS["sgd"](), 1, None, 1, 0, 3, "float64")
    assert_stacking_changes_nothing(cell, 3)


@pytest.mark.parametrize("name", some_cells(7))
def test_a_replicate_of_any_part_is_the_same_alone_or_in_company(name):
    assert_stacking_changes_nothing(replace(CELLS[name], steps=1), 5)


@pytest.mark.parametrize("init", INITIALIZERS)
def test_a_replicate_of_any_initializer_is_the_same_alone_or_in_company(init):
    layers = (Layer(4, 4, Tanh(), INITIALIZERS[init]()), Layer(4, 4, Tanh(), INITIALIZERS[init]()))
    data = MadeData(NormalData(), NormalData(), 3)
    cell = Cell(Network(layers), data, Objective(SquaredError()), OPTIMIZERS["sgd"](), 1, 2, 1, 0, 5, "float64")
    assert_stacking_changes_nothing(cell, 5)


# Streams


def weights(network, seed=0, replicates=(0, 1, 2), dtype="float64"):
    """Draw first parameters."""
    return init_params(network, seed, replicates, dtype)


def uniform_network(depth, width, init=XavierNormal(), bias=None):  # noqa: B008 - a part is a frozen value
    """Give a network of equal layers."""
    return Network(tuple(Layer(width, width, Tanh(), init, bias) for _ in range(depth)))


def test_a_deeper_network_starts_with_the_weights_of_a_shallower_one():
    shallow, deep = weights(uniform_network(3, 5)), weights(uniform_network(9, 5))
    for a, b in zip(shallow, deep, strict=False):
        assert a.W.tobytes() == b.W.tobytes()


def test_initializers_of_one_family_share_their_draws():
    xavier, he = weights(uniform_network(3, 5)), weights(uniform_network(3, 5, HeNormal()))
    for a, b in zip(xavier, he, strict=True):
        np.testing.assert_allclose(b.W, a.W * np.sqrt(2), rtol=1e-15)


def test_networks_of_different_widths_share_their_draws():
    narrow, wide = (weights(uniform_network(2, width, Normal())) for width in (3, 8))
    for a, b in zip(narrow, wide, strict=True):
        assert (a.W.reshape(3, -1) == b.W.reshape(3, -1)[:, :9]).all()


def test_another_replicate_changes_none_of_the_others():
    few, many = weights(uniform_network(3, 5), replicates=range(3)), weights(uniform_network(3, 5), replicates=range(10))
    for a, b in zip(few, many, strict=True):
        assert a.W.tobytes() == b.W[:3].tobytes()
    cell = cell_of(Tanh(), Objective(SquaredError()), 4, batch=4, steps=3)
    few, many = run(cell, MEASURE, range(2)), run(cell, MEASURE, range(6))
    for name, values in few.metrics.items():
        assert values.tobytes() == many.metrics[name][..., :2].tobytes()


def test_biases_change_no_weight():
    without, with_biases = weights(uniform_network(3, 5)), weights(uniform_network(3, 5, bias=TorchLinear()))
    for a, b in zip(without, with_biases, strict=True):
        assert a.W.tobytes() == b.W.tobytes()
        assert b.b.shape == (3, 1, 5)


def test_seed_replicate_and_layer_each_change_the_weights_and_nothing_is_drawn_twice():
    drawn = [theta.W[r] for seed in range(3) for theta in weights(uniform_network(4, 5), seed) for r in range(3)]
    assert len({W.tobytes() for W in drawn}) == 3 * 4 * 3
    first = {stream(0, purpose, r, at).random() for purpose in Purpose for r in range(4) for at in range(4)}
    assert len(first) == len(Purpose) * 16


def test_no_two_seeds_replicates_or_layers_share_a_stream_by_adding_up():
    assert stream(0, Purpose.WEIGHTS, 1, 0).random() != stream(1, Purpose.WEIGHTS, 0, 0).random()
    assert stream(0, Purpose.WEIGHTS, 1, 2).random() != stream(0, Purpose.WEIGHTS, 2, 1).random()


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**32, 2**70 + 3, 2**128 - 1, 2**128, 2**200 + 17])
@pytest.mark.parametrize("purpose", Purpose)
def test_streams_that_are_opened_together_are_those_that_are_opened_alone(seed, purpose):
    replicates, numbers = [0, 1, 5, 2**32 - 1], [1, 2, 1000]
    together = streams(seed, purpose, replicates, numbers)
    for (r, number), rng in zip(itertools.product(replicates, numbers), together, strict=True):
        assert rng.bit_generator.state == stream(seed, purpose, r, number).bit_generator.state
    assert [rng.random() for rng in streams(seed, purpose, replicates)] == [stream(seed, purpose, r).random() for r in replicates]
    assert list(streams(seed, purpose, replicates, [])) == []


def test_purposes_are_never_renumbered():
    """They are part of every address: another number would change every published result."""
    numbers = {"WEIGHTS": 0, "BIASES": 1, "INPUTS": 2, "TARGETS": 3, "BATCHES": 4, "SPLIT": 5}
    assert numbers.items() <= {purpose.name: purpose.value for purpose in Purpose}.items()


# Ranges


def sigmoid_cell(depth, dtype):
    """Give a cell of square sigmoid layers, whose gradients vanish."""
    network = Network(tuple(Layer(4, 4, Sigmoid(), XavierNormal()) for _ in range(depth)))
    data = MadeData(NormalData(), NormalData(), 5)
    return Cell(network, data, Objective(SquaredError()), OPTIMIZERS["sgd"](), 0, None, 1, 0, 2, dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_gradient_beyond_range_still_has_a_logarithm(dtype):
    result = run(sigmoid_cell(700, dtype), MEASURE, range(2))
    decades = result.metrics["log10_dW_rms"][0]
    assert np.isfinite(decades).all()
    assert (decades[0] < -400).all()
    assert (np.diff(decades, axis=0)[10:].mean(axis=0) > 0.3).all()  # it rises towards the output all the way
    state = result.state[0]
    assert (state[0] == STATES.index("underflow")).all()
    assert (state[-1] == STATES.index("ok")).all()
    assert (result.metrics["dW_norm"][0, 0] == 0).all()


def test_the_logarithm_is_that_of_the_gradient_where_both_are_in_range():
    double, single = (run(sigmoid_cell(100, dtype), MEASURE, range(2)) for dtype in ("float64", "float32"))
    decades = np.log10(double.metrics["dW_rms"])
    np.testing.assert_allclose(double.metrics["log10_dW_rms"], decades, rtol=1e-14)
    assert (single.state == STATES.index("underflow")).any()
    np.testing.assert_allclose(single.metrics["log10_dW_rms"], decades, atol=2e-3)


def test_signals_that_vanish_forward_are_not_called_dead():
    layers = tuple(Layer(1, 1, Identity(), Constant(value=0.25)) for _ in range(600))
    data = MadeData(NormalData(), NormalData(), 2)
    cell = Cell(Network(layers), data, Objective(Output(), Sum()), OPTIMIZERS["sgd"](), 0, None, 1, 0, 1, "float64")
    result = run(cell, MEASURE, [0])
    # every layer's dW is Σx·0.25⁵⁹⁹: none is 0
    assert (result.state == STATES.index("underflow")).all()
    # exponents are carried backward only, so where the input itself is subnormal its last digits are lost, and then all
    decades = result.metrics["log10_dW_rms"]
    known = np.isfinite(decades)
    assert known[0, :500].all()
    np.testing.assert_allclose(decades[known], decades[0, 0, 0], atol=0.5)
    np.testing.assert_allclose(decades[0, :500], decades[0, 0, 0], rtol=1e-9)


def test_an_explosion_backward_still_has_a_logarithm():
    """A_l = 2^(l - 1000) and ∂J/∂Z_l = 2^(1030 - l), so that every dW is 2²⁹, though some factors are beyond range."""
    layers = tuple(Layer(1, 1, Identity(), Constant(value=2.0)) for _ in range(1030))
    data = MadeData(Matrix(((2.0**-1000,),)), Matrix(((0.0,),)), 1)
    cell = Cell(Network(layers), data, Objective(Output(), Sum()), OPTIMIZERS["sgd"](), 0, None, 1, 0, 1, "float64")
    result = run(cell, MEASURE, [0])
    assert (result.state[0, :6] == STATES.index("overflow")).all()
    assert (result.state[0, 6:] == STATES.index("ok")).all()
    np.testing.assert_allclose(result.metrics["log10_dW_rms"], 29 * np.log10(2), rtol=1e-12)


def test_every_part_is_among_the_replicate_cases():
    names = [name.split("-") for name in some_cells(7)]
    for column, registry in enumerate((ACTIVATIONS, LOSSES, REDUCTIONS)):
        assert {name[column] for name in names} == set(registry)
