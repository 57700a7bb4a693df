"""The published examples: each of their figures holds, and none of them would if it were any other number.

Every expected figure of every config is moved out of its tolerance, one number at a time. The quantities are computed once, so
that thousands of moves take a second.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml

import yann.check.compare as comparing
from tests.cases import run_cell
from tests.config.texts import plan
from yann.check.expectation import Expectation
from yann.config.expect import expectations
from yann.config.options import bundled
from yann.config.reader import plain, read
from yann.config.schema import json_schema
from yann.config.tree import mapping
from yann.explain.notation import notation_of
from yann.explain.pitfalls.base import scene_of
from yann.explain.quantities import quantity

PUBLISHED = Path(__file__).resolve().parents[2] / "configs" / "published"
IDS = (
    "column-network",
    "dead-unit",
    "depth-normalised",
    "depth-ones",
    "half-mse",
    "keras-mse",
    "keras-reductions",
    "one-layer",
    "one-layer-diagonal",
    "random-partial",
    "reduce-output",
    "representative",
    "silu-momentum",
    "three-layer-partials",
    "three-layer-tape",
    "training-loop-broadcast",
    "two-layer",
    "two-layer-diagonal",
    "yann",
    "yann-keras-pitfall",
    "yann-tape-pitfall",
)


@dataclass(frozen=True)
class Case:
    """An expected figure in one cell, the quantity as it came out, and what was said of the two."""

    expectation: Expectation
    cell: int
    whole: np.ndarray
    comparison: comparing.Comparison
    spelled: tuple[str, ...]
    """Its numbers as the config has them."""
    tolerance: str
    """Its tolerance, likewise."""

    def again(self, whole=None, **changes):
        """Compare another expectation, or another outcome."""
        return comparing._compared(replace(self.expectation, **changes), self.cell, self.whole if whole is None else whole)

    @property
    def M(self):
        """Give the part of the quantity that is meant."""
        return self.expectation.quantity.part(self.whole)

    def stands_for(self, place):
        """Give the entries that a number at this place of the figure is compared with, and where they are."""
        M, kind = self.M, self.expectation.kind
        index = {"value": place, "every": ..., "every_row": (..., *place)}[kind]
        at = np.zeros(M.shape, dtype=bool)
        at[index] = True
        return M[at], {tuple(map(int, each)) for each in np.argwhere(at)}


def loaded(name):
    """Load a config by its id."""
    path = bundled()[name]
    return plan(path.read_bytes(), path.parent, stem=name)


def numbers(node):
    """Walk numbers of nested lists as they are spelled."""
    if isinstance(node.value, tuple):
        for item in node.value:
            yield from numbers(item)
    else:
        yield node.text


def written(made):
    """Walk the figures of a config as they stand there: the tolerance and the numbers."""
    node = made.expect.node
    for block in node.value if isinstance(node.value, tuple) else (node,):
        keys = mapping(block)
        of_block = keys["tolerance"].text if "tolerance" in keys else "digits"
        for figure in mapping(keys["figures"]).values():
            wish = mapping(figure)
            own = wish["tolerance"].text if "tolerance" in wish else of_block
            (meant,) = [value for key, value in wish.items() if key != "tolerance"] or [figure]
            yield own, tuple(numbers(meant))


@cache
def cases(name):
    """Compare a config once, and keep every quantity that was looked at."""
    made = loaded(name)
    expected = expectations(made)
    as_written = dict(zip(expected, written(made), strict=True))
    seen = []
    compared = comparing._compared

    def spy(expectation, cell, whole):
        comparison = compared(expectation, cell, whole)
        tolerance, spelled = as_written[expectation]
        seen.append(Case(expectation, cell, whole, comparison, spelled, tolerance))
        return comparison

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "_compared", spy)
        comparisons = comparing.compare(made.experiment, notation_of(made.experiment), expected)
    assert sorted(map(id, comparisons)) == sorted(id(case.comparison) for case in seen)
    return seen


def told(case):
    """Say which figure this is."""
    return f"{case.expectation.where} {case.expectation.key}, cell {case.cell}"


def unit(spelled):
    """Give a unit of the last printed digit."""
    return 10.0 ** Decimal(spelled).as_tuple().exponent


def test_every_published_example_is_there_and_no_other():
    assert sorted(path.stem for path in PUBLISHED.iterdir()) == sorted(IDS)
    assert [path.suffix for path in PUBLISHED.iterdir()] == [".yaml"] * len(IDS)
    assert [name for name, path in bundled().items() if path.parent.name == "published"] == sorted(IDS, key=lambda x: f"{x}.yaml")


@pytest.mark.parametrize("name", IDS)
def test_it_says_what_it_shows_and_expects_a_figure_at_least(name):
    made = loaded(name)
    assert made.experiment.name == name
    assert len(made.experiment.about.split()) >= 20
    assert made.experiment.title
    assert expectations(made)
    assert all(expectation.source for expectation in expectations(made))


@pytest.mark.parametrize("name", IDS)
def test_it_holds(name):
    assert cases(name)
    assert [told(case) for case in cases(name) if not case.comparison.holds] == []


@pytest.mark.parametrize("name", IDS)
def test_every_number_that_is_written_is_compared(name):
    made = loaded(name)
    expected = expectations(made)
    as_written = [len(numbers) for _, numbers in written(made)]
    cells = [len(expectation.cells) for expectation in expected]
    assert min(cells) > 0
    assert sum(case.comparison.figures for case in cases(name)) == int(np.dot(as_written, cells))
    for case in cases(name):
        if case.expectation.kind != "falls":
            assert case.expectation.values.ravel().tolist() == list(map(float, case.spelled)), told(case)


@pytest.mark.parametrize("name", IDS)
def test_every_cell_has_a_figure(name):
    assert {case.cell for case in cases(name)} == set(range(len(loaded(name).experiment.cells)))


def exact(spelled):
    """Tell whether a number is spelled as a whole one."""
    return not set(spelled) & set(".eE")


ORDER = 4.5e-16
"""The last two bits of double precision, which the order of a sum may change, as a part of a figure's largest entry."""


