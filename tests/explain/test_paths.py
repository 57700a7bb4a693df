"""The path ledger: the paths of a weight add up to its gradient, and of too many paths the largest are kept."""

import tracemalloc
from dataclasses import replace
from itertools import pairwise, product
from math import prod

import numpy as np
import pytest

from tests.cases import CELLS, JITTER, WEIGHTS, passed
from yann.config.load import load
from yann.config.options import find_config
from yann.engine.network import Layer, LayerParams, Network
from yann.engine.objective import Objective
from yann.explain.chain import chain
from yann.explain.entry import Entry, entry
from yann.explain.notation import Notation, notation_of
from yann.explain.paths import MOST_PATHS, factor_names, ledger
from yann.explain.pitfalls.base import example, yann_network
from yann.explain.scene import scene_of
from yann.parts.activations import Identity, ReLU, Sigmoid, Tanh
from yann.parts.losses import BinaryCrossEntropy, Output
from yann.parts.reductions import Sum

CLOSE = 1e-12
DRAWS = 240
AVERAGED = {"mean": True, "sum": False, "batch_mean": True, "feature_mean": False, "none": False, "per_sample": False}


def drawn(index):
    """Draw a cell, a replicate, a layout, and a weight or bias that it has."""
    rng = np.random.default_rng([7, index])
    name = list(CELLS)[rng.integers(len(CELLS))]
    notation = Notation(out_in=bool(rng.integers(2)))
    of = replace(scene_of(CELLS[name], 0, notation), r=int(rng.integers(2)))
    layer = int(rng.integers(of.layers)) + 1
    spec = of.cell.network.layers[layer - 1]
    i, j = int(rng.integers(spec.fan_in)), int(rng.integers(spec.fan_out))
    if spec.bias is not None and rng.integers(3) == 0:
        return name, of, Entry("b", layer, (j,)), i, j
    return name, of, Entry("W", layer, (j, i) if notation.out_in else (i, j)), i, j


def followed(of, weight, most=MOST_PATHS, samples=None):
    """Follow a weight in every sample, or in these."""
    samples = tuple(range(of.N)) if samples is None else samples
    return ledger(of.cell, of.state, of.notation, weight, samples=samples, most=most, r=of.r)


def of_sample_alone(of, n, weight, i, j):
    """Run sample n as a batch of its own: the gradient of the weight's matrix, and its entry."""
    r, given = of.r, of.state
    params = tuple(LayerParams(p.W[r, None], None if p.b is None else p.b[r, None]) for p in given.params)
    with np.errstate(divide="ignore"):  # ℓ' of a probability of 0 or 1
        _, gradients = passed(of.cell, params, of.own(given.X)[None, n, None], of.own(given.Y)[None, n, None])
    g = gradients[weight.layer - 1]
    M = g.dW[0] if weight.parameter == "W" else g.db[0]
    return M[i if weight.parameter == "W" else 0, j], np.abs(M).max()


# The sum of the paths


@pytest.mark.parametrize("index", range(DRAWS))
def test_the_paths_add_up_to_the_gradient_of_that_sample_alone_and_the_samples_to_the_batchs(index):
    name, of, weight, i, j = drawn(index)
    found = followed(of, weight)
    later = of.cell.network.widths[weight.layer + 1 :]
    assert found.count == prod(later)
    assert found.weight == str(weight)
    for n, sample in enumerate(found.samples):
        expected, largest = of_sample_alone(of, n, weight, i, j)
        assert sample.sample == n
        assert abs(sum(path.product for path in sample.paths) - expected) <= CLOSE * largest
        assert abs(sample.entry - expected) <= CLOSE * largest
        units = [path.units for path in sample.paths]
        assert units == sorted(product([j], *map(range, later)))
    g = of.state.gradients[weight.layer - 1]
    batch = (g.dW if weight.parameter == "W" else g.db)[of.r]
    reduction = name.rpartition("-")[2]
    assert found.averaged is AVERAGED[reduction]
    joined = np.mean if found.averaged else np.sum
    assert found.gradient == batch[i if weight.parameter == "W" else 0, j]
    assert abs(joined([sample.total for sample in found.samples]) - found.gradient) <= CLOSE * np.abs(batch).max()


