"""What sweep and train have in common: load, run every cell, write the run, and only then show it."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from yann.cli.options import Format
from yann.cli.output import emit, note, show, width
from yann.cli.wishes import ALL, Wishes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from yann.config.load import Plan
    from yann.report.digest import Digest
    from yann.report.files import RunFolder
    from yann.report.journal import Journal
    from yann.report.sink import Sink
    from yann.study.cell import Experiment
    from yann.study.pieces import Done
    from yann.study.result import Result

CELLS_FAILED = 4
FEW_CELLS = 1000
"""Cells up to which every metric of each is kept for the table; of more, only what their table and plots show."""
BLOCK = 1 << 20


@dataclass(frozen=True)
class Outcome:
    """What is left of a run in memory: a digest of every cell that ran, and the reasons of those that did not."""

    folder: Path
    digests: list[Digest]
    failures: list[tuple[int, str]]
    metric: str


def conduct(plan: Plan, wishes: Wishes, what: str) -> tuple[Outcome, IO[bytes]]:
    """Run every cell into a folder of its own; also give the rows of layers.csv in the format that is to be printed."""
    from yann.engine import ENGINE
    from yann.report.files import JOURNAL, new_run
    from yann.report.journal import new_journal

    _check_disk(plan.experiment, wishes.out)
    folder = new_run(wishes.out, plan.experiment.name, plan.experiment.cells[0].seed)
    head = {
        "format": 1,
        "engine": ENGINE,
        "what": what,
        "given": plan.given.decode("utf-8", "surrogateescape"),
        "resolved": plan.resolved,
        "shard": [wishes.shard.number, wishes.shard.count],
        "plots": wishes.plots,
        "plot_format": wishes.plot_format,
        "metric": wishes.metric,
    }
    return carry_out(plan, folder, lambda: new_journal(folder.path / JOURNAL, head), wishes)


def _check_disk(experiment: Experiment, out: Path) -> None:
    """Check that the files of a run would fit the disk.

    Raises:
        RefusedError: if they would not.

    """
    from shutil import disk_usage

    from yann.errors import Problem, RefusedError
    from yann.study.budget import SHARE, bytes_for_people, disk

    there = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.is_dir())
    need, free = disk(experiment), disk_usage(there).free
    if need > SHARE * free:
        many = max(experiment.cells, key=lambda cell: cell.replicates * len(cell.measured_steps))
        key = "replicates" if many.replicates > len(many.measured_steps) else "steps" if many.steps else "sweep"
        sentence = (
            f"the files of this run would take about {bytes_for_people(need)}, and {bytes_for_people(free)} are free at {there}: "
            f"ask for less of it, or measure fewer metrics (measure), or have them elsewhere (--out)"
        )
        raise RefusedError([Problem("", key, sentence)])


def carry_out(plan: Plan, folder: RunFolder, begin: Callable[[], Journal], wishes: Wishes) -> tuple[Outcome, IO[bytes]]:
    """Do what the journal that `begin` gives does not hold yet, and write the files of the run from it."""
    from yann.report.digest import shown_metric
    from yann.report.files import JOURNAL

    experiment = plan.experiment
    wanted = wishes.shard.of(len(experiment.cells))
    printed = TemporaryFile()  # noqa: SIM115 - whoever prints the rows closes it
    tally = _Tally(experiment, wishes.metric, quiet=wishes.quiet)
    journal = None
    try:
        journal = begin()
        _write_config(folder, journal)
        _work(plan, folder, journal, wishes, wanted, tally, printed)
        metric = shown_metric(tally.digests, wishes.metric)
        if wishes.plots and tally.digests:
            _draw(plan, folder, tally.digests, metric, wishes.plot_format)
        ran = len(tally.digests) + len(tally.failures)
        whole = ran == len(wanted)
        status = f"stopped after {ran} cells" if not whole else "some cells failed" if tally.failures else "finished"
        folder.finish(status, cells=len(experiment.cells), ran=ran, failures=dict(tally.failures))
        if whole and wishes.shard == ALL:
            (folder.path / JOURNAL).unlink()
    except BaseException as error:
        printed.close()
        _leave(folder, journal, wishes, "failed" if isinstance(error, Exception) else "interrupted", len(wanted))
        raise
    journal.close()
    if not whole:
        note(f"yann resume {folder.path} goes on with it", quiet=wishes.quiet)
    return Outcome(folder.path, tally.digests, tally.failures, metric), printed


def _write_config(folder: RunFolder, journal: Journal) -> None:
    from yann.report.files import write

    for name, text in (("config.yaml", journal.head["given"]), ("resolved.yaml", journal.head["resolved"])):
        if not (folder.path / name).exists():
            write(folder.path / name, text.encode("utf-8", "surrogateescape"))


def _work(
    plan: Plan, folder: RunFolder, journal: Journal, wishes: Wishes, wanted: Sequence[int], tally: _Tally, printed: IO[bytes]
) -> None:
    """Have the missing pieces done and write them down as they come; the files follow in the order of the cells."""
    from yann.report.harvest import Harvest, missing
    from yann.report.progress import progress
    from yann.report.sink import Sink
    from yann.study.budget import fitting
    from yann.study.executors import drive, spread_for
    from yann.study.pieces import chunks, seconds, steps_of

    experiment = plan.experiment
    cells = experiment.cells
    pieces = list(missing(cells, wanted, journal))
    work = [*chunks(cells, pieces, experiment.measure)]
    if wishes.fail_fast:
        work = [single for chunk in work for single in chunk.singly()]  # so that nothing is begun after a failure
    predicted = sum(seconds(cells[piece.cell], piece.last - piece.first) for piece in pieces)
    spread = spread_for(wishes.executor, fitting(cells, wishes.jobs), len(work), predicted, **wishes.cluster)
    with ExitStack() as stack:
        sink = Sink(experiment, folder.path, wishes.form.value, printed, stack)
        harvest = Harvest(cells, wanted, journal, lambda index, outcome: tally.take(index, outcome, sink))
        harvest.add(sorted(journal.places))
        steps = sum(steps_of(cells[piece.cell], piece) for piece in pieces)
        tick = stack.enter_context(progress(steps, journal.head["what"], quiet=wishes.quiet))
        try:
            for finished in drive(work, spread, tick):
                journal.append(finished)
                if not spread.here:
                    for done in finished:
                        tick(steps_of(cells[done.piece.cell], done.piece))
                tally.hear(finished)
                harvest.add([done.piece for done in finished])
                if wishes.fail_fast and tally.heard:
                    break
        finally:
            harvest.rest()


def _leave(folder: RunFolder, journal: Journal | None, wishes: Wishes, status: str, wanted: int) -> None:
    """Leave a run that did not come to its end, as well as the disk still lets it; one whose journal has gone has come to it."""
    if journal is not None and not journal.path.exists():
        return
    if journal is not None:
        with suppress(OSError):
            journal.settle()
        journal.close()
    with suppress(OSError):
        folder.finish(status)
    done = 0 if journal is None else len({piece.cell for piece in journal.places})
    note(f"{status}: {done} of {wanted} cells are in {folder.path}", quiet=wishes.quiet)
    if journal is not None:
        note(f"yann resume {folder.path} goes on with it")


class _Tally:
    """What is left of the cells in memory."""

    def __init__(self, experiment: Experiment, metric: str | None, *, quiet: bool) -> None:
        self.experiment = experiment
        self.kept = None if len(experiment.cells) <= FEW_CELLS else {metric, "dW_rms", "log10_dW_rms", "dZ_rms"}
        self.quiet = quiet
        self.digests: list[Digest] = []
        self.failures: list[tuple[int, str]] = []
        self.heard: set[int] = set()
        """Cells that are known to have failed."""

    def hear(self, finished: Sequence[Done]) -> None:
        """Tell of cells that failed, as soon as that is known."""
        for done in finished:
            if done.failure and done.piece.cell not in self.heard:
                self.heard.add(done.piece.cell)
                note(f"cell {done.piece.cell} failed: {done.failure}", quiet=self.quiet)

    def take(self, index: int, outcome: Result | str, sink: Sink) -> None:
        """Take a cell: what tables and plots need of it stays, all of it goes to the files."""
        from yann.report.digest import digest

        if isinstance(outcome, str):
            self.failures.append((index, outcome))
            sink.failed(index)
            return
        sink.add(index, outcome)
        made = digest(index, self.experiment.points[index], self.experiment.cells[index], outcome)
        if self.kept is not None:
            made = replace(made, metrics={name: M for name, M in made.metrics.items() if name in self.kept} or made.metrics)
        self.digests.append(made)


def _draw(plan: Plan, folder: RunFolder, digests: list[Digest], metric: str, form: str) -> None:
    from yann.report.files import write
    from yann.report.plots import image, plots

    (folder.path / "plots").mkdir()
    for stem, figure in plots(plan.experiment, digests, metric):
        write(folder.path / "plots" / f"{stem}.{form}", image(figure, form))


def print_outcome(plan: Plan, outcome: Outcome, printed: IO[bytes], wishes: Wishes, what: str) -> None:
    """Print what a sweep or a training found, in the format that was asked for."""
    from yann.report.tables import sweep_tables, training_table

    if wishes.form not in (Format.table, Format.md):
        _print_rows(printed, wishes.form)
    elif outcome.digests:
        room = width() if wishes.form is Format.table else None
        shown = (plan.experiment, outcome.digests, outcome.metric, room)
        show([training_table(*shown)] if what == "train" else sweep_tables(*shown), wishes.form, wishes.color)


def _print_rows(printed: IO[bytes], form: Format) -> None:
    """Print the rows that were kept for it: CSV and JSON lines as they are, JSON as one list."""
    printed.seek(0)
    if form is Format.json:
        emit("[")
        for number, line in enumerate(printed):
            emit((",\n " if number else "") + line.decode().rstrip("\n"))
        emit("]\n")
        return
    while lines := printed.readlines(BLOCK):
        emit(b"".join(lines).decode())


def finish(outcome: Outcome, wishes: Wishes) -> int:
    """Say where the run is, and give the exit code."""
    pictures = sorted(path.name for path in (outcome.folder / "plots").glob("*")) if wishes.plots else []
    told = f" (plots: {', '.join(pictures)})" if pictures else ""
    note(f"{outcome.folder}{told}", quiet=wishes.quiet)
    if outcome.failures:
        note(f"{len(outcome.failures)} cells failed; the first, cell {outcome.failures[0][0]}: {outcome.failures[0][1]}")
        return CELLS_FAILED
    return 0
