"""The command `yann resume`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yann.cli.conduct import carry_out, finish, print_outcome
from yann.cli.options import (
    Color,
    ColorOption,
    ExecutorOption,
    FailFast,
    Format,
    FormatOption,
    Jobs,
    Quiet,
    Scheduler,
    SchedulerFile,
)
from yann.cli.output import chosen, note
from yann.cli.wishes import Shard, Wishes, workers_of
from yann.errors import UsageError

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
    from yann.report.journal import open_journal

    run = run.resolve()
    if not (run / JOURNAL).exists():
        if (run / "manifest.json").exists() and (run / "layers.csv").exists():
            note(f"{run}: this run is finished; there is nothing to go on with", quiet=quiet)
            return
        raise UsageError(f"{run}: no run that could be gone on with; it would have a journal")
    workers, cluster = workers_of(jobs, executor, scheduler, scheduler_file)
    journal = open_journal(run / JOURNAL)
    folder = old_run(run)
    try:
        plan = planned(run, journal)
    except BaseException:
        folder.finish("interrupted")
        journal.close()
        raise
    head = journal.head
    wishes = Wishes(
        chosen(form, Format.csv), color, run.parent.parent, quiet, head["plots"], head["plot_format"], head["metric"], fail_fast,
        workers, executor, cluster, Shard(*head["shard"]), head["cache"],
    )  # fmt: skip
    outcome, printed = carry_out(plan, folder, lambda: journal, wishes)
    with printed:
        print_outcome(plan, outcome, printed, wishes, head["what"])
    if code := finish(outcome, wishes):
        raise typer.Exit(code)


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
        raise UsageError(
            f"{path}: has changed since the run was begun; results of two configs do not mix. Take the change back, or run the "
            f"config anew:\n{difference(begun, now, 'as the run was begun', 'as it is now')}"
        )


def difference(one: str, two: str, first: str, second: str) -> str:
    """Give the lines in which two texts differ, as diff would, and what each of them is."""
    from difflib import unified_diff

    return "\n".join(unified_diff(one.splitlines(), two.splitlines(), first, second, lineterm="", n=1))
