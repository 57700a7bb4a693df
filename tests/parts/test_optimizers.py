"""Optimizers: two steps of each, worked out on paper for a single weight."""

import math

import numpy as np
import pytest

from yann.engine.backward import LayerGradients
from yann.engine.network import LayerParams
from yann.engine.step import descend, first_memory
from yann.parts.optimizers import OPTIMIZERS, SGD, Adam, AdamW, RMSprop

EVERY = pytest.mark.parametrize("name", OPTIMIZERS)
# W = 1, then gradients 2 and 4. Adam's corrected first moment and root are 2 and 2 at first; with beta1 = beta2 = ½ the second
# moments are m = ½·(½·2) + ½·4 = 2.5 over 1 - ¼, and s = ½·(½·4) + ½·16 = 9 over 1 - ¼. With beta2 = ¾ it is
# s = ¾·(¼·4) + ¼·16 = 4.75 over 1 - 9/16.
SECOND_ADAM = (2.5 / 0.75) / math.sqrt(9 / 0.75)
SECOND_ADAM_OF_TWO_BETAS = (2.5 / 0.75) / math.sqrt(4.75 / 0.4375)
TWO_STEPS = {
    SGD(lr=0.1): (0.8, 0.4),
    SGD(lr=0.1, momentum=0.5): (0.8, 0.3),  # v = 2, then 1 + 4 = 5
    SGD(lr=0.1, momentum=0.5, nesterov=True): (0.7, 0.05),  # 2 + 1 = 3, then 4 + 2.5 = 6.5
    RMSprop(lr=0.1, rho=0.75, eps=0.0): (0.8, 0.8 - 0.4 / math.sqrt(0.75 * 1 + 0.25 * 16)),  # s = ¼·4 = 1, 2/1; then 4.75
    RMSprop(lr=0.1, rho=0.75, eps=1.0): (0.9, 0.9 - 0.4 / (math.sqrt(4.75) + 1)),
    Adam(lr=0.1, beta1=0.5, beta2=0.5, eps=0.0): (0.9, 0.9 - 0.1 * SECOND_ADAM),
    Adam(lr=0.1, beta1=0.5, beta2=0.75, eps=0.0): (0.9, 0.9 - 0.1 * SECOND_ADAM_OF_TWO_BETAS),
    Adam(lr=0.1, beta1=0.5, beta2=0.5, eps=2.0): (0.95, 0.95 - 0.1 * (2.5 / 0.75) / (math.sqrt(12) + 2)),
    AdamW(lr=0.1, beta1=0.5, beta2=0.5, eps=0.0, weight_decay=0.5): (0.85, 0.85 * 0.95 - 0.1 * SECOND_ADAM),
}


def walked(optimizer, W, gradients):
    """Give the values of W after each step."""
    memory, values = optimizer.init(W), []
    for t, dW in enumerate(gradients, start=1):
        W, memory = optimizer.update(W, dW, memory, t)
        values.append(W)
    return values


def test_every_optimizer_has_its_line_by_hand():
    assert {optimizer.name for optimizer in TWO_STEPS} == set(OPTIMIZERS)


@pytest.mark.parametrize("optimizer", TWO_STEPS, ids=str)
def test_two_steps_are_what_they_are_by_hand(optimizer):
    W, gradients = np.ones((1, 1)), [np.full((1, 1), 2.0), np.full((1, 1), 4.0)]
    assert [step[0, 0] for step in walked(optimizer, W, gradients)] == pytest.approx(TWO_STEPS[optimizer], rel=1e-14)


def test_momentum_is_undamped_as_in_pytorch():
    """v ← 0.9·v + dW without (1 - 0.9): after many steps of one gradient a step is ten times a plain one."""
    values = walked(SGD(lr=0.01, momentum=0.9), np.zeros((1, 1)), [np.ones((1, 1))] * 300)
    assert (values[-2] - values[-1])[0, 0] == pytest.approx(0.1)


