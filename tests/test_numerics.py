"""Nasty numbers where a user meets them: what `yann step` and `yann sweep` print of them, each expected value written down."""

import csv
import io
import json
import math

import pytest
from typer.testing import CliRunner

from tests.cli.app import app
from yann.errors import YannError

UNIT = """
network: {{weights: [[[{w}]]], output_activation: {activation}}}
data: {{inputs: [[{x}]], targets: [[{y}]]}}
loss: {{name: {loss}, reduction: sum}}
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a sweep writes its run where one is


def yann(*arguments, config):
    """Run a command on a config and give what it prints, and its exit code."""
    done = CliRunner().invoke(app, [*arguments, "-"], input=config)
    return done.stdout, done.exit_code


def refused(config):
    """Give the sentence with which `yann step` refuses a config, with exit code 2."""
    done = CliRunner().invoke(app, ["step", "-"], input=config)
    assert isinstance(done.exception, YannError)
    assert done.exception.exit_code == 2
    return str(done.exception)


def unit(activation, x, y=0.0, loss="output", w=1.0, more=""):
    """Give what `yann step` says of one unit: the loss, and everything of its layer."""
    config = UNIT.format(activation=activation, x=repr(x), y=repr(y), loss=loss, w=repr(w)) + more
    printed, code = yann("step", "-f", "json", config=config)
    assert code == 0, printed
    step = json.loads(printed)["steps"][0]
    return {name: value[0][0] if isinstance(value, list) else value for name, value in step["layers"][0].items()} | {
        "loss": step["loss"]
    }


def states(config):
    """Give the state of each layer, as `yann sweep` tells it."""
    printed, code = yann("sweep", "-f", "csv", "--no-plots", "-q", config=config)
    assert code == 0, printed
    return [row["state"] for row in csv.DictReader(io.StringIO(printed))]


# What one unit makes of a number: A = φ(x), and dA/dZ, which is dZ where J is the output itself
ONE_UNIT = {
    # φ, x: A, dZ
    "softplus is its number far to the right": ("softplus", 800.0, 800.0, 1.0),
    "softplus is e^z far to the left": ("softplus", -700.0, 9.859676543759771e-305, 9.859676543759771e-305),
    "softplus has its last number": ("softplus", -745.0, 5e-324, 5e-324),
    "a sigmoid's slope on the far right is not gone": ("sigmoid", 40.0, 1.0, 4.248354255291589e-18),
    "a sigmoid's slope is the smallest number there is": ("sigmoid", 745.0, 1.0, 5e-324),
    "tanh's slope is tiny, not 0": ("tanh", 20.0, 1.0, 1.6993417021166355e-17),
    "tanh's slope is the smallest number but one": ("tanh", 372.5, 1.0, 1e-323),
    "tanh of a subnormal number is that number": ("tanh", 5e-324, 5e-324, 1.0),
    "elu of a subnormal number is that number": ("elu", -1e-310, -1e-310, 1.0),
    "elu of a small negative number is not 0": ("elu", -1e-20, -1e-20, 1.0),
    "selu of a small negative number is not 0": ("selu", -1e-20, -1.7580993408473766e-20, 1.7580993408473766),
    "elu's slope is e^z however small": ("elu", -740.0, -1.0, 4.2e-322),
    "elu's slope is alpha e^z and not alpha times a lost e^z": ("{name: elu, alpha: 1.0e6}", -745.0, -1e6, 2.82235e-318),
    "silu is subnormal and has its digits": ("silu", -745.0, -2.1026513e-321, -2.0998289e-321),
    "silu is flat and minus 0 far to the left": ("silu", -1e308, -0.0, 0.0),
    "silu is its number far to the right": ("silu", 1e308, 1e308, 1.0),
    "silu is least at its minimum": ("silu", -1.278464542761074, -0.2784645427610738, 0.0),
    "gelu's tail is not rounded before it is exponentiated": ("gelu", -30.0, -1.4720141781444561e-196, -4.4160316907084944e-195),
    "gelu's tail is subnormal and has its digits": ("gelu", -38.0, -1.096462776826138e-314, -4.1665545692687845e-313),
    "gelu is minus 0 where its tail is gone": ("gelu", -1e200, -0.0, 0.0),
    "gelu of a small number is half of it": ("gelu", -1e-300, -5e-301, 0.5),
    "gelu_tanh's tail is not rounded before it is exponentiated": (
        "gelu_tanh",
        -15.0,
        -1.5584769937274055e-114,
        -7.7446337695007666e-113,
    ),
    "gelu_tanh is its number though the cube is beyond range": ("gelu_tanh", 1e200, 1e200, 1.0),
    "relu of minus 0 is flat": ("relu", -0.0, 0.0, 0.0),
    "leaky_relu at its kink has the slope to the left": ("leaky_relu", 0.0, 0.0, 0.01),
    "elu at its kink has the slope alpha": ("{name: elu, alpha: 0.3}", 0.0, 0.0, 0.3),
    "a setting beyond single precision takes nothing from the other side": ("{name: leaky_relu, slope: 1.0e300}", 3.0, 3.0, 1.0),
}


@pytest.mark.parametrize("sentence", ONE_UNIT)
def test_one_unit(sentence):
    activation, x, A, dZ = ONE_UNIT[sentence]
    got = unit(activation, x)
    assert got["A"] == pytest.approx(A, rel=4e-16, abs=2e-323)
    assert math.copysign(1, got["A"]) == math.copysign(1, A)
    assert got["dZ"] == pytest.approx(dZ, rel=1e-15, abs=2e-323 if dZ else 2e-16)
    assert dZ == 0 or got["dZ"] != 0
    assert states(UNIT.format(activation=activation, x=x, y=0, loss="output", w=1.0)) in (["ok"], ["underflow"])


# What a loss makes of it: the loss and dZ
ONE_LOSS = {
    # φ, x, y, loss: the loss, dZ
    "a wrong, saturated logit costs its size": ("identity", 800.0, 0.0, "bce_with_logits", 800.0, 1.0),
    "and so it does on the other side": ("identity", -800.0, 1.0, "bce_with_logits", 800.0, -1.0),
    "a right, saturated logit costs nothing": ("identity", 800.0, 1.0, "bce_with_logits", 0.0, 0.0),
    "and none on the other side": ("identity", -800.0, 0.0, "bce_with_logits", 0.0, 0.0),
    "a right logit of 40 costs little, not nothing": (
        "identity", 40.0, 1.0, "bce_with_logits", 4.248354255291589e-18, -4.248354255291589e-18,
    ),
    "on probabilities a wrong, saturated output costs as much": ("sigmoid", 800.0, 0.0, "bce", 800.0, 1.0),
    "and one that is 0 in float64": ("sigmoid", -800.0, 1.0, "bce", 800.0, -1.0),
    "a right one costs nothing on probabilities": ("sigmoid", 800.0, 1.0, "bce", 0.0, 0.0),
    "a right one at 40 pulls a little": ("sigmoid", 40.0, 1.0, "bce", 4.248354255291589e-18, -4.248354255291589e-18),
    "a soft target and a saturated output": ("sigmoid", 800.0, 0.25, "bce", 600.0, 0.75),
    "huber is a line far out": ("identity", 1e308, 0.0, "huber", 1e308, 1.0),
    "huber of a narrow delta is told though the difference is beyond range": (
        "identity", 1e308, -1e308, "huber, delta: 0.1", 2e307, 0.1,
    ),
    "huber of a wide delta is a parabola whose half is in range": (
        "identity", 1.5e154, 0.0, "huber, delta: 1.0e160", 1.125e308, 1.5e154,
    ),
    "half a square is told though the square is beyond range": ("identity", 1.5e154, 0.0, "half_mse", 1.125e308, 1.5e154),
    "the derivative of a square that is 0 in float64": ("identity", 1e-200, 0.0, "mse", 0.0, 2e-200),
    "mae at its kink is flat": ("identity", 3.0, 3.0, "mae", 0.0, 0.0),
}  # fmt: skip


@pytest.mark.parametrize("sentence", ONE_LOSS)
def test_one_loss(sentence):
    activation, x, y, loss, right, dZ = ONE_LOSS[sentence]
    got = unit(activation, x, y, loss)
    assert got["loss"] == pytest.approx(right, rel=1e-14, abs=0)
    assert got["dZ"] == pytest.approx(dZ, rel=1e-14, abs=0)


def logits(z, target, k):
    """Give the loss and dZ of logits that are a layer's weights, under cross-entropy."""
    y = [float(i == target) for i in range(k)]
    network, data = f"{{weights: [[{z}]], output_activation: identity}}", f"{{inputs: [[1.0]], targets: [{y}]}}"
    config = f"network: {network}\ndata: {data}\nloss: cross_entropy"
    printed, code = yann("step", "-f", "json", config=config)
    assert code == 0, printed
    step = json.loads(printed)["steps"][0]
    return step["loss"], step["layers"][0]["dZ"][0]