def allowed(case):
    """Give the tolerances of a figure by the rules of the page, from how it is written, and how exact the rules are."""
    largest = max(abs(float(text)) for text in case.spelled)
    if case.tolerance == "digits":
        return [0 if exact(text) else unit(text) / 2 for text in case.spelled], ORDER * largest
    if case.tolerance == "float32":  # three roundings, and what NumPy leaves out that prints eight decimals
        left_out = {text: 5e-9 * (Decimal(text).as_tuple().exponent == -8) for text in case.spelled}
        return [0 if exact(text) else 3 * 2**-24 * largest + left_out[text] for text in case.spelled], ORDER * largest
    return 1e-12 * largest if case.tolerance == "float64" else float(case.tolerance), 0


@pytest.mark.parametrize("name", IDS)
def test_no_figure_may_be_further_off_than_it_says(name):
    for case in cases(name):
        if case.expectation.kind in ("value", "every", "every_row"):
            found = case.expectation.tolerances.ravel()
            told_so, exactness = allowed(case)
            np.testing.assert_allclose(
                found, np.broadcast_to(told_so, found.shape), rtol=1e-9, atol=exactness, err_msg=told(case)
            )


def test_tolerances_in_numbers_are_few():
    """Each has its reason in a comment beside it."""
    words = ("digits", "float32", "float64")
    assert {(name, own) for name in IDS for own, _ in written(loaded(name)) if own not in words} == {
        ("column-network", "0.02"), ("column-network", "0.3"), ("yann", "1e-6"), ("yann-tape-pitfall", "1.5e-7"),
    }  # fmt: skip


def moved(case):
    """Walk the figure with each of its numbers moved out of its tolerance, away from what came out."""
    values, tolerances = case.expectation.values, case.expectation.tolerances
    for number, place in enumerate(np.ndindex(values.shape)):
        entries, where = case.stands_for(place)
        away = 1 if values[place] >= entries.mean() else -1
        last_digit = unit(case.spelled[number])
        if case.tolerance == "digits" and last_digit > 2 * ORDER * np.abs(values).max():  # where double precision can tell
            to = values[place] + away * last_digit
        else:
            to = (entries.max() if away > 0 else entries.min()) + away * (1.5 * tolerances[place] or 1e-12)  # 0 is exact
        other = values.copy()
        other[place] = to
        yield other, to, where


@pytest.mark.parametrize("name", IDS)
def test_any_number_that_is_moved_out_of_its_tolerance_is_found_and_named(name):
    moves = 0
    for case in cases(name):
        if case.expectation.kind not in ("value", "every", "every_row"):
            continue
        assert case.again().holds
        for values, to, where in moved(case):
            found = case.again(values=values)
            assert not found.holds, f"{told(case)}: {to} for one of {sorted(where)[:3]} is not found"
            assert found.worst in where, f"{told(case)}: {to} is told at {found.worst}"
            assert found.expected == to
            moves += 1
    shapes = sum(case.comparison.figures for case in cases(name) if case.expectation.kind in ("shape", "falls"))
    assert moves + shapes == sum(case.comparison.figures for case in cases(name))


def of_kind(kind):
    """Give every figure of a kind."""
    found = [case for name in IDS for case in cases(name) if case.expectation.kind == kind]
    assert found
    return found


