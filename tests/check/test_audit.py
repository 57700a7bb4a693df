"""The audit of hundreds of networks by every oracle, what it makes of planted mistakes, and what it is that oracles are asked."""

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product

import numpy as np
import pytest

from tests.cases import passed, some_cells
from tests.check.audit_cases import AUDITED, DTYPES, FRAMEWORKS, INITS, asked, judged, question, ready
from yann.check.audit import MOST_UPDATES, Audited, audit, question_of
from yann.check.oracles import APPROXIMATE, EXACT, ORACLES, UNRESOLVED, WRONG, own_answer
from yann.config.load import load
from yann.config.options import find_config
from yann.engine import backward as engine_backward
from yann.engine.network import Layer
from yann.engine.objective import Objective
from yann.parts.activations import ACTIVATIONS, GELU, Sigmoid, Tanh
from yann.parts.losses import LOSSES, SquaredError
from yann.parts.optimizers import OPTIMIZERS, SGD, Adam, AdamW, RMSprop
from yann.parts.reductions import REDUCTIONS, Mean
from yann.study.run import start, walk

# Hundreds of networks


CLOSE = {name: {"float64": 1e-6 if name == "finite-difference" else 1e-12, "float32": 1e-5} for name in ORACLES}
UNABLE = {  # who was unable, of how many networks, and why
    "jax": {"leaky_relu is met exactly at 0, where its slope in jax is 1": 2},
    "tensorflow": {"selu is met exactly at 0, where its slope in tensorflow is λ, the one from above": 1},
}


def test_in_single_precision_a_slow_oracle_still_meets_every_part_with_every_other():
    some = [AUDITED[name] for name in networks("jax", "float32")]
    assert len(some) == len(AUDITED) / 3
    objectives = {(cell.objective.loss.name, cell.objective.reduction.name) for cell in some}
    assert objectives == set(product(LOSSES, REDUCTIONS))
    assert {layer.activation.name for cell in some for layer in cell.network.layers} == set(ACTIVATIONS)


def test_the_networks_are_more_than_500_in_which_every_part_meets_every_other():
    assert len(AUDITED) >= 500
    objectives = {(cell.objective.loss.name, cell.objective.reduction.name) for cell in AUDITED.values()}
    assert objectives == set(product(LOSSES, REDUCTIONS))
    layers = [layer for cell in AUDITED.values() for layer in cell.network.layers]
    met = {(layer.activation.name, layer.init) for layer in layers}
    assert met == set(product(ACTIVATIONS, INITS))
    assert {len(cell.network.layers) for cell in AUDITED.values()} == {1, 2, 5}
    assert {layer.bias is None for layer in layers} == {layer.scale is None for layer in layers} == {True, False}
    for init in INITS:
        biases = {layer.bias is None for layer in layers if layer.init == init}
        assert biases == ({False} if init.name == "zeros" else {True, False}), init


@dataclass
class Tally:
    """What one oracle said of all networks."""

    networks: int = 0
    unable: Counter = field(default_factory=Counter)
    agreements: list = field(default_factory=list)
    """Each with the name of its network."""

    def sum(self, name, *verdicts):
        return sum(getattr(each, name) for _, each in self.agreements if not verdicts or each.verdict in verdicts)

    def told(self, wanted):
        return [f"{name} {each.quantity}: {each}" for name, each in self.agreements if wanted(each)]


SLOW = ("finite-difference", "jax", "tensorflow")


