"""The command `yann sweep`."""

from __future__ import annotations

from pathlib import Path

import typer

from yann.cli.conduct import conduct
from yann.cli.options import (
    Axes,
    CacheOption,
    Color,
    ColorOption,
    ConfigArgument,
    DryRun,
    ExecutorOption,
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
    Scheduler,
    SchedulerFile,
    Settings,
    ShardOption,
)
from yann.cli.output import chosen, show_rows
from yann.cli.wishes import Wishes, check_metric, shard_of, workers_of


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
    jobs: Jobs = None,
    executor: ExecutorOption = "auto",
    scheduler: Scheduler = None,
    scheduler_file: SchedulerFile = None,
    shard: ShardOption = None,
    cache: CacheOption = False,
    fail_fast: FailFast = False,
    quiet: Quiet = False,
    color: ColorOption = Color.auto,
) -> None:
    """Run every cell of a config, show gradients per layer, and write the run.

    Example: yann sweep depth --grid network.depth=2:10:2
    """
    from yann.config.load import load
    from yann.config.options import find_config
    from yann.report.dry_run import dry_run_rows, dry_run_table

    plan = load(find_config(config, tuple(settings or ()), tuple(axes or ())))
    check_metric(plan, metric)
    workers, cluster = workers_of(jobs, executor, scheduler, scheduler_file)
    wishes = Wishes(
        form=chosen(form, Format.csv), color=color, out=out, quiet=quiet, plots=plots, plot_format=plot_format.value,
        metric=metric, fail_fast=fail_fast, jobs=workers, executor=executor, cluster=cluster, shard=shard_of(shard), cache=cache,
    )  # fmt: skip
    if dry_run:
        show_rows(*dry_run_rows(plan.experiment), lambda: [dry_run_table(plan.experiment, wishes.room)], wishes.form, color)
        return
    raise typer.Exit(conduct(plan, wishes, "sweep"))
