"""The journal: what was written down is there, whatever cuts the file short, and nothing that was not written whole."""

import errno
import random
import subprocess
import sys
from io import FileIO

import pytest

from yann.errors import FileError
from yann.report.journal import MAGIC, JournalBusyError, new_journal, open_journal
from yann.study.pieces import Done, Piece

HEAD = {"format": 1, "resolved": "network: {depth: 1, width: 1}\n", "given": "\udcff é \u2028"}
BATCHES = [
    [Done(Piece(0, 0, 2), b"abc" * 9)],
    [Done(Piece(2, 0, 1), b"\n\x00yann journal 1\n"), Done(Piece(1, 0, 1), failure="ValueError: ü [bold]")],
    [Done(Piece(3, 0, 5), b""), Done(Piece(3, 5, 9), bytes(range(256)))],
    [Done(Piece(4, 0, 1), b"last")],
]
EVERY = [done for batch in BATCHES for done in batch]


@pytest.fixture
def path(tmp_path):
    """A journal of four records, closed."""
    journal = new_journal(tmp_path / "journal", HEAD)
    ends = [journal.end]
    for batch in BATCHES:
        journal.append(batch)
        ends.append(journal.end)
    journal.close()
    (tmp_path / "ends").write_text(repr(ends))
    return tmp_path / "journal"


def ends_of(path):
    """Give where the head and each record end."""
    return [int(end) for end in (path.parent / "ends").read_text().strip("[]").split(",")]


def test_what_was_written_is_read_back(path):
    journal = open_journal(path)
    assert journal.head == HEAD
    assert [journal.read(done.piece) for done in EVERY] == EVERY
    assert list(journal.places) == [done.piece for done in EVERY]
    journal.close()


def test_a_file_cut_anywhere_holds_its_whole_records_and_can_be_gone_on_with(path):
    whole, ends = path.read_bytes(), ends_of(path)
    for cut in range(ends[0], len(whole) + 1):
        path.write_bytes(whole[:cut])
        journal = open_journal(path)
        kept = sum(end <= cut for end in ends[1:])
        assert list(journal.places) == [done.piece for batch in BATCHES[:kept] for done in batch]
        for batch in BATCHES[kept:]:
            journal.append(batch)
        assert [journal.read(done.piece) for done in EVERY] == EVERY
        journal.close()
        assert path.read_bytes() == whole


@pytest.mark.parametrize("record", [1, 2, 3])
def test_a_record_that_is_damaged_counts_as_not_written(path, record):
    whole, ends = path.read_bytes(), ends_of(path)
    for at in range(ends[record - 1], ends[record]):
        damaged = bytearray(whole[: ends[record]])
        damaged[at] ^= random.Random(at).randrange(1, 256)  # noqa: S311
        path.write_bytes(damaged)
        journal = open_journal(path)
        assert list(journal.places) == [done.piece for batch in BATCHES[: record - 1] for done in batch]
        journal.close()


def test_a_file_that_ends_before_its_head_or_is_no_journal_is_refused(path):
    whole = path.read_bytes()
    for text in (b"", b"yann", b"something else\n" + whole[len(MAGIC) :], whole[: len(MAGIC)], whole[: ends_of(path)[0] - 1]):
        path.write_bytes(text)
        with pytest.raises(FileError):
            open_journal(path)
        assert path.read_bytes() == text


def test_nobody_else_can_open_it_until_its_holder_is_gone(path):
    journal = open_journal(path)
    with pytest.raises(JournalBusyError, match="another process is at work"):
        open_journal(path)
    told = f"from pathlib import Path; from yann.report.journal import open_journal; open_journal(Path({str(path)!r}))"
    other = [sys.executable, "-c", told]
    ran = subprocess.run(other, capture_output=True, text=True, check=False)
    assert "JournalBusyError" in ran.stderr
    journal.close()
    assert subprocess.run(other, capture_output=True, check=False).returncode == 0


def test_a_journal_is_begun_once(path):
    with pytest.raises(FileExistsError):
        new_journal(path, HEAD)


class Slow(FileIO):
    """A file that takes a few bytes at a time, and `room` in all."""

    room = 10**9

    def write(self, data):
        few = min(7, len(data), self.room)
        if not few:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= few
        return super().write(data[:few])


def slow(path, room=10**9):
    """Give the journal with a file that takes a few bytes at a time."""
    journal = open_journal(path)
    journal.stream.close()
    journal.stream = Slow(path, "r+")
    journal.stream.room = room
    return journal


def test_a_system_that_takes_a_few_bytes_at_a_time_loses_none(path):
    journal = slow(path)
    journal.append([Done(Piece(9, 0, 1), b"x" * 1000)])
    journal.close()
    journal = open_journal(path)
    assert journal.read(Piece(9, 0, 1)).packed == b"x" * 1000
    journal.close()


def fill(journal):
    """Write more than there is room for."""
    for cell in range(10, 20):
        journal.append([Done(Piece(cell, 0, 1), b"yy")])


@pytest.mark.parametrize("room", range(0, 130, 3))
def test_a_disk_that_is_full_loses_nothing_that_was_written_before(path, room):
    journal = slow(path, room)
    with pytest.raises(OSError, match="No space left") as full:
        fill(journal)
    assert full.value.filename == str(path)
    known = list(journal.places)
    journal.close()
    journal = open_journal(path)
    assert list(journal.places) == known
    assert [journal.read(done.piece) for done in EVERY] == EVERY
    journal.append([Done(Piece(99, 0, 1), b"z")])
    assert journal.read(Piece(99, 0, 1)).packed == b"z"
    journal.close()