@EVERY
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_step_keeps_the_precision_and_leaves_what_it_is_given_alone(name, dtype):
    optimizer = OPTIMIZERS[name]()
    W, dW = np.ones((2, 3), dtype), np.full((2, 3), 0.5, dtype)
    memory = optimizer.init(W)
    assert len(memory) == len(optimizer.remembers())
    after, left = optimizer.update(W, dW, memory, 1)
    assert after.dtype == dtype
    assert all(M.dtype == dtype and M.shape == W.shape for M in left)
    assert (W == 1).all()
    assert (dW == 0.5).all()
    assert all((M == 0).all() for M in memory)


@EVERY
def test_no_gradient_is_no_step_but_for_the_decay(name):
    optimizer = OPTIMIZERS[name]()
    after, _ = optimizer.update(np.ones((1, 1)), np.zeros((1, 1)), optimizer.init(np.ones((1, 1))), 1)
    assert after[0, 0] == 1 - optimizer.lr * getattr(optimizer, "weight_decay", 0)


# Nasty numbers: a gradient whose square is beyond range, and none at all


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("optimizer", [RMSprop(lr=0.1, rho=0.75, eps=0.0), Adam(lr=0.1, beta2=0.75, eps=0.0)], ids=str)
def test_what_a_step_is_does_not_depend_on_the_size_of_the_gradient(optimizer, dtype):
    """They divide by the root of a mean of squares, so that a gradient a thousand times as large makes the same steps."""
    shape = [np.array([[1.0, -2.0]]), np.array([[3.0, 0.5]]), np.array([[-1.0, 0.25]])]
    plain = walked(optimizer, np.zeros((1, 2)), shape)
    sizes = {"float64": (1e-315, 1e-300, 1e-170, 1e-155, 1e150, 1e160, 1e307), "float32": (1e-35, 1e-23, 1e18, 1e20, 1e37)}
    for size in sizes[dtype]:
        with np.errstate(all="ignore"):
            values = walked(optimizer, np.zeros((1, 2), dtype), [(size * dW).astype(dtype) for dW in shape])
        np.testing.assert_allclose(values, plain, rtol={"float64": 1e-13, "float32": 1e-5}[dtype] if size > 1e-310 else 1e-3)


@pytest.mark.parametrize("optimizer", [RMSprop(eps=0.0), Adam(eps=0.0), AdamW(eps=0.0, weight_decay=0.0)], ids=str)
def test_a_weight_that_never_had_a_gradient_stays_though_eps_is_zero(optimizer):
    """0/0 is nan in every framework; of a dead unit's weights, that would be all."""
    assert [step.tolist() for step in walked(optimizer, np.ones((1, 1)), [np.zeros((1, 1))] * 3)] == [[[1]]] * 3


def test_the_square_that_is_told_is_the_mean_of_the_squares():
    for optimizer in (RMSprop(rho=0.75), Adam(beta2=0.75)):
        memory = optimizer.init(np.ones((1, 1)))
        for t, dW in enumerate((2.0, 4.0), start=1):
            _, memory = optimizer.update(np.ones((1, 1)), np.full((1, 1), dW), memory, t)
        assert optimizer.told(memory)[-1][0, 0] == pytest.approx(0.75 * 0.25 * 4 + 0.25 * 16, rel=1e-15)


@EVERY
def test_a_step_moves_weights_and_biases_by_one_rule(name):
    optimizer = OPTIMIZERS[name]()
    values, gradient = np.full((1, 1, 2), 0.7), np.full((1, 1, 2), 0.3)
    params = (LayerParams(values, values), LayerParams(values, None))
    g = LayerGradients(gradient, gradient, gradient, gradient, gradient)
    memories = first_memory(optimizer, params)
    for t in (1, 2, 3):
        params, memories = descend(optimizer, params, (g, g), memories, t)
    assert params[0].W.tobytes() == params[0].b.tobytes() == params[1].W.tobytes()
    assert params[1].b is None
    assert (params[0].W < 0.7).all()
