"""The command `yann step`: every matrix of every layer, as JSON, as rows, as tables."""

import numpy as np
import pytest

from tests.cli.test_commands import rows, strict

KEYS = ["layer", "W", "b", "Z", "A", "dA", "dZ", "dW", "db", "W_after", "b_after"]
SMALL = "network: {inputs: 2, depth: 2, width: 4, outputs: 3}\ndata: {samples: 5}\n"


@pytest.fixture(scope="module")
def step(yann, tmp_path_factory):
    """Give a function that makes steps and gives what was printed as JSON."""

    def make(*arguments, text=None):
        done = yann("step", *arguments, "-f", "json", cwd=tmp_path_factory.mktemp("step"), text=text)
        assert done.code == 0
        return strict(done.out)

    return make


@pytest.fixture(scope="module")
def two(step):
    """Give two steps of the YANN network at a rate of 0.1."""
    return step("--lr", "0.1", "--steps", "2")


def shapes(layer):
    """Give the shape of every matrix of a layer."""
    return {name: None if layer[name] is None else np.shape(layer[name]) for name in KEYS[1:]}


def test_json_is_what_a_pipe_gets(yann, tmp_path):
    auto, json, lines = (yann("step", *more, cwd=tmp_path) for more in ((), ("-f", "json"), ("-f", "jsonl")))
    assert strict(auto.out) == strict(json.out) == strict(lines.out)
    assert lines.out.count("\n") == 1
    assert (auto.code, auto.err) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_the_object_has_the_keys_that_are_promised_in_their_order(two):
    assert list(two) == ["name", "loss_before_steps", "steps"]
    assert two["name"] == "yann"
    assert [list(each) for each in two["steps"]] == [["step", "loss", "layers"]] * 2
    assert [each["step"] for each in two["steps"]] == [0, 1]
    assert two["loss_before_steps"] == [each["loss"] for each in two["steps"]]
    assert two["loss_before_steps"][1] < two["loss_before_steps"][0]
    for each in two["steps"]:
        assert [list(layer) for layer in each["layers"]] == [KEYS] * 2
        assert [layer["layer"] for layer in each["layers"]] == [1, 2]


def test_matrices_have_the_shapes_of_their_layout(two, step):
    first, second = two["steps"][0]["layers"]
    assert (shapes(first)["W"], shapes(second)["W"], shapes(second)["dW"], shapes(second)["W_after"]) == (
        (3, 3),
        (2, 3),
        (2, 3),
        (2, 3),
    )
    assert (shapes(second)["b"], shapes(second)["Z"], shapes(second)["dZ"]) == ((2,), (1, 2), (1, 2))
    first, second = step("-", text=SMALL)["steps"][0]["layers"]
    assert (shapes(first)["W"], shapes(second)["W"], shapes(second)["dW"]) == ((2, 4), (4, 3), (4, 3))
    assert (shapes(first)["A"], shapes(second)["dA"]) == ((5, 4), (5, 3))


def test_the_layout_turns_weights_and_nothing_else(step):
    turned = {}
    for layout, weights in (("in_out", "[[[1, 2], [3, 4], [5, 6]]]"), ("out_in", "[[[1, 3, 5], [2, 4, 6]]]")):
        text = f"network: {{weights: {weights}, layout: {layout}, bias: true}}\ndata: {{samples: 4}}\n"
        turned[layout] = step("-", text=text)["steps"][0]["layers"][0]
    one, other = turned["in_out"], turned["out_in"]
    assert one["W"] == [[1, 2], [3, 4], [5, 6]]
    for name in KEYS[1:]:
        weight = name in ("W", "dW", "W_after")
        assert np.array_equal(np.transpose(other[name]) if weight else other[name], one[name])


def test_a_layer_without_biases_has_null_in_their_places(step):
    for layer in step("-", text=SMALL)["steps"][0]["layers"]:
        assert [layer[name] for name in ("b", "db", "b_after")] == [None] * 3
    one, other = step("-", text="network: {widths: [2, 3, 1], biases: [[1, 2, 3], null]}\n")["steps"][0]["layers"]
    assert one["b"] == [1, 2, 3]
    assert other["b"] is None


def test_each_step_goes_on_from_the_one_before_and_follows_its_gradient(two):
    for each in two["steps"]:
        for layer in each["layers"]:
            assert np.allclose(np.subtract(layer["W"], np.multiply(0.1, layer["dW"])), layer["W_after"], rtol=1e-15, atol=0)
            assert np.allclose(np.subtract(layer["b"], np.multiply(0.1, layer["db"])), layer["b_after"], rtol=1e-15, atol=0)
    for before, after in zip(two["steps"][0]["layers"], two["steps"][1]["layers"], strict=True):
        assert before["W_after"] == after["W"]
        assert before["b_after"] == after["b"]


