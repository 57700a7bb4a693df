"""What an executor is: a way to spread chunks of work over workers. None of them can change a number."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from yann.registry import Part, Registry


@dataclass(frozen=True)
class Spread(Part):
    """A way to spread work; the first line of a docstring says which."""

    here: ClassVar[bool] = False
    """Whether the work is done in yann's own process, so that it can say at any time how far it is."""

    ahead: ClassVar[int] = 2
    """Chunks for each worker that are handed over before the first of them is waited for."""

    workers: int = 1

    def opened(self) -> AbstractContextManager[Executor]:
        """Give the workers for as long as the context lasts; when it is left early, nobody waits for what they are at.

        Raises:
            UsageError: if they cannot be had.

        """
        raise NotImplementedError

    def lost(self) -> tuple[type[BaseException], ...]:
        """Give what a chunk fails with when its worker is no more."""
        return (BrokenExecutor,)

    def alone(self) -> Self:
        """Give the same with one worker."""
        return replace(self, workers=1)


EXECUTORS: Registry[Spread] = Registry("executor", Spread)
