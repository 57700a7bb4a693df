"""No workers: each chunk is done at once, by the process that asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any

from yann.study.executors.base import EXECUTORS, Spread


@EXECUTORS.add("serial")
class Serial(Spread):
    """one chunk after the other, in yann's own process"""

    here = True
    ahead = 1

    @contextmanager
    def opened(self) -> Iterator[Executor]:
        yield _AtOnce()


class _AtOnce(Executor):
    """Does what it is given before it answers."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - as the base class has it
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))  # an error of ours is a bug: nobody takes it for an outcome
        return future
