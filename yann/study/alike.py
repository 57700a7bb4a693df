"""Cells that differ in nothing but what is drawn for them: their replicates go through one network's passes together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

import numpy as np

from yann.engine.network import LayerParams, Params
from yann.shapes import Array
from yann.study.cell import Cell, MadeData
from yann.study.data import Batches, Data
from yann.study.metrics import Metric
from yann.study.result import Result, apart
from yann.study.run import measured, start


def likeness(cell: Cell) -> Hashable:
    """Give what cells must have in common to share a stack: everything but seed, replicates, and the first parameters' rules.

    Data sets that are loaded are shared by all replicates of their cell, and stay with it.
    """
    layers = tuple(
        (layer.fan_in, layer.fan_out, layer.activation, layer.bias is None, layer.scale) for layer in cell.network.layers
    )
    data = cell.data if isinstance(cell.data, MadeData) else (cell.data, cell.seed)
    return layers, data, cell.objective, cell.optimizer, cell.steps, cell.batch, cell.every, cell.dtype


def run_alike(
    parts: Sequence[tuple[Cell, range]], measure: Sequence[Metric], tick: Callable[[int], None] = lambda _: None
) -> list[Result]:
    """Run some replicates of each of these cells, which are alike, in one stack; that can never change a number.

    Raises:
        DataError: if the data of one of them do not fit its network or its loss.

    """
    cell = parts[0][0]
    with np.errstate(all="ignore"):
        begun = [start(each, replicates) for each, replicates in parts]
        sizes = [len(replicates) for _, replicates in parts]
        params = _stacked([params for params, _, _ in begun])
        data = _gathered([data for _, data, _ in begun], sizes)
        batches = Batches(data, cell.batch, tuple(source for _, _, each in begun for source in each.sources))
        return apart(measured(cell, measure, params, data, batches, tick), sizes)


def _stacked(params: Sequence[Params]) -> Params:
    if len(params) == 1:
        return params[0]
    return tuple(
        LayerParams(
            np.concatenate([theta.W for theta in layer]),
            None if layer[0].b is None else np.concatenate([theta.b for theta in layer if theta.b is not None]),
        )
        for layer in zip(*params, strict=True)
    )


def _gathered(data: Sequence[Data], sizes: Sequence[int]) -> Data:
    if len(data) == 1:
        return data[0]

    def all_of(arrays: Iterable[Array]) -> Array:
        return np.concatenate([np.broadcast_to(M, (R, *M.shape[1:])) for M, R in zip(arrays, sizes, strict=True)])

    return Data(all_of(each.X for each in data), all_of(each.Y for each in data), None, None, data[0].kind)


def gathered_alike(cells: Sequence[Cell], sizes: Sequence[int], most: Callable[[Cell], int]) -> Iterator[list[int]]:
    """Walk groups of numbers of cells that are alike, each of so many replicates, as many as may share a stack."""
    open_groups: dict[Hashable, tuple[int, list[int]]] = {}
    for at, (cell, size) in enumerate(zip(cells, sizes, strict=True)):
        key = likeness(cell)
        R, members = open_groups.get(key, (0, []))
        if members and (R + size > most(cell) or not isinstance(cell.data, MadeData)):
            yield members
            R, members = 0, []
        members.append(at)
        open_groups[key] = R + size, members
    yield from (members for _, members in open_groups.values())
