"""The command `yann list`."""

from __future__ import annotations

from typing import Annotated

import typer

from yann.cli.options import Color, ColorOption, Format, FormatOption
from yann.cli.output import chosen, show_rows, width
from yann.errors import UsageError


def list_parts(
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help="activations, inits, losses, …; default: all.")] = None,
    form: FormatOption = Format.auto,
    color: ColorOption = Color.auto,
) -> None:
    """List what a config can name: each part's formula, settings, gain, kinks and source.

    Example: yann list activations
    """
    from yann.registry import nearest
    from yann.report.catalog import catalog_grid, catalog_rows
    from yann.study.catalog import CATALOG

    if kind is not None and kind not in CATALOG:
        close = nearest(kind, CATALOG)
        told = f"did you mean {close}? " if close else ""
        raise UsageError(f"no kind '{kind}'; {told}There are {', '.join(CATALOG)}")
    kinds = [kind] if kind else list(CATALOG)
    form = chosen(form, Format.csv)
    room = width() if form is Format.table else None
    show_rows(*catalog_rows(kinds), lambda: [catalog_grid(each, room) for each in kinds], form, color)
