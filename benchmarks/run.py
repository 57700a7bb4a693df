"""yann beside what its users would otherwise take: runs the rows that are asked for, and prints who needed how long."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks import depth, digits, grid, growth, startup, study, vanishing
from benchmarks.bench import Row
from benchmarks.growth import Growth
from benchmarks.machine import described

ROWS: dict[str, tuple[str, Callable[[int], Iterator[Row | Growth]]]] = {
    "a": ("commands as whole processes, against the imports that they cannot do without", startup.rows),
    "b": ("the depth study as a whole process, against scripts that do it in each framework", depth.rows),
    **{
        name: (f"{asked}, weights drawn before; and the drawing", partial(study.rows, name, asked))
        for name, asked in study.STUDIES.items()
    },
    "f": ("training on the digits, in one process and as a whole one", digits.rows),
    "g": ("a sweep of 10,000 small cells from the command to its last file", grid.rows),
    "h": ("how time and memory grow with depth, width, samples, replicates and cells", growth.rows),
    "v": ("a gradient that fades beyond the range of floats", vanishing.rows),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print every row as it is done."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog="\n".join(["rows:", *(f"  {name:4} {what}" for name, (what, _) in ROWS.items())]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", help="of those below; all by default")
    parser.add_argument("--turns", type=int, default=7, metavar="N", help="how often each is timed; 7 by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine and every time there too")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.rows) - set(ROWS):
        parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    machine = described()
    _print_machine(machine)
    found = []
    for name in asked.rows or ROWS:
        for row in ROWS[name][1](asked.turns):
            print(*row.lines(), sep="\n", flush=True)
            found.append(row.record())
    if asked.json:
        asked.json.write_text(json.dumps({"machine": machine, "rows": found}, indent=1), encoding="utf-8")


def _print_machine(machine: dict) -> None:
    packages = ", ".join(f"{package} {release}" for package, release in machine["packages"].items())
    print(f"{machine['processor']}, {machine['cores']} cores; {machine['system']}; Python {machine['python']}, {packages}")
    if machine["absent"]:
        print(f"not installed, so left out: {', '.join(machine['absent'])} (pip install -e '.[bench]')")
    print()