# logits, the target's place: the loss, dZ
CLASSES = {
    "enormous logits have a finite loss": ([1e4, 0.0, -1e4], 2, 2e4, [1, 0, -1]),
    "the right class is certain": ([1e4, 0.0, -1e4], 0, 0.0, [0, 0, 0]),
    "the last class of all": ([0.0] * 999 + [50.0], 999, 1.9268210981159539e-19, None),
    "equal logits cost the logarithm of their number": ([7.0] * 8, 3, math.log(8), [0.125] * 3 + [-0.875] + [0.125] * 4),
    "equal logits of any size": ([-1e300] * 4, 0, math.log(4), [-0.75, 0.25, 0.25, 0.25]),
    "a confident and right class costs little, not nothing": (
        [40.0, 0.0], 0, 4.248354255291589e-18, [-4.248354255291589e-18, 4.248354255291589e-18],
    ),
    "an exponent's rounding is no more than its own": ([40.1, 0.3], 0, 5.1889516050546336e-18, None),
    "one class alone is always right": ([3.0], 0, 0.0, [0]),
}  # fmt: skip


@pytest.mark.parametrize("sentence", CLASSES)
def test_classes(sentence):
    z, target, right, dZ = CLASSES[sentence]
    loss, got = logits(z, target, len(z))
    assert loss == pytest.approx(right, rel=4e-16, abs=0)
    if dZ is not None:
        assert got == pytest.approx(dZ, rel=1e-15, abs=0)


