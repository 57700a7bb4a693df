"""The command `yann pitfall`."""

from __future__ import annotations

from typing import Annotated

import typer

from yann.cli.options import Color, ColorOption, Format, FormatOption
from yann.cli.output import chosen, room_for, show, show_rows
from yann.errors import UsageError


def pitfall(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A pitfall; default: a line for each of them.")] = None,
    form: FormatOption = Format.auto,
    color: ColorOption = Color.auto,
) -> None:
    """Run a trap on the way to a gradient: the wrong number, the right one, why, and how to avoid it.

    Example: yann pitfall broadcast_labels
    """
    from yann.explain.pitfalls import PITFALLS
    from yann.registry import offered
    from yann.report.pitfalls import pitfall_rows, story, summary
    from yann.text import visible

    if name is not None and name not in PITFALLS:
        raise UsageError(f"no pitfall '{visible(name)}'; {offered(name, PITFALLS)}")
    pitfalls = [part() for each, part in PITFALLS.items() if name in (None, each)]
    form = chosen(form, Format.csv)
    if form in (Format.table, Format.md):
        room = room_for(form)
        show([summary(pitfalls)] if name is None else list(story(pitfalls[0], room)), form, color)
    else:
        show_rows(*pitfall_rows(pitfalls, explained=form is not Format.csv), lambda: (), form, color)
