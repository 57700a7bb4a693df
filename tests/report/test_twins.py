"""Twins: every script, run by itself in its framework, prints the loss and the gradients that yann finds."""

import ast
import functools
import importlib.util
import io
import json
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from tests.cases import CELLS
from yann.config.load import load
from yann.config.options import Given, find_config
from yann.explain.layer import layer_quantities
from yann.parts.activations import ACTIVATIONS, Tanh
from yann.parts.losses import LOSSES, Huber
from yann.parts.reductions import REDUCTIONS, Mean
from yann.report.twins import MOST_READ, TWINS, example_of, script_of, unknown_to
from yann.report.twins.source import assignment, docstring, literal
from yann.study.cell import Experiment

CLOSE = {"float64": 1e-12, "float32": 1e-5}  # of the largest entry of each array
ROOT = Path(__file__).resolve().parents[2]
DRIVER = """
import contextlib, io, json, runpy, sys, traceback

printed = {}
for path in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            runpy.run_path(path, run_name="__main__")
        except Exception:
            out.write(traceback.format_exc())
    printed[path] = out.getvalue()
print(json.dumps(printed))
"""


def of_text(text, index=0):
    """Give the example of a config."""
    return example_of(load(Given(text.encode(), "c.yaml", Path(), "c")).experiment, index)


def of_cell(cell, layout="in_out", title="A title"):
    """Give the example of a cell."""
    return example_of(Experiment("name", title, (), (cell,), ((),), (), layout), 0)


def of_bundled(name, index=0):
    """Give the example of a bundled config."""
    return example_of(load(find_config(name)).experiment, index)


# What there is to run


def everyone(*_):
    """Take every cell."""
    return True


def in_turns(_, a, b, c):
    """Tell whether it is the turn of this reduction: each pair of parts comes in one of these cells at least."""
    return (a + b) % len(REDUCTIONS) == c


def shallow(cell, a, b, c):
    """Tell whether few layers leave most digits of a float32 alone."""
    return in_turns(cell, a, b, c) and len(cell.network.layers) < 3


@functools.cache
def crossed(dtype, wanted=everyone):
    """Give every activation × loss × reduction, or those that are wanted, in both layouts by turns."""
    places = product(*(range(len(registry)) for registry in (ACTIVATIONS, LOSSES, REDUCTIONS)))
    return {
        f"{name} {dtype}": of_cell(replace(cell, dtype=dtype), ("in_out", "out_in")[number % 2])
        for number, (place, (name, cell)) in enumerate(zip(places, CELLS.items(), strict=True))
        if wanted(cell, *place)
    }


