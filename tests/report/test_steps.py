"""The ledger of `yann step`: what the optimizer remembers, the update, and each sample's own gradient."""

import json
from dataclasses import replace
from io import StringIO
from itertools import pairwise

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from tests.cases import CELLS, some_cells
from tests.cli.app import app
from tests.config.texts import experiment
from tests.drawing import drawn
from yann.config.load import load
from yann.config.options import find_config
from yann.explain.scene import FEW_SAMPLES
from yann.parts.optimizers import OPTIMIZERS
from yann.parts.reductions import REDUCTIONS
from yann.report.matrices import Sheet
from yann.report.steps import ENTRY_COLUMNS, Steps, entry_rows, step_sheets, steps_json
from yann.study.run import start, walk

RUNNER = CliRunner()
ALWAYS = ["layer", "W", "b", "Z", "A", "dA", "dZ", "dW", "db", "W_after", "b_after"]
REMEMBERED = {  # an optimizer: what it remembers, and where PyTorch keeps that
    "{name: sgd, lr: 0.1, momentum: 0.9}": {"velocity": "momentum_buffer"},
    "{name: sgd, lr: 0.1, momentum: 0.6, nesterov: true}": {"velocity": "momentum_buffer"},
    "{name: adam, lr: 0.05, beta1: 0.8, beta2: 0.95}": {"moment": "exp_avg", "square": "exp_avg_sq"},
    "adam": {"moment": "exp_avg", "square": "exp_avg_sq"},
    "{name: adamw, lr: 0.02, weight_decay: 0.3}": {"moment": "exp_avg", "square": "exp_avg_sq"},
    "{name: rmsprop, lr: 0.02, rho: 0.9}": {"square": "square_avg"},
    "rmsprop": {"square": "square_avg"},
    "sgd": {},
    "{name: sgd, lr: 0.3}": {},
}
AVERAGED = {"mean": True, "sum": False, "batch_mean": True, "feature_mean": False, "none": False, "per_sample": False}


def text_of(optimizer="sgd", *, steps=3, layout="in_out", loss="mse", samples=5, more=""):
    """Write a config of two layers with biases."""
    return (
        f"network: {{inputs: 3, depth: 2, width: 4, outputs: 2, bias: {{name: normal, std: 0.5}}, layout: {layout}}}\n"
        f"data: {{samples: {samples}}}\nloss: {loss}\noptimizer: {optimizer}\nsteps: {steps}\n{more}"
    )


def steps_of(text, *, per_sample=True):
    """Make the steps of a config."""
    e = experiment(text)
    (cell,) = e.cells
    params, _, batches = start(cell, range(cell.replicates))
    return Steps(e, cell, [state for state in walk(cell, params, batches) if state.after], per_sample)


def told(text, *, per_sample=True, r=0):
    """Give the object of a config's steps, through JSON."""
    return json.loads(json.dumps(steps_json(steps_of(text, per_sample=per_sample), r), allow_nan=False))


def command(*arguments, text=None):
    """Run `yann step` and give its object."""
    done = RUNNER.invoke(app, ["step", *arguments, "-f", "json"], input=text)
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


# What the optimizer remembers


def test_every_optimizer_is_among_those_that_are_compared():
    assert {name.strip("{").partition(",")[0].removeprefix("name: ") for name in REMEMBERED} == set(OPTIMIZERS)