def test_any_length_that_is_another_is_found():
    for case in of_kind("shape"):
        values = case.expectation.values
        others = [values + by * each for each in np.eye(values.size) for by in (1, -1)]
        for other in (*others, np.append(values, 1), values[1:], values[:-1]):
            found = case.again(values=other)
            assert not found.holds, told(case)
            assert (found.computed, found.expected) == (case.M.shape, tuple(other)), told(case)


def test_any_step_that_does_not_fall_is_found_and_named():
    for case in of_kind("falls"):
        for step in range(1, len(case.whole)):
            whole = case.whole.copy()
            whole[step] = whole[step - 1]
            found = case.again(whole)
            assert (found.holds, found.worst) == (False, (step,)), told(case)


@pytest.mark.parametrize("name", IDS)
def test_any_entry_that_comes_out_otherwise_is_found_and_named(name):
    """The other way about: not the figures are moved but the outcome, a number for each entry that a figure stands for."""
    for case in cases(name):
        if case.expectation.kind not in ("value", "every", "every_row"):
            continue
        M = case.M
        tolerances = np.broadcast_to(case.expectation.tolerances, M.shape)
        expected = np.broadcast_to(case.expectation.values, M.shape)
        quantity_itself = replace(case.expectation.quantity, index=())
        for place in np.ndindex(M.shape) if M.size <= 60 else [(0,) * M.ndim, tuple(n - 1 for n in M.shape)]:
            other = M.copy()
            other[place] = expected[place] + (1.5 * tolerances[place] or 1e-12)
            found = case.again(other, quantity=quantity_itself)
            assert (found.holds, found.worst) == (False, place), told(case)


def test_every_kind_of_figure_and_of_tolerance_is_among_them():
    everything = [case for name in IDS for case in cases(name)]
    assert {case.expectation.kind for case in everything} == {"value", "every", "every_row", "shape", "falls"}
    assert {"digits", "float32", "float64"} < {case.tolerance for case in everything}
    assert {case.expectation.mistake.name for case in everything if case.expectation.mistake} == {
        "broadcast_labels",
        "keras_kernels",
    }


@pytest.mark.parametrize("name", ["yann-keras-pitfall", "yann-tape-pitfall"])
def test_a_mistakes_figures_are_not_those_of_the_network_without_it(name):
    made = loaded(name)
    mistaken = [replace(each, mistake=None) for each in expectations(made) if each.mistake]
    found = comparing.compare(made.experiment, notation_of(made.experiment), mistaken)
    assert len(found) > 10
    assert [each.expectation.quantity.text for each in found if each.holds] == []


@pytest.mark.parametrize("name", IDS)
def test_it_runs(name):
    experiment = loaded(name).experiment
    for cell in experiment.cells:
        result = run_cell(cell, experiment.measure)
        assert not isinstance(result, Exception), result
        assert all(np.isfinite(loss).all() for loss in result.losses)


@pytest.mark.parametrize("name", IDS)
def test_the_schema_takes_it_and_what_was_understood_of_it(name):
    schema = jsonschema.Draft7Validator(json_schema())
    made = loaded(name)
    assert [error.message for error in schema.iter_errors(plain(read(made.given, name)))] == []
    assert [error.message for error in schema.iter_errors(plain(read(made.resolved.encode(), name)))] == []


# PyTorch's own tape and optimizers, from the numbers of the file


WRITTEN_OUT = (
    "yann", "silu-momentum", "two-layer-diagonal", "one-layer", "two-layer", "one-layer-diagonal", "three-layer-partials",
    "yann-keras-pitfall", "yann-tape-pitfall", "random-partial",
)  # fmt: skip
CLOSE = 1e-12  # of the largest entry of each array


