"""Explanations as people and programs get them: every number is that of the mathematics, and every line fits."""

import json
import re
import tracemalloc
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.cases import CELLS, JITTER, WEIGHTS, some_cells
from tests.drawing import drawn
from yann.config.load import load
from yann.config.options import find_config
from yann.engine.network import Layer, Network
from yann.explain.entry import entry
from yann.explain.explained import Explained, factors
from yann.explain.links import WHOLE
from yann.explain.notation import Notation, notation_of, shape_text
from yann.explain.paths import MOST_PATHS, ledger
from yann.explain.pitfalls.base import yann_network
from yann.explain.scene import scene_of
from yann.explain.tape import pairs, tape, why
from yann.explain.taped import taped
from yann.parts.activations import Identity, Tanh
from yann.parts.losses import BinaryCrossEntropy
from yann.report import chain_data, paths, tapes
from yann.report.chain_data import chain_json, chain_rows
from yann.report.chains import chain_sheets
from yann.report.grid import Grid
from yann.report.matrices import Sheet, matrix_lines, side_by_side
from yann.report.model import activations as activations_of
from yann.report.paths import ledger_json, ledger_rows, ledger_tables
from yann.report.prose import Prose
from yann.report.tapes import tape_json, tape_rows, tape_sheets
from yann.study.cell import Experiment

SOME = some_cells(35)
WIDTHS = (60, 80, 100, 200)


def network(*widths, bias=None, scale=None, **changes):
    """Give the first step of a network of these widths."""
    layers = tuple(Layer(m, n, Tanh(), WEIGHTS, bias, None if scale is None else (scale,) * n) for m, n in pairwise(widths))
    return scene_of(replace(CELLS["tanh-mse-mean"], network=Network(layers), replicates=1, **changes))


def published(name):
    """Give the first cell of a bundled config."""
    experiment = load(find_config(name)).experiment
    return scene_of(replace(experiment.cells[0], replicates=1), 0, notation_of(experiment))


def named(of, name="a name", about=""):
    """Give the experiment of one cell."""
    return Experiment(name, "A title", (), (of.cell,), ((),), (), "out_in" if of.notation.out_in else "in_out", about=about)


def explained(of, *to, n=0):
    """Explain some targets, or every weight matrix."""
    return [Explained(of, n, each) for each in to or [f"W{layer}" for layer in range(of.layers, 0, -1)]]


def followed(of, weight, samples=None, most=MOST_PATHS):
    """Follow a weight in every sample."""
    samples = tuple(range(of.N)) if samples is None else samples
    return ledger(of.cell, of.state, of.notation, entry(weight), samples=samples, most=most, r=of.r)


# Sheets of a chain


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [*SOME, "yann", "silu-momentum", "three-layer-partials", "init", "dead-unit", "column-network"])
def test_no_line_of_any_explanation_is_longer_than_the_terminal(name, width):
    of = scene_of(CELLS[name]) if name in CELLS else published(name)
    every = chain_sheets(explained(of), width), chain_sheets(explained(of, "X", "A1", "Z1"), width)
    last = followed(of, f"W{of.layers}[0,0]", (0,))
    first = followed(of, "W1[0,1]", (0, 1)[: of.N], 100)
    beside = tape_sheets(of, list(taped(of, None, 0)), 0, width)
    for parts in (*every, beside, ledger_tables(first, width), ledger_tables(last, width)):
        lines = drawn(parts, width)
        assert lines
        assert max(map(len, lines)) <= width


