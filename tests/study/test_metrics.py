"""Metrics: each is its plain NumPy formula on float64, and norms neither overflow nor underflow."""

import math
import statistics
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest

from tests.cases import CELLS, cell_of, some_cells
from yann.engine.objective import Objective
from yann.parts.activations import ACTIVATIONS, ReLU, Tanh
from yann.parts.losses import SquaredError
from yann.study.entries import Entries, value
from yann.study.metrics import METRICS, Metric
from yann.study.run import run, start, walk

MEASURE = [metric() for _, metric in METRICS.items()]
EVERY = pytest.mark.parametrize("name", METRICS)

# Each metric of one layer of one replicate, from its arrays in float64
PLAIN = {
    "dW_norm": lambda a: math.sqrt((a["dW"] ** 2).sum()),
    "dW_rms": lambda a: math.sqrt((a["dW"] ** 2).mean()),
    "dW_mean": lambda a: a["dW"].mean(),
    "dW_std": lambda a: a["dW"].std(),
    "dW_min": lambda a: a["dW"].min(),
    "dW_max": lambda a: a["dW"].max(),
    "dW_zero_fraction": lambda a: (a["dW"] == 0).mean(),
    "log10_dW_rms": lambda a: np.log10(np.sqrt((a["dW"] ** 2).mean())),
    "db_norm": lambda a: math.sqrt((a["dZ"].sum(axis=0) ** 2).sum()),
    "dZ_rms": lambda a: math.sqrt((a["dZ"] ** 2).mean()),
    "A_mean": lambda a: a["A"].mean(),
    "A_std": lambda a: a["A"].std(),
    "A_rms": lambda a: math.sqrt((a["A"] ** 2).mean()),
    "dead_fraction": lambda a: (a["slope"] == 0).all(axis=0).mean(),
    "saturated_fraction": lambda a: (np.abs(a["slope"]) <= 0.01 * a["steepest"]).mean(),
    "update_ratio": lambda a: (
        np.linalg.norm(a["after"] - a["W"]) / np.linalg.norm(a["W"]) if a["after"] is not None else math.nan
    ),
}


def arrays(cell, state):
    """Give for each layer and replicate everything that a metric looks at, as plain float64 matrices."""
    for layer, theta, seen, g, after in zip(
        cell.network.layers, state.params, state.trace, state.gradients, state.after or [None] * len(state.trace), strict=True
    ):
        yield [
            {
                "steepest": layer.activation.steepest(),
                **{
                    name: M[r].astype(np.float64)
                    for name, M in {"W": theta.W, "A": seen.A, "dW": g.dW, "dZ": g.dZ, "slope": g.slope}.items()
                },
                "after": None if after is None else after.W[r].astype(np.float64),
            }
            for r in range(cell.replicates)
        ]


def test_every_metric_has_its_plain_formula():
    assert set(METRICS) == set(PLAIN)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("cell_name", some_cells(11))
def test_a_metric_is_its_plain_formula(cell_name, dtype):
    cell = replace(CELLS[cell_name], steps=2, dtype=dtype)
    result = run(cell, MEASURE, range(cell.replicates))
    digits = 1e-12 if dtype == "float64" else 1e-5  # of db, which is summed in the network's own precision
    with np.errstate(divide="ignore"):
        params, _, batches = start(cell, range(cell.replicates))
        for t, state in enumerate(walk(cell, params, batches)):
            for at, replicates in enumerate(arrays(cell, state)):
                for r, seen in enumerate(replicates):
                    for name, plain in PLAIN.items():
                        right = plain(seen)
                        relative = digits if name in ("db_norm", "update_ratio") else 1e-12
                        size = (
                            np.abs(seen[name.split("_")[0]]).max() if name.endswith(("_mean", "_std")) else 0
                        )  # they may cancel
                        np.testing.assert_allclose(result.metrics[name][t, at, r], right, relative, 1e-13 * size, err_msg=name)


@EVERY
def test_a_metric_has_a_number_for_every_step_layer_and_replicate(name):
    cell = replace(cell_of(Tanh(), Objective(SquaredError()), 3), steps=5, every=2, replicates=3)
    result = run(cell, [METRICS[name]()], range(3))
    assert result.steps == (0, 2, 4, 5)
    assert set(result.metrics) == {name}
    assert result.metrics[name].shape == (4, len(cell.network.layers), 3)
    assert result.metrics[name].dtype == np.float64


@dataclass(frozen=True)
class Small(Metric):
    """the fraction of entries of dW up to `most`"""

    name = "dW_small"

    most: float = 0.1

    def measure(self, m):
        return (np.abs(m.gradients.dW) <= self.most).mean(axis=(-2, -1))


def test_a_metric_of_two_settings_is_two_metrics():
    cell = cell_of(Tanh(), Objective(SquaredError()), 3)
    result = run(cell, [Small(), Small(1e9)], range(2))
    assert result.measured == ("dW_small", "dW_small(most=1000000000.0)")
    assert (result.metrics["dW_small"] < 1).any()
    assert (result.metrics["dW_small(most=1000000000.0)"] == 1).all()


