"""Every mistake that a config can hold, where it is pointed out, and what a person is told.

In each text ▸ stands before the place that must be pointed at; the mark itself is taken out. A text with several marks has
several mistakes, and all of them are told at once, from top to bottom.
"""

import cProfile
import gc
import gzip
import itertools
import pstats
import re
from contextlib import suppress

import numpy as np
import pytest

from tests.config.texts import NET, SMALL, idx, plan
from yann.config.cells_file import axis_from_file
from yann.config.load import load
from yann.config.nodes import Mark, Node
from yann.config.options import Given
from yann.config.reader import read, read_value
from yann.config.resolver import Resolver
from yann.errors import ConfigError, RefusedError

MARK = "▸"


def marked(text):
    """Give a text without its marks, and the places they stood at."""
    pieces = text.split(MARK)
    before = ["".join(pieces[:number]) for number in range(1, len(pieces))]
    return "".join(pieces), [(piece.count("\n") + 1, len(piece) - piece.rfind("\n")) for piece in before]


def told(text, folder=".", settings=(), axes=(), kind=ConfigError):
    """Give the problems that loading must end in."""
    with pytest.raises(ConfigError) as error:
        plan(text, folder, settings, axes)
    assert type(error.value) is kind
    return [str(problem) for problem in error.value.problems]


def expected(problem, place, want):
    """Check that a problem stands at its place, with its key and all the words that it must have."""
    key, *words = want.split(" | ")
    line, column = place
    assert problem.startswith(f"c.yaml:{line}:{column}: {key}: ")
    assert not [word for word in words if word not in problem.split(f"{key}: ", 1)[1]]
    assert problem.isprintable()
    assert len(problem) < 300


