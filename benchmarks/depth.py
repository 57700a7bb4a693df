"""The smallest study there is, as whole processes: `yann sweep configs/depth.yaml`, and scripts in the frameworks.

Everybody prints the table and writes the same figures of the same layers; yann's files say besides how to make them again.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

import numpy as np

from benchmarks.bench import Row, race
from benchmarks.machine import FRAMEWORKS, installed
from benchmarks.process import QUIET, script, yann

SWEEP = ("sweep", "configs/depth.yaml", "--format", "table")


def rows(turns: int) -> Iterator[Row]:
    """Time the study without plots beside the frameworks, and with plots beside matplotlib alone."""
    peers = {
        f"a script in {framework}": script(f"depth_{framework}", read="layers.csv") for framework in filter(installed, FRAMEWORKS)
    }
    plain = yann(*SWEEP, *QUIET, read="layers.csv")
    yield Row("b", "yann sweep configs/depth.yaml --no-plots", race({"yann": plain, **peers}, turns, same))
    plots = {"yann": yann(*SWEEP), "one empty figure": script("figure")}
    yield Row("b", "yann sweep configs/depth.yaml, with plots", race(plots, turns))


def same(name: str, first: str, other: str) -> None:
    """Refuse a script that wrote other figures than yann."""
    for expected, found in zip(csv.DictReader(first.splitlines()), csv.DictReader(other.splitlines()), strict=True):
        for column, value in found.items():
            np.testing.assert_allclose(float(value), float(expected[column]), 1e-12, 1e-12, err_msg=f"{name}: {column}")
