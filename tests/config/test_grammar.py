"""What a config may say, and what is meant where it says nothing."""

import pytest

from tests.config.texts import FORMS, SMALL, experiment, layers, widths
from yann.engine.objective import Objective
from yann.parts.activations import Identity, Tanh
from yann.parts.generators import NormalData
from yann.parts.initializers import XavierNormal
from yann.parts.losses import SquaredError
from yann.parts.optimizers import SGD
from yann.parts.reductions import Mean
from yann.study.metrics import METRICS


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_grammar_is_read_as_it_is_meant(form, folder):
    text, holds = FORMS[form]
    assert holds(experiment(text, folder))


def test_what_is_left_out_has_the_default_that_is_promised():
    e = experiment(SMALL, stem="smallest")
    (cell,) = e.cells
    assert (e.name, e.title, e.axes, list(e.points), e.layout) == ("smallest", "", (), [()], "in_out")
    assert [layer.activation for layer in layers(e)] == [Tanh(), Tanh(), Identity()]
    assert all((layer.init, layer.bias, layer.scale) == (XavierNormal(), None, None) for layer in layers(e))
    assert (cell.data.inputs, cell.data.targets, cell.data.samples) == (NormalData(), NormalData(), 64)
    assert cell.objective == Objective(SquaredError(), Mean())
    assert cell.optimizer == SGD(lr=0.01, momentum=0.0, nesterov=False)
    assert (cell.steps, cell.batch, cell.seed, cell.replicates, cell.dtype) == (0, None, 0, 1, "float64")


def test_every_metric_is_measured_but_what_needs_steps():
    told = [metric.name for metric in experiment(SMALL).measure]
    assert told == [name for name in METRICS if name != "update_ratio"]
    assert [metric.name for metric in experiment(SMALL + "steps: 1").measure] == list(METRICS)


def test_widths_come_from_the_data_before_they_come_from_width():
    text = "network: {depth: 2, width: 7}\ndata: {inputs: [[1, 2], [3, 4]], targets: [[1, 2, 3], [4, 5, 6]]}"
    assert widths(experiment(text)) == [(2, 7, 3)]


@pytest.mark.parametrize(
    ("written", "name"),
    {"7": "7", "010": "010", "1.10": "1.10", "1e3": "1e3", "'010'": "010", "0x10": "0x10"}.items(),
)
def test_a_name_given_as_a_number_is_the_text_that_was_written(written, name):
    assert experiment(SMALL + f"name: {written}").name == name


@pytest.mark.parametrize("stem", ["Übung 1", ".hidden", "a b", "--x", "日本", "a..b", "x" * 300, "-.-"])
def test_a_file_of_any_name_gives_the_run_a_safe_name(stem):
    name = experiment(SMALL, stem=stem).name
    assert experiment(SMALL + f"name: '{name}'").name == name


def test_the_smallest_network_is_one_unit_and_one_sample():
    (cell,) = experiment("network: {widths: [1, 1]}\ndata: {inputs: [[1]], targets: [[1]]}\nbatch: 1").cells
    assert (cell.network.widths, cell.data.samples) == ((1, 1), 1)


def test_parts_of_equal_settings_are_equal_cells_however_they_are_spelt():
    texts = ["loss: mse", "loss: {name: mse}", "loss: {reduction: mean, name: mse}", "loss: {name: mse, reduction: {name: mean}}"]
    cells = [experiment(f"{SMALL}{text}\n").cells[0] for text in texts]
    assert cells == [cells[0]] * len(cells)
