"""Questions for oracles: 528 networks drawn from the registries, and small ones written out.

The networks are those of tests/cases.py, every activation × loss × reduction, of 1, 2 or 5 layers, with biases or without. The
initializers of the registry take turns over their layers, so that every initializer meets every activation.
"""

import warnings
from dataclasses import replace
from functools import cache
from itertools import cycle

import numpy as np
import pytest

from tests.cases import CELLS, JITTER
from yann.check.audit import question_of
from yann.check.oracles import ORACLES, Question
from yann.engine.network import Layer, Network
from yann.engine.objective import Objective
from yann.parts.activations import ACTIVATIONS
from yann.parts.initializers import INITIALIZERS, Normal, Zeros
from yann.parts.losses import Output, SquaredError
from yann.parts.optimizers import SGD, Adam
from yann.parts.reductions import Sum

DTYPES = ("float64", "float32")
SETTINGS = {  # of initializers whose defaults would make one network as good as another, or as bad
    "constant": {"value": 0.3},
    "normal": {"std": 0.7},
    "uniform": {"low": -1.0, "high": 1.0},
    "truncated_normal": {"std": 0.7},
    "mean_field": {"sigma_w": 1.2, "sigma_b": 0.3},
}
INITS = [part(**SETTINGS.get(name, {})) for name, part in INITIALIZERS.items()]
FRAMEWORKS = ("autograd", "jax", "tensorflow", "torch")


def audited():
    """Give the cells of tests/cases.py, each layer with the initializer whose turn it is.

    A layer of zeros gets a bias: without one it has every Z exactly on the kink, and nothing can be said of it.
    """
    turns, found = cycle(INITS), {}
    for name, cell in CELLS.items():
        layers = []
        for layer, init in zip(cell.network.layers, turns, strict=False):
            bias = JITTER if layer.bias is None and init == Zeros() else layer.bias
            layers.append(replace(layer, init=init, bias=bias))
        found[name] = replace(cell, network=Network(tuple(layers)))
    return found


AUDITED = audited()


@cache
def question(name, dtype="float64"):
    """Give the question about one of the cells."""
    return question_of(replace(AUDITED[name], dtype=dtype))


def asked(activations, widths, objective, *, seed=0, samples=5, dtype="float64", bias=True, **more):
    """Give a question about a network of these activations, with random numbers."""
    rng = np.random.default_rng(seed)
    shapes = zip(widths, widths[1:], activations, strict=False)
    layers = tuple(Layer(m, n, phi, Normal(), Normal() if bias else None) for m, n, phi in shapes)
    W = tuple(rng.normal(size=(layer.fan_in, layer.fan_out)).astype(dtype) for layer in layers)
    b = tuple(rng.normal(size=layer.fan_out).astype(dtype) if bias else None for layer in layers)
    updates = more.get("updates", 0)
    batches = tuple(
        tuple(rng.normal(size=(samples, width)).astype(dtype) for width in (widths[0], widths[-1]))
        for _ in range(max(1, updates))
    )
    return Question(Network(layers), W, b, batches, objective, **{"optimizer": SGD(), **more})


OUTPUT = Objective(Output(), Sum())
"""J is the sum of the predictions: of one unit and one sample, its activation."""


def single(activation, z, objective=OUTPUT, y=0.0, dtype="float64"):
    """Give the question about one unit with one input of 1: its weight is z, and dW1 is the slope by z."""
    arrays = [np.array([[number]], dtype=dtype) for number in (z, 1, y)]
    layer = Layer(1, 1, activation, Normal())
    return Question(Network((layer,)), (arrays[0],), (None,), ((arrays[1], arrays[2]),), objective, SGD())


@cache
def _woken(name):
    """Let a library say on its first day what it has to say: what it warns of while it is imported is its own affair."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tanh = ACTIVATIONS["tanh"]()
        ORACLES[name]().answer(asked((tanh,), (1, 1), Objective(SquaredError()), optimizer=Adam(), updates=1))


def ready(name):
    """Give an oracle, or skip the test if a library of its is not installed."""
    missing = ORACLES[name].missing()
    if missing:
        pytest.skip(f"{missing} is not installed")
    if ORACLES[name].libraries:
        _woken(name)
    return ORACLES[name]()


def judged(name, of, own):
    """Give what an oracle says of the engine's answer to a question, by quantity."""
    oracle = ready(name)
    assert oracle.unable(of) is None
    with np.errstate(all="ignore"):  # as in an audit
        return {each.quantity: each for each in oracle.judge(of, own)}
