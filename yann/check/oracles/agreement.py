"""How far the engine and an oracle are apart, and whether rounding accounts for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from yann.check.oracles.own import own_answer, rounding_of_slopes
from yann.check.oracles.question import Answer, Question
from yann.shapes import Array

EXACT, APPROXIMATE, WRONG, UNRESOLVED = "exact", "approximate", "wrong", "unresolved"
ROUNDINGS = 8
"""How many times as far as one rounding of every number given moves a gradient two right answers may be apart: each rounds at
every operation, in an order of its own."""


@dataclass(frozen=True)
class Agreement:
    """One array of the engine against an oracle's, told at the entry where the two are furthest apart."""

    quantity: str
    verdict: str
    """exact: equal numbers, to the last bit. approximate: as near as rounding allows. wrong: further apart. unresolved: there was
    no entry that could be compared, or all of them are smaller than what rounding leaves of them."""
    entries: int
    compared: int
    skipped: int
    """Entries at a kink. What is neither compared nor skipped was not asked: of a large array the slow oracles take a sample."""
    absolute: float
    """|yann - oracle| at that entry."""
    relative: float
    """That as a part of the largest entry of the two arrays."""
    tolerance: float
    """The relative difference up to which the two agree; where rounding moves the gradient by more, as much as that."""
    index: tuple[int, ...]
    yann: float
    oracle: float
    ulp: int | None
    """Numbers of the array's precision that lie between the two, and one; None where one of them is not finite."""
    slopes: tuple[float, float] | None = None
    """Of the Taylor remainder, without and with the gradient; other oracles have none."""
    remark: str = ""

    @property
    def layer(self) -> int | None:
        """Give the layer, None for the loss."""
        digits = "".join(filter(str.isdecimal, self.quantity))
        return int(digits) if digits else None


def agreements(answer: Callable[[Question], Answer], question: Question, own: Answer, close: float) -> Iterator[Agreement]:
    """Compare what both have; where they are more than `close` apart, see how far rounding moves either."""
    theirs = answer(question)
    rounding = _Rounding(answer, question, own, theirs)
    for name, ours in own.values.items():
        if name not in theirs.values:
            continue
        mask = np.ones(ours.shape, dtype=bool) & theirs.asked.get(name, np.True_)
        skipped = mask & theirs.skipped.get(name, np.False_)
        mask &= ~skipped
        found = _apart(ours, theirs.values[name], mask)
        counts = (ours.size, int(mask.sum()), int(skipped.sum()))
        if found is None:
            yield Agreement(
                name, UNRESOLVED, *counts, 0.0, 0.0, close, (), np.nan, np.nan, None, remark="every entry is at a kink"
            )
            continue
        verdict, tolerance = EXACT if found.same else APPROXIMATE, close
        remark = "both are beyond the range of their numbers" if found.out_of_range else ""
        if found.relative > close:
            verdict, tolerance, remark = _arbitrated(
                found, rounding.of(name, mask & np.isfinite(ours) & np.isfinite(theirs.values[name])), close
            )
        yield Agreement(
            name, verdict, *counts, found.absolute, found.relative, tolerance, found.index,
            float(ours[found.index]), float(theirs.values[name][found.index]), _ulp(ours, theirs.values[name], found.index),
            remark=remark,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Rounding:
    """What rounding does to both answers, found out by asking again; only where somebody wants to know."""

    answer: Callable[[Question], Answer]
    question: Question
    own: Answer
    theirs: Answer

    @cached_property
    def others(self) -> list[Question]:
        """Give questions that are one rounding off."""
        return [self.question.rounded_otherwise(seed) for seed in (1, 2)]

    @cached_property
    def ours_again(self) -> list[Answer]:
        """Give the engine's answers to them; one in double precision would excuse a mistake in single precision."""
        return [own_answer(other) for other in self.others]

    @cached_property
    def theirs_again(self) -> list[Answer]:
        """Give the oracle's answer with more digits, if there are more, or else its answers to what is a rounding off."""
        return [self.answer(other) for other in ([self.question.in_double()] if self.single else self.others)]

    @cached_property
    def slopes(self) -> dict[str, Array]:
        """Give what it does to a gradient if no slope is known to more than a rounding of the steepest."""
        return rounding_of_slopes(self.question)

    @property
    def single(self) -> bool:
        """Tell whether the question is in single precision."""
        return self.question.dtype == "float32"

    def of(self, name: str, mask: Array) -> float:
        """Give how far apart rounding can put the two answers at the most."""

        def moved(again: list[Answer], first: Answer) -> float:
            return max(_largest(each.values[name] - first.values[name], mask) for each in again)

        theirs = moved(self.theirs_again, self.theirs)
        slopes = _largest(self.slopes[name], mask) if name in self.slopes else 0.0
        theirs += _largest(self.theirs.rounding[name], mask) if name in self.theirs.rounding else 0.0
        return ROUNDINGS * (moved(self.ours_again, self.own) + slopes) + (theirs if self.single else ROUNDINGS * theirs)


@dataclass(frozen=True)
class _Apart:
    """How far two arrays are apart at most, and where."""

    same: bool
    absolute: float
    size: float
    """The largest entry of both."""
    index: tuple[int, ...]
    out_of_range: bool
    """Whether both are beyond range at some entry, each in its way: inf and nan."""

    @property
    def relative(self) -> float:
        if not self.absolute:
            return 0.0
        return self.absolute / self.size if self.size else float("inf")


def _apart(ours: Array, theirs: Array, mask: Array) -> _Apart | None:
    if not mask.any():
        return None
    with np.errstate(all="ignore"):
        ours, theirs = (M.astype(min(ours.dtype, theirs.dtype, key=_size)).astype(np.float64) for M in (ours, theirs))
    finite = np.isfinite(ours) & np.isfinite(theirs)
    beyond = ~np.isfinite(ours) & ~np.isfinite(theirs)
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    with np.errstate(all="ignore"):
        off = np.where(same | beyond, 0, np.where(finite, np.abs(ours - theirs), np.inf))
    off = np.where(mask, off, -1)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(off)), off.shape))
    size = max(_largest(ours, mask & finite), _largest(theirs, mask & finite))
    return _Apart(bool(same[mask].all()), float(off[index]), size, index, bool((beyond & ~same)[mask].any()))


def _largest(M: Array, mask: Array) -> float:
    return float(np.max(np.abs(M), where=mask & np.isfinite(M), initial=0.0))


def _arbitrated(found: _Apart, noise: float, close: float) -> tuple[str, float, str]:
    """Give verdict, tolerance and remark where the two are further apart than `close`."""
    if not found.absolute <= noise:
        return WRONG, close, ""
    if found.size <= noise:
        return UNRESOLVED, close, f"it is smaller than what rounding leaves of it, {noise:.1e}"
    return APPROXIMATE, noise / found.size, f"rounding accounts for {noise:.1e}"


def _ulp(ours: Array, theirs: Array, index: tuple[int, ...]) -> int | None:
    coarse = min(ours.dtype, theirs.dtype, key=_size)  # a loss is added up in double precision
    a, b = (np.asarray(M[index]).astype(coarse) for M in (ours, theirs))
    return abs(_ordered(a) - _ordered(b)) if np.isfinite(a) and np.isfinite(b) else None


def _size(dtype: np.dtype[Any]) -> int:
    return dtype.itemsize


def _ordered(number: Array) -> int:
    """Give an integer that counts floating-point numbers in their order, with 0 for both zeros."""
    bits = int(np.abs(number).view(f"u{number.dtype.itemsize}"))
    return -bits if np.signbit(number) else bits
