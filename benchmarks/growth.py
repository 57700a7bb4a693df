"""How a sweep's time and memory grow with each of its sizes, told by exponents: 1 where twice as much takes twice as long."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.process import QUIET, ROOT, YANN, write_config

Axis = tuple[str, Sequence[int], Mapping[str, int]]
"""The size that grows, its values, and the others that stay."""
AXES: tuple[Axis, ...] = (
    ("depth", (500, 1000, 2000, 4000, 8000), {"width": 16, "samples": 32}),
    ("width", (128, 256, 512, 1024, 2048), {"depth": 4, "samples": 1024}),
    ("samples", (8_000, 16_000, 32_000, 64_000, 128_000), {"depth": 8, "width": 64}),
    ("replicates", (1000, 2000, 4000, 8000, 16_000), {"depth": 4, "width": 16, "samples": 32}),
    ("cells", (2500, 5000, 10_000, 20_000), {"depth": 2, "width": 4, "samples": 16}),
)
SMALLEST = {"depth": 1, "width": 1, "samples": 1, "replicates": 1, "cells": 1}
FLOORS = 9
"""How often the floor is timed before anything else: all exponents stand on it."""
LEAST_SECONDS, LEAST_BYTES = 0.1, 2**20
"""What a point must be above the floor to be told from it."""

# A process takes over the peak of whoever began it, and this one holds frameworks; so a small one goes between.
LAUNCHER = """
import resource, subprocess, sys, time
begun = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
took, used = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
print(took, used.ru_utime, used.ru_stime, used.ru_maxrss)
"""
PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Point:
    """What a sweep of one size took each time: on the clock, of the processor by itself and by the system, and peak memory."""

    size: int
    clock: tuple[float, ...]
    own: tuple[float, ...]
    system: tuple[float, ...]
    peaks: tuple[int, ...]

    @property
    def seconds(self) -> float:
        """Give the processor's time, as one worker does all; the least, as what others on the machine do only adds to it."""
        return min(map(sum, zip(self.own, self.system, strict=True)))

    @property
    def own_seconds(self) -> float:
        """Give what of it was its own work: the system's, to clear fresh memory, costs five times as much in some minutes."""
        return min(self.own)

    @property
    def bytes(self) -> int:
        """Give the peak memory."""
        return max(self.peaks)


@dataclass(frozen=True)
class Growth:
    """What a size costs: the smallest sweep there is as the floor, and sweeps of growing size."""

    name: str
    what: str
    floor: Point
    points: tuple[Point, ...]

    @property
    def time_exponent(self) -> float | None:
        """Give the exponent of the processor's time above the floor."""
        return exponent([(point.size, point.seconds) for point in self.points], self.floor.seconds, LEAST_SECONDS)

    @property
    def own_exponent(self) -> float | None:
        """Give the exponent of its own work above the floor's."""
        return exponent([(point.size, point.own_seconds) for point in self.points], self.floor.own_seconds, LEAST_SECONDS)

    @property
    def memory_exponent(self) -> float | None:
        """Give the exponent of the peak memory above the floor's."""
        return exponent([(point.size, point.bytes) for point in self.points], self.floor.bytes, LEAST_BYTES)

    def lines(self) -> Iterator[str]:
        """Write it for people."""
        floor = self.floor
        told = f"floor {floor.seconds:.2f} s, {floor.own_seconds:.2f} s without the system's, {floor.bytes / 2**20:.0f} MiB"
        yield f"{self.name}: {self.what}; {told}"
        for point in self.points:
            times = f"{point.seconds * 1e3:10.1f} ms {point.own_seconds * 1e3:10.1f} ms"
            yield f"  {point.size:28,} {times} {point.bytes / 2**20:8.0f} MiB"
        exponents = f"{_told(self.time_exponent):>10}    {_told(self.own_exponent):>10}    {_told(self.memory_exponent):>8}"
        yield f"  {'exponent':28} {exponents}"

    def record(self) -> dict[str, object]:
        """Give it for programs, with every time."""
        exponents = {"time": self.time_exponent, "own time": self.own_exponent, "memory": self.memory_exponent}
        return asdict(self) | {"exponents": exponents}


def exponent(points: Sequence[tuple[float, float]], floor: float, least: float) -> float | None:
    """Give k of cost - floor ~ sizeᵏ by least squares of the logarithms; None where fewer than three points leave the floor."""
    above = [(size, cost - floor) for size, cost in points if cost - floor >= least]
    if len(above) < 3:
        return None
    return float(np.polyfit(*np.log(above).T, 1)[0])


def rows(turns: int) -> Iterator[Growth]:
    """Time every size by processes of their own, one after the other on one worker."""
    turns = min(turns, 5)
    with TemporaryDirectory() as folder:
        least = _config(folder, SMALLEST)  # the same sweep for every size, so that all of them tell the floor
        smallest = [_measured(least) for _ in range(FLOORS)]
        for axis, sizes, others in AXES:
            configs = {1: least}
            configs |= {size: _config(folder, SMALLEST | others | {axis: size}) for size in sizes}
            found: dict[int, list[tuple[float, float, float, int]]] = {size: [] for size in configs} | {1: smallest}
            for _ in range(turns):
                for size, config in configs.items():
                    found[size].append(_measured(config))
            floor, *points = (Point(size, *zip(*each, strict=True)) for size, each in found.items())
            told = ", ".join(f"{other} {size}" for other, size in others.items())
            yield Growth("h", f"growth with {axis} ({told})", floor, tuple(points))


def _config(folder: str, sizes: Mapping[str, int]) -> str:
    return write_config(
        folder,
        "-".join(str(size) for size in sizes.values()),
        {
            "network": {"depth": sizes["depth"], "width": sizes["width"], "activation": "tanh"},
            "data": {"inputs": "normal", "targets": "normal", "samples": sizes["samples"]},
            "replicates": sizes["replicates"],
            "sweep": {"grid": {"seed": {"range": [1, sizes["cells"]]}}},
        },
    )


def _measured(config: str) -> tuple[float, float, float, int]:
    with TemporaryDirectory() as out:
        sweep = (*YANN, "sweep", config, *QUIET, "-j", "1", "--out", out)
        launched = (sys.executable, "-c", LAUNCHER, *sweep)
        done = subprocess.run(launched, check=True, capture_output=True, text=True, cwd=ROOT)
    *times, peak = done.stdout.split()
    clock, own, system = map(float, times)
    return clock, own, system, int(peak) * PEAK_UNIT


def _told(exponent: float | None) -> str:
    return "at floor" if exponent is None else f"{exponent:.2f}"
