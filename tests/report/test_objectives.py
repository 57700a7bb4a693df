"""The table of losses and reductions: by which factor each gradient is larger than the mean's, in figures and in symbols."""

import re
from fractions import Fraction

import numpy as np
import pytest

from tests.cases import run_cell
from tests.config.texts import experiment
from tests.drawing import drawn
from yann.parts.losses import LOSSES
from yann.parts.reductions import REDUCTIONS
from yann.report.digest import digest
from yann.report.grid import Grid
from yann.report.objectives import compares_objectives, objective_tables
from yann.report.prose import Prose
from yann.report.tables import sweep_table, sweep_tables

ALL = "[mean, sum, batch_mean, feature_mean, none, per_sample]"
LARGER = {"mean": "", "sum": "NK", "batch_mean": "K", "feature_mean": "N", "none": "NK", "per_sample": "N"}
"""What the gradient of a reduction is larger by than that of the mean, in N samples of K losses."""


def study(text, metric="dW_rms", width=None):
    """Run a sweep: its experiment, and the tables."""
    e = experiment(text)
    digests = [digest(i, e.points[i], cell, [run_cell(cell, e.measure)]) for i, cell in enumerate(e.cells)]
    return e, sweep_tables(e, digests, metric, width)


def under_every_reduction(N, K, loss="mse", *, extra="", targets="normal", activation="tanh"):
    """Write a sweep of every reduction over one network and one batch."""
    return (
        f"network: {{widths: [3, 4, {K}], activation: tanh, output_activation: {activation}}}\n"
        f"data: {{inputs: normal, targets: {targets}, samples: {N}}}\nloss: {loss}\nseed: {N * 100 + K}\n{extra}"
        f"sweep: {{grid: {{loss.reduction: {ALL}}}}}\n"
    )


def larger(reduction, N, K):
    """Give by how much the gradient of a reduction is larger than that of the mean."""
    return (N if "N" in LARGER[reduction] else 1) * (K if "K" in LARGER[reduction] else 1)


def value_of(symbol, N, K):
    """Evaluate a symbol: factors 1, 2, ½, N and K between dots."""
    known = {"1": Fraction(1), "2": Fraction(2), "½": Fraction(1, 2), "N": Fraction(N), "K": Fraction(K)}
    value = Fraction(1)
    for part in symbol.split("·"):
        value *= known[part]
    return value


# The symbols


@pytest.mark.parametrize("name", REDUCTIONS)
def test_the_symbol_of_every_reduction_is_its_factor_over_that_of_the_mean(name):
    part = REDUCTIONS[name]()
    for N in (1, 2, 3, 7, 49, 1000):
        for K in (1, 2, 5, 10, 33):
            ratio = part.factor(N, K) / REDUCTIONS["mean"]().factor(N, K)
            assert float(value_of(part.against_mean, N, K)) == pytest.approx(ratio, rel=1e-14)
            assert ratio == pytest.approx(larger(name, N, K), rel=1e-14)


def test_every_reduction_says_what_frameworks_call_it():
    for name in REDUCTIONS:
        assert len(REDUCTIONS[name].known_as.split()) > 1


# The table

RANDOM = [tuple(map(int, np.random.default_rng(at).integers(1, (24, 9)))) for at in range(12)]


@pytest.mark.parametrize(("N", "K"), [*RANDOM, (1, 1), (6, 4), (49, 3)])
def test_the_ratio_is_the_factor_and_the_symbol_evaluates_to_it(N, K):
    _, (grid, _) = study(under_every_reduction(N, K))
    assert grid.header == ("reduction", "J", "dW_rms\nlayer 1", "ratio", "in N and K")
    assert [row[0] for row in grid.rows] == list(LARGER)
    for name, _, _, ratio, symbol in grid.rows:
        expected = larger(name, N, K)
        assert float(ratio) == pytest.approx(expected, rel=5.1e-4)
        assert symbol == REDUCTIONS[name].against_mean
        assert value_of(symbol, N, K) == expected


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_has_the_same_ratios_and_a_class_loss_has_one_a_sample(loss):
    part = LOSSES[loss]()
    targets = "classes" if part.classes else "uniform" if part.probabilities else "normal"
    N, K = 5, 3
    text = under_every_reduction(N, K, loss, targets=targets, activation="sigmoid" if loss == "bce" else "identity")
    _, (grid, _) = study(text)
    for name, _, _, ratio, symbol in grid.rows:
        expected = larger(name, N, 1 if part.classes else K)
        assert float(ratio) == pytest.approx(expected, rel=1e-3)
        assert value_of(symbol, N, 1 if part.classes else K) == expected


