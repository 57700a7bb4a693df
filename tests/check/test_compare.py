"""The comparison of what is expected with what comes out, on networks whose numbers can be worked out in the head.

The first half is about expectations; the second about quantities by their names, against `yann step` and against references that
share nothing with them: central differences, sums over paths, PyTorch's tape.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
import yaml

from tests.config.test_mistakes import marked
from tests.config.texts import plan
from yann.check.compare import _compared, compare
from yann.check.expectation import KINDS
from yann.config.expect import expectations
from yann.errors import ConfigError, RefusedError
from yann.explain.notation import notation_of
from yann.explain.pitfalls.base import scene_of
from yann.explain.quantities import OF_A_LAYER, OF_NETWORK, quantity
from yann.report.steps import Steps, steps_json
from yann.study.run import start, walk

# Z1 = X·W1 = W1, every error is Z1, J = Σe² = 30, dJ/dZ1 = 2e, dW1 = Xᵀ·2e = 2·W1, and at a rate of 0.1 each step leaves 0.8·W1
NET = (
    "network: {weights: [[[1, 2], [3, 4]]]}\n"
    "data: {inputs: [[1, 0], [0, 1]], targets: [[0, 0], [0, 0]]}\n"
    "loss: {name: mse, reduction: sum}\n"
    "optimizer: {name: sgd, lr: 0.1}\n"
)
THREE = NET + "steps: 3\n"
DEPTHS = "network: {depth: 1, width: 2, init: ones, activation: identity}\ndata: {inputs: ones, targets: zeros, samples: 4}\n"


def compared(text, settings=(), folder="."):
    """Give every comparison of a config."""
    made = plan(text, folder, settings)
    return compare(made.experiment, notation_of(made.experiment), expectations(made))


def one(text, settings=()):
    """Give the only comparison of a config."""
    (comparison,) = compared(text, settings)
    return comparison


def figures(block, base=NET):
    """Give a config that expects some figures."""
    return f"{base}expect: {{{block}}}"


def refused(text, folder="."):
    """Give the problems that a comparison must end in, and the marks of the text."""
    text, places = marked(text)
    with pytest.raises(ConfigError) as error:
        compared(text, folder=folder)
    return [str(problem) for problem in error.value.problems], places


# What holds, and what does not: the figures, and for each whether it holds, how many numbers it has, and the worst entry
FIGURES = {
    "a number": ("loss: 30", True, 1, (), 30, 30),
    "a number that is off": ("loss: 31", False, 1, (), 31, 30),
    "a number that is off by less than its last digit": ("loss: 30.04", False, 1, (), 30.04, 30),
    "a number rounded to its last digit": ("loss: 3e1", True, 1, (), 30, 30),
    "a matrix": ("W1: [[1, 2], [3, 4]]", True, 4, (0, 0), 1, 1),
    "a matrix that is off in one entry": ("W1: [[1, 2], [5, 4]]", False, 4, (1, 0), 5, 3),
    "the entry furthest off for its own last digit": ("W1: [[1.2, 2.10], [3, 4]]", False, 4, (0, 1), 2.1, 2),
    "a whole number before a rounded one": ("W1: [[1.9, 2], [3, 4.0001e0]]", False, 4, (0, 0), 1.9, 1),
    "the first of several that are equally far off": ("W1: {value: [[2, 2], [3, 5]], tolerance: 0.5}", False, 4, (0, 0), 2, 1),
    "the one furthest off of several that do not hold": (
        "W1: {value: [[2, 2], [3, 7]], tolerance: 0.5}", False, 4, (1, 1), 7, 4,
    ),
    "the one that is closest to its tolerance of several that hold": (
        "W1: {value: [[1.2, 2.3], [2.6, 4]], tolerance: 0.5}", True, 4, (1, 0), 2.6, 3,
    ),
    "a value in a mapping": ("W1: {value: [[1, 2], [3, 4]]}", True, 4, (0, 0), 1, 1),
    "every entry": ("W1: {every: 2.5, tolerance: 1.6}", True, 1, (0, 0), 2.5, 1),
    "every entry, of which one is off": ("W1: {every: 2, tolerance: 1.5}", False, 1, (1, 1), 2, 4),
    "every entry of a number": ("loss: {every: 30}", True, 1, (), 30, 30),
    "every row": ("W1: {every_row: [2, 3], tolerance: 1.5}", True, 2, (0, 0), 2, 1),
    "every row, of which one is off": ("W1: {every_row: [1, 2]}", False, 2, (1, 0), 1, 3),
    "every row by each number's own digits": ("W1: {every_row: [2.0, 3e0]}", False, 2, (0, 0), 2, 1),
    "a shape": ("W1: {shape: [2, 2]}", True, 2, (), (2, 2), (2, 2)),
    "a shape that is another": ("W1: {shape: [2, 3]}", False, 2, (), (2, 3), (2, 2)),
    "a shape of too many axes": ("W1: {shape: [2, 2, 1]}", False, 3, (), (2, 2, 1), (2, 2)),
    "a part": ("'W1[1]': [3, 4]", True, 2, (0,), 3, 3),
    "a part that is off, counted in the part": ("'W1[1:]': [[3, 5]]", False, 2, (0, 1), 5, 4),
    "a loss that falls": ("loss: {falls: true}", True, 1, (3,), 12.288, 7.86432),
}  # fmt: skip


@pytest.mark.parametrize("sentence", FIGURES)
def test_a_figure_holds_or_is_told_at_its_worst_entry(sentence):
    figure, holds, count, worst, expected, computed = FIGURES[sentence]
    step = "step: each, " if "falls" in figure else ""
    text = figures(f"{step}figures: {{{figure}}}", THREE)
    found = one(text)
    assert (found.holds, found.figures, found.worst) == (holds, count, worst)
    assert (found.expected, found.computed) == (pytest.approx(expected, rel=1e-12), pytest.approx(computed, rel=1e-12))


def test_every_kind_of_figure_is_in_the_table():
    assert not [kind for kind in KINDS if not any(kind in figure or kind == "value" for figure, *_ in FIGURES.values())]


def test_the_difference_is_computed_less_expected():
    assert one(figures("figures: {loss: 31.5}")).difference == pytest.approx(-1.5)
    assert one(figures("figures: {W1: {shape: [2, 2]}}")).difference == 0
    assert np.isnan(one(figures("figures: {W1: {shape: [3, 2]}}")).difference)


def test_the_tolerance_that_is_told_is_that_of_the_worst_entry():
    assert one(figures("figures: {W1: [[1.2, 2.10], [3, 4]]}")).tolerance == pytest.approx(5e-3, rel=1e-9)
    assert one(figures("figures: {W1: [[1.2, 2.010], [3, 4]]}")).tolerance == pytest.approx(5e-4, rel=1e-9)


@pytest.mark.parametrize("off", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("wish", ["[1.0, 2.0, 3.0]", "{value: [1, 2, 3], tolerance: 1e300}", "{every_row: [1.0, 2.0, 3.0]}"])
def test_what_is_not_a_number_holds_nothing_and_is_told_first(off, wish):
    (expectation,) = expectations(plan(figures(f"figures: {{losses: {wish}}}")))
    assert _compared(expectation, 0, np.array([1.0, 2.0, 3.0])).holds
    found = _compared(expectation, 0, np.array([1.9, off, 3.0]))
    assert not found.holds
    assert found.worst == (1,)
    assert str(found.computed) == str(off)


def test_nothing_falls_to_nan():
    (expectation,) = expectations(plan(figures("step: each, figures: {loss: {falls: true}}", THREE)))
    for losses, worst in (([3, 2, np.nan, 1], 2), ([3, np.nan, np.nan, 1], 1), ([np.nan, 2, 1, 0], 1)):
        found = _compared(expectation, 0, np.array(losses, dtype=float))
        assert (found.holds, found.worst) == (False, (worst,))


FALLS = {  # losses: does it fall, and the step at which it falls least
    (4, 3, 2, 1.9): (True, 3),
    (4, 3, 3, 1): (False, 2),
    (4, 3, 5, 1): (False, 2),
    (4, 5, 3, 9): (False, 3),
    (4, 4, 3, 2): (False, 1),
    (-1, -2): (True, 1),
}


@pytest.mark.parametrize("losses", FALLS)
def test_to_fall_is_to_be_smaller_at_each_step(losses):
    (expectation,) = expectations(plan(figures("step: each, figures: {loss: {falls: true}}", THREE)))
    found = _compared(expectation, 0, np.array(losses, dtype=float))
    holds, step = FALLS[losses]
    assert (found.holds, found.worst) == (holds, (step,))
    assert (found.expected, found.computed) == (losses[step - 1], losses[step])


def test_a_gradient_that_overflows_does_not_hold_whatever_is_expected():
    huge = "network: {depth: 3, width: 2, activation: identity, init: {name: constant, value: 1e200}}\n"
    text = figures("tolerance: 1e300, figures: {dW1: {every: 0}, loss: 0}", huge + "data: {inputs: ones, targets: zeros}\n")
    assert [each.holds for each in compared(text)] == [False, False]


# What cannot be compared: the text, with a mark where it is told, the quantity, and words of the sentence
REFUSED = {
    "a number for a matrix": ("figures: {▸W1: 3}", "W1 | 2×2 | one number"),
    "a matrix for a number": ("figures: {▸loss: [[1, 2]]}", "loss | one number | 1×2"),
    "a matrix of another shape": ("figures: {▸W1: [[1, 2, 3], [3, 4, 5]]}", "W1 | 2×2 | 2×3"),
    "a matrix that would broadcast": ("figures: {▸W1: [[1, 2]]}", "W1 | 2×2 | 1×2"),
    "a row for a matrix": ("figures: {▸W1: [1, 2]}", "W1 | 2×2 | 2"),
    "a row that is too long": ("figures: {▸W1: {every_row: [1, 2, 3]}}", "W1 | 2×2 | 3"),
    "every row of a number": ("figures: {▸loss: {every_row: [1, 2]}}", "loss | one number | 2"),
    "every entry of nothing": ("figures: {▸'W1[2:]': {every: 1}}", "W1[2:] | 0×2"),
    "a matrix of one step for all": ("step: each, figures: {▸W1: [[1, 2], [3, 4]]}", "W1 | 4×2×2 | 2×2"),
    "a layer that is not there": ("figures: {▸W2: 3}", "W2 | no layer 2 | 1"),
    "layer 0": ("figures: {▸Z0: 3}", "Z0 | no layer 0 | 1"),
    "a bias that is not there": ("figures: {▸b1: [1]}", "b1 | no bias"),
    "a bias's gradient that is not there": ("figures: {▸db1: [1]}", "db1 | no bias"),
    "a bias's update that is not there": ("figures: {▸update_b1: [1]}", "update_b1 | no bias"),
    "each sample's gradient of a bias that is not there": ("figures: {▸per_sample_db1: [1]}", "per_sample_db1 | no bias"),
    "a memory that sgd has not": ("figures: {▸velocity_W1: [1]}", "velocity_W1 | sgd"),
    "a memory that nobody has": ("figures: {▸foo_W1: [1]}", "foo_W1 | sgd"),
    "an accuracy of values": ("figures: {▸accuracy: 1}", "accuracy | classes"),
    "a Jacobian the wrong way": ("figures: {▸dX/dZ1: 1}", "dX/dZ1 | not on the way"),
    "a Jacobian by a layer that is not there": ("figures: {▸dZ1/dW3: 1}", "dZ1/dW3 | W3"),
    "a tape the wrong way": ("figures: {▸tape dZ1/dA1: 1}", "tape dZ1/dA1 | not on the way"),
    "paths of an entry that is not there": ("figures: {▸'paths W1[2,0]': 1}", "paths W1[2,0] | 2×2"),
    "paths of a bias that is not there": ("figures: {▸'paths b1[0]': 1}", "paths b1[0] | no bias"),
    "an index out of range": ("figures: {▸'W1[2]': 1}", "W1[2] | 2×2 | no such part"),
    "an index of too many axes": ("figures: {▸'W1[0, 0, 0]': 1}", "W1[0, 0, 0] | 2×2 | no such part"),
    "an index of a number": ("figures: {▸'loss[0]': 1}", "loss[0] | one number | no such part"),
    "a loss that falls in one step": ("figures: {▸loss: {falls: true}}", "loss | step: each"),
    "a matrix that falls in one step": ("figures: {▸W1: {falls: true}}", "W1 | step: each"),
    "a mistake that cannot be made here": ("mistake: relu_at_zero, figures: {▸loss: 1}", "loss | relu_at_zero"),
    "a mistake of shapes that are not there": (
        "mistake: {name: broadcast_labels, predictions: [3, 1], labels: [3]}, figures: {▸loss: 1}", "loss | 3×1 | 2 samples",
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_cannot_be_compared_is_told_at_its_place(sentence):
    block, want = REFUSED[sentence]
    ((problem,), ((line, column),)) = refused(figures(block, THREE))
    key, *words = want.split(" | ")
    assert problem.startswith(f"c.yaml:{line}:{column}: expect.figures.{key}: ")
    assert not [word for word in words if word not in problem.split(f"expect.figures.{key}: ", 1)[1]]
    assert problem.isprintable()
    assert len(problem) < 300


def test_all_that_cannot_be_compared_is_told_at_once():
    text = NET + "expect:\n  - figures: {▸W1: 3, loss: 30, ▸b1: 1}\n  - {step: 2, figures: {▸W9: 1}}\n"
    problems, places = refused(text)
    assert sorted(problem.split(": ")[0] for problem in problems) == [f"c.yaml:{line}:{column}" for line, column in places]
    assert {problem.split(": ")[1] for problem in problems} == {
        "expect[0].figures.W1", "expect[0].figures.b1", "expect[1].figures.W9",
    }  # fmt: skip


def test_a_quantity_that_is_missing_in_one_cell_of_several_is_told():
    text = DEPTHS + "sweep: {grid: {network.depth: [1, 2]}}\nexpect: {figures: {▸dW2: {every: 1}}}"
    (problem,), _ = refused(text)
    assert "no layer 2" in problem


def test_jacobians_that_would_not_fit_are_refused(monkeypatch):
    """Two samples, two outputs, four weights: 128 bytes."""
    text = figures("figures: {dZ1/dW1: {shape: [2, 2, 4]}}")
    assert one(text).holds
    monkeypatch.setattr("yann.explain.room.available_memory", lambda: 100)
    with pytest.raises(RefusedError, match="dZ1/dW1"):
        compared(text)


def test_what_needs_several_steps_is_not_told_to_ask_for_what_it_asks_for():
    (problem,), _ = refused(figures("step: each, figures: {▸loss: {falls: true}}"))
    assert "add `step: each`" not in problem


# Which cells are meant


SWEPT = DEPTHS + "sweep: {grid: {network.depth: [1, 2, 3], data.samples: [4, 5]}}\n"  # the last axis runs fastest
AT = {
    "": (0, 1, 2, 3, 4, 5),
    "at: {}, ": (0, 1, 2, 3, 4, 5),
    "at: {network.depth: 2}, ": (2, 3),
    "at: {network.depth: 2.0}, ": (2, 3),
    "at: {data.samples: 5}, ": (1, 3, 5),
    "at: {network.depth: 3, data.samples: 4}, ": (4,),
}


@pytest.mark.parametrize("at", AT)
def test_at_picks_the_cells_that_have_these_values(at):
    found = compared(SWEPT + f"expect: {{{at}figures: {{Z1: {{every: 2}}}}}}")
    assert tuple(each.cell for each in found) == AT[at]
    assert all(each.holds for each in found)


def test_each_block_means_its_own_cells():
    """Ones on ones: the last layer gives 2^L."""
    blocks = [f"{{at: {{network.depth: {L}}}, figures: {{Y_hat: {{every: {2**L}}}}}}}" for L in (3, 1, 2)]
    found = compared(SWEPT + f"expect: [{', '.join(blocks)}]")
    assert [(each.cell, each.holds) for each in found] == [(cell, True) for cell in (4, 5, 0, 1, 2, 3)]
    wrong = compared(SWEPT + f"expect: [{', '.join(blocks).replace('depth: 3', 'depth: 1', 1)}]")
    assert [each.cell for each in wrong if not each.holds] == [0, 1]


PARTS = [
    ("network.init", "[ones, {name: constant, value: 0.5}]", "ones", (0,)),
    ("network.init", "[ones, {name: constant, value: 0.5}]", "{name: ones}", (0,)),
    ("network.init", "[ones, {name: constant, value: 0.5}]", "{name: constant, value: 0.5}", (1,)),
    ("network.bias", "[false, true]", "true", (1,)),
    ("network.biases", "[[[0, 0]], [[0, 1]]]", "[[0, 1]]", (1,)),
    ("network.width", "[2, 3]", "3", (1,)),
    ("dtype", "[float32, float64]", "float64", (1,)),
]


@pytest.mark.parametrize(("key", "values", "value", "cells"), PARTS)
def test_a_value_is_spelled_as_in_the_sweep(key, values, value, cells):
    found = compared(
        DEPTHS + f"sweep: {{grid: {{{key}: {values}}}}}\nexpect: {{at: {{{key}: {value}}}, figures: {{X: {{every: 1}}}}}}"
    )
    assert tuple(each.cell for each in found) == cells


def test_the_keys_of_a_group_and_of_a_file_pick_cells_too(tmp_path):
    (tmp_path / "cells.csv").write_text("network.depth,data.samples\n1,4\n2,5\n", encoding="utf-8")
    expect = "expect: {at: {data.samples: 5}, figures: {Y_hat: {every: 4}}}"
    for sweep in ("{zip: {pair: {network.depth: [1, 2], data.samples: [4, 5]}}}", "{file: cells.csv}"):
        (found,) = compared(DEPTHS + f"sweep: {sweep}\n{expect}", folder=tmp_path)
        assert (found.cell, found.holds) == (1, True)


def test_a_key_that_only_some_blocks_sweep_means_their_cells():
    text = DEPTHS + "sweep: [{grid: {network.depth: [1, 2]}}, {grid: {data.samples: [5]}}]\n"
    found = compared(text + "expect: {at: {data.samples: 5}, figures: {X: {every: 1}}}")
    assert [each.cell for each in found] == [2]


def test_a_cell_that_two_blocks_share_is_meant_by_the_values_of_either():
    """The second block's cell of 4 samples is the first block's of depth 1: it runs once, and both may speak of it."""
    text = DEPTHS + "sweep: [{grid: {network.depth: [1, 2]}}, {grid: {data.samples: [4, 5]}}]\n"
    found = compared(text + "expect: {at: {data.samples: 4}, figures: {X: {every: 1}}}")
    assert [each.cell for each in found] == [0]


NOWHERE = {
    "a value that no cell has": (SWEPT, "at: {▸network.depth: 4}", "network.depth | no cell has this value"),
    "values that no cell has together": (
        DEPTHS + "sweep: {grid: {network.depth: [1, 2], data.samples: [4, 5]}, exclude: [{network.depth: 2, data.samples: 5}]}\n",
        "at: {network.depth: 2, ▸data.samples: 5}", "data.samples | no cell has this value",
    ),
    "a key that is not swept": (SWEPT, "at: {▸network.width: 2}", "network.width | not swept | data.samples, network.depth"),
    "a key where nothing is swept": (DEPTHS, "at: {▸network.depth: 1}", "network.depth | not swept | one cell"),
    "a key that is misspelt": (SWEPT, "at: {▸network.dpeth: 2}", "network.dpeth | not swept"),
    "true for 1": (SWEPT, "at: {▸network.depth: true}", "network.depth | no cell has this value"),
    "text for a number": (SWEPT, "at: {▸network.depth: '2'}", "network.depth | no cell has this value"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", NOWHERE)
def test_an_at_that_means_no_cell_is_told(sentence):
    base, at, want = NOWHERE[sentence]
    ((problem,), ((line, column),)) = refused(f"{base}expect: {{{at}, figures: {{loss: 1}}}}")
    key, *words = want.split(" | ")
    assert problem.startswith(f"c.yaml:{line}:{column}: expect.at.{key}: ")
    assert not [word for word in words if word not in problem]


def test_every_block_that_means_no_cell_is_told():
    blocks = "[{at: {▸network.depth: 9}, figures: {loss: 1}}, {figures: {loss: 1}}, {at: {▸seed: 1}, figures: {loss: 1}}]"
    problems, places = refused(f"{SWEPT}expect: {blocks}")
    wanted = zip(places, ("expect[0].at.network.depth", "expect[2].at.seed"), strict=True)
    assert [problem.rpartition(": ")[0] for problem in problems] == [f"c.yaml:{a}:{b}: {key}" for (a, b), key in wanted]


# At which step


@pytest.mark.parametrize("steps", [0, 2, 7])
@pytest.mark.parametrize("step", [0, 1, 4])
def test_a_step_is_the_state_after_so_many_updates_whatever_the_config_makes(steps, step):
    text = f"{NET}steps: {steps}\nexpect: {{step: {step}, tolerance: 1e-12, figures: {{"
    W = 0.8**step * np.array([[1, 2], [3, 4]])
    after = 0.8 * W
    found = compared(f"{text}W1: {W.tolist()}, W1_after: {after.tolist()}, dW1: {(2 * W).tolist()}, loss: {30 * 0.64**step}}}}}")
    assert [each.holds for each in found] == [True] * 4


def test_each_step_stacks_what_is_measured_on_a_first_axis():
    losses = [30, 19.2, 12.288, 7.86432]
    assert one(figures(f"step: each, tolerance: 1e-12, figures: {{loss: {losses}}}", THREE)).holds
    wrong = one(figures(f"step: each, tolerance: 1e-12, figures: {{loss: {[*losses[:2], 12.2, losses[3]]}}}", THREE))
    assert (wrong.holds, wrong.worst, wrong.computed) == (False, (2,), pytest.approx(12.288))
    assert one(figures("step: each, figures: {W1: {shape: [4, 2, 2]}}", THREE)).holds


def test_each_step_is_each_that_is_measured():
    some = figures("step: each, tolerance: 1e-12, figures: {loss: [30, 12.288, 7.86432]}", THREE + "every: 2\n")
    assert one(some).holds
    assert one(figures("step: each, figures: {loss: [30]}", NET)).holds


def test_an_index_of_what_is_stacked_begins_with_the_step():
    found = compared(figures("step: each, tolerance: 1e-12, figures: {'loss[:2]': [30, 19.2], 'W1[1, 0]': [0.8, 1.6]}", THREE))
    assert [each.holds for each in found] == [True, True]


def test_blocks_of_several_steps_and_cells_are_each_compared_at_their_own():
    text = THREE + "sweep: {grid: {optimizer.lr: [0.1, 0.2]}}\nexpect:\n"
    for lr, left in ((0.2, 0.6), (0.1, 0.8)):
        cells, losses = f"at: {{optimizer.lr: {lr}}}, tolerance: 1e-9", [30 * left ** (2 * t) for t in range(4)]
        text += f"  - {{{cells}, step: each, figures: {{loss: {losses}}}}}\n"
        text += f"  - {{{cells}, step: 2, figures: {{'W1[0, 0]': {left**2}}}}}\n"
    assert [(each.cell, each.holds) for each in compared(text)] == [(1, True), (1, True), (0, True), (0, True)]


def test_what_is_expected_is_replicate_0_as_it_is_alone():
    base = "network: {depth: 2, width: 3}\ndata: {samples: 4}\nexpect: {tolerance: 1e9, figures: {loss: 0, dW1: {every: 0}}}\n"
    alone, among = (compared(base + f"replicates: {R}\n") for R in (1, 5))
    assert [each.computed for each in alone] == [each.computed for each in among]


def test_a_mistake_recomputes_its_block_and_no_other():
    """Half the squared error, and its derivative without the 2."""
    mistaken = "{mistake: half, figures: {loss: 15, dW1: [[1, 2], [3, 4]]}}"
    text = f"{NET}expect: [{{figures: {{loss: 30}}}}, {mistaken}, {{figures: {{loss: 30}}}}]"
    assert [each.holds for each in compared(text)] == [True] * 4


def test_comparisons_stand_in_the_order_of_the_config_then_of_the_cells():
    some = "{at: {data.samples: 4}, figures: {X: {every: 1}, A1: {every: 2}}}"
    found = compared(f"{SWEPT}expect: [{{step: 1, figures: {{Z1: {{every: 1}}}}}}, {some}]")
    assert [(each.expectation.quantity.text, each.cell) for each in found] == [
        *(("Z1", cell) for cell in range(6)), *(("X", cell) for cell in (0, 2, 4)), *(("A1", cell) for cell in (0, 2, 4)),
    ]  # fmt: skip


# Quantities by name: what stands for what


WEIGHTS = "[[0.3, -0.8, 0.5], [1.1, 0.4, -0.6]], [[0.7, -0.2], [-0.9, 0.6], [0.25, 1.3]]"
TURNED = "[[0.3, 1.1], [-0.8, 0.4], [0.5, -0.6]], [[0.7, -0.9, 0.25], [-0.2, 0.6, 1.3]]"
X, Y = "[[0.5, -1.2], [0.8, 0.3], [-0.4, 0.9]]", "[[0.2, 0.7], [1, 0], [0.6, 0.1]]"
BIASES, SCALE = "biases: [[0.1, -0.3, 0.2], [0.05, -0.15]]", "scale: [[1, 0.5, 2], null]"
NETWORKS = {
    "momentum": (
        f"network: {{weights: [{WEIGHTS}], {BIASES}, activation: tanh}}\ndata: {{inputs: {X}, targets: {Y}}}\n"
        "optimizer: {name: sgd, lr: 0.1, momentum: 0.9}\nsteps: 2\n"
    ),
    "out_in": (
        f"network: {{weights: [{TURNED}], layout: out_in, {BIASES}, activation: silu, output_activation: sigmoid}}\n"
        f"data: {{inputs: {X}, targets: {Y}}}\nloss: {{name: bce, reduction: batch_mean}}\noptimizer: adam\nsteps: 2\n"
    ),
    "scaled": (
        f"network: {{weights: [{WEIGHTS}], {BIASES}, {SCALE}, activation: softplus, output_activation: tanh}}\n"
        f"data: {{inputs: {X}, targets: {Y}}}\nloss: {{name: half_mse, reduction: sum}}\noptimizer: rmsprop\nsteps: 2\n"
    ),
    "columns": (
        f"network: {{weights: [{TURNED}], layout: out_in, {BIASES}, activation: sigmoid}}\n"
        "data: {inputs: [[0.5, 0.8, -0.4], [-1.2, 0.3, 0.9]], targets: [[0.2, 1, 0.6], [0.7, 0, 0.1]], orientation: columns}\n"
        "loss: {name: mse, reduction: none}\nsteps: 2\n"
    ),
}  # fmt: skip
LAYERS = (1, 2)


@pytest.fixture(params=NETWORKS)
def text(request):
    return NETWORKS[request.param]


@cache
def scene(text, step=0):
    """Give the one cell of a config at a step, as its reader writes it."""
    experiment = plan(text).experiment
    return scene_of(experiment.cells[0], step, notation_of(experiment))


def value(text, name, step=0):
    """Give a quantity."""
    return quantity(name).of(scene(text, step))


@pytest.mark.parametrize("step", [0, 1, 2])
def test_every_name_of_a_layer_is_what_yann_step_prints(text, step):
    """Samples are rows there whatever the config has."""
    experiment = plan(text).experiment
    cell = replace(experiment.cells[0], steps=3)
    params, _, batches = start(cell, range(1))
    states = [state for state in walk(cell, params, batches) if state.after]
    printed = steps_json(Steps(experiment, cell, states, per_sample=True), 0)["steps"][step]
    columns = experiment.orientation == "columns"
    remembered = [f"{name}_{letter}" for name in cell.optimizer.remembers() for letter in "Wb"]
    for layer in LAYERS:
        for name in (*OF_A_LAYER, *remembered):
            if name.startswith("update") and not remembered:
                continue  # it is -lr·dW, and not printed
            M = printed["layers"][layer - 1][name]
            stem, after, _ = name.partition("_after")
            if M is None:
                with pytest.raises(ValueError, match="no bias"):
                    value(text, f"{stem}{layer}{after}", step)
                continue
            turned = columns and name in ("Z", "A", "dA", "dZ")
            upright = columns and stem[-1] == "b" and not name.startswith("per_sample")
            told = np.transpose(M) if turned else np.array(M)[:, None] if upright else np.array(M)
            np.testing.assert_array_equal(value(text, f"{stem}{layer}{after}", step), told, err_msg=f"{name}, layer {layer}")
    np.testing.assert_array_equal(value(text, "loss", step), np.transpose(printed["loss"]) if columns else printed["loss"])


# One layer of the identity: the errors are [[1, 2], [3, 4]], the squared errors [[1, 4], [9, 16]]
SAME = "network: {weights: [[[1, 0], [0, 1]]], bias: true}\ndata: {inputs: [[1, 2], [3, 4]], targets: [[0, 0], [0, 0]]}\n"
# By reduction: what is kept, and each sample's own J
REDUCED = {
    "mean": (7.5, [2.5, 12.5]),
    "sum": (30, [5, 25]),
    "batch_mean": (15, [5, 25]),
    "feature_mean": (15, [2.5, 12.5]),
    "none": ([[1, 4], [9, 16]], [5, 25]),
    "per_sample": ([2.5, 12.5], [2.5, 12.5]),
}


@pytest.mark.parametrize("reduction", REDUCED)
def test_losses_are_those_worked_out_by_hand(reduction):
    text = SAME + f"loss: {{name: mse, reduction: {reduction}}}"
    kept, alone = REDUCED[reduction]
    for name, by_hand in (
        ("loss", kept), ("loss_per_sample", alone), ("losses", [[1, 4], [9, 16]]), ("loss_per_output", [5, 10]),
        ("mean_loss", 7.5), ("residual", [[-1, -2], [-3, -4]]),
        ("error", [[1, 2], [3, 4]]), ("Y_hat", [[1, 2], [3, 4]]), ("X", [[1, 2], [3, 4]]), ("Y", [[0, 0], [0, 0]]),
    ):  # fmt: skip
        np.testing.assert_allclose(value(text, name), by_hand, rtol=1e-14, err_msg=name)
        assert np.shape(value(text, name)) == np.shape(by_hand)


@pytest.mark.parametrize("reduction", REDUCED)
def test_each_samples_own_gradient_is_that_of_the_sample_as_if_it_were_the_whole_batch(reduction):
    loss = f"loss: {{name: mse, reduction: {reduction}}}"
    both = value(SAME + loss, "per_sample_dW1"), value(SAME + loss, "per_sample_db1")
    for n, row in enumerate(("[[1, 2]]", "[[3, 4]]")):
        alone = SAME.replace("[[1, 2], [3, 4]]", row).replace("[[0, 0], [0, 0]]", "[[0, 0]]") + loss
        np.testing.assert_allclose(both[0][n], value(alone, "dW1"), rtol=1e-14)
        np.testing.assert_allclose(both[1][n], value(alone, "db1"), rtol=1e-14)


def test_classes_have_an_accuracy_and_one_loss_a_sample():
    """Equal logits: each sample loses ln 2, and the first class is guessed."""
    text = "network: {weights: [[[1, 1]]]}\ndata: {inputs: [[1], [2]], targets: [0, 1]}\nloss: {name: cross_entropy, reduction: "
    for reduction, kept in {
        "mean": np.log(2),
        "sum": 2 * np.log(2),
        "none": [np.log(2)] * 2,
        "per_sample": [np.log(2)] * 2,
    }.items():
        np.testing.assert_allclose(value(text + f"{reduction}}}", "loss"), kept, rtol=1e-14)
        np.testing.assert_allclose(value(text + f"{reduction}}}", "loss_per_sample"), [np.log(2)] * 2, rtol=1e-14)
    assert value(text + "mean}", "accuracy") == 0.5


MEMORY = {  # an optimizer: what it remembers of dW at step 1, from the gradients g of step 0 and h of step 1
    "{name: sgd, lr: 0.1, momentum: 0.9}": {"velocity": lambda g, h: 0.9 * g + h},
    "{name: rmsprop, rho: 0.75}": {"square": lambda g, h: 0.75 * 0.25 * g**2 + 0.25 * h**2},
    "{name: adam, beta1: 0.5, beta2: 0.75}": {
        "moment": lambda g, h: 0.25 * g + 0.5 * h,
        "square": lambda g, h: 0.75 * 0.25 * g**2 + 0.25 * h**2,
    },
}


@pytest.mark.parametrize("optimizer", MEMORY)
def test_what_an_optimizer_remembers_is_told_by_its_name(optimizer):
    text = SAME + f"optimizer: {optimizer}\n"
    for name, by_hand in MEMORY[optimizer].items():
        for of in ("W", "b"):
            g, h = (value(text, f"d{of}1", step) for step in (0, 1))
            np.testing.assert_allclose(value(text, f"{name}_{of}1", 0), by_hand(0 * g, g), rtol=1e-14)
            np.testing.assert_allclose(value(text, f"{name}_{of}1", 1), by_hand(g, h), rtol=1e-14)


def test_an_update_is_what_the_weights_change_by(text):
    for layer, step in itertools.product(LAYERS, (0, 1)):
        np.testing.assert_array_equal(value(text, f"W{layer}_after", step), value(text, f"W{layer}", step + 1))
        change = value(text, f"W{layer}_after", step) - value(text, f"W{layer}", step)
        np.testing.assert_array_equal(value(text, f"update_W{layer}", step), change)
        assert np.abs(change).max() > 0


# Layout and orientation


def test_out_in_turns_what_has_the_shape_of_the_weights_and_nothing_else():
    """The network of widths 2-3-2 both ways round."""
    base = NETWORKS["momentum"]
    turned = base.replace(WEIGHTS, TURNED).replace("biases", "layout: out_in, biases")
    assert turned != base
    for name in ("W", "dW", "W_after", "update_W", "velocity_W"):
        stem, after, _ = name.partition("_after")
        one, other = (value(each, f"{stem}1{after}") for each in (base, turned))
        assert (one.shape, other.shape) == ((2, 3), (3, 2))
        np.testing.assert_array_equal(one.T, other)
    one, other = (value(each, "per_sample_dW1") for each in (base, turned))
    assert (one.shape, other.shape) == ((3, 2, 3), (3, 3, 2))
    np.testing.assert_array_equal(one.transpose(0, 2, 1), other)
    one, other = (value(each, "tape dY_hat/dW1") for each in (base, turned))
    np.testing.assert_allclose(one.T, other, rtol=1e-14)
    one, other = (value(each, "dZ2/dW1").reshape(3, 2, *shape) for each, shape in ((base, (2, 3)), (turned, (3, 2))))
    np.testing.assert_allclose(one.transpose(0, 1, 3, 2), other, rtol=1e-14)
    for name in (
        "X",
        "Z1",
        "A1",
        "dA1",
        "dZ1",
        "b1",
        "db1",
        "b1_after",
        "losses",
        "error",
        "per_sample_db1",
        "dZ2/dA1",
        "tape dZ2/dA1",
    ):
        np.testing.assert_allclose(value(base, name), value(turned, name), rtol=1e-14, err_msg=name)


OF_SAMPLES = (
    "X",
    "Y",
    "Y_hat",
    "error",
    "residual",
    "loss",
    "losses",
    "Z1",
    "A1",
    "dA1",
    "dZ1",
    "Z2",
    "tape dZ2/dA1",
    "tape dZ1/dX",
)
OF_BIASES = ("b1", "db1", "b1_after", "update_b1", "loss_per_output", "tape dZ1/db1")
AS_THEY_ARE = ("W1", "dW1", "W1_after", "update_W1", "per_sample_dW1", "per_sample_db1", "loss_per_sample", "dZ2/dA1", "dZ2/dW1",
               "tape dZ2/dW2", "paths W1[0,1]")  # fmt: skip
ROWS_TO_COLUMNS: dict[str, Callable] = {
    **dict.fromkeys(OF_SAMPLES, np.transpose),
    **dict.fromkeys(OF_BIASES, lambda v: v[:, None]),
    **dict.fromkeys(AS_THEY_ARE, lambda M: M),
}


@pytest.mark.parametrize("name", ROWS_TO_COLUMNS)
def test_with_samples_in_columns_samples_and_biases_are_columns(name):
    columns = NETWORKS["columns"]
    rows = re.sub(r"data: .*", f"data: {{inputs: {X}, targets: {Y}}}", columns)
    turned = ROWS_TO_COLUMNS[name](value(rows, name))
    assert value(columns, name).shape == turned.shape
    np.testing.assert_allclose(value(columns, name), turned, rtol=1e-14)


def test_a_column_of_expected_figures_is_compared_with_a_column():
    """W = [[1, 2, 3], [4, 5, 6]] is (out, in), x = (1, 0, 2) a column: z = (7, 16), J = 49 + 256."""
    text = (
        "network: {weights: [[[1, 2, 3], [4, 5, 6]]], layout: out_in, bias: true}\n"
        "data: {inputs: [[1], [0], [2]], targets: [[0], [0]], orientation: columns}\nloss: {name: mse, reduction: sum}\n"
        "expect: {figures: {X: [[1], [0], [2]], Z1: [[7], [16]], dZ1: [[14], [32]], db1: [[14], [32]], b1: [[0], [0]], "
        "dW1: [[14, 0, 28], [32, 0, 64]], loss: 305, loss_per_output: [[49], [256]], losses: [[49], [256]], 'dW1[1, 2]': 64}}"
    )
    assert [each.expectation.quantity.text for each in compared(text) if not each.holds] == []
    with pytest.raises(ConfigError, match="db1 is 2×1"):
        compared(text.replace("db1: [[14], [32]]", "db1: [14, 32]"))


# References that share nothing with the quantities


PHI = {
    "identity": lambda z: z,
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "softplus": lambda z: np.log1p(np.exp(z)),
}
LOSS = {
    "mse": lambda a, y: (a - y) ** 2,
    "half_mse": lambda a, y: (a - y) ** 2 / 2,
    "bce": lambda a, y: -(y * np.log(a) + (1 - y) * np.log(1 - a)),
}


@dataclass(frozen=True)
class Written:
    """A network as its config writes it, one sample at a time."""

    config: dict

    def __getitem__(self, key):
        return self.config["network"].get(key)

    @property
    def X(self):
        X = np.array(self.config["data"]["inputs"])
        return X.T if self.config["data"].get("orientation") == "columns" else X

    @property
    def Y(self):
        Y = np.array(self.config["data"]["targets"])
        return Y.T if self.config["data"].get("orientation") == "columns" else Y

    def forward(self, n, **instead):
        """Give everything of sample n by name, with some of it replaced; what comes later follows from that.

        J is the sample's share of the batch's.
        """
        seen = {"X": instead.get("X", self.X[n])}
        a = seen["X"]
        for layer, given in enumerate(self["weights"], start=1):
            W = seen[f"W{layer}"] = instead.get(f"W{layer}", np.array(given, dtype=float))
            b = (self["biases"] or [0] * 9)[layer - 1]
            b = seen[f"b{layer}"] = instead.get(f"b{layer}", np.zeros(W.shape[self["layout"] != "out_in"]) + b)
            z = seen[f"Z{layer}"] = instead.get(f"Z{layer}", (a @ W.T if self["layout"] == "out_in" else a @ W) + b)
            phi = self["activation"] if layer < len(self["weights"]) else self["output_activation"] or "identity"
            scale = (self["scale"] or [None] * 9)[layer - 1]
            a = seen[f"A{layer}"] = instead.get(f"A{layer}", PHI[phi](z) * (1 if scale is None else np.array(scale)))
        seen["Y_hat"] = a = instead.get("Y_hat", a)
        loss = self.config.get("loss", {"name": "mse", "reduction": "mean"})
        share = {"mean": 1 / self.Y.size, "sum": 1, "batch_mean": 1 / len(self.Y), "none": 1}[loss["reduction"]]
        seen["J"] = LOSS[loss["name"]](a, self.Y[n]).sum() * share
        return seen

    def differences(self, of, by, n, h=1e-6):
        """Differentiate one by another with central differences: a row for each entry of the one."""
        at = np.array(self.forward(n)[by], dtype=float)
        columns = []
        for place in np.ndindex(at.shape):
            step = np.zeros_like(at)
            step[place] = h
            up, down = (np.ravel(self.forward(n, **{by: at + sign * step})[of]) for sign in (1, -1))
            columns.append((up - down) / (2 * h))
        return np.array(columns).T


UP = ("X", "Z1", "A1", "Z2", "A2", "J")
PAIRS = [
    *((of, by) for by, of in itertools.combinations(UP, 2)),
    *((of, f"{letter}{layer}") for layer in LAYERS for letter in "Wb" for of in UP[2 * layer - 1 :]),
    ("Y_hat", "W1"), ("Y_hat", "A1"), ("J", "Y_hat"), ("J", "X"),
]  # fmt: skip


@pytest.mark.parametrize(("of", "by"), PAIRS)
def test_a_jacobian_is_what_central_differences_give(text, of, by):
    written = Written(yaml.safe_load(text))
    found = value(text, f"d{of}/d{by}")
    numeric = np.array([written.differences(of, by, n) for n in range(3)])
    assert found.shape == numeric.shape
    np.testing.assert_allclose(found, numeric, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", ["Z1", "A1", "Z2", "A2"])
def test_a_quantity_by_itself_has_the_identity_as_jacobian(text, name):
    size = value(text, name).shape[0 if "columns" in text else 1]
    np.testing.assert_array_equal(value(text, f"d{name}/d{name}"), np.tile(np.eye(size), (3, 1, 1)))


def test_jacobians_are_those_of_the_page():
    """One sample, weights (out, in): dz2/da1 is W2, da1/dz1 the diagonal of slopes, dz2/dW2 = I ⊗ a1ᵀ."""
    text = (
        "network: {weights: [[[1, 2], [3, 4]], [[5, 6]]], layout: out_in, activation: relu, output_activation: identity}\n"
        "data: {inputs: [[1, -1]], targets: [[0]]}\nloss: {name: half_mse, reduction: sum}"
    )  # z1 = (-1, -1): both units are shut
    opened = text.replace("[[1, -1]]", "[[-1, 1]]")  # z1 = (1, 1), z2 = 11
    for config, slopes, a in ((text, [0, 0], [0, 0]), (opened, [1, 1], [1, 1])):
        np.testing.assert_array_equal(value(config, "dZ2/dA1[0]"), [[5, 6]])
        np.testing.assert_array_equal(value(config, "dA1/dZ1[0]"), np.diag(slopes))
        np.testing.assert_array_equal(value(config, "dZ2/dW2[0]"), [a])
    np.testing.assert_array_equal(value(opened, "dZ1/dW1[0]"), [[-1, 1, 0, 0], [0, 0, -1, 1]])
    np.testing.assert_array_equal(value(opened, "dJ/dA2[0]"), [[11]])
    np.testing.assert_array_equal(value(opened, "dJ/dW1[0]"), [[-55, 55, -66, 66]])
    np.testing.assert_array_equal(value(opened.replace("out_in", "in_out").replace("[[5, 6]]", "[[5], [6]]"), "dZ1/dW1[0]"),
                                  [[-1, 0, 1, 0], [0, -1, 0, 1]])  # fmt: skip


def torch_tape(text):
    """Give what PyTorch's tape returns for a pair: the gradient of the sum of all entries of the one."""
    torch = pytest.importorskip("torch")
    written = Written(yaml.safe_load(text))
    functions = {
        "identity": lambda z: z * 1, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
        "silu": torch.nn.functional.silu, "softplus": torch.nn.functional.softplus,
    }  # fmt: skip

    def leaf(values):
        return torch.tensor(np.array(values, dtype=float), requires_grad=True)

    seen = {"X": leaf(written.X)}
    a = seen["X"]
    for layer, given in enumerate(written["weights"], start=1):
        W = seen[f"W{layer}"] = leaf(given)
        W = W.T if written["layout"] == "out_in" else W
        b = seen[f"b{layer}"] = leaf((written["biases"] or [np.zeros(W.shape[1])] * 9)[layer - 1])
        z = seen[f"Z{layer}"] = a @ W + b
        phi = written["activation"] if layer < len(written["weights"]) else written["output_activation"] or "identity"
        scale = (written["scale"] or [None] * 9)[layer - 1]
        a = seen[f"A{layer}"] = functions[phi](z) * (1.0 if scale is None else torch.tensor(scale, dtype=torch.float64))
    seen["Y_hat"] = a

    def tape(of, by):
        found = torch.autograd.grad(seen[of], seen[by], torch.ones_like(seen[of]), retain_graph=True)[0].numpy()
        if written.config["data"].get("orientation") != "columns" or by[0] == "W":
            return found
        return found[:, None] if by[0] == "b" else found.T

    return tape


