"""Initializers: what each draws, held against its formula, and what is exact about it."""

import math

import numpy as np
import pytest

from yann.engine.backward import backward
from yann.engine.forward import forward
from yann.engine.network import Layer, LayerParams, Network, init_params
from yann.engine.objective import Objective
from yann.engine.streams import NOTHING
from yann.parts.activations import Identity
from yann.parts.initializers import (
    INITIALIZERS,
    Constant,
    HeNormal,
    MeanField,
    Normal,
    Orthogonal,
    TruncatedNormal,
    Uniform,
    XavierUniform,
    Zeros,
)
from yann.parts.losses import Output
from yann.parts.reductions import Sum

EVERY = pytest.mark.parametrize("name", INITIALIZERS)
IN, OUT = 300, 200
TRUNCATED = 0.87962566103423978  # standard deviation of a normal one cut at ±2
EXACT = {"zeros": 0, "ones": 1, "constant": 0, "ones_over_fan_in": 1 / 300, "ones_over_fan_out": 1 / 200}
# mean, standard deviation and bound of a 300 × 200 matrix, worked out on paper; 2/(300 + 200) = 1/250
DRAWN = {
    "normal": (0, 1, math.inf),
    "uniform": (0.5, 1 / math.sqrt(12), 1),
    "truncated_normal": (0, TRUNCATED, 2),
    "xavier_normal": (0, math.sqrt(1 / 250), math.inf),
    "xavier_uniform": (0, math.sqrt(1 / 250), math.sqrt(6 / 500)),
    "he_normal": (0, math.sqrt(1 / 150), math.inf),
    "he_uniform": (0, math.sqrt(1 / 150), math.sqrt(1 / 50)),
    "lecun_normal": (0, math.sqrt(1 / 300), math.inf),
    "lecun_uniform": (0, math.sqrt(1 / 300), 0.1),
    "torch_linear": (0, math.sqrt(1 / 900), math.sqrt(1 / 300)),
    "mean_field": (0, math.sqrt(1 / 300), math.inf),
    "orthogonal": (0, math.sqrt(1 / 300), 1),  # 200 orthonormal columns of length 300
}


def draw(part, fan_in=IN, fan_out=OUT, seed=0):
    """Draw the weights of a layer."""
    return part.draw(np.random.default_rng(seed), fan_in, fan_out, (fan_in, fan_out))


def test_every_initializer_has_its_line_by_hand():
    assert set(INITIALIZERS) == {*EXACT, *DRAWN, "identity"}


@EVERY
def test_a_rule_asks_for_random_numbers_or_says_that_it_does_not(name):
    part = INITIALIZERS[name]()
    assert part.random == (name in DRAWN)
    if not part.random:
        assert (part.draw(NOTHING, IN, OUT, (IN, OUT)) == draw(part)).all()


@pytest.mark.parametrize("name", EXACT)
def test_an_even_matrix_has_the_same_entry_everywhere(name):
    W = draw(INITIALIZERS[name]())
    assert W.shape == (IN, OUT)
    assert (EXACT[name] == W).all()
    assert (draw(Constant(value=0.3)) == 0.3).all()


def test_the_identity_matrix_has_ones_on_its_diagonal_whatever_its_shape():
    for fan_in, fan_out in ((3, 3), (2, 4), (4, 2), (1, 1)):
        assert (draw(INITIALIZERS["identity"](), fan_in, fan_out) == np.eye(fan_in, fan_out)).all()


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawn_matrix_has_the_moments_of_its_formula(name):
    mean, std, bound = DRAWN[name]
    W = draw(INITIALIZERS[name]())
    standard_error = std / math.sqrt(W.size)
    assert W.mean() == pytest.approx(mean, abs=5 * standard_error)
    assert W.std() == pytest.approx(std, rel=0.015)
    assert np.abs(W).max() <= bound
    if bound < math.inf and name != "orthogonal":
        assert np.abs(W).max() > 0.99 * bound  # it is reached, or nearly


def test_settings_do_what_their_formula_says():
    # the same stream, moved and stretched
    assert draw(Normal(mean=2.0, std=0.5)) == pytest.approx(2 + 0.5 * draw(Normal()))
    assert draw(Uniform(low=-3.0, high=1.0)) == pytest.approx(4 * draw(Uniform()) - 3)
    assert draw(TruncatedNormal(mean=2.0, std=0.5)) == pytest.approx(2 + 0.5 * draw(TruncatedNormal()))
    assert draw(HeNormal(gain=3.0)) == pytest.approx(3 * draw(HeNormal()))
    assert draw(XavierUniform(gain=3.0)) == pytest.approx(3 * draw(XavierUniform()))
    assert draw(Orthogonal(gain=3.0)) == pytest.approx(3 * draw(Orthogonal()))
    assert draw(MeanField(sigma_w=1.5)) == pytest.approx(1.5 * draw(MeanField()))
    assert (draw(Normal(mean=2.0, std=0.0)) == 2).all()
    assert np.abs(draw(TruncatedNormal(mean=2.0, std=0.5)) - 2).max() <= 1


