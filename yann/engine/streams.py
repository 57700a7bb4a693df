"""Random streams: every draw has an address, so that no draw depends on the order or the number of the others."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from functools import cache, lru_cache
from itertools import product
from typing import Any

import numpy as np

from yann.shapes import Array


class Purpose(IntEnum):
    """What a stream is drawn for; part of its address, so never renumber."""

    WEIGHTS = 0
    BIASES = 1
    INPUTS = 2
    TARGETS = 3
    BATCHES = 4
    SPLIT = 5


NOTHING: Any = None
"""What a rule that asks for no numbers is given for its stream."""


def stream(seed: int, purpose: Purpose, *address: int) -> np.random.Generator:
    """Give the generator at (seed, purpose, address): for weights the address is replicate and layer.

    Seeds are hashed with NumPy's SeedSequence, whose spawn keys exist for this.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(int(purpose), *address)))


def streams(seed: int, purpose: Purpose, *address: Sequence[int]) -> Iterator[np.random.Generator]:
    """Walk the generators at every combination of such addresses, the last one changing fastest.

    They are those of `stream`, in a tenth of the time.
    """
    count = math.prod(map(len, address))
    hashed = _hashed_before if count <= FEW else _hashed
    if count:
        yield from map(_seeded(), hashed(seed, purpose, *map(tuple, address)))


@cache
def _seeded() -> Callable[[Array], np.random.Generator]:
    """Give what makes a generator of the four words of 64 bits that PCG64 asks for; NumPy's random numbers are slow to load."""
    from numpy.random import PCG64, Generator  # noqa: PLC0415
    from numpy.random.bit_generator import ISeedSequence  # noqa: PLC0415

    class Words(ISeedSequence):
        def __init__(self, words: Array) -> None:
            self.words = words

        def generate_state(self, n_words: int, dtype: object = np.uint32) -> Array:  # noqa: ARG002 - as NumPy calls it
            return self.words

    return lambda words: Generator(PCG64(Words(words)))  # type: ignore[arg-type] # any ISeedSequence


# SeedSequence hashes one key at a time. This is the end of its way for many keys at once: the words of an address are mixed
# into a pool that it has made of the seed and the purpose. NumPy promises never to change these numbers.
INIT_A, MULT_A, INIT_B, MULT_B = 0x43B0D7E5, 0x931E8875, 0x8B51F9DD, 0x58F38DED
MIX_L, MIX_R, SHIFT = np.uint32(0xCA01F9DD), np.uint32(0x4973F715), np.uint32(16)
POOL = 4
FEW = 64
"""Up to so many addresses their words are kept: the cells of a sweep ask for the same ones again and again."""


def _hashed(seed: int, purpose: Purpose, *address: Sequence[int]) -> Array:
    """Give SeedSequence(seed, spawn_key=(purpose, …)).generate_state(4, uint64) for every combination, a row each."""
    pool: Array = np.random.SeedSequence(seed, spawn_key=(int(purpose),)).pool.reshape(POOL, 1)
    words = max(POOL, -(-seed.bit_length() // 32)) + 1
    for number, keys in enumerate(np.array([*product(*address)], dtype=np.uint32).reshape(-1, len(address)).T):
        value = _mixed(keys, _constants(INIT_A, MULT_A, POOL * (words + number), POOL))
        pool = _folded(MIX_L * pool - MIX_R * value)
    state = _mixed(np.concatenate([pool, pool]), _constants(INIT_B, MULT_B, 0, 2 * POOL))
    return np.ascontiguousarray(state.T).view(np.uint64)


_hashed_before = lru_cache(maxsize=1024)(_hashed)


@cache
def _constants(init: int, factor: int, first: int, count: int) -> Array:
    """Give init·factorᵏ mod 2³², k = first, …, first + count, as a column."""
    powers = [init * pow(factor, k, 1 << 32) % (1 << 32) for k in range(first, first + count + 1)]
    return np.array(powers, dtype=np.uint32)[:, None]


def _mixed(value: Array, constants: Array) -> Array:
    return _folded((value ^ constants[:-1]) * constants[1:])


def _folded(value: Array) -> Array:
    return value ^ (value >> SHIFT)