def test_the_draws_are_of_every_kind():
    kinds = [
        (name, of.notation.out_in, weight.parameter, of.layers - weight.layer)
        for name, of, weight, *_ in map(drawn, range(DRAWS))
    ]
    for part, registry in enumerate({name.split("-")[k] for name in CELLS} for k in range(3)):
        assert {name.split("-")[part] for name, *_ in kinds} == registry
    assert {out_in for _, out_in, *_ in kinds} == {True, False}
    assert {parameter for *_, parameter, _ in kinds} == {"W", "b"}
    assert {above for *_, above in kinds} == {0, 1, 2, 3, 4}


@pytest.mark.parametrize("index", range(0, DRAWS, 8))
def test_a_factor_is_the_entry_of_its_link_between_the_units_of_its_path(index):
    _, of, weight, i, j = drawn(index)
    found = followed(of, weight, samples=(2,))
    links = chain(of.cell, of.state, of.notation, "J", f"{weight.parameter}{weight.layer}", n=2, r=of.r).links
    assert found.names == tuple(link.name.replace("dJ/", "dJn/") for link in links)
    for path in found.samples[0].paths:
        down = list(path.units[::-1])
        rows = [0, *(unit for unit in down for _ in (0, 1))]  # J, then of each unit its a and its z
        spec = of.cell.network.layers[weight.layer - 1]
        own = j if weight.parameter == "b" else (j * spec.fan_in + i if of.notation.out_in else i * spec.fan_out + j)
        columns = [*rows[1:], own]
        # a bias's own link is the identity, a weight's has the input
        expected = [link.dense()[row, column] for link, row, column in zip(links, rows, columns, strict=True)]
        expected[0] *= of.N if found.averaged else 1  # the links' J is the batch's, that of a path the sample's alone
        np.testing.assert_allclose(path.factors, expected, rtol=1e-15)
        assert path.product == pytest.approx(prod(expected), rel=1e-15)


def test_the_paths_of_a_network_that_one_can_follow_with_a_finger():
    cell = example(
        [[[2, 3]], [[5, 7], [11, 13]], [[17], [19]]], [[1.5]], [[0]], objective=Objective(Output(), Sum())
    )  # x → 2 → 2 → 1, the weights primes, J the output itself
    of = scene_of(cell)
    found = followed(of, entry("W1[0,1]"))
    assert found.names == ("dJ/dA3", "dA3/dZ3", "dZ3/dA2", "dA2/dZ2", "dZ2/dA1", "dA1/dZ1", "dZ1/dW1")
    (sample,) = found.samples
    assert [(path.units, path.factors) for path in sample.paths] == [
        ((1, 0, 0), (1, 1, 17, 1, 11, 1, 1.5)),
        ((1, 1, 0), (1, 1, 19, 1, 13, 1, 1.5)),
    ]
    assert [path.product for path in sample.paths] == [17 * 11 * 1.5, 19 * 13 * 1.5]
    assert sample.total == sample.entry == found.gradient == (17 * 11 + 19 * 13) * 1.5
    (above,) = followed(of, entry("W2[1,0]")).samples
    assert [(path.units, path.factors) for path in above.paths] == [((0, 0), (1, 1, 17, 1, 4.5))]
    assert not found.averaged


SILU = (-1.8637441618760981, 0.24866378096087308, 0.3, 0.574719696345381, 1.0)


def test_the_five_factors_of_the_silu_network_are_those_of_its_document():
    experiment = load(find_config("silu-momentum")).experiment
    of = scene_of(experiment.cells[0], 0, notation_of(experiment))
    found = followed(of, entry("W1[0,0]"))
    assert found.names == ("dJn/dA2", "dA2/dZ2", "dZ2/dA1", "dA1/dZ1", "dZ1/dW1")
    assert (found.count, found.averaged, len(found.samples)) == (1, True, 3)
    (path,) = found.samples[0].paths
    assert path.factors == pytest.approx(SILU, rel=1e-14)
    assert path.product == pytest.approx(-0.07990540642667802, rel=1e-14)
    assert [sample.entry for sample in found.samples] == pytest.approx(
        [-0.07990540642667802, 0.0050169493908709785, 0], rel=1e-14
    )
    assert found.gradient == pytest.approx((-0.07990540642667802 + 0.0050169493908709785) / 3, rel=1e-14)