def test_forward_and_backward_are_the_formulas_of_the_page(step):
    one = step(
        "-",
        text="network: {depth: 1, inputs: 2, outputs: 2, init: ones}\n"
        "data: {inputs: [[1, 2]], targets: [[0, 1]]}\nloss: {name: half_mse, reduction: sum}\n",
    )
    (layer,) = one["steps"][0]["layers"]
    assert (layer["Z"], layer["A"], layer["dA"], layer["dZ"]) == ([[3, 3]], [[3, 3]], [[3, 2]], [[3, 2]])
    assert (layer["dW"], one["loss_before_steps"]) == ([[3, 2], [6, 4]], [6.5])


def test_steps_and_rate_come_from_the_config_unless_they_are_given(step):
    text = SMALL + "steps: 3\noptimizer: {name: adam, lr: 0.5}\n"
    assert len(step("-", text=text)["steps"]) == 3
    assert len(step("-", "--steps", "1", text=text)["steps"]) == 1
    assert len(step("-", text=SMALL)["steps"]) == 1
    assert step("-", "--lr", "0.5", text=SMALL + "optimizer: adam\nsteps: 3\n") == step("-", text=text)


def test_replicates_are_a_list_and_each_is_the_same_alone_or_in_company(step):
    three = step("-", text=SMALL + "replicates: 3\n")
    assert [list(each) for each in three] == [["name", "loss_before_steps", "steps"]] * 3
    assert len({str(each["steps"]) for each in three}) == 3
    assert three[0] == step("-", text=SMALL)


def test_replicates_are_a_line_each_in_json_lines(yann, tmp_path):
    done = yann("step", "-", "-f", "jsonl", cwd=tmp_path, text=SMALL + "replicates: 3\n")
    assert [list(strict(line)) for line in done.out.splitlines()] == [["name", "loss_before_steps", "steps"]] * 3


@pytest.mark.parametrize(("reduction", "shape"), {"mean": (), "sum": (), "none": (5, 3), "per_sample": (5,)}.items())
def test_the_loss_is_what_the_reduction_keeps(reduction, shape, step):
    one = step("-", text=SMALL + f"loss: {{name: mse, reduction: {reduction}}}\n")
    assert np.shape(one["loss_before_steps"][0]) == shape
    assert one["steps"][0]["loss"] == one["loss_before_steps"][0]


def test_kept_losses_sum_to_the_loss_whose_gradient_is_taken(step):
    gradients = {}
    for reduction in ("none", "sum"):
        one = step("-", text=SMALL + f"loss: {{name: mse, reduction: {reduction}}}\n")
        gradients[reduction] = np.sum(one["loss_before_steps"][0]), one["steps"][0]["layers"][0]["dW"]
    assert gradients["none"][0] == pytest.approx(gradients["sum"][0], rel=1e-12)
    assert np.allclose(gradients["none"][1], gradients["sum"][1], rtol=1e-12, atol=0)


def test_what_is_not_finite_is_null(step):
    one = step(
        "-",
        text="network: {depth: 3, width: 2, init: {name: constant, value: 1e200}, activation: identity}\n"
        "data: {inputs: ones, samples: 1}\n",
    )
    assert one["steps"][0]["layers"][1]["A"] == [[None, None]]
    assert one["loss_before_steps"] == [None]


def test_rows_hold_every_entry_of_every_matrix(yann, two, tmp_path):
    table = rows(yann("step", "--lr", "0.1", "--steps", "2", "-f", "csv", cwd=tmp_path).out)
    assert list(table[0]) == ["replicate", "step", "layer", "quantity", "sample", "row", "column", "value"]
    found = {(row["step"], row["layer"], row["quantity"], row["row"], row["column"]): float(row["value"]) for row in table}
    assert len(found) == len(table)
    for each in two["steps"]:
        for layer in each["layers"]:
            for name in KEYS[1:]:
                for (i, j), value in np.ndenumerate(np.atleast_2d(layer[name])):
                    assert found[str(each["step"]), str(layer["layer"]), name, str(i), str(j)] == value


@pytest.mark.parametrize("form", ["table", "md"])
def test_tables_show_every_matrix_by_its_name(form, yann, tmp_path):
    done = yann("step", "-f", form, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    for name in ("W1", "b1", "Z1", "A1", "dA1", "dZ1", "dW1", "db1", "W1 after", "b1 after", "W2", "loss"):
        assert name in done.out


def test_a_cell_of_a_sweep_can_be_chosen(step):
    assert len(step("depth")["steps"][0]["layers"]) == 1
    assert len(step("depth", "--cell", "4")["steps"][0]["layers"]) == 5
