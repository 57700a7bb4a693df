"""The tape: what it is said to return is what PyTorch's returns, and what ones from the left leave of the Jacobians."""

from dataclasses import replace

import numpy as np
import pytest

from tests.cases import CELLS, JITTER, WEIGHTS, some_cells
from yann.config.load import load
from yann.config.options import find_config
from yann.engine.network import Layer, Network
from yann.explain.chain import chain
from yann.explain.notation import Notation, notation_of
from yann.explain.pitfalls.base import yann_network
from yann.explain.quantities import quantity
from yann.explain.scene import scene_of
from yann.explain.tape import pairs, tape, why
from yann.parts.activations import ACTIVATIONS

CLOSE = 1e-12
SOME = some_cells(5)
WAY = ("X", "Z1", "A1", "Z2", "A2", "Z3", "A3", "Y_hat")


def published(name):
    """Give the first step of a bundled config."""
    experiment = load(find_config(name)).experiment
    return scene_of(experiment.cells[0], 0, notation_of(experiment))


def told(of, name):
    """Give what the tape returns, as the reader writes it."""
    return quantity(f"tape {name}").of(of)


def every_pair(layers, biases):
    """Walk every pair of which the second is on the way to the first."""
    way = [*WAY[: 2 * layers + 1], "Y_hat", "J"]
    for at, of in enumerate(way[1:], start=1):
        yield from ((of, by) for by in way[:at])
        for layer in range(1, layers + 1):
            if at >= way.index(f"Z{layer}"):
                yield from ((of, name) for name in (f"W{layer}", f"b{layer}") if name[0] == "W" or layer in biases)


def agree(got, expected, where=""):
    """Assert that two arrays agree, relative to the largest entry of the second."""
    assert np.shape(got) == np.shape(expected), where
    np.testing.assert_allclose(got, expected, rtol=0, atol=CLOSE * np.abs(expected).max(), err_msg=where)


# Against PyTorch


def as_torch_has_it(of):
    """Carry the batch through with PyTorch, every quantity by name; weights are (in, out)."""
    torch = pytest.importorskip("torch")
    from tests.oracles.test_torch import activate, unreduced  # noqa: PLC0415 - it skips itself where there is no torch

    def leaf(M):
        return torch.tensor(M, requires_grad=True)

    a = leaf(of.own(of.state.X))
    found = {"X": a}
    for number, (layer, theta) in enumerate(zip(of.cell.network.layers, of.state.params, strict=True), start=1):
        W = leaf(theta.W[of.r])
        z = a @ W
        if theta.b is not None:
            found[f"b{number}"] = leaf(theta.b[of.r, 0])
            z = z + found[f"b{number}"]
        a = activate({"name": layer.activation.name}, z)
        a = a if layer.scale is None else a * torch.tensor(layer.scale, dtype=torch.float64)
        found |= {f"W{number}": W, f"Z{number}": z, f"A{number}": a}
    J = unreduced(of.cell.objective.loss.name, a, torch.tensor(of.own(of.state.Y)))("mean")
    return found | {"Y_hat": a, "J": J}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_it_is_what_pytorchs_tape_returns_for_every_pair(activation):
    torch = pytest.importorskip("torch")
    phi = ACTIVATIONS[activation]()
    layers = (
        Layer(3, 4, phi, WEIGHTS, JITTER),
        Layer(4, 2, phi, WEIGHTS, None, (0.7, -1.3)),
        Layer(2, 3, phi, WEIGHTS, JITTER),
    )
    of = replace(scene_of(replace(CELLS[f"{activation}-mse-mean"], network=Network(layers))), r=1)
    theirs = as_torch_has_it(of)
    wanted = list(every_pair(3, {1, 3}))
    assert len(wanted) > 50
    for T, S in wanted:
        (expected,) = torch.autograd.grad(theirs[T], theirs[S], grad_outputs=torch.ones_like(theirs[T]), retain_graph=True)
        agree(tape(of.cell, of.state, T, S, r=1), expected.numpy(), f"d{T}/d{S}")
    assert set(pairs(3)) <= set(wanted)


