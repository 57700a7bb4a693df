"""The command `yann explain`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from yann.cli.one_cell import CellOption, one_cell
from yann.cli.options import Axes, Color, ColorOption, Format, FormatOption, Quiet, Settings
from yann.cli.output import chosen, emit, emit_source, note, room_for, show
from yann.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from yann.explain.scene import Scene
    from yann.report.grid import Grid
    from yann.report.matrices import Sheet
    from yann.report.prose import Prose
    from yann.report.rows import Row
    from yann.study.cell import Experiment

FEW_LAYERS = 3
"""Layers up to which every weight matrix is explained without being asked for."""


@dataclass(frozen=True)
class _Wishes:
    """What is to be shown of which step, and how."""

    experiment: Experiment
    scene: Scene
    sample: int | None
    form: Format
    derivation: str | None
    """latex, markdown, or none."""
    color: Color
    quiet: bool

    @property
    def room(self) -> int | None:
        """Give the width of tables."""
        return room_for(self.form)


def explain(
    config: Annotated[str, typer.Argument(metavar="CONFIG", help="A path, - or a bundled config's name.")],
    weight: Annotated[
        str | None, typer.Argument(metavar="[WEIGHT]", help="One weight, as in 'W1[0,2]': its paths to the loss.")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="NAME", help="The chain's end: W1, b1, Z1, A1 or X; with --tape the pairs by it."),
    ] = None,
    tape: Annotated[bool, typer.Option("--tape", help="What a framework's tape returns, beside the Jacobians.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="The derivation in LaTeX.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The derivation in Markdown.")] = False,
    sample: Annotated[int | None, typer.Option("--sample", min=0, metavar="N", help="Which sample; default: the first.")] = None,
    step: Annotated[int, typer.Option("--step", min=0, metavar="K", help="After how many updates.")] = 0,
    cell: CellOption = 0,
    settings: Settings = None,
    axes: Axes = None,
    form: FormatOption = Format.auto,
    quiet: Quiet = False,
    color: ColorOption = Color.auto,
) -> None:
    """Show where a gradient comes from: the chain of Jacobians from the loss to any weight, number by number.

    With a weight the paths from that weight to the loss; with --tape what a framework's tape makes of every pair.

    Example: yann explain yann --to W1
    """
    from dataclasses import replace

    import numpy as np

    from yann.config.load import load
    from yann.config.options import find_config
    from yann.explain.notation import notation_of
    from yann.explain.scene import scene_of

    if weight is not None and (to is not None or tape):
        raise UsageError("a weight, and --to or --tape, ask for different things; give one of them")
    if latex + markdown + (form is not Format.auto) > 1:
        raise UsageError("--latex, --markdown and --format each say how to write; give one of them")
    if tape and (latex or markdown):
        raise UsageError("--tape writes tables, no derivation; -f md gives them in Markdown")
    experiment = load(find_config(config, tuple(settings or ()), tuple(axes or ()))).experiment
    spec = replace(one_cell(experiment, cell, quiet=quiet), replicates=1)
    scene = scene_of(spec, step, notation_of(experiment))
    if sample is not None and sample >= scene.N:
        has = "is one sample, which is 0" if scene.N == 1 else f"are {scene.N} samples, 0 to {scene.N - 1}"
        raise UsageError(f"--sample {sample}: there {has}")
    derivation = "latex" if latex else "markdown" if markdown else None
    wishes = _Wishes(experiment, scene, sample, chosen(form, Format.csv), derivation, color, quiet)
    with np.errstate(all="ignore"):  # an exploding gradient is a result
        if tape:
            _show_tape(wishes, to)
        elif weight is not None:
            _show_paths(wishes, weight)
        else:
            _show_chain(wishes, to)


def _show_chain(wishes: _Wishes, to: str | None) -> None:
    from yann.explain.explained import Explained
    from yann.report.chain_data import COLUMNS, chain_json, chain_rows
    from yann.report.chains import chain_sheets
    from yann.report.derivation import chain_derivation

    scene, experiment = wishes.scene, wishes.experiment
    targets = [to] if to is not None else [f"W{layer}" for layer in range(scene.layers, 0, -1)]
    if to is None and scene.layers > FEW_LAYERS:
        targets = ["W1"]
        note(f"the chain to W1; --to W{scene.layers} and others show another", quiet=wishes.quiet)
    explained = [Explained(scene, wishes.sample or 0, each) for each in targets]
    if wishes.derivation is not None:
        _emit_derivation(chain_derivation(experiment, explained, wishes.derivation), wishes.derivation)
        return
    told = _about(wishes) if to is None else []
    _show(
        wishes, lambda: chain_json(experiment, explained), COLUMNS, lambda: chain_rows(explained),
        lambda: [*chain_sheets(explained, wishes.room), *told],
    )  # fmt: skip


def _show_tape(wishes: _Wishes, to: str | None) -> None:
    from yann.explain.taped import taped
    from yann.report.tapes import COLUMNS, tape_json, tape_rows, tape_sheets

    n = wishes.sample or 0
    pairs = list(taped(wishes.scene, to, n))
    _show(
        wishes, lambda: tape_json(wishes.experiment, pairs, n), COLUMNS, lambda: tape_rows(pairs, n),
        lambda: list(tape_sheets(wishes.scene, pairs, n, wishes.room)),
    )  # fmt: skip


def _show_paths(wishes: _Wishes, weight: str) -> None:
    from yann.explain.entry import entry
    from yann.explain.paths import ledger
    from yann.explain.scene import FEW_SAMPLES
    from yann.report.derivation import ledger_derivation
    from yann.report.paths import COLUMNS, ledger_json, ledger_rows, ledger_tables

    scene, sample = wishes.scene, wishes.sample
    few = scene.N <= FEW_SAMPLES
    samples = (sample,) if sample is not None else tuple(range(scene.N if few else 1))
    found = ledger(scene.cell, scene.state, scene.notation, entry(weight), samples=samples)
    if sample is None and not few:
        note(f"sample 0 of {scene.N}; --sample N shows another", quiet=wishes.quiet)
    if len(found.samples[0].paths) < found.count and wishes.form is not Format.table:
        note(f"the {len(found.samples[0].paths)} largest of many paths", quiet=wishes.quiet)
    if wishes.derivation is not None:
        _emit_derivation(ledger_derivation(wishes.experiment, found, wishes.derivation), wishes.derivation)
        return
    _show(
        wishes, lambda: ledger_json(found), COLUMNS, lambda: ledger_rows(found),
        lambda: list(ledger_tables(found, wishes.room)),
    )  # fmt: skip


def _emit_derivation(text: str, form: str) -> None:
    """Print a derivation; LaTeX takes it for UTF-8, and a backslash for the beginning of a command."""
    if form == "latex":
        emit_source(text, backslash=r"\textbackslash{}")
    else:
        emit(text)


def _about(wishes: _Wishes) -> list[Prose]:
    from yann.report.prose import Prose

    return [Prose(wishes.experiment.about, wishes.room)] if wishes.experiment.about else []


def _show(
    wishes: _Wishes,
    whole: Callable[[], dict[str, Any]],
    header: Sequence[str],
    rows: Callable[[], Iterable[Row]],
    sheets: Callable[[], Sequence[Grid | Sheet | Prose]],
) -> None:
    """Print an explanation: as one object, as a row an entry, or as sheets."""
    from yann.report.rows import csv_text
    from yann.text import json_dumped

    if wishes.form in (Format.json, Format.jsonl):
        emit(json_dumped(whole()) + "\n")
    elif wishes.form is Format.csv:
        emit(csv_text([list(header), *rows()]))
    else:
        show(sheets(), wishes.form, wishes.color)
