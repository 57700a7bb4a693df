"""The command `yann check`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yann.cli.options import Axes, Color, ColorOption, Format, FormatOption, Quiet, Settings
from yann.cli.output import chosen, note, room_for, show_rows
from yann.errors import ConfigError, RefusedError, UsageError

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
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="ORACLES",
            help="Audit the gradients instead: finite-difference, complex-step, taylor, autograd, torch, jax, tensorflow, with "
            "commas between them; or all.",
        ),
    ] = None,
    cell: Annotated[
        int | None, typer.Option("--cell", min=0, metavar="I", help="Which cell to audit; default: every one.")
    ] = None,
    settings: Settings = None,
    axes: Axes = None,
    form: FormatOption = Format.auto,
    quiet: Quiet = False,
    color: ColorOption = Color.auto,
) -> None:
    """Run configs and compare every figure that they expect; exit code 1 if one does not hold.

    With --against the gradients themselves are audited: independent ways to them say where yann's are exact, and where wrong.

    Example: yann check half-mse

    Example: yann check yann --against finite-difference,torch
    """
    from yann.cli.audit import audit_plans
    from yann.report.check import check_rows, check_tables
    from yann.report.numbers import counted

    if against is None and cell is not None:
        raise UsageError("--cell goes with --against; expected figures name their cells themselves")
    if against is not None and entries:
        raise UsageError("--entries goes with expected figures, --against with an audit; give one of them")
    plans, silent = _loaded(configs or [], tuple(settings or ()), tuple(axes or ()), expecting=against is None)
    form = chosen(form, Format.csv)
    if against is not None:
        audit_plans(plans, against, cell, form, color, quiet=quiet)
        return
    checked = _checked(plans)
    room = room_for(form)
    show_rows(
        *check_rows(checked, every_entry=entries), lambda: list(check_tables(checked, room, every_entry=entries)), form, color
    )
    figures, wrong = sum(each.figures for each in checked), sum(len(each.wrong) for each in checked)
    left = f" ({', '.join(silent)}: nothing expected)" if silent else ""
    verdict = f"{counted(wrong, 'quantity')} off" if wrong else "all hold"
    note(f"{counted(figures, 'figure')} of {counted(len(checked), 'config')} compared{left}: {verdict}", quiet=quiet)
    if wrong:
        raise typer.Exit(FAILED)


def _loaded(
    configs: Sequence[str], settings: tuple[str, ...], axes: tuple[str, ...], *, expecting: bool
) -> tuple[list[Plan], list[str]]:
    """Load all configs before any of them runs; also give the names of those in folders that expect nothing, if they should."""
    from yann.config.load import load
    from yann.config.options import find_config

    plans: list[Plan] = []
    silent: list[str] = []
    problems: list[Problem] = []
    for argument, named in _arguments(configs):
        try:
            plan = load(find_config(argument, settings, axes))
        except RefusedError:
            raise
        except ConfigError as error:
            problems += error.problems
            continue
        if plan.expect.value is not None or not expecting:
            plans.append(plan)
        elif named:
            raise UsageError(f"{argument}: the config has no `expect` block, so there is nothing to compare")
        else:
            silent.append(plan.experiment.name)
    if problems:
        raise ConfigError(problems)
    if not plans:
        raise UsageError(f"{', '.join(configs)}: no config with an `expect` block, so there is nothing to compare")
    return plans, silent


def _checked(plans: Sequence[Plan]) -> list[Checked]:
    """Compare every config with what it expects; what cannot be compared in any of them is told at once."""
    from yann.check.compare import compare
    from yann.config.expect import expectations
    from yann.explain.notation import notation_of
    from yann.report.check import Checked

    found = []
    problems: list[Problem] = []
    for plan in plans:
        try:
            compared = compare(plan.experiment, notation_of(plan.experiment), expectations(plan))
        except RefusedError:
            raise
        except ConfigError as error:
            problems += error.problems
            continue
        found.append(Checked(plan.experiment.name, plan.experiment, tuple(compared)))
    if problems:
        raise ConfigError(problems)
    return found


def _is_config(path: Path, folder: Path) -> bool:
    """Tell whether a file of a folder is a config of its own: not hidden, and no copy that a run has kept."""
    inside = path.relative_to(folder)
    return not any(part.startswith(".") for part in inside.parts) and not (path.parent / "manifest.json").exists()


def _arguments(configs: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Walk the configs: those that were named, and those that lie in folders, at any depth."""
    from yann.config.options import bundled, bundled_folder

    for argument in configs or [str(bundled_folder())]:
        folder = Path(argument)
        if not folder.is_dir() or argument in bundled():  # a folder of a bundled config's name is meant with a / behind it
            yield argument, True
            continue
        inside = sorted(path for pattern in ("*.yaml", "*.yml") for path in folder.rglob(pattern) if _is_config(path, folder))
        if not inside:
            raise UsageError(f"{argument}: no config (*.yaml) in this folder")
        yield from ((str(path), False) for path in inside)
