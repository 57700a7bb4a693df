"""The gradient is the gradient: against central differences, summed from samples, and carried back by Jacobians."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from tests.cases import CELLS, drawn, passed
from tests.engine.differences import by_inputs, by_parameters, flat_gradients
from yann.engine.network import LayerParams
from yann.engine.per_sample import per_sample
from yann.engine.scaling import ANY, SMALL, times
from yann.parts.activations import ACTIVATIONS
from yann.parts.losses import LOSSES
from yann.parts.reductions import REDUCTIONS

EVERY_CELL = pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)


BY_PAIR = {
    f"{activation}-{loss}": [CELLS[f"{activation}-{loss}-{reduction}"] for reduction in REDUCTIONS]
    for activation, loss in product(ACTIVATIONS, LOSSES)
}
SOME = list(CELLS.values())[::5]  # 5 divides neither 6 reductions nor 8 losses, so that every part is among them
PAIRS = pytest.mark.parametrize("pair", BY_PAIR)


def with_dtype(cell, dtype):
    """Give the cell, its parameters and its data in the other precision."""
    cell = replace(cell, dtype=dtype)
    return cell, *drawn(cell)


def replicate(r, params, *arrays):
    """Keep one replicate of everything."""
    one = slice(r, r + 1)
    return tuple(LayerParams(p.W[one], None if p.b is None else p.b[one]) for p in params), *(M[one] for M in arrays)


def agree(numeric, analytic, skipped):
    """Assert that the two agree, where no kink lies between, as well as a central difference can."""
    scale = max(1.0, np.abs(analytic).max())
    np.testing.assert_allclose(numeric[~skipped], analytic[~skipped], rtol=0, atol=2e-8 * scale)


def test_the_cases_are_every_activation_with_every_loss_under_every_reduction():
    assert len(CELLS) == len(ACTIVATIONS) * len(LOSSES) * len(REDUCTIONS)
    networks = [cell.network for cell in CELLS.values()]
    assert {len(network.layers) for network in networks} == {1, 2, 5}
    with_bias = {sum(layer.bias is not None for layer in network.layers) / len(network.layers) for network in networks}
    assert {0, 1} < with_bias
    scales = [layer.scale for network in networks for layer in network.layers]
    assert None in scales
    assert any(scale and 0 in scale for scale in scales)


@EVERY_CELL
def test_the_gradient_is_what_central_differences_say(cell):
    params, X, Y = drawn(cell)
    for r in range(cell.replicates):
        theta, X_r, Y_r = replicate(r, params, X, Y)
        _, gradients = passed(cell, theta, X_r, Y_r)
        numeric = by_parameters(cell, theta, X_r, Y_r)
        agree(numeric.values, flat_gradients(theta, gradients)[0], numeric.skipped)


def test_hardly_any_coordinate_is_skipped_because_of_a_kink():
    skipped = total = 0
    for cell in CELLS.values():
        if not any(layer.activation.kinks() for layer in cell.network.layers) and not cell.objective.loss.kinks():
            continue
        theta, X, Y = replicate(0, *drawn(cell))
        numeric = by_parameters(cell, theta, X, Y)
        skipped += numeric.skipped.sum()
        total += numeric.skipped.size
    assert total > 5_000
    assert skipped <= total / 100, f"{skipped} of {total}"


def assert_sums(seen, g, allowed):
    """Assert that the samples' shares sum to dW and db, within `allowed` epsilons of what is summed."""
    for shares, whole in ((per_sample(seen.A_in, g.dZ), g.dW), (g.dZ, g.db[..., 0, :])):
        size = np.abs(shares).sum(axis=1, dtype=np.float64)  # axes: replicates, samples, …
        error = np.abs(whole - shares.sum(axis=1, dtype=np.float64))
        assert (error <= allowed * np.finfo(whole.dtype).eps * size).all()


@PAIRS
def test_per_sample_gradients_sum_to_the_gradient(pair):
    for cell in BY_PAIR[pair]:
        for dtype in ("float64", "float32"):
            for seen, g in zip(*passed(*with_dtype(cell, dtype)), strict=True):
                assert g.dW.dtype == g.db.dtype == g.dZ.dtype == g.dA.dtype == dtype
                assert_sums(seen, g, 4)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ["tanh-mse-sum", "relu-bce-mean", "gelu-cross_entropy-batch_mean"])
