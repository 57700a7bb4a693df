"""Progress on standard error: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

EVERY = 10.0  # seconds between plain lines


@contextmanager
def progress(total: int, what: str, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Give a function to call with how many of `total` steps have been made since the last call."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda made: bar.advance(task, made)
    else:
        yield _plain(total, what)


def _plain(total: int, what: str) -> Callable[[int], None]:
    done, started = 0, time.monotonic()
    told = started

    def tick(made: int) -> None:
        nonlocal done, told
        done += made
        now = time.monotonic()
        if now - told >= EVERY:
            told = now
            left = (now - started) * (total - done) / done
            with suppress(OSError):  # nobody may be there to be told
                rate = done / (now - started)
                sys.stderr.write(f"{what}: {done:,} of {total:,} steps done, {rate:,.0f} a second, about {left:.0f} s left\n")
                sys.stderr.flush()

    return tick
