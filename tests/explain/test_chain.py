"""The chain of Jacobians: its product is backprop's gradient, its links are what differences say, its costs are counted."""

from dataclasses import replace
from functools import cache
from itertools import pairwise, product

import numpy as np
import pytest

from tests.cases import CELLS, JITTER, WEIGHTS, passed
from yann.engine.network import Layer, LayerParams, Network
from yann.engine.objective import Objective
from yann.errors import AskedError
from yann.explain.chain import chain, forward_order, place, reverse_order
from yann.explain.explained import Explained, factors
from yann.explain.notation import Notation
from yann.explain.pitfalls.base import example, yann_network
from yann.explain.quantities import quantity
from yann.explain.scene import Scene, scene_of
from yann.parts.activations import ACTIVATIONS, GELU, Sigmoid, Softplus, Tanh
from yann.parts.losses import LOSSES, BinaryCrossEntropy, CrossEntropy, SquaredError
from yann.parts.reductions import REDUCTIONS, BatchMean, Mean, Sum

CLOSE = 1e-12
LAYOUTS = (Notation(), Notation(out_in=True))
AVERAGED = {"mean": True, "sum": False, "batch_mean": True, "feature_mean": False, "none": False, "per_sample": False}
PAIRS = [f"{activation}-{loss}" for activation, loss in product(ACTIVATIONS, LOSSES)]
EVERY_PAIR = pytest.mark.parametrize("pair", PAIRS)


@cache
def scene(name, notation=LAYOUTS[0]):
    """Give the first step of a cell; the replicate is 0 or 1, whichever the name's length says."""
    found = scene_of(CELLS[name], 0, notation)
    return replace(found, r=len(name) % 2)