def test_an_infinite_logit_is_an_overflow_and_names_its_layer():
    config = """
network: {weights: [[[1.0e308]], [[1.0e10, 1.0]]], activation: identity}
data: {inputs: [[1.0], [1.0e-300]], targets: [[0, 1], [0, 1]]}
loss: cross_entropy
"""
    assert states(config)[1] == "overflow"
    step = json.loads(yann("step", "-f", "json", config=config)[0])["steps"][0]
    assert step["layers"][1]["Z"] == [[None, 1e308], [1e18, 1e8]]  # the first sample's, and not the second's


def test_a_square_beyond_range_is_told_as_overflow_and_the_run_goes_on():
    config = UNIT.format(activation="identity", x=1.0, y=0.0, loss="mse", w=1e200)
    assert unit("identity", 1.0, 0.0, "mse", w=1e200)["loss"] is None
    assert unit("identity", 1.0, 0.0, "mse", w=1e200)["dZ"] == 2e200
    assert yann("sweep", "-f", "csv", "--no-plots", config=config)[1] == 0


def test_subnormal_weights_keep_their_bits():
    got = unit("identity", 1.0, w=1.2345e-310)
    assert (got["W"], got["Z"], got["A"]) == (1.2345e-310, 1.2345e-310, 1.2345e-310)


# What an optimizer makes of a gradient of 1e-320 … 1e160: W = 1 before
STEPS = {
    # optimizer, dW (x = 1 and J = ½(A - y)²): W after
    "adam makes a step of its rate of a gradient whose square is infinite": ("{name: adam, lr: 0.25}", 1e160, 0.75),
    "rmsprop a step of ten times its rate": ("{name: rmsprop, lr: 0.01, eps: 0}", -1e200, 1.1),
    "a gradient whose square is 0 is a gradient if eps is 0": ("{name: adam, lr: 0.25, eps: 0}", 1e-200, 0.75),
    "none is none though eps is 0": ("{name: adam, lr: 0.25, eps: 0}", 0.0, 1.0),
    "a subnormal gradient is nothing beside eps": ("{name: rmsprop, lr: 0.25}", 1e-320, 1.0),
    "decay works without a gradient": ("{name: adamw, lr: 0.5, weight_decay: 0.5}", 0.0, 0.75),
}


@pytest.mark.parametrize("sentence", STEPS)
def test_steps(sentence):
    """dW is x where J is the output."""
    optimizer, dW, after = STEPS[sentence]
    assert unit("identity", dW, more=f"optimizer: {optimizer}\n")["W_after"] == pytest.approx(after, rel=1e-12)


def test_a_gradient_beyond_single_precisions_squares_makes_adam_step_all_the_same():
    got = unit("identity", 1e24, more="optimizer: {name: adam, lr: 0.25}\ndtype: float32\n")
    assert got["W_after"] == 0.75
    assert got["square_W"] is None  # which is (1 - 0.999)·1e48, and beyond range as it is told