@pytest.mark.parametrize(("extra", "N"), [("dtype: float32", 6), ("replicates: 5", 6), ("batch: 3", 3)])
def test_the_symbols_are_told_in_either_precision_over_replicates_and_of_a_mini_batch(extra, N):
    _, (grid, _) = study(under_every_reduction(6, 4, extra=f"{extra}\n"))
    for name, _, _, ratio, symbol in grid.rows:
        assert float(ratio) == pytest.approx(larger(name, N, 4), rel=1e-3)
        assert symbol == REDUCTIONS[name].against_mean


def test_the_bundled_study_has_the_half_of_the_other_convention():
    text = under_every_reduction(6, 4).replace("sweep: {grid: {", "sweep: {grid: {loss: [mse, half_mse], ")
    e, (grid, known) = study(text)
    assert grid.header[:2] == ("loss", "reduction")
    symbols = {(row[0], row[1]): row[-1] for row in grid.rows}
    ratios = {(row[0], row[1]): float(row[-2]) for row in grid.rows}
    assert symbols["half_mse", "mean"] == "½"
    assert symbols["half_mse", "sum"] == "½·N·K"
    assert symbols["mse", "none"] == "N·K"
    for (loss, reduction), symbol in symbols.items():
        assert float(value_of(symbol, 6, 4)) == ratios[loss, reduction]
        assert ratios[loss, reduction] == larger(reduction, 6, 4) * (0.5 if loss == "half_mse" else 1)
    assert "ratio: to mse with mean" in grid.caption
    assert {"half_mse", "mse"} <= set(re.findall(r"^  (\w+):", known.text, re.MULTILINE))
    digests = [digest(i, e.points[i], cell, [run_cell(cell, e.measure)]) for i, cell in enumerate(e.cells)]
    assert compares_objectives(e, digests, "dW_rms")


def test_where_the_half_comes_first_the_other_is_its_double():
    text = under_every_reduction(6, 4).replace("sweep: {grid: {", "sweep: {grid: {loss: [half_mse, mse], ")
    _, (grid, _) = study(text)
    symbols = {(row[0], row[1]): row[-1] for row in grid.rows}
    assert (symbols["half_mse", "mean"], symbols["mse", "mean"], symbols["mse", "batch_mean"]) == ("1", "2", "2·K")


def test_losses_that_differ_in_more_than_a_factor_have_a_ratio_and_no_symbol():
    text = "network: {widths: [3, 4, 2]}\ndata: {samples: 5}\nsweep: {grid: {loss: [mse, mae, huber]}}\n"
    _, (grid, _) = study(text)
    assert grid.rows[0][-2:] == ("1", "1")
    assert [row[-1] for row in grid.rows[1:]] == ["", ""]
    assert all(float(row[-2]) > 0 for row in grid.rows)


def test_updates_that_go_different_ways_are_not_what_is_compared():
    _, (still, _) = study(under_every_reduction(6, 4))
    _, (moved, _) = study(under_every_reduction(6, 4, extra="steps: 3\noptimizer: {name: sgd, lr: 0.05}\n"))
    assert moved.rows == still.rows
    assert moved.caption == f"before the first update, as each then goes its own way; {still.caption}"


def test_without_a_mean_the_first_cell_is_what_the_others_are_measured_by():
    text = under_every_reduction(6, 4).replace("[mean, sum", "[sum")
    _, (grid, _) = study(text)
    assert "ratio: to mse with sum" in grid.caption
    assert [float(row[-2]) for row in grid.rows] == pytest.approx([1, 1 / 6, 1 / 4, 1, 1 / 4], rel=1e-3)
    assert [row[-1] for row in grid.rows] == [""] * 5


def test_the_mean_is_the_base_wherever_it_stands():
    text = under_every_reduction(6, 4).replace("[mean, sum", "[sum, mean")
    _, (grid, _) = study(text)
    assert [row[-1] for row in grid.rows[:2]] == ["N·K", "1"]