NORMAL = "{name: normal, std: 0.5}"
SPECIAL = {
    "deep": f"network: {{depth: 9, width: 3, bias: {NORMAL}}}",
    "deep without biases": "network: {depth: 9, width: 3, activation: silu}",
    "deep and float32": f"dtype: float32\nnetwork: {{depth: 8, width: 3, init: orthogonal, bias: {NORMAL}}}",
    "deep with a dead unit": f"network: {{depth: 9, width: 3, bias: {NORMAL}, scale: {{layer: middle, unit: middle}}}}",
    "deep, out_in, on logits": f"network: {{depth: 8, width: 3, layout: out_in, bias: {NORMAL}, output_activation: sigmoid}}\n"
    "data: {targets: bits, samples: 5}\nloss: {name: bce, reduction: per_sample}",
    "deep, no layer like the last": "network: {depth: 7, width: 3, activation: [tanh, relu, gelu, elu, selu, sigmoid]}",
    "deep, no layer like the last, and kept": f"network: {{depth: 9, width: 2, bias: {NORMAL}, "
    "activation: [tanh, relu, gelu, elu, selu, sigmoid, silu, gelu]}\ndata: {samples: 3}\nloss: {name: mse, reduction: none}",
    "many numbers": f"network: {{depth: 3, width: 40, bias: {NORMAL}, scale: {{layer: middle, unit: middle}}}}",
    "many numbers in a loop": f"network: {{depth: 9, width: 30, layout: out_in, bias: {NORMAL}, "
    "scale: {layer: middle, unit: middle}}\ndata: {samples: 20}",
    "many numbers without biases": "dtype: float32\nnetwork: {depth: 7, width: 30, activation: selu}",
    "one number": "network: {depth: 1, width: 1}\ndata: {samples: 1}",
    "kept losses that are the output": "network: {depth: 2, width: 3}\ndata: {samples: 4}\nloss: {name: output, reduction: none}",
    **{
        f"no error here and there, {loss}": "network: {weights: [[[1, 2], [3, 4]]]}\n"
        f"data: {{inputs: [[1, 2], [3, 5]], targets: [[7, 9], [20, 26]]}}\nloss: {loss}"
        for loss in ("mae", "huber")
    },
    "a delta": "network: {depth: 2, width: 3}\ndata: {samples: 9}\nloss: {name: huber, delta: 0.3, reduction: sum}",
    "dead predictions": "network: {depth: 2, width: 3, output_activation: sigmoid, scale: [null, [1, 0, 0.5]]}\n"
    "data: {inputs: normal, targets: [[1, 0, 1], [0, 0, 0]]}\nloss: {name: bce, reduction: sum}",
    "predictions near 0 and 1": "network: {weights: [[[1, 0], [0, 1]]]}\nloss: bce\n"
    "data: {inputs: [[1.0e-9, 0.3], [0.999999999, 1.0e-13], [0.5, 0.9999999999999]], targets: [[1, 0], [0, 0.5], [1, 1]]}",
    "soft targets that do not quite sum to 1": "network: {weights: [[[0.3, -0.2, 0.5], [0.1, 0.4, -0.6]]]}\nloss: cross_entropy\n"
    "data: {inputs: [[1.0, 2.0], [-1.0, 0.5]], targets: [[0.5, 0.25, 0.2500004], [0.125, 0.75, 0.125]]}",
    **{
        f"{name} at its kink": f"network: {{depth: 2, width: 3, activation: {name}, output_activation: {name}}}\n"
        "data: {inputs: zeros, samples: 2}"
        for name, part in ACTIVATIONS.items()
        if part().kinks()
    },
}
SATURATED = {
    "tanh": "network: {depth: 2, width: 3, init: {name: normal, std: 9}}\ndata: {samples: 3}",
    "sigmoid": "network: {depth: 2, width: 3, activation: sigmoid, init: {name: normal, std: 20}}\ndata: {samples: 3}",
    "bce": "network: {weights: [[[1.0]]], output_activation: sigmoid}\ndata: {inputs: [[50]], targets: [[1]]}\nloss: bce",
    "softplus": "network: {weights: [[[1.0]]], output_activation: softplus}\ndata: {inputs: [[-40]], targets: [[1]]}",
}
PUBLISHED = sorted(path.stem for path in (ROOT / "configs").rglob("*.yaml"))


@functools.cache
def special():
    """Give the examples that are not made of the registries."""
    return {name: of_text(text) for name, text in SPECIAL.items()}


def everything(name):
    """Give what one twin has to run, float32 before float64: a framework's precision is set once for a process."""
    whole = name in ("numpy", "torch")  # the others take longer, and meet each pair of parts
    found = {**crossed("float32", shallow), **crossed("float64", everyone if whole else in_turns), **special()}
    found |= {key: of_bundled(key) for key in PUBLISHED}
    if name == "numpy":
        found |= {f"saturated {key}": of_text(text) for key, text in SATURATED.items()}
    return dict(sorted(found.items(), key=lambda item: item[1].double))


