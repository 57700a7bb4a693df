"""What a cell would need, reckoned before anything is allocated, and what this machine has."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yann.study.data import samples_per_update

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from yann.study.cell import Cell, Experiment

SHARE = 0.8
"""The part of the available memory that a study may take."""
LAYER_OVERHEAD = 8192  # bytes: the objects and array headers of one layer
PARAMETER_COPIES = 6  # W, dW, W after the step, up to two arrays of the optimizer's memory, and a temporary
ACTIVATION_COPIES = 8  # Z, φ(Z), A, slope, dA, dZ, and temporaries of the two passes
METRICS = 20  # float64 numbers kept for each measured layer


@dataclass(frozen=True)
class Size:
    """The numbers that a cell's memory depends on, as Python's own integers, which do not overflow."""

    inputs: int
    depth: int
    width: int
    outputs: int
    samples: int
    replicates: int
    measured_steps: int
    itemsize: int

    def needs(self) -> dict[str, int]:
        """Give the bytes that each key of the config asks for."""
        hidden = max(self.depth - 1, 0)
        if hidden:
            weights = self.inputs * self.width + (hidden - 1) * self.width**2 + self.width * self.outputs
        else:
            weights = self.inputs * self.outputs
        units = self.inputs + hidden * self.width + self.outputs
        return {
            "network.width": weights * self.itemsize * PARAMETER_COPIES,
            "data.samples": units * self.samples * self.itemsize * ACTIVATION_COPIES,
            "network.depth": self.depth * LAYER_OVERHEAD,
            "replicates" if self.replicates > self.measured_steps else "steps": (
                self.replicates * self.measured_steps * self.depth * METRICS * 8
            ),
        }


def memory(cell: Cell) -> int:
    """Give about how many bytes a cell takes while it runs."""
    widths = cell.network.widths
    hidden = max(widths[1:-1], default=1)
    measured = len(cell.measured_steps)
    samples = samples_per_update(cell)
    size = Size(widths[0], len(widths) - 1, hidden, widths[-1], samples, cell.replicates, measured, cell.itemsize)
    return sum(size.needs().values())


WORKER = 80 << 20
"""Bytes of a worker process before it has done anything."""


def fitting(cells: Sequence[Cell], workers: int) -> int:
    """Give how many workers, up to so many and at least one, can be at the largest of these cells at the same time."""
    largest = max({(id(cell.network), id(cell.data), cell.replicates, cell.steps): memory(cell) for cell in cells}.values())
    return max(1, min(workers, int(SHARE * available_memory()) // (largest + WORKER)))


PIECE, CELL, SUMMARY = 600, 2500, 24
"""Bytes that stay of a piece of work (where it stands in the journal), of a cell, and of a metric of one layer and step of it."""
FIGURES = 200 << 20
"""Bytes that matplotlib and a page of plots take."""


def whole_run(experiment: Experiment, *, plots: bool) -> dict[str, int]:
    """Give the bytes that the process which writes a run needs, whatever its workers need, by the key that asks for them."""
    metrics = len(experiment.measure)
    layers = [(cell.replicates, len(cell.measured_steps) * len(cell.network.layers)) for cell in experiment.cells]
    result = max(replicates * count for replicates, count in layers) * metrics * 8
    many = max(experiment.cells, key=lambda cell: cell.replicates * len(cell.measured_steps))
    return {
        "sweep": len(layers) * (CELL + PIECE) + sum(count for _, count in layers) * metrics * SUMMARY,
        "replicates" if many.replicates > len(many.measured_steps) else "steps": 4 * result,
        "plots": FIGURES if plots else 0,
    }


BYTES_A_NUMBER = 22
"""Of a number with all its digits and a comma."""
BYTES_A_ROW = 80
"""Of what else stands in a row."""


def disk(experiment: Experiment) -> int:
    """Give about how many bytes the files of an experiment take, the journal from which they are made among them."""
    rows = sum(cell.replicates * len(cell.measured_steps) * len(cell.network.layers) for cell in experiment.cells)
    return rows * (len(experiment.measure) * (BYTES_A_NUMBER + 8) + BYTES_A_ROW)


def available_memory() -> int:
    """Give the bytes that this process may still take: the system's, its control group's or its own limit's, the least."""
    return min(_limits(), default=2**62)


def _limits() -> Iterator[int]:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                yield int(line.split()[1]) * 1024
    except OSError:
        pass
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        try:
            most = Path(limit).read_text(encoding="ascii").strip()
            if most.isdecimal():
                yield int(most) - int(Path(used).read_text(encoding="ascii"))
        except OSError:
            continue
    try:
        import resource  # noqa: PLC0415 - not every system has it
    except ImportError:
        return
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        yield soft


def bytes_for_people(count: int) -> str:
    """Give a size with three digits and a unit: 6.94 EiB."""
    units = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")
    power = min(max(count.bit_length() - 1, 0) // 10, len(units) - 1)
    if count.bit_length() > 1000:  # beyond any float
        return f"2^{count.bit_length() - 1} bytes"
    scaled = count / 1024**power if power else count
    return f"{scaled:.{max(0, 2 - int(math.log10(max(scaled, 1))))}f} {units[power]}"