def test_the_sheets_of_the_yann_network_show_every_factor_once_and_every_product_of_both_orders():
    of = scene_of(yann_network(), 0, Notation(out_in=True))
    about, sheet, second, first, counted = chain_sheets(explained(of), None)
    layer, J = about.text.split("\n\n")
    assert layer == "z = W a + b, a = φ(z); weights are (out, in); φ1 = relu, φ2 = sigmoid"
    assert f"J = 1/2·Σ ℓ, ℓ = {BinaryCrossEntropy.formula()}; J = 0.870125" == J
    assert sheet.title == "the factors"
    heads = re.findall(r"d\S+/d\S+  \d+×\d+", sheet.lines[0])
    assert heads == ["dJ/dA2  1×2", "dA2/dZ2  2×2", "dZ2/dW2  2×6", "dZ2/dA1  2×3", "dA1/dZ1  3×3", "dZ1/dW1  3×9"]
    assert (second.title, first.title) == ("dJ/dW2", "dJ/dW1")
    told = "\n".join(first.lines)
    for said in (
        "dJ/dW1 = dJ/dA2 · dA2/dZ2 · dZ2/dA1 · dA1/dZ1 · dZ1/dW1",
        "over the batch, a sample a row:  dZ2 = dA2 ∘ φ'(Z2),  dZ1 = dZ2 W2 ∘ φ'(Z1),  dW1 = dZ1ᵀ X",
        "reverse order, from the loss (backprop): 46 multiplications",
        "forward order, from the target: 189 multiplications",
        "dJ/dZ1  1×3  9 multiplications",
        "dA1/dW1  3×9  81 multiplications",
        "the product, laid out as W1 is  3×3",
    ):
        assert said in told
    assert first.lines[-4].split() == ["0.003171", "0.01131", "0.00648"]
    assert "that is why backprop goes backwards" in counted.text


RECURSION = re.compile(r"over the batch, a sample a (row|column): +(.*?)\n\n", re.DOTALL)


@pytest.mark.parametrize("columns", [False, True])
@pytest.mark.parametrize("out_in", [False, True])
@pytest.mark.parametrize("scale", [None, 0.5])
def test_the_recursion_over_the_batch_gives_the_gradient_when_one_computes_it(scale, out_in, columns):
    """The formulas are computed as they stand, with every matrix as its reader writes it."""
    of = replace(network(3, 4, 5, 2, bias=JITTER, scale=scale), notation=Notation(out_in=out_in, columns=columns))
    known = {"X": of.notation.samples(of.own(of.state.X))}
    for number, (theta, seen) in enumerate(zip(of.state.params, of.state.trace, strict=True), start=1):
        s = np.array(of.cell.network.layers[number - 1].scale or (1.0,))
        slope = of.cell.network.layers[number - 1].activation.df(seen.Z, seen.phi)[0]
        known |= {f"W{number}": of.notation.weights(theta.W[0]), f"A{number}": of.notation.samples(seen.A[0]),
                  f"φ'(Z{number})": of.notation.samples(slope), f"s{number}": of.notation.samples(s[None])}  # fmt: skip
    known["dA3"] = of.notation.samples(of.state.gradients[-1].dA[0])

    def value(product):
        M = None
        for name in product.split(" "):
            factor = known[name.removesuffix("ᵀ")]
            factor = factor.T if name.endswith("ᵀ") else factor
            M = factor if M is None else M @ factor
        return M

    for each, sheet in zip(explained(of), list(chain_sheets(explained(of), None))[2:-1], strict=True):
        way, formulas = RECURSION.search("\n".join(sheet.lines)).groups()
        assert way == ("column" if columns else "row")
        for formula in re.split(r",\s+", formulas):
            name, _, right = formula.partition(" = ")
            known[name] = 1.0
            for part in right.split(" ∘ "):
                known[name] = known[name] * value(part)
        expected = of.notation.weights(of.state.gradients[int(each.to[1:]) - 1].dW[0])
        assert known[f"d{each.to}"].shape == expected.shape
        np.testing.assert_allclose(known[f"d{each.to}"], expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["tanh-mse-mean", "tanh-mse-sum", "relu-cross_entropy-batch_mean", "gelu-huber-none"])
