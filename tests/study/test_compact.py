"""Rows: what was added is read back, whatever columns it is kept in; cells of a kind differ in the seed alone."""

import random
from array import array
from dataclasses import replace

import pytest

from tests.cases import CELLS
from tests.config.texts import plan
from yann.study.cells import Cells, each_kind, kinds_of
from yann.study.compact import Rows, Texts, integers

FEW = [None, "a", (1, 2), 7, 10**30]


def kept(rows, own=(integers, Texts)):
    """Keep rows of a number, a text and three objects."""
    found = Rows(lambda *values: values, [*(column() for column in own), None, None, None])
    for row in rows:
        found.append(*row)
    return found


@pytest.mark.parametrize("count", [0, 1, 2, 300])
@pytest.mark.parametrize("different", range(1, 6))
def test_what_was_added_is_read_back_in_any_order(count, different):
    dice = random.Random(count + different)  # noqa: S311
    rows = [
        (dice.randrange(-(2**63), 2**63), dice.randbytes(dice.randrange(4)), None, *(dice.choice(FEW[:different]) for _ in "ab"))
        for _ in range(count)
    ]
    found = kept(rows)
    assert len(found) == count
    assert list(found) == rows
    for row in dice.choices(range(-count, count), k=50) if count else ():
        assert found[row] == rows[row]
    assert found[1:-1] == rows[1:-1]
    assert found[::-3] == rows[::-3]
    for beyond in (count, -count - 1):
        with pytest.raises(IndexError):
            found[beyond]


def test_rows_are_equal_if_what_they_are_made_of_is():
    rows = [(k, b"x" * k, None, FEW[k], "same") for k in range(3)]
    assert kept(rows) == kept([*map(tuple, map(list, rows))])
    assert kept(rows) != kept(rows[:2])
    assert kept(rows) != kept([*rows[:2], (2, b"x", None, FEW[2], "same")])


def test_a_row_that_was_asked_for_before_one_is_added_stays_what_it_was():
    found = kept([(1, b"", "a", "a", "a")])
    assert found[0] == (1, b"", "a", "a", "a")
    found.append(2, b"", "a", "b", "a")
    assert found[0] == (1, b"", "a", "a", "a")
    assert found[-1] == found[1] == (2, b"", "a", "b", "a")


def plainly(cells):
    """Give the kind of each cell by comparing every pair."""
    return [next(k for k, other in enumerate(cells) if replace(other, seed=cell.seed) == cell) for cell in cells]


SWEEPS = {
    "one cell": "steps: 1",
    "seeds": "sweep: {grid: {seed: {range: [5, 60]}}}",
    "seeds within": "sweep: {grid: {network.width: [2, 3], network.activation: [tanh, relu], seed: [4, 1]}}",
    "seeds without": "sweep: {grid: {seed: [4, 1], data.samples: [8, 16], replicates: [1, 2]}}",
    "no seeds": "sweep: {grid: {optimizer.lr: {linspace: [1, 2], num: 9}, steps: [0, 1], dtype: [float32, float64]}}",
    "a group": "sweep: {zip: {both: {seed: [1, 2, 3], network.depth: [2, 2, 3]}}}",
    "blocks": "sweep: [{grid: {seed: [1, 2]}}, {grid: {batch: [2, null], seed: [2, 3]}}]",
}


@pytest.mark.parametrize("sweep", SWEEPS.values(), ids=SWEEPS)
def test_cells_of_a_kind_differ_in_the_seed_alone(sweep):
    cells = plan("network: {depth: 2, width: 2}\n" + sweep).experiment.cells
    kinds, expected = kinds_of(cells), plainly(list(cells))
    assert [kinds.index(kind) for kind in kinds] == expected
    assert each_kind(cells) == [(cells[k], expected.count(k)) for k in dict.fromkeys(expected)]
    some = range(1, len(cells), 2)
    assert [count for _, count in each_kind(cells, some)] == [
        sum(expected[row] == k for row in some) for k in dict.fromkeys(expected[row] for row in some)
    ]


def test_cells_that_no_config_made_are_told_apart_too():
    cells = [cell for cell in list(CELLS.values())[:4] for _ in range(2)]
    kept_cells = Cells(cells)
    assert list(kept_cells) == cells
    assert list(kept_cells.first_rows()) == [0, 0, 2, 2, 4, 4, 6, 6]
    assert set(kept_cells.different("network")) == {cell.network for cell in cells}


def test_the_first_of_cells_that_are_the_same_is_the_one_that_came_first():
    cell = next(iter(CELLS.values()))
    cells = Cells(replace(cell, seed=seed) for seed in (9, 2, 9, 5, 2, 2**63 - 1, 9))
    assert list(cells.first_rows()) == [0, 1, 0, 3, 1, 5, 0]
    assert cells.kinds == array("q", [0] * 7)
    assert list(Cells().first_rows()) == []
