"""Dask: a scheduler and workers that are processes of their own give the bytes that one process gives."""

import hashlib
import importlib.util
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import environment, newest
from yann.errors import UsageError
from yann.study.executors.dask import check_surroundings, surroundings

pytestmark = pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="distributed is not installed")
CONFIG = """\
name: many
network: {depth: 3, width: 3}
replicates: 40
sweep:
  grid:
    seed: {range: [1, 125]}
    network.activation: [tanh, relu, sigmoid, gelu]
"""


def hashes(run):
    """Give the hash of both CSV files."""
    return [hashlib.sha256((run / name).read_bytes()).hexdigest() for name in ("layers.csv", "cells.csv")]


@pytest.fixture(scope="module")
def folder(yann, tmp_path_factory):
    """Give a folder with a config of 500 cells, and one run of it."""
    folder = tmp_path_factory.mktemp("dask")
    (folder / "many.yaml").write_text(CONFIG, encoding="utf-8")
    assert yann("sweep", "many.yaml", "-q", "--no-plots", "--executor", "serial", "-o", "whole", cwd=folder).code == 0
    return folder


def process(*arguments, cwd):
    """Start a part of a cluster."""
    nowhere = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-m", *arguments], cwd=cwd, env=environment(), stdout=nowhere, stderr=nowhere)


@pytest.fixture
def cluster(tmp_path):
    """Give a scheduler's file, and its two workers."""
    file = tmp_path / "scheduler.json"
    own = ["--scheduler-file", file, "--no-dashboard"]
    parts = [process("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *own, cwd=tmp_path)]
    while not file.exists():
        time.sleep(0.1)
    alone = ["--nworkers", "1", "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1"]
    parts += [process("distributed.cli.dask_worker", *own, *alone, cwd=tmp_path) for _ in range(2)]
    yield file, parts[1:]
    for part in parts:
        part.kill()
        part.wait()


def test_a_worker_that_is_killed_midway_costs_nothing(cluster, start, folder, tmp_path):
    file, (one, _) = cluster
    options = ["--executor", "dask", "--scheduler-file", file, "-o", tmp_path]
    with start("sweep", "many.yaml", "-q", "--no-plots", *options, cwd=folder) as sweep:
        while not list((tmp_path / "many").glob("2*/journal")):
            time.sleep(0.02)
        (journal,) = (tmp_path / "many").glob("2*/journal")
        while sweep.poll() is None and journal.exists() and journal.stat().st_size < 100_000:
            time.sleep(0.01)
        assert sweep.poll() is None
        one.kill()
        _, err = sweep.communicate(timeout=120)
    assert (sweep.returncode, err) == (0, b"")
    assert hashes(newest(tmp_path, "many", ".")) == hashes(newest(folder, "many", "whole"))


def test_with_no_address_there_is_a_cluster_that_only_this_machine_can_reach(start, folder, tmp_path):
    options = ["--executor", "dask", "-j", 2, "-o", tmp_path]
    with start("sweep", "many.yaml", "-q", "--no-plots", *options, cwd=folder, stdout=subprocess.DEVNULL) as sweep:
        seen = set()
        while sweep.poll() is None:
            seen |= listening(sweep.pid)
            time.sleep(0.1)
        assert sweep.stderr.read() == b""
    assert sweep.returncode == 0
    assert hashes(newest(tmp_path, "many", ".")) == hashes(newest(folder, "many", "whole"))
    assert {address for address in seen if address != "0100007F"} == set()  # 127.0.0.1, as Linux writes it
    assert seen or not Path("/bin/ps").exists()


def listening(pid):
    """Give the addresses at which a process and its children listen, on Linux."""
    try:
        children = subprocess.run(["/bin/ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
        inodes = set()
        for each in [pid, *map(int, children.stdout.split())]:
            for descriptor in Path(f"/proc/{each}/fd").iterdir():
                inodes.add(str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]"))
        found = set()
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and fields[9] in inodes:
                    found.add(fields[1].partition(":")[0])
    except OSError:
        return set()
    return found


def test_a_scheduler_that_is_not_there_is_said(yann, folder):
    done = yann("sweep", "many.yaml", "--no-plots", "--executor", "dask", "--scheduler-file", "nowhere.json", cwd=folder)
    assert done.code == 2
    assert "no scheduler has written nowhere.json" in done.err
    done = yann("sweep", "many.yaml", "--no-plots", "--executor", "dask", "--scheduler", "tcp://127.0.0.1:9", cwd=folder)
    assert done.code == 2
    assert "no scheduler with a worker at tcp://127.0.0.1:9" in done.err


def test_workers_of_another_version_are_refused():
    check_surroundings({"tcp://a": surroundings()})
    yann, numpy, python = surroundings()
    with pytest.raises(UsageError, match=r"tcp://b has NumPy 1\.0 and not"):
        check_surroundings({"tcp://a": surroundings(), "tcp://b": (yann, "1.0", python)})
    with pytest.raises(UsageError, match=r"yann 9 and not .*, Python 2\.7 and not"):
        check_surroundings({"tcp://b": ("9", numpy, "2.7")})