def networks(name, dtype):
    """Name the networks that an oracle is asked about: all; a slow one in single precision two of each activation and loss."""
    every = enumerate(AUDITED)
    return [cell for at, cell in every if dtype == "float64" or name not in SLOW or (at + at // len(REDUCTIONS)) % 3 == 0]


@cache
def own(name, dtype):
    """Give the engine's answer about one of the networks."""
    return own_answer(question(name, dtype))


@cache
def tally(oracle, dtype):
    """Ask an oracle about every network, or in single precision about some."""
    found = Tally()
    for name in networks(oracle.name, dtype):
        of = question(name, dtype)
        unable = oracle.unable(of)
        if unable:
            found.unable[unable] += 1
            continue
        found.networks += 1
        agreements = list(judged(oracle.name, of, own(name, dtype)).values())
        parameters = [f"d{M}{at}" for at, layer in enumerate(of.network.layers, 1) for M in "Wb" if M == "W" or layer.bias]
        assert {each.quantity for each in agreements} == {*parameters, *(["loss"] if oracle.name in FRAMEWORKS else [])}, name
        assert sum(each.entries for each in agreements if each.quantity != "loss") == of.network.size, name
        found.agreements += [(name, each) for each in agreements]
    return found


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ORACLES)
def test_no_gradient_of_any_network_is_wrong_and_hardly_an_entry_is_left_out(name, dtype):
    found = tally(ready(name), dtype)
    unable = UNABLE.get(name, {})
    assert found.unable.keys() <= unable.keys()
    assert dtype == "float32" or found.unable == unable
    assert found.networks + found.unable.total() == len(networks(name, dtype))
    assert dtype == "float32" or found.networks > 500
    assert found.told(lambda each: each.verdict == WRONG) == []
    assert found.sum("compared") + found.sum("skipped") == found.sum("entries") > 25 * found.networks
    left_out = found.sum("skipped") + found.sum("compared", UNRESOLVED)
    most = 0.02 if name == "taylor" else 0.01  # it leaves a whole array out where an oracle leaves out an entry
    assert left_out <= most * found.sum("entries"), f"{left_out} of {found.sum('entries')}"
    if name != "taylor":
        close, comparisons = CLOSE[name][dtype], len(found.agreements)
        far = found.told(lambda each: each.verdict != UNRESOLVED and each.relative > close)
        assert len(far) <= comparisons / (100 if dtype == "float32" else 1000), far
        for _, each in found.agreements:
            assert each.verdict == UNRESOLVED or each.relative <= each.tolerance
            assert (each.tolerance > close) == ("rounding accounts for" in each.remark)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_remainders_shrink_like_h_and_like_h_squared(dtype):
    found = tally(ready("taylor"), dtype)
    slopes = np.array([each.slopes for _, each in found.agreements if each.verdict == APPROXIMATE])
    without, remainder = (column[np.isfinite(column)] for column in slopes.T)
    assert min(len(without), len(remainder)) > 0.8 * len(slopes)
    assert (abs(without - 1) <= 0.05).mean() > 0.99
    assert (abs(remainder - 2) <= 0.1).mean() > 0.99
    assert remainder.min() >= 1.7


# Planted mistakes


HIDDEN, LAST = (Sigmoid(), Tanh()), GELU()
SCALE = (0.5, 1.0, 0.8)
BY_LAYER = [{f"dW{layer}", f"db{layer}"} for layer in (1, 2, 3)]
FIRST, TWO, ALL = BY_LAYER[0], BY_LAYER[0] | BY_LAYER[1], set.union(*BY_LAYER)
AFTER = {f"{name[1:]}_after" for name in ALL}


SQUARED = Objective(SquaredError())


def victim(objective=SQUARED, **more):
    """Give a question about a network of three layers, each with an activation of its own."""
    of = asked((*HIDDEN, LAST), (3, 4, 3, 2), objective, **more)
    layers = list(of.network.layers)
    layers[1] = replace(layers[1], scale=SCALE)
    return replace(of, network=replace(of.network, layers=tuple(layers)))


def off(part, size=1e-3):
    """Plant a slope that is off, by a part of itself."""

    def plant(monkeypatch):
        right = part.df
        monkeypatch.setattr(part, "df", lambda self, Z, A: right(self, Z, A) * Z.dtype.type(1 + size))

    return plant


def on_the_way(change):
    """Plant a mistake in what the backward pass gives; `change` gets the number of the layer from 0, its trace and gradients."""

    def plant(monkeypatch):
        right = engine_backward.carry_back

        def carry_back(layers, params, trace, *more, **options):
            gradients = right(layers, params, trace, *more, **options)
            return tuple(change(at, seen, g) for at, (seen, g) in enumerate(zip(trace, gradients, strict=True)))

        monkeypatch.setattr(engine_backward, "carry_back", carry_back)

    return plant


def with_db(g, db):
    vars(g)["db"] = db  # it is added up when it is asked for, and then stays
    return g


def in_place(part, name, wrong):
    return lambda monkeypatch: monkeypatch.setattr(part, name, wrong)


def twice(*plants):
    return lambda monkeypatch: [plant(monkeypatch) for plant in plants]


def without_scale(self, Z, phi):
    return self.activation.df(Z, phi)


def one_entry(at, _, g):
    """Put one entry of dW2 off by a billionth of the largest."""
    if at == 1:
        g.dW[..., 2, 1] += 1e-9 * np.abs(g.dW).max()
    return g


# Who sees what: finite differences and Taylor remainders look at the engine's own forward pass, loss and reduction, and see
# whether the gradient is theirs; the complex step has definitions of its own, and frameworks compare the loss as well.
NOBODY = frozenset()
GRADIENTS = {  # a mistake, and what is wrong by differences and Taylor remainders, by the complex step, and by frameworks
    "the slope of the first layer": (off(Sigmoid), FIRST, FIRST, FIRST),
    "the slope of a layer between": (off(Tanh), TWO, TWO, TWO),
    "the slope of the last layer": (off(GELU), ALL, ALL, ALL),
    "the slope is without the scale": (in_place(Layer, "slope", without_scale), TWO, TWO, TWO),
    "db is without the last sample": (
        on_the_way(lambda _, __, g: with_db(g, g.dZ[..., :-1, :].sum(axis=-2, keepdims=True))),
        *[{"db1", "db2", "db3"}] * 3,
    ),
    "dW of one layer": (on_the_way(lambda at, _, g: replace(g, dW=g.dW * 1.001) if at == 1 else g), *[{"dW2"}] * 3),
    "one entry is off by a billionth": (on_the_way(one_entry), NOBODY, {"dW2"}, {"dW2"}),
    "the derivative of the loss": (in_place(SquaredError, "df", lambda _, Y_hat, Y: Y_hat - Y), ALL, ALL, ALL),
    "the value of the loss": (
        in_place(SquaredError, "f", lambda _, Y_hat, Y: (Y_hat - Y) ** 2 * 1.001), ALL, NOBODY, {"loss"},
    ),
    "a mean over samples only": (in_place(Mean, "factor", lambda _, N, __: 1 / N), NOBODY, ALL, ALL),
    "another loss throughout": (
        twice(
            in_place(SquaredError, "f", lambda _, Y_hat, Y: (Y_hat - Y) ** 2 / 2),
            in_place(SquaredError, "df", lambda _, Y_hat, Y: Y_hat - Y),
        ),
        NOBODY, ALL, ALL | {"loss"},
    ),
    "another activation throughout": (
        twice(
            in_place(Tanh, "f", lambda _, Z: np.tanh(Z * 1.01)),
            in_place(Tanh, "df", lambda _, __, A: 1.01 * (1 - A * A)),
        ),
        NOBODY, ALL, ALL | {"loss"},
    ),
}  # fmt: skip


def verdicts(name, of):
    """Give what an oracle finds wrong in a question, and what it finds right."""
    found = judged(name, of, own_answer(of)).values()
    return tuple({each.quantity for each in found if each.verdict in some} for some in ([WRONG], [EXACT, APPROXIMATE]))


def seen_by(name, by_differences, by_complex_step, by_frameworks):
    if name in FRAMEWORKS:
        return by_frameworks
    return by_complex_step if name == "complex-step" else by_differences


@pytest.mark.parametrize("mistake", ["none", *GRADIENTS])
@pytest.mark.parametrize("name", ORACLES)
def test_a_mistake_is_wrong_where_it_was_made_and_below_and_nowhere_else(name, mistake, monkeypatch):
    plant, *sees = GRADIENTS.get(mistake, (lambda _: None, NOBODY, NOBODY, NOBODY))
    ready(name)
    plant(monkeypatch)
    wrong, right = verdicts(name, victim())
    assert wrong == seen_by(name, *sees)
    assert wrong | right == ALL | ({"loss"} if name in FRAMEWORKS else set())


SMALLEST = {"finite-difference": 3e-6, "taylor": 1e-4} | dict.fromkeys(["complex-step", *FRAMEWORKS], 3e-12)


@pytest.mark.parametrize("name", ORACLES)
def test_a_slope_that_is_off_by_a_little_more_than_an_oracle_can_tell_is_wrong(name, monkeypatch):
    ready(name)
    off(GELU, SMALLEST[name])(monkeypatch)
    wrong, _ = verdicts(name, victim())
    assert wrong == ALL


@pytest.mark.parametrize("name", [name for name in ORACLES if name != "taylor"])  # which asks for both passes in double precision
def test_a_mistake_of_single_precision_alone_is_wrong_too(name, monkeypatch):
    right = Tanh.df

    def off_in_single(self, Z, A):
        return right(self, Z, A) * (1 if Z.dtype == "float64" else Z.dtype.type(1.001))

    ready(name)
    monkeypatch.setattr(Tanh, "df", off_in_single)
    assert verdicts(name, victim(dtype="float32"))[0] == TWO
    assert verdicts(name, victim())[0] == NOBODY


@pytest.mark.parametrize("name", ORACLES)
def test_a_mistake_is_wrong_in_single_precision_as_well(name, monkeypatch):
    ready(name)
    off(Tanh)(monkeypatch)
    assert verdicts(name, victim(dtype="float32"))[0] == TWO


# Optimizers


KNOWN = {  # which rules of ours an oracle has an optimizer for, and with which settings
    "autograd": lambda rule: (rule.name == "sgd" and not (rule.momentum and rule.nesterov)) or rule.name == "adam",
    "jax": lambda _: True,
    "tensorflow": lambda rule: rule.name != "rmsprop" or not rule.eps,
    "torch": lambda _: True,
}
RULES = {
    str(rule): rule
    for rule in (
        SGD(), SGD(0.3), SGD(0.1, 0.9), SGD(0.1, 0.5, nesterov=True), SGD(0.05, 0.0, nesterov=True),
        RMSprop(), RMSprop(0.1, 0.9, 1e-3), RMSprop(0.05, 0.5, 0.0), RMSprop(0.05, 0.0, 0.1),
        Adam(), Adam(0.1, 0.8, 0.9, 1e-3), Adam(0.1, 0.0, 0.0, 0.5), Adam(0.01, 0.95, 0.5, 0.0),
        AdamW(), AdamW(0.1, 0.8, 0.9, 1e-3, 0.3), AdamW(0.1, 0.5, 0.99, 1e-8, 0.0),
    )
}  # fmt: skip
TRAINED = {
    "tanh": asked((Tanh(), Tanh()), (3, 4, 2), Objective(SquaredError()), updates=3),
    "mixed": victim(updates=3, objective=Objective(SquaredError(), REDUCTIONS["sum"]())),
    "classes": asked((Sigmoid(), GELU()), (2, 3, 2), Objective(LOSSES["bce_with_logits"]()), updates=3, bias=False),
}


def test_the_rules_are_all_of_the_registry_with_every_setting_moved():
    for name, part in OPTIMIZERS.items():
        for setting in part.settings():
            assert len({getattr(rule, setting) for rule in RULES.values() if rule.name == name}) > 1, f"{name}.{setting}"


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_parameters_after_three_updates_are_those_of_the_frameworks_own_optimizer(name, rule):
    for network, trained in TRAINED.items():
        of = replace(trained, optimizer=rule)
        found = judged(name, of, own_answer(of))
        after = {f"{M}{at}_after" for at in range(1, len(of.W) + 1) for M in "Wb" if M == "W" or of.b[at - 1] is not None}
        assert {each for each in found if each.endswith("_after")} == (after if KNOWN[name](rule) else set()), network
        for each in found.values():
            assert each.relative <= 1e-12, f"{network}: {each}"


@pytest.mark.parametrize("updates", [1, 2, 3])
@pytest.mark.parametrize("name", FRAMEWORKS)
def test_an_oracle_makes_as_many_updates_as_it_is_asked_for_and_the_first_gradient_stays_the_first(name, updates):
    of = replace(TRAINED["tanh"], optimizer=Adam(0.1), updates=updates)
    found = judged(name, of, own_answer(of))
    assert max(each.relative for each in found.values()) <= 1e-12
    theirs, first = ready(name).answer(of).values, ready(name).answer(replace(of, updates=0)).values
    assert {key: M.tolist() for key, M in theirs.items() if not key.endswith("_after")} == {
        key: M.tolist() for key, M in first.items()
    }
    fewer = ready(name).answer(replace(of, updates=updates - 1)).values
    assert updates == 1 or np.abs(theirs["W1_after"] - fewer["W1_after"]).max() > 1e-3


def plain(self, W, dW, memory, _):
    v = self.momentum * memory[0] + dW
    return W - self.lr * v, (v,)


def dampened(self, W, dW, memory, _):
    v = self.momentum * memory[0] + (1 - self.momentum) * dW
    return W - self.lr * v, (v,)


def uncorrected(self, W, dW, memory, _):
    m, s = memory
    m, s = self.beta1 * m + (1 - self.beta1) * dW, self.beta2 * s + (1 - self.beta2) * dW**2
    return W - self.lr * m / (np.sqrt(s) + self.eps), (m, s)


def within_the_root(self, W, dW, memory, _):
    s = self.rho * memory[0] + (1 - self.rho) * dW**2
    return W - self.lr * dW / np.sqrt(s + self.eps), (s,)


def coupled(self, W, dW, memory, t):
    return Adam.update(self, W, dW + self.weight_decay * W, memory, t)


STEPS = {
    "Nesterov's step is the plain one": (SGD(0.1, 0.5, nesterov=True), plain),
    "momentum is dampened": (SGD(0.1, 0.5), dampened),
    "moments are not corrected": (Adam(0.1, eps=1e-3), uncorrected),
    "eps stands within the root": (RMSprop(0.1, eps=1e-2), within_the_root),
    "weight decay is a part of the gradient": (AdamW(0.1, weight_decay=0.1), coupled),
}


@pytest.mark.parametrize("mistake", STEPS)
@pytest.mark.parametrize("name", ORACLES)
def test_a_wrong_rule_makes_every_parameter_after_the_updates_wrong_and_no_gradient(name, mistake, monkeypatch):
    rule, wrong = STEPS[mistake]
    of = victim(optimizer=rule, updates=3)
    ready(name)
    assert verdicts(name, of)[0] == NOBODY
    monkeypatch.setattr(type(rule), "update", wrong)
    assert verdicts(name, of)[0] == (AFTER if name in FRAMEWORKS and KNOWN[name](rule) else NOBODY)


# What is asked


LEARNING = """\
name: learning
seed: 4
replicates: 3
network: {inputs: 2, depth: 3, width: 3, bias: true, activation: tanh}
data: {inputs: normal, targets: bits, samples: 6}
loss: bce_with_logits
optimizer: {name: adam, lr: 0.5}
steps: %d
batch: 2
sweep: {grid: {seed: [4, 5]}}
"""


@pytest.fixture
def learning(tmp_path):
    """Give a function that gives the cells of a config that learns."""

    def cells(steps):
        path = tmp_path / "learning.yaml"
        path.write_text(LEARNING % steps, encoding="utf-8")
        return load(find_config(str(path), (), ())).experiment.cells

    return cells


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", some_cells(37))
def test_a_question_is_replicate_0_of_its_cell_in_plain_arrays(name, dtype):
    cell = replace(AUDITED[name], dtype=dtype)
    of = question_of(cell)
    params, data, _ = start(cell, range(cell.replicates))
    assert (of.network, of.objective, of.optimizer, of.updates) == (cell.network, cell.objective, cell.optimizer, 0)
    assert of.dtype == dtype
    for W, b, theta, layer in zip(of.W, of.b, params, cell.network.layers, strict=True):
        assert W.dtype == dtype
        assert W.shape == (layer.fan_in, layer.fan_out)
        assert W.tobytes() == theta.W[0].tobytes()
        assert (b is None) == (layer.bias is None)
        if b is not None:
            assert b.dtype == dtype
            assert b.shape == (layer.fan_out,)
            assert b.tobytes() == theta.b[0].tobytes()
    ((X, Y),) = of.batches
    assert X is of.X
    assert Y is of.Y
    assert X.dtype == Y.dtype == dtype
    assert X.tobytes() == data.X[0].tobytes()
    assert Y.tobytes() == data.Y[0].tobytes()
    assert Y.shape == (len(X), cell.network.widths[-1])


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_engines_answer_is_what_the_passes_of_a_run_give(dtype):
    for name in some_cells(7):
        cell = replace(AUDITED[name], dtype=dtype)
        params, data, _ = start(cell, [0])
        trace, gradients = passed(cell, params, data.X, data.Y)
        kept = cell.objective.reduction.kept(cell.objective.losses(cell.network, trace, data.Y))[0]
        own = own_answer(question_of(cell)).values
        assert np.array_equal(own["loss"].ravel(), kept.ravel())
        for layer, (g, theta) in enumerate(zip(gradients, params, strict=True), 1):
            assert own[f"dW{layer}"].tobytes() == g.dW[0].tobytes()
            assert (f"db{layer}" in own) == (theta.b is not None)
            assert theta.b is None or own[f"db{layer}"].tobytes() == g.db[0, 0].tobytes()
            assert own[f"dW{layer}"].shape == theta.W[0].shape


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_the_loss_is_one_number_or_one_a_sample_or_one_an_element(reduction):
    shapes = {"none": ((5, 2), (5,)), "per_sample": ((5,), (5,))}.get(reduction, ((), ()))
    for loss, shape in zip(("mse", "cross_entropy"), shapes, strict=True):
        of = asked((Tanh(),), (3, 2), Objective(LOSSES[loss](), REDUCTIONS[reduction]()))
        if loss == "cross_entropy":
            of = replace(of, batches=((of.X, np.eye(2)[[0, 1, 1, 0, 1]]),))
        assert own_answer(of).values["loss"].shape == shape


def test_the_updates_of_a_question_take_its_batches_one_after_the_other(learning):
    for steps in range(6):
        for cell in learning(steps):
            of = question_of(cell)
            states = list(walk(cell, *start(cell, [0])[::2]))
            assert of.updates == min(steps, MOST_UPDATES)
            assert len(of.batches) == max(1, of.updates)
            for (X, Y), state in zip(of.batches, states, strict=False):
                assert X.shape == (2, 2)
                assert (X.tobytes(), Y.tobytes()) == (state.X[0].tobytes(), state.Y[0].tobytes())
            own = own_answer(of).values
            assert {name for name in own if name.endswith("_after")} == (AFTER if steps else set())
            if steps:
                for layer, theta in enumerate(states[of.updates - 1].after, 1):
                    assert own[f"W{layer}_after"].tobytes() == theta.W[0].tobytes()
                    assert own[f"b{layer}_after"].tobytes() == theta.b[0, 0].tobytes()
    assert len({X.tobytes() for X, _ in of.batches}) == 3


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_parameters_of_a_config_that_learns_agree_batch_by_batch(name, learning):
    for cell in learning(5):
        of = question_of(cell)
        found = judged(name, of, own_answer(of))
        assert {each for each in found if each.endswith("_after")} == AFTER
        assert max(each.relative for each in found.values()) <= 1e-12


@pytest.mark.parametrize("dtype", DTYPES)
def test_in_double_precision_the_numbers_are_the_same(dtype):
    of = victim(dtype=dtype, updates=3)
    doubled = of.in_double()
    assert (of.dtype, doubled.dtype) == (dtype, "float64")
    assert (doubled.network, doubled.objective, doubled.optimizer, doubled.updates) == (
        of.network, of.objective, of.optimizer, of.updates,
    )  # fmt: skip
    for one, other in zip(arrays_of(of), arrays_of(doubled), strict=True):
        assert other.dtype == "float64"
        assert np.array_equal(one, other)


def arrays_of(of):
    return [*of.W, *(b for b in of.b if b is not None), *(M for batch in of.batches for M in batch)]


@pytest.mark.parametrize("dtype", DTYPES)
def test_rounded_otherwise_every_number_but_a_target_is_next_to_what_it_was(dtype):
    of = victim(dtype=dtype, updates=2)
    eps = np.finfo(dtype).eps
    for seed in (1, 2, 3):
        other = of.rounded_otherwise(seed)
        assert [M.tobytes() for M in arrays_of(other)] == [M.tobytes() for M in arrays_of(of.rounded_otherwise(seed))]
        for (X, Y), (X_other, Y_other) in zip(of.batches, other.batches, strict=True):
            assert Y_other is Y
            assert X_other.dtype == X.dtype
        pairs = [*zip(of.W, other.W, strict=True), *zip(of.b, other.b, strict=True), *[(of.X, other.X)]]
        for one, rounded in pairs:
            assert rounded.dtype == one.dtype == dtype
            moved = (rounded - one) / np.abs(one) / eps
            assert (abs(moved) >= 0.5).all()
            assert (abs(moved) <= 1.5).all()
        ways = np.concatenate([np.sign((rounded - one) * one).ravel() for one, rounded in pairs])
        assert 0.2 < (ways > 0).mean() < 0.8
    assert of.rounded_otherwise(1).W[0].tobytes() != of.rounded_otherwise(2).W[0].tobytes()


def test_an_audit_asks_every_oracle_about_the_cells_it_is_given_and_says_who_was_unable():
    cells = list(AUDITED.values())
    leaky = next(
        at for at, cell in enumerate(cells) if {layer.activation.name for layer in cell.network.layers} == {"leaky_relu"}
    )

    @dataclass(frozen=True)
    class Shy(ORACLES["complex-step"]):
        name = "shy"

        def unable(self, question):
            return "it is shy" if question.network.layers[0].activation.name == "leaky_relu" else None

        def answer(self, question):
            assert self.unable(question) is None
            return super().answer(question)

    oracles = [Shy(), ORACLES["taylor"]()]
    found = list(audit(cells, oracles, [leaky, 3, 200]))
    assert [[(each.cell, each.oracle) for each in answers] for answers in found] == [
        [(index, oracle) for oracle in oracles] for index in (leaky, 3, 200)
    ]
    (shy, other), *rest = found
    assert (shy.unable, shy.agreements, shy.wrong) == ("it is shy", (), ())
    assert other.unable is None
    assert all(each.unable is None and each.agreements for answers in rest for each in answers)
    assert {each.updates for answers in found for each in answers} == {0}


def test_what_is_wrong_is_what_has_that_verdict(monkeypatch):
    off(Tanh)(monkeypatch)
    of = victim()
    found = tuple(ready("complex-step").judge(of, own_answer(of)))
    told = Audited(0, ready("complex-step"), found, 0)
    assert {each.quantity for each in told.wrong} == TWO
    assert [each.layer for each in found] == [1, 1, 2, 2, 3, 3]


def test_the_cells_of_an_experiment_are_asked_one_by_one():
    """A sweep of thousands of cells begins to answer at once."""

    class Once(list):
        def __getitem__(self, index):
            asked_for.append(index)
            return super().__getitem__(index)

    asked_for = []
    answers = audit(Once(AUDITED.values()), [ORACLES["complex-step"]()], range(500))
    next(answers)
    next(answers)
    assert asked_for == [0, 1]
