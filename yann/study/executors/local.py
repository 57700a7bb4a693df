"""Workers on this machine: threads, which start at once, and processes, which do not wait for each other's Python."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from yann.study.executors.base import EXECUTORS, Spread

TIDYING_SECONDS = 1.0
"""How long the thread that hands out work may take to put its locks away, once its workers have ended."""


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

        from yann.study.executors.spawned import Spawned, begin

        before = set(multiprocessing.active_children())
        pool = ProcessPoolExecutor(self.workers, mp_context=Spawned(), initializer=begin)
        try:
            yield pool
        finally:
            manager = getattr(pool, "_executor_manager_thread", None)
            pool.shutdown(wait=False, cancel_futures=True)
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()
            if manager is not None:  # left in the middle of it, locks would seem to be leaked
                manager.join(TIDYING_SECONDS)
