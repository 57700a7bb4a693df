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
