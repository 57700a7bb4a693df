"""The command `yann resume`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yann.cli.conduct import carry_out
from yann.cli.options import (
    Color,
    ColorOption,
    ExecutorOption,
    FailFast,
    Format,
    FormatOption,
    Jobs,
    PlotFormat,
    Quiet,
    Scheduler,
    SchedulerFile,
)
from yann.cli.output import chosen, note
from yann.cli.wishes import Shard, Wishes, workers_of
from yann.errors import FileError, UsageError

if TYPE_CHECKING:
    from yann.config.load import Plan
    from yann.report.journal import Journal


def resume(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run that did not come to its end.")],
    form: FormatOption = Format.auto,
    jobs: Jobs = None,
    executor: ExecutorOption = "auto",
    scheduler: Scheduler = None,
    scheduler_file: SchedulerFile = None,
    fail_fast: FailFast = False,
    quiet: Quiet = False,
    color: ColorOption = Color.auto,
) -> None:
    """Finish a run that was interrupted: what is done is kept, what is missing is done, and the files are the same.

    Example: yann resume outputs/depth/latest
    """
    from yann.report.files import JOURNAL, old_run

    run = home_of(run)
    if not (run / JOURNAL).exists():
        if (run / "manifest.json").exists() and (run / "layers.csv").exists():
            note(f"{run}: this run is finished; there is nothing to go on with", quiet=quiet)
            return
        raise UsageError(f"{run}: no run that could be gone on with; it would have a journal")
    workers, cluster = workers_of(jobs, executor, scheduler, scheduler_file)
    journal = journal_of(run)
    try:
        folder = old_run(run)
    except BaseException:
        journal.close()
        raise
    try:
        plan = planned(run, journal)
    except BaseException:
        folder.finish("interrupted")
        journal.close()
        raise
    head = journal.head
    wishes = Wishes(
        form=chosen(form, Format.csv), color=color, out=run.parent.parent, quiet=quiet, plots=head["plots"],
        plot_format=head["plot_format"], metric=head["metric"], fail_fast=fail_fast, jobs=workers, executor=executor,
        cluster=cluster, shard=Shard(*head["shard"]), cache=head["cache"],
    )  # fmt: skip
    raise typer.Exit(carry_out(plan, folder, lambda: journal, wishes))


def home_of(run: Path) -> Path:
    """Give the folder that a run is in, where `latest` leads to it.

    Raises:
        FileError: if `latest` leads out of the experiment's folder, which no link that yann has made does.

    """
    home = run.resolve()
    if run.name == "latest" and run.is_symlink() and home.parent != run.parent.resolve():
        raise FileError(f"{run}: this link leads out of its folder, to {home}; name the run itself")
    return home


def journal_of(run: Path) -> Journal:
    """Open the journal of a run.

    Raises:
        FileError: if it is a link, or says nothing that a run can be gone on with by.

    """
    from yann.report.files import JOURNAL, check_own
    from yann.report.journal import open_journal

    check_own(run / JOURNAL)
    journal = open_journal(run / JOURNAL)
    if not _is_whole(journal.head):
        journal.close()
        raise FileError(f"{journal.path}: this is no journal of a run")
    return journal


def _is_whole(head: object) -> bool:
    """Tell whether a journal says all that there is to know of its run, as yann would have said it."""
    match head:
        case {
            "engine": int() | str(), "what": "sweep" | "train", "given": str(), "resolved": str(), "data": dict(),
            "shard": [int(number), int(count)], "plots": bool(), "plot_format": plot_format, "metric": str() | None,
            "cache": bool(),
        }:  # fmt: skip
            return 1 <= number <= count and plot_format in list(PlotFormat)
    return False


def planned(run: Path, journal: Journal) -> Plan:
    """Load the config that the run was begun with.

    Raises:
        UsageError: if the run's config, or yann's engine, has changed since.

    """
    from yann.config.load import load
    from yann.config.options import Given
    from yann.engine import ENGINE
    from yann.study.content import files_of

    head = journal.head
    if head["engine"] != ENGINE:
        raise UsageError(f"{run}: begun with engine {head['engine']} of yann, and this is {ENGINE}: run its config.yaml anew")
    for name, begun in (("config.yaml", head["given"]), ("resolved.yaml", head["resolved"])):
        _check_unchanged(run / name, begun)
    plan = load(Given(head["resolved"].encode(), str(run / "resolved.yaml"), run, run.parent.name))
    for path, digest in files_of(plan.experiment).items():
        if head["data"].get(path) != digest:
            raise UsageError(
                f"{path}: has changed since {run} was begun; results of two sets of data do not mix. Bring the file back, or run "
                f"{run / 'config.yaml'} anew"
            )
    return plan


def _check_unchanged(path: Path, begun: str) -> None:
    if not path.exists():
        return
    now = path.read_bytes().decode("utf-8", "surrogateescape")
    if now != begun:
        error = UsageError(
            f"{path}: has changed since the run was begun; results of two configs do not mix. Take the change back, or run the "
            "config anew:"
        )
        add_difference(error, begun, now, "as the run was begun", "as it is now")
        raise error


def add_difference(error: UsageError, one: str, two: str, first: str, second: str) -> None:
    """Add to what is told the lines in which two texts differ, as diff would, and what each of them is."""
    from difflib import unified_diff

    for line in unified_diff(one.splitlines(), two.splitlines(), first, second, lineterm="", n=1):
        error.add_note(line)
