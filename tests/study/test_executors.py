"""Executors: how the work is spread can never change a number."""

from dataclasses import replace

import pytest

from tests.cases import CELLS, cell_of
from tests.config.texts import plan
from tests.engine.test_replicates import assert_same_bytes
from yann.engine.objective import Objective
from yann.parts.activations import Tanh
from yann.parts.losses import SquaredError
from yann.study import executors
from yann.study.cell import Axis, Experiment, MadeData, Matrix
from yann.study.executors import outcomes, run_cell, stack_size
from yann.study.metrics import METRICS
from yann.study.result import Result

MEASURE = tuple(metric() for _, metric in METRICS.items())
SOME = [replace(cell, replicates=5, steps=2, batch=4) for cell in list(CELLS.values())[::41]]


def experiment_of(cells):
    """Give an experiment of these cells."""
    return Experiment(
        "test", "", (Axis("index", ("seed",)),), cells, [(index,) for index in range(len(cells))], MEASURE, "in_out"
    )


@pytest.fixture(scope="module")
def plainly():
    """What one thread and one replicate after the other give."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(executors, "stack_size", lambda _: 1)
        return list(outcomes(experiment_of(SOME), 1))


@pytest.mark.parametrize("jobs", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 3, 1000, "its own"])
def test_no_executor_can_change_a_number(plainly, monkeypatch, jobs, size):
    if size != "its own":
        monkeypatch.setattr(executors, "stack_size", lambda _: size)
    found = list(outcomes(experiment_of(SOME), jobs))
    assert len(found) == len(SOME)
    for one, two in zip(found, plainly, strict=True):
        assert_same_bytes(one, two)


def test_a_cell_alone_gives_the_numbers_that_it_gives_among_others(plainly):
    for cell, result in zip(SOME, plainly, strict=True):
        assert_same_bytes(run_cell(cell, MEASURE), result)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_cell_that_fails_does_not_end_the_others(jobs):
    good = cell_of(Tanh(), Objective(SquaredError()), 1)
    wrong = replace(good, data=MadeData(good.data.inputs, Matrix(((1.0,) * 9,) * 6), 6))
    found = list(outcomes(experiment_of([good, wrong, good]), jobs))
    assert isinstance(found[0], Result)
    assert isinstance(found[1], Exception)
    assert "9 columns" in str(found[1])
    assert_same_bytes(found[0], found[2])


@pytest.mark.parametrize("jobs", [1, 2])
def test_outcomes_come_in_the_order_of_the_cells_and_as_they_are_asked_for(jobs):
    cells = [cell_of(Tanh(), Objective(SquaredError()), 1, seed=seed) for seed in range(20)]
    stream = outcomes(experiment_of(cells), jobs)
    first = next(stream)
    assert_same_bytes(first, run_cell(cells[0], MEASURE))
    stream.close()
    for cell, result in zip(cells, outcomes(experiment_of(cells), jobs), strict=True):
        assert_same_bytes(result, run_cell(cell, MEASURE))


def test_every_step_of_every_stack_is_told():
    cell = cell_of(Tanh(), Objective(SquaredError()), 1, steps=4, replicates=3)
    told = []
    list(outcomes(experiment_of([cell, cell]), 1, told.append))
    assert told == [0, 1, 2, 3, 4] * 2


def test_a_stack_is_smaller_the_wider_the_network_and_never_empty():
    def of_width(width):
        cell = CELLS["tanh-mse-mean"]
        layer = replace(cell.network.layers[0], fan_in=width, fan_out=width)
        return stack_size(replace(cell, network=replace(cell.network, layers=(layer,))))

    sizes = [of_width(width) for width in (3, 16, 64, 256, 4096)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 100
    assert sizes[-1] == 1


def test_a_stack_is_smaller_the_more_samples_there_are():
    few, many = (plan(f"network: {{depth: 3, width: 3}}\ndata: {{samples: {N}}}").experiment.cells[0] for N in (4, 100_000))
    assert stack_size(many) == 1 < stack_size(few)
