"""Which entries the slow oracles look at: all of a small network, a sample of a large one."""

from __future__ import annotations

import numpy as np

from yann.check.oracles.question import Question
from yann.shapes import Array

OPERATIONS = 2**36
"""Multiplications that may be spent on one question, some ten seconds."""
CHUNK = 2**20
"""Numbers of the largest array that is carried forward at once."""


def coordinates(question: Question, size: int, passes: int) -> Array:
    """Give the flat places of an array of `size` entries that can be afforded at so many forward passes each, in order."""
    each = len(question.X) * sum(W.size for W in question.W) * passes
    arrays = len(question.W) + sum(b is not None for b in question.b)
    share = max(8, OPERATIONS // each // arrays)
    if size <= share:
        return np.arange(size)
    return np.sort(np.random.default_rng(size).choice(size, share, replace=False))


def together(question: Question) -> int:
    """Give how many changed networks are carried forward at once."""
    widest = max(len(question.X) * max(question.network.widths), *(W.size for W in question.W))
    return max(1, CHUNK // widest)