@pytest.mark.parametrize("layout", ["in_out", "out_in"])
@pytest.mark.parametrize("optimizer", REMEMBERED)
def test_what_it_remembers_is_what_pytorchs_optimizer_holds_after_the_same_step(optimizer, layout):
    """The gradients are ours: what is compared is the optimizer alone."""
    torch = pytest.importorskip("torch")
    from tests.oracles.test_torch import optimizer_of  # noqa: PLC0415 - it skips itself where there is no torch

    text = text_of(optimizer, layout=layout)
    steps, part = told(text)["steps"], experiment(text).cells[0].optimizer
    named = {"name": part.name, **{key: getattr(part, key) for key in part.settings()}}
    keys = [(layer, letter) for layer in range(2) for letter in "Wb"]
    tensors = {key: torch.tensor(steps[0]["layers"][key[0]][key[1]], dtype=torch.float64, requires_grad=True) for key in keys}
    theirs = optimizer_of(named, list(tensors.values()))
    for step in steps:
        for (layer, letter), tensor in tensors.items():
            tensor.grad = torch.tensor(step["layers"][layer][f"d{letter}"], dtype=torch.float64)
        before = {key: tensor.detach().clone() for key, tensor in tensors.items()}
        theirs.step()
        for (layer, letter), tensor in tensors.items():
            ours, state = step["layers"][layer], theirs.state[tensor]
            for name, buffer in REMEMBERED[optimizer].items():
                np.testing.assert_allclose(ours[f"{name}_{letter}"], state[buffer].numpy(), rtol=1e-13, atol=1e-18)
            change = (tensor.detach() - before[layer, letter]).numpy()
            update = np.subtract(ours[f"{letter}_after"], ours[letter])
            np.testing.assert_allclose(ours.get(f"update_{letter}", update), change, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("optimizer", REMEMBERED)
def test_the_keys_are_those_that_always_are_there_then_update_and_memory_if_there_is_any_then_the_samples(optimizer):
    names = [f"{name}_{letter}" for name in ("update", *REMEMBERED[optimizer]) for letter in "Wb"]
    names = names if REMEMBERED[optimizer] else []  # where nothing is remembered the update is -lr·dW
    for per_sample, samples in ((True, ["per_sample_dW", "per_sample_db"]), (False, [])):
        for step in told(text_of(optimizer), per_sample=per_sample)["steps"]:
            for layer in step["layers"]:
                assert list(layer) == [*ALWAYS, *names, *samples]


@pytest.mark.parametrize("optimizer", [optimizer for optimizer, names in REMEMBERED.items() if names])
def test_the_update_is_what_comes_after_less_what_was_before(optimizer):
    steps = told(text_of(optimizer))["steps"]
    for step in steps:
        for layer in step["layers"]:
            for letter in "Wb":
                before, after = np.array(layer[letter]), np.array(layer[f"{letter}_after"])
                assert (np.array(layer[f"update_{letter}"]) == after - before).all()
    for one, following in pairwise(steps):
        assert [layer["W_after"] for layer in one["layers"]] == [layer["W"] for layer in following["layers"]]


def test_a_velocity_is_the_gradient_and_what_is_left_of_the_last_one():
    steps = told(text_of("{name: sgd, lr: 0.25, momentum: 0.5}"))["steps"]
    velocity = 0
    for step in steps:
        velocity = 0.5 * velocity + np.array(step["layers"][0]["dW"])
        np.testing.assert_allclose(step["layers"][0]["velocity_W"], velocity, rtol=1e-15)
        np.testing.assert_allclose(step["layers"][0]["update_W"], -0.25 * velocity, rtol=1e-13)


def test_plain_descent_has_nothing_to_remember():
    for optimizer in ("sgd", "{name: sgd, momentum: 0}"):
        for step in told(text_of(optimizer))["steps"]:
            assert not [key for layer in step["layers"] for key in layer if key.startswith(("velocity", "moment", "update"))]


def test_a_layer_without_a_bias_remembers_none():
    text = "network: {inputs: 2, depth: 2, width: 3}\noptimizer: adam\n"
    for layer in told(text + "steps: 1\n")["steps"][0]["layers"]:
        assert [layer[name] for name in ("b", "b_after", "update_b", "moment_b", "square_b", "per_sample_db")] == [None] * 6
        assert np.shape(layer["moment_W"]) == np.shape(layer["W"])


@pytest.mark.parametrize("optimizer", REMEMBERED)
def test_the_layout_turns_what_is_remembered_the_updates_and_the_samples_gradients_with_the_weights(optimizer):
    plain, turned = (told(text_of(optimizer, layout=layout))["steps"][-1]["layers"] for layout in ("in_out", "out_in"))
    for one, other in zip(plain, turned, strict=True):
        for name in one:
            M, turns = np.array(one[name]), name == "W" or "_W" in name or name in ("dW", "W_after", "per_sample_dW")
            assert np.array_equal(np.swapaxes(M, -1, -2) if turns else M, np.array(other[name]))
            assert (np.shape(other[name]) == (5, 4, 3)) == (name == "per_sample_dW" and np.shape(one["W"]) == (3, 4))


# The two iterations of the SiLU network: its velocity v = -lr · ours is the update itself

UPDATES = [
    {
        "W1": [[0.01997025520954854, -0.02442524768581226, -0.015139664800687878],
               [-0.0018970212617062361, 0.008707655921578301, 0.008336455545412754]],
        "b1": [-0.009806405159859428, 0.008937039347312775],
        "W2": [[0.039983153482920156, -0.005078867992723768]],
        "b2": [-0.15314693852396832],
    },
    {
        "W1": [[0.042784793867898935, -0.04617922086313808, -0.026112600934611926],
               [-0.003998785527415961, 0.01649632385969344, 0.015589348117978557]],
        "b1": [-0.013514122504815637, 0.01652508111887823],
        "W2": [[0.07838906316438829, -0.015714307708690055]],
        "b2": [-0.25936061359475693],
    },
]  # fmt: skip
SAMPLES = [[-0.07990540642667802, 0.0, -0.03995270321333901], [0.0050169493908709785, 0.025084746954354892, 0.050169493908709784],
           [0.0, 0.06650993186744106, 0.046556952307208736]]  # fmt: skip


def test_the_two_iterations_of_the_silu_network_are_those_of_its_document():
    steps = command("silu-momentum")["steps"]
    assert len(steps) == 2
    for step, figures in zip(steps, UPDATES, strict=True):
        for layer in step["layers"]:
            for letter in "Wb":
                figure = figures[f"{letter}{layer['layer']}"]
                np.testing.assert_allclose(layer[f"update_{letter}"], figure, rtol=1e-12, atol=1e-17)
                np.testing.assert_allclose(np.multiply(-0.8, layer[f"velocity_{letter}"]), figure, rtol=1e-12, atol=1e-17)
    np.testing.assert_allclose([dW[0] for dW in steps[0]["layers"][0]["per_sample_dW"]], SAMPLES, rtol=1e-13, atol=1e-18)
    np.testing.assert_allclose(np.mean(SAMPLES, axis=0), steps[0]["layers"][0]["dW"][0], rtol=1e-12)


# Each sample's own gradient


@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_the_samples_gradients_are_those_of_batches_of_one_and_join_to_the_batchs(reduction, loss):
    X = np.random.default_rng(3).normal(size=(6, 3)).round(3).tolist()
    Y = [0, 1, 1, 0, 1, 0] if loss == "cross_entropy" else np.random.default_rng(4).normal(size=(6, 2)).round(3).tolist()
    text = text_of(loss=f"{{name: {loss}, reduction: {reduction}}}", steps=1)
    (whole,) = told(text.replace("{samples: 5}", f"{{inputs: {X}, targets: {Y}}}"))["steps"]
    alone = [
        told(text.replace("{samples: 5}", f"{{inputs: [{x}], targets: [{y}]}}"))["steps"][0] for x, y in zip(X, Y, strict=True)
    ]
    for at, layer in enumerate(whole["layers"]):
        join = np.mean if AVERAGED[reduction] else np.sum
        for name in ("dW", "db"):
            each = np.array(layer[f"per_sample_{name}"])
            largest = np.abs(each).max()
            np.testing.assert_allclose(join(each, axis=0), layer[name], rtol=0, atol=1e-13 * largest)
            np.testing.assert_allclose(each, [one["layers"][at][name] for one in alone], rtol=0, atol=1e-13 * largest)


@pytest.mark.parametrize("samples", [1, 2, 7, 8, 9, 30])
def test_they_are_shown_of_two_to_eight_samples_unless_one_says_otherwise(samples):
    text = text_of(samples=samples, steps=1)

    def shown(*flags):
        layers = command("-", *flags, text=text)["steps"][0]["layers"]
        found = {("per_sample_dW" in layer, "per_sample_db" in layer) for layer in layers}
        assert len(found) == 1
        return found.pop()

    assert shown() == ((True, True) if 2 <= samples <= 8 else (False, False))
    assert shown("--per-sample") == (True, True)
    assert shown("--no-per-sample") == (False, False)
    assert FEW_SAMPLES == 8


@pytest.mark.parametrize(("batch", "shown"), [(4, True), (1, False), (20, False)])
def test_of_a_mini_batch_they_are_counted_in_the_batch(batch, shown):
    layers = command("-", text=text_of(samples=40, steps=1, more=f"batch: {batch}\n"))["steps"][0]["layers"]
    assert ("per_sample_dW" in layers[0]) == shown
    if shown:
        assert np.shape(layers[0]["per_sample_dW"]) == (batch, 3, 4)


# Rows and sheets


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_rows_are_the_entries_of_the_object_with_the_sample_in_a_column_of_its_own(optimizer):
    steps = steps_of(text_of(optimizer, more="replicates: 2\n"))
    for r in (0, 1):
        expected = []
        for step in steps_json(steps, r)["steps"]:
            for layer in step["layers"]:
                for name, M in layer.items():
                    if name == "layer" or M is None:
                        continue
                    each = enumerate(M) if name.startswith("per_sample") else [(None, M)]
                    expected += [
                        (r, step["step"], layer["layer"], name, n, i, j, value)
                        for n, of_sample in each
                        for (i, j), value in np.ndenumerate(np.atleast_2d(of_sample))
                    ]
        assert list(map(tuple, entry_rows(steps, r))) == expected
    assert ENTRY_COLUMNS == ("replicate", "step", "layer", "quantity", "sample", "row", "column", "value")


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "{name: sgd, momentum: 0.9}"])
def test_no_line_is_longer_than_the_terminal(optimizer, width):
    assert max(map(len, drawn(step_sheets(steps_of(text_of(optimizer)), width), width))) <= width


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_title_is_cut_off(width):
    text = text_of("{name: adamw, lr: 0.02}", loss="{name: mse, reduction: batch_mean}", steps=1)
    told = " ".join("\n".join(drawn(step_sheets(steps_of(text), width), width)).replace("│", " ").split())
    assert "mse(reduction=batch_mean), adamw(lr=0.02)" in told
    assert "adamw(lr=0.02, beta1=0.9, beta2=0.999, eps=1e-08, weight_decay=0.01): Adam after" in told


