"""What sweep, train, resume and merge have in common: do the cells, write the run, only then show it, and give the exit code."""

from __future__ import annotations

from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from yann.cli.options import Format
from yann.cli.output import emit, note, show
from yann.cli.room import check_room
from yann.cli.stops import stopped
from yann.cli.wishes import ALL, Wishes
from yann.cli.work import Tally, work

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from yann.config.load import Plan
    from yann.report.digest import Digest
    from yann.report.files import RunFolder
    from yann.report.journal import Journal

CELLS_FAILED = 4
BLOCK = 1 << 20


def conduct(plan: Plan, wishes: Wishes, what: str) -> int:
    """Run every cell into a folder of its own, show what that found, and give the exit code."""
    from yann.engine import ENGINE
    from yann.report.files import JOURNAL, new_run
    from yann.report.journal import new_journal
    from yann.study.content import files_of

    check_room(plan.experiment, wishes)
    folder = new_run(wishes.out, plan.experiment.name, plan.experiment.cells[0].seed)
    head = {
        "format": 1,
        "engine": ENGINE,
        "what": what,
        "given": plan.given.decode("utf-8", "surrogateescape"),
        "resolved": plan.resolved,
        "data": files_of(plan.experiment),
        "shard": [wishes.shard.number, wishes.shard.count],
        "plots": wishes.plots,
        "plot_format": wishes.plot_format,
        "metric": wishes.metric,
        "cache": wishes.cache,
    }
    return carry_out(plan, folder, lambda: new_journal(folder.path / JOURNAL, head), wishes)


def carry_out(plan: Plan, folder: RunFolder, begin: Callable[[], Journal], wishes: Wishes) -> int:
    """Do what the journal that `begin` gives does not hold yet, write the files of the run, show them, give the exit code."""
    from yann.report.digest import shown_metric
    from yann.report.files import JOURNAL

    experiment = plan.experiment
    wanted = wishes.shard.of(len(experiment.cells))
    journal = None
    tally = Tally(experiment, wishes)
    with TemporaryFile() as printed:
        try:
            journal = begin()
            _write_config(folder, journal)
            work(tally, folder, journal, wishes, wanted, printed)
            metric = shown_metric(tally.digests, wishes.metric)
            if wishes.plots and tally.digests:
                _draw(plan, folder, tally.digests, metric, wishes.plot_format)
            whole = tally.ran == len(wanted)
            status = f"stopped after {tally.ran} cells" if not whole else "some cells failed" if tally.failures else "finished"
            folder.finish(status, cells=len(experiment.cells), ran=tally.ran, failures=dict(tally.failures))
            if whole and wishes.shard == ALL:
                (folder.path / JOURNAL).unlink()
        except BaseException as error:
            printed.close()  # so that a full disk has room for the manifest
            failed = isinstance(error, Exception) and not stopped()
            _leave(folder, journal, wishes, "failed" if failed else "interrupted", f"{tally.complete} of {len(wanted)}")
            raise
        journal.close()
        if not whole:
            note(f"yann resume {folder.path} goes on with it", quiet=wishes.quiet)
        _print(plan, tally, metric, printed, wishes, journal.head["what"])
    _tell(folder.path, wishes)
    return _exit_code(tally.failures)


def _write_config(folder: RunFolder, journal: Journal) -> None:
    from yann.report.files import write

    for name, text in (("config.yaml", journal.head["given"]), ("resolved.yaml", journal.head["resolved"])):
        if not (folder.path / name).exists():
            write(folder.path / name, text.encode("utf-8", "surrogateescape"))


def _leave(folder: RunFolder, journal: Journal | None, wishes: Wishes, status: str, done: str) -> None:
    """Leave a run that did not come to its end, as well as the disk still lets it; one whose journal has gone has come to it."""
    if journal is not None and not journal.path.exists():
        return
    if journal is not None:
        with suppress(OSError):
            journal.settle()
        journal.close()
    with suppress(OSError):
        folder.finish(status)
    note(f"{status}: {done} cells are in {folder.path}", quiet=wishes.quiet)
    if journal is not None:
        note(f"yann resume {folder.path} goes on with it")


def _draw(plan: Plan, folder: RunFolder, digests: Sequence[Digest], metric: str, form: str) -> None:
    from yann.report.files import write
    from yann.report.plots import image, plots

    drawn = folder.folder("plots")  # it may be there already, if the run was stopped while it drew
    for stem, figure in plots(plan.experiment, digests, metric):
        write(drawn / f"{stem}.{form}", image(figure, form))


def _print(plan: Plan, tally: Tally, metric: str, printed: IO[bytes], wishes: Wishes, what: str) -> None:
    """Print what was found in the format that was asked for; `printed` has the rows, if it is one of rows."""
    from yann.report.tables import sweep_tables
    from yann.report.training import training_table

    if not wishes.tables:
        _print_rows(printed, wishes.form)
    elif tally.digests:
        shown = (plan.experiment, tally.digests, metric, wishes.room)
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


def _tell(folder: Path, wishes: Wishes) -> None:
    """Say where the run is."""
    pictures = sorted(path.name for path in (folder / "plots").glob("*")) if wishes.plots else []
    told = f" (plots: {', '.join(pictures)})" if pictures else ""
    note(f"{folder}{told}", quiet=wishes.quiet)


def _exit_code(failures: Sequence[tuple[int, str]]) -> int:
    """Say how many cells failed, if any did."""
    if not failures:
        return 0
    note(f"{len(failures)} cells failed; the first, cell {failures[0][0]}: {failures[0][1]}")
    return CELLS_FAILED
