"""PyTorch reads the same config, differentiates by its own tape, steps with its own optimizers, and finds the same numbers.

Nothing of yann is used but its command line: the reader below is a second, small reading of the config's grammar.
"""

import itertools
import json
import subprocess
import sys

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from tests.cli.app import app

torch = pytest.importorskip("torch")
F = torch.nn.functional
torch.set_num_threads(1)

CONFIGS, IN_A_PROCESS = 220, 5
CLOSE = 1e-11  # of the largest entry of each array
RUNNER = CliRunner()


# What PyTorch makes of a config


def named(part):
    """Split a part into its name and its settings."""
    return (part, {}) if isinstance(part, str) else (part["name"], {key: part[key] for key in part if key != "name"})


def activate(part, Z):
    """Apply PyTorch's own activation."""
    name, settings = named(part)
    return {
        "identity": lambda: Z * 1,
        "relu": lambda: F.relu(Z),
        "leaky_relu": lambda: F.leaky_relu(Z, settings.get("slope", 0.01)),
        "elu": lambda: F.elu(Z, settings.get("alpha", 1.0)),
        "selu": lambda: F.selu(Z),
        "softplus": lambda: F.softplus(Z, threshold=700),  # 20 by default, where it stops being softplus
        "sigmoid": lambda: torch.sigmoid(Z),
        "tanh": lambda: torch.tanh(Z),
        "silu": lambda: F.silu(Z),
        "gelu": lambda: F.gelu(Z),
        "gelu_tanh": lambda: F.gelu(Z, approximate="tanh"),
    }[name]()


def unreduced(part, Y_hat, Y):
    """Give PyTorch's own loss with `reduction` as it has it, one value an element (or a sample)."""
    name, settings = named(part)
    settings.pop("reduction", None)

    def loss(reduction):
        return {
            "output": lambda: {"none": Y_hat, "mean": Y_hat.mean(), "sum": Y_hat.sum()}[reduction],
            "mse": lambda: F.mse_loss(Y_hat, Y, reduction=reduction),
            "half_mse": lambda: F.mse_loss(Y_hat, Y, reduction=reduction) / 2,
            "mae": lambda: F.l1_loss(Y_hat, Y, reduction=reduction),
            "huber": lambda: F.huber_loss(Y_hat, Y, reduction=reduction, delta=settings.get("delta", 1.0)),
            "bce": lambda: F.binary_cross_entropy(Y_hat, Y, reduction=reduction),
            "bce_with_logits": lambda: F.binary_cross_entropy_with_logits(Y_hat, Y, reduction=reduction),
            "cross_entropy": lambda: F.cross_entropy(Y_hat, Y, reduction=reduction),
        }[name]()

    return loss


def kept(part, Y_hat, Y):
    """Give what the config's reduction reports."""
    loss = unreduced(part, Y_hat, Y)
    each = loss("none")
    each = each.reshape(len(Y_hat), -1)
    N, K = each.shape
    return {
        "mean": lambda: loss("mean"),
        "sum": lambda: loss("sum"),
        "batch_mean": lambda: loss("sum") / N,
        "feature_mean": lambda: loss("sum") / K,
        "none": lambda: loss("none"),
        "per_sample": lambda: each.mean(dim=-1),
    }[named(part)[1].get("reduction", "mean")]()


def optimizer_of(part, tensors):
    """Make PyTorch's own optimizer."""
    name, s = named(part)
    lr = s.get("lr", 0.001 if name.startswith("adam") else 0.01)
    betas = (s.get("beta1", 0.9), s.get("beta2", 0.999))
    return {
        "sgd": lambda: torch.optim.SGD(tensors, lr, momentum=s.get("momentum", 0), nesterov=s.get("nesterov", False)),
        "rmsprop": lambda: torch.optim.RMSprop(tensors, lr, alpha=s.get("rho", 0.99), eps=s.get("eps", 1e-8)),
        "adam": lambda: torch.optim.Adam(tensors, lr, betas=betas, eps=s.get("eps", 1e-8)),
        "adamw": lambda: torch.optim.AdamW(
            tensors, lr, betas=betas, eps=s.get("eps", 1e-8), weight_decay=s.get("weight_decay", 0.01)
        ),
    }[name]()


