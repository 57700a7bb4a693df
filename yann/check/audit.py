"""The audit: the engine's answer for every cell of an experiment against that of independent oracles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from yann.check.oracles import WRONG, Agreement, Oracle, Question, own_answer
from yann.study.cell import Cell
from yann.study.run import start

MOST_UPDATES = 3
"""Updates of a config that makes any after which the parameters are compared: enough to see an optimizer remember."""


@dataclass(frozen=True)
class Audited:
    """What one oracle said of one cell."""

    cell: int
    oracle: Oracle
    agreements: tuple[Agreement, ...]
    updates: int
    """After how many updates the parameters were compared, 0 if they were not."""
    unable: str | None = None
    """Why it could say nothing."""

    @property
    def wrong(self) -> tuple[Agreement, ...]:
        """Give what does not agree."""
        return tuple(each for each in self.agreements if each.verdict == WRONG)


def question_of(cell: Cell) -> Question:
    """Give what oracles are asked of a cell: replicate 0, its first gradient, and the first updates if it makes any.

    Raises:
        DataError: if the data do not fit the network or the loss.

    """
    params, _, batches = start(replace(cell, replicates=1), (0,))
    updates = min(cell.steps, MOST_UPDATES)
    return Question(
        cell.network,
        tuple(theta.W[0] for theta in params),
        tuple(None if theta.b is None else theta.b[0, 0] for theta in params),
        tuple((X[0], Y[0]) for X, Y in (batches[t] for t in range(max(1, updates)))),
        cell.objective,
        cell.optimizer,
        updates,
    )


def audit(cells: Sequence[Cell], oracles: Sequence[Oracle], indices: Sequence[int]) -> Iterator[tuple[Audited, ...]]:
    """Ask every oracle about some of the cells, one cell after the other.

    Raises:
        DataError: if the data of a cell do not fit its network or loss.

    """
    for index in indices:
        with np.errstate(all="ignore"):  # an exploding gradient is a result
            question = question_of(cells[index])
            own = own_answer(question)
            answers = []
            for oracle in oracles:
                unable = oracle.unable(question)
                found = () if unable else tuple(oracle.judge(question, own))
                answers.append(Audited(index, oracle, found, question.updates, unable))
        yield tuple(answers)