@pytest.mark.parametrize(("of", "by"), [pair for pair in PAIRS if pair[0] != "J" and pair != ("Y_hat", "Y_hat")])
def test_a_tape_is_what_pytorch_returns_for_ones(text, of, by):
    told = torch_tape(text)(of, by)
    found = value(text, f"tape d{of}/d{by}")
    assert found.shape == told.shape
    np.testing.assert_allclose(found, told, rtol=1e-12, atol=1e-14)


def test_a_tape_sums_the_jacobians_over_samples_and_outputs(text):
    for of, by in PAIRS:
        if of == "J":
            continue
        summed = value(text, f"d{of}/d{by}").sum(axis=1)  # over the rows; one row a sample is left
        found = value(text, f"tape d{of}/d{by}")
        if by[0] in "Wb":
            np.testing.assert_allclose(found.ravel(), summed.sum(axis=0), rtol=1e-12, atol=1e-14)
        else:
            np.testing.assert_allclose(found.T if "columns" in text else found, summed, rtol=1e-12, atol=1e-14)


def test_the_jacobians_of_j_are_the_samples_shares_and_add_up_to_the_gradient(text):
    for layer in LAYERS:
        shares = value(text, f"dJ/dW{layer}").sum(axis=0)
        np.testing.assert_allclose(shares.reshape(value(text, f"W{layer}").shape), value(text, f"dW{layer}"), rtol=1e-12)