def test_it_spells_out_what_j_is_and_of_which_sample_the_numbers_are(name):
    of = scene_of(CELLS[name])
    about, *_ = chain_sheets(explained(of, n=2), None)
    layer, J, shares = about.text.split("\n\n")
    K = 1 if of.cell.objective.loss.classes else of.cell.network.widths[-1]
    factor = {"mean": f"1/{6 * K}·", "sum": "", "batch_mean": "1/6·", "none": ""}[name.split("-")[2]]
    assert J.startswith(f"J = {factor}Σ ℓ, ℓ = {of.cell.objective.loss.formula()}; J = ")
    value = np.sum(of.cell.objective.reduction.kept(of.cell.objective.losses(of.cell.network, of.state.trace, of.state.Y))[0])
    assert float(J.rpartition("J = ")[2]) == pytest.approx(value, rel=1e-5)
    own = " Its share is 1/6 of the sample's own gradient, which step and the paths of a weight tell."
    averages = name.split("-")[2] in {"mean", "batch_mean"}
    assert shares == "Below is sample 2 of 6; the gradient of the weights is the sum over all samples." + own * averages
    assert layer.startswith("z = a W")


def test_a_bias_or_a_scale_of_any_layer_is_in_the_formula_of_all():
    bare = Layer(2, 2, Tanh(), WEIGHTS)
    biased, scaled = replace(bare, bias=JITTER), replace(bare, scale=(1.0, 0.5))
    tables = {
        (bare, biased): "z = a W + b, a = φ(z); ",
        (bare,): "z = a W, a = φ(z); ",
        (bare, scaled): "z = a W, a = φ(z) ∘ s; ",
    }
    for layers, said in tables.items():
        about, *_ = chain_sheets(explained(scene_of(replace(CELLS["tanh-mse-mean"], network=Network(layers)))), None)
        assert about.text.startswith(said)


def test_activations_that_follow_each_other_are_named_together():
    def told(*activations):
        layers = tuple(Layer(2, 2, activation, WEIGHTS) for activation in activations)
        return activations_of(scene_of(replace(CELLS["tanh-mse-mean"], network=Network(layers))))

    assert told(Tanh()) == "φ1 = tanh"
    assert told(Tanh(), Tanh(), Identity()) == "φ1 = φ2 = tanh, φ3 = identity"
    assert told(Tanh(), Tanh(), Tanh(), Identity(), Tanh()) == "φ1 … φ3 = tanh, φ4 = identity, φ5 = tanh"


@pytest.mark.parametrize("widths", [(64, 64, 64, 64), (3, 128, 128, 2), (150, 2), (128, 128, 2), (2,) * 9])
def test_a_large_or_deep_chain_is_a_line_a_link_with_its_norm_and_the_products_behind_it(widths):
    of = network(*widths)
    (each,) = explained(of, "W1")
    about, grid, _ = chain_sheets([each], None)
    assert isinstance(grid, Grid)
    assert isinstance(about, Prose)
    M, products = None, []
    for link in each.chain.links:
        M = link.dense() if M is None else M @ link.dense()
        products.append(M)
    names, _, shapes, norms, behind, reverse, forward = zip(*grid.rows, strict=True)
    assert names == tuple(link.name for link in each.chain.links)
    assert shapes == tuple(shape_text(link.dense().shape) for link in each.chain.links)
    np.testing.assert_allclose(list(map(float, norms)), [np.linalg.norm(link.dense()) for link in each.chain.links], rtol=6e-4)
    np.testing.assert_allclose(list(map(float, behind)), list(map(np.linalg.norm, products)), rtol=6e-4)
    assert (reverse[0], forward[-1]) == ("", "")
    rows = [link.shape[0] for link in each.chain.links]
    columns = [link.shape[1] for link in each.chain.links]
    assert [int(text.replace(",", "")) for text in reverse[1:]] == [a * b for a, b in zip(rows[1:], columns[1:], strict=True)]
    last = columns[-1]
    assert [int(text.replace(",", "")) for text in forward[:-1]] == [
        a * b * last for a, b in zip(rows[:-1], columns[:-1], strict=True)
    ]
    assert grid.width() < 120  # no matrix is written out