class Torch:
    """A network as its config has it, made of PyTorch's parts alone."""

    def __init__(self, torch, config):
        self.torch, self.config, self.network = torch, config, config["network"]
        self.out_in = self.network.get("layout") == "out_in"
        self.W = [self.leaf(W) for W in self.network["weights"]]
        biases = self.network.get("biases") or [np.zeros(self.outputs(W)) for W in self.W]
        self.b = [self.leaf(b) for b in biases]
        settings = {"lr": 0.01, **config.get("optimizer", {})}
        self.optimizer = torch.optim.SGD([*self.W, *self.b], lr=settings["lr"], momentum=settings.get("momentum", 0))

    def leaf(self, values):
        return self.torch.tensor(np.array(values, dtype=np.float64), requires_grad=True)

    def outputs(self, W):
        return W.shape[0 if self.out_in else 1]

    def matrix(self, key, width):
        values = self.config["data"][key]
        if isinstance(values, str):
            values = np.full((self.config["data"]["samples"], width), {"ones": 1.0, "zeros": 0.0}[values])
        return self.torch.tensor(np.array(values, dtype=np.float64))

    def step(self):
        """Make one step, and give everything by yann's names."""
        functional, seen = self.torch.nn.functional, {}
        a = self.matrix("inputs", self.W[0].shape[1 if self.out_in else 0])
        hidden = self.network.get("activation", "tanh")
        for layer, (W, b) in enumerate(zip(self.W, self.b, strict=True), start=1):
            z = functional.linear(a, W if self.out_in else W.T, b)
            phi = hidden if layer < len(self.W) else self.network.get("output_activation", "identity")
            scale = self.network.get("scale", [[1.0]] * len(self.W))[layer - 1]
            a = {"identity": lambda z: z * 1, "relu": functional.relu, "silu": functional.silu, "sigmoid": self.torch.sigmoid}[
                phi
            ](z)
            a = a * self.torch.tensor(scale, dtype=self.torch.float64)
            z.retain_grad()
            a.retain_grad()
            seen |= {f"Z{layer}": z, f"A{layer}": a, f"W{layer}": W.detach().clone(), f"b{layer}": b.detach().clone()}
        Y = self.matrix("targets", a.shape[1])
        kind = self.config["loss"]
        assert kind["reduction"] == "mean"
        losses = {"mse": functional.mse_loss, "bce": functional.binary_cross_entropy, "output": lambda a, _: a.mean()}
        loss = losses[kind["name"]](a, Y)
        self.optimizer.zero_grad()
        loss.backward()
        seen |= {f"d{name}": each.grad for name, each in seen.items() if name[0] in "ZA"}
        seen |= {f"dW{layer}": W.grad.clone() for layer, W in enumerate(self.W, start=1)}
        seen |= {f"db{layer}": b.grad.clone() for layer, b in enumerate(self.b, start=1)}
        self.optimizer.step()
        for layer, (W, b) in enumerate(zip(self.W, self.b, strict=True), start=1):
            seen |= {f"W{layer}_after": W.detach().clone(), f"b{layer}_after": b.detach().clone()}
        return {name: each.detach().numpy() for name, each in {**seen, "loss": loss, "Y_hat": a, "error": a - Y}.items()}


@pytest.mark.parametrize("name", WRITTEN_OUT)
def test_pytorch_finds_the_same_from_the_numbers_of_the_file(name):
    torch = pytest.importorskip("torch")
    config = yaml.safe_load(bundled()[name].read_text(encoding="utf-8"))
    experiment = loaded(name).experiment
    (cell,) = experiment.cells
    network = Torch(torch, config)
    biased = config["network"].get("biases") or config["network"].get("bias")
    for step in range(max(1, config.get("steps", 0))):
        scene = scene_of(cell, step, notation_of(experiment))
        for quantity_name, told_by_torch in network.step().items():
            if quantity_name.lstrip("d").startswith("b") and not biased:
                continue
            found = quantity(quantity_name).of(scene)
            assert found.shape == told_by_torch.shape
            largest = np.abs(told_by_torch).max()
            assert np.abs(found - told_by_torch).max() <= CLOSE * largest, f"{quantity_name} at step {step}"


@pytest.mark.parametrize("name", ["yann-tape-pitfall", "yann-keras-pitfall"])
def test_pytorch_makes_the_same_mistake(name):
    """A column of predictions against a vector of labels; and kernels that are filled in the order of memory."""
    torch = pytest.importorskip("torch")
    config = yaml.safe_load(bundled()[name].read_text(encoding="utf-8"))
    network = config["network"]
    weights = [torch.tensor(np.array(W), requires_grad=True) for W in network["weights"]]
    x, y = (torch.tensor(config["data"][key], dtype=torch.float64) for key in ("inputs", "targets"))
    if name == "yann-tape-pitfall":
        kernels = [W.T for W in weights]
    else:
        kernels = weights = [
            torch.tensor(np.array(W).T.reshape(-1).reshape(np.array(W).shape), requires_grad=True) for W in network["weights"]
        ]
    a = torch.sigmoid(torch.relu(x @ kernels[0]) @ kernels[1])
    if name == "yann-tape-pitfall":
        a, y = a.reshape(2, 1), y.reshape(2)
    loss = -(y * torch.log(a) + (1 - y) * torch.log(1 - a)).mean()
    gradients = torch.autograd.grad(loss, weights)
    by_torch = {"loss": loss.detach().numpy(), **{f"dW{n}": g.numpy() for n, g in enumerate(gradients, start=1)}}
    found = {case.expectation.quantity.text: case for case in cases(name) if case.expectation.mistake}
    for quantity_name, right in by_torch.items():
        case = found[quantity_name]
        assert np.abs(case.M - right).max() <= CLOSE * np.abs(right).max()