def test_per_sample_gradients_sum_to_the_gradient_of_a_large_batch(name, dtype):
    cell = CELLS[name]
    cell = replace(cell, data=replace(cell.data, samples=1000), replicates=1)
    for seen, g in zip(*passed(*with_dtype(cell, dtype)), strict=True):
        assert_sums(seen, g, np.sqrt(1000))  # errors of rounding walk at random


@EVERY_CELL
def test_the_gradient_carried_on_to_x_agrees_with_differences(cell):
    params, X, Y = drawn(cell)
    _, gradients = passed(cell, params, X, Y)
    dX = gradients[0].dZ @ params[0].W.mT
    numeric = by_inputs(cell, *replicate(0, params, X, Y))
    agree(numeric.values, dX[0].ravel(), numeric.skipped)


def test_a_dead_unit_leaves_a_zero_column_in_its_layer_and_a_zero_row_in_the_next():
    seen = 0
    for cell in SOME:
        _, gradients = passed(cell, *drawn(cell))
        for layer, own, following in zip(cell.network.layers, gradients, gradients[1:], strict=False):
            for unit in np.flatnonzero(np.array(layer.scale or ()) == 0):
                assert (own.dW[..., :, unit] == 0).all()
                assert (own.db[..., unit] == 0).all()
                assert (following.dW[..., unit, :] == 0).all()
                seen += 1
    assert seen > 15


@PAIRS
def test_a_scale_is_the_diagonal_matrix_between_two_layers(pair):
    """A_l = φ(Z_l)·S_l: taking S_l into W_{l+1} changes no prediction and no gradient in front of it."""
    for cell in BY_PAIR[pair]:
        params, X, Y = drawn(cell)
        trace, gradients = passed(cell, params, X, Y)
        layers, folded = list(cell.network.layers), list(params)
        for at, layer in enumerate(layers[:-1]):
            if layer.scale is not None:
                layers[at] = replace(layer, scale=None)
                folded[at + 1] = replace(params[at + 1], W=np.array(layer.scale)[:, None] * params[at + 1].W)
        plain = replace(cell, network=replace(cell.network, layers=tuple(layers)))
        trace_plain, gradients_plain = passed(plain, tuple(folded), X, Y)
        np.testing.assert_allclose(trace_plain[-1].A, trace[-1].A, rtol=1e-12, atol=1e-14)
        scale = max(1, np.abs(gradients[0].dW).max())
        np.testing.assert_allclose(gradients_plain[0].dW, gradients[0].dW, rtol=0, atol=1e-12 * scale)


@PAIRS
@pytest.mark.parametrize("reach", [SMALL, ANY, replace(SMALL, limit=0), replace(ANY, limit=1)])
def test_a_pass_that_reaches_beyond_range_is_the_plain_pass_times_powers_of_two(pair, reach):
    for cell in BY_PAIR[pair]:
        params, X, Y = drawn(cell)
        trace, plain = passed(cell, params, X, Y)
        seen, beyond = passed(cell, params, X, Y, reach=reach)
        for one, other in zip(trace, seen, strict=True):
            assert one.A.tobytes() == other.output().tobytes()
            assert one.A_in.tobytes() == times(other.A_in, other.exponent_in).tobytes()
        for p, b in zip(plain, beyond, strict=True):
            told = b.in_range()
            assert (p.exponent, p.exponent_dW, told.exponent, told.exponent_dW) == (None,) * 4
            for name in ("dA", "slope", "dZ", "dW", "db"):
                assert getattr(p, name).tobytes() == getattr(told, name).tobytes()


def test_such_a_pass_does_carry_powers_of_two():
    back, forth = 0, 0
    for cell in SOME:
        seen, beyond = passed(cell, *drawn(cell), reach=ANY)
        back += any(g.exponent is not None for g in beyond)
        forth += any(one.exponent is not None for one in seen)
        for M, e in [*((g.dA, g.exponent) for g in beyond[:-1]), *((one.A, one.exponent) for one in seen)]:
            largest = np.abs(M).max(axis=(-2, -1))
            assert ((largest == 0) | ((largest >= 0.5) & (largest < 1))).all()
            assert e is None or e.shape in {(2,), (1,)}
    assert min(back, forth) > len(SOME) / 2


def test_the_objective_meets_the_logits_only_when_nothing_stands_between():
    for cell in SOME:
        last = cell.network.layers[-1]
        params, X, Y = drawn(cell)
        trace, gradients = passed(cell, params, X, Y)
        dZ = gradients[-1].dA * last.slope(trace[-1].Z, trace[-1].phi)
        np.testing.assert_allclose(gradients[-1].dZ, dZ, rtol=1e-9, atol=1e-14)
