"""Hands chunks to workers, takes what they have finished, and goes on where a worker is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait

from yann.study.chunks import Chunk, do
from yann.study.executors.base import Spread
from yann.study.pieces import Done

LOST = "its worker was lost twice: the system may have killed it for want of memory"
Tick = Callable[[int], None]


def drive(chunks: Iterable[Chunk], spread: Spread, tick: Tick) -> Iterator[list[Done]]:
    """Do every chunk, and give what is finished as it comes, in any order; `tick` is told of every step that is made here.

    Where a worker is lost the chunks that were handed over are done again, each of their pieces alone, so that it is known which
    one takes workers down; a piece that does so again has failed.
    """
    waiting = iter(chunks)
    while True:
        suspects: list[Chunk] = []
        yield from _together(waiting, spread, tick, suspects)
        if not suspects:
            return
        yield from _one_by_one([single for chunk in suspects for single in chunk.singly()], spread.alone(), tick)


def _together(waiting: Iterator[Chunk], spread: Spread, tick: Tick, suspects: list[Chunk]) -> Iterator[list[Done]]:
    """Do chunks until there are no more, or until a worker is lost: those that were handed over by then are suspects."""
    with spread.opened() as executor:
        handed: dict[Future[list[Done]], Chunk] = {}
        while True:
            while not suspects and len(handed) < spread.ahead * spread.workers and (chunk := next(waiting, None)) is not None:
                try:
                    handed[_submitted(executor, spread, chunk, tick)] = chunk
                except spread.lost():
                    suspects.append(chunk)
            if not handed:
                return
            for future in wait(handed, return_when=FIRST_COMPLETED).done:
                chunk = handed.pop(future)
                try:
                    yield future.result()
                except spread.lost():
                    suspects.append(chunk)


def _one_by_one(singles: list[Chunk], spread: Spread, tick: Tick) -> Iterator[list[Done]]:
    while singles:
        with spread.opened() as executor:
            while singles:
                chunk = singles.pop()
                try:
                    yield _submitted(executor, spread, chunk, tick).result()
                except spread.lost():
                    yield [Done(piece, failure=LOST) for piece in chunk.pieces]
                    break  # these workers are gone; others for the rest


def _submitted(executor: Executor, spread: Spread, chunk: Chunk, tick: Tick) -> Future[list[Done]]:
    return executor.submit(do, chunk, tick) if spread.here else executor.submit(do, chunk)