def test_a_bias_is_a_weight_from_a_one():
    of = scene_of(yann_network())
    (bias,) = followed(of, entry("b1[2]")).samples
    (weight,) = followed(of, entry("W1[1,2]")).samples
    assert [path.factors[:-1] for path in bias.paths] == [path.factors[:-1] for path in weight.paths]
    assert {path.factors[-1] for path in bias.paths} == {1.0}
    assert {path.factors[-1] for path in weight.paths} == {0.82}
    assert bias.total == pytest.approx(0.22514061780880834, rel=1e-14)
    assert followed(of, entry("b1[2]")).names[-1] == "dZ1/db1"


def test_where_an_output_is_saturated_loss_and_output_are_one_factor():
    """σ(800) is 1: dJ/dA is infinite and dA/dZ is 0, but dJ/dZ = σ - y is 1."""
    cell = example(
        [[[1, 2]], [[800, 0.25], [0, 0.125]]], [[1], [0.5]], [[0, 1], [0, 1]], output=Sigmoid(),
        objective=Objective(BinaryCrossEntropy(), Sum()),
    )  # fmt: skip
    of = scene_of(cell)
    found = followed(of, entry("W1[0,0]"))
    assert found.names == ("dJn/dZ2", "dZ2/dA1", "dA1/dZ1", "dZ1/dW1")
    error = 1 / (1 + np.exp(-0.5)) - 1
    assert [path.factors for path in found.samples[0].paths] == [(1.0, 800.0, 1.0, 1.0), (pytest.approx(error), 0.25, 1.0, 1.0)]
    for sample in found.samples:
        assert sample.total == pytest.approx(sample.entry, rel=1e-14)
    assert found.gradient == pytest.approx(sum(sample.entry for sample in found.samples), rel=1e-14)
    (own,) = followed(of, entry("W2[0,0]"), samples=(0,)).samples
    assert [path.factors for path in own.paths] == [(1.0, 1.0)]
    (largest,) = followed(of, entry("W1[0,0]"), 1, (0,)).samples
    assert [path.units for path in largest.paths] == [(0, 0)]


# The largest paths


def network(widths, seed, activation=Tanh()):  # noqa: B008 - a value
    """Give a network with biases and a sample."""
    layers = tuple(Layer(m, n, activation, WEIGHTS, JITTER) for m, n in pairwise(widths))
    cell = replace(CELLS["tanh-mse-mean"], network=Network(layers), seed=seed, replicates=1)
    return scene_of(cell)


def by_brute_force(of, layer, i, j, n):
    """Give the product of every path, by its units, multiplied out one path at a time."""
    state, found = of.state, {}
    for above in product(*map(range, of.cell.network.widths[layer + 1 :])):
        units = (j, *above)
        factors = [state.gradients[-1].dA[0, n, units[-1]] * of.N, state.trace[layer - 1].A_in[0, n, i]]
        factors += [state.gradients[layer - 1 + k].slope[0, n, unit] for k, unit in enumerate(units)]
        factors += [
            state.params[layer + k].W[0, lower, upper] for k, (lower, upper) in enumerate(zip(units, above, strict=False))
        ]
        found[units] = prod(map(float, factors))
    return found


WIDTHS = ((2, 3, 4, 3, 2), (2, 3, 1, 4, 3), (3, 2, 4, 1), (1, 5, 5, 1, 2), (2, 2, 2, 2, 2, 2, 2, 2), (2, 30, 4), (1, 1, 1, 9))


@pytest.mark.parametrize("most", [1, 2, 3, 5, 7, 13])
@pytest.mark.parametrize("widths", WIDTHS)
def test_of_too_many_paths_exactly_the_largest_are_kept_the_largest_first(widths, most):
    for seed in range(4):
        of = network(widths, seed)
        for layer in range(1, of.layers):
            n, i, j = seed, 0, widths[layer] - 1
            every = by_brute_force(of, layer, i, j, n)
            (sample,) = followed(of, Entry("W", layer, (i, j)), most, (n,)).samples
            kept = [path.units for path in sample.paths]
            largest = sorted(every, key=lambda units: -abs(every[units]))[:most]
            assert kept == (largest if len(every) > most else sorted(every))
            for path in sample.paths:
                assert path.product == pytest.approx(every[path.units], rel=1e-13)