@dataclass(frozen=True)
class Run:
    """What a script printed, and what it should have."""

    example: object
    printed: str

    def numbers(self):
        """Read what was printed."""
        lines = (line.partition(" ") for line in self.printed.splitlines())
        return {name: np.array(json.loads(value)) for name, _, value in lines}

    def expected(self):
        """Give yann's own numbers."""
        found = {"loss": self.example.kept}
        for layer in range(1, len(self.example.layers) + 1):
            given = layer_quantities(self.example.scene, layer)
            found |= {f"{name}{layer}": value for name in ("dW", "db") if (value := given[name]()) is not None}
        return found

    def off(self):
        """Give by how much the furthest of the arrays is off, for its largest entry; what is 0 is to be 0."""
        try:
            got, expected = self.numbers(), self.expected()
        except ValueError:
            return self.printed
        if {name: M.shape for name, M in got.items()} != {name: M.shape for name, M in expected.items()}:
            return self.printed
        assert list(got) == list(expected)
        sizes = {name: np.abs(M).max() for name, M in expected.items()}
        return max(np.abs(got[name] - M).max() / (sizes[name] or 1e-300) for name, M in expected.items())


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Give a function that runs scripts one after the other in one process: to import a framework takes seconds."""

    def ran(twin, examples):
        folder = tmp_path_factory.mktemp(twin)
        scripts = {}
        for number, (name, example) in enumerate(examples.items()):
            if unknown_to(example, TWINS[twin]()) is None:
                path = folder / f"{number}.py"
                scripts[str(path)] = name
                path.write_text(script_of(example, TWINS[twin]()), encoding="utf-8")
                if example.stored:
                    np.savez(path.with_suffix(".npz"), **example.numbers)
        command = [sys.executable, "-W", "ignore::RuntimeWarning", "-c", DRIVER]
        done = subprocess.run(command, input=json.dumps(list(scripts)), capture_output=True, text=True, check=False, cwd=folder)
        assert done.returncode == 0, done.stderr
        printed = json.loads(done.stdout)
        return {name: Run(examples[name], printed[path]) for path, name in scripts.items()}

    return ran


@pytest.mark.parametrize("twin", TWINS)
def test_a_twin_finds_yanns_loss_and_gradients(twin, run):
    if importlib.util.find_spec(TWINS[twin].needs) is None:
        pytest.skip(f"{twin} is not installed")
    runs = run(twin, everything(twin))
    off = {name: each.off() for name, each in runs.items()}
    wrong = {
        name: value
        for name, value in off.items()
        if isinstance(value, str) or not value <= CLOSE[runs[name].example.scene.cell.dtype]
    }
    assert wrong == {}
    assert len(runs) >= len(SPECIAL) + len(PUBLISHED) + 88
    assert {each.example.stored for each in runs.values()} == {each.example.looped for each in runs.values()} == {True, False}


def test_the_comparison_would_notice_a_wrong_digit(run):
    example = of_bundled("yann")
    (right,) = run("numpy", {"yann": example}).values()
    assert right.off() < 1e-14
    assert replace(right, printed=right.printed.replace("dW1 [[0.00317117", "dW1 [[0.00317118")).off() > 1e-9
    assert isinstance(replace(right, printed=right.printed.replace("dW1", "dW3")).off(), str)
    assert isinstance(replace(right, printed="Traceback").off(), str)


def test_an_exploding_network_is_written_and_runs(run):
    text = "network: {depth: 8, width: 3, activation: identity, init: {name: normal, std: 1e200}}\ndata: {samples: 3}"
    examples = {dtype: of_text(f"dtype: {dtype}\n{text}") for dtype in ("float32", "float64")}
    for each in run("numpy", examples).values():
        assert re.match(r"loss (inf|nan)\ndW1 \[\[", each.printed)
    assert 'float("inf")' in script_of(examples["float32"], TWINS["numpy"]())  # a weight beyond its precision


# How scripts look


@functools.cache
def scripts():
    """Give scripts of every twin."""
    examples = {**crossed("float64", in_turns), **special()}.items()
    return {f"{twin}, {name}": script_of(example, TWINS[twin]()) for twin in TWINS for name, example in examples}


def test_no_script_has_a_name_too_many_or_too_few_or_a_line_too_long(tmp_path):
    for number, script in enumerate(scripts().values()):
        (tmp_path / f"twin{number}.py").write_text(script, encoding="utf-8")
    rules = ["--isolated", "--select", "E,F,W,I,B,PIE,RUF100,UP", "--ignore", "B905", "--line-length", "140", "--no-cache"]
    command = [sys.executable, "-m", "ruff", "check", *rules, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[:3000] + done.stderr


def test_only_the_functions_that_are_called_are_there():
    for name, script in scripts().items():
        for function in re.findall(r"^def (\w+)\(", script, re.MULTILINE):
            assert len(re.findall(rf"(?<![\w.]){function}[(),]", script)) > 1, name


def test_only_what_is_told_is_not_ascii():
    for name, script in scripts().items():
        told = ast.get_docstring(ast.parse(script), clean=False)
        assert script.removeprefix(f'"""{told}"""').isascii(), name


def test_the_numbers_of_the_yann_network_stand_as_its_config_has_them():
    script = script_of(of_bundled("yann"), TWINS["torch"]())
    for line in ("[0.1, 0.5, 0.3],", "Z1 = X @ W1.T + b1", "A1 = F.relu(Z1)", "loss.backward()", "pip install torch"):
        assert line in script
    assert "the loss 0.87012484646015" in " ".join(script.split())
    assert len(script.splitlines()) < 60


def test_the_backward_pass_is_written_out_layer_by_layer():
    script = script_of(of_text("network: {depth: 3, width: 2, bias: true}\ndata: {samples: 4}"), TWINS["numpy"]())
    back = script.partition("# Backward")[2].splitlines()
    names = [line.split()[0] for line in back if " = " in line and not line.startswith("#")]
    assert names == ["dA3", "dZ3", "dW3", "db3", "dA2", "dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1"]
    assert "tanh' = 1 / cosh^2 = 1 - tanh^2" in script


def test_targets_that_nobody_looks_at_are_not_there():
    script = script_of(of_text("network: {depth: 1, width: 2}\nloss: output\ndata: {samples: 2}"), TWINS["numpy"]())
    assert not re.search(r"^Y = ", script, re.MULTILINE)


def test_a_cell_of_a_sweep_says_which_it_is():
    assert script_of(of_bundled("depth", 2), TWINS["numpy"]()).startswith('"""Gradients against depth, all ones (depth = 3)\n')