def test_only_mean_field_brings_biases_of_its_own():
    assert MeanField(sigma_b=0.3).bias() == Normal(std=0.3)
    assert all(part().bias() == Zeros() for name, part in INITIALIZERS.items() if name != "mean_field")


def test_normal_rules_differ_in_scale_only_so_that_a_sweep_compares_like_with_like():
    base = draw(Normal())
    for name in ("xavier_normal", "he_normal", "lecun_normal", "mean_field"):
        np.testing.assert_allclose(draw(INITIALIZERS[name]()) / DRAWN[name][1], base, rtol=1e-14)


def test_what_makes_matrices_only_says_so():
    assert {name for name, part in INITIALIZERS.items() if part.matrices_only} == {"identity", "orthogonal"}


@EVERY
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (7, 3)])
def test_a_draw_has_the_shape_that_is_asked_for_in_double_precision(name, shape):
    W = draw(INITIALIZERS[name](), *shape)
    assert W.shape == shape
    assert W.dtype == np.float64
    assert np.isfinite(W).all()


@EVERY
def test_the_single_precision_draw_is_the_double_precision_draw_rounded(name):
    part = INITIALIZERS[name]()
    network = Network((Layer(5, 4, Identity(), part, None if part.matrices_only else part),))
    (double,), (single,) = (init_params(network, 3, range(2), dtype) for dtype in ("float64", "float32"))
    assert single.W.dtype == np.float32
    assert single.W.tobytes() == double.W.astype(np.float32).tobytes()
    if single.b is not None:
        assert single.b.shape == (2, 1, 4)
        assert single.b.tobytes() == double.b.astype(np.float32).tobytes()


def test_uniform_weights_may_span_more_than_the_largest_number():
    W = draw(Uniform(low=-1e308, high=1e308))
    assert np.isfinite(W).all()
    np.testing.assert_allclose(W / 1e308, draw(Uniform(low=-1.0, high=1.0)), rtol=1e-14, atol=1e-14)


# Orthogonal matrices


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (1, 4), (4, 1)])
def test_an_orthogonal_matrix_has_orthonormal_rows_or_columns(shape):
    Q = draw(Orthogonal(), *shape)
    gram = Q.T @ Q if shape[0] >= shape[1] else Q @ Q.T
    np.testing.assert_allclose(gram, np.eye(min(shape)), atol=1e-14)


def test_orthogonal_matrices_favour_no_sign():
    signs = np.array([np.sign(np.diagonal(draw(Orthogonal(), 3, 3, seed))) for seed in range(2000)])
    assert np.abs(signs.mean(axis=0)).max() < 0.1  # without the sign fix all of R's diagonal has one sign, and Q leans


def orthogonal_chain(depth, width, dtype):
    """Give the parameters of a deep linear network, and its gradients for J = Σ Ŷ."""
    layers = tuple(Layer(width, width, Identity(), Orthogonal()) for _ in range(depth))
    network = Network(layers)
    params = init_params(network, 0, [0], dtype)
    X = np.ones((1, 2, width), dtype=dtype)
    trace = forward(network, params, X)
    return params, backward(network, params, trace, Objective(Output(), Sum()), np.zeros_like(trace[-1].A))


@pytest.mark.parametrize(("dtype", "allowed"), [("float64", 1e-12), ("float32", 1e-4)])
def test_a_thousand_orthogonal_layers_change_no_length(dtype, allowed):
    params, gradients = orthogonal_chain(1000, 64, dtype)
    product = np.eye(64, dtype=dtype)
    for theta in params:
        product = product @ theta.W[0]
    assert np.abs(np.linalg.svd(product.astype(np.float64), compute_uv=False) - 1).max() < allowed
    lengths = np.array([np.linalg.norm(g.dZ.astype(np.float64)) for g in gradients])
    np.testing.assert_allclose(lengths, lengths[-1], rtol=allowed)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_an_orthogonal_matrix_of_width_one_is_plus_or_minus_one_and_a_thousand_change_no_bit(dtype):
    params, gradients = orthogonal_chain(1000, 1, dtype)
    signs = np.array([theta.W[0, 0, 0] for theta in params])
    assert set(np.unique(signs)) == {-1, 1}
    assert all(np.abs(g.dZ).tobytes() == np.abs(gradients[-1].dZ).tobytes() for g in gradients)


def test_a_bias_is_drawn_with_the_fans_of_its_layer():
    torch_linear = INITIALIZERS["torch_linear"]()
    network = Network((Layer(100, 5000, Identity(), torch_linear, torch_linear),))
    (theta,) = init_params(network, 0, [0], "float64")
    assert isinstance(theta, LayerParams)
    assert 0.099 < np.abs(theta.b).max() <= 0.1