@pytest.mark.parametrize("most", [1, 4, 9])
def test_where_paths_are_dead_or_alike_as_many_are_kept_and_none_that_is_smaller(most):
    for seed in range(6):
        of = network((2, 4, 3, 4, 2), seed, ReLU())
        every = by_brute_force(of, 1, 1, 2, seed)
        (sample,) = followed(of, Entry("W", 1, (1, 2)), most, (seed,)).samples
        sizes = sorted((abs(value) for value in every.values()), reverse=True)[:most]
        assert [abs(path.product) for path in sample.paths] == pytest.approx(sizes, rel=1e-13)
        assert len({path.units for path in sample.paths}) == most


@pytest.mark.parametrize("seed", range(8))
def test_among_paths_of_one_size_the_first_in_order_of_their_units_are_kept_on_every_machine(seed):
    rng, w = np.random.default_rng(seed), 5
    layers = [rng.integers(1, 3, (1, w)), *(rng.integers(1, 3, (w, w)) for _ in range(3))]  # 1 and 2: products are exact
    cell = example([W.astype(float).tolist() for W in layers], [[1]], [[0] * w], objective=Objective(Output(), Sum()))
    of = scene_of(cell)
    every = by_brute_force(of, 1, 0, 0, 0)
    for most in (3, 7, 40):
        (sample,) = followed(of, entry("W1[0,0]"), most, (0,)).samples
        assert [path.units for path in sample.paths] == sorted(every, key=lambda units: (-every[units], units))[:most]


def test_the_entry_is_the_whole_gradient_whatever_is_kept():
    of = network((2, 3, 4, 3, 2), 0)
    few, all_of_them = (followed(of, Entry("W", 1, (0, 0)), most, (0,)) for most in (3, 100))
    assert few.count == all_of_them.count == 4 * 3 * 2
    assert few.samples[0].entry == all_of_them.samples[0].entry == pytest.approx(all_of_them.samples[0].total, rel=1e-12)
    assert few.samples[0].total != pytest.approx(few.samples[0].entry, rel=1e-3)


def test_a_network_of_more_paths_than_there_are_atoms_is_followed_all_the_same():
    layers = tuple(Layer(8, 8, Identity(), WEIGHTS) for _ in range(90))
    of = scene_of(replace(CELLS["tanh-mse-mean"], network=Network(layers), replicates=1))
    found = followed(of, Entry("W", 1, (0, 0)), 50, (0,))
    assert found.count == 8**89
    sizes = [abs(path.product) for path in found.samples[0].paths]
    assert len(sizes) == 50
    assert sizes == sorted(sizes, reverse=True)
    # the largest path of all, found by another way: the best way up from each unit, from the loss down
    best = np.abs(of.state.gradients[-1].dA[0, 0]) * of.N
    for theta in reversed(of.state.params[1:]):
        best = (np.abs(theta.W[0]) * best).max(axis=1)
    assert sizes[0] == pytest.approx(best[0] * abs(of.state.X[0, 0, 0]), rel=1e-12)


def test_unless_one_says_how_many_all_are_followed_where_they_are_few_and_else_some_of_the_largest():
    few, many = network((2, 3, 4, 5), 0), network((2, 3, *[9] * 7), 0)
    (sample,) = followed(few, Entry("W", 1, (0, 0)), None, (0,)).samples
    assert len(sample.paths) == 20
    found = followed(many, Entry("W", 1, (0, 0)), None, (0,))
    kept = [path.units for path in found.samples[0].paths]
    assert found.count == 9**7
    assert 10 < len(kept) < 100
    assert kept == [path.units for path in followed(many, Entry("W", 1, (0, 0)), len(kept), (0,)).samples[0].paths]


