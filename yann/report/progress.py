"""Progress on standard error: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock

EVERY = 10.0  # seconds between plain lines


@dataclass
class Meter:
    """How far a run is; the steps that cells make say how much work is left, for cells can be unlike."""

    what: str
    cells: int
    """How many cells there are."""
    steps: int
    """How many steps are to be made."""
    begun: int
    """How many cells were done before."""
    start: float
    done: int = 0
    """How many cells are done now."""
    failed: int = 0
    made: int = 0
    """How many steps have been made."""
    _lock: Lock = field(default_factory=Lock)

    def tick(self, steps: int) -> None:
        """Hear of steps that were made, from any thread."""
        with self._lock:
            self.made += steps
            self.changed()

    def at(self, done: int, failed: int) -> None:
        """Hear how many cells are done by now, those that failed among them."""
        with self._lock:
            self.done, self.failed = done, failed
            self.changed()

    def changed(self) -> None:
        """Show it, if it is time to."""

    def told(self) -> str:
        """Give what is done, how fast, and what failed, in words."""
        seconds = max(time.monotonic() - self.start, 1e-9)
        of_cells = self.done - self.begun
        rate, unit = (of_cells / seconds, "cells") if of_cells else (self.made / seconds, "steps")
        failed = f", {self.failed:,} failed" if self.failed else ""
        return f"{self.done:,} of {self.cells:,} cells{failed}, {rate:,.{0 if rate >= 10 else 1}f} {unit} a second"


class _Lines(Meter):
    """Tells it in a plain line, where there is no terminal."""

    told_at = 0.0

    def changed(self) -> None:
        now = time.monotonic()
        if now - max(self.told_at, self.start) < EVERY or not self.made:
            return
        self.told_at = now
        left = (now - self.start) * (self.steps - self.made) / self.made
        with suppress(OSError):  # nobody may be there to be told
            sys.stderr.write(f"{self.what}: {self.told()}, about {left:,.0f} s left\n")
            sys.stderr.flush()


@contextmanager
def progress(what: str, cells: int, steps: int, begun: int, *, quiet: bool, color: bool = True) -> Iterator[Meter]:
    """Give the meter of a run that is to make so many steps, `begun` of whose cells are done already."""
    about = (what, cells, steps, begun, time.monotonic(), begun)
    if quiet:
        yield Meter(*about)
    elif not sys.stderr.isatty():
        yield _Lines(*about)
    else:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
        from rich.text import Text

        meter = Meter(*about)

        class Told(ProgressColumn):
            def render(self, task: Task) -> Text:
                bar.update(task.id, completed=meter.made)
                return Text(meter.told())

        columns = (TextColumn("{task.description}", markup=False), BarColumn(20), Told(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True, no_color=None if color else True), transient=True) as bar:
            bar.add_task(what, total=steps)
            yield meter
