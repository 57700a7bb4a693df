"""IDX files, the format of MNIST: a header of big-endian sizes and then the numbers, plain or gzipped."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from annotated_types import Gt

from yann.parts.datasets.base import (
    DATASETS,
    Dataset,
    Samples,
    as_inputs,
    as_targets,
    bytes_of,
    bytes_to_read,
    mistake,
    refuse_unequal,
    stamp,
)
from yann.shapes import Array
from yann.text import visible

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""What the third byte of a file says its numbers are."""

GZIP = b"\x1f\x8b"
"""How a gzip file begins."""

CHUNK = 2**20
"""Bytes read at a time, so that a file allocates what it holds and not what it promises."""


@DATASETS.add("idx")
@dataclass(frozen=True, kw_only=True)
class IdxFile(Dataset):
    """images and labels in two files of MNIST's format, gzipped or not: inputs image/divide_by

    inputs (N, …) are flattened to (N, f_0); divide_by 255 brings MNIST's bytes to [0, 1]. Targets (N,) of integers are
    class indices, (N,) of floats one column, and (N, …) are flattened to (N, K).
    """

    source = "LeCun, Cortes & Burges, The MNIST database of handwritten digits"

    inputs: Path
    targets: Path
    divide_by: Annotated[float, Gt(0)] = 1.0

    def read(self) -> Samples:
        with np.errstate(all="ignore"):  # an overflow is told as inf
            images = as_inputs(self.inputs, "images", _array(self.inputs).astype(np.float64) / self.divide_by)
        labels = as_targets(self.targets, "labels", _array(self.targets))
        refuse_unequal(self.inputs, {"images": len(images), f"labels in {visible(self.targets.name)}": len(labels)})
        return Samples(images, labels)

    def needs(self) -> int:
        headers = []
        for path in (self.inputs, self.targets):
            stamp(path)
            with _opened(path) as stream:
                headers.append(_header(path, stream))
        return sum(bytes_to_read(shape, dtype) for shape, dtype, _ in headers)


@contextmanager
def _opened(path: Path) -> Iterator[BufferedIOBase]:
    """Open one file, which is unzipped if its content, whatever its suffix, says so."""
    with path.open("rb") as stream:
        if stream.peek(len(GZIP))[: len(GZIP)] != GZIP:
            yield stream
            return
        try:
            with gzip.GzipFile(fileobj=stream) as unzipped:
                yield unzipped
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise mistake(path, f"this gzip file is damaged ({visible(str(error))})") from None


def _array(path: Path) -> Array:
    """Read numbers, of shape (N,) or (N, …) flattened; DataError unless there are as many as the header promises."""
    with _opened(path) as stream:
        shape, dtype, promised = _header(path, stream)
        body = _take(stream, promised + 1)  # the one byte more tells a file that is too long
    if len(body) != promised:
        found = f"more than {promised}" if len(body) > promised else str(len(body))
        raise mistake(path, f"the header promises {promised} bytes, for shape {shape}, and there are {found}")
    return np.ndarray(shape if len(shape) == 1 else (shape[0], math.prod(shape[1:])), dtype, body)


def _header(path: Path, stream: BufferedIOBase) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Read the shape and the type of the numbers that follow, and how many bytes these are."""
    magic = _take(stream, 4)
    match list(magic):
        case [0, 0, kind, axes] if kind in TYPES and axes:
            dtype = np.dtype(TYPES[kind])
        case _:
            kinds = ", ".join(f"{kind:02x}" for kind in TYPES)
            found = f"its first bytes are {magic.hex(' ') or 'none'}"
            raise mistake(path, f"this is no IDX file: {found}, and should be 00 00, a type ({kinds}) and a number of axes")
    sizes = _take(stream, 4 * axes)
    if len(sizes) < 4 * axes:
        raise mistake(path, f"the header is cut off: {axes} axes need {4 * axes} bytes, and there are {len(sizes)}")
    shape = struct.unpack(f">{axes}I", sizes)
    if 0 in shape:
        raise mistake(path, f"the file holds no samples: its shape is {shape}")
    return shape, dtype, bytes_of(path, "the array", shape, dtype)


def _take(stream: BufferedIOBase, count: int) -> bytearray:
    """Read `count` bytes, or fewer at the end of the stream."""
    taken = bytearray()
    while chunk := stream.read(min(CHUNK, count - len(taken))):
        taken += chunk
    return taken
