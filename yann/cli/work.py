"""The work of a run: what its journal lacks is done, written down as it comes, and handed to the files in order."""

from __future__ import annotations

import gc
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING

from yann.cli.options import Color
from yann.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from yann.cli.wishes import Wishes
    from yann.report.cache import Cache
    from yann.report.files import RunFolder
    from yann.report.harvest import Harvest, Outcome
    from yann.report.journal import Journal
    from yann.report.sink import Sink
    from yann.study.cell import Experiment
    from yann.study.pieces import Done, Piece

FEW_CELLS = 1000
"""Cells up to which every metric of each is kept for the table; of more, only what their table and plots show."""
FEW_FAILURES = 20
"""Cells whose failure is told as it happens; of more, only the number."""


def work(tally: Tally, folder: RunFolder, journal: Journal, wishes: Wishes, wanted: Sequence[int], printed: IO[bytes]) -> None:
    """Have the missing pieces done and write them down as they come; the files follow in the order of the cells."""
    from yann.report.harvest import Harvest, missing
    from yann.report.progress import progress
    from yann.report.sink import Sink
    from yann.study.budget import fitting
    from yann.study.cells import each_kind
    from yann.study.chunks import gathered
    from yann.study.executors import drive, spread_for
    from yann.study.pieces import stack_size, steps_of

    experiment, cells = tally.experiment, tally.experiment.cells
    with ExitStack() as stack:
        sink = Sink(experiment, folder.path, wishes.form.value, printed, stack)
        harvest = Harvest(cells, wanted, journal, lambda index, outcome: tally.take(index, outcome, sink))
        tally.harvest = harvest
        pieces: Iterable[Piece] = missing(cells, wanted, journal)
        harvest.add(sorted(journal.places))
        cache = _cache(wishes, stack) if journal.head["cache"] else None
        if cache is not None:
            pieces = _recalled(experiment, pieces, journal, harvest, cache)
        todo = gathered(cells, pieces, experiment.measure, singly=wishes.fail_fast)  # so that nothing is begun after a failure
        short, long = (sum(cut.seconds for cut in todo.cuts if cut.long is long) for long in (False, True))
        workers = fitting(each_kind(cells, wanted), wishes.jobs, stack_size)
        spread = spread_for(wishes.executor, workers, len(todo), (short, long), **wishes.cluster)
        steps = sum(cut.steps for cut in todo.cuts)
        looks = {"quiet": wishes.quiet, "color": wishes.color is not Color.never}
        meter = stack.enter_context(progress(journal.head["what"], len(wanted), steps, harvest.complete, **looks))
        gc.freeze()  # what has been loaded is in use to the end, so nobody need look through it again and again
        try:
            for finished in drive(todo, spread, meter.tick):
                journal.append(finished)
                if not spread.here:
                    meter.tick(sum(steps_of(cells[done.piece.cell], done.piece) for done in finished))
                tally.hear(finished)
                if cache is not None:
                    _keep(experiment, finished, cache)
                harvest.add([done.piece for done in finished])
                meter.at(harvest.complete, len(tally.heard))
                if wishes.fail_fast and tally.heard:
                    break
        finally:
            harvest.rest()
    if cache is not None:
        note(f"{cache.found:,} of {cache.asked:,} pieces of work were in {cache.path}", quiet=wishes.quiet)


def _cache(wishes: Wishes, stack: ExitStack) -> Cache:
    from yann.report.cache import CACHE, Cache

    cache = Cache(wishes.out / CACHE)
    stack.callback(cache.close)
    return cache


def _recalled(
    experiment: Experiment, pieces: Iterable[Piece], journal: Journal, harvest: Harvest, cache: Cache
) -> Iterator[Piece]:
    """Write down what an earlier run has found; walk the pieces that none has."""
    from yann.study.content import keys_of
    from yann.study.pieces import Done

    for piece, key in keys_of(experiment, pieces):
        packed = cache.get(key)
        if packed is None:
            yield piece
        else:
            journal.append([Done(piece, packed)])
            harvest.add([piece])


def _keep(experiment: Experiment, finished: Sequence[Done], cache: Cache) -> None:
    """Keep what did not fail: a failure may be the machine's."""
    from yann.study.content import keys_of

    good = {done.piece: done.packed for done in finished if not done.failure}
    for piece, key in keys_of(experiment, good):
        cache.put(key, good[piece])


def kept(experiment: Experiment, metric: str | None) -> set[str]:
    """Give the metrics of each cell that stay in memory."""
    measured = {str(each) for each in experiment.measure}
    few = len(experiment.cells) <= FEW_CELLS
    return measured if few else measured & {metric, "dW_rms", "log10_dW_rms", "dZ_rms"} or measured


class Tally:
    """What is left of the cells in memory."""

    def __init__(self, experiment: Experiment, wishes: Wishes) -> None:
        """Begin with nothing."""
        from yann.report.digest import Digests

        self.experiment = experiment
        self.kept = kept(experiment, wishes.metric)
        self.quiet = wishes.quiet
        self.shown = wishes.shown
        self.ran = 0
        """Cells that have been taken."""
        self.digests = Digests(experiment.points)
        """What tables and plots are made of, if some are."""
        self.failures: list[tuple[int, str]] = []
        self.harvest: Harvest | None = None
        self.heard: set[int] = set()
        """Cells that are known to have failed."""

    @property
    def complete(self) -> int:
        """Count the cells that are done."""
        return self.harvest.complete if self.harvest else 0

    def hear(self, finished: Sequence[Done]) -> None:
        """Tell of cells that failed, as soon as that is known."""
        for done in finished:
            if done.failure and done.piece.cell not in self.heard:
                self.heard.add(done.piece.cell)
                if len(self.heard) <= FEW_FAILURES:
                    note(f"cell {done.piece.cell} failed: {done.failure}", quiet=self.quiet)
                if len(self.heard) == FEW_FAILURES:
                    note("cells that fail from now on are only counted", quiet=self.quiet)

    def take(self, index: int, outcome: Outcome, sink: Sink) -> None:
        """Take a cell: what tables and plots need of it stays, all of it goes to the files."""
        from yann.report.digest import digest

        self.ran += 1
        if isinstance(outcome, str):
            self.failures.append((index, outcome))
            sink.failed(index)
            return
        sink.add(index, outcome)
        if self.shown:
            experiment = self.experiment
            self.digests.add(digest(index, experiment.points[index], experiment.cells[index], outcome, self.kept))
