"""A cell's result as tables and plots need it: medians and bands over replicates, small enough to keep for every cell."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

import numpy as np

from yann.same import same
from yann.shapes import Array
from yann.study.cell import Cell, Scalar
from yann.study.compact import Rows, Texts, integers
from yann.study.metrics import METRICS
from yann.study.result import SCORES, STATES, Result

BAND = (0.1, 0.5, 0.9)
"""Quantiles over replicates: the lower edge of the band, the median, the upper edge."""
TOGETHER, MOST_READ = 4 << 20, 64
"""Bytes of the replicates' numbers that are in memory together, or more, so that no part is read more often than so."""


@dataclass(frozen=True)
class Outline:
    """What a digest has in common with those of many other cells: T measured steps, L layers."""

    labels: tuple[str, ...]
    """For each layer its activation."""
    fans: tuple[tuple[int, int], ...]
    """For each layer fan_in and fan_out."""
    replicates: int
    steps: tuple[int, ...]
    measured: tuple[str, ...]
    """The metrics that are kept."""
    scored: tuple[str, ...]
    """loss, and accuracy, test_loss, test_accuracy where there are any."""
    states: tuple[tuple[str, ...], ...]
    """For each step and layer the worst state of any replicate."""
    troubled: int
    """How many replicates have, at the last step, a layer or a loss whose state is not ok."""
    worst: tuple[str, ...]
    """For each step the worst state of any layer, or of the loss, of any replicate."""
    origin: str
    """Where that began: A3 on the way forward, dW3 on the way back; nothing, if all is well or only the loss is beyond range."""

    @property
    def depth(self) -> int:
        """Count the layers."""
        return len(self.fans)

    @property
    def state(self) -> str:
        """Give the worst state at the last step."""
        return self.worst[-1]

    @property
    def told(self) -> str:
        """Give the state, with the number of replicates that it is about where others are well, and where it began."""
        count = f"{self.troubled}/{self.replicates}" if 0 < self.troubled < self.replicates else ""
        return " ".join(filter(None, [self.state, count, self.origin]))


@dataclass(frozen=True)
class Digest:
    """One cell; every last axis of three is (lower edge, median, upper edge) over replicates."""

    index: int
    point: tuple[Scalar, ...]
    """The cell's value on each axis of the experiment."""
    outline: Outline
    numbers: bytes
    """Of each metric that is kept first (T, L, 3), then of each score (T, 3), float64; (T, L, 1) and (T, 1) of a single
    replicate, which is all three."""

    @property
    def metrics(self) -> dict[str, Array]:
        """Give the metrics by name, (T, L, 3) each."""
        of = self.outline
        return dict(zip(of.measured, self._bands(0, (len(of.measured), len(of.steps), of.depth)), strict=True))

    @property
    def curves(self) -> dict[str, Array]:
        """Give loss and scores by name, (T, 3) each."""
        of = self.outline
        before = len(of.measured) * len(of.steps) * of.depth
        return dict(zip(of.scored, self._bands(before, (len(of.scored), len(of.steps))), strict=True))

    def _bands(self, before: int, shape: tuple[int, ...]) -> Array:
        bands = np.frombuffer(self.numbers).reshape(-1, 1 if self.outline.replicates == 1 else len(BAND))
        return np.broadcast_to(bands[before : before + math.prod(shape)].reshape(*shape, -1), (*shape, len(BAND)))


def digest(
    index: int, point: tuple[Scalar, ...], cell: Cell, parts: Sequence[Result], kept: Container[str] | None = None
) -> Digest:
    """Give what tables and plots show of one cell, whose replicates come in parts; of its metrics those to be kept, or all."""
    first = parts[0]
    at = [number for number, name in enumerate(first.measured) if kept is None or name in kept]
    states, worst, last, origin = _looks(parts)
    outline = Outline(
        labels=cell.network.labels,
        fans=cell.network.fans,
        replicates=cell.replicates,
        steps=same(first.steps),
        measured=same(tuple(first.measured[number] for number in at)),
        scored=same(("loss", *(name for name in SCORES if getattr(first, name) is not None))),
        states=same(tuple(tuple(STATES[state] for state in at_step) for at_step in states)),
        troubled=int(np.count_nonzero(last)),
        worst=same(tuple(STATES[state] for state in worst)),
        origin=_origin(origin[last == worst[-1]]),
    )
    numbers = _bands(parts, lambda part: part.values[at]) + _bands(parts, lambda part: np.array([*part.curves.values()]))
    return Digest(index, point, outline, numbers)


class Digests(Rows[Digest]):
    """The digests of an experiment's cells, in little room."""

    def __init__(self, points: Sequence[tuple[Scalar, ...]]) -> None:
        """Begin with none; cells have these values on the axes."""
        index = integers()
        super().__init__(Digest, [index, _Points(points, index), None, Texts()])
        self._outlines: dict[Outline, Outline] = {}

    def add(self, digest: Digest) -> None:
        """Add the digest of a cell."""
        outline = self._outlines.setdefault(digest.outline, digest.outline)
        self.append(digest.index, digest.point, outline, digest.numbers)