def test_reductions_that_are_one_for_classes_are_frameworks_own():
    loss = "{name: cross_entropy, reduction: batch_mean}"
    script = script_of(of_text(f"network: {{depth: 1, width: 3}}\ndata: {{targets: classes}}\nloss: {loss}"), TWINS["torch"]())
    assert 'reduction="mean"' in script
    assert "reduction batch_mean" in script


# Numbers and words


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_literal_is_the_number_to_the_last_bit(dtype):
    rng = np.random.default_rng(0)
    values = dtype(rng.normal(size=2000) * 10.0 ** rng.integers(-30, 30, 2000))
    for value in (*values, dtype(0), dtype(-0.0), np.finfo(dtype).tiny, np.finfo(dtype).max, np.finfo(dtype).smallest_subnormal):
        back = dtype(ast.literal_eval(literal(value)))
        assert back.tobytes() == value.tobytes()
    assert literal(dtype(0.1)) == "0.1"
    assert [literal(dtype(value)) for value in (np.inf, -np.inf)] == ['float("inf")', 'float("-inf")']


def test_a_float32_that_would_be_rounded_twice_has_its_digits():
    """The shortest decimal of a float32 may be so near to the middle of two that double precision takes it for the middle."""

    class Odd(np.float32):
        def __str__(self):
            return "0.5"

    assert literal(Odd(0.1)) == "0.10000000149011612"


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (3, 1), (3, 3), (1, 50), (50, 50), (9, 2), (4,), (90,)])
def test_an_assignment_is_the_array_within_the_width(shape):
    M = np.random.default_rng(0).normal(size=shape)
    for numbers in (M, np.zeros(shape)):
        lines = assignment("M", "list(", numbers, ")")
        (statement,) = ast.parse("\n".join(lines)).body
        value = statement.value.args[0]
        times = value.right.value if isinstance(value, ast.BinOp) else 1
        np.testing.assert_array_equal(ast.literal_eval(value.left if times > 1 else value) * times, numbers)
        assert max(map(len, lines)) <= 100


