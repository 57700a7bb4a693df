"""Everything about some steps of a network: forward, backward, update, as JSON, as rows, and as tables of matrices."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from yann.report.numbers import number
from yann.report.rows import Row
from yann.shapes import Array
from yann.study.cell import Cell, Experiment
from yann.study.run import State

if TYPE_CHECKING:
    from rich.panel import Panel

MATRICES = ("W", "b", "Z", "A", "dA", "dZ", "dW", "db", "W_after", "b_after")
MOST_ENTRIES = 8
"""Rows and columns of a matrix that a table shows before it leaves out the middle."""


def steps_json(experiment: Experiment, cell: Cell, states: Sequence[State], r: int) -> dict[str, Any]:
    """Give replicate r of some steps: losses before each step, and every matrix of every layer."""
    losses = [_plain(kept_losses(cell, state, r)) for state in states]
    return {
        "name": experiment.name,
        "loss_before_steps": losses,
        "steps": [
            {
                "step": state.step,
                "loss": loss,
                "layers": [
                    {"layer": layer, **{name: None if M is None else _plain(M) for name, M in matrices.items()}}
                    for layer, matrices in enumerate(layer_matrices(state, r, experiment.layout), start=1)
                ],
            }
            for state, loss in zip(states, losses, strict=True)
        ],
    }


def kept_losses(cell: Cell, state: State, r: int) -> Array:
    """Give what the reduction keeps of replicate r: J (), a loss a sample (N,), or a loss an element (N, K)."""
    kept = cell.objective.reduction.kept(cell.objective.losses(cell.network, state.trace, state.Y))[r]
    return kept[:, 0] if cell.objective.loss.classes and kept.ndim > 1 else kept  # with classes an element is a sample


def layer_matrices(state: State, r: int, layout: str) -> Iterator[dict[str, Array | None]]:
    """Walk the layers: each one's matrices by name for replicate r, weights in the config's layout, biases as vectors."""

    def laid_out(W: Array) -> Array:
        return W[r].T if layout == "out_in" else W[r]

    after = state.after or state.params
    for theta, seen, g, new in zip(state.params, state.trace, state.gradients, after, strict=True):
        biased = theta.b is not None and new.b is not None
        yield {
            "W": laid_out(theta.W),
            "b": theta.b[r, 0] if theta.b is not None else None,
            "Z": seen.Z[r],
            "A": seen.A[r],
            "dA": g.dA[r],
            "dZ": g.dZ[r],
            "dW": laid_out(g.dW),
            "db": g.db[r, 0] if biased else None,
            "W_after": laid_out(new.W),
            "b_after": new.b[r, 0] if new.b is not None else None,
        }


def _plain(array: Array) -> Any:  # noqa: ANN401 - a number or nested lists of them
    """Give an array as nested lists, with None where a value is not finite."""
    return _nulled(array.tolist()) if not np.isfinite(array).all() else array.tolist()


def _nulled(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return [_nulled(item) for item in value]
    return value if math.isfinite(value) else None


ENTRY_COLUMNS = ("replicate", "step", "layer", "quantity", "row", "column", "value")


def entry_rows(experiment: Experiment, states: Sequence[State], r: int) -> Iterator[Row]:
    """Walk every entry of every matrix: replicate, step, layer, quantity, row, column (from 0), value."""
    for state in states:
        for layer, matrices in enumerate(layer_matrices(state, r, experiment.layout), start=1):
            for name, M in matrices.items():
                for (i, j), value in np.ndenumerate(np.atleast_2d(M)) if M is not None else ():
                    yield [r, state.step, layer, name, i, j, float(value) if math.isfinite(value) else None]


@dataclass(frozen=True)
class Sheet:
    """Titled lines of matrices."""

    title: str
    lines: tuple[str, ...]

    def rich(self) -> Panel:
        """Give the sheet for a terminal."""
        from rich.panel import Panel
        from rich.text import Text

        return Panel(Text("\n".join(self.lines)), title=Text(self.title, "bold"), title_align="left", expand=False)

    def markdown(self) -> str:
        """Give the sheet as Markdown: a heading and a block of code."""
        return "\n".join([f"**{self.title}**", "", "```", *self.lines, "```", ""])


def step_sheets(experiment: Experiment, cell: Cell, states: Sequence[State], width: int | None) -> Iterator[Sheet]:
    """Walk the sheets of every replicate, step and layer; they fit a terminal of `width` characters (None: any)."""
    room = None if width is None else width - 4
    for r in range(cell.replicates):
        of_replicate = f"replicate {r}, " if cell.replicates > 1 else ""
        for state in states:
            told = f"{of_replicate}step {state.step}"
            yield Sheet(f"{told}: {cell.objective}, {cell.optimizer}", tuple(side_by_side(_of_batch(cell, state, r, room), room)))
            layers = zip(cell.network.layers, layer_matrices(state, r, experiment.layout), strict=True)
            for index, (layer, matrices) in enumerate(layers, start=1):
                title = f"{told}, layer {index}: {layer.fan_in} → {layer.fan_out}, {layer.activation}"
                yield Sheet(title, tuple(side_by_side(list(blocks(matrices, index, room)), room)))


def _of_batch(cell: Cell, state: State, r: int, room: int | None) -> list[tuple[str, list[str]]]:
    kept = kept_losses(cell, state, r)
    X, Y = (M[min(r, len(M) - 1)] for M in (state.X, state.Y))  # what is not drawn is the same for all replicates
    loss = (
        (f"losses kept by {cell.objective.reduction}", matrix_lines(kept, room))
        if kept.ndim
        else ("loss", [number(float(kept), 12)])
    )
    return [(f"X  {_shape(X)}", matrix_lines(X, room)), (f"Y  {_shape(Y)}", matrix_lines(Y, room)), loss]


def _shape(M: Array) -> str:
    return "×".join(map(str, M.shape))


def matrix_lines(M: Array, room: int | None = None) -> list[str]:
    """Give a matrix as lines of aligned numbers; the middle of a large one is left out, more of it where `room` is short."""
    M = np.atleast_2d(M)
    for most in (MOST_ENTRIES, 6, 4, 2):
        rows, columns = _ends(M.shape[0], MOST_ENTRIES), _ends(M.shape[1], most)
        cells = [["…" if i is None or j is None else number(float(M[i, j])) for j in columns] for i in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in cells]
        if room is None or len(lines[0]) <= room:
            break
    return lines


def _ends(length: int, most: int) -> list[int | None]:
    if length <= most:
        return list(range(length))
    half = most // 2
    return [*range(half), None, *range(length - half, length)]


def blocks(matrices: dict[str, Array | None], layer: int, room: int | None) -> Iterator[tuple[str, list[str]]]:
    """Walk the matrices of a layer as headed blocks of lines: `W1  (3, 2)` and its numbers."""
    for name, M in matrices.items():
        if M is not None:
            stem, _, after = name.partition("_")
            yield f"{stem}{layer}{' after' if after else ''}  {_shape(M)}", matrix_lines(M, room)


def side_by_side(headed: Sequence[tuple[str, list[str]]], width: int | None) -> list[str]:
    """Lay blocks next to each other as far as `width` goes, then below (None: everything on one line)."""
    lines: list[str] = []
    row: list[list[str]] = []
    used = 0
    for head, body in headed:
        block = [head, *body]
        wide = max(map(len, block)) + 4
        if row and width is not None and used + wide > width:
            lines += [*_joined(row), ""]
            row, used = [], 0
        row.append([line.ljust(wide) for line in block])
        used += wide
    return [*lines, *_joined(row)]


def _joined(row: Sequence[Sequence[str]]) -> list[str]:
    if not row:
        return []
    tall = max(map(len, row))
    padded = [[*block, *[" " * len(block[0])] * (tall - len(block))] for block in row]
    return ["".join(parts).rstrip() for parts in zip(*padded, strict=True)]