def test_the_sheets_show_what_is_remembered_the_update_and_every_samples_gradient_beside_what_they_join_to():
    lines = "\n".join(drawn(step_sheets(steps_of(text_of("{name: sgd, momentum: 0.9}", steps=1)), None)))
    for head in ("velocity of W1  3×4", "velocity of b1  4", "update of W2  4×2", "W1 after  3×4", "X  5×3", "Y  5×2"):
        assert head in lines
    for n in range(5):
        assert f"dW1 of sample {n}" in lines
        assert f"db2 of sample {n}" in lines
    assert "dW1, their mean" in lines
    assert "each sample's own gradient, and their mean" in lines
    assert lines.count("per_sample") == 0
    summed = "\n".join(drawn(step_sheets(steps_of(text_of(loss="{name: mse, reduction: sum}", steps=1)), None)))
    assert "dW1, their sum" in summed
    few = "\n".join(drawn(step_sheets(steps_of(text_of(steps=1), per_sample=False), None)))
    assert "of sample" not in few


def test_the_sheets_of_plain_descent_leave_out_the_update_which_is_a_multiple_of_the_gradient():
    for optimizer, shown in (("sgd", False), ("adam", True), ("{name: sgd, momentum: 0.9}", True)):
        lines = "\n".join(drawn(step_sheets(steps_of(text_of(optimizer, steps=1)), None)))
        assert ("update of" in lines) == shown