def scenes(pair):
    """Walk a pair of activation and loss under every reduction, in turns in one layout and the other."""
    for index, reduction in enumerate(REDUCTIONS):
        yield scene(f"{pair}-{reduction}", LAYOUTS[(index + index // 2 + PAIRS.index(pair)) % 2])


def targets(of):
    """Walk everything that a chain from J can lead to in this network."""
    for number, layer in enumerate(of.cell.network.layers, start=1):
        yield from (f"W{number}", f"Z{number}", f"A{number}", *([f"b{number}"] if layer.bias else []))
    yield "X"


def share(of, n):
    """Run sample n as a batch of its own, and give its share of the batch's gradient by everything, as the reader writes it.

    It is the gradient of the sample alone, divided by the number of samples where the reduction averages over them.
    """
    r, given = of.r, of.state
    params = tuple(LayerParams(p.W[r, None], None if p.b is None else p.b[r, None]) for p in given.params)
    with np.errstate(divide="ignore"):  # ℓ' of a probability of 0 or 1
        _, gradients = passed(of.cell, params, of.own(given.X)[None, n, None], of.own(given.Y)[None, n, None])
    found = {"X": gradients[0].dZ @ params[0].W.mT}
    for number, g in enumerate(gradients, start=1):
        dW = g.dW.mT if of.notation.out_in else g.dW
        found |= {f"W{number}": dW, f"Z{number}": g.dZ, f"A{number}": g.dA, f"b{number}": g.db}
    samples = of.N if AVERAGED[of.cell.objective.reduction.name] else 1
    return {name: M.reshape(1, -1) / samples for name, M in found.items()}


def agree(got, expected, close=CLOSE):
    """Assert that two arrays agree, relative to the largest entry of the second."""
    assert np.shape(got) == np.shape(expected)
    np.testing.assert_allclose(got, expected, rtol=0, atol=close * np.abs(expected).max())


def link_of(of, name, n=0):
    """Give the one link dT/dS."""
    T, S = name.removeprefix("d").split("/d")
    (link,) = chain(of.cell, of.state, of.notation, T, S, n=n, r=of.r).links
    return link


# The product is the gradient


@EVERY_PAIR
def test_the_product_of_the_links_is_that_samples_share_of_the_gradient(pair):
    for index, of in enumerate(scenes(pair)):
        for n in (index % of.N, (index + 3) % of.N):
            expected = share(of, n)
            for to in targets(of):
                links = chain(of.cell, of.state, of.notation, "J", to, n=n, r=of.r)
                assert links.shape == expected[to].shape
                agree(links.product(), expected[to])


@EVERY_PAIR
def test_what_is_called_backprop_is_that_samples_share_of_the_gradient_in_the_targets_own_shape(pair):
    for of in scenes(pair):
        n = of.N - 1
        expected = share(of, n)
        for to in targets(of):
            each = Explained(of, n, to)
            W = of.state.params[int(to[1:]) - 1].W[of.r] if to[0] == "W" else None
            assert each.backprop.shape == (expected[to].shape[1:] if W is None else of.notation.weights(W).shape)
            agree(each.backprop.reshape(1, -1), expected[to])
            assert each.product.shape == each.backprop.shape
            assert each.difference == np.abs(each.product - each.backprop).max() <= CLOSE * np.abs(expected[to]).max()


@EVERY_PAIR
def test_the_samples_products_add_up_to_the_gradient_of_the_batch(pair):
    for of in scenes(pair):
        for number, g in enumerate(of.state.gradients, start=1):
            summed = np.sum([Explained(of, n, f"W{number}").product for n in range(of.N)], axis=0)
            agree(summed, of.notation.weights(g.dW[of.r]))


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_a_scene_says_whether_its_batch_is_the_mean_or_the_sum_of_the_samples_alone(reduction):
    assert scene(f"tanh-mse-{reduction}").together == ("mean" if AVERAGED[reduction] else "sum")


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_a_batch_is_told_to_be_averaged_or_summed_whatever_its_size(reduction):
    """1/K divided by 1/(N·K) is N, but not always in the last digit of a float."""
    for K, loss in ((1, SquaredError()), (3, SquaredError()), (7, SquaredError()), (4, CrossEntropy())):
        network = Network((Layer(2, K, Tanh(), WEIGHTS),))
        objective = Objective(loss, REDUCTIONS[reduction]())
        wrong = [N for N in range(1, 260) if objective.alone(network, N) != (N if AVERAGED[reduction] else 1)]
        assert wrong == []


def test_a_batch_of_one_is_its_sample():
    for reduction in REDUCTIONS:
        of = scene_of(replace(CELLS[f"tanh-mse-{reduction}"], data=replace(CELLS["tanh-mse-mean"].data, samples=1)))
        agree(Explained(of, 0, "W1").product, of.state.gradients[0].dW[0])


# Partial products


@EVERY_PAIR
def test_partial_products_are_those_of_the_written_out_matrices_and_cost_their_rows_times_inner_times_columns(pair):
    of = scene(f"{pair}-mean", LAYOUTS[len(pair) % 2])
    for to in targets(of):
        links = chain(of.cell, of.state, of.notation, "J", to, n=2, r=of.r)
        dense = [link.dense() for link in links.links]
        for first, second in pairwise(dense):
            assert first.shape[1] == second.shape[0]
        M, expected = dense[0], []
        for link, D in zip(links.links[1:], dense[1:], strict=True):
            expected.append((f"dJ/d{link.by}", (M.shape[0] * M.shape[1] * D.shape[1]), M := M @ D))
        same(list(reverse_order(links)), expected)
        M, expected = dense[-1], []
        for link, D in zip(links.links[-2::-1], dense[-2::-1], strict=True):
            expected.append((f"d{link.of}/d{to}", (D.shape[0] * D.shape[1] * M.shape[1]), M := D @ M))
        same(list(forward_order(links)), expected)


def same(partials, expected):
    """Assert that partial products have these names, costs and numbers."""
    assert [(partial.name, partial.multiplications) for partial in partials] == [(name, cost) for name, cost, _ in expected]
    for partial, (_, _, M) in zip(partials, expected, strict=True):
        assert partial.shape == M.shape
        agree(partial.M, M)


def test_both_orders_of_the_yann_network_cost_what_they_cost_by_hand():
    of = scene_of(yann_network(), 0, Notation(out_in=True))
    each = Explained(of, 0, "W1")
    assert [partial.multiplications for partial in each.reverse] == [1 * 2 * 2, 1 * 2 * 3, 1 * 3 * 3, 1 * 3 * 9]
    assert [partial.multiplications for partial in each.forward] == [3 * 3 * 9, 2 * 3 * 9, 2 * 2 * 9, 1 * 2 * 9]
    assert [partial.name for partial in each.reverse] == ["dJ/dZ2", "dJ/dA1", "dJ/dZ1", "dJ/dW1"]
    assert [partial.name for partial in each.forward] == ["dA1/dW1", "dZ2/dW1", "dA2/dW1", "dJ/dW1"]


def test_what_is_too_large_to_write_out_still_has_a_name_a_shape_and_a_cost():
    layers = (Layer(60, 60, Tanh(), WEIGHTS), Layer(60, 2, Tanh(), WEIGHTS))
    of = scene_of(replace(CELLS["tanh-mse-mean"], network=Network(layers)))
    partials = list(forward_order(chain(of.cell, of.state, of.notation, "J", "W1")))
    assert [(p.name, p.shape, p.multiplications, p.M) for p in partials] == [
        ("dA1/dW1", (60, 3600), 60 * 60 * 3600, None),
        ("dZ2/dW1", (2, 3600), 2 * 60 * 3600, None),
        ("dA2/dW1", (2, 3600), 2 * 2 * 3600, None),
        ("dJ/dW1", (1, 3600), 1 * 2 * 3600, None),
    ]
    (*_, last) = reverse_order(chain(of.cell, of.state, of.notation, "J", "W1"))
    agree(last.M, share(of, 0)["W1"])


# Links


@EVERY_PAIR
def test_a_link_is_its_written_out_matrix_in_shape_norm_and_what_it_carries(pair):
    rng = np.random.default_rng(len(pair))
    of = scene(f"{pair}-sum", LAYOUTS[len(pair) % 2])
    links = factors([Explained(of, 1, to) for to in targets(of)])
    assert len({link.name for link in links}) == len(links)
    for link in links:
        D = link.dense()
        assert link.shape == D.shape
        assert link.norm == pytest.approx(np.sqrt((D**2).sum()), rel=1e-14)
        M = rng.normal(size=(3, len(D)))
        agree(link.carry(M), M @ D)


def test_a_norm_is_told_where_its_square_is_beyond_range():
    of = scene_of(replace(CELLS["identity-mse-mean"], network=Network((Layer(2, 3, Tanh(), WEIGHTS),))))
    params = (LayerParams(of.state.params[0].W * 0 + 1e200, None),)
    link = link_of(replace(of, state=replace(of.state, params=params)), "dZ1/dX")
    assert link.norm == pytest.approx(6**0.5 * 1e200, rel=1e-14)


A1 = (0.574, 0.748, 0.6495)
X = (0.23, 0.82, 0.47)
SLOPES = (0.17548336202739212, 0.17547857171733677)  # σ(1.2252)(1 - σ(1.2252)), and of 1.22525, in thirty digits
YANN_LINKS = {
    "dJ/dA2": [[-0.6468494773291151, 2.2025086153502857]],
    "dA2/dZ2": [[SLOPES[0], 0], [0, SLOPES[1]]],
    "dZ2/dW2": [[*A1, 0, 0, 0], [0, 0, 0, *A1]],
    "dZ2/dA1": [[0.9, 0.6, 0.4], [0.3, 0.8, 0.7]],
    "dA1/dZ1": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "dZ1/dW1": [[*X, 0, 0, 0, 0, 0, 0], [0, 0, 0, *X, 0, 0, 0], [0, 0, 0, 0, 0, 0, *X]],
}


def test_the_six_links_of_the_yann_network_are_those_that_one_writes_by_hand():
    of = scene_of(yann_network(), 0, Notation(out_in=True))
    links = factors([Explained(of, 0, "W2"), Explained(of, 0, "W1")])
    assert [link.name for link in links] == list(YANN_LINKS)
    assert [link.shape for link in links] == [(1, 2), (2, 2), (2, 6), (2, 3), (3, 3), (3, 9)]
    for link in links:
        np.testing.assert_allclose(link.dense(), YANN_LINKS[link.name], rtol=1e-15, atol=0)
    a = np.array([0.772977357985251, 0.7729861320335947])
    np.testing.assert_allclose(a * (1 - a), SLOPES, rtol=1e-14)
    np.testing.assert_allclose((a - [1, 0]) / SLOPES / 2, YANN_LINKS["dJ/dA2"][0], rtol=1e-13)  # ½(a - y)/(a(1 - a))


def test_in_the_other_layout_the_weights_are_counted_the_other_way_and_nothing_else_changes():
    of = scene_of(yann_network())
    for link in factors([Explained(of, 0, "W2"), Explained(of, 0, "W1")]):
        expected = np.array(YANN_LINKS[link.name])
        if link.name.endswith(("W1", "W2")):  # entry [i, (k, j)] where out_in has [i, (j, k)]
            rows, columns = expected.shape
            expected = expected.reshape(rows, rows, columns // rows).swapaxes(1, 2).reshape(rows, columns)
        np.testing.assert_allclose(link.dense(), expected, rtol=1e-15, atol=0)
    assert link_of(of, "dZ1/dW1").form(of.notation) == "xᵀ ⊗ I"
    assert link_of(of, "dZ2/dA1").form(of.notation) == "W2ᵀ"


def test_the_forms_are_those_of_the_page():
    of = scene_of(yann_network(), 0, Notation(out_in=True))
    forms = [link.form(of.notation) for link in factors([Explained(of, 0, "W2"), Explained(of, 0, "W1")])]
    assert forms == ["c·ℓ'(ŷ)", "diag(φ'(z2))", "I ⊗ a1ᵀ", "W2", "diag(φ'(z1))", "I ⊗ xᵀ"]
    assert Explained(of, 0, "W1").formula == "dJ/dW1 = dJ/dA2 · dA2/dZ2 · dZ2/dA1 · dA1/dZ1 · dZ1/dW1"
    assert link_of(of, "dZ1/db1").form(of.notation) == "I"
    layer = of.cell.network.layers[0]
    scaled = replace(of.cell, network=Network((replace(layer, scale=(1.0, 0.5, 0.0)), *of.cell.network.layers[1:])))
    link = link_of(scene_of(scaled), "dA1/dZ1")
    assert link.form(Notation()) == "diag(φ'(z1) ∘ s1)"
    assert link.dense().tolist() == [[1, 0, 0], [0, 0.5, 0], [0, 0, 0]]


# Jacobians against central differences, and against PyTorch's

SMOOTH = Network(
    (
        Layer(3, 4, Tanh(), WEIGHTS, JITTER),
        Layer(4, 2, GELU(), WEIGHTS, None, (0.7, -1.3)),
        Layer(2, 3, Softplus(), WEIGHTS, JITTER, (1.0, 0.0, 2.0)),
    )
)
STEP = 1e-5


def smooth(notation, objective=Objective(SquaredError(), BatchMean())):  # noqa: B008 - a value
    """Give a smooth network of three layers, the second without a bias."""
    return replace(scene_of(replace(CELLS["tanh-mse-mean"], network=SMOOTH, objective=objective), 0, notation), r=1)


def carried(of, n, name, value):
    """Carry one sample through by hand, with one quantity replaced by a row of values: every quantity by name, as a row."""
    state, r = of.state, of.r
    given = {name: value}
    a = given.get("X", of.own(state.X)[n])
    found = {"X": a}
    for number, (layer, theta) in enumerate(zip(of.cell.network.layers, state.params, strict=True), start=1):
        W = of.notation.weights(theta.W[r])
        W = of.notation.weights(given.get(f"W{number}", W.ravel()).reshape(W.shape))
        b = np.zeros(layer.fan_out) if theta.b is None else theta.b[r, 0]
        z = given.get(f"Z{number}", a @ W + given.get(f"b{number}", b))
        a = given.get(f"A{number}", layer.activation.f(z) * (1 if layer.scale is None else np.array(layer.scale)))
        found |= {f"Z{number}": z, f"A{number}": a, f"W{number}": of.notation.weights(W).ravel(), f"b{number}": b}
    a = given.get("Y_hat", a)
    losses = of.cell.objective.loss.f(a[None], of.own(state.Y)[None, n])
    factor = of.cell.objective.reduction.factor(of.N, losses.shape[-1])
    return found | {"Y_hat": a, "J": np.array([losses.sum() * factor])}


def differences(of, n, T, S):
    """Give dT/dS of sample n by central differences."""
    x = carried(of, n, "", None)[S]
    columns = [
        (carried(of, n, S, x + nudge)[T] - carried(of, n, S, x - nudge)[T]) / (2 * STEP) for nudge in STEP * np.eye(len(x))
    ]
    return np.array(columns).T


def jacobian_pairs(network):
    """Walk every pair of quantities of which the second is on the way to the first, found by the order of the formulas."""
    layers = len(network.layers)
    way = ["X", *(name for number in range(1, layers + 1) for name in (f"Z{number}", f"A{number}")), "Y_hat", "J"]
    for at, of in enumerate(way):
        for by in way[:at]:
            if (of, by) != ("Y_hat", f"A{layers}"):
                yield of, by
        for number in range(1, layers + 1):
            if at >= way.index(f"Z{number}"):
                yield of, f"W{number}"
                if network.layers[number - 1].bias is not None:
                    yield of, f"b{number}"


@pytest.mark.parametrize("notation", LAYOUTS)
@pytest.mark.parametrize(("T", "S"), list(jacobian_pairs(SMOOTH)))
def test_every_jacobian_is_what_central_differences_say(T, S, notation):
    of = smooth(notation)
    J = chain(of.cell, of.state, notation, T, S, n=4, r=of.r).product()
    numeric = differences(of, 4, T, S)
    assert J.shape == numeric.shape
    np.testing.assert_allclose(J, numeric, rtol=0, atol=1e-8 * max(1, np.abs(numeric).max()))


@pytest.mark.parametrize("objective", [Objective(BinaryCrossEntropy(), Mean()), Objective(CrossEntropy(), Sum())])
def test_the_row_of_the_loss_is_what_central_differences_say(objective):
    layer = replace(SMOOTH.layers[-1], activation=Sigmoid(), scale=None)
    targets_of = CELLS["tanh-bce-mean" if objective.loss.probabilities else "tanh-cross_entropy-mean"].data
    cell = replace(CELLS["tanh-mse-mean"], network=Network((*SMOOTH.layers[:-1], layer)), objective=objective, data=targets_of)
    of = scene_of(cell)
    np.testing.assert_allclose(link_of(of, "dJ/dA3", 2).dense(), differences(of, 2, "J", "A3"), rtol=1e-8)


def test_jacobians_of_every_pair_stack_the_samples():
    of = smooth(LAYOUTS[0])
    stacked = quantity("dZ3/dW1").of(of)
    assert stacked.shape == (of.N, 3, 12)
    for n in range(of.N):
        assert (stacked[n] == chain(of.cell, of.state, of.notation, "Z3", "W1", n=n, r=of.r).product()).all()


def torch_quantity(of, n, T, S):
    """Give T as a function of S for PyTorch, and the value of S."""
    torch = pytest.importorskip("torch")
    from tests.oracles.test_torch import activate, unreduced  # noqa: PLC0415 - it skips itself where there is no torch

    start = carried(of, n, "", None)
    parts = [{"name": layer.activation.name} for layer in of.cell.network.layers]

    def through(x):
        def value(name, make):
            return x if name == S else make()

        a = value("X", lambda: torch.tensor(start["X"]))
        found = {"X": a}
        for number, (layer, part) in enumerate(zip(of.cell.network.layers, parts, strict=True), start=1):
            shape = (layer.fan_out, layer.fan_in) if of.notation.out_in else (layer.fan_in, layer.fan_out)
            name = f"W{number}"
            W = value(name, lambda name=name: torch.tensor(start[name])).reshape(shape)
            b = value(f"b{number}", lambda number=number: torch.tensor(start[f"b{number}"]))
            into = a
            z = value(f"Z{number}", lambda W=W, b=b, into=into: (W @ into if of.notation.out_in else into @ W) + b)
            s = torch.ones(layer.fan_out, dtype=torch.float64) if layer.scale is None else torch.tensor(layer.scale)
            a = value(f"A{number}", lambda part=part, z=z, s=s: activate(part, z) * s)
            found |= {f"Z{number}": z, f"A{number}": a}
        a = value("Y_hat", lambda: a)
        Y = torch.tensor(of.own(of.state.Y)[None, n])
        mean = unreduced(of.cell.objective.loss.name, a[None], Y)("mean")
        return (found | {"Y_hat": a, "J": mean[None] / of.N})[T]

    return through, torch.tensor(start[S])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_jacobian_is_what_pytorch_says(activation):
    torch = pytest.importorskip("torch")
    layers = (
        Layer(3, 4, ACTIVATIONS[activation](), WEIGHTS, JITTER, (0.5, 1.0, -2.0, 0.0)),
        Layer(4, 2, ACTIVATIONS[activation](), WEIGHTS, None),
    )
    cell = replace(CELLS[f"{activation}-mse-mean"], network=Network(layers))
    for notation in LAYOUTS:
        of = replace(scene_of(cell, 0, notation), r=1)
        for T, S in jacobian_pairs(of.cell.network):
            through, value = torch_quantity(of, 5, T, S)
            expected = torch.autograd.functional.jacobian(through, value).numpy()
            J = chain(cell, of.state, notation, T, S, n=5, r=1).product()
            np.testing.assert_allclose(J, expected, rtol=0, atol=CLOSE * max(1, np.abs(expected).max()), err_msg=f"d{T}/d{S}")


def test_a_quantity_by_itself_is_the_identity():
    of = smooth(LAYOUTS[0])
    for name, size in {"Z1": 4, "A2": 2, "Y_hat": 3}.items():
        links = chain(of.cell, of.state, of.notation, name, name, r=1)
        assert links.name == f"d{name}/d{name}"
        assert (links.product() == np.eye(size)).all()
    assert (chain(of.cell, of.state, of.notation, "Y_hat", "A3", r=1).product() == np.eye(3)).all()


# A saturated output


def saturated(z, *, dtype="float64", y=0.0):
    """Give a network of two layers whose last sigmoid is at z, beside one that is at ½, under the binary cross-entropy."""
    cell = example(
        [[[1, 2]], [[z, 0.25], [0, 0.125]]], [[1]], [[y, 1]], output=Sigmoid(), objective=Objective(BinaryCrossEntropy(), Sum())
    )
    return scene_of(replace(cell, dtype=dtype))


@pytest.mark.parametrize("z", [800.0, -800.0])
def test_where_a_saturated_output_has_lost_the_digits_of_the_product_loss_and_output_are_one_link(z):
    of = saturated(z, y=1.0 if z < 0 else 0.0)
    links = chain(of.cell, of.state, of.notation, "J", "W1").links
    assert [link.name for link in links] == ["dJ/dZ2", "dZ2/dA1", "dA1/dZ1", "dZ1/dW1"]
    assert links[0].form(of.notation) == "c·∂ℓ/∂z"
    error = 1 / (1 + np.exp(-0.5)) - 1
    agree(links[0].dense(), [[-1 if z < 0 else 1, error]], 1e-12)  # σ(z) - y
    for to in targets(of):
        each = Explained(of, 0, to)
        if to != "A2":
            agree(each.product.reshape(1, -1), share(of, 0)[to])
            assert np.isfinite(each.difference)
    assert [link.name for link in Explained(of, 0, "A2").chain.links] == ["dJ/dA2"]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("z", [0.5, -3.0, 6.0, 30.0, 36.0, 40.0])
def test_where_the_slope_of_an_output_can_be_told_loss_and_output_are_two_links_in_either_precision(z, dtype):
    """At z = 40 dJ/dA2 is 1 + e⁴⁰, though A2 itself has been rounded to 1."""
    of = saturated(z, dtype=dtype)
    links = chain(of.cell, of.state, of.notation, "J", "W1").links
    assert [link.name for link in links] == ["dJ/dA2", "dA2/dZ2", "dZ2/dA1", "dA1/dZ1", "dZ1/dW1"]
    agree(links[0].dense()[0, :1], [1 + np.exp(z)], 1e-12 if dtype == "float64" else 1e-5)


# What is no chain

WRONG = {  # a pair: words of its sentence
    ("X", "W1"): "W1 is not on the way to X",
    ("A1", "Z2"): "Z2 is not on the way to A1",
    ("J", "J"): "J is not on the way to J",
    ("Z1", "W2"): "W2 is not on the way to Z1",
    ("Z1", "A1"): "A1 is not on the way to Z1",
    ("W1", "W1"): "W1 is not on the way to W1",
    ("b1", "b1"): "b1 is not on the way to b1",
    ("W1", "X"): "X is not on the way to W1",
    ("X", "X"): "X is not on the way to X",
    ("A1", "J"): "J is not on the way to A1",
    ("A1", "Y_hat"): "Y_hat is not on the way to A1",
    ("J", "W3"): "no 'W3'",
    ("J", "W0"): "no 'W0'",
    ("Z9", "W1"): "no 'Z9'",
    ("J", "loss"): "no 'loss'",
    ("J", "dW1"): "no 'dW1'",
    ("J", "W"): "no 'W'",
    ("J", ""): "no ''",
    ("J", "W1[0,0]"): r"no 'W1\[0,0\]'",
    ("J", "W1\n"): "no 'W1\n'",
}


@pytest.mark.parametrize("pair", WRONG, ids=["-".join(pair) for pair in WRONG])
def test_a_wrong_pair_is_answered_with_a_sentence(pair):
    of = scene_of(yann_network())
    with pytest.raises(ValueError, match=WRONG[pair]) as error:
        chain(of.cell, of.state, of.notation, *pair)
    assert "\n" not in str(error.value).replace("'W1\n'", "")


def test_places_are_in_the_order_of_the_formulas():
    order = ["X", "Z1", "A1", "Z2", "A2", "Z3", "A3", "J"]
    assert [place(name, 3) for name in order] == list(range(8))
    for layer in (1, 2, 3):
        assert place(f"W{layer}", 3) == place(f"b{layer}", 3) == place(f"Z{layer}", 3)
    assert place("Y_hat", 3) == place("A3", 3)


@pytest.mark.parametrize("to", ["Y_hat", "A2"])
def test_the_gradient_by_the_predictions_is_told_under_both_of_their_names(to):
    of = scene_of(yann_network())
    each = Explained(of, 0, to)
    agree(each.backprop, YANN_LINKS["dJ/dA2"][0])
    agree(each.product, YANN_LINKS["dJ/dA2"][0])


def test_a_bias_that_is_not_there_has_no_gradient():
    network = Network((Layer(2, 2, Tanh(), WEIGHTS),))
    of = scene_of(replace(CELLS["tanh-mse-mean"], network=network))
    with pytest.raises(AskedError, match="b1: layer 1 has no bias"):
        _ = Explained(of, 0, "b1").product
    for name in ("db1", "dZ1/db1", "tape dZ1/db1", "tape dJ/db1"):
        with pytest.raises(AskedError, match="no bias"):
            quantity(name).of(of)


def test_a_scene_is_of_the_step_that_is_asked_for():
    cell = replace(CELLS["tanh-mse-mean"], steps=0)
    before, after = (scene_of(cell, step) for step in (0, 2))
    assert isinstance(after, Scene)
    assert after.state.step == 2
    assert not np.allclose(Explained(before, 0, "W1").product, Explained(after, 0, "W1").product, rtol=1e-6)
    agree(Explained(after, 0, "W1").product, share(after, 0)["W1"].reshape(after.state.params[0].W.shape[1:]))