def test_a_chain_is_written_out_up_to_six_layers_and_a_table_from_seven_on():
    for layers, kind in ((6, Sheet), (7, Grid)):
        _, second, *_ = chain_sheets(explained(network(*[2] * (layers + 1)), "W1"), None)
        assert isinstance(second, kind)


def test_one_samples_gradient_needs_no_memory_for_those_of_all_others():
    of = network(100, 100, 100, data=replace(CELLS["tanh-mse-mean"].data, samples=1000))  # all samples' would be 80 MB
    tracemalloc.start()
    try:
        for each in explained(of, "W2", "W1"):
            assert each.difference < 1e-12
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20e6


# Data of a chain


@pytest.mark.parametrize("name", SOME)
def test_the_object_has_every_link_every_product_and_the_gradient_twice(name):
    of = scene_of(CELLS[name], 0, Notation(out_in=bool(len(name) % 2)))
    to = [f"W{of.layers}", "W1", "X", "A1"]
    found = json.loads(json.dumps(chain_json(named(of, about="why"), explained(of, *to, n=3)), allow_nan=False))
    assert list(found) == ["name", "title", "about", "model", "sample", "samples", "factors", "targets"]
    assert [found[key] for key in ("name", "title", "about", "sample", "samples")] == ["a name", "A title", "why", 3, 6]
    assert ("weights are (out, in)" if of.notation.out_in else "weights are (in, out)") in found["model"][0]
    assert found["model"][1].startswith("J = ")
    links = factors(explained(of, *to, n=3))
    assert [each["name"] for each in found["factors"]] == [link.name for link in links]
    for each, link in zip(found["factors"], links, strict=True):
        assert each["shape"] == list(link.shape) == list(np.shape(each["values"]))
        assert (np.array(each["values"]) == link.dense()).all()
        assert (each["norm"], each["form"]) == (link.norm, link.form(of.notation))
    assert [each["to"] for each in found["targets"]] == to
    for each, one in zip(found["targets"], explained(of, *to, n=3), strict=True):
        assert each["chain"] == one.formula
        assert np.shape(each["product"]) == one.backprop.shape
        np.testing.assert_allclose(each["product"], each["backprop"], rtol=0, atol=1e-12 * np.abs(one.backprop).max())
        assert each["difference"] == np.abs(np.subtract(each["product"], each["backprop"])).max()
        for order, partials in (("reverse", one.reverse), ("forward", one.forward)):
            assert [p["multiplications"] for p in each[order]] == [p.multiplications for p in partials]
            assert all(list(np.shape(p["values"])) == p["shape"] for p in each[order])


@pytest.mark.parametrize("name", SOME)
def test_the_rows_are_the_entries_of_the_object(name):
    of = scene_of(CELLS[name])
    found, rows = chain_json(named(of), explained(of)), list(chain_rows(explained(of)))
    assert all(len(row) == len(chain_data.COLUMNS) for row in rows)
    table = [dict(zip(chain_data.COLUMNS, row, strict=True)) for row in rows]
    wanted = [("factor", None, each["name"], each["values"]) for each in found["factors"]]
    for each in found["targets"]:
        wanted += [(order, each["to"], p["name"], p["values"]) for order in ("reverse", "forward") for p in each[order]]
        wanted += [(part, each["to"], f"dJ/d{each['to']}", each[part]) for part in ("product", "backprop")]
    expected = [(part, to, name, i, j, v) for part, to, name, M in wanted for (i, j), v in np.ndenumerate(np.atleast_2d(M))]
    assert [(r["part"], r["target"], r["name"], r["row"], r["column"], r["value"]) for r in table] == expected
    for row in table:
        assert row["sample"] == 0
        assert (row["form"] is None) == (row["part"] != "factor")
        assert (row["multiplications"] is None) == (row["part"] not in ("reverse", "forward"))