def test_kept_losses_are_told_by_their_sum():
    _, (grid, _) = study(under_every_reduction(6, 4))
    J = {row[0]: float(row[1]) for row in grid.rows}
    for name in LARGER:
        assert J[name] == pytest.approx(J["mean"] * larger(name, 6, 4), rel=2e-3)


def test_it_names_what_others_call_the_reductions_that_are_there():
    _, (_, known) = study(under_every_reduction(2, 2).replace(ALL, "[mean, none]"))
    assert isinstance(known, Prose)
    assert f"  mean: {REDUCTIONS['mean'].known_as}" in known.text
    assert f"  none: {REDUCTIONS['none'].known_as}" in known.text
    assert "batch_mean" not in known.text
    assert LOSSES["mse"].known_as in known.text


def test_it_shows_the_metric_that_is_asked_for():
    _, (grid, _) = study(under_every_reduction(6, 4), "dW_max")
    assert grid.header[2] == "dW_max\nlayer 1"
    assert [row[-1] for row in grid.rows] == [REDUCTIONS[row[0]].against_mean for row in grid.rows]
    _, tables = study(under_every_reduction(6, 4), "A_rms")  # of what is no gradient there is no ratio
    assert len(tables) == 1


def test_a_gradient_of_nothing_has_no_ratio():
    text = under_every_reduction(2, 2).replace("activation: tanh", "activation: tanh, init: zeros", 1)
    _, (grid, _) = study(text)
    assert {row[-2] for row in grid.rows} == {"-"}


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_longer_than_the_terminal(width):
    text = under_every_reduction(6, 4).replace("sweep: {grid: {", "sweep: {grid: {loss: [mse, half_mse], ")
    _, parts = study(text, width=width)
    assert max(map(len, drawn(parts, width))) <= width


# Who gets it

ORDINARY = {  # what else differs: the sweep
    "a setting of the loss": "{loss.delta: [0.5, 1], loss.reduction: [mean, sum]}",
    "the depth": "{network.depth: [1, 2], loss.reduction: [mean, sum]}",
    "the seed": "{seed: [1, 2], loss: [mse, half_mse]}",
    "the optimizer": "{optimizer.lr: [0.1, 0.2], loss.reduction: [mean, sum]}",
    "the samples": "{data.samples: [2, 3], loss.reduction: [mean, sum]}",
    "the depth alone": "{network.depth: [1, 2]}",
}


@pytest.mark.parametrize("grid", ORDINARY.values(), ids=ORDINARY)
def test_a_sweep_in_which_more_differs_gets_the_ordinary_table(grid):
    text = f"network: {{depth: 2, width: 3}}\nloss: huber\nsteps: 1\nsweep: {{grid: {grid}}}\n"
    e, tables = study(text)
    (table,) = tables
    assert "ratio: to" not in table.caption
    assert "ratio" not in table.header or "first" in table.header
    digests = [digest(i, e.points[i], cell, [run_cell(cell, e.measure)]) for i, cell in enumerate(e.cells)]
    assert table == sweep_table(e, digests, "dW_rms", None)


def test_a_single_cell_is_compared_with_nothing():
    e, (table,) = study("network: {depth: 2, width: 3}\nsweep: {grid: {loss.reduction: [sum]}}\n")
    assert len(e.cells) == 1
    assert isinstance(table, Grid)


def test_where_only_one_cell_of_several_came_through_there_is_nothing_to_compare():
    e = experiment(under_every_reduction(2, 2))
    digests = [digest(0, e.points[0], e.cells[0], [run_cell(e.cells[0], e.measure)])]
    assert len(sweep_tables(e, digests, "dW_rms", None)) == 1
    digests = [digest(i, e.points[i], e.cells[i], [run_cell(e.cells[i], e.measure)]) for i in (4, 0)]
    grid, _ = objective_tables(e, digests, "dW_rms", "", None)
    assert [(row[0], row[-1]) for row in grid.rows] == [("none", "N·K"), ("mean", "1")]


def test_the_table_is_the_same_in_markdown():
    _, (grid, known) = study(under_every_reduction(3, 2))
    lines = grid.markdown().split("\n")
    assert sum(line.startswith("| ") for line in lines) == 2 + 6
    assert any("N·K" in line for line in lines)
    assert known.markdown().startswith("What others call them:\n\n  mean: PyTorch mean, Keras sum\\_over\\_batch\\_size\n")
