"""Parts: each documents itself, is a value, and needs nothing but its one class."""

import csv
import dataclasses
import io
import json
import pickle
import subprocess
import sys
import textwrap
from dataclasses import FrozenInstanceError, dataclass

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.cases import cells, drawn, passed
from tests.cli.app import app
from tests.engine.differences import by_parameters, flat_gradients
from yann.engine.network import LayerParams
from yann.parts.activations import ACTIVATIONS, Activation, LeakyReLU, Sigmoid, Tanh
from yann.parts.losses import LOSSES
from yann.parts.optimizers import SGD, Adam
from yann.parts.reductions import REDUCTIONS
from yann.registry import Part, Registry, nearest
from yann.study.catalog import CATALOG

PARTS = {f"{kind}-{name}": part for kind, registry in CATALOG.items() for name, part in registry.items()}
EVERY = pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)

# What has no paper or manual to be found in: arithmetic, statistics, and what is yann's own
OF_ITS_OWN = {
    "activations": {"identity", "sigmoid", "tanh"},
    "inits": {"zeros", "ones", "constant", "ones_over_fan_in", "ones_over_fan_out", "identity", "normal", "uniform"},
    "losses": set(LOSSES) - {"huber"},
    "reductions": set(REDUCTIONS),  # they say what frameworks call them
    "optimizers": set(),
    "data": set(CATALOG["data"]),
    "datasets": {"csv", "npz"},
    "metrics": set(CATALOG["metrics"]),
}


def listed(*arguments):
    """Run `yann list` and give its rows."""
    result = CliRunner().invoke(app, ["list", *arguments, "-f", "json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def of_defaults(part):
    """Give the part with every setting at its default, or None if one has none."""
    return None if dataclasses.MISSING in part.settings().values() else part()


@EVERY
def test_a_part_says_its_formula_in_one_line(part):
    formula = part.formula()
    assert formula
    assert len(formula) <= 130
    assert not formula.startswith(part.__name__)  # what dataclasses write where there is no docstring


@pytest.mark.parametrize("kind", CATALOG)
def test_a_part_that_the_literature_knows_says_where(kind):
    without = {name for name, part in CATALOG[kind].items() if not part.source}
    assert without <= OF_ITS_OWN[kind]


@pytest.mark.parametrize("name", REDUCTIONS)
def test_a_reduction_says_what_frameworks_call_it(name):
    assert REDUCTIONS[name].known_as


@EVERY
def test_a_part_is_a_value(part):
    assert dataclasses.is_dataclass(part)
    assert part.__dataclass_params__.frozen
    one, two = of_defaults(part), of_defaults(part)
    if one is None:
        return
    assert one == two
    assert hash(one) == hash(two)
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - our own bytes
    assert str(one) == part.name


def test_the_label_of_a_part_tells_the_settings_that_differ():
    assert str(LeakyReLU(slope=0.2)) == "leaky_relu(slope=0.2)"
    assert str(SGD(lr=0.5, nesterov=True)) == "sgd(lr=0.5, nesterov=True)"


@EVERY
def test_every_part_is_in_the_list_with_its_formula_settings_and_source(part):
    rows = [row for row in listed() if row["name"] == part.name and row["formula"] == part.formula()]
    assert rows
    for setting in part.settings():
        assert any(setting in row["settings"] for row in rows)
    assert any(part.source in row["source"] for row in rows)


def test_the_list_has_a_row_for_each_part_of_a_kind_and_no_other():
    for kind, registry in CATALOG.items():
        assert [(row["kind"], row["name"]) for row in listed(kind)] == [(kind, name) for name in registry]


def test_the_list_shows_gains_and_kinks():
    rows = {row["name"]: row for row in listed("activations")}
    assert float(rows["tanh"]["gain"]) == pytest.approx(5 / 3, rel=1e-3)
    assert rows["silu"]["gain"] == ""
    assert [name for name, row in rows.items() if row["kinks"]] == ["relu", "leaky_relu", "elu", "selu"]


@pytest.fixture
def bent():
    """An activation that is in the registry for as long as the test runs."""

    @ACTIVATIONS.add("bent")
    @dataclasses.dataclass(frozen=True)
    class Bent(Activation):
        """z + amount·sin z"""

        source = "nobody 2026"

        def steepest(self):
            return 1.5

        amount: float = 0.5

        def f(self, Z):
            return Z + self.amount * np.sin(Z)

        def df(self, Z, _):
            return 1 + self.amount * np.cos(Z)

    yield Bent
    del ACTIVATIONS._parts["bent"]


def disagreement(cell):
    """Give how far the gradient of the first replicate is from central differences."""
    params, X, Y = drawn(cell)
    theta = tuple(LayerParams(p.W[:1], None if p.b is None else p.b[:1]) for p in params)
    _, gradients = passed(cell, theta, X[:1], Y[:1])
    numeric, analytic = by_parameters(cell, theta, X[:1], Y[:1]), flat_gradients(theta, gradients)[0]
    return np.abs(numeric.values - analytic)[~numeric.skipped].max(initial=0) / max(1, np.abs(analytic).max())


def test_an_activation_that_is_added_is_tested_and_listed_without_another_word(bent):
    mine = {name: cell for name, cell in cells().items() if name.startswith("bent-")}
    assert len(mine) == len(LOSSES) * len(REDUCTIONS)
    assert max(map(disagreement, mine.values())) < 2e-8
    (row,) = [row for row in listed("activations") if row["name"] == "bent"]
    assert row == {
        "kind": "activations", "name": "bent", "formula": bent.formula(), "settings": "amount=0.5",
        "gain": "", "kinks": "", "source": "nobody 2026",
    }  # fmt: skip


def test_an_activation_that_is_added_with_a_wrong_slope_is_found_out(bent, monkeypatch):
    monkeypatch.setattr(bent, "df", lambda _, Z, __: 1 + 0.5 * np.sin(Z))
    mine = [cell for name, cell in cells().items() if name.startswith("bent-mse")]
    assert max(map(disagreement, mine)) > 1e-3


def test_nothing_of_an_activation_is_left_once_it_is_removed():
    assert "bent" not in ACTIVATIONS
    assert all(row["name"] != "bent" for row in listed("activations"))


def test_an_activation_that_is_added_can_be_named_in_a_config():
    script = """
        import sys
        from dataclasses import dataclass
        from yann.parts.activations import ACTIVATIONS, Activation

        @ACTIVATIONS.add("double")
        @dataclass(frozen=True)
        class Double(Activation):
            "times·z"

            times: float = 2.0

            def f(self, Z):
                return Z * self.times

            def df(self, Z, A):
                return Z * 0 + self.times

        from tests.cli.app import app
        sys.argv = ["yann", "step", "-", "-f", "csv"]
        app()
    """
    config = b"""
network: {weights: [[[3.0]], [[1.0]]], activation: {name: double, times: 4}}
data: {inputs: [[1.0]], targets: [[0.0]]}
loss: output
"""
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], input=config, capture_output=True, check=True)
    rows = list(csv.DictReader(io.StringIO(result.stdout.decode())))
    values = {(row["layer"], row["quantity"]): float(row["value"]) for row in rows}
    assert values["1", "A"] == 12
    assert values["1", "dW"] == 4