def test_what_is_too_large_is_told_without_its_numbers():
    of = network(110, 110, 3)
    assert WHOLE < 110 * 110
    found = chain_json(named(of), explained(of, "W1"))
    sizes = {each["name"]: each for each in found["factors"]}
    assert sizes["dZ2/dA1"]["values"] is not None
    assert sizes["dA1/dZ1"]["values"] is sizes["dZ1/dW1"]["values"] is None
    assert sizes["dZ1/dW1"]["norm"] == pytest.approx(np.linalg.norm(of.state.X[0, 0]) * 110**0.5, rel=1e-14)
    rows = [dict(zip(chain_data.COLUMNS, row, strict=True)) for row in chain_rows(explained(of, "W1"))]
    (row,) = [row for row in rows if row["name"] == "dZ1/dW1" and row["part"] == "factor"]
    assert (row["shape"], row["row"], row["value"]) == ("110×12100", None, None)
    assert row["norm"] == sizes["dZ1/dW1"]["norm"]


def exploding():
    """Give a network whose gradient is infinite or nan."""
    layers = tuple(Layer(3, 3, Identity(), replace(WEIGHTS, std=1e200)) for _ in range(3))
    return scene_of(replace(CELLS["tanh-mse-mean"], network=Network(layers), replicates=1))


def test_what_is_not_finite_is_null_and_the_rest_is_json():
    of = exploding()
    with np.errstate(all="ignore"):
        pairs_of = list(taped(of, None, 0))
        objects = {
            "chain": chain_json(named(of), explained(of)),
            "tape": tape_json(named(of), pairs_of, 0),
            "paths": ledger_json(followed(of, "W1[0,0]")),
        }
        for name, each in objects.items():
            text = json.dumps(each, allow_nan=False)
            assert "null" in text, name
        rows = [*chain_rows(explained(of)), *tape_rows(pairs_of, 0), *ledger_rows(followed(of, "W1[0,0]"))]
    assert all(np.isfinite(value) for row in rows for value in row if isinstance(value, float))
    with np.errstate(all="ignore"):
        assert any("nan" in line for line in drawn(chain_sheets(explained(of), 100), 100))


# The path ledger


def test_the_table_of_a_ledger_shows_every_path_its_factors_and_their_sum():
    of = published("silu-momentum")
    about, first, second, third, batch = ledger_tables(followed(of, "W1[0,0]"), None)
    assert first.header == ("units", "dJn/dA2", "dA2/dZ2", "dZ2/dA1", "dA1/dZ1", "dZ1/dW1", "product")
    assert first.rows == (
        ("A2[0] A1[0]", "-1.864", "0.2487", "0.3", "0.5747", "1", "-0.07991"),
        ("sum", "", "", "", "", "", "-0.07991"),
    )
    assert [grid.title for grid in (first, second, third)] == [f"W1[0,0], sample {n}" for n in range(3)]
    assert "backprop for this sample: -0.0799054064" in first.caption
    assert about.text.startswith("W1[0,0] has 1 path to the loss. A path is a product of 5 factors, dJn/dA2 · ")
    assert "Jn is J as if sample n were the whole batch" in about.text
    said = "d W1[0,0] of the batch is the samples' mean: (-0.07991 + 0.005017 + 0)/3 = -0.024962819; by backprop -0.024962819"
    assert batch.text == said.replace("d W1", "dW1")


