"""Which executor suits a study, where nobody says so."""

from __future__ import annotations

import os

from yann.study.executors.base import EXECUTORS, Spread

WORTH_PROCESSES = 1.0
"""Seconds of work, predicted for one worker, from which on processes have won back their start.

Measured on two cores, whole runs: cells of width 4 or 16 take as long by any executor up to 0.5 s of predicted work, and beyond
that processes are up to 1.8 times as fast as one; threads are slower than one, for they wait for each other's Python. Cells of
width 64 with 64 samples take 2.7 s by one, 2.0 by two threads and 1.9 by two processes, and threads have no start to win back;
cells of width 256 run 1.5 to 1.8 times as fast in threads from the first second on, and as fast in processes after seven.
"""
AUTO = "auto"


def cores() -> int:
    """Give the processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def spread_for(name: str, workers: int, chunks: int, seconds: tuple[float, float], **settings: str) -> Spread:
    """Give the executor of a name; auto chooses by the seconds that cells of short and of long calls take one worker."""
    if name != AUTO:
        return EXECUTORS[name](workers=1 if name == "serial" else workers, **settings)
    workers = min(workers, chunks)
    short, long = seconds
    if workers > 1 and long > short:
        return EXECUTORS["threads"](workers=workers)
    if workers > 1 and short + long > WORTH_PROCESSES:
        return EXECUTORS["processes"](workers=workers)
    return EXECUTORS["serial"](workers=1)
