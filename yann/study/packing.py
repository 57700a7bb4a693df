"""A result as bytes and back, so that it can be kept in a file: a line of JSON that says what follows, and plain arrays."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np

from yann.shapes import Array
from yann.study.result import Result

SCORES = ("accuracy", "test_loss", "test_accuracy")


def pack(result: Result) -> bytes:
    """Give a result as bytes; equal results give equal bytes."""
    arrays = dict(_arrays(result))
    head = {
        "steps": list(result.steps),
        "metrics": list(result.metrics),
        "arrays": {name: [M.dtype.str, list(M.shape)] for name, M in arrays.items()},
    }
    return b"".join([json.dumps(head).encode(), b"\n", *(np.ascontiguousarray(M).tobytes() for M in arrays.values())])


def _arrays(result: Result) -> Iterator[tuple[str, Array]]:
    for t, losses in enumerate(result.losses):
        yield f"losses {t}", losses
    for name in SCORES:
        if (values := getattr(result, name)) is not None:
            yield name, values
    for name, values in result.metrics.items():
        yield f"metric {name}", values
    yield "state", result.state
    yield "origin", result.origin


def unpack(data: bytes) -> Result:
    """Give the result back."""
    end = data.index(b"\n")
    head = json.loads(data[:end])
    at, arrays = end + 1, {}
    for name, (dtype, shape) in head["arrays"].items():
        count = int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(data, dtype, count, at).reshape(shape)
        at += arrays[name].nbytes
    return Result(
        steps=tuple(head["steps"]),
        losses=tuple(arrays[f"losses {t}"] for t in range(len(head["steps"]))),
        **{name: arrays.get(name) for name in SCORES},
        metrics={name: arrays[f"metric {name}"] for name in head["metrics"]},
        state=arrays["state"],
        origin=arrays["origin"],
    )