@pytest.mark.parametrize("samples", [6, 49, 98])
def test_the_samples_are_said_to_be_averaged_whatever_their_number(samples):
    lines = "\n".join(drawn(step_sheets(steps_of(text_of(samples=samples, steps=1)), None)))
    assert "dW1, their mean" in lines


def test_kept_losses_are_shown_as_they_are():
    lines = "\n".join(drawn(step_sheets(steps_of(text_of(loss="{name: mse, reduction: none}", steps=1)), None)))
    assert "losses kept by none" in lines
    lines = "\n".join(drawn(step_sheets(steps_of(text_of(steps=1)), None)))
    (loss,) = told(text_of(steps=1))["loss_before_steps"]
    assert f"{loss:.12g}" in lines


def test_what_is_not_finite_is_null():
    text = text_of("{name: adam}", steps=2).replace(
        "depth: 2,", "depth: 2, activation: identity, init: {name: constant, value: 1e200},"
    )
    with np.errstate(all="ignore"):
        steps = steps_of(text)
        whole = steps_json(steps, 0)
        json.dumps(whole, allow_nan=False)
        assert None in np.array(whole["steps"][0]["layers"][0]["per_sample_dW"]).ravel()
        assert any(value is None for *_, value in entry_rows(steps, 0))
        assert drawn(step_sheets(steps, 80), 80)


@pytest.mark.parametrize("name", some_cells(29))
def test_every_kind_of_cell_has_a_ledger(name):
    cell = replace(CELLS[name], steps=2)
    params, _, batches = start(cell, range(cell.replicates))
    states = [state for state in walk(cell, params, batches) if state.after]
    e = replace(load(find_config("yann")).experiment, cells=(cell,))
    for r in range(cell.replicates):
        whole = steps_json(Steps(e, cell, states, per_sample=True), r)
        for state, step in zip(states, whole["steps"], strict=True):
            for layer, after, g in zip(step["layers"], state.after, state.gradients, strict=True):
                assert (np.array(layer["W_after"]) == after.W[r].T).all()
                join = np.mean if AVERAGED[name.rpartition("-")[2]] else np.sum
                joined = join(layer["per_sample_dW"], axis=0)
                np.testing.assert_allclose(joined, g.dW[r].T, rtol=0, atol=1e-12 * np.abs(g.dW[r]).max())


@pytest.mark.parametrize("letters", [5, 74, 75, 200])
def test_a_title_of_any_length_is_there_to_its_last_letter(letters):
    console = Console(width=80, file=StringIO(), color_system=None)
    console.print(Sheet("x" * letters, ("1", "2")).rich())
    assert console.file.getvalue().count("x") == letters
