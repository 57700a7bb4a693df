"""A pitfall of labels: shapes that do not pair off, and broadcast without a word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from yann.engine.forward import Trace
from yann.engine.network import Network
from yann.engine.objective import Objective, Top
from yann.errors import AskedError
from yann.explain.notation import Notation, shape_text
from yann.explain.pitfalls.base import PITFALLS, Pitfall, example, yann_network
from yann.explain.room import refuse
from yann.shapes import Array
from yann.study.cell import Cell

Shape = tuple[int, ...]
TABLES = 6
"""Arrays of the table's shape that a loss and its derivative take."""


@PITFALLS.add("broadcast_labels")
@dataclass(frozen=True)
class BroadcastLabels(Pitfall):
    """predictions meet every label"""

    source = "the YANN network with TensorFlow's tape: predictions (2, 1), labels (2,)"
    why = (
        "Predictions of shape (M, 1) and labels of shape (M,) do not pair off. Shapes are matched from the back, so the labels "
        "become a row and the loss a table M×M: every prediction against every label. The mean of this table looks like a loss, "
        "and for the YANN network it even is the right one to four digits. Its gradient pulls every prediction to the mean of "
        "all labels, so even a perfect fit is spoilt."
    )
    avoid = (
        "Give predictions and labels one and the same shape, and assert it before the loss: compare shapes, not losses. The "
        "arithmetic of NumPy, JAX, TensorFlow and PyTorch broadcasts without a word; PyTorch's mse_loss warns, and its "
        "binary_cross_entropy refuses. yann never broadcasts targets."
    )

    notation = Notation(out_in=True)

    predictions: Shape = ()
    """The shape that the N·K predictions are given; empty is (N·K, 1)."""
    labels: Shape = ()
    """The shape that the labels are given; empty is (N·K,). With N numbers there is one a sample."""

    def cases(self) -> Iterator[tuple[str, Cell]]:
        yield "the YANN network (bce), weights (out, in); predictions (2, 1), labels (2,)", yann_network()
        line = [[0], [1], [2], [3], [4]]
        yield "a perfect fit (mse), predictions (5, 1), labels (5,)", example([[[1]]], line, line)

    def spelled(self) -> str:
        """Spell the shapes of the first case, for none are those of every cell."""
        return super(BroadcastLabels, self if self.predictions else replace(self, predictions=(2, 1), labels=(2,))).spelled()

    def mistaken(self, cell: Cell) -> Cell:
        honest = cell.objective
        if honest.loss.classes:
            raise AskedError(f"broadcast_labels: {honest.loss.name} has one loss a sample, and no labels that could broadcast")
        return replace(cell, objective=_Broadcast(honest.loss, honest.reduction, self.predictions, self.labels))


@dataclass(frozen=True)
class _Broadcast(Objective):
    """An objective whose predictions and labels are given shapes of their own, and then broadcast as NumPy does.

    N is the first axis of the table that comes out, K all the others together. Replicates are leading axes and stay apart.
    """

    predictions: Shape = ()
    labels: Shape = ()

    def losses(self, network: Network, trace: Trace, Y: Array) -> Array:
        last, logits = trace[-1], self._on_logits(network)
        loss, M = (self.loss, last.A) if logits is None else (logits, last.Z)
        return loss.f(*self._table(M, Y)).reshape(*M.shape[:-2], *self._sizes(M))

    def gradient(self, network: Network, trace: Trace, Y: Array) -> Top:
        last, layer, logits = trace[-1], network.layers[-1], self._on_logits(network)
        dA, slope = self._summed_back(self.loss.df, last.A, Y), layer.slope(last.Z, last.phi)
        if logits is None:
            return Top(dA, slope, dA * slope)
        dZ = self._summed_back(logits.df, last.Z, Y)
        return Top(np.divide(dZ, slope, out=dA, where=slope != 0), slope, dZ)

    def _summed_back(self, df: Callable[[Array, Array], Array], M: Array, Y: Array) -> Array:
        """Give the derivative by M, each of whose entries stands in several places of the table."""
        G = df(*self._table(M, Y)) * self.reduction.factor(*self._sizes(M))
        own, _ = self._shapes(M)
        stretched = tuple(axis - len(own) for axis, length in enumerate(own) if length == 1)
        return G.sum(axis=stretched, keepdims=True).reshape(M.shape)

    def _table(self, M: Array, Y: Array) -> tuple[Array, Array]:
        """Give predictions and labels as they meet."""
        own, theirs = self._shapes(M)
        if prod(theirs) < Y.shape[-2] * Y.shape[-1]:
            if (Y[..., :1] != Y).any():
                raise AskedError(f"broadcast_labels: {shape_text(theirs)} labels need targets that are the same for every output")
            Y = Y[..., :1]
        refuse("the table of predictions and labels", M[..., 0, 0].size * prod(np.broadcast_shapes(own, theirs)) * TABLES)
        P, T = np.broadcast_arrays(M.reshape(*M.shape[:-2], *own), Y.reshape(*Y.shape[:-2], *theirs))
        return P, T

    def _sizes(self, M: Array) -> tuple[int, int]:
        """Give N and K of the table."""
        N, *others = np.broadcast_shapes(*self._shapes(M))
        return N, prod(others)

    def _shapes(self, M: Array) -> tuple[Shape, Shape]:
        """Give the shapes of predictions and labels, filled up with ones in front to have as many axes."""
        N, K = M.shape[-2:]
        predictions, labels = self.predictions or (N * K, 1), self.labels or (N * K,)
        told = f"predictions {shape_text(predictions)} and labels {shape_text(labels)}"
        if prod(predictions) != N * K or prod(labels) not in (N, N * K):
            raise AskedError(f"broadcast_labels: {told} do not hold what there is, {N} samples × {K} outputs")
        axes = max(len(predictions), len(labels))
        own, theirs = ((1,) * (axes - len(shape)) + shape for shape in (predictions, labels))
        if any(a != b and 1 not in (a, b) for a, b in zip(own, theirs, strict=True)):
            raise AskedError(f"broadcast_labels: {told} do not broadcast")
        return own, theirs