def test_following_many_paths_takes_memory_for_those_that_are_kept_and_not_for_all():
    layers = tuple(Layer(64, 64, Tanh(), WEIGHTS) for _ in range(5))
    of = scene_of(replace(CELLS["tanh-mse-mean"], network=Network(layers), replicates=1))
    tracemalloc.start()
    try:
        (sample,) = followed(of, Entry("W", 1, (0, 0)), MOST_PATHS, (0,)).samples
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(sample.paths) == MOST_PATHS
    assert most < 150e6  # 64·64³ products are 134 MB


def test_names_of_factors_are_of_the_layers_above():
    assert factor_names("W", 3, 3) == ("dJ/dA3", "dA3/dZ3", "dZ3/dW3")
    assert factor_names("b", 2, 3) == ("dJ/dA3", "dA3/dZ3", "dZ3/dA2", "dA2/dZ2", "dZ2/db2")
    assert factor_names("b", 2, 3, fused=True, J="Jn") == ("dJn/dZ3", "dZ3/dA2", "dA2/dZ2", "dZ2/db2")


# Entries

READ = {  # a text: what it is
    "W1[0,2]": Entry("W", 1, (0, 2)),
    "W1[0, 2]": Entry("W", 1, (0, 2)),
    " b12[3] ": Entry("b", 12, (3,)),
    "W9999[999999,0]": Entry("W", 9999, (999999, 0)),
}
UNREADABLE = ("", "W1", "W1[0]", "b1[0,0]", "W1[-1,0]", "W1[0,0,0]", "W[0,0]", "A1[0]", "w1[0,0]", "W1[0.5,0]", "W1[:,0]",
              "dW1[0,0]", "W1[0,0]x", "W1[0;0]", "W99999[0,0]")  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_an_entry_is_read_as_it_is_written(text):
    assert entry(text) == READ[text]
    assert entry(str(READ[text])) == READ[text]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_entry_is_answered_with_how_to_write_one(text):
    with pytest.raises(ValueError, match=r"write it as W1\[0,2\] or b1\[0\], counted from 0$"):
        entry(text)


def test_an_entry_knows_its_units_in_either_layout():
    assert entry("W1[4,7]").units(Notation()) == (4, 7)
    assert entry("W1[4,7]").units(Notation(out_in=True)) == (7, 4)
    assert entry("b1[7]").units(Notation()) == entry("b1[7]").units(Notation(out_in=True)) == (0, 7)


TALL = Network((Layer(2, 5, Tanh(), WEIGHTS, JITTER), Layer(5, 3, Tanh(), WEIGHTS)))
MISSING = {  # an entry, and whether weights are (out, in): the sentence
    ("W3[0,0]", False): r"W3\[0,0\]: there is no layer 3; the network has 2",
    ("W0[0,0]", False): r"W0\[0,0\]: there is no layer 0; the network has 2",
    ("W1[2,0]", False): r"W1\[2,0\]: W1 is 2×5, counted from 0",
    ("W1[0,5]", False): r"W1\[0,5\]: W1 is 2×5, counted from 0",
    ("W1[5,0]", True): r"W1\[5,0\]: W1 is 5×2, counted from 0",
    ("W1[0,2]", True): r"W1\[0,2\]: W1 is 5×2, counted from 0",
    ("b1[5]", False): r"b1\[5\]: b1 has 5 entries, counted from 0",
    ("b2[0]", False): r"b2\[0\]: layer 2 has no bias",
}


@pytest.mark.parametrize(("text", "out_in"), list(MISSING))
def test_an_entry_that_the_network_has_not_is_answered_with_a_sentence(text, out_in):
    of = scene_of(replace(CELLS["tanh-mse-mean"], network=TALL), 0, Notation(out_in=out_in))
    with pytest.raises(ValueError, match=f"^{MISSING[text, out_in]}$"):
        followed(of, entry(text))


@pytest.mark.parametrize(("text", "out_in"), [("W1[1,4]", False), ("W1[4,1]", True), ("b1[4]", False), ("W2[4,2]", False)])
def test_the_last_entry_is_there(text, out_in):
    of = scene_of(replace(CELLS["tanh-mse-mean"], network=TALL), 0, Notation(out_in=out_in))
    assert followed(of, entry(text)).weight == text
