"""What it costs to begin: yann's commands against a bare Typer program and against the imports that they cannot do without."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks.bench import Row, race
from benchmarks.process import YANN, command

TYPER = """
import typer
app = typer.Typer()
@app.command()
def greet(name: str = "you"): print("hello", name)
app()
"""
IMPORTS = "import numpy, typer, rich.table, yaml, pydantic"


def rows(turns: int) -> Iterator[Row]:
    """Time commands as whole processes."""
    bare = {"a bare Typer program": command(sys.executable, "-c", TYPER)}
    imports = {"the imports alone": command(sys.executable, "-c", IMPORTS)}
    for what, beside in (("--version", bare), ("--help", bare), ("step", imports)):
        yield Row("a", f"yann {what}", race({"yann": command(*YANN, what), **beside}, turns))
