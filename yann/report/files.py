"""Writing: every file appears whole under its name or not at all, and every run has a folder of its own."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import numpy as np

from yann import __version__
from yann.errors import FileError
from yann.text import json_dumped

JOURNAL = "journal"
NOT_HASHED = re.compile(rf"manifest\.json|{JOURNAL}|.+\.partial\.csv|\..+")
TEMPORARY = re.compile(r"\.(.+)\.[0-9a-f]{8}\.tmp|\.latest\..+")
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@contextmanager
def written(path: Path, partial: Path | None = None) -> Iterator[IO[bytes]]:
    """Open a file that takes its name only when it is complete and on the disk.

    If writing is cut short what there is gets the name `partial`, or goes.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    stream = temporary.open("xb")
    try:
        with stream:
            yield stream
            _settle(stream)
        temporary.replace(path)
        _settle_folder(path.parent)
    except BaseException:
        if partial is not None and temporary.exists() and temporary.stat().st_size:
            temporary.replace(partial)
        temporary.unlink(missing_ok=True)
        raise


def check_own(path: Path) -> None:
    """Check that what is there, if anything, is no link, for a link could lead anywhere.

    Raises:
        FileError: if it is one.

    """
    if path.is_symlink():
        raise FileError(f"{path}: this is a link; yann writes only into files and folders of its own")


def write(path: Path, data: bytes) -> None:
    """Write a whole file at once."""
    with written(path) as stream:
        stream.write(data)


def _settle(stream: IO[bytes]) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _settle_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run, and what its manifest says from the start."""

    path: Path
    manifest: Mapping[str, Any]

    def finish(self, status: str, **more: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
        """Write the manifest with how the run ended and the hash of every file that is whole."""
        files = sorted(p for p in self.path.rglob("*") if p.is_file() and not NOT_HASHED.fullmatch(p.name))
        hashes = {p.relative_to(self.path).as_posix(): _hash(p) for p in files}
        self._write({"status": status, "end": _now(), **more, "sha256": hashes})

    def folder(self, name: str) -> Path:
        """Give a folder within, which is made if it is not there yet.

        Raises:
            FileError: if there is a link in its place.

        """
        check_own(self.path / name)
        (self.path / name).mkdir(exist_ok=True)
        return self.path / name

    def begin(self) -> None:
        """Write the manifest of a run that is under way."""
        self._write({"status": "running"})

    def _write(self, more: Mapping[str, Any]) -> None:
        text = json_dumped({**self.manifest, **more}, indent=1)
        write(self.path / "manifest.json", (text + "\n").encode())


def new_run(out: Path, name: str, seed: int) -> RunFolder:
    """Make a folder that no other run has, and point `latest` to it.

    Raises:
        FileError: if the experiment's folder is a link, which could lead anywhere.

    """
    home = out / name
    check_own(home)
    home.mkdir(parents=True, exist_ok=True)
    while True:
        run = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{''.join(secrets.choice(LETTERS) for _ in range(4))}"
        try:
            (home / run).mkdir()
        except FileExistsError:
            continue
        break
    folder = RunFolder(home / run, {"format": 1, "argv": sys.argv, "seed": seed, "start": _now(), **_surroundings()})
    folder.begin()
    _point_latest(home, run)
    return folder


def old_run(path: Path) -> RunFolder:
    """Give the folder of a run that was begun before, without what was cut short in it; its manifest tells how it was begun.

    Raises:
        FileError: if there is no manifest that can be read.

    """
    for left in [*path.rglob(".*"), *path.parent.glob(f".latest.{path.name}")]:
        if TEMPORARY.fullmatch(left.name):
            left.unlink()
    for name in ("layers.partial.csv", "cells.partial.csv"):
        (path / name).unlink(missing_ok=True)
    manifest = {"format": 1, "argv": sys.argv, "start": _now(), **_surroundings()}
    with suppress(FileNotFoundError):  # the run may have been stopped before it was there
        try:
            manifest |= json.loads((path / "manifest.json").read_bytes()) | _surroundings()
        except (ValueError, TypeError):
            raise FileError(f"{path / 'manifest.json'}: this is no manifest of a run") from None
    for name in ("status", "end", "sha256", "cells", "ran", "failures"):
        manifest.pop(name, None)
    folder = RunFolder(path, manifest)
    folder.begin()
    return folder


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _point_latest(home: Path, run: str) -> None:
    """Make `latest` lead to the run: a link, or a one-line text file where links cannot be made."""
    temporary = home / f".latest.{run}"
    try:
        temporary.symlink_to(run, target_is_directory=True)
    except (OSError, NotImplementedError):
        temporary.write_text(run + "\n", encoding="utf-8")
    try:
        temporary.replace(home / "latest")
    except OSError:  # somebody's own folder is called latest: leave it to them
        temporary.unlink()


def _surroundings() -> dict[str, Any]:
    blas = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
    return {
        "versions": {
            "yann": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "blas": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip(),
        },
        "host": {
            "name": platform.node(),
            "system": platform.platform(),
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
            "pid": os.getpid(),
        },
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