def test_what_is_measured_does_not_depend_on_what_else_is():
    cell = replace(cell_of(Tanh(), Objective(SquaredError()), 3), steps=3)
    everything = run(cell, MEASURE, range(2))
    for name in METRICS:
        alone = run(cell, [METRICS[name]()], range(2))
        assert alone.metrics[name].tobytes() == everything.metrics[name].tobytes()
        assert alone.state.tobytes() == everything.state.tobytes()


def test_measuring_seldom_changes_nothing_but_how_often():
    cell = replace(cell_of(Tanh(), Objective(SquaredError()), 3), steps=6)
    often, seldom = run(cell, MEASURE, range(2)), run(replace(cell, every=3), MEASURE, range(2))
    assert seldom.steps == (0, 3, 6)
    for name, values in seldom.metrics.items():
        assert values.tobytes() == often.metrics[name][::3].tobytes()


# Norms


@pytest.mark.parametrize(
    ("entry", "shape", "dtype", "right"),
    [
        (1e-170, (10, 10), "float64", 1e-169),
        (1e160, (10, 10), "float64", 1e161),
        (1e-23, (100, 100), "float32", 1e-21),
        (3e38, (10, 10), "float32", 3e39),
        (1e-320, (10, 10), "float64", 1e-319),
        (1.5e307, (10, 10), "float64", 1.5e308),
        (1.0, (10, 10), "float64", 10),
        (0.0, (10, 10), "float64", 0),
        (1e-140, (1, 1), "float64", 1e-140),
        (1e140, (1, 1), "float64", 1e140),
    ],
)
def test_a_norm_neither_overflows_nor_underflows(entry, shape, dtype, right):
    M = np.full((1, *shape), entry, dtype=dtype)
    with np.errstate(all="ignore"):
        found = value(*Entries(M).norm)
    relative = {"float64": 1e-14, "float32": 1e-7}[dtype] if right == 0 or right > 1e-300 else 1e-3
    assert found[0] == pytest.approx(right, rel=relative, abs=0)


def test_a_norm_beyond_float64_is_still_known_by_its_exponent():
    with np.errstate(all="ignore"):
        f, e = Entries(np.full((1, 10, 10), 1.7e308)).norm
    assert np.log10(f[0]) + e[0] * math.log10(2) == pytest.approx(math.log10(1.7) + 309, rel=1e-14)


def test_every_replicate_has_a_norm_of_its_own():
    M = np.stack([np.full((2, 2), value) for value in (1e-200, 1.0, 1e200, 0.0, math.inf, math.nan)])
    with np.errstate(all="ignore"):
        found = value(*Entries(M).norm)
    np.testing.assert_allclose(found[:4], [2e-200, 2, 2e200, 0], rtol=1e-14)
    assert math.isinf(found[4])
    assert math.isnan(found[5])


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (50, 40)])
def test_a_norm_is_numpys_where_numpys_is_right(shape):
    M = np.random.default_rng(0).normal(size=(3, *shape))
    np.testing.assert_allclose(value(*Entries(M).norm), np.linalg.norm(M, axis=(-2, -1)), rtol=1e-14)


# Steepness


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_slope_is_saturated_at_a_hundredth_of_the_steepest(name):
    part = ACTIVATIONS[name]()
    cell = cell_of(part, Objective(SquaredError()), 2)
    params, _, batches = start(cell, [0])
    state = next(walk(cell, params, batches))
    result = run(cell, [METRICS["saturated_fraction"]()], [0])
    for at, g in enumerate(state.gradients):
        assert result.metrics["saturated_fraction"][0, at, 0] == (np.abs(g.slope) <= 0.01 * part.steepest()).mean()


def test_a_dead_unit_is_one_whose_slope_is_zero_for_every_sample():
    cell = CELLS["relu-mse-mean"]
    cell = replace(cell, network=replace(cell.network, layers=(replace(cell.network.layers[0], activation=ReLU(), scale=None),)))
    params, _, batches = start(cell, [0])
    Z = next(walk(cell, params, batches)).trace[0].Z[0]
    result = run(cell, [METRICS["dead_fraction"]()], [0])
    assert result.metrics["dead_fraction"][0, 0, 0] == (Z <= 0).all(axis=0).mean()


def test_a_mean_and_a_spread_are_finite_wherever_the_entries_are():
    """The sum of two numbers of 1.5e308 is not."""
    M = np.array([[[1.5e308, 1.5e308]], [[1.5e308, -1.5e308]], [[1.0, 3.0]]])
    with np.errstate(all="ignore"):
        assert value(*Entries(M).mean).tolist() == [1.5e308, 0, 2]
        assert value(*Entries(M).std).tolist() == pytest.approx([0, 1.5e308, 1], rel=1e-15)


@pytest.mark.parametrize("mean", [0.0, 0.5, 0.99, 1.01, 30.0, 1e9])
def test_a_spread_has_all_its_digits_however_far_the_mean_is_from_zero(mean):
    M = np.random.default_rng(0).normal(size=(3, 40, 25)) + mean
    exact = [math.sqrt(statistics.pvariance([Fraction(value) for value in row])) for row in M.reshape(3, -1).tolist()]
    np.testing.assert_allclose(value(*Entries(M).std), exact, rtol=1e-14 + 1e-16 * mean)
