"""What the numbers of a cell depend on, and nothing else: equal keys, equal numbers."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from yann.engine import ENGINE
from yann.parts.datasets import Dataset
from yann.study.cell import Experiment
from yann.study.cells import each_kind
from yann.study.pieces import Piece

WHOLE = ("replicates",)
"""What a cell's replicates do not depend on: how many of them there are."""


def content(value: object, without: Iterable[str] = ()) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Give a value as lists, numbers and words: a part by its class and its settings, a file by its bytes.

    Raises:
        OSError: if a file cannot be read.

    """
    if is_dataclass(value) and not isinstance(value, type):
        told = {field.name: content(getattr(value, field.name)) for field in fields(value) if field.name not in without}
        return [type(value).__qualname__, told]
    if isinstance(value, tuple):
        return [content(each) for each in value]
    return file_hash(value) if isinstance(value, Path) else value


def keys_of(experiment: Experiment, pieces: Iterable[Piece]) -> Iterator[tuple[Piece, bytes]]:
    """Walk pieces of work, each with its key: what its numbers depend on, with the versions of what computes them."""
    versions = [ENGINE, np.__version__, platform.machine()]
    measured = content(experiment.measure)
    for piece in pieces:
        told = [versions, measured, piece.first, piece.last, content(experiment.cells[piece.cell], WHOLE)]
        yield piece, hashlib.sha256(json.dumps(told).encode()).digest()


def files_of(experiment: Experiment) -> dict[str, str]:
    """Give the hash of every file that an experiment's data are read from.

    Raises:
        OSError: if one cannot be read.

    """
    read = {id(cell.data): cell.data for cell, _ in each_kind(experiment.cells) if isinstance(cell.data, Dataset)}
    return {str(path): file_hash(path) for dataset in read.values() for path in dataset.files().values()}


def file_hash(path: Path) -> str:
    """Give the SHA-256 of a file, read once as long as it does not change."""
    found = path.stat()
    return _file_hash(path, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=64)
def _file_hash(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
