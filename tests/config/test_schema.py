"""The JSON Schema: what an editor knows of a config is what the loader knows."""

import copy
import warnings
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from tests.config.strategies import configs, mutations
from tests.config.test_laws import dumped
from tests.config.texts import FORMS, SMALL, plan
from yann.config.options import bundled
from yann.config.reader import plain, read
from yann.config.schema import dotted_keys, json_schema
from yann.config.starter import starter
from yann.errors import ConfigError, YannError
from yann.parts.activations import ACTIVATIONS
from yann.parts.datasets import DATASETS
from yann.parts.initializers import INITIALIZERS
from yann.parts.losses import LOSSES
from yann.parts.optimizers import OPTIMIZERS

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a test of its own says that there are none
    SCHEMA = json_schema()
CONFIGS = {**bundled(), **{path.stem: path for path in (Path(__file__).parents[2] / "configs").glob("*.yaml")}}


def faults(value):
    """Give what a validator of draft 7 says about a config."""
    return [error.message for error in jsonschema.Draft7Validator(SCHEMA).iter_errors(value)]


def value_of(text):
    """Give a config as plain values."""
    return plain(read(text.encode(), "c.yaml"))


def test_it_is_a_schema_of_draft_seven():
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_making_it_warns_of_nothing():
    assert json_schema() == SCHEMA


def nodes(node, path="#"):
    """Walk every mapping of the schema with its path."""
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from nodes(value, f"{path}/{key}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from nodes(value, f"{path}/{number}")


def test_it_uses_no_words_of_a_later_draft():
    later = {"$defs", "prefixItems", "unevaluatedProperties", "unevaluatedItems", "dependentRequired", "discriminator"}
    assert not [path for path, node in nodes(SCHEMA) if later & node.keys() and not path.endswith("/properties")]


def test_every_reference_leads_somewhere_and_nothing_stands_beside_it():
    for path, node in nodes(SCHEMA):
        if isinstance(node.get("$ref"), str):
            assert node.keys() == {"$ref"}, path
            found = SCHEMA
            for word in node["$ref"].removeprefix("#/").split("/"):
                found = found[word]


def test_every_key_has_a_description():
    sections = [("", SCHEMA), *SCHEMA["definitions"].items()]
    keys = {
        f"{title}.{key}": schema
        for title, section in sections
        for key, schema in section.get("properties", {}).items()
        if "name" not in section.get("required", ())  # the settings of parts are told by `yann list`
    }
    assert len(keys) > 30
    assert [key for key, schema in keys.items() if len(schema.get("description", "")) < 4] == []


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_grammar_is_valid(form):
    assert faults(value_of(FORMS[form][0])) == []


@pytest.mark.parametrize("name", CONFIGS)
def test_every_bundled_config_is_valid_and_loads(name):
    path = CONFIGS[name]
    assert faults(value_of(path.read_text(encoding="utf-8"))) == []
    assert plan(path.read_bytes(), path.parent).experiment.cells


def test_the_starter_is_valid():
    text = starter("x")
    assert faults(value_of(text)) == []
    assert plan(text).experiment.cells


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(configs())
def test_every_random_config_is_valid_and_so_is_what_was_understood_of_it(config):
    assert faults(copy.deepcopy(config)) == []
    assert faults(value_of(plan(dumped(config)).resolved)) == []


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(mutations())
def test_what_the_loader_takes_the_schema_takes(config):
    text = dumped(config)
    try:
        plan(text)
    except YannError:
        return
    assert faults(value_of(text)) == []


MISTAKES = [
    "network: {depth: 3, widht: 3}",
    "netwrok: {depth: 3, width: 3}",
    "network: {depth: three, width: 3}",
    "network: {depth: 0, width: 3}",
    "network: {depth: true, width: 3}",
    "network: 3",
    "{}",
    SMALL + "seed: -1",
    SMALL + "seed: 1.5",
    SMALL + "steps: x",
    SMALL + "loss: mes",
    SMALL + "loss: {name: mse, reduction: avg}",
    SMALL + "loss: {reduction: mean}",
    SMALL + "optimizer: {name: sgd, lr: 0}",
    SMALL + "optimizer: {name: sgd, momentum: 1}",
    SMALL + "optimizer: {name: adam, momentum: 0.9}",
    SMALL + "optimizer: {name: sgd, nesterov: 1}",
    "network: {depth: 3, width: 3, activation: rleu}",
    "network: {depth: 3, width: 3, init: {name: ones, std: 1}}",
    "network: {depth: 3, width: 3, bias: 1}",
    "network: {depth: 3, width: 3, layout: x}",
    "network: {widths: [3]}",
    "network: {depth: 3, width: 3, scale: {layer: first, unit: 1}}",
    SMALL + "data: {inputs: gaussian}",
    SMALL + "data: {name: npz}",
    SMALL + "data: {samples: 0}",
    SMALL + "dtype: float16",
    SMALL + "yann: 2",
    SMALL + "name: ../x",
    SMALL + "name: .x",
    SMALL + "title: 3",
    SMALL + "measure: [dW]",
    SMALL + "measure: []",
    SMALL + "sweep: {gird: {}}",
    SMALL + "sweep: {grid: {seed: 3}}",
    SMALL + "sweep: {grid: {seed: {range: [1]}}}",
    SMALL + "sweep: {grid: {seed: {linspace: [1, 2]}}}",
    SMALL + "sweep: {grid: {optimizer.lr: {logspace: [0, 1], num: 3}}}",
    SMALL + "sweep: {zip: {a/b: {seed: [1, 2]}}}",
    SMALL + "sweep: []",
    SMALL + "sweep: {zip: {seed: [1, 2]}}",
]


@pytest.mark.parametrize("text", MISTAKES)
def test_what_an_editor_underlines_the_loader_refuses(text):
    assert faults(value_of(text))
    with pytest.raises(ConfigError):
        plan(text)


def bases(key):
    """Walk configs in which each of the parts that a key could belong to stands in its place."""
    yield "network: {depth: 2, width: 3}"
    slot, _, _ = key.rpartition(".")
    slots = {"network.activation": ACTIVATIONS, "network.init": INITIALIZERS, "network.output_activation": ACTIVATIONS}
    for name in slots.get(slot, ()):
        yield f"network: {{depth: 2, width: 3, {slot.removeprefix('network.')}: {name}}}"
    for name in {"loss": LOSSES, "optimizer": OPTIMIZERS}.get(slot, ()):
        yield f"network: {{depth: 2, width: 3}}\n{slot}: {name}"
    for name in DATASETS if slot == "data" else ():
        yield f"network: {{depth: 2, width: 3}}\ndata: {{name: {name}}}"


@pytest.mark.parametrize("key", dotted_keys())
def test_every_key_that_can_be_swept_is_known_to_the_loader(key):
    said = []
    for base in bases(key):
        try:
            plan(base, ".", (), [f"{key}=null"])
        except ConfigError as error:
            said.append(str(error))
        else:
            said.append("")
    assert any("unknown" not in text for text in said)
    assert not any("cannot be swept" in text for text in said)
