"""Cells to test with, built from the registries: whatever is added there is tested with, without another word.

Every activation meets every loss under every reduction. Depth, widths, biases and scales are drawn, so that no shape goes with
one part only. Biases are jittered: with zero biases a dead ReLU layer leaves every later Z exactly on the kink.
"""

from itertools import product

import numpy as np

from yann.engine.backward import backward
from yann.engine.forward import forward
from yann.engine.network import Layer, Network
from yann.engine.objective import Objective
from yann.engine.scaling import OWN
from yann.parts.activations import ACTIVATIONS, Sigmoid
from yann.parts.generators import NormalData, RandomClasses, UniformData
from yann.parts.initializers import Normal
from yann.parts.losses import LOSSES
from yann.parts.optimizers import SGD
from yann.parts.reductions import REDUCTIONS
from yann.study.cell import Cell, MadeData
from yann.study.pieces import run_stacked
from yann.study.run import start

SAMPLES = 6
DEPTHS = (1, 2, 5)
JITTER = Normal(std=0.5)
WEIGHTS = Normal(std=0.7)


def on_probabilities(loss):
    """Tell whether a loss takes probabilities, for which it has another form on the logits."""
    return loss.on_logits(Sigmoid()) is not None


def targets_for(loss):
    """Give a rule that makes targets which the loss takes."""
    if loss.classes:
        return RandomClasses()
    return UniformData() if loss.probabilities else NormalData()


def biases_of(rng, depth):
    """Draw which layers have biases: all, some or none."""
    some = [JITTER if at % 2 else None for at in range(depth)]
    return [[JITTER] * depth, some, [None] * depth][rng.integers(3)]


def scales_of(rng, widths):
    """Draw the layers' scales: none, or a vector for some layers, with a dead unit in one that is hidden."""
    scales = [None] * (len(widths) - 1)
    if rng.integers(2):
        return scales
    for at, width in enumerate(widths[1:]):
        if rng.integers(2):
            factors = rng.uniform(0.3, 0.9, width).round(3)
            if at < len(widths) - 2:
                factors[rng.integers(width)] *= rng.integers(2)
            scales[at] = tuple(factors.tolist())
    return scales


def cell_of(activation, objective, index, **changes):
    """Give a small cell of these parts; everything else is drawn from `index`."""
    rng = np.random.default_rng(index)
    output = Sigmoid() if on_probabilities(objective.loss) else activation
    depth = int(rng.choice(DEPTHS if output is activation else DEPTHS[1:]))
    widths = rng.integers(2, 5, depth + 1).tolist()
    activations = [activation] * (depth - 1) + [output]
    layers = zip(widths, widths[1:], activations, [WEIGHTS] * depth, biases_of(rng, depth), scales_of(rng, widths), strict=False)
    settings = {
        "network": Network(tuple(Layer(*layer) for layer in layers)),
        "data": MadeData(NormalData(), targets_for(objective.loss), SAMPLES),
        "objective": objective,
        "optimizer": SGD(),
        "steps": 0,
        "batch": None,
        "every": 1,
        "seed": index,
        "replicates": 2,
        "dtype": "float64",
    }
    return Cell(**settings | changes)


def cells():
    """Give every activation × loss × reduction that the registries hold now, by name."""
    parts = [[(name, part()) for name, part in registry.items()] for registry in (ACTIVATIONS, LOSSES, REDUCTIONS)]
    return {
        f"{activation_name}-{loss_name}-{reduction_name}": cell_of(activation, Objective(loss, reduction), index)
        for index, ((activation_name, activation), (loss_name, loss), (reduction_name, reduction)) in enumerate(product(*parts))
    }


CELLS = cells()


def some_cells(stride):
    """Name every so manyeth cell, and one more for each part that would not be among them."""
    chosen = list(CELLS)[::stride]
    for name in CELLS:
        there = {(column, part) for each in chosen for column, part in enumerate(each.split("-"))}
        if not there.issuperset(enumerate(name.split("-"))):
            chosen.append(name)
    return chosen


def drawn(cell):
    """Give the first parameters of all replicates of a cell, and its X and Y."""
    params, data, _ = start(cell, range(cell.replicates))
    return params, data.X, data.Y


def run_cell(cell, measure):
    """Run all replicates of a cell."""
    return run_stacked(cell, measure, range(cell.replicates))


def passed(cell, params, X, Y, reach=OWN):
    """Carry X forward and the gradient back: the trace and the gradients."""
    trace = forward(cell.network, params, X, reach)
    return trace, backward(cell.network, params, trace, cell.objective, Y, reach)


def objective_value(cell, trace, Y):
    """Give J (R,), the number that is differentiated: kept losses count as their sum."""
    kept = cell.objective.reduction.kept(cell.objective.losses(cell.network, trace, Y))
    return kept.reshape(len(kept), -1).sum(axis=-1)