HOSTILE = [
    'a """ b', "'''", '"', "\\", '\\"""', "a\nimport os", "a\\", "\\N{BULLET}", "\x00\x1b[2J", "\u202e\u2066evil", "\ud800", "#",
    "{Z}",
    '"' * 300, "\\" * 300, '\\"' * 200, "a" * 500, "\r\nprint(1)", "\N{LINE SEPARATOR}print(1)", "", " ", "%s {0}", "é→",
]  # fmt: skip


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_no_title_gets_out_of_its_docstring(title):
    cell = CELLS["tanh-mse-mean"]
    for twin in TWINS:
        plain, script = (script_of(of_cell(cell, title=each), TWINS[twin]()) for each in ("A title", title))
        trees = [ast.parse(text.encode()) for text in (plain, script)]
        assert ast.unparse(trees[0].body[1:]) == ast.unparse(trees[1].body[1:])
        assert isinstance(trees[1].body[0].value.value, str)
        assert all(letter.isprintable() or letter == "\n" for letter in script)


def test_a_docstring_says_what_it_is_given():
    text = ast.literal_eval("\n".join(docstring(['a "quoted" \\ title', "", "more"])))
    assert text == 'a "quoted" \\ title\n\nmore\n'


def test_many_numbers_are_no_literals():
    few, many = of_bundled("yann"), of_bundled("digits")
    assert few.count == 3 + 2 + 9 + 3 + 6 + 2
    assert not few.stored
    assert many.stored
    assert many.count > MOST_READ
    script = script_of(many, TWINS["torch"]())
    assert len(script) < 3000
    assert "allow_pickle=False" in script
    assert "pip install torch numpy" in script


def test_what_a_framework_has_no_counterpart_of_is_told_with_who_has(monkeypatch):
    @dataclass(frozen=True)
    class Own(Tanh):
        name = "own"

    @dataclass(frozen=True)
    class OwnLoss(Huber):
        name = "own_loss"

    @dataclass(frozen=True)
    class OwnMean(Mean):
        name = "own_mean"

    cell = CELLS["tanh-mse-mean"]
    first, *others = cell.network.layers
    network = replace(cell.network, layers=(replace(first, activation=Own()), *others))
    objective = cell.objective
    torch = TWINS["torch"]()
    for changed, words in (
        ({"network": network}, "torch has no counterpart of the activation own; it knows identity, relu, "),
        (
            {"objective": replace(objective, loss=OwnLoss())},
            "torch has no counterpart of the loss own_loss; it knows output",
        ),
        ({"objective": replace(objective, reduction=OwnMean())}, "torch has no counterpart of the reduction own_mean; it knows "),
    ):
        told = unknown_to(of_cell(replace(cell, **changed)), torch)
        assert told.startswith(words)
        assert "--to" not in told
    numpy = TWINS["numpy"]
    monkeypatch.setattr(numpy, "activations", {**numpy.activations, "own": "np.tanh({Z})"})
    assert unknown_to(of_cell(replace(cell, network=network)), torch).endswith("; --to numpy can write it")


@pytest.mark.parametrize("twin", TWINS)
def test_every_framework_has_the_parts_of_the_field(twin):
    """A part of somebody's own may have no counterpart; these have."""
    words = TWINS[twin]
    assert words.activations.keys() >= {
        "identity", "relu", "leaky_relu", "elu", "selu", "softplus", "sigmoid", "tanh", "silu", "gelu", "gelu_tanh",
    }  # fmt: skip
    assert words.losses.keys() >= {"output", "mse", "half_mse", "mae", "huber", "bce", "bce_with_logits", "cross_entropy"}
    assert words.reductions.keys() >= {"mean", "sum", "batch_mean", "feature_mean", "none", "per_sample"}


def test_a_script_is_the_same_every_time():
    for twin in TWINS:
        assert len({script_of(of_bundled("yann"), TWINS[twin]()) for _ in range(2)}) == 1


def test_scripts_read_no_pickles():
    stream = io.BytesIO()
    np.savez(stream, **of_bundled("digits").numbers)
    stream.seek(0)
    arrays = np.load(stream, allow_pickle=False)
    assert {arrays[name].dtype for name in arrays.files} == {np.dtype("float64")}
