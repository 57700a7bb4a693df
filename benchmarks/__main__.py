"""Runs the rows that are asked for, all by default, and prints who needed how long: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

PINNED = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
os.environ.update(dict.fromkeys(PINNED, "1"))  # as yann does; before NumPy is there. Peers take the cores they are given

from benchmarks import startup, study, vanishing  # noqa: E402
from benchmarks.bench import Row, race  # noqa: E402

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
STUDIES = {
    "c": study.Study(100, 10, 64, 64),
    "c32": study.Study(100, 10, 64, 64, "float32"),
    "d": study.Study(1000, 8, 3, 64),
    "e": study.Study(4, 20, 512, 512),
}


def start_up(turns: int) -> Iterator[Row]:
    """Commands as whole processes."""
    for what, contestants in startup.contestants().items():
        yield Row("a", what, race(contestants, turns))


def studies(name: str) -> Callable[[int], Iterator[Row]]:
    """A study in one process, weights drawn before."""

    def rows(turns: int) -> Iterator[Row]:
        asked = STUDIES[name]
        contestants, drawn = study.contestants(asked, CORES)
        yield Row(name, f"{asked} on {CORES} cores", race(contestants, turns))
        if "JAX jit + vmap" in contestants and name != "e":
            both = {"yann": contestants["yann"], "JAX with compilation": lambda: study.compile_and_run(drawn)}
            yield Row(name, f"{asked}, compiled anew", race(both, min(turns, 3)))

    return rows


def fading(turns: int) -> Iterator[Row]:
    """A gradient that fades, and the processor's own taste for such numbers."""
    yield Row("v", "forward and backward, 1,000 layers of width 64", race(vanishing.contestants(), turns))
    yield Row("v", "400 × 400 matrices on one core", race(vanishing.products(), turns))


ROWS: dict[str, Callable[[int], Iterator[Row]]] = {"a": start_up, **{name: studies(name) for name in STUDIES}, "v": fading}


def main() -> None:
    """Print every row as it is done."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; all by default")
    parser.add_argument("--turns", type=int, default=7, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every time there too")
    asked = parser.parse_args()
    print(f"{machine()}\n")
    found = []
    for name in asked.rows or ROWS:
        for row in ROWS[name](asked.turns):
            print(f"{row.name}: {row.what}")
            for timed in row.timed:
                ratio = "" if timed is row.timed[0] else f"  {row.ratio(timed):6.2f} × the first"
                print(f"  {timed.name:24} {timed.median * 1e3:10.1f} ms  ± {timed.spread:4.0%}{ratio}", flush=True)
            found.append({"row": row.name, "what": row.what, "seconds": {timed.name: timed.seconds for timed in row.timed}})
    if asked.json:
        asked.json.write_text(json.dumps({"machine": machine(), "rows": found}, indent=1), encoding="utf-8")


def machine() -> str:
    """Describe what this is run on."""
    import numpy as np

    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        processor = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor() or platform.machine()
    return f"{processor}, {CORES} cores; {platform.system()}; Python {platform.python_version()}, NumPy {np.__version__}"


if __name__ == "__main__":
    main()
