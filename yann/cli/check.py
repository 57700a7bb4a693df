"""The command `yann check`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yann.cli.options import Axes, Color, ColorOption, Format, FormatOption, Quiet, Settings
from yann.cli.output import chosen, note, show_rows, width
from yann.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from yann.config.load import Plan
    from yann.errors import Problem
    from yann.report.check import Checked

FAILED = 1


def check(
    configs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CONFIG|FOLDER]...", help="Paths, folders, - or bundled names; default: all bundled ones."),
    ] = None,
    entries: Annotated[bool, typer.Option("--entries", help="A row for every entry of every figure.")] = False,
    settings: Settings = None,
    axes: Axes = None,
    form: FormatOption = Format.auto,
    quiet: Quiet = False,
    color: ColorOption = Color.auto,
) -> None:
    """Run configs and compare every figure that they expect; exit code 1 if one does not hold.

    Example: yann check half-mse
    """
    from yann.report.check import check_rows, check_tables
    from yann.report.numbers import counted

    checked, silent = _checked(configs or [], tuple(settings or ()), tuple(axes or ()))
    form = chosen(form, Format.csv)
    room = width() if form is Format.table else None
    show_rows(*check_rows(checked, every_entry=entries), lambda: list(check_tables(checked, room)), form, color)
    figures, wrong = sum(each.figures for each in checked), sum(len(each.wrong) for each in checked)
    left = f" ({', '.join(silent)}: nothing expected)" if silent else ""
    verdict = f"{counted(wrong, 'quantity')} off" if wrong else "all hold"
    note(f"{counted(figures, 'figure')} of {counted(len(checked), 'config')} compared{left}: {verdict}", quiet=quiet)
    if wrong:
        raise typer.Exit(FAILED)


def _checked(configs: Sequence[str], settings: tuple[str, ...], axes: tuple[str, ...]) -> tuple[list[Checked], list[str]]:
    """Load all configs before any of them runs; also give the names of those in folders that expect nothing."""
    from yann.check.compare import compare
    from yann.config.expect import expectations
    from yann.config.load import load
    from yann.config.options import find_config
    from yann.explain.notation import notation_of
    from yann.report.check import Checked

    plans: list[Plan] = []
    silent: list[str] = []
    problems: list[Problem] = []
    for argument, named in _arguments(configs):
        try:
            plan = load(find_config(argument, settings, axes))
        except ConfigError as error:
            problems += error.problems
            continue
        if plan.expect.value is not None:
            plans.append(plan)
        elif named:
            raise UsageError(f"{argument}: the config has no `expect` block, so there is nothing to compare")
        else:
            silent.append(plan.experiment.name)
    if problems:
        raise ConfigError(problems)
    if not plans:
        raise UsageError(f"{', '.join(configs)}: no config with an `expect` block, so there is nothing to compare")
    wanted = [expectations(plan) for plan in plans]
    found = [
        Checked(plan.experiment.name, plan.experiment, tuple(compare(plan.experiment, notation_of(plan.experiment), each)))
        for plan, each in zip(plans, wanted, strict=True)
    ]
    return found, silent


def _arguments(configs: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Walk the configs: those that were named, and those that lie in folders, at any depth."""
    from yann.config.options import bundled_folder

    for argument in configs or [str(bundled_folder())]:
        folder = Path(argument)
        if not folder.is_dir():
            yield argument, True
            continue
        inside = sorted(path for pattern in ("*.yaml", "*.yml") for path in folder.rglob(pattern))
        if not inside:
            raise UsageError(f"{argument}: no config (*.yaml) in this folder")
        yield from ((str(path), False) for path in inside)
