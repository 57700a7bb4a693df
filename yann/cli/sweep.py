"""The command `yann sweep`."""

from __future__ import annotations

from pathlib import Path

import typer

from yann.cli.conduct import Wishes, check_metric, conduct, finish, print_rows
from yann.cli.options import (
    Axes,
    Color,
    ColorOption,
    ConfigArgument,
    DryRun,
    FailFast,
    Format,
    FormatOption,
    Jobs,
    MetricOption,
    Out,
    PlotFormat,
    PlotFormatOption,
    Plots,
    Quiet,
    Settings,
)
from yann.cli.output import chosen, show, show_rows, width


def sweep(
    config: ConfigArgument,
    settings: Settings = None,
    axes: Axes = None,
    form: FormatOption = Format.auto,
    metric: MetricOption = None,
    out: Out = Path("outputs"),
    plots: Plots = True,
    plot_format: PlotFormatOption = PlotFormat.png,
    dry_run: DryRun = False,
    jobs: Jobs = 1,
    fail_fast: FailFast = False,
    quiet: Quiet = False,
    color: ColorOption = Color.auto,
) -> None:
    """Run every cell of a config, show gradients per layer, and write the run.

    Example: yann sweep depth --grid network.depth=2:10:2
    """
    from yann.config.load import load
    from yann.config.options import find_config
    from yann.report.tables import dry_run_rows, dry_run_table, sweep_tables

    plan = load(find_config(config, tuple(settings or ()), tuple(axes or ())))
    check_metric(plan, metric)
    wishes = Wishes(chosen(form, Format.csv), color, out, quiet, plots, plot_format.value, metric, fail_fast, jobs)
    room = width() if wishes.form is Format.table else None
    if dry_run:
        show_rows(*dry_run_rows(plan.experiment), lambda: [dry_run_table(plan.experiment)], wishes.form, color)
        return
    outcome, printed = conduct(plan, wishes, "sweep")
    with printed:
        if wishes.form in (Format.table, Format.md):
            if outcome.digests:
                show(sweep_tables(plan.experiment, outcome.digests, outcome.metric, room), wishes.form, color)
        else:
            print_rows(printed, wishes.form)
    if code := finish(outcome, wishes):
        raise typer.Exit(code)