def test_of_many_paths_the_largest_are_shown_and_the_rest_is_one_line_that_completes_the_sum():
    found = followed(network(2, 3, 4, 5), "W1[1,2]", (4,))
    (_, grid, _) = ledger_tables(found, None)
    assert len(grid.rows) == found.count + 1 == 21  # as many as are shown at most, and their sum
    found = followed(network(2, 3, 40, 5), "W1[1,2]", (4,))
    (about, grid, _) = ledger_tables(found, None)
    *shown, more, total = grid.rows
    largest = sorted((path.product for path in found.samples[0].paths), key=abs, reverse=True)[: paths.MOST_SHOWN]
    assert more[0] == "180 paths more"
    assert "200 paths" in about.text
    np.testing.assert_allclose([float(row[-1]) for row in shown], largest, rtol=6e-4)
    assert float(more[-1]) == pytest.approx(found.samples[0].entry - sum(largest), rel=6e-4, abs=1e-6)
    assert (total[0], float(total[-1])) == ("sum", pytest.approx(found.samples[0].entry, rel=6e-4))


def test_a_ledger_of_more_paths_than_are_followed_still_ends_in_the_gradient():
    of = network(2, 8, 8, 8, 8, 8)
    found = followed(of, "W1[0,0]", (0,), 50)
    (_, grid, _) = ledger_tables(found, None)
    *_, more, total = grid.rows
    assert more[0] == f"{8**4 - 20:,} paths more"
    shown = sum(path.product for path in found.samples[0].paths[:20])  # of these 50 the largest come first
    assert float(more[-1]) == pytest.approx(found.samples[0].entry - shown, rel=1e-3)
    assert float(total[-1]) == pytest.approx(found.samples[0].entry, rel=6e-4)
    assert ledger_json(found)["samples"][0]["sum"] is None
    assert ledger_json(found)["paths"] == 8**4


def test_more_paths_than_one_can_read_are_told_as_a_power_of_ten():
    about, grid, _ = ledger_tables(followed(network(2, *[8] * 40), "W1[0,0]", (0,), 20), None)
    assert "has about 2e+35 paths to the loss" in about.text  # 8³⁹ = 1.7e35
    assert grid.rows[-2][0] == "about 2e+35 paths more"


def test_units_are_told_from_the_loss_down_by_layer():
    of = network(2, 3, 4, 2)
    (_, grid, _) = ledger_tables(followed(of, "W2[1,3]", (0,)), None)
    assert {row[0] for row in grid.rows[:-1]} == {"A3[0] A2[3]", "A3[1] A2[3]"}


@pytest.mark.parametrize("name", ["tanh-mse-mean", "tanh-mse-sum", "relu-cross_entropy-batch_mean", "gelu-bce-none"])
def test_the_batch_is_said_to_be_the_mean_or_the_sum_of_the_samples_and_the_figures_agree(name):
    of = scene_of(CELLS[name])
    found = followed(of, "W1[0,1]")
    *_, batch = ledger_tables(found, None)
    entries = [sample.entry for sample in found.samples]
    written, _, rest = batch.text.partition(": ")[2].partition(" = ")
    total, _, backprop = rest.partition("; by backprop ")
    assert float(total) == pytest.approx(found.gradient, rel=1e-8)
    assert float(backprop) == pytest.approx(found.gradient, rel=1e-8)
    terms = re.findall(r"[+-] ?\d[\d.e+-]*\d?|^\(?-?\d[\d.e+-]*", written.removesuffix("/6").rstrip(")"))
    values = [float(term.strip("(").replace(" ", "")) for term in terms]
    np.testing.assert_allclose(values, entries, rtol=6e-4)
    mean = name.endswith(("-mean", "batch_mean"))
    assert written.startswith("(") == written.endswith(")/6") == mean
    assert ("samples' mean" in batch.text) == mean
    assert ledger_json(found)["batch_is"] == ("mean" if mean else "sum")


@pytest.mark.parametrize("samples", [6, 49, 98])
def test_one_sample_of_a_batch_is_told_beside_the_batch(samples):
    of = network(2, 2, 2, data=replace(CELLS["tanh-mse-mean"].data, samples=samples))
    about, _, batch = ledger_tables(followed(of, "W1[0,1]", (3,)), None)
    assert "Jn is J as if sample n were the whole batch" in about.text
    assert batch.text.startswith("dW1[0,1] of the batch, the mean of all its samples, by backprop: ")
    assert float(batch.text.rpartition(": ")[2]) == pytest.approx(of.state.gradients[0].dW[0, 0, 1], rel=1e-8)


