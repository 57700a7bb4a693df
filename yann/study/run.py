"""From a cell to its result, on one page: draw, forward, backward, measure, step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from yann.engine.backward import Gradients, LayerGradients, backward, layer_by_layer
from yann.engine.forward import Trace, forward
from yann.engine.network import LayerParams, Params, init_params
from yann.engine.scaling import ANY, OWN, SMALL, Reach
from yann.engine.step import LayerMemory, Memories, descend_layer, first_memory
from yann.shapes import Array
from yann.study.cell import Cell
from yann.study.data import Batches, Data, accuracy, prepare
from yann.study.look import Look, look, origin
from yann.study.metrics import Metric
from yann.study.moment import BOTH, Moment
from yann.study.result import Result


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


@dataclass(frozen=True)
class Level:
    """One layer on the way back."""

    number: int
    """From 0."""
    carried: LayerGradients
    """With their exponents, as far as they were asked to reach."""
    gradients: LayerGradients
    """As their floats have them."""
    update: tuple[LayerParams, LayerMemory] | None
    """What the update leaves, if one follows."""


def levels(cell: Cell, t: int, params: Params, memories: Memories, trace: Trace, Y: Array, reach: Reach = OWN) -> Iterator[Level]:
    """Go back through the layers at step t, the last layer first, and update each one but at the last step."""
    way_back = layer_by_layer(cell.network, params, trace, cell.objective, Y, reach)
    number = len(params)
    for carried in way_back:  # a zip would hold the last one while the next is made
        number -= 1
        gradients, update = carried.in_range(), None
        if t < cell.steps:
            update = descend_layer(cell.optimizer, params[number], gradients, memories[number], t + 1)
        yield Level(number, carried, gradients, update)
        del carried, gradients, update


def walk(cell: Cell, params: Params, batches: Batches) -> Iterator[State]:
    """Go through steps 0, 1, …, cell.steps: one gradient each, and one update after each but the last."""
    memories = first_memory(cell.optimizer, params)
    for t in range(cell.steps + 1):
        X, Y = batches[t]
        trace = forward(cell.network, params, X)
        passed = tuple(levels(cell, t, params, memories, trace, Y))[::-1]
        gradients = tuple(level.gradients for level in passed)
        updated = [level.update for level in passed if level.update]
        after, memories_after = _apart(updated) if updated else (None, None)
        yield State(t, X, Y, params, trace, gradients, memories, after, memories_after)
        if after is not None and memories_after is not None:
            params, memories = after, memories_after


def _apart(updated: Sequence[tuple[LayerParams, LayerMemory]]) -> tuple[Params, Memories]:
    return tuple(theta for theta, _ in updated), tuple(memory for _, memory in updated)


def start(cell: Cell, replicates: Sequence[int]) -> tuple[Params, Data, Batches]:
    """Draw the first parameters and the data of these replicates.

    Raises:
        DataError: if the data do not fit the network or the loss.

    """
    params = init_params(cell.network, cell.seed, replicates, cell.dtype)
    data = prepare(cell, params, replicates)
    return params, data, Batches(data, cell.batch, tuple((cell.seed, r) for r in replicates))


def run(cell: Cell, measure: Sequence[Metric], replicates: Sequence[int], tick: Callable[[int], None] = lambda _: None) -> Result:
    """Run some replicates of a cell and measure them; `tick` is told of every step that is made.

    An exploding or vanishing gradient is a result: overflow, underflow and nan are told in `state`.

    Raises:
        DataError: if the data do not fit the network or the loss.

    """
    with np.errstate(all="ignore"):
        return measured(cell, measure, *start(cell, replicates), tick)


@dataclass(frozen=True)
class _Step:
    losses: Array
    scores: dict[str, Array | None]
    looks: Sequence[Look]


def measured(
    cell: Cell,
    measure: Sequence[Metric],
    params: Params,
    data: Data,
    batches: Batches,
    tick: Callable[[int], None] = lambda _: None,
) -> Result:
    """Go through the steps of what has been drawn, and measure each layer while its arrays are at hand."""
    wanted, memories = set(cell.measured_steps), first_memory(cell.optimizer, params)
    found: list[_Step] = []
    for t in range(cell.steps + 1):
        X, Y = batches[t]
        trace = forward(cell.network, params, X, SMALL)
        beyond = cache(partial(_beyond, cell, params, X, Y)) if t in wanted else None
        looks: list[Look] = []
        updated: list[tuple[LayerParams, LayerMemory]] = []
        for level in levels(cell, t, params, memories, trace, Y, SMALL):
            if beyond is not None:
                looks.append(look(_moment(cell, level, params, trace, beyond), measure, looks[-1] if looks else None))
            if level.update:
                updated.append(level.update)
            del level  # so that the next layer's arrays can lie where this one's did: 6 % of the time, 16 % of the memory
        if looks:
            found.append(_Step(_losses(cell, trace, Y), _scores(cell, data, params, trace, Y), looks[::-1]))
        if updated:
            params, memories = _apart(updated[::-1])
        tick(1)
    scores = {name: [step.scores[name] for step in found] for name in found[0].scores}
    return Result(
        steps=cell.measured_steps,
        losses=tuple(step.losses for step in found),
        **{name: None if each[0] is None else np.array(each) for name, each in scores.items()},
        measured=tuple(map(str, measure)),
        values=np.moveaxis(np.array([[layer.metrics for layer in step.looks] for step in found]), 2, 0),
        state=np.array([[layer.state for layer in step.looks] for step in found]),
        origin=np.array([origin(step.looks) for step in found]),
    )


def _moment(cell: Cell, level: Level, params: Params, trace: Trace, beyond: Callable[[], Gradients]) -> Moment:
    layer, theta, seen = cell.network.layers[level.number], params[level.number], trace[level.number]
    return Moment(level.number, layer, theta, seen, level.gradients, level.carried, level.update and level.update[0], beyond)


def _beyond(cell: Cell, params: Params, X: Array, Y: Array) -> Gradients:
    """Make both passes once more with exponents everywhere; rarely needed, so it may take its time."""
    return backward(cell.network, params, forward(cell.network, params, X, ANY), cell.objective, Y, ANY)


def _losses(cell: Cell, trace: Trace, Y: Array) -> Array:
    return cell.objective.reduction.kept(cell.objective.losses(cell.network, trace, Y))


def _scores(cell: Cell, data: Data, params: Params, trace: Trace, Y: Array) -> dict[str, Array | None]:
    network, objective, kind = cell.network, cell.objective, data.kind
    scored = kind != "values"
    scores: dict[str, Array | None] = {"accuracy": None, "test_loss": None, "test_accuracy": None}
    if scored:
        scores["accuracy"] = accuracy(trace[-1].output(), Y, kind, objective.loss)
    if data.X_test is not None and data.Y_test is not None:
        trace = forward(network, params, data.X_test)
        losses = objective.losses(network, trace, data.Y_test)
        scores["test_loss"] = losses.astype(np.float64).sum(axis=BOTH) * objective.reduction.factor(*losses.shape[-2:])
        if scored:
            scores["test_accuracy"] = accuracy(trace[-1].A, data.Y_test, kind, objective.loss)
    return scores
