"""Keys of cells: whatever a number depends on is in them, and nothing else is."""

from dataclasses import replace

import pytest

from tests.cases import CELLS
from tests.config.texts import plan
from yann.study import content
from yann.study.content import files_of, keys_of
from yann.study.metrics import METRICS
from yann.study.pieces import Piece

MEASURE = [name for name in METRICS if name != "update_ratio"]
BASE = {
    "network": "{depth: 3, width: 4, activation: tanh, init: {name: normal, std: 0.5}}",
    "data": "{inputs: normal, targets: normal, samples: 8}",
    "loss": "{name: huber, delta: 2, reduction: mean}",
    "optimizer": "{name: sgd, lr: 0.1}",
    "steps": "4",
    "seed": "1",
    "dtype": "float64",
    "measure": "[dW_norm]",
}
CHANGES = [
    ("network", "{depth: 4, width: 4, activation: tanh, init: {name: normal, std: 0.5}}"),
    ("network", "{depth: 3, width: 5, activation: tanh, init: {name: normal, std: 0.5}}"),
    ("network", "{depth: 3, width: 4, activation: relu, init: {name: normal, std: 0.5}}"),
    ("network", "{depth: 3, width: 4, activation: tanh, init: {name: normal, std: 0.5000000000000001}}"),
    ("network", "{depth: 3, width: 4, activation: tanh, init: {name: truncated_normal, std: 0.5}}"),
    ("network", "{depth: 3, width: 4, activation: tanh, init: {name: normal, std: 0.5}, bias: true}"),
    ("network", "{depth: 3, width: 4, activation: tanh, init: {name: normal, std: 0.5}, scale: {layer: 1, unit: 1, factor: 0}}"),
    ("data", "{inputs: uniform, targets: normal, samples: 8}"),
    ("data", "{inputs: normal, targets: zeros, samples: 8}"),
    ("data", "{inputs: normal, targets: normal, samples: 9}"),
    ("loss", "{name: huber, delta: 3, reduction: mean}"),
    ("loss", "{name: huber, delta: 2, reduction: sum}"),
    ("loss", "mae"),
    ("optimizer", "{name: sgd, lr: 0.2}"),
    ("optimizer", "{name: sgd, lr: 0.1, momentum: 0.5}"),
    ("optimizer", "{name: adam, lr: 0.1}"),
    ("steps", "5"),
    ("seed", "2"),
    ("dtype", "float32"),
    ("measure", "[dW_rms]"),
    ("measure", "[dW_norm, dW_rms]"),
    ("batch", "4"),
    ("every", "2"),
]


def key(text, piece=Piece(0, 0, 1)):  # noqa: B008 - frozen
    """Give the key of the first cell of a config."""
    return dict(keys_of(plan(text).experiment, [piece]))[piece]


def text_of(**changes):
    """Give the config with some keys changed."""
    return "\n".join(f"{name}: {value}" for name, value in {**BASE, **changes}.items())


@pytest.mark.parametrize(("name", "value"), CHANGES)
def test_whatever_a_number_depends_on_changes_the_key(name, value):
    assert key(text_of(**{name: value})) != key(text_of())


def test_all_changes_have_keys_of_their_own():
    assert len({key(text_of(**{name: value})) for name, value in CHANGES}) == len(CHANGES)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("replicates", "7"),
        ("name", "another"),
        ("title", "another"),
        ("about", "another"),
        ("optimizer", "{lr: 1e-1, name: sgd}"),
    ],
)
def test_what_no_number_depends_on_does_not(name, value):
    assert key(text_of(**{name: value})) == key(text_of())


def test_the_place_of_a_cell_is_not_in_its_key():
    swept = plan(text_of(sweep="{grid: {network.depth: [9, 3]}}")).experiment
    assert dict(keys_of(swept, [Piece(1, 0, 1)])) == {Piece(1, 0, 1): key(text_of())}


def test_other_replicates_and_another_engine_have_other_keys(monkeypatch):
    before = key(text_of())
    assert key(text_of(), Piece(0, 0, 2)) != before != key(text_of(), Piece(0, 1, 2))
    monkeypatch.setattr(content, "ENGINE", content.ENGINE + 1)
    assert key(text_of()) != before


def test_cells_of_every_part_have_keys_of_their_own():
    experiment = replace(plan("network: {depth: 1, width: 1}").experiment, cells=list(CELLS.values()))
    keys = [key for _, key in keys_of(experiment, [Piece(index, 0, 1) for index in range(len(CELLS))])]
    assert len(set(keys)) == len(set(CELLS.values())) == len(CELLS)


def test_a_file_counts_by_what_is_in_it_and_not_by_its_name(tmp_path):
    def text(name):
        return f"network: {{depth: 1, width: 1}}\ndata: {{name: csv, path: {tmp_path / name}, targets: y}}"

    (tmp_path / "a.csv").write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    one = key(text("a.csv"))
    assert key(text("b.csv")) == one
    (tmp_path / "b.csv").write_text("x,y\n1,2\n3,5\n", encoding="utf-8")
    assert key(text("b.csv")) != one
    assert list(files_of(plan(text("a.csv")).experiment)) == [str(tmp_path / "a.csv")]
