"""What all this is run on: the processor, its cores, and how many of them each library takes."""

from __future__ import annotations

import importlib.util
import os
import platform
from importlib.metadata import version
from pathlib import Path

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
PINNED = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
FRAMEWORKS = ("torch", "jax", "tensorflow", "autograd")


def pin() -> None:
    """Hold BLAS and OpenMP to one thread, as yann does, before NumPy is there; what is begun from here inherits it.

    A peer whose work is worth more is told in this process how many cores it may take. In the whole processes it is not, and
    two threads of PyTorch that wait for each other on busy cores take many times as long as one.
    """
    os.environ.update(dict.fromkeys(PINNED, "1"))


def installed(framework: str) -> bool:
    """Tell whether a framework can take part."""
    return importlib.util.find_spec(framework) is not None


def absent() -> list[str]:
    """Give the frameworks that cannot take part."""
    return [framework for framework in FRAMEWORKS if not installed(framework)]


def described() -> dict[str, object]:
    """Describe the machine and what is installed on it."""
    packages = ["numpy", *(framework for framework in FRAMEWORKS if installed(framework))]
    return {
        "processor": _processor(),
        "cores": CORES,
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {package: version(package) for package in packages},
        "absent": absent(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
