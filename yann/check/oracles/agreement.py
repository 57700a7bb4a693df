"""How far the engine and an oracle are apart, and whether rounding accounts for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from yann.check.oracles.own import own_answer
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
        verdict, tolerance, remark = EXACT if found.same else APPROXIMATE, close, ""
        if found.relative > close:
            verdict, tolerance, remark = _arbitrated(found, rounding.of(name, mask), close)
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
    def again(self) -> list[tuple[Answer, Answer]]:
        """Give both answers to the same question with more digits, or where there are none, to some that are a rounding off."""
        single = self.question.dtype == "float32"
        others = [self.question.in_double()] if single else [self.question.rounded_otherwise(seed) for seed in (1, 2)]
        return [(own_answer(other), self.answer(other)) for other in others]

    def of(self, name: str, mask: Array) -> float:
        """Give how far apart rounding can put the two answers at the most."""
        moves = [
            [_largest(now.values[name] - was.values[name], mask) for now, was in zip(pair, (self.own, self.theirs), strict=True)]
            for pair in self.again
        ]
        return sum(moves[0]) if self.question.dtype == "float32" else ROUNDINGS * max(map(max, moves))


@dataclass(frozen=True)
class _Apart:
    """How far two arrays are apart at most, and where."""

    same: bool
    absolute: float
    size: float
    """The largest entry of both."""
    index: tuple[int, ...]
    out_of_range: bool
    """Whether both are beyond range at that entry, each in its way: inf and nan."""

    @property
    def relative(self) -> float:
        if not self.absolute:
            return 0.0
        return self.absolute / self.size if self.size else float("inf")


def _apart(ours: Array, theirs: Array, mask: Array) -> _Apart | None:
    if not mask.any():
        return None
    ours, theirs = ours.astype(np.float64), theirs.astype(np.float64)
    finite = np.isfinite(ours) & np.isfinite(theirs)
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    with np.errstate(all="ignore"):
        off = np.where(same, 0, np.where(finite, np.abs(ours - theirs), np.inf))
    off = np.where(mask, off, -1)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(off)), off.shape))
    size = max(_largest(ours, mask & finite), _largest(theirs, mask & finite))
    beyond = not (np.isfinite(ours[index]) or np.isfinite(theirs[index]))
    return _Apart(bool(same[mask].all()), float(off[index]), size, index, beyond)


def _largest(M: Array, mask: Array) -> float:
    return float(np.max(np.abs(M), where=mask, initial=0.0))


def _arbitrated(found: _Apart, noise: float, close: float) -> tuple[str, float, str]:
    """Give verdict, tolerance and remark where the two are further apart than `close`."""
    if found.out_of_range:
        return APPROXIMATE, close, "both are beyond the range of their numbers"
    if not found.absolute <= noise:
        return WRONG, close, ""
    if found.size <= noise:
        return UNRESOLVED, close, f"it is smaller than what rounding leaves of it, {noise:.1e}"
    return APPROXIMATE, noise / found.size, f"rounding accounts for {noise:.1e}"


def _ulp(ours: Array, theirs: Array, index: tuple[int, ...]) -> int | None:
    coarse = min(ours.dtype, theirs.dtype, key=lambda dtype: dtype.itemsize)  # a loss is added up in double precision
    a, b = (np.asarray(M[index]).astype(coarse) for M in (ours, theirs))
    return abs(_ordered(a) - _ordered(b)) if np.isfinite(a) and np.isfinite(b) else None


def _ordered(number: Array) -> int:
    """Give an integer that counts floating-point numbers in their order, with 0 for both zeros."""
    bits = int(np.abs(number).view(f"u{number.dtype.itemsize}"))
    return -bits if np.signbit(number) else bits
