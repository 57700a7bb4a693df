"""The data of a cell: made, written out or loaded, and brought to the shapes that the network needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from yann.engine.forward import forward
from yann.engine.streams import NOTHING, Purpose, stream, streams
from yann.errors import DataError
from yann.parts.datasets import Dataset
from yann.parts.generators import Generator
from yann.study.cell import Cell, MadeData, Matrix

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from yann.engine.network import Params
    from yann.parts.losses import Loss
    from yann.shapes import Array

Kind = Literal["values", "bits", "classes"]


@dataclass(frozen=True)
class Data:
    """Inputs X (R or 1, N, f_0) and targets Y (R or 1, N, k), the same for what is held out, and what the targets are."""

    X: Array
    Y: Array
    X_test: Array | None
    Y_test: Array | None
    kind: Kind


def target_rows(targets: Array, k: int, loss: Loss) -> Array:
    """Give targets as rows (N, k): class indices become one-hot rows; nothing is ever broadcast.

    Raises:
        DataError: if they cannot be the targets of k outputs under this loss.

    """
    if targets.ndim == 1 and not (k == 1 and not loss.classes):
        targets = targets[:, None]
        if not loss.classes:
            return one_hot(targets[:, 0], k)
    elif targets.ndim == 1:
        targets = targets[:, None].astype(np.float64)
    columns = targets.shape[-1]
    if loss.classes and columns == 1 and (k > 1 or not targets.any()):
        return one_hot(targets[:, 0], k)
    if columns != k:
        message = f"targets have {columns} columns, but the network has {k} outputs"
        raise DataError(message)
    if loss.probabilities and ((targets < 0) | (targets > 1)).any():
        n, j = np.argwhere((targets < 0) | (targets > 1))[0]
        message = (
            f"{loss.name} needs targets in [0, 1], but row {n + 1}, column {j + 1} is {targets[n, j]:g}; "
            "targets: bits makes random ones"
        )
        raise DataError(message)
    if loss.classes:
        return distributions(targets)
    return targets


def one_hot(indices: Array, k: int) -> Array:
    """Give class indices (N,) as one-hot rows (N, k).

    Raises:
        DataError: if an index is not one of 0 … k - 1.

    """
    wrong = (indices != np.floor(indices)) | (indices < 0) | (indices >= k)
    if wrong.any():
        n = int(np.argmax(wrong))
        message = f"classes are 0 to {k - 1} for {k} outputs, but row {n + 1} of the targets is {indices[n]:g}"
        raise DataError(message)
    return np.eye(k)[indices.astype(np.int64)]


def distributions(targets: Array) -> Array:
    """Give the rows back if each is a distribution over the classes (a one-hot row is one).

    Raises:
        DataError: if a row has a negative entry or does not sum to 1.

    """
    wrong = (targets < 0).any(axis=-1) | (np.abs(targets.sum(axis=-1) - 1) > 1e-6)
    if wrong.any():
        message = (
            f"cross_entropy needs class indices or one-hot rows, but row {int(np.argmax(wrong)) + 1} of the targets is neither; "
            "targets: classes makes random ones"
        )
        raise DataError(message)
    return targets


def outputs_of(targets: Array, loss: Loss) -> int:
    """Give the number of outputs that targets ask for: the classes that there are, or one for each column."""
    indices = targets.ndim == 1 or (loss.classes and targets.shape[-1] == 1)
    return max(2, int(targets.max()) + 1) if indices and targets.size else int(np.atleast_2d(targets.T).shape[0])


def target_kind(cell: Cell) -> Kind:
    """Tell what a cell's targets are, which decides whether there is an accuracy and of which kind; no draw decides it."""
    loss, source = cell.objective.loss, cell.data if isinstance(cell.data, Dataset) else cell.data.targets
    if loss.classes or (isinstance(source, Generator) and source.makes_classes):
        return "classes"
    if isinstance(source, Generator):
        return "bits" if source.makes_bits else "values"
    targets = source.load().targets if isinstance(source, Dataset) else np.array(source.rows)
    rows = target_rows(targets, cell.network.widths[-1], loss)
    if not ((rows == 0) | (rows == 1)).all():
        return "values"
    if rows.shape[-1] > 1 and (rows.sum(axis=-1) == 1).all():
        return "classes"
    return "bits" if loss.probabilities or rows.min() < rows.max() else "values"


def all_samples(cell: Cell) -> int:
    """Count a cell's samples, those held out for testing among them."""
    return len(cell.data.load().inputs) if isinstance(cell.data, Dataset) else cell.data.samples


def training_samples(cell: Cell) -> int:
    """Count the samples that a cell trains with."""
    N = all_samples(cell)
    return N - round(cell.data.test * N) if isinstance(cell.data, Dataset) else N