def test_the_tape_of_j_is_the_gradient(text):
    for layer in LAYERS:
        for letter in "WZA":
            found = value(text, f"tape dJ/d{letter}{layer}")
            np.testing.assert_allclose(found, value(text, f"d{letter}{layer}"), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("weight", ["W1[0,1]", "W1[1,0]", "W2[1,1]", "b1[2]", "b2[0]"])
def test_paths_multiply_to_their_last_number_and_add_up_to_the_samples_own_gradient(text, weight):
    found = value(text, f"paths {weight}")
    parameter, layer = weight[0], int(weight[1])
    assert found.shape == (3, 2 if layer == 1 else 1, (5 if layer == 1 else 3) + 1)
    np.testing.assert_allclose(found[..., :-1].prod(axis=-1), found[..., -1], rtol=1e-13)
    index = tuple(int(i) for i in weight[3:-1].split(","))
    alone = value(text, f"per_sample_d{parameter}{layer}")[(slice(None), *index)]
    np.testing.assert_allclose(found[..., -1].sum(axis=1), alone, rtol=1e-12)


# Names and indices


MISSPELT = {
    "dw1": "dW1",
    "w1": "W1",
    "dWl": "dW1",
    "los": "loss",
    "Loss": "loss",
    "los_per_sample": "loss_per_sample",
    "yhat": "Y_hat",
    "eror": "error",
    "acuracy": "accuracy",
    "dW": "dW1",
    "W1_aftr": "W1_after",
    "per_sampledW1": "per_sample_dW1",
    "update_w1": "update_W1",
}


@pytest.mark.parametrize("name", MISSPELT)
def test_a_name_that_is_misspelt_is_met_with_the_one_that_is_meant(name):
    with pytest.raises(ValueError, match=rf"no quantity '{name}'.*did you mean {MISSPELT[name]}\?"):
        quantity(name)


@pytest.mark.parametrize(
    "name", ["", "xyzzy", "dZ2/dQ1", "dZ2 / dA1", "tape", "tape loss", "dJ", "Q1", "W12345", "paths", "dZ2/A1"]
)
def test_what_is_no_quantity_is_told_what_there_is(name):
    with pytest.raises(ValueError, match=rf"^no quantity '{name}'; ") as error:
        quantity(name)
    assert "did you mean" in str(error.value) or all(
        word in str(error.value) for word in (*OF_NETWORK, "dZ2/dA1", "paths W1[0,0]")
    )


@pytest.mark.parametrize("name", ["paths W1", "paths W1[0]", "paths b1[0,0]", "paths Z1[0,0]", "paths W1[0,0", "paths W1[0,0]0"])
def test_paths_are_those_of_one_entry(name):
    with pytest.raises(ValueError, match="W1"):
        quantity(name)


INDICES = {  # of A1, which is 3×3
    "[1]": np.s_[1],
    "[-1]": np.s_[-1],
    "[0, 2]": np.s_[0, 2],
    "[0,2]": np.s_[0, 2],
    "[:2]": np.s_[:2],
    "[1:]": np.s_[1:],
    "[:]": np.s_[:],
    "[:, 0]": np.s_[:, 0],
    "[1:2, -1]": np.s_[1:2, -1],
    "[-2:, :-1]": np.s_[-2:, :-1],
    "[ 0 , 1 ]": np.s_[0, 1],
    "[:9]": np.s_[:9],
    " [1]": np.s_[1],
    "": np.s_[...],
}


@pytest.mark.parametrize("index", INDICES)
def test_indices_are_those_of_numpy(index):
    whole = value(NETWORKS["momentum"], "A1")
    assert whole.shape == (3, 3)
    np.testing.assert_array_equal(value(NETWORKS["momentum"], f"A1{index}"), whole[INDICES[index]])


def test_jacobians_and_paths_take_indices_too():
    text = NETWORKS["momentum"]
    np.testing.assert_array_equal(value(text, "dZ2/dA1[1]"), value(text, "dZ2/dA1")[1])
    np.testing.assert_array_equal(value(text, "tape dZ2/dA1[:1]"), value(text, "tape dZ2/dA1")[:1])
    np.testing.assert_array_equal(value(text, "paths W1[0,0][2, 1]"), value(text, "paths W1[0,0]")[2, 1])


@pytest.mark.parametrize("index", ["[3]", "[-4]", "[0, 3]", "[0, 0, 0]", "[:, 5]", "[999999999]"])
def test_an_index_out_of_range_is_a_sentence(index):
    with pytest.raises(ValueError, match=r"^A1\[.*\]: A1 is 3×3, which has no such part$"):
        value(NETWORKS["momentum"], f"A1{index}")


@pytest.mark.parametrize("index", ["x", "1.5", "::2", "...", "None", "1 2", "", "0,", "[0]", "1e3", "0x1"])
def test_what_is_no_index_is_a_sentence(index):
    with pytest.raises(ValueError, match=r"index|no quantity"):
        quantity(f"A1[{index}]")