def scales_of(net, widths):
    """Give s of every layer, or None."""
    scale, L = net.get("scale"), len(widths)
    if not isinstance(scale, dict):
        return [None if s is None else torch.tensor(s, dtype=torch.float64) for s in scale or [None] * L]
    at = (L + 1) // 2 if scale["layer"] == "middle" else scale["layer"]
    u = (widths[at - 1] + 1) // 2 if scale["unit"] == "middle" else scale["unit"]
    factors = torch.ones(widths[at - 1], dtype=torch.float64)
    factors[u - 1] = scale.get("factor", 0)
    return [factors if number == at else None for number in range(1, L + 1)]


def data_of(config, outputs):
    """Give X and Y as tensors; class indices stay indices."""
    data = config["data"]
    columns = data.get("orientation") == "columns"
    X, targets = np.array(data["inputs"], dtype=float), np.array(data["targets"])
    if targets.ndim == 1 and named(config["loss"])[0] == "cross_entropy":
        Y = torch.tensor(targets, dtype=torch.int64)
    else:
        targets = targets.astype(float)
        Y = torch.tensor(targets[:, None] if targets.ndim == 1 else targets.T.copy() if columns else targets)
        assert Y.shape[1] == outputs
    return torch.tensor(X.T.copy() if columns else X), Y


def as_torch_has_it(config):
    """Run a config with PyTorch: what `yann step` prints, without the name."""
    net = config["network"]
    out_in = net.get("layout") == "out_in"
    weights = [torch.tensor(W, dtype=torch.float64, requires_grad=True) for W in net["weights"]]
    widths = [W.shape[0 if out_in else 1] for W in weights]
    biases = net.get("biases") or [[0.0] * n if net.get("bias") else None for n in widths]
    biases = [None if b is None else torch.tensor(b, dtype=torch.float64, requires_grad=True) for b in biases]
    L, hidden = len(weights), net.get("activation", "tanh")
    activations = [*(hidden if isinstance(hidden, list) else [hidden] * (L - 1)), net.get("output_activation", "identity")]
    scales = scales_of(net, widths)
    X, Y = data_of(config, widths[-1])
    optimizer = optimizer_of(config.get("optimizer", "sgd"), [*weights, *(b for b in biases if b is not None)])
    steps = []
    for number in range(config.get("steps", 1)):
        Zs, As, A = [], [], X
        for W, b, activation, scale in zip(weights, biases, activations, scales, strict=True):
            Z = F.linear(A, W if out_in else W.T, b)
            A = activate(activation, Z)
            A = A if scale is None else A * scale
            Z.retain_grad()
            A.retain_grad()
            Zs.append(Z)
            As.append(A)
        losses = kept(config["loss"], A, Y)
        optimizer.zero_grad()
        losses.sum().backward()
        before = [plain(W) for W in weights], [plain(b) for b in biases]
        optimizer.step()
        layers = [
            {
                "W": before[0][at],
                "b": before[1][at],
                "Z": plain(Zs[at]),
                "A": plain(As[at]),
                "dA": plain(As[at].grad),
                "dZ": plain(Zs[at].grad),
                "dW": plain(weights[at].grad),
                "db": None if biases[at] is None else plain(biases[at].grad),
                "W_after": plain(weights[at]),
                "b_after": plain(biases[at]),
            }
            for at in range(L)
        ]
        steps.append({"step": number, "loss": plain(losses), "layers": layers})
    return {"loss_before_steps": [step["loss"] for step in steps], "steps": steps}


def plain(tensor):
    """Copy a tensor into NumPy."""
    return None if tensor is None else tensor.detach().numpy().copy()


# Configs


