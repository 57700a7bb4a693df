"""A sweep of 10,000 cells that are small, so that what counts is not their numbers but all that is around them."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryDirectory

from benchmarks.bench import Row, race
from benchmarks.process import QUIET, write_config, yann

GRID = {
    "network.depth": {"range": [1, 5]},
    "network.width": [2, 4, 8, 16],
    "network.init": ["xavier_normal", "he_normal", "orthogonal", "torch_linear", {"name": "normal", "std": 0.1}],
    "network.activation": ["identity", "tanh", "relu", "sigmoid", "gelu"],
    "seed": {"range": [0, 19]},
}
CELLS = 5 * 4 * 5 * 5 * 20
CONFIG = {
    "network": {"depth": 1, "width": 2},
    "data": {"inputs": "normal", "targets": "normal", "samples": 16},
    "sweep": {"grid": GRID},
}
WORKERS = {
    "yann": (),
    "yann -j 1": ("-j", "1"),
    "yann, 2 threads": ("-j", "2", "--executor", "threads"),
    "yann, 2 processes": ("-j", "2", "--executor", "processes"),
}


def rows(turns: int) -> Iterator[Row]:
    """Time the sweep as a whole process, with the executor that yann chooses and with others."""
    with TemporaryDirectory() as folder:
        config = write_config(folder, "grid", CONFIG)
        contestants = {name: yann("sweep", config, *QUIET, *options) for name, options in WORKERS.items()}
        yield Row("g", f"a sweep of {CELLS:,} small cells, as a whole process", race(contestants, turns), CELLS)
