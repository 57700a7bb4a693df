"""Memory: a run takes hardly more for many cells than for some, and none the more for the numbers of many replicates."""

import subprocess
import sys

import pytest

from tests.cli.conftest import environment

# Python's own account of what it and NumPy have asked for; what a process takes of the system hangs on the C library. What is of
# one size in every run is made small, so that what grows is seen before runs are long.
PEAK = """
import sys, tracemalloc
from yann.cli import conduct
from yann.report import digest, sink
from yann.study import allocator, chunks, pieces
allocator._ask_for_huge_pages = lambda: None
sink.BLOCK, conduct.BLOCK, digest.TOGETHER = 100, 1 << 12, 1 << 16
pieces.RESULTS = chunks.RESULTS = 1 << 17
chunks.FIRST_SECONDS = chunks.CHUNK_SECONDS = pieces.CHUNK_SECONDS = 0.002
tracemalloc.start()
from yann.cli.main import run
try:
    run()
finally:
    print(tracemalloc.get_traced_memory()[1], file=sys.stderr)
"""
NET = "network: {depth: 2, width: 2}\ndata: {samples: 4}\n"
SEEDS = NET + "sweep: {grid: {seed: {range: [1, SIZE]}}}\n"
GRID = NET + "sweep: {grid: {network.activation: [tanh, relu], optimizer.lr: [1, 2], seed: {range: [4, SIZE], step: 4}}}\n"
REPLICATES = NET + "replicates: SIZE\n"


def peak(text, size, folder, *options):
    """Give the most bytes that a run of a config has asked for at a time."""
    (folder / "c.yaml").write_text(text.replace("SIZE", str(size)), encoding="utf-8")
    command = [sys.executable, "-c", PEAK, "sweep", "c.yaml", "-q", "-j", "1", "--no-plots", "-o", "runs", *options]
    ran = subprocess.run(command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return int(ran.stderr.split()[-1])


# Before this was looked at it was 6000, 760 and 800 bytes each.
@pytest.mark.parametrize(("text", "form", "sizes", "bytes_each"), [
    (SEEDS, "table", (2500, 5000), 300), (GRID, "csv", (2500, 5000), 300), (REPLICATES, "table", (4000, 24_000), 30),
], ids=["seeds", "a grid", "replicates"])  # fmt: skip
def test_memory_hardly_grows(text, form, sizes, bytes_each, tmp_path):
    few, many = (peak(text, size, tmp_path, "-f", form) for size in sizes)
    assert (many - few) / (sizes[1] - sizes[0]) < bytes_each
