"""Sweeps: which cells there are, in which order, in which columns, and what the options add."""

import math
from itertools import pairwise

import pytest

from tests.config.texts import SMALL, experiment, plan, swept, widths
from yann.errors import ConfigError
from yann.report.rows import columns as csv_columns

GRID = SMALL + "sweep:\n  grid:\n    network.depth: [2, 3]\n    network.width: [4, 5, 6]\n"


def columns(text, axes=(), folder="."):
    """Give the columns of the swept axes."""
    return [axis.column for axis in experiment(text, folder, (), axes).axes]


def test_the_last_axis_turns_fastest():
    assert swept(experiment(GRID), "depth", "width") == [(d, w) for d in (2, 3) for w in (4, 5, 6)]


def test_cells_keep_the_order_in_which_values_are_written():
    e = experiment(SMALL + "sweep: {grid: {network.depth: [5, 1, 3], network.init: [zeros, ones]}}")
    assert swept(e, "depth", "init") == [(d, i) for d in (5, 1, 3) for i in ("zeros", "ones")]


def test_a_new_value_of_an_axis_changes_no_other_cell():
    more = dict(zip(swept(e := experiment(GRID.replace("6]", "6, 7]")), "depth", "width"), e.cells, strict=True))
    fewer = dict(zip(swept(e := experiment(GRID), "depth", "width"), e.cells, strict=True))
    assert all(more[point] == cell for point, cell in fewer.items())
    assert len(more) == len(fewer) + 2


def test_a_cell_of_a_sweep_is_the_cell_of_a_config_without_one():
    e = experiment(SMALL + "sweep: {grid: {network.init: [ones, {name: normal, std: 0.5}], optimizer.lr: [0.1, 0.2]}}")
    alone = experiment("network: {depth: 3, width: 3, init: {name: normal, std: 0.5}}\noptimizer: {name: sgd, lr: 0.1}")
    assert e.cells[2] == alone.cells[0]


