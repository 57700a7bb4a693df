"""Workers on this machine: threads, which start at once, and processes, which do not wait for each other's Python."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from yann.study.executors.base import EXECUTORS, Spread


@EXECUTORS.add("threads")
class Threads(Spread):
    """threads: no start-up, and NumPy's matrix products leave the others free to run, so they suit few or large cells"""

    here = True

    @contextmanager
    def opened(self) -> Iterator[Executor]:
        pool = ThreadPoolExecutor(self.workers)
        try:
            yield pool
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@EXECUTORS.add("processes")
class Processes(Spread):
    """processes: half a second to start, then every worker has a Python of its own, so they suit many small cells"""

    @contextmanager
    def opened(self) -> Iterator[Executor]:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        # Spawned, not forked: a forked child inherits locks that the threads of its parent may hold, and never gives them free.
        context = multiprocessing.get_context("spawn")
        before = set(multiprocessing.active_children())
        pool = ProcessPoolExecutor(self.workers, mp_context=context, initializer=_begin)
        try:
            with _unheard():
                for _ in range(self.workers):
                    pool.submit(os.getpid)  # starts a worker, as long as none is idle
            yield pool
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()


OF_TERMINALS = [getattr(signal, sign) for sign in ("SIGINT", "SIGHUP") if hasattr(signal, sign)]
"""Signals that a terminal sends to all that it has started: they are the parent's affair, and no worker's."""


@contextmanager
def _unheard() -> Iterator[None]:
    """Have them wait meanwhile; the processes that are started now never hear them, not even while Python comes up in them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, OF_TERMINALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """Set a worker up: it hears no terminal, and does not outlive its parent."""
    for number in OF_TERMINALS:
        signal.signal(number, signal.SIG_IGN)
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    import multiprocessing.connection

    multiprocessing.connection.wait([sentinel])
    os._exit(1)
