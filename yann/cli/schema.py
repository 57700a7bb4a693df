"""The command `yann schema`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yann.cli.output import emit, note


def schema(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it there instead of printing it.")
    ] = None,
) -> None:
    """Print the JSON Schema of a config, for editors and validators.

    Example: yann schema > yann.schema.json
    """
    from yann.config.schema import json_schema
    from yann.report.files import write
    from yann.text import json_dumped

    text = json_dumped(json_schema(), indent=1) + "\n"
    if out is None:
        emit(text)
    else:
        write(out, text.encode())
        note(f"wrote {out}")