@pytest.mark.parametrize(
    ("ends", "step", "values"),
    [
        ("[2, 10]", "2", [2, 4, 6, 8, 10]),
        ("[2, 11]", "4", [2, 6, 10]),
        ("[0, 1]", "0.1", [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        ("[0, 0.99]", "0.1", [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
        ("[-1, 1]", "1", [-1, 0, 1]),
        ("[3, 1]", "-1", [3, 2, 1]),
        ("[1e-7, 3e-7]", "1e-7", [1e-7, 2e-7, 3e-7]),
        ("[5, 6]", "3", [5]),
    ],
)
def test_a_range_has_its_end_or_stops_short_of_it(ends, step, values):
    text = f"{SMALL}sweep: {{grid: {{network.init.mean: {{range: {ends}, step: {step}}}}}}}"
    e = experiment(text.replace("width: 3", "width: 3, init: normal"))
    assert swept(e, "mean") == values


@pytest.mark.parametrize("num", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("kind", ["linspace", "logspace"])
def test_spaces_have_both_ends_and_even_steps_or_ratios(kind, num):
    values = swept(experiment(f"{SMALL}sweep: {{grid: {{optimizer.lr: {{{kind}: [0.001, 3], num: {num}}}}}}}"), "lr")
    assert len(values) == num
    assert values[0] == 0.001
    if num > 1:
        assert values[-1] == 3
        place = [math.log(value) if kind == "logspace" else value for value in values]
        gaps = [b - a for a, b in pairwise(place)]
        assert gaps == pytest.approx([gaps[0]] * len(gaps), rel=1e-9)


COLUMNS = {  # a sweep: the columns of its axes
    "{grid: {network.depth: [1, 2], optimizer.lr: [1, 2]}}": ["depth", "lr"],
    "{grid: {network.activation: [tanh, relu]}}": ["network_activation"],
    "{grid: {network.output_activation: [tanh, relu]}}": ["output_activation"],
    "{grid: {loss.reduction: [mean, sum]}}": ["reduction"],
    "{grid: {network.inputs: [2, 3], data.inputs: [ones, zeros]}}": ["network_inputs", "data_inputs"],
    "{grid: {network.inputs: [2, 3]}}": ["inputs"],
    "{grid: {seed: [1, 2]}}": ["seed"],
    "{grid: {seed: [1, 2], replicates: [1, 2]}}": ["seed", "replicates"],
    "{zip: {scheme: {network.depth: [1, 2], network.width: [3, 4]}}}": ["scheme"],
    "{grid: {steps: [0, 1]}, zip: {a: {network.depth: [1, 2]}, b-2: {network.width: [3, 4]}}}": ["steps", "a", "b-2"],
    "[{grid: {network.depth: [1, 2]}}, {grid: {network.depth: [2, 3], network.width: [3, 4]}}]": ["depth", "width"],
}


@pytest.mark.parametrize("sweep", COLUMNS)
def test_a_column_is_the_last_word_of_its_key_or_the_name_of_its_group(sweep):
    assert columns(f"{SMALL}sweep: {sweep}") == COLUMNS[sweep]


def test_no_column_has_the_name_of_another():
    clashing = "{grid: {loss: [mse, mae], network.bias: [true, false], network.scale: [null, [[1, 1, 1], null, null]]}}"
    found = columns(f"{SMALL}sweep: {clashing}")
    assert len(set(found)) == 3
    assert found[1:] == ["bias", "scale"]


@pytest.mark.parametrize("group", ["cell", "layer", "loss", "state", "dW_norm", "depth", "seed"])
def test_a_zip_group_called_like_another_column_is_refused_or_renamed(group):
    text = f"{SMALL}sweep: {{grid: {{network.depth: [1, 2]}}, zip: {{{group}: {{network.width: [3, 4]}}}}}}"
    try:
        e = experiment(text)
    except ConfigError as error:
        assert group in str(error)  # noqa: PT017 (either is right)
        return
    fixed = {"cell", "replicate", "seed", "step", "layer", "fan_in", "fan_out", "activation", "state", "loss"}
    found = [axis.column for axis in e.axes]
    assert len(set(found)) == len(found)
    assert not fixed & set(found)
    assert "dW_norm" not in found


def test_a_swept_seed_fills_the_column_that_every_run_has():
    e = experiment(SMALL + "sweep: {grid: {seed: [7, 8], network.depth: [1, 2]}}")
    assert [cell.seed for cell in e.cells] == [7, 7, 8, 8]
    assert list(e.points) == [(7, 1), (7, 2), (8, 1), (8, 2)]
    header = csv_columns(e).layers
    assert header.count("seed") == 1
    assert header.index("seed") < header.index("step")


def test_every_point_has_a_label_for_every_axis_also_of_another_block():
    e = experiment(SMALL + "sweep: [{grid: {network.depth: [1, 2]}}, {grid: {network.width: [4, 5]}}]")
    assert swept(e, "depth", "width") == [(1, 3), (2, 3), (3, 4), (3, 5)]


@pytest.mark.parametrize(
    ("axis", "label"),
    {"network.init: [ones]": "xavier_normal", "network.bias: [true]": False, "data.samples: [5]": 64}.items(),
)
def test_a_point_of_another_block_is_labelled_with_the_default_that_it_runs_with(axis, label):
    e = experiment(f"{SMALL}sweep: [{{grid: {{steps: [0, 1]}}}}, {{grid: {{{axis}}}}}]")
    assert [point[1] for point in e.points[:2]] == [label, label]


def test_parts_are_labelled_by_what_differs_from_their_defaults():
    e = experiment(SMALL + "sweep: {grid: {network.init: [normal, {name: normal, std: 0.05}]}}")
    assert swept(e, "init") == ["normal", "normal(std=0.05)"]


def test_values_that_are_different_have_labels_that_are_different():
    matrices = ", ".join(f"[[{n}, 1, 1], [{n}, 2, 2], [1, 2, {n}]]" for n in range(30))
    e = experiment(f"{SMALL}sweep: {{grid: {{data.inputs: [{matrices}]}}}}")
    labels = swept(e, "inputs")
    assert len(set(labels)) == 30


def test_blocks_share_a_point_however_it_is_spelt():
    text = SMALL + "sweep: [{grid: {network.init: [ones], seed: [1]}}, {grid: {seed: [1, 2], network.init: [{name: ones}]}}]"
    assert [cell.seed for cell in experiment(text).cells] == [1, 2]


def test_a_point_that_is_the_base_runs_once():
    e = experiment(SMALL + "sweep: [{grid: {network.depth: [3, 4]}}, {grid: {network.width: [3, 4]}}]")
    assert widths(e) == [(3,) * 4, (3,) * 5, (4,) * 4]


GRIDS = {  # what follows --grid: the values
    "network.depth=2,4,8": [2, 4, 8],
    "network.depth=2": [2],
    "network.depth=2:10:2": [2, 4, 6, 8, 10],
    "network.depth=2:9:4": [2, 6],
    "network.depth=2:5": [2, 3, 4, 5],
    "optimizer.lr=1e-4:1e-1:log4": [1e-4, 1e-3, 1e-2, 1e-1],
    "optimizer.lr=1:2:lin3": [1, 1.5, 2],
    "optimizer.lr=0.1:0.3:0.1": [0.1, 0.2, 0.3],
    "network.init=ones,{name: normal, std: 0.05}": ["ones", "normal(std=0.05)"],
    "network.bias=true,false": [True, False],
}


@pytest.mark.parametrize("option", GRIDS)
def test_an_option_adds_an_axis(option):
    e = experiment(SMALL, ".", (), [option])
    assert swept(e, option.partition("=")[0].rpartition(".")[2]) == GRIDS[option]


def test_an_option_adds_its_axis_to_every_block_and_after_the_others():
    e = experiment(SMALL + "sweep: [{grid: {network.depth: [1, 2]}}, {grid: {network.width: [4]}}]", ".", (), ["seed=5,6"])
    assert [(len(w) - 1, w[0], c.seed) for w, c in zip(widths(e), e.cells, strict=True)] == [
        (1, 3, 5), (1, 3, 6), (2, 3, 5), (2, 3, 6), (3, 4, 5), (3, 4, 6),
    ]  # fmt: skip
    e = experiment(GRID, ".", (), ["seed=5,6", "steps=0,1"])
    assert [(c.seed, c.steps) for c in e.cells[:4]] == [(5, 0), (5, 1), (6, 0), (6, 1)]


SETS = {  # options: a config, and what it must equal
    "network.width=4": "network: {depth: 3, width: 4}",
    "seed=3": SMALL + "seed: 3",
    "loss=mae": SMALL + "loss: mae",
    "loss.reduction=sum": SMALL + "loss: {name: mse, reduction: sum}",
    "network.init.gain=2": "network: {depth: 3, width: 3, init: {name: xavier_normal, gain: 2}}",
    "optimizer.lr=1e-3": SMALL + "optimizer: {name: sgd, lr: 0.001}",
    "data.samples=5": SMALL + "data: {samples: 5}",
    "data.targets={name: error, value: 2}": SMALL + "data: {targets: {name: error, value: 2}}",
    "network.activation=[relu, tanh]": "network: {depth: 3, width: 3, activation: [relu, tanh]}",
    "batch=null": SMALL,
}


@pytest.mark.parametrize("option", SETS)
def test_an_option_sets_a_key_as_the_file_would(option):
    assert experiment(SMALL, ".", [option]).cells == experiment(SETS[option]).cells


def test_a_text_of_an_option_may_hold_an_equals_sign():
    assert experiment(SMALL, ".", ["title=a=b"]).title == "a=b"


NAMED = {  # a config with a part by its name alone, a setting of that part, and what it must equal
    "optimizer: adam": ("optimizer.lr=0.5", "optimizer: {name: adam, lr: 0.5}"),
    "loss: huber": ("loss.delta=2", "loss: {name: huber, delta: 2}"),
    "data: digits\nloss: cross_entropy": ("data.samples=9", "data: {name: digits, samples: 9}\nloss: cross_entropy"),
    "data: {inputs: normal}": ("data.inputs.std=2", "data: {inputs: {name: normal, std: 2}}"),
}


@pytest.mark.parametrize("text", NAMED)
def test_an_option_sets_a_setting_of_a_part_that_stands_by_its_name_alone(text):
    net = "network: {depth: 2, width: 3}\n"
    option, same = NAMED[text]
    assert experiment(net + text, ".", [option]).cells == experiment(net + same).cells
    assert experiment(net + text, ".", (), [option]).cells == experiment(net + same).cells


def test_of_two_options_the_last_wins_and_null_drops_the_sweep():
    assert experiment(SMALL, ".", ["seed=1", "seed=2"]).cells[0].seed == 2
    assert len(experiment(GRID, ".", ["sweep=null"]).cells) == 1
    assert len(experiment(GRID, ".", ["sweep=null"], ["network.depth=7,8"]).cells) == 2


def test_a_sweep_may_choose_among_parts_and_set_what_they_share():
    e = experiment(SMALL + "sweep: {grid: {optimizer: [sgd, adam], optimizer.lr: [0.1, 0.2]}}")
    assert [str(cell.optimizer) for cell in e.cells] == ["sgd(lr=0.1)", "sgd(lr=0.2)", "adam(lr=0.1)", "adam(lr=0.2)"]


def test_a_large_sweep_is_loaded_in_a_breath():
    text = SMALL + "sweep: {grid: {network.depth: {range: [1, 20]}, seed: {range: [0, 99]}, optimizer.lr: [0.1, 0.2]}}"
    assert len(plan(text).experiment.cells) == 4000


def test_a_swept_loss_has_no_column_that_cells_csv_has_already():
    header = csv_columns(experiment(SMALL + "sweep: {grid: {loss: [mse, mae]}}"))
    assert len(set(header.cells)) == len(header.cells)
    assert len(set(header.layers)) == len(header.layers)


def test_a_group_that_two_blocks_fill_differently_tells_all_its_keys():
    blocks = "[{zip: {pair: {network.depth: [1, 2]}}}, {zip: {pair: {network.init: [ones, zeros]}}}]"
    e = experiment(SMALL + f"sweep: {blocks}")
    assert len(set(e.points)) == 4


@pytest.mark.parametrize("values", ["{range: [0.1, 0.5]}", "{range: [0, 1.0e+308], step: 1.0e-300}"])
def test_a_range_that_cannot_be_meant_is_refused(values):
    with pytest.raises(ConfigError, match=r"optimizer\.lr"):
        experiment(SMALL + f"sweep: {{grid: {{optimizer.lr: {values}}}}}")


def test_whole_ends_give_whole_numbers_where_they_are():
    assert swept(experiment(SMALL + "sweep: {grid: {network.width: {logspace: [8, 128], num: 5}}}"), "width") == [
        8,
        16,
        32,
        64,
        128,
    ]


def test_a_linspace_may_be_wider_than_any_float():
    text = SMALL + "sweep: {grid: {network.scale: {linspace: [-1.7e308, 1.7e308], num: 3}}}"
    assert swept(experiment(text), "scale") == [-1.7e308, 0.0, 1.7e308]


def test_many_excludes_are_matched_quickly():
    left_out = ", ".join(f"{{seed: {seed}}}" for seed in range(2, 20_001))
    text = SMALL + f"sweep: {{grid: {{seed: {{range: [1, 20000]}}}}, exclude: [{left_out}]}}"
    assert swept(experiment(text), "seed") == [1]


def test_more_seeds_than_are_kept_are_all_there_and_a_wrong_one_is_told_once(monkeypatch):
    monkeypatch.setattr("yann.config.sections.MOST_SEEDS", 2)
    monkeypatch.setattr("yann.config.resolver.MOST_FIRST", 3)
    grid = "network.width: [1, 2], optimizer.lr: [1, 2], seed: [5, 3, 8, 4]"
    e = plan(f"network: {{depth: 2, width: 2}}\nsweep: {{grid: {{{grid}}}}}").experiment
    assert [(cell.network.widths[1], cell.optimizer.lr, cell.seed) for cell in e.cells] == [
        (width, lr, seed) for width in (1, 2) for lr in (1, 2) for seed in (5, 3, 8, 4)
    ]
    assert [point[2] for point in e.points] == [cell.seed for cell in e.cells]
    assert len({id(cell.network) for cell in e.cells}) == 2
    with pytest.raises(ConfigError) as found:
        plan(f"network: {{depth: 2, width: 2}}\nsweep: {{grid: {{{grid.replace('8', '-8')}}}}}")
    assert len(found.value.problems) == 1
