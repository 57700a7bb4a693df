"""NumPy's npz files: a zip archive with one array in each member."""

from __future__ import annotations

import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.lib import format as npy

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
    unknown,
)
from yann.shapes import Array
from yann.text import visible

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How numpy.savez and numpy.savez_compressed write a member."""

HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
"""How to read each version; 3.0 differs only for arrays with named fields, which are refused anyway."""

UNPARSED = (tokenize.TokenError, LookupError, SyntaxError, TypeError, ValueError)
"""What NumPy raises for a header that is none."""

DAMAGE = (*UNPARSED, zipfile.BadZipFile, zlib.error, struct.error, EOFError, OverflowError, RuntimeError)
"""What zipfile and NumPy raise for an archive that is damaged, encrypted, or none at all."""


Begun = tuple[Any, tuple[int, ...], np.dtype[Any], Literal["C", "F"]]
"""A member whose header has been read: its stream, and the shape, type and order of the numbers that follow."""


@DATASETS.add("npz")
@dataclass(frozen=True, kw_only=True)
class NpzFile(Dataset):
    """the arrays inputs and targets of a file that numpy.savez wrote

    inputs (N, …) are flattened to (N, f_0). Targets (N,) of integers are class indices, (N,) of floats or booleans one
    column, and (N, …) are flattened to (N, K). Nothing is ever unpickled.
    """

    source = "NumPy, numpy.lib.format"

    path: Path

    def read(self) -> Samples:
        with self._opened() as archive:
            inputs = as_inputs(self.path, "inputs", self._array(archive, "inputs"))
            targets = as_targets(self.path, "targets", self._array(archive, "targets"))
        refuse_unequal(self.path, {"inputs": len(inputs), "targets": len(targets)})
        return Samples(inputs, targets)

    def needs(self) -> int:
        stamp(self.path)
        total = 0
        with self._opened() as archive:
            for name in ("inputs", "targets"):
                with self._begun(archive, name) as (_, shape, dtype, _):
                    total += bytes_to_read(shape, dtype)
        return total

    @contextmanager
    def _opened(self) -> Iterator[zipfile.ZipFile]:
        """Open the archive; DataError for what is none."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                yield archive
        except DAMAGE as error:
            raise mistake(self.path, f"this is no npz file, or a damaged one ({visible(str(error))})") from None

    def _array(self, archive: zipfile.ZipFile, name: str) -> Array:
        """Read one array."""
        with self._begun(archive, name) as (stream, shape, dtype, order):
            # zipfile gives no more than the directory says, so a member that would go on unpacking ends here
            return np.ndarray(shape, dtype, stream.read(), order=order)

    @contextmanager
    def _begun(self, archive: zipfile.ZipFile, name: str) -> Iterator[Begun]:
        """Read the header of one array, and compare its promise with the archive's directory: neither can make us allocate."""
        members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
        if name not in members:
            raise unknown(self.path, "array", name, list(members))
        member = members[name]
        if member.compress_type not in METHODS:
            raise mistake(self.path, f"{name} is compressed in a way that NumPy never does")
        if member.header_offset < 0:  # zipfile would seek there, and the system's error would look like the disk's
            raise mistake(self.path, f"this npz file is damaged: {name} begins before the file does")
        with archive.open(member) as stream:
            shape, fortran, dtype = self._header(stream, name)
            if dtype.hasobject:
                raise mistake(self.path, f"{name} holds Python objects, which are never unpickled; save an array of numbers")
            if dtype.kind not in "biuf":
                raise mistake(self.path, f"{name} holds {visible(str(dtype))}; it must hold floats, integers or booleans")
            promised, there = bytes_of(self.path, name, shape, dtype), member.file_size - stream.tell()
            if promised != there or min(shape, default=0) < 0:
                raise mistake(
                    self.path, f"{name} of shape {visible(str(shape))} should take {promised} bytes, and there are {there}"
                )
            yield stream, shape, dtype, "F" if fortran else "C"

    def _header(self, stream: IO[bytes] | zipfile.ZipExtFile, name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
        version = npy.read_magic(stream)
        if version not in HEADERS:
            raise mistake(self.path, f"{name} is in version {version} of NumPy's format; arrays of numbers have 1 or 2")
        try:
            with warnings.catch_warnings(action="ignore"):  # what Python 2 wrote, which is read all the same
                return HEADERS[version](stream)
        except (*UNPARSED, MemoryError, RecursionError):  # NumPy has Python parse it
            raise mistake(self.path, f"this npz file is damaged: the header of {name} is none that NumPy writes") from None
