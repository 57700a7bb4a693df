"""The path ledger of one weight: every way from it to the loss, factor by factor, whose sum is its gradient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from yann.explain.chain import fused
from yann.explain.entry import Entry
from yann.explain.notation import Notation
from yann.shapes import Array
from yann.study.cell import Cell
from yann.study.run import State

MOST_PATHS = 10_000
"""Paths up to which all may be asked for."""
MOST_FACTORS = 100_000
"""Factors of one sample up to which all paths are followed without being asked for; of more paths the largest are."""
LARGEST = 20
"""Paths that are followed where there are too many."""


@dataclass(frozen=True)
class Path:
    """One way from a weight to the loss, for one sample."""

    units: tuple[int, ...]
    """The units it goes through, counted from 0, from the weight's own layer to the last."""
    factors: tuple[float, ...]
    """dJ/dA_L, dA_L/dZ_L, dZ_L/dA_{L-1}, …, dZ_l/dW, in this order; the first two as one where a product would lose digits."""

    @property
    def product(self) -> float:
        """Multiply the factors, from the loss on."""
        return prod(self.factors)


@dataclass(frozen=True)
class SampleLedger:
    """The paths of one sample, and its own gradient entry by backprop."""

    sample: int
    paths: tuple[Path, ...]
    entry: float

    @property
    def total(self) -> float:
        """Add up the paths that are followed."""
        return sum(path.product for path in self.paths)


@dataclass(frozen=True)
class Ledger:
    """The paths of one entry of a weight matrix or bias, sample by sample."""

    weight: str
    """As the reader writes it: W1[0,2]."""
    layer: int
    names: tuple[str, ...]
    """Of the factors."""
    count: int
    """Paths that there are, for each sample."""
    samples: tuple[SampleLedger, ...]
    gradient: float
    """The batch's gradient entry by backprop."""
    averaged: bool
    """Whether it is the mean of the samples' own entries, or their sum."""


def factor_names(parameter: str, layer: int, L: int, *, fused: bool = False, J: str = "J") -> tuple[str, ...]:
    """Name the factors from the loss down to a parameter W or b of a layer; `fused` makes one of the first two."""
    above = [name for m in range(L, layer, -1) for name in (f"dA{m}/dZ{m}", f"dZ{m}/dA{m - 1}")]
    names = (f"d{J}/dA{L}", *above, f"dA{layer}/dZ{layer}", f"dZ{layer}/d{parameter}{layer}")
    return (f"d{J}/dZ{L}", *names[2:]) if fused else names


def ledger(
    cell: Cell, state: State, notation: Notation, entry: Entry, *, samples: tuple[int, ...], most: int | None = None, r: int = 0
) -> Ledger:
    """Follow one weight or bias to the loss, for each of these samples.

    `most` paths are kept for each sample, the largest in size, in order of size if there are more, else in order of their
    units; None keeps all where they are few, else the 20 largest. Each sample's J is its own, as if it were the whole batch:
    with several samples it is called Jn.

    Raises:
        AskedError: if the network has no such entry.

    """
    entry.check(cell.network, notation)
    i, j = entry.units(notation)
    layer, biased = entry.layer, entry.parameter == "b"
    L, N = len(cell.network.layers), state.trace[-1].A.shape[-2]
    alone = cell.objective.alone(cell.network, N)
    g, A_in = state.gradients[layer - 1], state.trace[layer - 1].A_in
    sources = np.ones(N) if biased else A_in[min(r, len(A_in) - 1), :, i]
    walk = _Walk(
        W=tuple(theta.W[r] for theta in state.params),
        slopes=tuple(each.slope[r] for each in state.gradients),
        dA=state.gradients[-1].dA[r] * alone,
        dZ=state.gradients[-1].dZ[r] * alone,
        fused=fused(state, r, samples),
        sources=sources,
    )
    entries = g.dZ[r, :, j] * sources * alone
    names = factor_names(entry.parameter, layer, L, fused=walk.fused, J="Jn" if N > 1 else "J")
    count = prod(each.fan_out for each in cell.network.layers[layer:])
    if most is None:
        most = count if count * len(names) <= MOST_FACTORS else LARGEST
    return Ledger(
        weight=str(entry),
        layer=layer,
        names=names,
        count=count,
        samples=tuple(SampleLedger(n, walk.paths(layer, j, n, most), float(entries[n])) for n in samples),
        gradient=float(g.db[r, 0, j] if biased else g.dW[r, i, j]),
        averaged=N > 1 and cell.objective.averages(cell.network),
    )


@dataclass(frozen=True, eq=False)
class _Walk:
    """What the paths of a network lead through, for every sample."""

    W: tuple[Array, ...]
    slopes: tuple[Array, ...]
    dA: Array
    dZ: Array
    fused: bool
    """Whether dJ/dA · dA/dZ of the last layer is one factor."""
    sources: Array

    def paths(self, layer: int, j: int, n: int, most: int) -> tuple[Path, ...]:
        """Give the largest paths of sample n from unit j of a layer to the loss."""
        return tuple(Path(units, tuple(self._factors(units, layer, n))) for units in self._largest(layer, j, n, most))

    def _factors(self, units: tuple[int, ...], layer: int, n: int) -> Iterator[float]:
        last = units[-1]
        yield from (float(self.dZ[n, last]),) if self.fused else (float(self.dA[n, last]), float(self.slopes[-1][n, last]))
        for m in range(len(self.W), layer, -1):
            above, below = units[m - layer], units[m - layer - 1]
            yield float(self.W[m - 1][below, above])
            yield float(self.slopes[m - 2][n, below])
        yield float(self.sources[n])

    def _largest(self, layer: int, j: int, n: int, most: int) -> list[tuple[int, ...]]:
        """Give the units of the paths whose products are largest in size.

        From the loss down, each unit keeps its best ways up: a way that is not among the best of its first unit cannot be part
        of a better one, because every way from there is multiplied by the same factor.
        """
        products = self.dZ[n][:, None]
        ways = np.arange(len(products))[:, None, None]
        for m in range(len(self.W), layer, -1):
            W = self.W[m - 1]
            below = range(len(W)) if m - 1 > layer else [j]
            found = [_best(W[unit][:, None] * products * self.slopes[m - 2][n, unit], most) for unit in below]
            ways = np.stack([_from(unit, ways[at, which]) for unit, (_, at, which) in zip(below, found, strict=True)])
            products = np.stack([best for best, _, _ in found])
        chosen = ways[0] if len(self.W) > layer else ways[j]
        return [tuple(map(int, units)) for units in chosen]


def _best(longer: Array, most: int) -> tuple[Array, Array, Array]:
    """Give the `most` entries that are largest in size, in order of size if there are more, and where each of them stands."""
    flat = longer.ravel()
    chosen = np.arange(len(flat))
    if len(flat) > most:
        chosen = np.argsort(-np.abs(flat), kind="stable")[:most]  # of equal sizes the first, on every machine
    return (flat[chosen], *np.divmod(chosen, longer.shape[1]))


def _from(unit: int, ways: Array) -> Array:
    """Give the ways with one more unit in front."""
    return np.concatenate([np.full((len(ways), 1), unit), ways], axis=1)