def test_a_name_is_given_once():
    registry = Registry("thing", Part)
    registry.add("a")(type("A", (Part,), {}))
    with pytest.raises(ValueError, match="two parts of kind thing are called a"):
        registry.add("a")(type("B", (Part,), {}))


def test_settings_that_nobody_would_see_are_refused():
    plain = type("Plain", (Part,), {"__annotations__": {"slope": "float"}, "slope": 0.1})
    with pytest.raises(TypeError, match=r"Plain has settings \(slope\): it must be a @dataclass"):
        Registry("thing", Part).add("a")(plain)
    assert Registry("thing", Part).add("a")(dataclass(frozen=True)(plain)).settings() == {"slope": 0.1}


@pytest.mark.parametrize("part", [Tanh(), LeakyReLU(), Adam()])
def test_a_part_stays_as_it_was_made(part):
    for name in ("slope", "lr", "new"):
        with pytest.raises(FrozenInstanceError):
            setattr(part, name, 1.0)
        with pytest.raises(FrozenInstanceError):
            delattr(part, name)


def test_parts_without_settings_are_equal_when_they_are_of_one_kind():
    assert (Tanh(), Tanh()) == (Tanh(), Tanh())
    assert Tanh() != Sigmoid()
    assert len({Tanh(), Tanh(), Sigmoid()}) == 2
    assert repr(Tanh()) == "Tanh()"


@pytest.mark.parametrize(
    ("word", "meant"), [("thanh", "tanh"), ("Sigmoid", "sigmoid"), ("gelu-tanh", "gelu_tanh"), ("xyz", None)]
)
def test_the_nearest_name_is_what_was_meant(word, meant):
    assert nearest(word, ACTIVATIONS) == meant
