"""A run that is cut short, however it is, can be gone on with, and its files are those of a run that nothing disturbed."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from tests.cli.conftest import newest
from tests.interruptions import (
    CELLS,
    CONFIG,
    filled,
    hashes,
    interrupt,
    resumed,
    starts,
    the_run,
    wrong_after,
    wrong_after_filled,
    wrong_in,
)
from yann.study import executors

posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits are those of POSIX")
MOMENTS = random.Random(5)  # noqa: S311 - moments, not secrets


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give a folder with the config in it."""
    folder = tmp_path_factory.mktemp("resume")
    (folder / "long.yaml").write_text(CONFIG, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def undisturbed(yann, folder):
    """Give the hashes of a run that nothing disturbed."""
    assert yann("sweep", "long.yaml", "-q", "--no-plots", "-j", "1", "-o", "whole", cwd=folder).code == 0
    return hashes(newest(folder, "long", "whole"))


@posix
@pytest.mark.parametrize(
    ("sent", "whom", "executor"),
    [
        ("SIGKILL", "parent", "serial"), ("SIGKILL", "parent", "processes"), ("SIGKILL", "worker", "processes"),
        ("SIGKILL", "group", "processes"), ("SIGINT", "parent", "threads"), ("SIGINT", "group", "processes"),
        ("SIGTERM", "parent", "serial"), ("SIGHUP", "parent", "processes"),
    ],
)  # fmt: skip
def test_a_run_that_is_cut_short_at_any_moment_is_finished_by_resume(sent, whom, executor, folder, undisturbed, tmp_path):
    cut = interrupt(tmp_path, folder / "long.yaml", sent, whom, MOMENTS.uniform(0.4, 2.0), executor)
    assert wrong_after(cut, sent, whom, undisturbed) == ""


@posix
def test_a_run_whose_whole_group_is_killed_again_and_again_is_finished(start, folder, undisturbed, tmp_path):
    cut = interrupt(tmp_path, folder / "long.yaml", "SIGKILL", "group", 0.9)
    for wait in (0.7, 0.9):
        if (cut.run / "journal").exists():
            with start("resume", cut.run, "--executor", "processes", "-j", 2, cwd=folder, start_new_session=True) as process:
                time.sleep(wait)
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
    assert wrong_after(cut, "SIGKILL", "group", undisturbed) == ""


@posix
@pytest.mark.parametrize("kib", [1, 2, 9, 70, 300])
def test_a_disk_that_is_full_is_exit_74_in_one_line_and_resume_finishes(kib, folder, undisturbed, tmp_path):
    code, err, run = filled(tmp_path, folder / "long.yaml", kib * 1024)
    assert code == 74
    assert wrong_after_filled(code, err, run, undisturbed) == ""
    if kib == 1:  # not even the head of the journal was written: nothing was begun
        assert "no run" in resumed(run)[1]


SLOW = "network: {depth: 2, width: 700}\nsteps: 100000\ndata: {samples: 512}\n"
"""Hours of work, for what is stopped anyway."""


def test_a_run_that_somebody_is_at_work_on_is_left_alone(start, yann, folder, tmp_path):
    (tmp_path / "slow.yaml").write_text(SLOW)
    with start("sweep", "slow.yaml", "--no-plots", "-o", tmp_path, "--executor", "serial", cwd=tmp_path) as process:
        while the_run(tmp_path, "slow") is None or not (the_run(tmp_path, "slow") / "journal").exists():
            time.sleep(0.01)
        done = yann("resume", the_run(tmp_path, "slow"), cwd=folder)
        process.kill()
        assert (done.code, f"another process is at work on this run: process {process.pid} on" in done.err) == (74, True)
        process.communicate()


@posix
def test_a_second_signal_ends_it_at_once(start, tmp_path):
    (tmp_path / "slow.yaml").write_text(SLOW)
    with start("sweep", "slow.yaml", "--no-plots", "--executor", "threads", cwd=tmp_path) as process:
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=5)
    assert process.returncode == 130
    assert b"Traceback" not in err


@pytest.fixture
def interrupted(start, folder, tmp_path):
    """Give a run that was killed in the middle."""
    while True:
        with start(
            "sweep", folder / "long.yaml", "--no-plots", "-q", "-o", tmp_path, "--executor", "serial", cwd=folder
        ) as process:
            while the_run(tmp_path) is None or not (the_run(tmp_path) / "resolved.yaml").exists():
                time.sleep(0.01)
            process.kill()
            process.communicate()
        return the_run(tmp_path)


