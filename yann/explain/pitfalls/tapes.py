"""A pitfall of tapes: what they return for anything but one number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from yann.errors import AskedError
from yann.explain.pitfalls.base import PITFALLS, Finding, Pitfall, example
from yann.explain.quantities import quantity
from yann.explain.scene import scene_of
from yann.parts.reductions import BatchMean, Mean, PerSample, Unreduced
from yann.study.cell import Cell


@PITFALLS.add("tape_sum")
class TapeSum(Pitfall):
    """a tape sums before it derives"""

    source = "TensorFlow's tf.GradientTape.gradient"
    why = (
        "Backprop carries one row from the loss to the weights. Asked for the derivative of a vector or matrix, a tape puts a "
        "row of ones there, and so derives the sum of all entries: one number for each weight, where the Jacobian has a row for "
        "each output of each sample. Losses that are kept one a sample are summed like this too, so the gradient is N times that "
        "of their mean."
    )
    avoid = (
        "Reduce the loss to one number before you derive it. For a Jacobian ask for one: tape.jacobian in TensorFlow, "
        "torch.func.jacrev in PyTorch, jax.jacrev in JAX. PyTorch's backward() refuses what is not one number; "
        "tf.GradientTape.gradient does not."
    )

    def cases(self) -> Iterator[tuple[str, Cell]]:
        W, X = [[0.5, -0.2], [0.1, 0.3]], [[1, 2], [0, 1], [3, -1]]
        yield "losses kept one a sample (N = 3)", example([W], X, [[0, 1], [1, 0], [0, 0]])

    def mistaken(self, cell: Cell) -> Cell:
        kept = {Mean(): PerSample(), BatchMean(): Unreduced()}.get(cell.objective.reduction)
        if kept is None:
            raise AskedError(f"tape_sum: {cell.objective.reduction} is no mean over samples, so a tape's sum is what it says")
        return replace(cell, objective=replace(cell.objective, reduction=kept))

    def findings(self) -> Iterator[Finding]:
        """Also show the Jacobian, a row an output of a sample and a column a weight, and the one row that a tape makes of it."""
        _, cell = next(iter(self.cases()))
        scene = scene_of(cell)
        jacobians, taped = quantity("dY_hat/dW1").of(scene), quantity("tape dY_hat/dW1").of(scene)
        rows = jacobians.reshape(-1, taped.size)
        yield Finding("a tape's answer, and the Jacobian of 3 samples × 2 outputs by 4 weights", "dY_hat/dW1", taped, rows)
        yield from super().findings()
