"""From a cell to its result, on one page: draw, forward, backward, measure, step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from yann.engine.backward import Gradients, backward, rescaled
from yann.engine.forward import Trace, forward
from yann.engine.network import Params, init_params
from yann.engine.step import Memories, descend, first_memory
from yann.shapes import Array
from yann.study.cell import Cell
from yann.study.data import Batches, Data, accuracy, prepare
from yann.study.metrics import BOTH, Metric, Moment
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
    memories: Memories
    after: Params | None
    memories_after: Memories | None


def walk(cell: Cell, params: Params, batches: Batches) -> Iterator[State]:
    """Go through steps 0, 1, …, cell.steps: one gradient each, and one update after each but the last."""
    memories = first_memory(cell.optimizer, params)
    for t in range(cell.steps + 1):
        X, Y = batches[t]
        trace = forward(cell.network, params, X)
        gradients = backward(cell.network, params, trace, cell.objective, Y)
        after, memories_after = None, None
        if t < cell.steps:
            after, memories_after = descend(cell.optimizer, params, gradients, memories, t + 1)
        yield State(t, X, Y, params, trace, gradients, memories, after, memories_after)
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
    """
    with np.errstate(all="ignore"):
        params, data, batches = start(cell, replicates)
        wanted, moments = set(cell.measured_steps), []
        for state in walk(cell, params, batches):
            if state.step in wanted:
                moments.append(_measured(cell, measure, data, state))
            tick(1)
    losses, scores, metrics, states = zip(*moments, strict=True)
    return Result(
        steps=cell.measured_steps,
        losses=losses,
        **{name: None if scores[0][name] is None else np.stack([s[name] for s in scores]) for name in scores[0]},
        metrics={name: np.stack([m[name] for m in metrics]) for name in metrics[0]},
        state=np.stack(states),
    )


def _measured(
    cell: Cell, measure: Sequence[Metric], data: Data, state: State
) -> tuple[Array, dict[str, Array | None], dict[str, Array], Array]:
    network, objective = cell.network, cell.objective
    lost = [_lost(g.dW) for g in state.gradients]
    faded = _faded(state) if any(replicates.any() for replicates in lost) else lost
    beyond: Sequence[object] = [None] * len(lost)
    if any(replicates.any() for replicates in lost):
        beyond = backward(network, state.params, state.trace, objective, state.Y, beyond_range=True)
    after = state.after or [None] * len(lost)
    layers = [
        Moment(*everything)
        for everything in zip(network.layers, state.params, state.trace, state.gradients, beyond, lost, faded, after, strict=True)
    ]
    kept = objective.reduction.kept(objective.losses(network, state.trace, state.Y))
    return (
        kept,
        _scores(cell, data, state),
        {metric.name: np.stack([metric.measure(m) for m in layers]) for metric in measure},
        np.stack([_state(m) for m in layers]),
    )


def _scores(cell: Cell, data: Data, state: State) -> dict[str, Array | None]:
    network, objective, kind = cell.network, cell.objective, data.kind
    scored = kind != "values"
    scores: dict[str, Array | None] = {"accuracy": None, "test_loss": None, "test_accuracy": None}
    if scored:
        scores["accuracy"] = accuracy(state.trace[-1].A, state.Y, kind, objective.loss)
    if data.X_test is not None and data.Y_test is not None:
        trace = forward(network, state.params, data.X_test)
        losses = objective.losses(network, trace, data.Y_test)
        scores["test_loss"] = losses.astype(np.float64).sum(axis=BOTH) * objective.reduction.factor(*losses.shape[-2:])
        if scored:
            scores["test_accuracy"] = accuracy(trace[-1].A, data.Y_test, kind, objective.loss)
    return scores


def _lost(dW: Array) -> Array:
    """Tell which replicates (R,) have a gradient too small or too large for its numbers."""
    largest = np.abs(dW).max(axis=BOTH)
    return ~(np.isfinite(largest) & (largest >= np.finfo(dW.dtype).smallest_normal))


def _faded(state: State) -> list[Array]:
    """Tell for each layer which replicates (R,) feed it with a signal that is too small for its numbers, though it is not 0."""
    faded = [np.zeros(state.trace[-1].A.shape[:-2], dtype=bool)]
    for theta, seen in zip(state.params, state.trace, strict=True):
        largest, tiny = np.abs(seen.A).max(axis=BOTH), np.finfo(seen.A.dtype).smallest_normal
        # an output of 0 has been lost if the same input, brought back to about 1, would have given another sum
        unlike_zero = np.abs(rescaled(seen.A_in)[0] @ theta.W).max(axis=BOTH) > 0
        gone = (largest == 0) & (np.abs(seen.Z).max(axis=BOTH) == 0) & (unlike_zero | faded[-1])
        faded.append(((largest > 0) & (largest < tiny)) | gone)
    return faded[:-1]


def _state(m: Moment) -> Array:
    """Give the state of a layer (R,): dead is a zero slope and ok; underflow is a size that its numbers have lost."""
    seen = (m.seen.A, m.gradients.dZ, m.gradients.dW)
    infinite = np.any([np.isinf(M).any(axis=BOTH) for M in seen], axis=0)
    nan = np.any([np.isnan(M).any(axis=BOTH) for M in seen], axis=0)
    # a gradient that is exactly 0 with its exponent carried is 0, not lost, unless its input has been lost on the way in
    small = m.lost & (m.faded | (np.abs(m.beyond.dW).max(axis=BOTH) > 0)) if m.beyond is not None else np.zeros_like(nan)
    return np.select([infinite, nan, small], [STATES.index(s) for s in ("overflow", "nan", "underflow")], STATES.index("ok"))
