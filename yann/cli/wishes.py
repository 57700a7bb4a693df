"""What the options of a command that runs cells ask for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from yann.cli.options import Color, Format
from yann.cli.output import room_for
from yann.errors import UsageError
from yann.text import visible

if TYPE_CHECKING:
    from yann.config.load import Plan


@dataclass(frozen=True)
class Shard:
    """Every `of`-th cell, beginning with number `number` - 1."""

    number: int
    count: int

    def of(self, cells: int) -> range:
        """Give the cells of the shard."""
        return range(self.number - 1, cells, self.count)


ALL = Shard(1, 1)


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the options of a command ask for."""

    form: Format
    color: Color
    out: Path
    quiet: bool
    plots: bool
    plot_format: str
    metric: str | None
    fail_fast: bool
    jobs: int
    executor: str = "auto"
    cluster: dict[str, str] = field(default_factory=dict)
    """Where Dask's scheduler is, if it is elsewhere."""
    shard: Shard = ALL
    cache: bool = False
    """Whether results are taken from earlier runs, and kept for later ones."""

    @property
    def tables(self) -> bool:
        """Tell whether tables are to be printed, and not rows."""
        return self.form in (Format.table, Format.md)

    @property
    def shown(self) -> bool:
        """Tell whether somebody looks at what is found, in tables or plots."""
        return self.plots or self.tables

    @property
    def room(self) -> int | None:
        """Give the characters that a line of a table may take, None: any."""
        return room_for(self.form)


def shard_of(text: str | None) -> Shard:
    """Read I/N.

    Raises:
        UsageError: if that is not what it is.

    """
    if text is None:
        return ALL
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise UsageError(f"--shard {visible(text)}: is written I/N, as in 2/8, with I from 1 to N")
    return Shard(int(number), int(count))


def workers_of(jobs: int | None, executor: str, scheduler: str | None, scheduler_file: str | None) -> tuple[int, dict[str, str]]:
    """Check how the work is to be spread; give the number of workers, and where Dask's scheduler is.

    Raises:
        UsageError: if there is no such executor, or a scheduler is named for another one than Dask.

    """
    from yann.registry import offered
    from yann.study.executors import AUTO, EXECUTORS, cores

    if executor != AUTO and executor not in EXECUTORS:
        raise UsageError(f"--executor: no executor '{visible(executor)}'; {offered(executor, [AUTO, *EXECUTORS])}")
    cluster = {name: value for name, value in (("scheduler", scheduler), ("scheduler_file", scheduler_file)) if value is not None}
    if cluster and executor != "dask":
        raise UsageError(f"--{min(cluster).replace('_', '-')} goes with --executor dask")
    if len(cluster) > 1:
        raise UsageError("--scheduler and --scheduler-file both say where the scheduler is; give one of them")
    return jobs or cores(), cluster


def check_metric(plan: Plan, metric: str | None) -> None:
    """Check that a metric that table and plots are to show is measured.

    Raises:
        UsageError: if it is not.

    """
    from yann.registry import offered

    measured = [str(each) for each in plan.experiment.measure]
    if metric is not None and metric not in measured:
        raise UsageError(f"--metric {visible(metric)}: not measured; {offered(metric, measured)}")
