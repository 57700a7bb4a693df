"""The command `yann list`."""

from __future__ import annotations

from typing import Annotated

import typer

from yann.cli.options import Color, ColorOption, Format, FormatOption
from yann.cli.output import chosen, room_for, show_rows
from yann.errors import UsageError


def list_parts(
    what: Annotated[
        str | None, typer.Argument(metavar="[KIND]", help="activations, inits, losses, …, or a part's name; default: all.")
    ] = None,
    form: FormatOption = Format.auto,
    color: ColorOption = Color.auto,
) -> None:
    """List what a config can name: each part's formula, settings, gain, kinks and source.

    Example: yann list activations
    """
    from yann.registry import nearest
    from yann.report.catalog import catalog_grid, catalog_rows
    from yann.study.catalog import CATALOG
    from yann.text import visible

    name = None if what in CATALOG else what
    kinds = [kind for kind, registry in CATALOG.items() if what in (None, kind) or what in registry]
    if not kinds:
        close = nearest(str(what), [*CATALOG, *(part for registry in CATALOG.values() for part in registry)])
        told = f"did you mean {close}? " if close else ""
        raise UsageError(f"no kind and no part '{visible(str(what))}'; {told}The kinds are {', '.join(CATALOG)}")
    form = chosen(form, Format.csv)
    room = room_for(form)
    show_rows(*catalog_rows(kinds, name), lambda: [catalog_grid(each, name, room) for each in kinds], form, color)
