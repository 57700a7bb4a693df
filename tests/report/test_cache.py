"""The cache of results: what is in it comes back as it was, what is damaged does not, and runs side by side share it."""

import sqlite3
import subprocess
import sys

import pytest

from yann.errors import FileError
from yann.report.cache import Cache


def test_what_is_put_comes_back_at_once_it_is_written_and_no_other(tmp_path):
    cache = Cache(tmp_path / "c")
    cache.put(b"one", b"\x00result\xff")
    assert cache.get(b"two") is None
    cache.close()
    cache = Cache(tmp_path / "c")
    assert cache.get(b"one") == b"\x00result\xff"
    assert (cache.asked, cache.found) == (1, 1)
    cache.put(b"one", b"again")
    cache.close()
    assert Cache(tmp_path / "c").get(b"one") == b"again"


def test_a_damaged_result_counts_as_none(tmp_path):
    cache = Cache(tmp_path / "c")
    cache.put(b"one", b"result")
    cache.close()
    with sqlite3.connect(tmp_path / "c") as base:
        base.execute("UPDATE results SET packed = ?", (b"resalt",))
    base.close()
    assert Cache(tmp_path / "c").get(b"one") is None


@pytest.mark.parametrize("data", [b"no cache at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_what_is_no_cache_is_said_and_stays(data, tmp_path):
    (tmp_path / "c").write_bytes(data)
    with pytest.raises(FileError, match="delete this file, or leave --cache out"):
        Cache(tmp_path / "c").get(b"one")
    assert (tmp_path / "c").read_bytes() == data


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "c").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileError, match="link"):
        Cache(tmp_path / "c")
    assert not (tmp_path / "elsewhere").exists()


WRITER = """
import sys
from pathlib import Path
from yann.report.cache import Cache
cache = Cache(Path(sys.argv[1]))
for number in range(200):
    cache.put(b"%s %d" % (sys.argv[2].encode(), number), b"of " + sys.argv[2].encode())
    cache.settle()
cache.close()
"""


def test_any_number_of_runs_may_use_it_at_the_same_time(tmp_path):
    path = tmp_path / "c"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, str(number)]) for number in range(4)]
    assert [writer.wait(timeout=60) for writer in writers] == [0] * 4
    cache = Cache(path)
    for number in range(4):
        assert all(cache.get(b"%d %d" % (number, each)) == b"of %d" % number for each in range(200))
