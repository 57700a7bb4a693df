"""Digests: a cell whose replicates come in parts is told as one whose replicates come together."""

import random
from dataclasses import replace

import numpy as np
import pytest

from tests.cases import CELLS, run_cell
from yann.report import digest as digests
from yann.report.digest import Digests, digest
from yann.study.metrics import METRICS
from yann.study.result import STATES, Result, apart

MEASURE = tuple(metric() for _, metric in METRICS.items())
CELL = CELLS["tanh-mse-mean"]
R, T, L, M = 40, 3, len(CELL.network.layers), len(MEASURE)


def result(seed, **more):
    """Draw a result with a nan, an infinity and a state other than ok here and there."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((M, T, L, R))
    values[rng.random(values.shape) < 0.1] = np.nan
    values[rng.random(values.shape) < 0.1] = np.inf
    losses = tuple(rng.choice([1.0, 2.0, np.inf, np.nan], size=(R, 4), p=[0.5, 0.46, 0.02, 0.02]) for _ in range(T))
    state = rng.choice(len(STATES), size=(T, L, R), p=[0.97, 0.01, 0.01, 0.01])
    scores = {"accuracy": None, "test_loss": None, "test_accuracy": None} | more
    measured = tuple(map(str, MEASURE))
    return Result((0, 1, 2), losses, **scores, measured=measured, values=values, state=state, origin=rng.integers(-L, L, (T, R)))


@pytest.mark.parametrize("together", [1, 8 * R, 8 * R * 7, 1 << 30])
@pytest.mark.parametrize("kept", [None, {"dW_rms", "A_std"}])
@pytest.mark.parametrize("scored", [False, True])
def test_parts_give_the_digest_of_the_whole(together, kept, scored, monkeypatch):
    monkeypatch.setattr(digests, "TOGETHER", together)
    monkeypatch.setattr(digests, "MOST_READ", 10**9)
    dice = random.Random(together)  # noqa: S311
    for seed in range(5):
        more = {name: np.random.default_rng(seed).random((T, R)) for name in ("accuracy", "test_loss")} if scored else {}
        whole = result(seed, **more)
        ends = [0, *sorted(dice.sample(range(1, R), dice.randrange(1, 6))), R]
        parts = apart(whole, np.diff(ends).tolist())
        assert digest(3, (1,), CELL, parts, kept) == digest(3, (1,), CELL, [whole], kept)


def test_no_part_is_read_again_for_every_number_nor_are_all_in_memory(monkeypatch):
    whole = result(0)
    parts, read = apart(whole, [10] * 4), []

    class Counted(list):
        def __iter__(self):
            read.append(1)
            return super().__iter__()

    digest(0, (), CELL, Counted(parts))
    at_once = len(read)
    monkeypatch.setattr(digests, "TOGETHER", 1)
    monkeypatch.setattr(digests, "MOST_READ", 5)
    read.clear()
    digest(0, (), CELL, Counted(parts))
    assert at_once < len(read) < 5 + 10 + at_once


def test_digests_are_read_back_as_they_were_added():
    cells = [(k, cell) for k, cell in enumerate(CELLS.values()) if k % 9 == 0]
    points = [(k, f"cell {k}") for k in range(len(CELLS))]
    made = [digest(k, points[k], cell, [run_cell(cell, MEASURE)]) for k, cell in cells]
    kept = Digests(points)
    for each in made:
        kept.add(each)
    assert list(kept) == made
    assert kept[-1].metrics.keys() == made[-1].metrics.keys()


def test_digests_share_what_they_have_in_common_however_many_kinds_there_are():
    made = [digest(0, (), CELL, [result(seed)]) for seed in range(3)]
    kept = Digests([()])
    for _ in range(2):
        for each in made:
            for troubled in range(700):
                kept.add(replace(each, outline=replace(each.outline, troubled=troubled)))
    assert len({id(each.outline) for each in kept}) == 3 * 700
    assert len({id(each.outline.states) for each in kept}) == 3
