"""A result as bytes and back, so that it can be kept in a file: a line of JSON that says what follows, and plain arrays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from yann.shapes import Array
from yann.study.result import SCORES, Result


def pack(result: Result) -> bytes:
    """Give a result as bytes; equal results give equal bytes."""
    arrays = dict(_arrays(result))
    head = _head(result.steps, result.measured, tuple((name, M.dtype.str, M.shape) for name, M in arrays.items()))
    return b"".join([head, b"\n", *(M.tobytes() for M in arrays.values())])


@lru_cache(maxsize=256)  # cells of equal shape have equal heads
def _head(steps: tuple[int, ...], metrics: tuple[str, ...], arrays: tuple[tuple[str, str, tuple[int, ...]], ...]) -> bytes:
    return json.dumps({"steps": steps, "metrics": metrics, "arrays": arrays}).encode()


def _arrays(result: Result) -> Iterator[tuple[str, Array]]:
    for t, losses in enumerate(result.losses):
        yield f"losses {t}", losses
    for name in SCORES:
        if (values := getattr(result, name)) is not None:
            yield name, values
    yield "values", result.values
    yield "state", result.state
    yield "origin", result.origin


def unpack(data: bytes) -> Result:
    """Give the result back."""
    end = data.index(b"\n")
    layout = _layout(data[:end])
    arrays = {
        name: np.frombuffer(data, dtype, count, end + 1 + at).reshape(shape) for name, dtype, shape, count, at in layout.arrays
    }
    return Result(
        steps=layout.steps,
        losses=tuple(arrays[f"losses {t}"] for t in range(len(layout.steps))),
        **{name: arrays.get(name) for name in SCORES},
        measured=layout.metrics,
        values=arrays["values"],
        state=arrays["state"],
        origin=arrays["origin"],
    )


@dataclass(frozen=True)
class _Layout:
    """What a head tells of the arrays that follow it."""

    steps: tuple[int, ...]
    metrics: tuple[str, ...]
    arrays: tuple[tuple[str, np.dtype[Any], tuple[int, ...], int, int], ...]
    """For each array its name, type, shape, how many numbers it has and how many bytes stand before it."""


@lru_cache(maxsize=256)
def _layout(head: bytes) -> _Layout:
    told = json.loads(head)
    at, arrays = 0, []
    for name, dtype, shape in told["arrays"]:
        count = int(np.prod(shape, dtype=np.int64))
        arrays.append((name, np.dtype(dtype), tuple(shape), count, at))
        at += count * arrays[-1][1].itemsize
    return _Layout(tuple(told["steps"]), tuple(told["metrics"]), tuple(arrays))