def test_a_ledger_that_does_not_fit_says_how_many_factors_it_leaves_out():
    of = network(*[2] * 9)
    narrow, wide = (list(ledger_tables(followed(of, "W1[0,0]", (0,)), width))[1] for width in (90, None))
    assert len(wide.header) == 1 + 2 * 8 + 1 + 1
    dropped = len(wide.header) - len(narrow.header)
    assert dropped > 0
    assert f"{dropped} more factors in a wider window" in narrow.caption
    assert narrow.header[0] == "units"
    assert narrow.header[-1] == "product"
    assert "more factors" not in wide.caption


def test_the_rows_and_the_object_of_a_ledger_have_every_factor_of_every_path():
    of = scene_of(CELLS["gelu-mse-batch_mean"])
    found = followed(of, "W1[1,0]")
    rows = [dict(zip(paths.COLUMNS, row, strict=True)) for row in ledger_rows(found)]
    whole = json.loads(json.dumps(ledger_json(found)))
    assert list(whole) == ["weight", "factors", "paths", "samples", "batch_is", "gradient"]
    assert (whole["weight"], whole["paths"], whole["gradient"]) == ("W1[1,0]", found.count, found.gradient)
    at = iter(rows)
    for sample, told in zip(found.samples, whole["samples"], strict=True):
        assert (told["sample"], told["gradient"]) == (sample.sample, sample.entry)
        assert told["sum"] == sample.total
        for index, (path, one) in enumerate(zip(sample.paths, told["paths"], strict=True)):
            assert (one["units"], one["factors"], one["product"]) == (list(path.units), list(path.factors), path.product)
            for name, factor in zip(found.names, path.factors, strict=True):
                row = next(at)
                assert row["paths"] == found.count
                assert (row["sample"], row["path"], row["factor"], row["value"]) == (sample.sample, index, name, factor)
                way = " ".join(f"A{1 + index}[{unit}]" for index, unit in reversed(list(enumerate(path.units))))
                assert (row["units"], row["product"]) == (way, path.product)
                assert (row["sample_gradient"], row["batch_gradient"]) == (sample.entry, found.gradient)
    assert next(at, None) is None


# The tape


@pytest.mark.parametrize("name", ["yann", "three-layer-tape", "silu-momentum"])
def test_the_tape_stands_beside_the_jacobian_with_the_reason_why_they_differ(name):
    of = published(name)
    taken = list(taped(of, None, 0))
    about, *sheets = tape_sheets(of, taken, 0, None)
    wanted = list(pairs(of.layers))
    assert [sheet.title for sheet in sheets] == [f"d{T}/d{S}" for T, S in wanted]
    assert ("all samples" in about.text) == (of.N > 1)
    for sheet, (T, S) in zip(sheets, wanted, strict=True):
        assert re.match(r"tape  \S+ +Jacobian  \d+×\d+", sheet.lines[0])
        assert " ".join(why(T, S).split()) in " ".join("\n".join(sheet.lines).split())
    whole = json.loads(json.dumps(tape_json(named(of), taken, 0), allow_nan=False))
    assert [(each["pair"], each["why"]) for each in whole["pairs"]] == [(f"d{T}/d{S}", why(T, S)) for T, S in wanted]
    for each, (T, S) in zip(whole["pairs"], wanted, strict=True):
        plain = tape(of.cell, of.state, T, S)
        turned = of.notation.weights(plain) if S[0] == "W" else plain
        assert (np.array(each["tape"]) == turned).all()
        assert list(np.shape(each["jacobian"])) == each["jacobian_shape"]


