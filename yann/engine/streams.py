"""Random streams: every draw has an address, so that no draw depends on the order or the number of the others."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a stream is drawn for; part of its address, so never renumber."""

    WEIGHTS = 0
    BIASES = 1
    INPUTS = 2
    TARGETS = 3
    BATCHES = 4
    SPLIT = 5


def stream(seed: int, purpose: Purpose, *address: int) -> np.random.Generator:
    """Give the generator at (seed, purpose, address): for weights the address is replicate and layer.

    Seeds are hashed with NumPy's SeedSequence, whose spawn keys exist for this.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(int(purpose), *address)))