@dataclass(frozen=True)
class _Points:
    """A column that the experiment has anyway."""

    points: Sequence[tuple[Scalar, ...]]
    index: Sequence[int]

    def append(self, value: tuple[Scalar, ...], /) -> None:
        """Keep nothing."""

    def __getitem__(self, row: int, /) -> tuple[Scalar, ...]:
        return self.points[self.index[row]]


def _looks(parts: Sequence[Result]) -> tuple[list[list[int]], list[int], Array, Array]:
    """Give the worst states of layers (T, L) and of the cell (T,), and each replicate's last (R,) and where it began (R,)."""
    if len(parts) == 1:
        (part,) = parts
        last = part.cell_state[-1].copy(), part.origin[-1].copy()  # a view would hold all of the part
        return part.state.max(axis=-1).tolist(), part.cell_state.max(axis=-1).tolist(), *last
    of_layers, of_cell, of_last, origins = zip(*(_looks([part]) for part in parts), strict=True)
    return np.max(of_layers, axis=0).tolist(), np.max(of_cell, axis=0).tolist(), np.concatenate(of_last), np.concatenate(origins)


def _origin(found: Array) -> str:
    """Say where numbers first left their range in the replicates that fared worst: as early as in any of them."""
    if not found.any():
        return ""
    if (found > 0).any():
        return f"A{found[found > 0].min()}"
    return f"dW{-found.min()}"


def _bands(parts: Sequence[Result], numbers: Callable[[Result], Array]) -> bytes:
    """Give the bands over the replicates of all parts, of whose numbers only some are in memory at a time."""
    first = numbers(parts[0])
    if len(parts) == 1:
        return _band(first).tobytes()
    ends = np.cumsum([0, *(part.replicates for part in parts)])
    rows = first.size // first.shape[-1]
    some = max(1, TOGETHER // (8 * int(ends[-1])), -(-rows // MOST_READ))
    return b"".join(
        _band(_gathered(parts, numbers, slice(at, min(at + some, rows)), ends)).tobytes() for at in range(0, rows, some)
    )


def _gathered(parts: Sequence[Result], numbers: Callable[[Result], Array], rows: slice, ends: Array) -> Array:
    """Give some rows of the numbers of all replicates."""
    together = np.empty((rows.stop - rows.start, ends[-1]))
    for part, first, last in zip(parts, ends, ends[1:], strict=False):
        together[:, first:last] = numbers(part).reshape(-1, last - first)[rows]
    return together


def _band(values: Array) -> Array:
    """Give the band over the last axis, or what there is of a single one; infinities count as the largest, nan as missing."""
    if values.shape[-1] == 1:
        return values
    ordered = np.sort(values, axis=-1)  # nan last
    known = np.maximum((~np.isnan(values)).sum(axis=-1), 1)
    at = [np.take_along_axis(ordered, _nearest(q, known)[..., None], axis=-1)[..., 0] for q in BAND]
    return np.stack(at, axis=-1)


def _nearest(q: float, count: Array) -> Array:
    return np.rint(q * (count - 1)).astype(np.int64)


def shown_metric(digests: Sequence[Digest], wanted: str | None) -> str:
    """Give the metric that tables and plots show: the one asked for, else the size of a gradient's entry, else the first."""
    measured = digests[0].outline.measured if digests else tuple(METRICS)
    return wanted or next((name for name in ("dW_rms", "dW_norm") if name in measured), measured[0])


@dataclass(frozen=True)
class Flow:
    """How a quantity runs through the layers of a cell: its log10 at the first and the last layer."""

    first: float
    last: float
    depth: int

    @property
    def decades(self) -> float:
        """Give log10 of first over last: negative where what comes back to the first layer has faded."""
        return self.first - self.last

    @property
    def growth(self) -> float:
        """Give the factor by which it grows with each layer on its way back from the last to the first."""
        return 10 ** (self.decades / (self.depth - 1)) if self.depth > 1 else math.nan


def flow(cell: Digest, metric: str) -> Flow:
    """Give the flow of a metric at the last measured step; that of dW_rms is true beyond the range of its numbers."""
    true = metric == "dW_rms" and "log10_dW_rms" in cell.metrics
    values = cell.metrics["log10_dW_rms" if true else metric][-1, :, 1]
    first, last = (float(values[i]) if true else _log10(float(values[i])) for i in (0, -1))
    return Flow(first, last, cell.outline.depth)


def backward_flow(cell: Digest, metric: str) -> Flow:
    """Give the flow of the backward signal ∂J/∂Z, where it is measured; else of the metric.

    dW = A_inᵀ dZ has two factors. Where the forward signal A fades on its way in and dZ on its way back, every dW loses
    alike and their ratio tells nothing; dZ alone tells whether the gradient comes through.
    """
    return flow(cell, "dZ_rms" if "dZ_rms" in cell.metrics else metric)


def _log10(value: float) -> float:
    if math.isnan(value):
        return math.nan
    size = abs(value)
    return math.log10(size) if 0 < size < math.inf else math.copysign(math.inf, size - 1)