@pytest.mark.parametrize("name", ["config.yaml", "resolved.yaml"])
def test_a_config_that_has_changed_is_refused_with_the_difference(name, interrupted, yann):
    path = interrupted / name
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("width: 3", "width: 4"), encoding="utf-8")
    done = yann("resume", interrupted, cwd=interrupted)
    assert done.code == 2
    assert re.search(r"^-.*width: 3", done.err, re.MULTILINE)
    assert re.search(r"^\+.*width: 4", done.err, re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    assert yann("resume", interrupted, "-q", cwd=interrupted).code == 0


def test_what_is_no_run_and_what_is_finished_is_said(yann, folder, undisturbed):
    done = yann("resume", folder, cwd=folder)
    assert (done.code, "no run that could be gone on with" in done.err) == (2, True)
    assert yann("resume", folder / "nowhere", cwd=folder).code == 2
    run = newest(folder, "long", "whole")
    done = yann("resume", run, cwd=folder)
    assert (done.code, done.out) == (0, "")
    assert "finished" in done.err
    assert hashes(run) == undisturbed


def test_latest_can_be_resumed_and_prints_what_the_sweep_would_have(interrupted, yann):
    done = yann("resume", interrupted.parent / "latest", "-f", "csv", cwd=interrupted.parent)
    assert done.code == 0
    assert done.out.encode() == (interrupted / "layers.csv").read_bytes()


# Shards


@pytest.mark.parametrize("count", [2, 3, 7])
def test_shards_that_are_joined_are_the_whole_whatever_the_executors(count, yann, folder, undisturbed, tmp_path):
    executors = ("serial", "threads", "processes")
    for number in range(count, 0, -1):
        options = ["--shard", f"{number}/{count}", "--executor", executors[number % 3], "-j", 2]
        assert yann("sweep", folder / "long.yaml", "-q", "--no-plots", "-o", tmp_path, *options, cwd=folder).code == 0
    runs = [path for path in (tmp_path / "long").iterdir() if path.name != "latest"]
    done = yann("merge", *runs, "-q", "-o", tmp_path / "joined", "-f", "csv", cwd=folder)
    assert (done.code, done.err) == (0, "")
    run = the_run(tmp_path / "joined")
    assert done.out.encode() == (run / "layers.csv").read_bytes()
    assert wrong_in(run, undisturbed) == ""


def test_shards_that_used_the_cache_are_joined_without_it(yann, tmp_path):
    for number in (1, 2):
        assert yann("sweep", "depth", "-q", "--no-plots", "--cache", "--shard", f"{number}/2", cwd=tmp_path).code == 0
    done = yann("merge", *sorted((tmp_path / "outputs/depth").glob("2*")), "-o", "joined", cwd=tmp_path)
    assert (done.code, "pieces of work" in done.err) == (0, False)
    assert sorted(path.name for path in (tmp_path / "joined").iterdir()) == ["depth"]


@pytest.fixture
def handed(monkeypatch):
    """Give the pieces of work that are handed to workers, and a place for the number of chunks after which the run is stopped."""
    found, drive = SimpleNamespace(pieces=[], stop_after=None), executors.drive

    def watched(chunks, *others):
        for number, chunk in enumerate(chunks):
            if number == found.stop_after:
                raise SystemExit(130)
            found.pieces += chunk.pieces
            yield from drive([chunk], *others)

    monkeypatch.setattr(executors, "drive", watched)
    return found


def test_resume_does_nothing_again_and_counts_what_was_there(inside, handed, folder, tmp_path):
    handed.stop_after = 4
    ran = inside("sweep", folder / "long.yaml", "--no-plots", "-q", "-j", 1, "-o", tmp_path)
    before, handed.pieces, handed.stop_after = handed.pieces, [], 0
    assert (ran.code, len(before) > 10) == (130, True)
    run = newest(tmp_path, "long", ".")
    ran = inside("resume", run, "-j", 1)
    assert f"interrupted: {len(before)} of {CELLS} cells" in ran.err
    handed.stop_after = None
    assert inside("resume", run, "-q", "-j", 1).code == 0
    assert [piece.cell for piece in (*before, *handed.pieces)] == list(range(CELLS))


def test_merge_does_nothing_again(inside, handed, tmp_path):
    for number in (1, 2):
        assert inside("sweep", "depth", "-q", "--no-plots", "--shard", f"{number}/2", "-o", tmp_path / "parts").code == 0
    assert handed.pieces
    handed.pieces = []
    assert inside("merge", *(tmp_path / "parts/depth").glob("2*"), "-q", "-o", tmp_path / "joined").code == 0
    assert handed.pieces == []


def test_a_shard_has_every_nth_cell(yann, folder, tmp_path):
    done = yann("sweep", folder / "long.yaml", "-q", "--no-plots", "-o", tmp_path, "--shard", "2/100", "-f", "csv", cwd=folder)
    cells = {int(line.split(",")[0]) for line in done.out.splitlines()[1:]}
    assert cells == set(range(1, CELLS, 100))


@pytest.mark.parametrize("shard", ["0/2", "3/2", "x", "1", "1/0", "-1/2", "1/2/3", "1 / 2"])
def test_what_is_no_shard_is_said(shard, yann, folder):
    done = yann("sweep", "long.yaml", f"--shard={shard}", cwd=folder)
    assert (done.code, "I/N" in done.err) == (2, True)


def test_shards_of_unlike_configs_and_shards_that_are_missing_are_refused(yann, folder, tmp_path):
    runs = []  # their names may begin with the same second
    for number, width in ((1, 3), (2, 4)):
        options = ["--shard", f"{number}/3", "--set", f"network.width={width}"]
        assert yann("sweep", folder / "long.yaml", "-q", "--no-plots", "-o", tmp_path, *options, cwd=folder).code == 0
        runs.append((tmp_path / "long/latest").resolve())
    one, two = runs
    done = yann("merge", one, two, "-o", tmp_path / "joined", cwd=folder)
    assert (done.code, "another config" in done.err) == (2, True)
    assert re.search(r"^\+.*width: 4", done.err, re.MULTILINE)
    done = yann("merge", one, "-o", tmp_path / "joined", cwd=folder)
    assert (done.code, f"{CELLS - CELLS // 3:,} of {CELLS:,} cells" in done.err) == (2, True)
    assert not (tmp_path / "joined").exists()


# Executors by name


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--executor", "procesess"], "did you mean processes?"),
        (["--scheduler", "tcp://127.0.0.1:1"], "goes with --executor dask"),
        (["--scheduler", "a", "--scheduler-file", "b", "--executor", "dask"], "give one of them"),
    ],
)
def test_what_is_no_executor_is_said(options, told, yann, folder):
    done = yann("sweep", "long.yaml", *options, cwd=folder)
    assert (done.code, told in done.err) == (2, True)


