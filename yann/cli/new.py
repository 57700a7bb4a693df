"""The command `yann new`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yann.cli.output import note
from yann.errors import UsageError


def new(name: Annotated[str, typer.Argument(metavar="NAME", help="The experiment's name; NAME.yaml is written.")]) -> None:
    """Write a commented config to start from.

    Example: yann new my-study
    """
    from yann.config.starter import starter
    from yann.report.files import write

    stem = name.removesuffix(".yaml")
    text = starter(stem)
    path = Path(f"{stem}.yaml")
    if path.exists() or path.is_symlink():
        raise UsageError(f"{path}: there is such a file already; choose another name")
    write(path, text.encode())
    note(f"wrote {path}; run it with: yann sweep {path}")
