"""The closed form that the config depth-ones states, for widths that differ."""

from itertools import pairwise
from math import prod

import numpy as np
import pytest

from yann.engine.network import Layer, Network
from yann.engine.objective import Objective
from yann.parts.activations import Identity
from yann.parts.generators import FixedError, OnesData
from yann.parts.initializers import Ones
from yann.parts.losses import SquaredError
from yann.parts.optimizers import SGD
from yann.study.cell import Cell, MadeData
from yann.study.run import start, walk


def all_ones(widths, samples):
    """Give the gradients of layers of ones, inputs of ones and errors of 1 under the mean squared error."""
    layers = tuple(Layer(m, n, Identity(), Ones()) for m, n in pairwise(widths))
    data = MadeData(OnesData(), FixedError(), samples)
    cell = Cell(Network(layers), data, Objective(SquaredError()), SGD(), 0, None, 1, 0, 1, "float64")
    params, _, batches = start(cell, range(1))
    return next(walk(cell, params, batches)).gradients


BY_HAND = {
    (3, 3): [2 / 3],
    (2, 3, 4): [2.0, 1.0],  # 2/4·4 and 2/4·2
    (5, 2, 7, 3): [14.0, 10.0, 20 / 3],  # 2/3·(7·3), 2/3·(5·3), 2/3·(5·2)
}


@pytest.mark.parametrize(("widths", "entries"), BY_HAND.items(), ids=str)
def test_an_entry_is_as_worked_out_by_hand(widths, entries):
    for g, entry in zip(all_ones(widths, 4), entries, strict=True):
        np.testing.assert_allclose(g.dW, entry, rtol=1e-14)


@pytest.mark.parametrize("widths", [(3, 3), (3, 3, 3, 3), (4, 1, 6), (2, 5, 3, 7, 4), (9, 2, 2, 8, 1)], ids=str)
@pytest.mark.parametrize("samples", [1, 15])
def test_an_entry_is_two_over_the_outputs_times_every_width_but_the_layers_own_two(widths, samples):
    for layer, g in enumerate(all_ones(widths, samples), start=1):
        others = prod(width for k, width in enumerate(widths) if k not in (layer - 1, layer))
        np.testing.assert_allclose(g.dW, 2 / widths[-1] * others, rtol=1e-13)


def test_the_documents_own_form_does_not_fit_its_first_figure():
    """(2/f_L)·f_0·…·f_{L-1} is 2 for one 3 × 3 layer, where 2/3 is printed."""
    widths = (3, 3)
    assert 2 / widths[-1] * prod(widths[:-1]) == 2
    np.testing.assert_allclose(all_ones(widths, 15)[0].dW, 0.6666667, rtol=1e-7)