def test_many_starts_at_the_same_moment_have_a_folder_each(tmp_path):
    (tmp_path / "c.yaml").write_text("network: {depth: 1, width: 1}\n", encoding="utf-8")
    assert starts(tmp_path, tmp_path / "c.yaml", 16) == ""


def test_a_disk_that_could_not_hold_the_files_is_refused_before_anything_is_done(tmp_path):
    told = (
        "import shutil, sys; shutil.disk_usage = lambda _: shutil._ntuple_diskusage(10**9, 10**9, 1000)\n"
        "sys.argv = ['yann', 'sweep', 'depth', '--no-plots']\nfrom yann.cli.main import run\nrun()"
    )
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ran.returncode == 3
    assert "are free at" in ran.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("network: {depth: 2, width: 2}\nreplicates: 1000\nsteps: 1000\n", "steps"),
        ("network: {depth: 2, width: 2}\nreplicates: 100000\n", "replicates"),
        ("network: {depth: 2, width: 2}\nsweep: {grid: {seed: {range: [1, 20000]}}}\n", "sweep"),
    ],
)
def test_a_run_that_would_not_fit_the_memory_is_refused_before_anything_is_done(text, key, tmp_path):
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    told = (
        "import sys; from yann.study import budget; from yann.config import resolver; budget.available_memory = lambda: 10**8\n"
        "sys.argv = ['yann', 'sweep', 'c.yaml', '--no-plots']\nfrom yann.cli.main import run\nrun()"
    )
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ran.returncode == 3
    assert ran.stderr.startswith(f"{key}: this run would take about ")
    assert "76.3 MiB may be used (80% of what is free)" in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["c.yaml"]


def test_data_that_have_changed_since_are_refused(start, yann, tmp_path):
    (tmp_path / "d.csv").write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    (tmp_path / "c.yaml").write_text(
        "network: {depth: 9, width: 50}\ndata: {name: csv, path: d.csv, targets: y}\nsweep: {grid: {seed: {range: [1, 999]}}}\n",
        encoding="utf-8",
    )
    with start("sweep", "c.yaml", "--no-plots", "-q", "-o", ".", "--executor", "serial", cwd=tmp_path) as process:
        while the_run(tmp_path, "c") is None or not (the_run(tmp_path, "c") / "resolved.yaml").exists():
            time.sleep(0.01)
        process.kill()
        process.communicate()
    run = the_run(tmp_path, "c")
    (tmp_path / "d.csv").write_text("x,y\n1,2\n3,5\n", encoding="utf-8")
    done = yann("resume", run, cwd=tmp_path)
    assert (done.code, done.err.startswith(f"{tmp_path / 'd.csv'}: has changed since")) == (2, True)
    assert '"status": "interrupted"' in (run / "manifest.json").read_text(encoding="utf-8")
    (tmp_path / "d.csv").write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    assert yann("resume", run, "-q", "--executor", "serial", cwd=tmp_path).code == 0
