"""Results that are kept from one run to the next, so that no cell is ever done twice: one SQLite file in the output folder."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from yann.errors import FileError
from yann.report.files import check_own

CACHE = ".cache.sqlite"
EVERY = 1.0
"""Seconds for which results are gathered before they are written, so that runs side by side seldom wait for each other."""
PATIENCE = 60.0
"""Seconds to wait for another run that is writing."""


class Cache:
    """Packed results by their keys; safe for any number of runs at the same time."""

    def __init__(self, path: Path) -> None:
        """Open the cache at `path`, or begin it.

        Raises:
            FileError: if what is there is no cache, or cannot be used.

        """
        self.path = path
        self.asked = self.found = 0
        self._new: dict[bytes, bytes] = {}
        self._written = monotonic()
        check_own(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._told():
            self._base = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
            self._base.execute("CREATE TABLE IF NOT EXISTS results (key BLOB PRIMARY KEY, packed BLOB, crc INTEGER)")

    def get(self, key: bytes) -> bytes | None:
        """Give the result of a key, if there is one that is as it was written."""
        self.asked += 1
        with self._told():
            row = self._base.execute("SELECT packed, crc FROM results WHERE key = ?", (key,)).fetchone()
        if row is None or zlib.crc32(row[0]) != row[1]:
            return None
        self.found += 1
        packed: bytes = row[0]
        return packed

    def put(self, key: bytes, packed: bytes) -> None:
        """Keep a result."""
        self._new[key] = packed
        if monotonic() - self._written > EVERY:
            self.settle()

    def settle(self) -> None:
        """Write what has been gathered."""
        rows = [(key, packed, zlib.crc32(packed)) for key, packed in self._new.items()]
        if rows:
            with self._told(), self._base:
                self._base.execute("BEGIN IMMEDIATE")
                self._base.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", rows)
        self._new.clear()
        self._written = monotonic()

    def close(self) -> None:
        """Write what has been gathered, and close the file."""
        try:
            self.settle()
        finally:
            self._base.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise FileError(f"{self.path}: {error}; delete this file, or leave --cache out") from None
