"""Dask: workers on other machines, or on this one."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from yann import __version__
from yann.errors import UsageError
from yann.study.executors.base import EXECUTORS, Spread

WAIT = 15
"""Seconds after which a scheduler, or its first worker, counts as not there."""


@EXECUTORS.add("dask")
@dataclass(frozen=True)
class Dask(Spread):
    """Dask's workers: those of a scheduler at an address or in a scheduler file, else a cluster of this machine's own"""

    source = "dask.distributed"

    scheduler: str = ""
    scheduler_file: str = ""

    @contextmanager
    def opened(self) -> Iterator[Executor]:
        if importlib.util.find_spec("distributed") is None:
            raise UsageError("--executor dask: distributed is not installed; pip install 'yann[dask]' brings it")
        if self.scheduler_file and not Path(self.scheduler_file).is_file():  # Dask would wait for it to appear
            raise UsageError(
                f"--executor dask: no scheduler has written {self.scheduler_file}; dask scheduler --scheduler-file does"
            )
        from distributed import Client, LocalCluster

        with self._cluster(LocalCluster) as address:
            try:
                client = Client(address, scheduler_file=self.scheduler_file or None, timeout=WAIT, set_as_default=False)
                client.wait_for_workers(1, timeout=WAIT)
            except (OSError, TimeoutError, ValueError) as error:
                where = self.scheduler or self.scheduler_file or "this machine"
                raise UsageError(f"--executor dask: no scheduler with a worker at {where}: {error}") from None
            with client:
                check_surroundings(client.run(surroundings))
                yield _Pinned(client.get_executor(pure=False))

    def lost(self) -> tuple[type[BaseException], ...]:
        from distributed import KilledWorker

        return (KilledWorker,)

    @contextmanager
    def _cluster(self, local: Any) -> Iterator[Any]:  # noqa: ANN401 - Dask has no types
        """Give the address of the scheduler, or a cluster that listens to this machine alone; None where a file has it."""
        if self.scheduler or self.scheduler_file:
            yield self.scheduler or None
            return
        ports = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}  # 0 is any that is free: two clusters may meet
        with local(n_workers=self.workers, threads_per_worker=1, scheduler_kwargs={"dashboard": False}, **ports) as cluster:
            yield cluster


def surroundings() -> tuple[str, str, str]:
    """Give what a worker's numbers may depend on: the versions of yann, NumPy and Python."""
    return __version__, np.__version__, platform.python_version()


def check_surroundings(found: dict[str, tuple[str, str, str]]) -> None:
    """Check that every worker has the versions of this process.

    Raises:
        UsageError: naming the first that has not, and what differs.

    """
    own = surroundings()
    for worker, theirs in found.items():
        if theirs != own:
            pairs = zip(("yann", "NumPy", "Python"), theirs, own, strict=True)
            unlike = ", ".join(f"{name} {its} and not {ours}" for name, its, ours in pairs if its != ours)
            raise UsageError(f"--executor dask: the worker {worker} has {unlike}; its numbers could be others")


class _Pinned(Executor):
    """Dask's executor, with one BLAS thread a worker: sums of a threaded product depend on the number of threads."""

    def __init__(self, executor: Any) -> None:  # noqa: ANN401 - Dask has no types
        self.executor = executor

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - as the base class has it
        return self.executor.submit(pinned, fn, *args, **kwargs)


def pinned(work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the work gives
    """Do the work with one BLAS thread."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return work(*args, **kwargs)