def test_losses_in_single_precision_are_added_up_in_double():
    """A running float32 sum of 10⁷ times 0.1 is 1,087,937."""
    config = """
network: {weights: [[[1.0]]], output_activation: identity}
data: {inputs: %s, targets: %s}
loss: {name: output, reduction: %s}
dtype: float32
"""
    many = str([[0.1]] * 2_000)
    for reduction, right in {"sum": 200.00000298023224, "mean": 0.10000000149011612}.items():
        printed, _ = yann("step", "-f", "json", config=config % (many, many, reduction))
        assert json.loads(printed)["steps"][0]["loss"] == pytest.approx(right, rel=1e-14)


def test_one_sample_of_one_unit_has_the_same_mean_and_sum_to_the_bit():
    config = UNIT.format(activation="tanh", x=0.3, y=0.1, loss="mse", w=0.7)
    mean, total = (yann("step", "-f", "json", config=config.replace("sum", reduction))[0] for reduction in ("mean", "sum"))
    assert mean == total


@pytest.mark.parametrize("fans", ["inputs: 5, outputs: 1, width: 1", "inputs: 1, outputs: 5, width: 1", "width: 1"])
def test_orthogonal_weights_of_one_row_or_column_have_length_1(fans):
    config = f"network: {{depth: 1, {fans}, init: orthogonal, output_activation: identity}}\ndata: {{samples: 2}}"
    printed, code = yann("step", "-f", "json", config=config)
    assert code == 0, printed
    W = json.loads(printed)["steps"][0]["layers"][0]["W"]
    assert math.hypot(*(value for row in W for value in row)) == pytest.approx(1, rel=4e-16)
    if fans == "width: 1":
        assert abs(W[0][0]) == 1


def test_predictions_and_targets_of_unlike_shapes_are_never_broadcast():
    config = """
network: {weights: [[[1.0]]], output_activation: identity}
data: {inputs: [[1], [2], [3], [4], [5]], targets: %s}
"""
    for targets in ("[[1], [2], [3], [4], [5]]", "[1, 2, 3, 4, 5]"):
        printed, code = yann("step", "-f", "json", config=config % targets)
        assert (code, json.loads(printed)["steps"][0]["loss"]) == (0, 0.0)
    assert "5" in refused(config % "[[1, 2, 3, 4, 5]]")


@pytest.mark.parametrize(("data", "words"), [
    ("{inputs: [], targets: []}", "is empty"),
    ("{samples: 0}", "at least 1"),
    ("{inputs: [[1.0, .nan]], targets: [[0.0, 0.0]]}", "inputs[0][1]: nan is not finite"),
    ("{inputs: [[1.0, 1.0]], targets: [[0.0, -.inf]]}", "targets[0][1]: -inf is not finite"),
])  # fmt: skip
def test_no_samples_and_no_numbers_are_mistakes(data, words):
    assert words in refused(f"network: {{depth: 1, width: 2}}\ndata: {data}")


def test_the_mean_of_losses_near_the_end_of_range_is_told():
    config = """
network: {weights: [[[1.5e308]]], output_activation: identity}
data: {inputs: [[1], [1], [1]], targets: [[0], [0], [0]]}
loss: mae
"""
    assert json.loads(yann("step", "-f", "json", config=config)[0])["steps"][0]["loss"] == 1.5e308


def test_uniform_weights_may_span_more_than_the_largest_number():
    config = "network: {depth: 1, width: 4, init: {name: uniform, low: -1.0e308, high: 1.0e308}}\ndata: {samples: 1}"
    W = json.loads(yann("step", "-f", "json", config=config)[0])["steps"][0]["layers"][0]["W"]
    assert None not in [value for row in W for value in row]


@pytest.mark.parametrize(
    ("targets", "told"), [("[2, 0]", None), ("[3, 0]", "is 3"), ("[-1, 0]", "is -1"), ("[1.5, 0]", "is 1.5")]
)
def test_a_class_is_one_of_the_outputs(targets, told):
    config = f"""
network: {{weights: [[[1, 2, 3], [1, 2, 3]]], output_activation: identity}}
data: {{inputs: [[1, 2], [3, 4]], targets: {targets}}}
loss: cross_entropy
"""
    if told is None:
        assert yann("step", "-f", "json", config=config)[1] == 0
    else:
        assert told in refused(config)