def samples_per_update(cell: Cell) -> int:
    """Count the samples that one gradient is made of."""
    return training_samples(cell) if cell.batch is None else cell.batch


def updates_per_epoch(cell: Cell) -> int:
    """Count the mini-batches that go once through all samples."""
    return 1 if cell.batch is None else -(-training_samples(cell) // cell.batch)


def prepare(cell: Cell, params: Params, replicates: Sequence[int]) -> Data:
    """Make or load the data of these replicates; `params` are the first ones, to which some targets are relative.

    Raises:
        DataError: if the data do not fit the network or the loss.

    """
    if isinstance(cell.data, Dataset):
        return _loaded(cell, cell.data)
    made, widths = cell.data, cell.network.widths
    X = _made(made, made.inputs, cell, replicates, Purpose.INPUTS, widths[0])
    Y = _made(made, made.targets, cell, replicates, Purpose.TARGETS, widths[-1])
    if isinstance(made.targets, Generator) and made.targets.relative:
        Y = forward(cell.network, params, X)[-1].A + Y
    else:
        Y = np.stack([target_rows(rows, widths[-1], cell.objective.loss) for rows in Y])
    return Data(X, Y.astype(cell.dtype, copy=False), None, None, target_kind(cell))


def _made(
    made: MadeData, source: Generator | Matrix, cell: Cell, replicates: Sequence[int], purpose: Purpose, width: int
) -> Array:
    if isinstance(source, Matrix):
        return np.array([source.rows], dtype=cell.dtype)
    shape = (made.samples, width)
    drawn = np.empty((len(replicates), *shape), dtype=cell.dtype)
    if not source.random:
        drawn[:] = source.draw(NOTHING, shape)
        return drawn
    for at, rng in enumerate(streams(cell.seed, purpose, replicates)):
        drawn[at] = source.draw(rng, shape)
    return drawn


def _loaded(cell: Cell, dataset: Dataset) -> Data:
    samples = dataset.load()
    X = samples.inputs.astype(cell.dtype)
    Y = target_rows(samples.targets, cell.network.widths[-1], cell.objective.loss)
    kind = target_kind(cell)
    Y = Y.astype(cell.dtype)
    held_out = round(dataset.test * len(X))
    if not held_out:
        return Data(X[None], Y[None], None, None, kind)
    order = stream(cell.seed, Purpose.SPLIT).permutation(len(X))
    test, train = np.sort(order[:held_out]), np.sort(order[held_out:])
    return Data(X[None, train], Y[None, train], X[None, test], Y[None, test], kind)


@dataclass(frozen=True)
class Batches:
    """The mini-batch of every step: each epoch goes once through all samples in an order of its own."""

    data: Data
    size: int | None
    sources: tuple[tuple[int, int], ...]
    """For each replicate of the stack its seed and its number, from which its orders come."""

    def __getitem__(self, t: int) -> tuple[Array, Array]:
        """Give X and Y of step t; without a batch size all samples in their own order."""
        X, Y = self.data.X, self.data.Y
        N = X.shape[-2]
        if self.size is None or self.size >= N:
            return X, Y
        epoch, number = divmod(t, -(-N // self.size))
        chosen = slice(number * self.size, (number + 1) * self.size)
        rows = self._order(epoch)[:, chosen]
        return _rows(X, rows), _rows(Y, rows)

    @cached_property
    def _order(self) -> Callable[[int], Array]:
        """Give the order of the samples in an epoch (R, N); the last one is kept, for it has many batches."""
        N = self.data.X.shape[-2]
        return lru_cache(maxsize=1)(
            lambda epoch: np.stack([stream(seed, Purpose.BATCHES, r, epoch).permutation(N) for seed, r in self.sources])
        )


def _rows(M: Array, rows: Array) -> Array:
    """Give for each replicate its own rows of M (R or 1, N, f)."""
    return M[0].take(rows, axis=0) if len(M) == 1 else np.take_along_axis(M, rows[..., None], axis=-2)


def accuracy(Y_hat: Array, Y: Array, kind: Kind, loss: Loss) -> Array:
    """Give the fraction that is predicted right (R,): samples whose largest output is the class, or bits by rounding.

    A prediction that is nan is wrong.
    """
    known = ~np.isnan(Y_hat)
    if kind == "classes":
        return (known.all(axis=-1) & (Y_hat.argmax(axis=-1) == Y.argmax(axis=-1))).mean(axis=-1, dtype=np.float64)
    return (known & ((Y_hat > loss.threshold) == (Y > 0.5))).mean(axis=(-2, -1), dtype=np.float64)
