"""What sweep and train have in common: load, run every cell, write the run, and only then show it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from yann.cli.options import Color, Format
from yann.cli.output import emit, note
from yann.errors import UsageError

if TYPE_CHECKING:
    from yann.config.load import Plan
    from yann.report.digest import Digest
    from yann.report.files import RunFolder
    from yann.report.rows import Columns
    from yann.study.result import Result

CELLS_FAILED = 4
BLOCK = 1 << 20


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Outcome:
    """What is left of a run in memory: a digest of every cell that ran, and the reasons of those that did not."""

    folder: Path
    digests: list[Digest]
    failures: list[tuple[int, str]]
    metric: str


def check_metric(plan: Plan, metric: str | None) -> None:
    """Check that a metric that table and plots are to show is measured.

    Raises:
        UsageError: if it is not.

    """
    from yann.registry import nearest

    measured = [each.name for each in plan.experiment.measure]
    if metric is not None and metric not in measured:
        close = nearest(metric, measured)
        raise UsageError(
            f"--metric {metric}: not measured; " + (f"did you mean {close}?" if close else f"there are {', '.join(measured)}")
        )


def conduct(plan: Plan, wishes: Wishes, what: str) -> tuple[Outcome, IO[bytes]]:
    """Run every cell into a folder of its own; also give the rows of layers.csv in the format that is to be printed."""
    from yann.report.digest import digest, shown_metric
    from yann.report.files import new_run, write
    from yann.report.progress import progress
    from yann.report.rows import columns
    from yann.study.executors import outcomes, stack_size

    experiment = plan.experiment
    folder = new_run(wishes.out, experiment.name, experiment.cells[0].seed)
    digests: list[Digest] = []
    failures: list[tuple[int, str]] = []
    printed = TemporaryFile()  # noqa: SIM115 - whoever prints the rows closes it
    try:
        write(folder.path / "config.yaml", plan.given)
        write(folder.path / "resolved.yaml", plan.resolved.encode())
        total = sum((cell.steps + 1) * -(-cell.replicates // stack_size(cell)) for cell in experiment.cells)
        with ExitStack() as stack:
            tick = stack.enter_context(progress(total, what, quiet=wishes.quiet))
            sink = _Sink(plan, folder, columns(experiment), wishes.form, printed, stack)
            for index, result in enumerate(outcomes(experiment, wishes.jobs, tick)):
                if isinstance(result, Exception):
                    failures.append((index, f"{type(result).__name__}: {result}"))
                    note(f"cell {index} failed: {failures[-1][1]}", quiet=wishes.quiet)
                    sink.failed(index)
                    if wishes.fail_fast:
                        break
                else:
                    sink.add(index, result)
                    digests.append(digest(index, experiment.points[index], experiment.cells[index], result))
        metric = shown_metric(digests, wishes.metric)
        if wishes.plots and digests:
            _draw(plan, folder, digests, metric, wishes.plot_format)
    except BaseException as error:
        printed.close()
        status = "failed" if isinstance(error, Exception) else "interrupted"
        folder.finish(status)
        note(f"{status}: {len(digests)} of {len(experiment.cells)} cells are in {folder.path}", quiet=wishes.quiet)
        raise
    ran = len(digests) + len(failures)
    status = "finished" if not failures else f"stopped after {ran} cells" if ran < len(experiment.cells) else "some cells failed"
    folder.finish(status, cells=len(experiment.cells), ran=ran, failures=dict(failures))
    return Outcome(folder.path, digests, failures, metric), printed


class _Sink:
    """Where results go as they come: both CSV files, and the rows to be printed."""

    def __init__(self, plan: Plan, folder: RunFolder, names: Columns, form: Format, printed: IO[bytes], stack: ExitStack) -> None:
        from yann.report.files import written
        from yann.report.rows import csv_text

        self.experiment = plan.experiment
        self.names = names
        self.form = form
        self.printed = printed
        self.layers = stack.enter_context(written(folder.path / "layers.csv", folder.path / "layers.partial.csv"))
        self.cells = stack.enter_context(written(folder.path / "cells.csv", folder.path / "cells.partial.csv"))
        self.layers.write(csv_text([names.layers]).encode())
        self.cells.write(csv_text([names.cells]).encode())
        if form is Format.csv:
            printed.write(csv_text([names.layers]).encode())

    def add(self, index: int, result: Result) -> None:
        from yann.report.rows import cell_rows, csv_text, json_text, layer_rows

        rows = list(layer_rows(self.experiment, index, result))
        text = csv_text(rows).encode()
        self.layers.write(text)
        self.cells.write(csv_text(cell_rows(self.experiment, index, result, self.names.scores)).encode())
        if self.form is Format.csv:
            self.printed.write(text)
        elif self.form in (Format.json, Format.jsonl):
            self.printed.writelines(json_text(self.names.layers, row).encode() + b"\n" for row in rows)

    def failed(self, index: int) -> None:
        from yann.report.rows import csv_text, failed_row

        self.cells.write(csv_text([failed_row(self.experiment, index, self.names.scores)]).encode())


def _draw(plan: Plan, folder: RunFolder, digests: list[Digest], metric: str, form: str) -> None:
    from yann.report.files import write
    from yann.report.plots import image, plots

    (folder.path / "plots").mkdir()
    for stem, figure in plots(plan.experiment, digests, metric):
        write(folder.path / "plots" / f"{stem}.{form}", image(figure, form))


def print_rows(printed: IO[bytes], form: Format) -> None:
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