# Against the Jacobians


@pytest.mark.parametrize("name", SOME)
def test_it_is_ones_times_the_jacobians_added_up_over_the_samples_where_they_share_what_is_derived_by(name):
    of = replace(scene_of(CELLS[name]), r=len(name) % 2)
    biases = {number for number, layer in enumerate(of.cell.network.layers, start=1) if layer.bias is not None}
    wanted = list(every_pair(min(of.layers, 3), biases)) if of.layers <= 3 else list(pairs(of.layers))
    for T, S in wanted:
        each = np.stack([chain(of.cell, of.state, of.notation, T, S, n=n, r=of.r).product().sum(axis=0) for n in range(of.N)])
        got = tape(of.cell, of.state, T, S, r=of.r)
        agree(got, each.sum(axis=0).reshape(got.shape) if S[0] in "Wb" else each, f"d{T}/d{S}")


@pytest.mark.parametrize("name", SOME)
def test_of_a_single_number_it_is_the_gradient(name):
    of = replace(scene_of(CELLS[name]), r=len(name) % 2)
    for number, g in enumerate(of.state.gradients, start=1):
        for letter, expected in {"W": g.dW[of.r], "b": g.db[of.r, 0], "Z": g.dZ[of.r], "A": g.dA[of.r]}.items():
            if letter != "b" or of.cell.network.layers[number - 1].bias is not None:
                assert (tape(of.cell, of.state, "J", f"{letter}{number}", r=of.r) == expected).all()
    agree(tape(of.cell, of.state, "J", "X", r=of.r), of.state.gradients[0].dZ[of.r] @ of.state.params[0].W[of.r].T)
    agree(tape(of.cell, of.state, "J", "Y_hat", r=of.r), of.state.gradients[-1].dA[of.r])


def test_of_a_quantity_by_itself_it_is_ones():
    of = scene_of(CELLS["tanh-mse-mean"])
    for name, like in {"Z1": of.state.trace[0].Z[0], "Y_hat": of.state.trace[-1].A[0]}.items():
        assert (tape(of.cell, of.state, name, name) == np.ones_like(like)).all()


# By hand

ONES = {  # 5 samples of ones, three layers of 3×3 ones: what every entry is
    "dZ1/dW1": 5,  # Σₙ 1
    "dZ2/dW2": 15,  # Σₙ 3
    "dZ3/dW3": 45,  # Σₙ 9
    "dZ2/dA1": 3,  # a row of ones
    "dZ3/dA2": 3,
    "dA1/dZ1": 1,
    "dA3/dA2": 3,
    "dA3/dA1": 9,
    "dZ3/dX": 27,
    "dY_hat/dW1": 45,  # 5 samples · 9 paths
    "dY_hat/dW2": 45,
    "dY_hat/dW3": 45,
    "dJ/dA3": 1 / 15,
    "dJ/dW1": 3,
    "dJ/dW2": 3,
    "dJ/dW3": 3,
}


@pytest.mark.parametrize("name", ONES)
def test_of_three_layers_of_ones_it_is_what_one_counts_by_hand(name):
    of = published("three-layer-tape")
    shape = (3, 3) if "/dW" in name else (5, 3)
    np.testing.assert_allclose(told(of, name), np.full(shape, ONES[name]), rtol=1e-15)


PARTIALS = {  # the figures of the document for known weights, 7 samples of ones
    "dZ2/dA1[0]": [1.75, 1.55, 1.3],  # the row sums of W2
    "dZ1/dX[6]": [1.75, 1.55, 1.3],
    "dZ3/dA2[3]": [3, 3, 3],
    "dA2/dZ2[0]": [1, 1, 1],
    "dZ3/dW3[:, 0]": [7 * 4.21, 7 * 2.17, 7 * 1.1175],  # Σₙ A2, in every column
    "dZ3/dW3[:, 2]": [7 * 4.21, 7 * 2.17, 7 * 1.1175],
    "dZ2/dW2[:, 1]": [7 * 2.65, 7 * 1.3, 7 * 0.65],
    "dZ1/dW1[0]": [7, 7, 7],
}


