"""Writing: a file is whole under its name or not there, whatever happens; a run has a folder of its own."""

import errno
import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from yann.errors import FileError
from yann.report import files
from yann.report.files import new_run, write, written


def names(folder):
    """Give the names of all that lies in a folder, hidden or not."""
    return sorted(path.name for path in folder.iterdir())


def cut_short(path, partial, error):
    """Begin to write a file, and be stopped by an error."""
    with written(path, partial) as stream:
        stream.write(b"half")
        raise error


def test_a_file_takes_its_name_only_when_it_is_whole(tmp_path):
    path = tmp_path / "a.csv"
    with written(path) as stream:
        stream.write(b"1,2\n")
        stream.flush()
        assert not path.exists()
    assert path.read_bytes() == b"1,2\n"
    assert names(tmp_path) == ["a.csv"]


def test_a_file_that_is_there_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    with written(path) as stream:
        stream.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError, MemoryError, GeneratorExit])
@pytest.mark.parametrize("kept", [True, False])
def test_what_is_cut_short_leaves_the_old_file_and_no_temporary(error, kept, tmp_path):
    path, partial = tmp_path / "a.csv", tmp_path / "a.partial.csv"
    path.write_bytes(b"old")
    with pytest.raises(error):
        cut_short(path, partial if kept else None, error)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == (["a.csv", "a.partial.csv"] if kept else ["a.csv"])
    assert not kept or partial.read_bytes() == b"half"


def test_nothing_is_kept_of_what_never_began(tmp_path):
    with pytest.raises(KeyboardInterrupt), written(tmp_path / "a", tmp_path / "b"):
        raise KeyboardInterrupt
    assert names(tmp_path) == []


@pytest.mark.parametrize("broken", ["os.fsync", "pathlib.Path.replace"])
def test_an_error_of_the_disk_leaves_the_old_file_and_no_temporary(broken, tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(broken, full)
    with pytest.raises(OSError, match="No space"):
        write(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.csv"]


def test_the_bytes_and_then_the_folder_are_brought_to_the_disk(tmp_path, monkeypatch):
    done = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(
        os, "fsync", lambda fd: (done.append("folder" if Path(f"/proc/self/fd/{fd}").is_dir() else "file"), fsync(fd))
    )
    monkeypatch.setattr(Path, "replace", lambda self, to: (done.append("rename"), replace(self, to)))
    write(tmp_path / "a", b"x")
    if Path("/proc/self/fd").exists():
        assert done == ["file", "rename", "folder"]


def test_a_folder_that_is_missing_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "no" / "a", b"x")
    assert names(tmp_path) == []


def test_what_a_crash_left_behind_is_no_obstacle(tmp_path, monkeypatch):
    with monkeypatch.context() as crash:
        crash.setattr(Path, "unlink", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            cut_short(tmp_path / "a", None, KeyboardInterrupt)
    write(tmp_path / "a", b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"


def test_two_files_of_one_name_in_two_folders_do_not_meet(tmp_path):
    (tmp_path / "b").mkdir()
    with written(tmp_path / "a") as one, written(tmp_path / "b" / "a") as other:
        one.write(b"1")
        other.write(b"2")
    assert [(tmp_path / "a").read_bytes(), (tmp_path / "b" / "a").read_bytes()] == [b"1", b"2"]


def test_every_run_has_a_folder_of_its_own_and_latest_leads_to_the_newest(tmp_path):
    runs = [new_run(tmp_path, "x", 0).path for _ in range(20)]
    assert len(set(runs)) == 20
    assert (tmp_path / "x" / "latest").resolve() == runs[-1].resolve()
    assert len(names(tmp_path / "x")) == 21


def test_a_name_that_is_taken_is_not_used_again(tmp_path, monkeypatch):
    class Still(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 11, 22, 9, 30, 12, tzinfo=tz or UTC)

    letters = iter("aaaa" * 3 + "bbbb")
    monkeypatch.setattr(files, "datetime", Still)
    monkeypatch.setattr(files.secrets, "choice", lambda _: next(letters))
    first = new_run(tmp_path, "x", 0).path
    (first / "mine").write_text("mine", encoding="utf-8")
    second = new_run(tmp_path, "x", 0).path
    assert (first.name, second.name) == ("20261122T093012Z-aaaa", "20261122T093012Z-bbbb")
    assert (first / "mine").exists()


def test_where_links_cannot_be_made_latest_is_a_line_of_text(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    for _ in range(2):
        run = new_run(tmp_path, "x", 0).path
        assert (tmp_path / "x" / "latest").read_text(encoding="utf-8") == f"{run.name}\n"
    assert len(names(tmp_path / "x")) == 3


def test_a_folder_of_somebody_called_latest_is_left_to_them(tmp_path):
    mine = tmp_path / "x" / "latest"
    mine.mkdir(parents=True)
    (mine / "mine").write_text("mine", encoding="utf-8")
    run = new_run(tmp_path, "x", 0).path
    assert names(tmp_path / "x") == [run.name, "latest"]
    assert (mine / "mine").exists()


def test_a_link_in_the_place_of_an_experiment_is_not_followed(tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "x").symlink_to(tmp_path / "precious")
    with pytest.raises(FileError, match="link"):
        new_run(tmp_path, "x", 0)
    assert names(tmp_path / "precious") == []


def test_the_manifest_says_running_until_it_says_how_it_ended(tmp_path):
    run = new_run(tmp_path, "x", 7)
    manifest = run.path / "manifest.json"
    begun = json.loads(manifest.read_text(encoding="utf-8"))
    assert (begun["status"], begun["seed"], begun["format"]) == ("running", 7, 1)
    (run.path / "plots").mkdir()
    for name in ("layers.csv", "plots/a.png"):
        (run.path / name).write_bytes(name.encode())
    run.finish("finished", cells=3)
    ended = json.loads(manifest.read_text(encoding="utf-8"))
    assert {**begun, **ended} == ended | {"status": "finished", "cells": 3}
    assert ended["sha256"] == {name: hashlib.sha256(name.encode()).hexdigest() for name in ("layers.csv", "plots/a.png")}
    assert datetime.fromisoformat(ended["start"]).tzinfo is not None
    assert ended["start"] <= ended["end"]