ACTIVATIONS = [
    "identity", "relu", "leaky_relu", {"name": "leaky_relu", "slope": 0.2}, "elu", {"name": "elu", "alpha": 0.7}, "selu",
    "softplus", "sigmoid", "tanh", "silu", "gelu", "gelu_tanh",
]  # fmt: skip
LOSSES = ["output", "mse", "half_mse", "mae", "huber", {"name": "huber", "delta": 0.4}, "bce", "bce_with_logits", "cross_entropy"]
REDUCTIONS = ["mean", "sum", "batch_mean", "feature_mean", "none", "per_sample"]
OPTIMIZERS = [
    {"name": "sgd", "lr": 0.1},
    {"name": "sgd", "lr": 0.05, "momentum": 0.9},
    {"name": "sgd", "lr": 0.05, "momentum": 0.6, "nesterov": True},
    "sgd",
    {"name": "rmsprop", "lr": 0.02, "rho": 0.9},
    {"name": "rmsprop", "eps": 0.001},
    "adam",
    {"name": "adam", "lr": 0.05, "beta1": 0.8, "beta2": 0.95, "eps": 1e-6},
    {"name": "adamw", "lr": 0.02, "weight_decay": 0.3},
    "adamw",
]


def config_of(index):
    """Draw a config; losses, reductions, activations and optimizers take turns, so that each of them comes."""
    rng = np.random.default_rng(index)

    def pick(choices):
        return choices[rng.integers(len(choices))]

    def numbers(*shape):
        return (rng.normal(size=shape) * 0.8).tolist()

    loss, reduction = LOSSES[index % len(LOSSES)], REDUCTIONS[index % 7 % 6]
    loss_name = named(loss)[0]
    L, N = int(rng.integers(1, 5)), int(rng.integers(1, 6))
    widths = rng.integers(1, 5, L + 1).tolist()
    if loss_name == "cross_entropy":
        widths[-1] = max(2, widths[-1])
    out_in = bool(rng.integers(2))
    shapes = [(n, m) if out_in else (m, n) for m, n in itertools.pairwise(widths)]
    hidden = [ACTIVATIONS[(index + at) % len(ACTIVATIONS)] for at in range(L - 1)]
    network = {"weights": [numbers(*shape) for shape in shapes]}
    if out_in:
        network["layout"] = "out_in"
    network["activation"] = hidden if L > 1 and rng.integers(2) else pick(ACTIVATIONS)
    network["output_activation"] = "sigmoid" if loss_name == "bce" else pick(ACTIVATIONS)
    match rng.integers(4):
        case 0:
            network["bias"] = True
        case 1:
            network["biases"] = [numbers(n) for n in widths[1:]]
        case 2:
            network["biases"] = [numbers(n) if rng.integers(2) else None for n in widths[1:]]
    match rng.integers(4):
        case 0:
            network["scale"] = [rng.uniform(0.2, 0.9, n).round(2).tolist() if rng.integers(2) else None for n in widths[1:]]
        case 1 if L > 1:
            layer = "middle" if rng.integers(2) else int(rng.integers(1, L))
            at = (L + 1) // 2 if layer == "middle" else layer
            unit = "middle" if rng.integers(2) else int(rng.integers(1, widths[at] + 1))
            network["scale"] = {"layer": layer, "unit": unit} | pick([{}, {"factor": 0.5}])
    return {
        "network": network,
        "data": data_for(rng, loss_name, N, widths),
        "loss": {**({"name": loss} if isinstance(loss, str) else loss), "reduction": reduction} if reduction != "mean" else loss,
        "optimizer": OPTIMIZERS[(index // 2) % len(OPTIMIZERS)],
        "steps": int(rng.integers(1, 5)),
    }


def data_for(rng, loss, N, widths):
    """Draw inputs and the targets that a loss takes, with samples as rows or as columns."""
    K = widths[-1]
    X, Y = rng.normal(size=(N, widths[0])), rng.normal(size=(N, K))
    if loss.startswith("bce"):
        Y = rng.integers(0, 2, (N, K)) if rng.integers(2) else rng.random((N, K))
    classes = rng.integers(0, K, N)
    if loss == "cross_entropy":
        Y = np.eye(K)[classes]
    columns = bool(rng.integers(2))
    data = {"inputs": (X.T if columns else X).tolist(), "targets": (Y.T if columns else Y).tolist()}
    if loss == "cross_entropy" and rng.integers(2):
        data["targets"] = classes.tolist()
    elif loss in ("mse", "mae") and K == 1 and rng.integers(2):
        data["targets"] = Y[:, 0].tolist()
    return data | ({"orientation": "columns"} if columns else {})


# The comparison


def assert_same(got, expected, where=""):
    """Assert that every number agrees, relative to the largest of its array."""
    if isinstance(expected, dict):
        assert expected.keys() <= got.keys()
        for key, value in expected.items():
            assert_same(got[key], value, f"{where} {key}")
    elif isinstance(expected, list):
        assert len(got) == len(expected), where
        for number, pair in enumerate(zip(got, expected, strict=True)):
            assert_same(*pair, f"{where}[{number}]")
    elif expected is None:
        assert got is None, where
    else:
        expected = np.asarray(expected)
        assert np.shape(got) == expected.shape, where
        scale = np.abs(expected).max()
        np.testing.assert_allclose(got, expected, rtol=0, atol=CLOSE * scale, err_msg=where)


def written(folder, config):
    """Write a config and give its path."""
    path = folder / "random.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path


@pytest.mark.parametrize("index", range(CONFIGS))
def test_pytorch_finds_the_same_numbers(index, tmp_path):
    path = written(tmp_path, config_of(index))
    result = RUNNER.invoke(app, ["step", str(path), "-f", "json"])
    assert result.exit_code == 0, (result.output, result.exception)
    assert_same(json.loads(result.stdout), as_torch_has_it(yaml.safe_load(path.read_text())))


@pytest.mark.parametrize("index", range(CONFIGS, CONFIGS + IN_A_PROCESS))
def test_pytorch_finds_the_same_numbers_as_the_command(index, tmp_path):
    path = written(tmp_path, config_of(index))
    command = [sys.executable, "-m", "yann", "step", "-", "-f", "json"]
    result = subprocess.run(command, input=path.read_bytes(), capture_output=True, check=True)
    assert_same(json.loads(result.stdout), as_torch_has_it(yaml.safe_load(path.read_text())))


def test_the_random_configs_have_everything_in_them():
    configs = [config_of(index) for index in range(CONFIGS)]
    losses = {(named(c["loss"])[0], named(c["loss"])[1].get("reduction", "mean")) for c in configs}
    assert len(losses) == 8 * len(REDUCTIONS)
    hidden = [c["network"]["activation"] for c in configs]
    used = [c["network"]["output_activation"] for c in configs] + [a for h in hidden for a in (h if isinstance(h, list) else [h])]
    assert all(activation in used for activation in ACTIVATIONS)
    assert all(any(c["optimizer"] == optimizer for c in configs) for optimizer in OPTIMIZERS)
    for key, values in {
        "layout": {"out_in", None},
        "bias": {True, None},
    }.items():
        assert {c["network"].get(key) for c in configs} == values
    assert {c["data"].get("orientation") for c in configs} == {"columns", None}
    assert {type(c["network"].get("scale")) for c in configs} == {dict, list, type(None)}
    assert {isinstance(c["data"]["targets"][0], list) for c in configs if named(c["loss"])[0] == "cross_entropy"} == {True, False}


def test_the_comparison_would_notice_a_wrong_digit():
    right = as_torch_has_it(config_of(1))
    wrong = json.loads(json.dumps(right, default=lambda array: array.tolist()))
    assert_same(wrong, right)
    wrong["steps"][0]["layers"][0]["dW"][0][0] *= 1 + 1e-9
    wrong["steps"][0]["layers"][0]["dW"][0][0] += 1e-9
    with pytest.raises(AssertionError):
        assert_same(wrong, right)


def test_cross_entropy_of_soft_targets_has_the_gradient_that_pytorch_gives(tmp_path):
    config = config_of(8)
    config["network"] = {"weights": [[[0.3, -0.2, 0.5], [0.1, 0.4, -0.6]]]}
    config["loss"] = "cross_entropy"
    config["data"] = {"inputs": [[1.0, 2.0], [-1.0, 0.5]], "targets": [[0.5, 0.25, 0.25], [0.125, 0.75, 0.125]]}
    path = written(tmp_path, config)
    result = RUNNER.invoke(app, ["step", str(path), "-f", "json"])
    assert_same(json.loads(result.stdout), as_torch_has_it(config))