@pytest.mark.parametrize("name", PARTIALS)
def test_of_three_layers_of_known_weights_it_is_what_the_document_prints(name):
    np.testing.assert_allclose(told(published("three-layer-partials"), name), PARTIALS[name], rtol=1e-14)


# How it is written, and what is said of it


def test_it_is_written_as_the_reader_writes_what_is_derived_by():
    network = Network((Layer(2, 4, ACTIVATIONS["tanh"](), WEIGHTS, JITTER), Layer(4, 3, ACTIVATIONS["tanh"](), WEIGHTS)))
    cell = replace(CELLS["tanh-mse-mean"], network=network)
    plain, N = scene_of(cell), scene_of(cell).N
    shapes = {"dZ2/dW1": ((2, 4), (4, 2)), "dZ2/dA1": ((N, 4), (4, N)), "dZ2/dX": ((N, 2), (2, N)), "dZ1/db1": ((4,), (4, 1)),
              "dJ/dW2": ((4, 3), (3, 4)), "dA2/dZ2": ((N, 3), (3, N))}  # fmt: skip
    for out_in in (False, True):
        for columns in (False, True):
            of = replace(plain, notation=Notation(out_in=out_in, columns=columns))
            for name, (shape, turned) in shapes.items():
                turns = out_in if "/dW" in name else columns
                assert told(of, name).shape == (turned if turns else shape)
                expected = told(plain, name).reshape(shape)
                assert (told(of, name).ravel() == (expected.T if turns else expected).ravel()).all()


def test_the_pairs_are_the_neighbours_from_the_loss_down_and_then_the_predictions_and_the_loss_by_every_weight():
    assert list(pairs(2)) == [
        ("J", "A2"), ("A2", "Z2"), ("Z2", "W2"), ("Z2", "A1"), ("A1", "Z1"), ("Z1", "W1"), ("Z1", "X"),
        ("Y_hat", "W2"), ("J", "W2"), ("Y_hat", "W1"), ("J", "W1"),
    ]  # fmt: skip
    for layers in (1, 3, 6):
        assert len(set(pairs(layers))) == len(list(pairs(layers))) == 1 + 5 * layers


@pytest.mark.parametrize("layers", [1, 2, 6])
def test_every_pair_has_a_sentence_that_says_whether_it_is_the_gradient(layers):
    for of, by in pairs(layers):
        sentence = why(of, by)
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert len(sentence.split()) > 10
        assert ("gradient itself" in sentence) == (of == "J")
        assert of in sentence or by in sentence or by[1:] in sentence or (of[0], by[0]) == ("A", "Z")


def test_kinds_of_pairs_have_sentences_of_their_own():
    kinds = [("J", "W1"), ("Z2", "W2"), ("Y_hat", "W1"), ("A1", "Z1"), ("Z2", "A1")]
    assert len({why(*pair) for pair in kinds}) == len(kinds)
    words = {("Z2", "W2"): "same for every unit of layer 2", ("A1", "Z1"): "diagonal", ("Z2", "A1"): "weights of Z2's units"}
    for pair, said in words.items():
        assert said in why(*pair)


WRONG = {
    ("X", "W1"): "W1 is not on the way to X",
    ("A1", "Z2"): "Z2 is not on the way to A1",
    ("J", "J"): "J is not on the way to J",
    ("Z1", "W2"): "W2 is not on the way to Z1",
    ("W1", "X"): "X is not on the way to W1",
    ("J", "W3"): "no 'W3'",
    ("Q1", "W1"): "no 'Q1'",
}


@pytest.mark.parametrize("pair", WRONG, ids=["-".join(pair) for pair in WRONG])
def test_a_wrong_pair_is_answered_with_a_sentence(pair):
    of = scene_of(yann_network())
    with pytest.raises(ValueError, match=WRONG[pair]):
        tape(of.cell, of.state, *pair)
