"""What it costs to begin: yann's commands against a bare Typer program and against the imports that they cannot do without."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

TYPER = """
import typer
app = typer.Typer()
@app.command()
def greet(name: str = "you"): print("hello", name)
app()
"""
IMPORTS = "import numpy, typer, rich.table, yaml, pydantic"
YANN = [sys.executable, "-m", "yann"]


def command(*arguments: str, cwd: Path | None = None) -> Callable[[], object]:
    """Give a function that runs a process to its end."""
    return lambda: subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cwd)


def contestants() -> Mapping[str, Mapping[str, Callable[[], object]]]:
    """Give for each row who takes part, yann first."""
    bare = command(sys.executable, "-c", TYPER)
    imports = command(sys.executable, "-c", IMPORTS)
    return {
        "yann --version": {"yann": command(*YANN, "--version"), "a bare Typer program": bare},
        "yann --help": {"yann": command(*YANN, "--help"), "a bare Typer program": bare},
        "yann step": {"yann": command(*YANN, "step"), "the imports alone": imports},
    }
