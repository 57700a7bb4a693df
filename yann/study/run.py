"""From a cell to its result, on one page: draw, forward, backward, measure, step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from yann.engine.backward import Gradients, LayerGradients, backward
from yann.engine.forward import Trace, forward
from yann.engine.network import Params, init_params
from yann.engine.scaling import ANY, OWN, SMALL, Reach, extent
from yann.engine.step import Memories, descend, first_memory
from yann.shapes import Array
from yann.study.cell import Cell
from yann.study.data import Batches, Data, accuracy, prepare
from yann.study.metrics import Metric
from yann.study.moment import BOTH, Moment
from yann.study.result import STATES, Result


@dataclass(frozen=True)
class State:
    """The network at one step, with everything that its batch made of it; `after` is None at the last step."""

    step: int
    X: Array
    Y: Array
    params: Params
    trace: Trace
    gradients: Gradients
    """As their floats have them."""
    carried: Gradients
    """The same with their exponents, as far as they were asked to reach."""
    memories: Memories
    after: Params | None
    memories_after: Memories | None


def walk(cell: Cell, params: Params, batches: Batches, reach: Reach = OWN) -> Iterator[State]:
    """Go through steps 0, 1, …, cell.steps: one gradient each, and one update after each but the last."""
    memories = first_memory(cell.optimizer, params)
    for t in range(cell.steps + 1):
        X, Y = batches[t]
        trace = forward(cell.network, params, X, reach)
        carried = backward(cell.network, params, trace, cell.objective, Y, reach)
        gradients = tuple(g.in_range() for g in carried)
        after, memories_after = None, None
        if t < cell.steps:
            after, memories_after = descend(cell.optimizer, params, gradients, memories, t + 1)
        yield State(t, X, Y, params, trace, gradients, carried, memories, after, memories_after)
        if after is not None and memories_after is not None:
            params, memories = after, memories_after


def start(cell: Cell, replicates: Sequence[int]) -> tuple[Params, Data, Batches]:
    """Draw the first parameters and the data of these replicates.

    Raises:
        DataError: if the data do not fit the network or the loss.

    """
    params = init_params(cell.network, cell.seed, replicates, cell.dtype)
    data = prepare(cell, params, replicates)
    return params, data, Batches(data, cell.batch, cell.seed, tuple(replicates))


def run(cell: Cell, measure: Sequence[Metric], replicates: Sequence[int], tick: Callable[[int], None] = lambda _: None) -> Result:
    """Run some replicates of a cell and measure them; `tick` is told of every step that is made.

    An exploding or vanishing gradient is a result: overflow, underflow and nan are told in `state`.

    Raises:
        DataError: if the data do not fit the network or the loss.

    """
    with np.errstate(all="ignore"):
        return measured(cell, measure, *start(cell, replicates), tick)


def measured(
    cell: Cell,
    measure: Sequence[Metric],
    params: Params,
    data: Data,
    batches: Batches,
    tick: Callable[[int], None] = lambda _: None,
) -> Result:
    """Go through the steps of what has been drawn, and measure them."""
    wanted, moments = set(cell.measured_steps), []
    for state in walk(cell, params, batches, SMALL):
        if state.step in wanted:
            moments.append(_measured(cell, measure, data, state))
        tick(1)
    losses, scores, metrics, states, origins = zip(*moments, strict=True)
    return Result(
        steps=cell.measured_steps,
        losses=losses,
        **{name: None if scores[0][name] is None else np.stack([s[name] for s in scores]) for name in scores[0]},
        metrics={name: np.stack([m[name] for m in metrics]) for name in metrics[0]},
        state=np.stack(states),
        origin=np.stack(origins),
    )


def _measured(
    cell: Cell, measure: Sequence[Metric], data: Data, state: State
) -> tuple[Array, dict[str, Array | None], dict[str, Array], Array, Array]:
    network, objective = cell.network, cell.objective
    spoilt = [_spoilt(g.dW) for g in state.carried]
    beyond: Sequence[LayerGradients | None] = [None] * len(spoilt)
    if any(replicates.any() for replicates in spoilt):  # rarely, so it may take its time
        beyond = backward(network, state.params, forward(network, state.params, state.X, ANY), objective, state.Y, ANY)
    after = state.after or [None] * len(spoilt)
    seen = (state.params, state.trace, state.gradients, state.carried, beyond, spoilt, after)
    layers = [Moment(*everything) for everything in zip(network.layers, *seen, strict=True)]
    states = _states(layers)
    kept = objective.reduction.kept(objective.losses(network, state.trace, state.Y))
    return (
        kept,
        _scores(cell, data, state),
        {metric.name: np.stack([metric.measure(m) for m in layers]) for metric in measure},
        states,
        _origin(layers, states),
    )


def _scores(cell: Cell, data: Data, state: State) -> dict[str, Array | None]:
    network, objective, kind = cell.network, cell.objective, data.kind
    scored = kind != "values"
    scores: dict[str, Array | None] = {"accuracy": None, "test_loss": None, "test_accuracy": None}
    if scored:
        scores["accuracy"] = accuracy(state.trace[-1].output(), state.Y, kind, objective.loss)
    if data.X_test is not None and data.Y_test is not None:
        trace = forward(network, state.params, data.X_test)
        losses = objective.losses(network, trace, data.Y_test)
        scores["test_loss"] = losses.astype(np.float64).sum(axis=BOTH) * objective.reduction.factor(*losses.shape[-2:])
        if scored:
            scores["test_accuracy"] = accuracy(trace[-1].A, data.Y_test, kind, objective.loss)
    return scores


def _spoilt(dW: Array) -> Array:
    """Tell which replicates (R,) have no gradient, or one that is too small or too large for its digits."""
    largest, floats = extent(dW), np.finfo(dW.dtype)
    return ~(np.isfinite(largest) & (largest >= floats.smallest_normal / floats.eps))


def _states(layers: Sequence[Moment]) -> Array:
    """Give the state of each layer (L, R): dead is a zero slope and ok; underflow is a size that its numbers have lost."""
    states: list[Array] = []
    lost_above: Array | bool = False
    for m in reversed(layers):
        if m.too_small.any():
            lost_above = lost_above | m.too_small
        # a gradient that is 0 with its exponent carried is 0, and not lost, if no slope on its way back was too small
        f, e = m.dW_norm
        small = np.ldexp(f / math.sqrt(m.entries), e) < np.finfo(m.gradients.dW.dtype).smallest_normal
        if small.any():
            small = extent(m.gradients.dW) < np.finfo(m.gradients.dW.dtype).smallest_normal
            small &= (m.true_dW_norm[0] > 0) | lost_above
        state = np.where(small, STATES.index("underflow"), STATES.index("ok"))
        if not m.finite.all():
            seen = (m.A, m.gradients.dZ, m.gradients.dW)
            state = np.where(np.any([np.isnan(M).any(axis=BOTH) for M in seen], axis=0), STATES.index("nan"), state)
            state = np.where(np.any([np.isinf(M).any(axis=BOTH) for M in seen], axis=0), STATES.index("overflow"), state)
        states.append(state)
    return np.stack(states[::-1])


def _origin(layers: Sequence[Moment], states: Array) -> Array:
    """Give where numbers first leave their range (R,), as a Result has it."""
    if not states.any():
        return np.zeros(states.shape[1], dtype=np.int64)
    forward = np.stack([~np.isfinite(m.A).all(axis=BOTH) for m in layers])
    back = states == states.max(axis=0)  # of what is worst, where it begins on the way from the last layer to the first
    from_last = back[::-1].argmax(axis=0)
    found = np.where(forward.any(axis=0), forward.argmax(axis=0) + 1, from_last - len(layers))
    return np.where(states.max(axis=0) == 0, 0, found)
