"""What all datasets share: their settings, the memory that reads a file once, and the laws that samples obey."""

from __future__ import annotations

import errno
import math
import stat
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Lt

from yann.errors import DataError
from yann.registry import Part, Registry, nearest
from yann.shapes import Array
from yann.text import in_short, visible

BYTES_A_NUMBER = 18
"""Of a sample in memory: two arrays of float64, and marks of what is not finite."""

MOST_BYTES = 4 * 2**30
"""An array that takes more in its file is refused."""

LONGEST_PATH = 1000
"""Letters of a path that a sentence shows."""

TOLD = 20
"""How many of a file's columns or arrays a sentence lists."""


@dataclass(frozen=True, eq=False)
class Samples:
    """What a dataset holds: inputs (N, f_0) float64, targets (N, K) float64, or (N,) int64 class indices."""

    inputs: Array
    targets: Array


@dataclass(frozen=True, kw_only=True)
class Dataset(Part):
    """Samples that lie in files; every setting that is a `Path` names one of them."""

    samples: Annotated[int, Ge(1)] | None = None
    """Use only the first this many; all if None."""
    test: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Fraction of the samples that is held out for testing."""

    def read(self) -> Samples:
        """Read every sample there is, whatever `samples` says; DataError if a file is malformed."""
        raise NotImplementedError

    def needs(self) -> int:
        """Give about how many bytes reading would take, by what the files say of themselves; 0 where that is no news."""
        return 0

    def load(self) -> Samples:
        """Give the samples as read-only arrays; a file is read again only when it has changed.

        DataError if a file is missing or malformed or holds too few samples; whatever else the operating system
        refuses stays an OSError.
        """
        paths = list(self.files().values())
        # settings that do not change what is read are left out of the key, so that a sweep over them reads once
        try:
            whole = _whole(replace(self, samples=None, test=0.0), tuple(map(stamp, paths)))
        except OSError as error:
            error.filename = error.filename or str(paths[0])  # the system tells the file of an open, and not of a read
            raise
        if self.samples is None:
            return whole
        if self.samples > len(whole.inputs):
            raise mistake(paths[0] if paths else self.name, f"samples asks for {self.samples} of {len(whole.inputs)}")
        return Samples(whole.inputs[: self.samples], whole.targets[: self.samples])

    def label(self, hidden: Collection[str] = ()) -> str:
        """Give the label, with files by their names alone: a table has no room for where they lie."""
        short: dict[str, Any] = {key: Path(path.name) for key, path in self.files().items()}
        return Part.label(replace(self, **short), hidden)

    def files(self) -> dict[str, Path]:
        """Give the settings that name files, with the files."""
        settings = {field.name: getattr(self, field.name) for field in fields(self)}
        return {key: value for key, value in settings.items() if isinstance(value, Path)}


DATASETS: Registry[Dataset] = Registry("dataset", Dataset)


def mistake(path: Path | str, sentence: str) -> DataError:
    """Give the error that says what is wrong with the file at `path`."""
    return DataError(f"{visible(str(path), LONGEST_PATH)}: {in_short(sentence)}")


def unknown(path: Path, kind: str, name: str, held: Sequence[str]) -> DataError:
    """Give the error for a `kind` of thing (column, array) that the file does not hold, with those that it does."""
    close = nearest(name, held[:1000])  # more would take seconds
    advice = f"did you mean {visible(close)}? " if close else ""
    told = ", ".join([visible(one) for one in held[:TOLD]] + ["…"] * (len(held) > TOLD))
    return mistake(path, f"no {kind} '{visible(name)}'; {advice}It has {told or 'none'}")


def bytes_of(path: Path, what: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """Give how many bytes an array takes in its file, by what that says; DataError if they are too many."""
    promised = math.prod(shape) * dtype.itemsize
    if promised > MOST_BYTES:
        raise mistake(path, f"{what} of shape {visible(str(shape))} takes {promised} bytes; the limit is {MOST_BYTES}")
    return promised


def bytes_to_read(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """Give about how many bytes reading an array takes."""
    return math.prod(shape) * (dtype.itemsize + BYTES_A_NUMBER)


def refuse_unequal(path: Path, counts: Mapping[str, int]) -> None:
    """Raise DataError unless the two counts, of what their keys say, agree."""
    if len(set(counts.values())) > 1:
        told = " and ".join(f"{count} {what}" for what, count in counts.items())
        raise mistake(path, f"{told}; every sample needs one of each")


def refuse_infinite(path: Path, values: Array, place: Callable[[int, int], str]) -> None:
    """Raise DataError if `values` (N, k) has a NaN or inf; `place` says where row and column, from 0, are in the file."""
    wrong = ~np.isfinite(values)
    if count := int(wrong.sum()):
        row, column = divmod(int(wrong.argmax()), values.shape[1])
        first = str(values[row, column]).replace("nan", "NaN")
        told = f"{count} values are not finite; the first is" if count > 1 else "1 value is not finite:"
        raise mistake(path, f"{told} {first} in {place(row, column)}")


def as_inputs(path: Path, what: str, values: Array) -> Array:
    """Give `values` (N, …) as finite float64 rows (N, f_0); `what` names the array in sentences.

    DataError if there is no sample, no feature, one axis only, or a value that is not finite.
    """
    if values.ndim in (0, 1):
        raise mistake(path, f"{what} have shape {values.shape}; there must be a row of features for each sample")
    if not values.size:
        raise mistake(path, f"{what} hold no {'features' if len(values) else 'samples'}: their shape is {values.shape}")
    with np.errstate(all="ignore"):  # what overflows float64 is told as inf
        rows = values.reshape(len(values), -1).astype(np.float64, order="C", copy=False)
    refuse_infinite(path, rows, lambda row, column: f"row {row + 1}, column {column + 1} of {what}")
    return rows


def as_targets(path: Path, what: str, values: Array) -> Array:
    """Give 1-D integers as class indices (N,) int64, anything else as finite float64 rows (N, K), 1-D as one column.

    DataError as in `as_inputs`, and for what cannot be a class.
    """
    if values.ndim != 1 or values.dtype.kind not in "iu" or not values.size:
        return as_inputs(path, what, values[:, np.newaxis] if values.ndim == 1 else values)
    for worst in (values.argmin(), values.argmax()):
        if not 0 <= int(values[worst]) <= np.iinfo(np.int64).max:
            told = f"row {worst + 1} of {what} is {values[worst]}"
            raise mistake(path, f"{told}; integers in one axis are classes, counted from 0 (save other targets as floats)")
    return values.astype(np.int64)


@lru_cache(maxsize=16)  # datasets are large, and a sweep compares few of them
def _whole(dataset: Dataset, _stamps: tuple[tuple[int, ...], ...]) -> Samples:
    whole = dataset.read()
    for values in (whole.inputs, whole.targets):
        values.setflags(write=False)
    return whole


def stamp(path: Path) -> tuple[int, ...]:
    """Give what changes when a file does; DataError if there is no file that could be read to its end."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise mistake(path, "there is no such file") from None
    except ValueError:  # a null byte
        raise mistake(path, "no file can have this name") from None
    except OSError as error:
        if error.errno not in (errno.ENAMETOOLONG, errno.ELOOP):
            raise
        raise mistake(path, "no file can have this name") from None
    if stat.S_ISDIR(found.st_mode):
        raise mistake(path, "this is a folder, not a file")
    if not stat.S_ISREG(found.st_mode):
        raise mistake(path, "this is a device or a pipe, not a file")  # it might never end
    return found.st_ino, found.st_size, found.st_mtime_ns
