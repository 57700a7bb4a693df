"""Everything about some steps of a network: forward, backward, update, as JSON, as rows, and as tables of matrices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from yann.explain.layer import layer_quantities
from yann.explain.notation import Notation, shape_text
from yann.explain.scene import Scene
from yann.report.matrices import Block, Sheet, matrix_lines, side_by_side
from yann.report.numbers import number
from yann.report.prose import Prose
from yann.report.rows import Row, entries, nested
from yann.shapes import Array
from yann.study.cell import Cell, Experiment
from yann.study.run import State

FEW_ENTRIES = 10_000
"""Entries up to which the gradients of FEW_SAMPLES are shown without being asked for."""


@dataclass(frozen=True)
class Steps:
    """Some steps of a cell, and how they are to be shown."""

    experiment: Experiment
    cell: Cell
    states: Sequence[State]
    per_sample: bool
    """Whether each sample's own gradient is shown beside the batch's."""

    def scenes(self, r: int) -> list[Scene]:
        """Give the steps of one replicate; samples are rows whatever the config's matrices are."""
        notation = Notation(out_in=self.experiment.layout == "out_in")
        return [Scene(self.cell, state, notation, r) for state in self.states]

    def layers(self, scene: Scene) -> Iterator[dict[str, Array | None]]:
        """Walk the layers: what each of them has by name."""
        for layer in range(1, scene.layers + 1):
            given = layer_quantities(scene, layer)
            yield {name: give() for name, give in given.items() if not name.startswith(self._hidden)}

    @property
    def _hidden(self) -> tuple[str, ...]:
        """Give how names begin that are not shown; the update of an optimizer without memory is -lr·dW."""
        return (
            *(() if self.per_sample else ("per_sample",)),
            *(() if self.cell.optimizer.remembers() else ("update",)),
        )


def steps_json(steps: Steps, r: int) -> dict[str, Any]:
    """Give replicate r of some steps: losses before each step, and everything of every layer."""
    scenes = steps.scenes(r)
    losses = [nested(scene.kept()) for scene in scenes]
    return {
        "name": steps.experiment.name,
        "loss_before_steps": losses,
        "steps": [
            {
                "step": scene.state.step,
                "loss": loss,
                "layers": [
                    {"layer": layer, **{name: None if M is None else nested(M) for name, M in matrices.items()}}
                    for layer, matrices in enumerate(steps.layers(scene), start=1)
                ],
            }
            for scene, loss in zip(scenes, losses, strict=True)
        ],
    }


ENTRY_COLUMNS = ("replicate", "step", "layer", "quantity", "sample", "row", "column", "value")


def entry_rows(steps: Steps, r: int) -> Iterator[Row]:
    """Walk every entry of every matrix, indices counted from 0; `sample` is for what each sample has a matrix of."""
    for scene in steps.scenes(r):
        for layer, matrices in enumerate(steps.layers(scene), start=1):
            for name, M in matrices.items():
                for n, of_sample in enumerate(M) if M is not None and name.startswith("per_sample") else [(None, M)]:
                    if of_sample is not None:
                        yield from entries([r, scene.state.step, layer, name, n], of_sample)


def step_sheets(steps: Steps, width: int | None) -> Iterator[Sheet | Prose]:
    """Walk the sheets of every replicate, step and layer; they fit a terminal of `width` characters (None: any)."""
    room, cell = None if width is None else width - 4, steps.cell
    yield Prose(f"{cell.optimizer.spelled_out()}: {cell.optimizer.formula()}", width)
    for r in range(cell.replicates):
        of_replicate = f"replicate {r}, " if cell.replicates > 1 else ""
        for scene in steps.scenes(r):
            told = f"{of_replicate}step {scene.state.step}"
            yield Sheet(f"{told}: {cell.objective}, {cell.optimizer}", tuple(side_by_side(_of_batch(scene, room), room)))
            for index, (layer, matrices) in enumerate(zip(cell.network.layers, steps.layers(scene), strict=True), start=1):
                title = f"{told}, layer {index}: {layer.fan_in} → {layer.fan_out}, {layer.activation}"
                yield Sheet(title, tuple(side_by_side(list(_blocks(matrices, index, room)), room)))
                if steps.per_sample:
                    yield _of_samples(scene, matrices, f"{told}, layer {index}", index, room)
    if steps.experiment.about:
        yield Prose(steps.experiment.about, width)


def _of_batch(scene: Scene, room: int | None) -> list[Block]:
    kept, X, Y = scene.kept(), scene.own(scene.state.X), scene.own(scene.state.Y)
    loss = (
        (f"losses kept by {scene.cell.objective.reduction}", matrix_lines(kept, room))
        if kept.ndim
        else ("loss", [number(float(kept), 12)])
    )
    return [(f"X  {shape_text(X.shape)}", matrix_lines(X, room)), (f"Y  {shape_text(Y.shape)}", matrix_lines(Y, room)), loss]


def _blocks(matrices: dict[str, Array | None], layer: int, room: int | None) -> Iterator[Block]:
    """Walk the matrices of a layer as headed blocks of lines: `W1  3×2` and its numbers."""
    for name, M in matrices.items():
        if M is not None and not name.startswith("per_sample"):
            stem, after, _ = name.partition("_after")
            told = f"{stem.replace('_', ' of ')}{layer}{' after' if after else ''}"
            yield f"{told}  {shape_text(M.shape)}", matrix_lines(M, room)


def _of_samples(scene: Scene, matrices: dict[str, Array | None], told: str, layer: int, room: int | None) -> Sheet:
    blocks: list[Block] = []
    for name in ("W", "b"):
        each, batch = matrices[f"per_sample_d{name}"], matrices[f"d{name}"]
        if each is not None and batch is not None:
            blocks += [(f"d{name}{layer} of sample {n}", matrix_lines(M, room)) for n, M in enumerate(each)]
            blocks.append((f"d{name}{layer}, their {scene.together}", matrix_lines(batch, room)))
    return Sheet(f"{told}: each sample's own gradient, and their {scene.together}", tuple(side_by_side(blocks, room)))
