"""The command `yann step`."""

from __future__ import annotations

from typing import Annotated

import typer

from yann.cli.one_cell import CellOption, one_cell
from yann.cli.options import Axes, Color, ColorOption, Format, FormatOption, Quiet, Settings
from yann.cli.output import chosen, emit, note, room_for, show

MOST_STEPS = 50
"""Steps of a config that are shown whole; who wants more says so."""


def step(
    config: Annotated[
        str, typer.Argument(metavar="[CONFIG]", help="A path, - or a bundled config; default: the YANN network.")
    ] = "yann",
    lr: Annotated[float | None, typer.Option("--lr", metavar="RATE", help="The optimizer's learning rate.")] = None,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, metavar="K", help="Updates to make; default: the config's, if they are few.")
    ] = None,
    cell: CellOption = 0,
    per_sample: Annotated[
        bool | None,
        typer.Option("--per-sample/--no-per-sample", help="Each sample's own gradient; default: of 2 to 8.", show_default=False),
    ] = None,
    settings: Settings = None,
    axes: Axes = None,
    form: FormatOption = Format.auto,
    quiet: Quiet = False,
    color: ColorOption = Color.auto,
) -> None:
    """Make optimizer steps and show everything: Z, A, dA, dZ, dW, db, loss, weights before and after.

    With momentum or Adam also velocity or moments after the step, and the update; of a small batch each sample's own gradient.

    Example: yann step --lr 0.01
    """
    from dataclasses import replace

    import numpy as np

    from yann.config.load import load
    from yann.config.options import find_config
    from yann.explain.scene import FEW_SAMPLES
    from yann.report.rows import csv_text
    from yann.report.steps import ENTRY_COLUMNS, FEW_ENTRIES, Steps, entry_rows, step_sheets, steps_json
    from yann.study.data import samples_per_update
    from yann.study.run import start, walk
    from yann.text import json_dumped

    told = (*(settings or ()), *([] if lr is None else [f"optimizer.lr={lr!r}"]))
    experiment = load(find_config(config, told, tuple(axes or ()))).experiment
    spec = one_cell(experiment, cell, quiet=quiet)
    if steps is None and spec.steps > MOST_STEPS:
        note(f"the config makes {spec.steps} steps; this is the first, and --steps K shows more", quiet=quiet)
    spec = replace(spec, steps=steps or (spec.steps if 0 < spec.steps <= MOST_STEPS else 1))
    everyone = range(spec.replicates)
    with np.errstate(all="ignore"):
        params, _, batches = start(spec, everyone)
        states = [state for state in walk(spec, params, batches) if state.after is not None]
        if per_sample is None:
            N = samples_per_update(spec)
            per_sample = 1 < N <= FEW_SAMPLES and N * spec.network.size * spec.replicates <= FEW_ENTRIES
        made = Steps(experiment, spec, states, per_sample)
        form = chosen(form, Format.json)
        if form in (Format.json, Format.jsonl):
            objects = [steps_json(made, r) for r in everyone]
            if form is Format.jsonl:
                emit("".join(f"{json_dumped(each)}\n" for each in objects))
            else:
                emit(json_dumped(objects[0] if len(objects) == 1 else objects) + "\n")
        elif form is Format.csv:
            emit(csv_text([ENTRY_COLUMNS, *(row for r in everyone for row in entry_rows(made, r))]))
        else:
            room = room_for(form)
            show(list(step_sheets(made, room)), form, color)
