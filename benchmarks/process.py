"""Whole processes: begun as a user begins them, ended, and what they wrote thrown away."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

YANN = (sys.executable, "-m", "yann")
QUIET = ("--no-plots", "--quiet")
ROOT = Path(__file__).parent.parent


def command(*arguments: str) -> Callable[[], object]:
    """Give a function that runs a process to its end."""
    return lambda: _run(*arguments)


def yann(*arguments: str, read: str = "") -> Callable[[], str]:
    """Give a function that lets a command of yann write into a folder of its own, and gives what it `read` there."""

    def work() -> str:
        with TemporaryDirectory() as out:
            _run(*YANN, *arguments, "--out", out)
            return next(Path(out).glob(f"*/latest/{read}")).read_text(encoding="utf-8") if read else ""

    return work


def script(name: str, *arguments: str, read: str = "") -> Callable[[], str]:
    """Give a function that lets a script write into a folder of its own, and gives what it `read` there."""

    def work() -> str:
        with TemporaryDirectory() as out:
            _run(sys.executable, "-m", f"benchmarks.scripts.{name}", out, *arguments)
            return (Path(out) / read).read_text(encoding="utf-8") if read else ""

    return work


def write_config(folder: str, name: str, config: Mapping[str, object]) -> str:
    """Write a config (JSON is YAML too), and give its path."""
    path = Path(folder) / f"{name}.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")
    return str(path)


def _run(*arguments: str) -> None:
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