def test_the_rows_of_a_tape_are_the_entries_of_its_object():
    of = published("three-layer-partials")
    taken = list(taped(of, None, 2))
    whole, expected = tape_json(named(of), taken, 2), []
    for each in whole["pairs"]:
        for part, sample, M in (("tape", None, each["tape"]), ("jacobian", 2, each["jacobian"])):
            expected += [(each["pair"], part, sample, *at, value) for at, value in np.ndenumerate(np.atleast_2d(M))]
    rows = [dict(zip(tapes.COLUMNS, row, strict=True)) for row in tape_rows(taken, 2)]
    assert [(r["pair"], r["part"], r["sample"], r["row"], r["column"], r["value"]) for r in rows] == expected


def test_a_jacobian_that_is_too_large_is_told_to_be():
    of = network(30, 30, 30)
    taken = list(taped(of, None, 0))
    whole = {each["pair"]: each for each in tape_json(named(of), taken, 0)["pairs"]}
    assert whole["dZ1/dW1"]["jacobian"] is None
    assert whole["dZ1/dW1"]["jacobian_shape"] == [30, 900]
    assert np.shape(whole["dZ2/dA1"]["jacobian"]) == (30, 30)
    assert any("too large to write out" in line for line in drawn(tape_sheets(of, taken, 0, 80), 80))


def test_the_pairs_by_one_quantity_are_those_among_all():
    of = published("three-layer-tape")
    every = [each.name for each in taped(of, None, 0)]
    for to in ("W2", "A1", "Z3", "X"):
        assert [each.name for each in taped(of, to, 0)] == [name for name in every if name.endswith(f"/d{to}")] != []
    with pytest.raises(ValueError, match="no pair by it; there are pairs by A3, Z3, W3, A2"):
        list(taped(of, "W9", 0))


# What sheets are made of


def test_numbers_of_a_matrix_stand_right_below_each_other():
    assert matrix_lines(np.array([[1, -2.5], [100, 0.125]])) == ["  1   -2.5", "100  0.125"]
    assert matrix_lines(np.array([1.0, 2.0])) == ["1  2"]


def test_a_matrix_loses_its_middle_where_it_is_large_or_the_room_is_short():
    M = np.arange(100.0).reshape(10, 10)
    lines = matrix_lines(M)
    assert len(lines) == 9
    assert lines[0].split() == ["0", "1", "2", "3", "…", "6", "7", "8", "9"]
    assert set(lines[4].split()) == {"…"}
    assert [line.split()[0] for line in lines[5:]] == ["60", "70", "80", "90"]
    for room in range(8, 60):
        assert max(map(len, matrix_lines(M, room))) <= max(room, 10)


def test_blocks_stand_side_by_side_as_far_as_the_width_goes():
    blocks = [("first", ["1", "2"]), ("second", ["3"]), ("third", ["4"])]
    assert side_by_side(blocks, None) == ["first    second    third", "1        3         4", "2"]
    assert side_by_side(blocks, 20) == ["first    second", "1        3", "2", "", "third", "4"]
    assert side_by_side(blocks, 1) == ["first", "1", "2", "", "second", "3", "", "third", "4"]


def test_sentences_flow_together_and_an_empty_line_or_a_line_set_in_begins_a_new_paragraph():
    prose = Prose("one\ntwo\n\nthree\n  four\n[red]five[/]", 80)
    assert prose.rich().plain.split("\n")[:4] == ["one two", "three", "  four [red]five[/]", ""]
    assert prose.markdown().rstrip("\n") == "one two\n\nthree\n\n  four \\[red]five\\[/]"
    long = Prose("word " * 200, 200)
    assert max(map(len, long.rich().plain.split("\n"))) <= 100
    assert "\x1b" not in Prose("a\x1b[31mb\u202e").rich().plain


def test_markdown_has_every_sheet_under_its_name():
    of = scene_of(yann_network())
    text = "\n".join(part.markdown() for part in chain_sheets(explained(of), None))
    assert [line for line in text.split("\n") if line.startswith("**")] == ["**the factors**", "**dJ/dW2**", "**dJ/dW1**"]
    assert text.count("```") == 6
