"""The command `yann explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from yann.cli.options import Axes, Color, ColorOption, Format, FormatOption, Quiet, Settings
from yann.cli.output import chosen, emit, note, show, width
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
FEW_SAMPLES = 8
"""Samples up to which a path ledger shows every one."""


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
    cell: Annotated[int, typer.Option("--cell", min=0, metavar="I", help="Which cell of a sweep.")] = 0,
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
    from yann.config.load import load
    from yann.config.options import find_config

    if weight is not None and (to is not None or tape):
        raise UsageError("a weight, and --to or --tape, ask for different things; give one of them")
    if latex and markdown:
        raise UsageError("--latex and --markdown are two ways to write one derivation; give one of them")
    experiment = load(find_config(config, tuple(settings or ()), tuple(axes or ()))).experiment
    if cell >= len(experiment.cells):
        raise UsageError(f"--cell {cell}: the config has {len(experiment.cells)} cells, 0 to {len(experiment.cells) - 1}")
    if len(experiment.cells) > 1:
        note(f"cell {cell} of {len(experiment.cells)}; --cell shows another", quiet=quiet)
    scene = _scene(experiment, cell, step)
    if sample is not None and sample >= scene.N:
        raise UsageError(f"--sample {sample}: there are {scene.N} samples, 0 to {scene.N - 1}")
    form = chosen(form, Format.csv)
    room = width() if form is Format.table else None
    try:
        if tape:
            if latex or markdown:
                raise UsageError("--tape writes tables, no derivation; -f md gives them in Markdown")
            _show_tape(experiment, scene, to, sample or 0, form, color, room)
        elif weight is not None:
            _show_paths(
                experiment, scene, weight, sample, "latex" if latex else "markdown" if markdown else None, form, color, room
            )
        else:
            _show_chain(
                experiment, scene, to, sample or 0, "latex" if latex else "markdown" if markdown else None, form, color, room
            )
    except ValueError as error:
        raise UsageError(str(error)) from None


def _scene(experiment: Experiment, cell: int, step: int) -> Scene:
    from dataclasses import replace

    from yann.explain.notation import notation_of
    from yann.explain.scene import scene_of

    return scene_of(replace(experiment.cells[cell], replicates=1), step, notation_of(experiment))


def _show_chain(
    experiment: Experiment,
    scene: Scene,
    to: str | None,
    n: int,
    written: str | None,
    form: Format,
    color: Color,
    room: int | None,
) -> None:
    from yann.explain.explained import Explained
    from yann.report.chain_data import COLUMNS, chain_json, chain_rows
    from yann.report.chains import chain_sheets
    from yann.report.derivation import chain_derivation

    targets = [to] if to is not None else [f"W{layer}" for layer in range(scene.layers, 0, -1)]
    if to is None and scene.layers > FEW_LAYERS:
        targets = ["W1"]
        note(f"the chain to W1; --to W{scene.layers} and others show another")
    explained = [Explained(scene, n, each) for each in targets]
    if written is not None:
        emit(chain_derivation(experiment, explained, written))
        return
    _show(
        form, color, lambda: chain_json(experiment, explained), COLUMNS, lambda: chain_rows(explained),
        lambda: [*chain_sheets(explained, room), *(_told(experiment, room) if to is None else [])],
    )  # fmt: skip


def _show_tape(
    experiment: Experiment, scene: Scene, to: str | None, n: int, form: Format, color: Color, room: int | None
) -> None:
    from yann.report.tapes import COLUMNS, tape_json, tape_rows, tape_sheets, taped

    pairs = list(taped(scene, to, n))
    _show(
        form, color, lambda: tape_json(experiment, pairs, n), COLUMNS, lambda: tape_rows(pairs, n),
        lambda: list(tape_sheets(scene, pairs, n, room)),
    )  # fmt: skip


def _show_paths(
    experiment: Experiment, scene: Scene, text: str, sample: int | None, written: str | None, form: Format, color: Color,
    room: int | None,
) -> None:  # fmt: skip
    from yann.explain.entry import entry
    from yann.explain.paths import MOST_PATHS, ledger
    from yann.report.derivation import ledger_derivation
    from yann.report.paths import COLUMNS, ledger_json, ledger_rows, ledger_tables

    wanted = entry(text)
    few = scene.N <= FEW_SAMPLES
    samples = (sample,) if sample is not None else tuple(range(scene.N if few else 1))
    found = ledger(scene.cell, scene.state, scene.notation, wanted, samples=samples, most=MOST_PATHS)
    if sample is None and not few:
        note(f"sample 0 of {scene.N}; --sample N shows another")
    if written is not None:
        emit(ledger_derivation(experiment, found, written))
        return
    _show(
        form, color, lambda: ledger_json(found), COLUMNS, lambda: ledger_rows(found),
        lambda: list(ledger_tables(found, room)),
    )  # fmt: skip


def _told(experiment: Experiment, room: int | None) -> list[Prose]:
    from yann.report.prose import Prose

    return [Prose(experiment.about, room)] if experiment.about else []


def _show(
    form: Format,
    color: Color,
    whole: Callable[[], dict[str, Any]],
    header: Sequence[str],
    rows: Callable[[], Iterable[Row]],
    sheets: Callable[[], Sequence[Grid | Sheet | Prose]],
) -> None:
    """Print an explanation: as one object, as a row an entry, or as sheets."""
    import json

    from yann.report.rows import csv_text

    if form in (Format.json, Format.jsonl):
        emit(json.dumps(whole(), ensure_ascii=False, allow_nan=False) + "\n")
    elif form is Format.csv:
        emit(csv_text([list(header), *rows()]))
    else:
        show(sheets(), form, color)
