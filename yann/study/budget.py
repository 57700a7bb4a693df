"""What a cell would need, reckoned before anything is allocated, and what this machine has."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yann.study.data import samples_per_update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yann.study.cell import Cell
    from yann.study.cells import Kinds

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


def memory(cell: Cell, together: int = 1) -> int:
    """Give about how many bytes a cell takes while it runs, so many replicates of it, or of cells like it, in one stack."""
    widths = cell.network.widths
    hidden = max(widths[1:-1], default=1)
    measured = len(cell.measured_steps)
    samples = samples_per_update(cell)
    size = Size(widths[0], len(widths) - 1, hidden, widths[-1], samples, cell.replicates, measured, cell.itemsize)
    return sum(size.needs().values()) + (together - 1) * in_a_stack(cell)


def in_a_stack(cell: Cell) -> int:
    """Give about how many bytes each more replicate of a stack takes: forward and back, its arrays are not all there at once."""
    network = cell.network
    return (3 * network.size + 6 * samples_per_update(cell) * network.units) * cell.itemsize


def result_bytes(cell: Cell) -> int:
    """Give about how many bytes the result of a replicate takes."""
    return (cell.steps // cell.every + 2) * len(cell.network.layers) * METRICS * 8


WORKER = 80 << 20
"""Bytes of a worker process before it has done anything."""


def largest_worker(kinds: Kinds, together: Callable[[Cell], int] = lambda _: 1) -> int:
    """Give the bytes of a worker process while it is at the largest of these cells, so many replicates of it in one stack."""
    return WORKER + max((memory(cell, together(cell)) for cell, _ in kinds), default=0)


def fitting(kinds: Kinds, workers: int, stack_size: Callable[[Cell], int]) -> int:
    """Give how many workers, up to so many and at least one, can be at the largest of these cells at the same time."""
    replicates = sum(cell.replicates * count for cell, count in kinds)
    need = largest_worker(kinds, lambda cell: min(stack_size(cell), replicates))
    return max(1, min(workers, int(SHARE * available_memory()) // need))


KIND, CELL, SUMMARY = 1000, 200, 24
"""Bytes that stay of cells of one kind, of each of them and its work, and of a metric of one layer and step of it."""
REPLICATE = 100
"""Bytes that a replicate takes, for each step that is measured, while the bands over all of them are found."""
RESULT_COPIES = 4
"""Of the numbers of a piece of work: packed, in the journal's record, unpacked, and those of the metrics that are kept."""
FIGURES = 200 << 20
"""Bytes that matplotlib and a page of plots take."""


def whole_run(kinds: Kinds, measured: int, kept: int, in_a_piece: Callable[[Cell], int], *, plots: bool) -> dict[str, int]:
    """Give the bytes that the process which writes a run needs, whatever its workers need, by the key that asks for them.

    So many metrics of each of its cells are measured, and so many kept to the end for tables and plots, if any; so many of its
    replicates are a piece of work.
    """

    def numbers(cell: Cell) -> int:
        return len(cell.measured_steps) * len(cell.network.layers)

    def taken(cell: Cell) -> int:
        bands = REPLICATE * cell.replicates * len(cell.measured_steps) if kept and cell.replicates > 1 else 0
        return RESULT_COPIES * in_a_piece(cell) * numbers(cell) * measured * 8 + bands

    many = max((cell for cell, _ in kinds), key=taken)
    return {
        "sweep": sum(KIND + count * (CELL + numbers(cell) * kept * SUMMARY) for cell, count in kinds),
        "replicates" if many.replicates > len(many.measured_steps) else "steps": taken(many),
        "plots": FIGURES if plots else 0,
    }


BYTES_A_NUMBER = 22
"""Of a number with all its digits and a comma."""
BYTES_A_ROW = 80
"""Of what else stands in a row."""


def disk(kinds: Kinds, measured: int) -> int:
    """Give about how many bytes the files of a run take, the journal from which they are made among them."""
    rows = sum(count * cell.replicates * len(cell.measured_steps) * len(cell.network.layers) for cell, count in kinds)
    return rows * (measured * (BYTES_A_NUMBER + 8) + BYTES_A_ROW)


def available_memory() -> int:
    """Give the bytes that this process may still take: the system's, its control group's or its own limit's, the least."""
    return min(_limits(), default=2**62)


def _limits(system: Path = Path("/")) -> Iterator[int]:
    try:
        for line in (system / "proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                yield int(line.split()[1]) * 1024
    except OSError:
        pass
    for folder, limit, used in _control_groups(system):
        try:
            most = (folder / limit).read_text(encoding="ascii").strip()
            if most.isdecimal():
                yield int(most) - int((folder / used).read_text(encoding="ascii")) + _cached_files(folder)
        except OSError:
            continue
    try:
        import resource  # noqa: PLC0415 - not every system has it
    except ImportError:
        return
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        yield soft


def _control_groups(system: Path) -> Iterator[tuple[Path, str, str]]:
    """Walk the control groups that this process is in, from its own to the root, with the files of their limit and their use."""
    try:
        lines = (system / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        number, controllers, path = line.split(":", 2)
        root = system / "sys/fs/cgroup"
        files = ("memory.max", "memory.current")
        if number != "0":
            if "memory" not in controllers.split(","):
                continue
            root, files = root / "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes")
        own = root / path.lstrip("/")  # which a container may not see; its root is there
        yield from ((folder, *files) for folder in (own, *own.parents) if folder.is_relative_to(root) and folder.is_dir())


def _cached_files(folder: Path) -> int:
    """Give the bytes of a control group's use that the system gives back when they are needed: files that it has read."""
    for line in (folder / "memory.stat").read_text(encoding="ascii").splitlines():
        if line.startswith(("inactive_file ", "total_inactive_file ")):
            return int(line.split()[1])
    return 0


def bytes_for_people(count: int) -> str:
    """Give a size with three digits and a unit: 6.94 EiB."""
    units = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")
    power = min(max(count.bit_length() - 1, 0) // 10, len(units) - 1)
    if count.bit_length() > 1000:  # beyond any float
        return f"2^{count.bit_length() - 1} bytes"
    if not power:
        return f"{count} bytes"
    scaled = count / 1024**power
    return f"{scaled:.{max(0, 2 - int(math.log10(max(scaled, 1))))}f} {units[power]}"