MISTAKES = {  # a sentence: a config with its marks; for each mark the dotted key, and words of the sentence
    # types
    "a width that is a word": ("network: {depth: 3, width: ▸sixty-four}", "network.width | sixty-four | whole number"),
    "a depth that is true": ("network: {depth: ▸true, width: 3}", "network.depth | true"),
    "a depth that is a fraction": ("network: {depth: ▸2.5, width: 3}", "network.depth | 2.5 | whole"),
    "a width that is quoted": ("network: {depth: 3, width: ▸'4'}", "network.width | '4' | whole"),
    "a width that is a list": ("network: {depth: 3, width: ▸[4]}", "network.width | list | whole"),
    "a width that is a mapping": ("network: {depth: 3, width: ▸{a: 1}}", "network.width | mapping"),
    "a network that is text": ("network: ▸deep", "network | deep | mapping"),
    "a network that is a list": ("network: ▸[3, 3]", "network | list | mapping"),
    "a network that is nothing": ("▸network:\nseed: 1", "network | no value"),
    "no network": ("▸seed: 1", "network | missing | network: {depth: 3, width: 3}"),
    "no depth": ("▸network: {width: 3}", "network.depth | missing | widths"),
    "no width": ("▸network: {depth: 3}", "network.width | missing | widths"),
    "a learning rate that is nothing": (SMALL + "optimizer: {name: sgd, ▸lr: }", "optimizer.lr | no value"),
    "a learning rate with a comma": (SMALL + "optimizer: {name: sgd, lr: ▸'0,1'}", "optimizer.lr | 0,1 | number | point"),
    "a number with an underscore": (SMALL + "data: {samples: ▸1_000}", "data.samples | 1_000 | 1000"),
    "a flag that is a word": (SMALL + "optimizer: {name: sgd, nesterov: ▸on}", "optimizer.nesterov | on | true"),
    "a flag that is a number": (NET + "bias: ▸1}", "network.bias | 1"),
    "a title that is a number": (SMALL + "title: ▸3", "title | 3 | quote"),
    "a title that is a list": (SMALL + "title: ▸[a]", "title | list"),
    "a name that is true": (SMALL + "name: ▸true", "name | true"),
    "steps that are a fraction": (SMALL + "steps: ▸1.5", "steps | 1.5 | whole"),
    "a seed of too many digits": (SMALL + "seed: ▸" + "9" * 5000, "seed | 5,000 digits"),
    "a version of the future": ("yann: ▸2\n" + SMALL, "yann | 2 | 1"),
    "a version that is true": ("yann: ▸true\n" + SMALL, "yann | true | 1"),
    "an unknown precision": (SMALL + "dtype: ▸float16", "dtype | float16 | float32 | float64"),
    "an unknown layout": ("network: {weights: [[[1]]], layout: ▸out-in}", "network.layout | out-in | out_in"),
    "an unknown orientation": (SMALL + "data: {orientation: ▸cols}", "data.orientation | cols | columns"),
    "measure that is no list": (SMALL + "measure: ▸dW_rms", "measure | dW_rms | list"),
    "measure with a metric twice": (SMALL + "measure: [dW_rms, dW_norm, ▸dW_rms]", "measure[2] | dW_rms | twice"),
    "measure that is empty": (SMALL + "measure: ▸[]", "measure | empty"),
    # ranges
    "a depth below one": ("network: {depth: ▸-1, width: 3}", "network.depth | -1 | 1"),
    "a depth of none": ("network: {depth: ▸0, width: 3}", "network.depth | 0 | 1"),
    "a width of none": ("network: {depth: 2, width: ▸0}", "network.width | 0 | 1"),
    "more layers than anybody has meant": ("network: {depth: ▸10001, width: 1}", "network.depth | 10001 | at most 10000"),
    "more widths than layers and one": (
        f"network: {{widths: ▸{[1] * 10_002}}}", "network.widths | at most 10001 entries, not 10002",
    ),
    "more layers with words for widths": (
        f"network: {{widths: ▸[{'x, ' * 10_002}]}}", "network.widths | at most 10001 entries, not 10002",
    ),
    "more activations than layers": (NET + f"activation: ▸[{'zzz, ' * 10_001}]}}", "network.activation | at most 10000 entries"),
    "more metrics than there can be": (SMALL + f"measure: ▸[{'zzz, ' * 1001}]", "measure | at most 1000 entries, not 1001"),
    "more figures than a person checks": (
        SMALL + f"expect: {{figures: ▸{{{', '.join(f'k{i}: 1' for i in range(5001))}}}}}", "expect.figures | at most 5000 entries"
    ),
    "steps without an end": (SMALL + "every: 1000000000000\nsteps: ▸1000000000000", "steps | 1000000000000 | at most 1000000000"),
    "a figure after steps without an end": (
        SMALL + "expect: {step: ▸1000000000000, figures: {loss: 1}}", "expect.step | at most 1000000000",
    ),
    "one width alone": ("network: {widths: ▸[3]}", "network.widths | 2"),
    "a learning rate of 0": (SMALL + "optimizer: {name: sgd, lr: ▸0}", "optimizer.lr | 0 | greater"),
    "a learning rate below 0": (SMALL + "optimizer: {name: adam, lr: ▸-0.1}", "optimizer.lr | -0.1 | greater"),
    "a learning rate that is nan": (SMALL + "optimizer: {name: sgd, lr: ▸.nan}", "optimizer.lr | nan | finite"),
    "a learning rate that is inf": (SMALL + "optimizer: {name: sgd, lr: ▸1e999}", "optimizer.lr | inf | finite"),
    "a momentum of 1": (SMALL + "optimizer: {name: sgd, momentum: ▸1}", "optimizer.momentum | 1 | less"),
    "a momentum below 0": (SMALL + "optimizer: {name: sgd, momentum: ▸-0.1}", "optimizer.momentum | -0.1 | 0"),
    "a batch of none": (SMALL + "batch: ▸0", "batch | 0 | 1"),
    "a batch above the samples": (SMALL + "data: {samples: 8}\n▸batch: 9", "batch | 9 | 8"),
    "a batch above the samples that are the default": (SMALL + "▸batch: 65", "batch | 65 | 64"),
    "a batch above the rows of a matrix": (SMALL + "data: {inputs: [[1, 2, 3]]}\n▸batch: 2", "batch | 2 | 1"),
    "a batch of an axis that is above the samples": (
        SMALL + "data: {samples: 16}\nbatch: 8\nsweep: {grid: {batch: [4, ▸32]}}", "batch | 32 | 16",
    ),
    "a batch beyond all numbers": (SMALL + "▸batch: 1" + "0" * 4000, "batch | a number of 4001 digits | 64"),
    "a seed below 0": (SMALL + "seed: ▸-1", "seed | -1 | 0"),
    "no replicates": (SMALL + "replicates: ▸0", "replicates | 0 | 1"),
    "steps below 0": (SMALL + "steps: ▸-1", "steps | -1 | 0"),
    "no samples": (SMALL + "data: {samples: ▸0}", "data.samples | 0 | 1"),
    "a spread below 0": (NET + "init: {name: normal, std: ▸-1}}", "network.init.std | -1 | 0"),
    "a gain of 0": (NET + "init: {name: xavier_normal, gain: ▸0}}", "network.init.gain | 0 | greater"),
    # unknown words
    "a key of the network misspelt": ("network: {depth: 3, ▸widht: 3, width: 3}", "network.widht | unknown | width"),
    "a key of the top level misspelt": (SMALL + "▸sead: 1", "sead | unknown | seed"),
    "a key in another case": (SMALL + "▸Seed: 1", "Seed | unknown | seed"),
    "a key that belongs elsewhere": (SMALL + "▸width: 4", "width | network.width"),
    "a key of data misspelt": (SMALL + "data: {▸sampels: 8}", "data.sampels | unknown | samples"),
    "a key of the sweep misspelt": (SMALL + "sweep: {▸gird: {seed: [1, 2]}}", "sweep.gird | unknown | grid"),
    "a key with a letter that looks like another": ("▸n\u0435twork: {depth: 3, width: 3}", "n\u0435twork | U+0435 | network"),
    "a key that is a number": (SMALL + "▸1: 2", "1 | unknown"),
    "an activation misspelt": (NET + "activation: ▸rleu}", "network.activation | activation | rleu | relu"),
    "an activation in another case": (NET + "activation: ▸ReLU}", "network.activation | ReLU | relu"),
    "an activation that reads as markup": (NET + "activation: ▸'[/]'}", "network.activation | '[/]'"),
    "an activation in a list": (
        "network: {depth: 3, width: 3, activation: [tanh, ▸thanh]}", "network.activation[1] | thanh | tanh",
    ),
    "an output activation misspelt": (NET + "output_activation: ▸sigmod}", "network.output_activation | sigmod | sigmoid"),
    "an init misspelt": (NET + "init: ▸xavier}", "network.init | xavier"),
    "an init of the bias misspelt": (NET + "bias: ▸zeroes}", "network.bias | zeroes | zeros"),
    "a loss misspelt": (SMALL + "loss: ▸msee", "loss | msee | mse"),
    "a reduction misspelt": (SMALL + "loss: {name: mse, reduction: ▸avg}", "loss.reduction | avg | mean"),
    "an optimizer misspelt": (SMALL + "optimizer: ▸Adam_", "optimizer | Adam_ | adam"),
    "a metric misspelt": (SMALL + "measure: [dW_rms, ▸dW_nrom]", "measure[1] | dW_nrom | dW_norm"),
    "a dataset misspelt": (SMALL + "data: ▸digit", "data | digit | digits"),
    "a generator misspelt": (SMALL + "data: {inputs: ▸gaussian}", "data.inputs | gaussian | normal"),
    # parts
    "a part without its name": (NET + "activation: ▸{slope: 0.1}}", "network.activation | name"),
    "kind where name should stand": (SMALL + "optimizer: ▸{kind: sgd}", "optimizer | name | kind"),
    "a setting of another initializer": (
        NET + "init: {name: xavier_normal, ▸std: 0.1}}", "network.init.std | std | xavier_normal | normal",
    ),
    "a setting of another optimizer": (
        SMALL + "optimizer: {name: adam, ▸momentum: 0.9}", "optimizer.momentum | momentum | adam | sgd",
    ),
    "a setting misspelt": (SMALL + "optimizer: {name: sgd, ▸momentm: 0.9}", "optimizer.momentm | momentum"),
    "a setting of a part that has none": (
        NET + "activation: {name: tanh, ▸slope: 1}}", "network.activation.slope | tanh | leaky_relu",
    ),
    "a setting in another case": (SMALL + "optimizer: {name: sgd, ▸LR: 0.1}", "optimizer.LR | lr"),
    "a part that is a number": (NET + "activation: ▸3}", "network.activation | 3 | name"),
    "a loss that is a list": (SMALL + "loss: ▸[mse]", "loss | list | name"),
    "a matrix as the init of a bias": (NET + "bias: ▸orthogonal}", "network.bias | orthogonal"),
    "a rule for targets as inputs": (SMALL + "data: {inputs: ▸{name: error, value: 1}}", "data.inputs | error | targets"),
    "a path that is a number": (SMALL + "data: {name: npz, path: ▸3}", "data.path | 3"),
    "a dataset without its path": (SMALL + "data: ▸{name: npz}", "data.path | missing"),
    # what contradicts
    "widths beside depth": ("network: {depth: 3, widths: ▸[3, 3, 2]}", "network.widths | depth"),
    "widths beside width": ("network: {width: 3, widths: ▸[3, 3, 2]}", "network.widths | width"),
    "widths beside inputs": ("network: {widths: ▸[3, 3, 2], inputs: 3}", "network.widths | inputs"),
    "widths beside outputs": ("network: {widths: ▸[3, 3, 2], outputs: 2}", "network.widths | outputs"),
    "weights beside init": ("network: {weights: [[[1]]], init: ▸ones}", "network.init | weights"),
    "biases beside a bias that is false": ("network: {widths: [1, 1], bias: false, biases: ▸[[1]]}", "network.biases | bias"),
    "biases beside a bias that is drawn": ("network: {widths: [1, 1], bias: ▸ones, biases: [[1]]}", "network.bias | biases"),
    "sigma_b beside a bias that is false": (
        NET + "init: {name: mean_field, sigma_b: 1}, bias: ▸false}", "network.bias | sigma_b",
    ),
    "samples that contradict a matrix": (SMALL + "data: {inputs: [[1, 2, 3]], samples: ▸2}", "data.samples | 2 | 1"),
    "targets of another number of samples": (
        SMALL + "data: {inputs: [[1, 2, 3]], targets: ▸[[1, 2, 3], [4, 5, 6]]}", "data.targets | 1 | 2",
    ),
    "a matrix of other features": (
        "network: {inputs: ▸5, depth: 2, width: 3}\ndata: {inputs: [[1, 2]]}", "network.inputs | 5 | 2",
    ),
    "a matrix of other outputs": (
        "network: {outputs: ▸3, depth: 2, width: 3}\ndata: {inputs: [[1]], targets: [[1, 2]]}", "network.outputs | 3 | 2",
    ),
    "widths that the matrix contradicts": ("network: {widths: ▸[5, 1]}\ndata: {inputs: [[1, 2]]}", "network.widths | 5 | 2"),
    "too many activations": ("network: {depth: 3, width: 3, activation: ▸[relu, relu, relu]}", "network.activation | 3 | 2"),
    "too few inits": ("network: {depth: 3, width: 3, init: ▸[ones, ones]}", "network.init | 2 | 3"),
    "too few biases": ("network: {depth: 2, width: 1, biases: ▸[[1]]}", "network.biases | 1 | 2"),
    "biases that are too short": (NET + "biases: [▸[1], null]}", "network.biases[0] | 1 | 3"),
    "weights that do not chain": (
        "network: {weights: [[[1, 2]], ▸[[1]]]}", "network.weights[1] | 1 | 2",
    ),
    "weights of another depth": ("network: {weights: [[[1]]], depth: ▸2}", "network.depth | 2 | 1"),
    "a layer that is not there": (NET + "scale: {layer: ▸7, unit: 1}}", "network.scale.layer | 7 | 2"),
    "a unit that is not there": (NET + "scale: {layer: 1, unit: ▸4}}", "network.scale.unit | 4 | 3"),
    "a scale for too few layers": (NET + "scale: ▸[[1, 1, 1]]}", "network.scale | 1 | 2"),
    "a scale for too few units": (NET + "scale: [▸[1, 1], null]}", "network.scale[0] | 2 | 3"),
    "a scale of a layer that is a word": (NET + "scale: {layer: ▸first, unit: 1}}", "network.scale.layer | first | middle"),
    "a scale without its unit": (NET + "scale: ▸{layer: 1}}", "network.scale.unit | missing"),
    "an unknown key of a scale": (NET + "scale: {layer: 1, unit: 1, ▸facter: 0}}", "network.scale.facter | factor"),
    # data
    "a matrix whose rows differ": (SMALL + "data:\n  inputs:\n    - [1, 2, 3]\n    - ▸[1, 2]", "data.inputs[1] | 3 | 2"),
    "a matrix with an empty row": (SMALL + "data: {inputs: [▸[]]}", "data.inputs[0] | empty"),
    "a matrix with a word": (SMALL + "data: {inputs: [[1, ▸x, 3]]}", "data.inputs[0][1] | x | number"),
    "a matrix with a nan": (SMALL + "data: {inputs: [[1, ▸.nan, 3]]}", "data.inputs[0][1] | nan | finite"),
    "a matrix with an infinity": (SMALL + "data: {targets: [[1, 2, ▸-.inf]]}", "data.targets[0][2] | inf | finite"),
    "inputs that are one list": (SMALL + "data: {inputs: ▸[1, 2, 3]}", "data.inputs | rows"),
    "targets below 0 for bce": (
        "network: {widths: [1, 1]}\nloss: bce\ndata: {inputs: [[1]], targets: ▸[[-1]]}", "data.targets | bce | -1 | [0, 1]",
    ),
    "targets above 1 for bce": (
        "network: {widths: [1, 1]}\nloss: bce_with_logits\ndata: {inputs: [[1]], targets: ▸[[2]]}", "data.targets | 2 | [0, 1]",
    ),
    "normal targets for bce": (SMALL + "data: {targets: ▸normal}\nloss: bce", "data.targets | bce | normal"),
    "a class above the outputs": (
        "network: {depth: 1, outputs: 2}\nloss: cross_entropy\ndata: {inputs: [[1]], targets: ▸[2]}", "data.targets | 2",
    ),
    "a class that is a fraction": (
        "network: {widths: [1, 2]}\nloss: cross_entropy\ndata: {inputs: [[1]], targets: ▸[0.5]}", "data.targets | 0.5",
    ),
    "rows that are not one-hot": (
        "network: {widths: [1, 2]}\nloss: cross_entropy\ndata: {inputs: [[1]], targets: ▸[[2, 2]]}", "data.targets | one-hot",
    ),
    # axes
    "an axis that is a scalar": (SMALL + "sweep: {grid: {network.depth: ▸4}}", "sweep.grid.network.depth | 4 | list"),
    "an axis that is a word": (SMALL + "sweep: {grid: {network.init: ▸ones}}", "sweep.grid.network.init | ones | list"),
    "an axis that is empty": (SMALL + "sweep: {grid: {network.depth: ▸[]}}", "sweep.grid.network.depth | empty"),
    "an axis with a value twice": (SMALL + "sweep: {grid: {network.depth: [2, 3, ▸2]}}", "network.depth | 2 | twice"),
    "an axis with a value twice in two spellings": (
        SMALL + "sweep: {grid: {optimizer.lr: [0.1, ▸1e-1]}}", "optimizer.lr | twice",
    ),
    "an axis with a part twice in two spellings": (
        SMALL + "sweep: {grid: {network.init: [ones, ▸{name: ones}]}}", "network.init | twice",
    ),
    "a range that repeats a number": (
        SMALL + "sweep: {grid: {optimizer.lr: ▸{linspace: [1, 1], num: 2}}}", "optimizer.lr | same",
    ),
    "a range whose values are too near to each other": (
        SMALL + "sweep: {grid: {optimizer.lr: ▸{linspace: [1, 1.0000000000000002], num: 5}}}", "optimizer.lr | near | same",
    ),
    "a range that stands still": (
        SMALL + "sweep: {grid: {optimizer.lr: ▸{range: [1, 1.0000000000000009], step: 1e-16}}}", "optimizer.lr | same",
    ),
    "more axes than can be": (
        SMALL + "sweep: {grid: ▸{" + ", ".join(f"network.a{i}: [1]" for i in range(101)) + "}}", "sweep.grid | 100 | 101",
    ),
    "more blocks than can be": (SMALL + "sweep: ▸[" + "{grid: {seed: [1]}}, " * 1001 + "]", "sweep | 1000 | 1001"),
    "a key on two axes": (
        SMALL + "sweep:\n  grid: {seed: [1, 2]}\n  zip: {a: {▸seed: [3, 4]}}", "seed | two axes | :3:10",
    ),
    "a key in two zip groups": (
        SMALL + "sweep: {zip: {a: {seed: [1, 2]}, b: {▸seed: [3, 4]}}}", "seed | two axes",
    ),
    "an axis of a key that is unknown": (SMALL + "sweep: {grid: {▸network.dpeth: [1, 2]}}", "network.dpeth | depth"),
    "an axis of a section that is unknown": (SMALL + "sweep: {grid: {▸netwrok.depth: [1, 2]}}", "netwrok.depth | network"),
    "an axis of a setting that is unknown": (SMALL + "sweep: {grid: {▸optimizer.lrr: [1, 2]}}", "optimizer.lrr | lr"),
    "an axis of a whole experiment's key": (SMALL + "sweep: {grid: {▸name: [a, b]}}", "name | swept"),
    "an axis with a value that is wrong": (
        SMALL + "sweep: {grid: {network.activation: [tanh, ▸rleu]}}", "network.activation | rleu | relu",
    ),
    "an axis with a value of the wrong type": (
        SMALL + "sweep: {grid: {network.depth: [2, ▸two]}}", "network.depth | two | whole",
    ),
    "an axis with a value out of range": (SMALL + "sweep: {grid: {optimizer.lr: [0.1, ▸0]}}", "optimizer.lr | 0 | greater"),
    "a range that never moves": (
        SMALL + "sweep: {grid: {network.depth: ▸{range: [2, 5], step: 0}}}", "network.depth | step | 0",
    ),
    "a range that goes the wrong way": (
        SMALL + "sweep: {grid: {network.depth: ▸{range: [5, 2], step: 1}}}", "network.depth | empty",
    ),
    "a range of one number": (SMALL + "sweep: {grid: {network.depth: {range: ▸[2]}}}", "sweep.grid.network.depth.range | 2"),
    "a range of words": (
        SMALL + "sweep: {grid: {network.depth: {range: [▸a, 3]}}}", "sweep.grid.network.depth.range[0] | a | number",
    ),
    "a logspace through zero": (
        SMALL + "sweep: {grid: {optimizer.lr: {logspace: [▸0, 1], num: 3}}}", "sweep.grid.optimizer.lr.logspace[0] | 0 | greater",
    ),
    "a linspace without num": (
        SMALL + "sweep: {grid: {optimizer.lr: ▸{linspace: [1, 2]}}}", "sweep.grid.optimizer.lr.num | missing",
    ),
    "a linspace of none": (
        SMALL + "sweep: {grid: {optimizer.lr: {linspace: [1, 2], num: ▸0}}}", "sweep.grid.optimizer.lr.num | 0",
    ),
    "a step misspelt": (
        SMALL + "sweep: {grid: {network.depth: {range: [2, 4], ▸stpe: 1}}}", "sweep.grid.network.depth.stpe | unknown | step",
    ),
    "zip lists of unequal length": (
        SMALL + "sweep:\n  zip:\n    scheme:\n      seed: [1, 2, 3]\n      ▸replicates: [1, 2]",
        "sweep.zip.scheme | length | line 5 | line 6 | 3 | 2",
    ),
    "a zip group with an entry twice": (
        SMALL + "sweep: {zip: {a: {seed: [1, ▸1], replicates: [2, 2]}}}", "sweep.zip.a | twice",
    ),
    "a zip without its group": (
        SMALL + "sweep: {zip: {network.activation: ▸[tanh, relu]}}", "sweep.zip.network.activation | list",
    ),
    "a zip group that is empty": (SMALL + "sweep: {zip: {a: ▸{}}}", "sweep.zip.a | empty"),
    "a grid that is a list": (SMALL + "sweep: {grid: ▸[1]}", "sweep.grid | list | mapping"),
    "a sweep that is text": (SMALL + "sweep: ▸all", "sweep | all | mapping"),
    "no blocks": (SMALL + "sweep: ▸[]", "sweep | empty"),
    "an exclude that matches nothing": (
        SMALL + "sweep: {grid: {network.depth: [2, 3]}, exclude: [▸{network.depth: 4}]}", "sweep.exclude | matches no",
    ),
    "an exclude of which half matches": (
        SMALL + "sweep: {grid: {network.depth: [2, 3], seed: [1, 2]}, exclude: [▸{network.depth: 2, seed: 3}]}",
        "sweep.exclude | matches no",
    ),
    "an exclude of what is not swept": (
        SMALL + "sweep: {grid: {network.depth: [2, 3]}, exclude: [{▸network.width: 3}]}", "sweep.exclude.network.width | axis",
    ),
    "an exclude that leaves nothing": (
        SMALL + "▸sweep: {grid: {network.depth: [2]}, exclude: [{network.depth: 2}]}", "sweep | every",
    ),
    "an exclude that is empty": (SMALL + "sweep: {grid: {seed: [1, 2]}, exclude: [▸{}]}", "sweep.exclude[0] | empty"),
    "an exclude that is no list": (SMALL + "sweep: {grid: {seed: [1, 2]}, exclude: ▸{seed: 1}}", "sweep.exclude | list"),
    "a grid beside a file": (SMALL + "sweep: {▸grid: {seed: [1, 2]}, file: cells.csv}", "sweep.grid | file"),
    "a zip beside a file": (SMALL + "sweep: {▸zip: {a: {seed: [1, 2]}}, file: cells.csv}", "sweep.zip | file"),
    "a file that is not there": (SMALL + "sweep: {file: ▸nowhere.csv}", "sweep.file | nowhere.csv | no such file"),
    "a file that never ends": (SMALL + "sweep: {file: ▸/dev/zero}", "sweep.file | /dev/zero | device"),
    "a file within a file": (SMALL + "sweep: {file: ▸cells.csv/x}", "sweep.file | cells.csv/x | no such file"),
    "a file that has no name": (SMALL + 'sweep: {file: ▸"a\\0b"}', r"sweep.file | a\x00b | name"),
    "a file that is a folder": (SMALL + "sweep: {file: ▸.}", "sweep.file | folder"),
    "two axes that would set one thing": (
        SMALL + "sweep: {grid: {optimizer: [sgd, adam], ▸optimizer.nesterov: [true, false]}}", "optimizer.nesterov | adam",
    ),
    # YAML itself; the reader's own tests have the rest
    "a key that stands twice": ("network:\n  depth: 3\n  width: 3\n  ▸width: 4", "network.width | twice | line 3"),
    "a tag": (SMALL + "seed: ▸!!int 3", "seed | tag | !!int"),
    "a merge key": ("network: {depth: 3, width: 3, ▸<<: {bias: true}}", "network.<< | merge keys"),
    "an alias that holds itself": ("network: &n {depth: 3, width: 3, init: ▸*n}", "network.init | *n"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", MISTAKES)
def test_a_mistake_is_told_once_where_it_stands_and_with_its_key(sentence, folder):
    text, want = MISTAKES[sentence]
    text, (place,) = marked(text)
    (problem,) = told(text, folder)
    expected(problem, place, want)


def test_the_table_of_mistakes_is_as_long_as_it_looks():
    assert len(MISTAKES) > 80
    assert all(text.count(MARK) == 1 for text, _ in MISTAKES.values())


def test_a_key_that_nobody_reads_is_cut_short():
    (problem,) = told(SMALL + "? " + "x" * 100_000 + "\n: 1")
    assert problem.startswith("c.yaml:2:3: xxx")
    assert len(problem) < 1000


BAD_NAMES = [
    "../up", "..", "a..b", ".hidden", "-x", "/etc/passwd", "a/b", "a\\b", "a b", "\\e[2J", "x\\u202Egpj", "x\\u2028seed: 1",
    "", "a" * 101, "é", "\\u0000", "a\\n", "CON:", "$x", "~",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_a_name_that_could_lead_elsewhere_is_refused_and_shown_harmlessly(name):
    written = name if "\\" in name and name != "a\\b" else name.replace("\\", "\\\\")
    (problem,) = told(f'{SMALL}name: "{written}"')
    expected(problem, (2, 7), "name")
    (problem,) = told(f'{SMALL}sweep: {{zip: {{"{written}": {{seed: [1, 2]}}}}}}')
    assert problem.startswith("c.yaml:2:")
    assert "sweep.zip" in problem
    assert problem.isprintable()


SEVERAL = {
    "three at once": (
        "network:\n  depth: 3\n  ▸widht: 3\n  activation: ▸rleu\n  width: 3\ndata: {samples: ▸sixteen}",
        ["network.widht | width", "network.activation | rleu", "data.samples | sixteen"],
    ),
    "in the file's order, whatever the grammar's": (
        "steps: ▸-1\noptimizer: {name: sgd, lr: ▸0, momentum: ▸2}\nseed: ▸x\nnetwork: {depth: ▸0, width: 3}\n▸zzz: 1",
        ["steps | -1", "optimizer.lr | 0", "optimizer.momentum | 2", "seed | x", "network.depth | 0", "zzz | unknown"],
    ),
    "in one matrix": (
        SMALL + "data:\n  inputs:\n    - [1, ▸a, 3]\n    - [▸.nan, 2, ▸true]",
        ["data.inputs[0][1] | a", "data.inputs[1][0] | nan", "data.inputs[1][2] | true"],
    ),
    "on several axes": (
        SMALL + "sweep:\n  grid:\n    ▸network.dpeth: [1, 2]\n    network.activation: [tanh, ▸rleu]\n    optimizer.lr: [▸-1, 1]",
        ["network.dpeth | depth", "network.activation | rleu", "optimizer.lr | -1"],
    ),
    "of form, in several sweeps": (
        SMALL + "sweep:\n  - grid: {seed: [1, ▸1]}\n  - zip: {a: {seed: [1, 2], ▸steps: [1]}}\n"
        "  - {▸grid: {seed: [2]}, file: cells.csv}",
        ["seed | twice", "sweep.zip.a | length", "sweep.grid | file"],
    ),
    "in the base and on an axis": (
        "network: {depth: 3, width: ▸x}\nsweep: {grid: {optimizer.lr: [▸0, 1]}}", ["network.width | x", "optimizer.lr | 0"],
    ),
    "in sections that contradict and sections that are wrong": (
        "network: {widths: ▸[3, 3], depth: 1}\nloss: ▸mes\nseed: ▸-1", ["network.widths | depth", "loss | mse", "seed | -1"],
    ),
    "in keys that contradict each other twice": (
        "network: {widths: ▸[3, 3], depth: 1}\ndata: {samples: 4}\n▸batch: 8", ["network.widths | depth", "batch | 8 | 4"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", SEVERAL)
def test_several_mistakes_are_told_at_once_and_from_top_to_bottom(sentence, folder):
    text, wants = SEVERAL[sentence]
    text, places = marked(text)
    problems = told(text, folder)
    assert len(problems) == len(wants)
    for problem, place, want in zip(problems, places, wants, strict=True):
        expected(problem, place, want)


def test_a_mistake_in_the_base_is_told_once_however_many_cells_share_it():
    text = "network: {depth: 3, width: 3, activation: rleu}\nsweep: {grid: {network.depth: {range: [1, 40]}, seed: [1, 2]}}"
    assert len(told(text)) == 1


SINGLES = {
    "seed: ▸-1": "seed | -1",
    "steps: ▸x": "steps | x",
    "loss: ▸mes": "loss | mse",
    "▸zzz: 1": "zzz | unknown",
    "optimizer: {name: sgd, lr: ▸0}": "optimizer.lr | 0",
    "data: {samples: ▸0}": "data.samples | 0",
    "measure: [▸a]": "measure[0] | a",
    "name: ▸..": "name",
    "sweep: {grid: {network.depth: ▸3}}": "sweep.grid.network.depth | 3",
    "sweep: {grid: {network.depth: [2, ▸2]}}": "network.depth | twice",
}
PAIRS = [pair for pair in itertools.permutations(SINGLES, 2) if not all(one.startswith("sweep") for one in pair)]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_of_two_mistakes_in_two_sections_both_are_told(one, other):
    text, places = marked(f"{SMALL}{one}\n{other}\n")
    problems = told(text)
    assert len(problems) == 2
    for problem, place, sentence in zip(problems, places, (one, other), strict=True):
        expected(problem, place, SINGLES[sentence])


OPTIONS = {  # options: the option that is named, the key, and words
    ("--set network.widht=3",): "--set network.widht=3 | network.widht | width",
    ("--set network.width=x",): "--set network.width=x | network.width | 'x'",
    ("--set optimizer.lr=0",): "--set optimizer.lr=0 | optimizer.lr | greater",
    ("--set optimizer.momentum=1",): "--set optimizer.momentum=1 | optimizer.momentum | less",
    ("--set network.activation=rleu",): "--set network.activation=rleu | network.activation | relu",
    ("--set zzz=1",): "--set zzz=1 | zzz | unknown",
    ("--set seed",): "--set seed | KEY=VALUE",
    ("--set =3",): "--set =3 | KEY=VALUE",
    ("--set network..width=3",): "--set network..width=3 | KEY=VALUE",
    ("--set seed=[1",): "--set seed=[1 | never closed",
    ("--set seed=!!int 3",): "--set seed=!!int 3 | tag",
    ("--set seed.x=3",): "--set seed.x=3 | seed | whole number",
    ("--set name=../x",): "--set name=../x | name | cannot be a name",
    ("--grid network.depth=",): "--grid network.depth= | network.depth | empty",
    ("--grid network.dpeth=1,2",): "--grid network.dpeth=1,2 | network.dpeth | depth",
    ("--grid network.depth=2,2",): "--grid network.depth=2,2 | network.depth | twice",
    ("--grid network.depth=2:8:0",): "--grid network.depth=2:8:0 | network.depth | step",
    ("--grid network.depth=8:2",): "--grid network.depth=8:2 | network.depth | empty",
    ("--grid optimizer.lr=0:1:log3",): "--grid optimizer.lr=0:1:log3 | 0 | greater",
    ("--grid optimizer.lr=a:b",): "--grid optimizer.lr=a:b | number",
    ("--grid network.init=ones,twos",): "--grid network.init=ones,twos | network.init | twos | ones",
    ("--grid name=a,b",): "--grid name=a,b | name | swept",
    ("--grid seed",): "--grid seed | KEY=VALUE",
    ("--grid seed=1,2", "--grid seed=3,4"): "--grid seed=3,4 | seed | two axes | --grid seed=1,2",
}  # fmt: skip


def split_options(options):
    """Give what stands after every --set, and after every --grid."""
    return [[o.split(" ", 1)[1] for o in options if o.startswith(kind)] for kind in ("--set", "--grid")]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_a_mistake_in_an_option_names_the_option(options):
    problems = told(SMALL, ".", *split_options(options))
    start, *words = OPTIONS[options].split(" | ")
    for problem in problems:
        assert problem.startswith(f"{start}: ")
        assert not [word for word in words if word not in problem.removeprefix(start)]
        assert "c.yaml" not in problem


def test_mistakes_in_options_and_in_the_file_are_told_together():
    problems = told("network: {depth: 3, width: x}", ".", ["loss=mes", "seed=-1"], ["network.depth=1,0"])
    assert len(problems) == 4
    for start in (
        "--set loss=mes: loss: ",
        "--set seed=-1: seed: ",
        "--grid network.depth=1,0: network.depth: ",
        "c.yaml:1:28: network.width: ",
    ):
        assert sum(problem.startswith(start) for problem in problems) == 1


def test_an_option_cannot_change_what_an_axis_of_the_file_sets():
    (problem,) = told(SMALL + "sweep: {grid: {network.depth: [2, 3]}}", ".", ["network.depth=4"])
    assert problem.startswith("--set network.depth=4: network.depth: ")
    assert "c.yaml:2:16" in problem


def test_an_axis_of_an_option_must_not_be_given_twice():
    (problem,) = told(SMALL, ".", (), ["network.depth=2", "network.depth=4,5"])
    assert problem.startswith("--grid network.depth=4,5: network.depth: ")
    assert "--grid network.depth=2" in problem


def test_an_axis_of_an_option_must_not_be_in_a_group_of_the_file():
    (problem,) = told(SMALL + "sweep: {zip: {pair: {network.depth: [2, 3], seed: [1, 2]}}}", ".", (), ["network.depth=4,5"])
    assert "network.depth: on two axes" in problem
    assert "--grid network.depth=4,5" in problem


CELL_FILES = {  # the file: where, and words
    "network.dpeth\n1\n": "bad.csv:1 | network.dpeth | depth",
    "network.depth,network.init\n2,ones\n3,twos\n": "bad.csv:3 | network.init | twos",
    "network.depth,network.depth\n2,2\n": "bad.csv:1 | network.depth | twice",
    "network.depth\n2,3\n": "bad.csv:2 | 2 cells | 1",
    "network.depth\n": "bad.csv | row",
    "": "bad.csv | header",
    "network.depth\n'2\n": "bad.csv:2 | network.depth",
    "name\na\n": "bad.csv:1 | name | swept",
    "network.depth\n\xff\n": "bad.csv | UTF-8",
    ",".join(f"a{i}" for i in range(20_000)) + "\n1\n": "bad.csv | 20,000 columns | 100",
    "network.depth\n" + "x" * 140_000 + "\n": "bad.csv | line 2 | field",
    "network.depth\n2\0\n": "bad.csv:2 | network.depth | U+0000",
    "network.depth\n-\n": "bad.csv:2 | network.depth | list",
}


@pytest.mark.parametrize("content", CELL_FILES, ids=lambda content: repr(content)[:40])
def test_a_mistake_in_a_cells_file_names_the_file(content, tmp_path):
    (tmp_path / "bad.csv").write_bytes(content.encode("latin-1"))
    (problem,) = told(SMALL + "sweep: {file: bad.csv}", tmp_path)
    where, *words = CELL_FILES[content].split(" | ")
    assert where in problem
    assert not [word for word in words if word not in problem]


def test_a_cells_file_is_read_as_yaml_reads_it(tmp_path):
    cells = ["2", "-1", "1e-3", ".5", "relu", "on", "null", "true", "0x10", "~", "a-b", "-.inf", "1_0", "+3", "", "'2'"]
    (tmp_path / "cells.csv").write_text("seed\n" + "".join(f'"{cell}"\n' for cell in cells), encoding="utf-8")
    axis = axis_from_file(Node("cells.csv", Mark("c.yaml", 1, 1)), tmp_path, [])
    assert [value.value for value in axis.columns[0]] == [read_value(cell, "--set").value for cell in cells]


def test_of_very_many_mistakes_in_a_cells_file_the_first_are_told(tmp_path):
    (tmp_path / "cells.csv").write_text("seed\n" + "".join(f"1,{i}\n" for i in range(100_000)), encoding="utf-8")
    assert len(told(SMALL + "sweep: {file: cells.csv}", tmp_path)) < 100


def data_files(folder):
    """Write data files that are wrong, each in its own way."""
    (folder / "wordy.csv").write_text("x,y\n1,2\n1,two\n", encoding="utf-8")
    (folder / "nan.csv").write_text("x,y\n1,2\nnan,3\n", encoding="utf-8")
    (folder / "short.csv").write_text("x,y\n1\n", encoding="utf-8")
    np.savez(folder / "objects.npz", inputs=np.array([[None]]), targets=np.array([1.0]))
    np.savez(folder / "other.npz", inputs=np.ones((2, 2)))
    np.savez(folder / "inf.npz", inputs=np.array([[np.inf]]), targets=np.array([1.0]))
    np.savez(folder / "uneven.npz", inputs=np.ones((3, 2)), targets=np.ones((2, 1)))
    (folder / "bad.idx").write_bytes(b"\x01\x02\x03\x04")
    (folder / "six.idx").write_bytes(idx(np.zeros((6, 2), dtype=np.uint8), 8))
    (folder / "five.idx").write_bytes(idx(np.zeros(5, dtype=np.uint8), 8))


DATA = {
    "{name: csv, path: nowhere.csv, targets: y}": "nowhere.csv | no such file",
    "{name: csv, path: wordy.csv, targets: z}": "wordy.csv | z",
    "{name: csv, path: wordy.csv, targets: y}": "wordy.csv | row 3 | column y | two",
    "{name: csv, path: nan.csv, targets: y}": "nan.csv | NaN | row 3 | column x",
    "{name: csv, path: short.csv, targets: y}": "short.csv | row 2",
    "{name: npz, path: objects.npz}": "objects.npz | objects",
    "{name: npz, path: other.npz}": "other.npz | targets",
    "{name: npz, path: inf.npz}": "inf.npz | inf",
    "{name: npz, path: uneven.npz}": "uneven.npz | 3 | 2",
    "{name: npz, path: wordy.csv}": "wordy.csv | npz",
    "{name: npz, path: .}": "folder",
    "{name: idx, inputs: bad.idx, targets: five.idx}": "bad.idx | IDX",
    "{name: idx, inputs: six.idx, targets: five.idx}": "six.idx | 6 | 5",
    "{name: digits, samples: 5000}": "5000 | 1797",
}


@pytest.mark.parametrize("data", DATA)
def test_a_data_file_that_is_missing_or_malformed_is_a_mistake_in_the_config(data, tmp_path):
    data_files(tmp_path)
    (problem,) = told(f"network: {{depth: 2, width: 3}}\ndata: {data}", tmp_path)
    assert problem.startswith("c.yaml:2:")
    assert ": data" in problem
    assert not [word for word in DATA[data].split(" | ") if word not in problem]


REFUSED = {
    "inputs beyond any machine": ("network: {depth: 3, width: 3, ▸inputs: 1000000000000}", "network.inputs | iB"),
    "outputs beyond any machine": ("network: {depth: 3, width: 3, ▸outputs: 1" + "0" * 4000 + "}", "network.outputs | bytes"),
    "one of many widths": ("network: {▸widths: [3, 1000000000000, 2]}", "network.widths | iB"),
    "a class that is too large": (
        "network: {depth: 1}\nloss: cross_entropy\ndata: {inputs: [[1], [2]], ▸targets: [0, 1000000000000]}", "data.targets | iB",
    ),
    "blocks of more cells than can be listed": (
        SMALL + "▸sweep: [" + ", ".join(f"{{grid: {{seed: {{range: [{i}, {i + 900_000}]}}}}}}" for i in range(9)) + "]",
        "sweep | 8,100,009 | cells",
    ),
    "a weight matrix of exbibytes": ("network: {depth: 3, ▸width: 1000000000}", "network.width | EiB"),
    "a size past 64 bits": ("network: {depth: 3, ▸width: 3037000500}", "network.width | iB"),
    "a width that is beyond any machine": ("network: {depth: 3, ▸width: 1" + "0" * 40 + "}", "network.width"),
    "more replicates than memory": (SMALL + "▸replicates: 1000000000000", "replicates | iB"),
    "more samples than memory": (SMALL + "data: {▸samples: 1000000000000}", "data.samples | iB"),
    "more steps than memory": (SMALL + "▸steps: 1000000000", "steps | iB"),
    "widths beyond any machine": ("network: {▸widths: [1000000000, 1000000000]}", "network.width"),
    "more cells than can be listed": (
        SMALL + "▸sweep:\n  grid:\n" + "".join(
            f"    {key}: {{range: [1, 100]}}\n"
            for key in ("network.depth", "network.width", "seed", "replicates", "steps", "data.samples")
        ),
        "sweep | 1,000,000,000,000 | cells",
    ),
    "one cell of many": (SMALL + "sweep: {grid: {▸network.width: [3, 1000000000]}}", "network.width | EiB"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_would_not_fit_is_refused_with_its_need_and_the_key_that_asks_for_it(sentence):
    text, want = REFUSED[sentence]
    text, (place,) = marked(text)
    (problem,) = told(text, kind=RefusedError)
    key, *words = want.split(" | ")
    assert problem.startswith(f"c.yaml:{place[0]}:")
    assert f" {key}: " in problem or re.search(rf": {key}\w*: ", problem)
    assert not [word for word in words if word not in problem]
    assert len(problem) < 400


def test_layers_that_are_too_many_for_the_memory_are_refused(monkeypatch):
    monkeypatch.setattr("yann.config.resolver.available_memory", lambda: 50_000_000)
    (problem,) = told("network: {depth: 10000, width: 1}", kind=RefusedError)
    assert problem.startswith("c.yaml:1:18: network.depth: needs about ")


LARGE = {  # nearly 1 MiB each
    "words for widths": f"network: {{widths: [{'x,' * 99_000}]}}",
    "more widths than values": f"network: {{widths: [{'1,' * 450_000}]}}",
    "words in a matrix": SMALL + f"data: {{inputs: [[{'x,' * 99_000}]]}}",
    "words among figures": SMALL + f"expect: {{figures: {{loss: [{'x,' * 450_000}]}}}}",
    "blocks": SMALL + f"sweep: [{'{grid: {seed: [1]}}, ' * 45_000}]",
    "unknown keys": SMALL + "".join(f"k{i}: 1\n" for i in range(90_000)),
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_a_large_config_is_refused_with_a_few_calls_for_each_of_its_bytes(text):
    watched = cProfile.Profile()
    watched.enable()
    told(text)
    watched.disable()
    assert pstats.Stats(watched).total_calls < 8 * len(text)


@pytest.mark.parametrize("text", [SMALL, "network: {depth: x}"])
def test_garbage_is_collected_again_once_a_config_has_been_read(text, monkeypatch):
    seen = []
    monkeypatch.setattr("yann.config.load.read", lambda *given: (seen.append(gc.isenabled()), read(*given))[1])
    with suppress(ConfigError):
        plan(text)
    assert (seen, gc.isenabled()) == ([False], True)


BOMBS = {
    "npz": lambda folder: np.savez_compressed(folder / "bomb.npz", inputs=np.zeros((3000, 1000)), targets=np.zeros((3000, 1))),
    "idx": lambda folder: (folder / "bomb.idx").write_bytes(gzip.compress(idx(np.zeros((9000, 1000), dtype=np.uint8), 8), 1)),
}
ASKS = {"npz": "{name: npz, path: bomb.npz}", "idx": "{name: idx, inputs: bomb.idx, targets: bomb.idx}"}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_data_file_that_would_not_fit_is_refused_before_it_is_unpacked(kind, tmp_path, monkeypatch):
    BOMBS[kind](tmp_path)
    monkeypatch.setattr("yann.config.resolver.available_memory", lambda: 20_000_000)
    monkeypatch.setattr("yann.parts.datasets.Dataset.load", lambda _: pytest.fail("the file was unpacked"))
    (problem,) = told(f"network: {{depth: 2, width: 3}}\ndata: {ASKS[kind]}", tmp_path, kind=RefusedError)
    assert problem.startswith("c.yaml:2:")
    assert "bomb" in problem
    assert "MiB" in problem


def test_an_axis_of_more_values_than_can_be_is_refused_and_never_listed():
    with pytest.raises(ConfigError, match=r"seed.*1,000,000,000"):
        plan(SMALL + "sweep: {grid: {seed: {range: [1, 1000000000]}}}")


@pytest.mark.parametrize("wrong", ["network: {depth: 3, width: 1000000000}", "network: {depth: 3, width: x}"])
def test_a_large_sweep_of_which_nothing_will_run_is_not_walked_to_its_end(wrong, monkeypatch):
    walked = []
    at = Resolver.at
    monkeypatch.setattr(Resolver, "at", lambda self, here: walked.append(1) or at(self, here))
    monkeypatch.setattr("yann.config.load.MOST_WALKED", 10)
    with pytest.raises(ConfigError):
        plan(f"{wrong}\nsweep: {{grid: {{seed: {{range: [1, 1000]}}}}}}")
    assert len(walked) == 11


def test_a_mistake_is_told_although_the_study_would_not_fit():
    with pytest.raises(ConfigError) as error:
        plan("network: {depth: 3, width: 1000000000}\nseed: -1")
    assert "seed" in str(error.value)


LAUGHS = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}' if i else '1'] * 9)}]" for i in range(9)) + "\ndata: *a8\n"


@pytest.mark.parametrize(
    "text",
    [LAUGHS, "x: " + "[" * 60 + "]" * 60, "a: &a 1\nb: [" + "*a, " * 101 + "]\n", "#" * (1 << 20) + "\n" + SMALL],
    ids=["laughs", "depth 60", "101 aliases", "above 1 MiB"],
)
def test_bombs_end_in_one_sentence(text):
    assert len(told(text)) == 1


@pytest.mark.parametrize("data", [b"", b"# nothing\n", b"\x89PNG\r\n\x1a\n\0", "é: 1".encode("latin-1"), "a: 1".encode("utf-16")])
def test_what_is_no_config_at_all_is_told_in_one_sentence(data):
    with pytest.raises(ConfigError, match=r"^c\.yaml"):
        load(Given(data, "c.yaml", ".", "c"))


def test_mistakes_of_options_are_told_cell_by_cell_in_the_order_of_the_grammar():
    found = told(SMALL, settings=["steps=-3"], axes=["seed=0,-1", "network.init=foo,bar"])
    keys = ["network.init", "steps", "network.init", "seed"]
    assert [problem.split(": ")[1] for problem in found] == keys
