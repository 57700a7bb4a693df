"""The command `yann train`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from yann.errors import UsageError

if TYPE_CHECKING:
    from yann.config.load import Plan
    from yann.config.options import Given


def train(
    config: ConfigArgument,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, metavar="N", help="Times through the samples.")] = None,
    steps: Annotated[int | None, typer.Option("--steps", min=1, metavar="N", help="Updates to make.")] = None,
    lr: Annotated[float | None, typer.Option("--lr", metavar="RATE", help="The optimizer's learning rate.")] = None,
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
    """Train every cell of a config: loss, accuracy and gradients per layer over time.

    With mini-batches a cell is measured once an epoch, unless the config says every how many updates.

    Example: yann train digits --epochs 5
    """
    from yann.config.options import find_config
    from yann.report.dry_run import dry_run_rows, dry_run_table

    given = find_config(config, tuple(settings or ()), tuple(axes or ()))
    if lr is not None:
        given = replace(given, settings=(*given.settings, f"optimizer.lr={lr!r}"))
    plan = _with_steps(given, epochs, steps)
    check_metric(plan, metric)
    workers, cluster = workers_of(jobs, executor, scheduler, scheduler_file)
    wishes = Wishes(
        form=chosen(form, Format.csv), color=color, out=out, quiet=quiet, plots=plots, plot_format=plot_format.value,
        metric=metric, fail_fast=fail_fast, jobs=workers, executor=executor, cluster=cluster, shard=shard_of(shard), cache=cache,
    )  # fmt: skip
    if dry_run:
        show_rows(*dry_run_rows(plan.experiment), lambda: [dry_run_table(plan.experiment, wishes.room)], wishes.form, color)
        return
    raise typer.Exit(conduct(plan, wishes, "train"))


def _with_steps(given: Given, epochs: int | None, steps: int | None) -> Plan:
    """Load the config with as many updates as were asked for, measured once an epoch where it has mini-batches."""
    from yann.config.load import load
    from yann.study.data import updates_per_epoch

    if epochs is not None and steps is not None:
        raise UsageError("--epochs and --steps both say how long to train; give one of them")
    plan = load(given)
    epoch, *others = {updates_per_epoch(cell) for cell in plan.experiment.cells}
    if others and epochs is not None:
        raise UsageError("the cells differ in the updates that an epoch takes; say --steps instead of --epochs")
    wanted = steps if epochs is None else epochs * epoch
    more = [] if wanted is None else [f"steps={wanted}"]
    if "every" not in plan.keys and not others and plan.experiment.cells[0].batch is not None:
        more.append(f"every={epoch}")
    plan = load(replace(given, settings=(*given.settings, *more))) if more else plan
    if not any(cell.steps for cell in plan.experiment.cells):
        raise UsageError("steps is 0, so there is nothing to train: add --epochs N or --steps N, or set steps in the config")
    return plan
