"""The command `yann export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yann.cli.one_cell import CellOption, one_cell
from yann.cli.options import Axes, ConfigArgument, Quiet, Settings
from yann.cli.output import emit_source, note
from yann.errors import FileError, UsageError

if TYPE_CHECKING:
    from yann.report.twins import Example


def export(
    config: ConfigArgument,
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="torch, jax, tensorflow or numpy.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it there instead of printing it.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    cell: CellOption = 0,
    settings: Settings = None,
    axes: Axes = None,
    quiet: Quiet = False,
) -> None:
    """Write a config's network as a script of its own, which prints the same loss and gradients by a framework you trust.

    It is the first step of replicate 0; where the numbers are many they go to a file beside the script.

    Example: yann export yann --to numpy
    """
    from yann.config.load import load
    from yann.config.options import find_config
    from yann.registry import offered
    from yann.report.twins import TWINS, example_of, script_of, unknown_to
    from yann.text import visible

    if to not in TWINS:
        raise UsageError(f"--to {visible(to)}: no such twin; {offered(to, TWINS)}")
    experiment = load(find_config(config, tuple(settings or ()), tuple(axes or ()))).experiment
    one_cell(experiment, cell, quiet=quiet)
    example, twin = example_of(experiment, cell), TWINS[to]()
    lacking = unknown_to(example, twin)
    if lacking is not None:
        raise UsageError(lacking)
    if out is None and example.stored:
        raise UsageError(
            f"the example has {example.count:,} numbers, too many to read in a script; "
            "-o FILE writes it, and the numbers to a file .npz beside it"
        )
    script = script_of(example, twin)
    if out is None:
        emit_source(script)  # what is not ASCII stands in docstrings, where an escape says the same
    else:
        _write(out, script, example, force=force)
        note(f"wrote {out}{f' and {_beside(out)}' if example.stored else ''}; run it with: python {out}", quiet=quiet)


def _beside(out: Path) -> Path:
    """Name the file of arrays that belongs to a script."""
    return out.with_suffix(".npz")


def _write(out: Path, script: str, example: Example, *, force: bool) -> None:
    """Write a script, and before it the arrays that it reads, so that no script is without them.

    Raises:
        UsageError: if something is there already.
        FileError: if the operating system refuses.

    """
    import numpy as np

    from yann.report.files import write, written

    if out.is_dir():
        raise UsageError(f"{out}: this is a folder; -o takes a file")
    if example.stored and out == _beside(out):
        raise UsageError(f"{out}: the numbers go to a file of this name; give the script another, as in twin.py")
    for path in (out, *([_beside(out)] if example.stored else [])):
        if not force and (path.exists() or path.is_symlink()):
            raise UsageError(f"{path}: there is such a file already; --force writes over it")
    try:
        if example.stored:
            with written(_beside(out)) as stream:
                np.savez(stream, **example.numbers)  # type: ignore[arg-type]
        write(out, script.encode())
    except OSError as error:
        raise FileError(f"{out}: {error.strerror or error}") from None
