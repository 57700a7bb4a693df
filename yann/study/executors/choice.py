"""Which executor suits a study, where nobody says so."""

from __future__ import annotations

import os

from yann.study.executors.base import EXECUTORS, Spread

WORTH_PROCESSES = 3.0
"""Seconds of work, predicted for one worker, from which on processes have won back their start."""
AUTO = "auto"


def cores() -> int:
    """Give the processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def spread_for(name: str, workers: int, chunks: int, seconds: float, **settings: str) -> Spread:
    """Give the executor of a name; auto is serial for one worker or one chunk, threads for short work, else processes."""
    if name != AUTO:
        return EXECUTORS[name](workers=1 if name == "serial" else workers, **settings)
    workers = min(workers, chunks)
    if workers <= 1:
        return EXECUTORS["serial"](workers=1)
    return EXECUTORS["processes" if seconds > WORTH_PROCESSES else "threads"](workers=workers)
