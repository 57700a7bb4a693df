"""The journal of a run: what is finished is appended to it at once, so that nothing that was done is ever lost.

After a line that says what it is come records: length and CRC-32 of what follows as 32-bit numbers, and that. The first is the
head, in JSON, which says of what run this is the journal; each other one holds what a worker finished in one go.
"""

from __future__ import annotations

import errno
import json
import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from yann.errors import FileError
from yann.study.pieces import Done, Piece
from yann.text import visible

MAGIC = b"yann journal 1\n"
PREFIX = struct.Struct("<II")
SETTLE_SECONDS = 1.0
"""How much of the work may be lost when the machine itself goes down; when only yann does, nothing is."""


class JournalBusyError(FileError):
    """Another process is at work on this run."""


class _Place(NamedTuple):
    """Where the packed result of a piece stands in the file, or why there is none."""

    offset: int
    length: int
    failure: str


@dataclass
class Journal:
    """An open journal, which this process alone may write to."""

    path: Path
    stream: FileIO
    head: Mapping[str, Any]
    places: dict[Piece, _Place] = field(default_factory=dict)
    """What it holds that nobody has taken yet."""
    end: int = 0
    settled: float = field(default_factory=monotonic)

    def append(self, finished: Sequence[Done]) -> None:
        """Write down what a worker has finished; once this returns it is there to stay."""
        table = [(*done.piece, len(done.packed), done.failure) for done in finished]
        payload = json.dumps(table).encode() + b"\n" + b"".join(done.packed for done in finished)
        start = self.end + PREFIX.size
        self._write(PREFIX.pack(len(payload), zlib.crc32(payload)) + payload)
        self._note(payload, start)
        if monotonic() - self.settled > SETTLE_SECONDS:
            self.settle()

    def read(self, piece: Piece) -> Done:
        """Give what was finished of a piece."""
        place = self.places[piece]
        self.stream.seek(place.offset)
        return Done(piece, self.stream.read(place.length), place.failure)

    def forget(self, pieces: Iterable[Piece]) -> None:
        """Forget where pieces are that nobody will ask for again: there may be 100,000 of them."""
        for piece in pieces:
            del self.places[piece]

    def settle(self) -> None:
        """Have the disk itself hold what was written."""
        os.fsync(self.stream.fileno())
        self.settled = monotonic()

    def close(self) -> None:
        """Give the journal free."""
        self.stream.close()

    def _write(self, data: bytes) -> None:
        """Write all of it, whatever share of it the system takes at a time, or nothing that counts."""
        view = memoryview(data)
        self.stream.seek(self.end)
        try:
            while view:
                view = view[self.stream.write(view) :]  # a raw file may take a part and say so
        except OSError as error:
            error.filename = error.filename or str(self.path)
            raise
        self.end += len(data)

    def _note(self, payload: bytes, start: int) -> None:
        line = payload.index(b"\n") + 1
        offset = start + line
        for cell, first, last, length, failure in json.loads(payload[:line]):
            self.places[Piece(cell, first, last)] = _Place(offset, length, failure)
            offset += length


def new_journal(path: Path, head: Mapping[str, Any]) -> Journal:
    """Begin a journal where there is none."""
    journal = Journal(path, _locked(path, "x+b"), head)
    payload = json.dumps(head).encode()
    try:
        journal._write(MAGIC + PREFIX.pack(len(payload), zlib.crc32(payload)) + payload)  # noqa: SLF001 - it is made here
        journal.settle()
    except BaseException:
        journal.close()
        path.unlink()
        raise
    return journal


def open_journal(path: Path) -> Journal:
    """Open a journal to go on with it; a record that was cut off at its end is taken away.

    Raises:
        FileError: if this is no journal, or another process is at work on it.

    """
    stream = _locked(path, "r+b")
    try:
        if stream.read(len(MAGIC)) != MAGIC:
            raise FileError(f"{path}: this is no journal of a run")
        records = _records(stream)
        head = next(records, None)
        if head is None:
            raise FileError(f"{path}: the journal ends before it begins; nothing was done yet, so run the config anew")
        journal = Journal(path, stream, json.loads(head[1]), end=head[0] + len(head[1]))
        for start, payload in records:
            journal._note(payload, start)  # noqa: SLF001 - it is made here
            journal.end = start + len(payload)
        stream.truncate(journal.end)
    except BaseException:
        stream.close()
        raise
    return journal


def _records(stream: FileIO) -> Iterator[tuple[int, bytes]]:
    """Walk the whole records, each with its place; what is cut off or damaged ends them."""
    while len(prefix := stream.read(PREFIX.size)) == PREFIX.size:
        length, check = PREFIX.unpack(prefix)
        start = stream.tell()
        payload = stream.read(length)
        if len(payload) < length or zlib.crc32(payload) != check:
            return
        yield start, payload


def _locked(path: Path, mode: str) -> FileIO:
    """Open a file for this process alone; the system gives it free when the process ends, however it does."""
    stream = FileIO(path, mode.replace("b", ""))
    try:
        import fcntl

        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # Windows does without
        pass
    except BlockingIOError:
        stream.close()
        raise JournalBusyError(f"{path.parent}: another process is at work on this run{_holder(path.parent)}") from None
    if not os.path.samestat(os.fstat(stream.fileno()), path.stat()):  # its holder has just finished and taken it away
        stream.close()
        raise FileNotFoundError(errno.ENOENT, "the run has just been finished", str(path))
    return stream


def _holder(run: Path) -> str:
    """Give who says in the run's manifest that it is at work on it."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        host = json.loads((run / "manifest.json").read_bytes())["host"]
        return f": process {int(host['pid'])} on {visible(str(host['name']))}"
    return ""
