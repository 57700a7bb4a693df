"""Configs as texts: how a test loads one, the data files they may name, and every form that the grammar has."""

import gzip
import struct
from pathlib import Path

import numpy as np

from yann.config.load import load
from yann.config.options import Given


def given(text, folder=".", settings=(), axes=(), stem="c"):
    """Give a config as a command would have read it from `c.yaml`."""
    data = text if isinstance(text, bytes) else text.encode()
    return Given(data, "c.yaml", Path(folder), stem, tuple(settings), tuple(axes))


def plan(text, folder=".", settings=(), axes=(), stem="c"):
    """Load a config."""
    return load(given(text, folder, settings, axes, stem))


def experiment(text, folder=".", settings=(), axes=(), stem="c"):
    """Load a config and give its experiment."""
    return plan(text, folder, settings, axes, stem).experiment


def idx(array, kind):
    """Give an array as the bytes of an IDX file."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape) + array.tobytes()


def write_data(folder):
    """Write the data files that the configs below name: four samples, two features, two classes."""
    rows = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.5]])
    labels = np.array([0, 1, 1, 0])
    lines = [f"{a!r},{b!r},{c}" for (a, b), c in zip(rows.tolist(), labels.tolist(), strict=True)]
    (folder / "points.csv").write_text("\n".join(["x1,x2,kind", *lines]) + "\n", encoding="utf-8")
    np.savez(folder / "points.npz", inputs=rows, targets=labels)
    (folder / "images.idx").write_bytes(idx(np.arange(16, dtype=np.uint8).reshape(4, 2, 2), 8))
    (folder / "labels.idx").write_bytes(idx(labels.astype(np.uint8), 8))
    (folder / "images.idx.gz").write_bytes(gzip.compress((folder / "images.idx").read_bytes()))
    (folder / "cells.csv").write_text('network.depth,network.init\n2,ones\n3,"{name: normal, std: 0.5}"\n', encoding="utf-8")


def widths(e):
    """Give f_0 … f_L of every cell."""
    return [cell.network.widths for cell in e.cells]


def layers(e):
    """Give the layers of the one cell."""
    (cell,) = e.cells
    return cell.network.layers


def swept(e, *names):
    """Give the value that some columns have in every cell."""
    columns = [axis.column for axis in e.axes]
    found = [tuple(point[columns.index(name)] for name in names) for point in e.points]
    return [point[0] for point in found] if len(names) == 1 else found


SMALL = "network: {depth: 3, width: 3}\n"
NET = "network: {depth: 2, width: 3, "
TWO = "network: {widths: [2, 3, 2]"
SWEPT = SMALL + "sweep: {grid: {network.depth: "

FORMS = {  # a sentence: a config, and what must then hold
    "the smallest config is a network": (SMALL, lambda e: widths(e) == [(3, 3, 3, 3)]),
    "the version may be told": ("yann: 1\n" + SMALL, lambda e: len(e.cells) == 1),
    "JSON is YAML": ('{"network": {"depth": 3, "width": 3}}', lambda e: widths(e) == [(3, 3, 3, 3)]),
    "inputs and outputs may differ from width": (
        "network: {inputs: 5, depth: 3, width: 4, outputs: 2}", lambda e: widths(e) == [(5, 4, 4, 2)],
    ),
    "widths stand instead of four keys": ("network: {widths: [3, 4, 2]}", lambda e: widths(e) == [(3, 4, 2)]),
    "one layer needs no width": ("network: {depth: 1, inputs: 3, outputs: 2}", lambda e: widths(e) == [(3, 2)]),
    "an activation for each hidden layer": (
        "network: {depth: 3, width: 3, activation: [relu, {name: leaky_relu, slope: 0.2}]}",
        lambda e: [str(layer.activation) for layer in layers(e)] == ["relu", "leaky_relu(slope=0.2)", "identity"],
    ),
    "an init for each layer": (
        NET + "init: [ones, {name: normal, std: 0.05}]}",
        lambda e: [str(layer.init) for layer in layers(e)] == ["ones", "normal(std=0.05)"],
    ),
    "a part as a mapping with a name alone": (
        NET + "activation: {name: relu}}", lambda e: str(layers(e)[0].activation) == "relu",
    ),
    "bias true is zeros": (NET + "bias: true}", lambda e: [str(layer.bias) for layer in layers(e)] == ["zeros"] * 2),
    "bias false is none": (NET + "bias: false}", lambda e: [layer.bias for layer in layers(e)] == [None] * 2),
    "a bias is drawn by an initializer": (
        NET + "bias: {name: constant, value: 0.5}}", lambda e: str(layers(e)[0].bias) == "constant(value=0.5)",
    ),
    "mean_field brings its biases": (
        NET + "init: {name: mean_field, sigma_w: 1.5, sigma_b: 0.5}}", lambda e: str(layers(e)[1].bias) == "normal(std=0.5)",
    ),
    "explicit weights are (in, out)": (
        "network: {weights: [[[1, 2], [3, 4], [5, 6]], [[1], [2]]]}",
        lambda e: widths(e) == [(3, 2, 1)] and layers(e)[0].init.values == ((1, 2), (3, 4), (5, 6)),
    ),
    "explicit weights may be (out, in)": (
        "network: {weights: [[[1, 2, 3], [4, 5, 6]], [[7, 8]]], layout: out_in}",
        lambda e: widths(e) == [(3, 2, 1)] and layers(e)[0].init.values == ((1, 4), (2, 5), (3, 6)) and e.layout == "out_in",
    ),
    "explicit weights may stand beside a depth that agrees": (
        "network: {weights: [[[1], [2]]], depth: 1, inputs: 2, outputs: 1}", lambda e: widths(e) == [(2, 1)],
    ),
    "explicit biases, null for none": (
        "network: {widths: [2, 3, 1], biases: [[1, 2, 3], null]}",
        lambda e: layers(e)[0].bias.values == ((1, 2, 3),) and layers(e)[1].bias is None,
    ),
    "a scale of one unit in the middle": (
        "network: {depth: 3, width: 5, scale: {layer: middle, unit: middle, factor: 0}}",
        lambda e: [layer.scale for layer in layers(e)] == [None, (1, 1, 0, 1, 1), None],
    ),
    "a scale for every unit": (NET + "scale: 2}", lambda e: [layer.scale for layer in layers(e)] == [(2, 2, 2), (2, 2, 2)]),
    "a scale of one unit by its number": (
        NET + "scale: {layer: 1, unit: 3, factor: 0.5}}", lambda e: layers(e)[0].scale == (1, 1, 0.5),
    ),
    "a scale of vectors, null for ones": (
        NET + "scale: [[1, 0, 2], null]}", lambda e: [layer.scale for layer in layers(e)] == [(1, 0, 2), None],
    ),
    "data in a matrix": (
        NET + "inputs: 2}\ndata: {inputs: [[1, 2], [3, 4]], targets: [[1, 2, 3], [4, 5, 6]]}",
        lambda e: e.cells[0].data.samples == 2 and widths(e) == [(2, 3, 3)],
    ),
    "data in a matrix of columns": (
        NET + "}\ndata: {inputs: [[1, 3], [2, 4]], targets: [[1, 4], [2, 5], [3, 6]], orientation: columns}",
        lambda e: e.cells[0].data.inputs.rows == ((1, 2), (3, 4)) and e.cells[0].data.targets.rows == ((1, 2, 3), (4, 5, 6)),
    ),
    "class indices in a list": (
        "network: {widths: [1, 3]}\ndata: {inputs: [[1], [2]], targets: [0, 2]}\nloss: cross_entropy",
        lambda e: widths(e) == [(1, 3)],
    ),
    "one-hot rows for cross-entropy": (
        "network: {widths: [1, 2]}\ndata: {inputs: [[1], [2]], targets: [[0, 1], [1, 0]]}\nloss: cross_entropy",
        lambda e: widths(e) == [(1, 2)],
    ),
    "a generator with settings": (
        SMALL + "data: {inputs: {name: uniform, low: -1, high: 1}, targets: {name: error, value: 1}, samples: 5}",
        lambda e: str(e.cells[0].data.inputs) == "uniform(low=-1.0)" and e.cells[0].data.samples == 5,
    ),
    "bits as inputs and as targets": (
        SMALL + "data: {inputs: bits, targets: bits}\nloss: bce_with_logits", lambda e: str(e.cells[0].data.targets) == "bits",
    ),
    "the digits by name": (
        "network: {depth: 2, width: 4}\ndata: digits\nloss: cross_entropy", lambda e: widths(e) == [(64, 4, 10)],
    ),
    "the digits as a mapping": (
        "network: {depth: 2, width: 4}\ndata: {name: digits}\nloss: cross_entropy", lambda e: widths(e) == [(64, 4, 10)],
    ),
    "a csv file and its target column": (
        "network: {depth: 2, width: 4}\ndata: {name: csv, path: points.csv, targets: kind}\nloss: cross_entropy",
        lambda e: widths(e) == [(2, 4, 2)],
    ),
    "a csv file and a list of target columns": (
        "network: {depth: 2, width: 4}\ndata: {name: csv, path: points.csv, targets: [x2, kind]}",
        lambda e: widths(e) == [(1, 4, 2)],
    ),
    "an npz file": (
        "network: {depth: 2, width: 4}\ndata: {name: npz, path: points.npz}\nloss: cross_entropy",
        lambda e: widths(e) == [(2, 4, 2)],
    ),
    "idx files": (
        "network: {depth: 2, width: 3}\ndata: {name: idx, inputs: images.idx, targets: labels.idx}\nloss: cross_entropy",
        lambda e: widths(e) == [(4, 3, 2)],
    ),
    "gzipped idx files": (
        "network: {depth: 2, width: 3}\ndata: {name: idx, inputs: images.idx.gz, targets: labels.idx}\nloss: cross_entropy",
        lambda e: widths(e) == [(4, 3, 2)],
    ),
    "a loss by name": (SMALL + "loss: half_mse", lambda e: str(e.cells[0].objective) == "half_mse"),
    "a loss with its settings and reduction": (
        SMALL + "loss: {name: huber, delta: 2, reduction: per_sample}",
        lambda e: str(e.cells[0].objective) == "huber(delta=2.0, reduction=per_sample)",
    ),
    "an optimizer with its settings": (
        SMALL + "optimizer: {name: sgd, lr: 0.1, momentum: 0.9, nesterov: true}\nsteps: 3",
        lambda e: str(e.cells[0].optimizer) == "sgd(lr=0.1, momentum=0.9, nesterov=True)",
    ),
    "no batch is every sample": (SMALL + "batch: null", lambda e: e.cells[0].batch is None),
    "a batch as large as the data": (SMALL + "data: {samples: 8}\nbatch: 8", lambda e: e.cells[0].batch == 8),
    "single precision": (SMALL + "dtype: float32", lambda e: e.cells[0].dtype == "float32"),
    "metrics in the order that is asked for": (
        SMALL + "measure: [dW_rms, dW_norm]", lambda e: [m.name for m in e.measure] == ["dW_rms", "dW_norm"],
    ),
    "a name": (SMALL + "name: depth-vs_init.2", lambda e: e.name == "depth-vs_init.2"),
    "a name given as a number": (SMALL + "name: 2024", lambda e: e.name == "2024"),
    "a name that other YAML takes for a date": (SMALL + "name: 2024-01-01", lambda e: e.name == "2024-01-01"),
    "a name as long as may be": (SMALL + f"name: {'a' * 100}", lambda e: e.name == "a" * 100),
    "a title is text, markup or not": (SMALL + "title: '[bold]x[/] $(y)'", lambda e: e.title == "[bold]x[/] $(y)"),
    "an exponent without a point is a number": (
        SMALL + "optimizer: {lr: 1e-3, name: sgd}", lambda e: e.cells[0].optimizer.lr == 1e-3,
    ),
    "a leading zero is decimal": (SMALL + "seed: 010", lambda e: e.cells[0].seed == 10),
    "hexadecimal and octal numbers": (
        SMALL + "seed: 0xff\nreplicates: 0o17", lambda e: (e.cells[0].seed, e.cells[0].replicates) == (255, 15),
    ),
    "aliases repeat a value": (
        "network: {depth: 3, width: &w 3, inputs: *w, init: &i {name: normal, std: 0.5}, bias: *i}",
        lambda e: widths(e) == [(3, 3, 3, 3)] and str(layers(e)[0].bias) == "normal(std=0.5)",
    ),
    "a grid of lists": (SWEPT + "[2, 8, 4]}}", lambda e: swept(e, "depth") == [2, 8, 4]),
    "a grid of one value": (SWEPT + "[2]}}", lambda e: swept(e, "depth") == [2]),
    "a range with its end": (SWEPT + "{range: [2, 10], step: 4}}}", lambda e: swept(e, "depth") == [2, 6, 10]),
    "the range of the sketch": (SWEPT + "{range: [2, 50], step: 4}}}", lambda e: swept(e, "depth")[-2:] == [46, 50]
                                          and len(e.cells) == 13),
    "a range may stop short of its end": (SWEPT + "{range: [2, 9], step: 4}}}", lambda e: swept(e, "depth") == [2, 6]),
    "a range steps by one": (SWEPT + "{range: [2, 4]}}}", lambda e: swept(e, "depth") == [2, 3, 4]),
    "a range of one value": (SWEPT + "{range: [2, 2]}}}", lambda e: swept(e, "depth") == [2]),
    "a range may fall": (SWEPT + "{range: [4, 2], step: -1}}}", lambda e: swept(e, "depth") == [4, 3, 2]),
    "a range of decimals has the numbers people write": (
        SMALL + "sweep: {grid: {optimizer.lr: {range: [0.1, 0.5], step: 0.1}}}",
        lambda e: swept(e, "lr") == [0.1, 0.2, 0.3, 0.4, 0.5],
    ),
    "linspace": (
        SMALL + "sweep: {grid: {optimizer.momentum: {linspace: [0, 0.5], num: 6}}}",
        lambda e: swept(e, "momentum") == [0, 0.1, 0.2, 0.3, 0.4, 0.5],
    ),
    "logspace takes values and not exponents": (
        SMALL + "sweep: {grid: {optimizer.lr: {logspace: [1.0e-4, 1.0e-1], num: 4}}}",
        lambda e: swept(e, "lr") == [1e-4, 1e-3, 1e-2, 1e-1],
    ),
    "a part as a value of an axis": (
        SMALL + "sweep: {grid: {network.init: [xavier_normal, {name: normal, std: 0.05}]}}",
        lambda e: swept(e, "init") == ["xavier_normal", "normal(std=0.05)"],
    ),
    "the setting of a part as an axis": (
        SMALL + "loss: huber\nsweep: {grid: {loss.delta: [1, 2]}}", lambda e: [c.objective.loss.delta for c in e.cells] == [1, 2],
    ),
    "an axis gives what the base has not": (
        "network: {width: 3}\nsweep: {grid: {network.depth: [1, 2]}}", lambda e: widths(e) == [(3, 3), (3, 3, 3)],
    ),
    "the product of axes": (
        SWEPT + "[1, 2], network.width: [4, 5]}}", lambda e: swept(e, "depth", "width") == [(1, 4), (1, 5), (2, 4), (2, 5)],
    ),
    "a zip group is one axis": (
        SMALL + "sweep: {zip: {scheme: {network.activation: [tanh, relu], network.output_activation: [identity, relu]}}}",
        lambda e: [axis.column for axis in e.axes] == ["scheme"] and swept(e, "scheme") == ["tanh / identity", "relu / relu"],
    ),
    "a zip group may have one key and a range": (
        SMALL + "sweep: {zip: {a: {network.depth: {range: [2, 4]}, network.width: [3, 4, 5]}}}",
        lambda e: widths(e) == [(3,) * 3, (4,) * 4, (5,) * 5],
    ),
    "grid and zip together": (
        SWEPT + "[1, 2]}, zip: {a: {network.width: [4, 5], seed: [6, 7]}}}",
        lambda e: [(len(w) - 1, w[0], c.seed) for w, c in zip(widths(e), e.cells, strict=True)]
        == [(1, 4, 6), (1, 5, 7), (2, 4, 6), (2, 5, 7)],
    ),
    "an exclude leaves out every point it matches": (
        SWEPT + "[1, 2], network.width: [4, 5]}, exclude: [{network.depth: 2, network.width: 5}, {network.width: 4}]}",
        lambda e: swept(e, "depth", "width") == [(1, 5)],
    ),
    "blocks stand end to end and a shared point runs once": (
        SMALL + "sweep:\n  - grid: {network.depth: [8, 2], network.width: [2]}\n"
        "  - grid: {network.depth: [8], network.width: [2, 3]}",
        lambda e: swept(e, "depth", "width") == [(8, 2), (2, 2), (8, 3)],
    ),
    "blocks may sweep different keys": (
        SMALL + "sweep: [{grid: {network.depth: [1, 2]}}, {grid: {network.width: [4, 5]}}]",
        lambda e: widths(e) == [(3, 3), (3, 3, 3), (4,) * 4, (5,) * 4],
    ),
    "a file has a row for each cell": (
        SMALL + "sweep: {file: cells.csv}", lambda e: swept(e, "depth", "init") == [(2, "ones"), (3, "normal(std=0.5)")],
    ),
    "expect is kept for the commands that check": (
        SMALL + "expect: {at: {}, step: each, figures: {loss: {falls: true}}}", lambda e: len(e.cells) == 1,
    ),
}  # fmt: skip
