"""Central differences: the slow, obvious reference for a gradient. All nudges go through one call, along the replicate axis."""

from dataclasses import dataclass

import numpy as np

from tests.cases import objective_value
from yann.engine.forward import forward
from yann.engine.network import LayerParams

STEP = 1e-5  # about the cube root of float64's epsilon, where truncation and rounding are equally small


@dataclass(frozen=True)
class Differences:
    """Numeric derivatives by every coordinate, and which of them mean nothing because a kink lies within the step."""

    values: np.ndarray
    skipped: np.ndarray


def flat(layers, W="W", b="b"):
    """Give all parameters of each replicate, or with other names their gradients, as one row (R, P)."""
    arrays = [getattr(layer, name) for layer in layers for name in (W, b)]
    return np.concatenate([M.reshape(len(M), -1) for M in arrays if M is not None], axis=-1)


def unflat(rows, params):
    """Give the rows (R, P) back the shapes of `params`."""
    at, layers = 0, []
    for theta in params:
        arrays = []
        for M in (theta.W, theta.b):
            if M is None:
                arrays.append(None)
                continue
            size = M[0].size
            arrays.append(rows[:, at : at + size].reshape(-1, *M.shape[1:]))
            at += size
        layers.append(LayerParams(*arrays))
    return tuple(layers)


def flat_gradients(params, gradients):
    """Give the gradients of the parameters that there are, in the order of `flat`."""
    pairs = [LayerParams(g.dW, None if theta.b is None else g.db) for theta, g in zip(params, gradients, strict=True)]
    return flat(pairs)


def sides(cell, trace, Y):
    """Tell for each replicate on which side of its kinks every number lies."""
    found = [
        np.sign(seen.Z - kink)
        for layer, seen in zip(cell.network.layers, trace, strict=True)
        for kink in layer.activation.kinks()
    ]
    found += [np.sign(trace[-1].A - Y - kink) for kink in cell.objective.loss.kinks()]
    return np.concatenate([side.reshape(len(side), -1) for side in found] or [np.zeros((len(trace[-1].A), 0))], axis=-1)


def by_parameters(cell, params, X, Y, h=STEP):
    """Differentiate J of one replicate by each of its parameters."""
    theta = flat(params)
    steps = h * np.eye(theta.shape[-1])
    return _differences(cell, [(unflat(theta + sign * steps, params), X) for sign in (1, -1)], Y, h)


def by_inputs(cell, params, X, Y, h=STEP):
    """Differentiate J of one replicate by each input."""
    steps = h * np.eye(X.size).reshape(-1, *X.shape[1:])
    many = tuple(LayerParams(p.W.repeat(X.size, 0), None if p.b is None else p.b.repeat(X.size, 0)) for p in params)
    return _differences(cell, [(many, X + sign * steps) for sign in (1, -1)], Y, h)


def _differences(cell, nudged, Y, h):
    up, down = (forward(cell.network, params, X) for params, X in nudged)
    values = (objective_value(cell, up, Y) - objective_value(cell, down, Y)) / (2 * h)
    return Differences(values, (sides(cell, up, Y) != sides(cell, down, Y)).any(axis=-1))
