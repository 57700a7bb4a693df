"""From the `expect` blocks of a config to expected figures: of which cells, with which tolerances."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from yann.check.expectation import KINDS, Expectation, Kind
from yann.check.tolerance import TOLERANCES
from yann.config.grammar_expect import ExpectBlock, Wish
from yann.config.load import Plan
from yann.config.nodes import Node, plain
from yann.config.tree import canonical, find, mapping
from yann.errors import ConfigError, Problem
from yann.explain.quantities import quantity
from yann.shapes import Array


def expectations(plan: Plan) -> list[Expectation]:
    """Give every expected figure of a config, in the order in which they stand there.

    Raises:
        ConfigError: where `at` matches no cell.

    """
    node, value = plan.expect.node, plan.expect.value
    if node is None or value is None:
        return []
    nodes = node.value if isinstance(node.value, tuple) else (node,)
    blocks = value if isinstance(value, tuple) else (value,)
    many = isinstance(node.value, tuple)
    problems: list[Problem] = []
    found = []
    for number, (block, at) in enumerate(zip(blocks, nodes, strict=True)):
        key = f"expect[{number}]" if many else "expect"
        cells = _cells(plan, at, key, problems)
        found += [_expectation(block, key, cells, name, figure, at) for name, figure in block.figures.items()]
    if problems:
        raise ConfigError(problems)
    return found


def _cells(plan: Plan, block: Node, key: str, problems: list[Problem]) -> tuple[int, ...]:
    """Give the cells that a block's `at` names: those whose swept keys have these values."""
    cells = range(len(plan.points))
    node = find(block, ["at"])
    for swept, value in mapping(node).items() if node is not None else ():
        wanted = canonical(plain(value))
        having = [i for i in cells if swept in plan.points[i]]
        cells_before, cells = cells, [i for i in having if canonical(plain(plan.points[i][swept][0])) == wanted]  # type: ignore[assignment]
        if not cells:
            where, place = str(node.keys[swept]), f"{key}.at.{swept}"  # type: ignore[union-attr]
            axes = sorted({name for point in plan.points for name in point})
            told = (
                "no cell has this value"
                if any(swept in plan.points[i] for i in cells_before)
                else (f"not swept; the sweep's keys are {', '.join(axes)}" if axes else "not swept: the config has one cell")
            )
            problems.append(Problem(where, place, told))
            return ()
    return tuple(cells)


def _expectation(block: ExpectBlock, key: str, cells: tuple[int, ...], name: str, figure: Any, at: Node) -> Expectation:
    figures = find(at, ["figures"])
    node, mark = mapping(figures)[name], figures.keys[name]  # type: ignore[arg-type, union-attr]
    kind: Kind = "value"
    tolerance = block.tolerance
    if isinstance(figure, Wish):
        kind = next(each for each in KINDS if getattr(figure, each) is not None)
        tolerance = figure.tolerance or tolerance
        figure, node = getattr(figure, kind), mapping(node)[kind]
    values = np.array([] if kind == "falls" else figure, dtype=np.float64)
    return Expectation(
        where=str(mark),
        key=f"{key}.figures.{name}",
        source=block.source,
        cells=cells,
        step=None if block.step == "each" else block.step,
        mistake=block.mistake,
        quantity=quantity(name),
        kind=kind,
        values=values,
        tolerances=_tolerances(values, node, tolerance),
    )


def _tolerances(values: Array, node: Node, tolerance: float | str) -> Array:
    if isinstance(tolerance, str):
        return TOLERANCES[tolerance](values, list(_spelled(node)) if values.size else [])
    return np.full(values.shape, tolerance)


def _spelled(node: Node) -> Iterator[str]:
    """Walk the numbers of nested lists as they are spelled."""
    if isinstance(node.value, tuple):
        for item in node.value:
            yield from _spelled(item)
    else:
        yield node.text
