"""Worker processes that hear nothing of a terminal, and do not outlive the process that started them."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess

OF_TERMINALS = [getattr(signal, sign) for sign in ("SIGINT", "SIGHUP") if hasattr(signal, sign)]
"""Signals that a terminal sends to all that it has started: they are the parent's affair, and no worker's."""


@contextmanager
def _unheard() -> Iterator[None]:
    """Have them wait meanwhile; a process that is started now never hears them, not even while Python comes up in it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, OF_TERMINALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Deaf(SpawnProcess):
    def start(self) -> None:
        with _unheard():
            super().start()


class Spawned(SpawnContext):
    """Spawned, not forked: a forked child inherits locks that the threads of its parent may hold, and never gives them free."""

    Process = _Deaf


def begin() -> None:
    """Set a worker up."""
    for number in OF_TERMINALS:
        signal.signal(number, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)
