"""Laws that hold for every config: what was understood can be read again, and no mistake escapes as anything but a sentence."""

import copy
import json

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings

from tests.config.strategies import configs, mutations
from tests.config.texts import FORMS, plan
from yann.errors import YannError

SLOW = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def dumped(config):
    """Write plain values as YAML, without aliases for what stands twice."""
    return yaml.safe_dump(copy.deepcopy(config), sort_keys=False, allow_unicode=True, default_flow_style=None)


def same(one, other):
    """Tell whether two experiments are the same in everything that a run depends on."""
    parts = ("name", "title", "axes", "cells", "points", "measure", "layout")
    return [part for part in parts if getattr(one.experiment, part) != getattr(other.experiment, part)]


def test_what_was_understood_can_be_read_again(folder):
    for text, _ in FORMS.values():
        first = plan(text, folder)
        again = plan(first.resolved, folder, stem="another")
        assert same(first, again) == []
        assert again.resolved == first.resolved


SWEPT_EXPLICITLY = [
    "network: {depth: 2, width: 1}\nsweep: {grid: {network.biases: [[[1], [2]], [[0], null]]}}",
    "network: {activation: relu}\nsweep: {grid: {network.weights: [[[[1], [2]]], [[[1, 2]], [[3], [4]]]]}}",
    "network: {depth: 1}\nsweep: {zip: {d: {data.inputs: [[[1]], [[1], [2]]], data.targets: [[[1]], [[1], [2]]]}}}",
    "network: {depth: 1, width: 1}\nsweep: {grid: {network.init: [ones, {name: mean_field, sigma_b: 1}]}}",
]


@pytest.mark.parametrize("text", SWEPT_EXPLICITLY)
def test_no_default_is_spelled_out_that_a_swept_value_would_contradict(text):
    first = plan(text)
    assert same(first, plan(first.resolved, stem="another")) == []


ODD = [
    "9" * 5000,
    "-" + "9" * 4301,
    "a\x85b",
    "\u2028",
    "a\u2029 b\nc ",
    "1e3",
    "0o7",
    "~",
    "",
    " a",
    "a ",
    "a\n",
    "\t",
    "# a",
    "a: b",
    "é\ufeff",
]


@pytest.mark.parametrize("text", ODD, ids=lambda text: ascii(text)[:20])
def test_odd_text_comes_back_from_what_was_understood(text):
    figures = {f"{space}dW1": 1 for space in ("", "\x85", "\u2028")}
    first = plan(json.dumps({"network": {"depth": 1, "width": 1}, "title": text, "about": text, "expect": {"figures": figures}}))
    again = plan(first.resolved, stem="another")
    assert (again.experiment.title, again.experiment.about) == (text, text.strip())
    assert again.resolved == first.resolved


@SLOW
@given(configs())
def test_a_random_config_comes_back_from_what_was_understood_of_it(config):
    first = plan(dumped(config))
    again = plan(first.resolved, stem="another")
    assert same(first, again) == []
    assert again.resolved == first.resolved


@SLOW
@given(configs())
@example({"network": {"widths": [1, 1], "init": {"name": "mean_field", "sigma_b": 0.25}}, "data": {}, "loss": "output"})
def test_what_was_understood_spells_every_default_out(config):
    told = yaml.safe_load(plan(dumped(config)).resolved)
    for key in ("name", "seed", "replicates", "dtype", "network", "data", "loss", "optimizer", "steps", "measure"):
        assert key in told
    assert {"name", "reduction"} <= told["loss"].keys()
    assert {"name", "lr"} <= told["optimizer"].keys()
    assert {"inputs", "targets"} <= told["data"].keys()
    assert "samples" in told["data"]
    assert {"output_activation", "layout"} <= told["network"].keys()
    assert {"bias", "biases"} & told["network"].keys()
    assert {"init", "weights"} & told["network"].keys()


@settings(SLOW, max_examples=300)
@given(mutations())
def test_no_mistake_escapes_as_anything_but_a_sentence(config):
    try:
        plan(dumped(config))
    except YannError as error:
        for line in str(error).split("\n"):
            assert line.startswith("c.yaml")
            assert line.isprintable()
            assert len(line) < 1000
            assert not any(word in line for word in ("Traceback", "pydantic", "ValueError", "object at 0x", "(made)", "(one)"))


@settings(SLOW, max_examples=60)
@given(configs())
def test_the_cells_of_a_random_config_are_values(config):
    e = plan(dumped(config)).experiment
    assert len(e.cells) == len(e.points) == len(set(e.cells))
    assert all(len(point) == len(e.axes) for point in e.points)
