"""The config as it was understood: every default spelled out, readable again by this program."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_type_hints

import yaml
from pydantic import BaseModel

from yann.config.composer import SEPARATORS
from yann.config.defaults import spelled_out
from yann.config.nodes import Node, plain
from yann.config.scalars import TooLongError, resolve
from yann.config.sections import Sections
from yann.config.tree import find, mapping, split
from yann.engine.objective import Objective
from yann.parts.datasets import DATASETS
from yann.registry import Part
from yann.study.cell import Experiment


class _Spelled(str):
    """A number as it was spelled: how many digits it has is part of what is expected."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes text in quotes wherever the 1.2 core rules would read something else, and short lists on one line."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if _reads_as_it_is(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _reads_as_it_is(text: str) -> bool:
    """Tell whether text means itself without quotes, and has none of the line breaks of YAML 1.1, by which it is written."""
    try:
        return resolve(text) == text and not any(char in text for char in SEPARATORS)
    except TooLongError:
        return False


def _number(dumper: yaml.SafeDumper, text: _Spelled) -> yaml.ScalarNode:
    tag = dumper.resolve(yaml.ScalarNode, str(text), (True, False))  # type: ignore[no-untyped-call]  # whatever YAML 1.1 takes it for, so that none is written
    return dumper.represent_scalar(tag, str(text))


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Spelled, _number)


def resolved_yaml(root: Node, folder: Path, experiment: Experiment) -> str:
    """Write the sections of a config in `folder` as YAML; what the sweep sets stays in the sweep."""
    alone = Sections(root, folder, [])  # a section may be whole only with its axes: then it stays as it was written
    here = alone.here({})
    spelled = {key: spell(section.value) if section.valid else _plain(section.node) for key, section in here.items()}
    expect = here["expect"].node
    spelled["expect"] = None if expect is None else as_spelled(expect)
    spelled["sweep"] = _reachable(_plain(mapping(root).get("sweep")), folder.absolute())
    for default in _contradicted(experiment):
        section, key = split(default)
        given = find(root, split(default))
        if (given is None or given.value is None) and key in spelled[section]:
            spelled[section][key] = None
    spelled |= {
        "name": experiment.name,
        "measure": [spell(each) if each.settings() else each.name for each in experiment.measure],
    }
    absent = {key for key in ("expect", "sweep") if spelled[key] is None} | {
        key for key in ("title", "about") if not spelled[key]
    }
    spelled = {key: value for key, value in spelled.items() if key not in absent}
    return yaml.dump(spelled, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None)


CONTRADICTED = {
    "network.bias": ("network.init", "network.biases"),  # a swept initializer may bring biases of its own
    "network.init": ("network.weights",),
    "data.samples": ("data.inputs", "data.targets"),
}
"""Defaults that go without saying where one of these keys is swept, whose values may have another say."""


def _contradicted(experiment: Experiment) -> Iterator[str]:
    swept = [key for axis in experiment.axes for key in axis.keys]
    for default, others in CONTRADICTED.items():
        if any(key.startswith(others) for key in swept):
            yield default


def as_spelled(node: Node) -> Any:
    """Give a node as Python's own dicts, lists and scalars, numbers as they were spelled."""
    if isinstance(node.value, dict):
        return {key: as_spelled(value) for key, value in node.value.items()}
    if isinstance(node.value, tuple):
        return [as_spelled(value) for value in node.value]
    return _Spelled(node.text) if node.kind == "a number" and node.text else node.value


def _plain(node: Node | None) -> Any:
    return None if node is None else plain(node)


def _reachable(value: Any, folder: Path, *, is_path: bool = False) -> Any:
    """Give a sweep whose files are found from anywhere: the run folder is not where the config lay."""
    if isinstance(value, list):
        return [_reachable(item, folder, is_path=is_path) for item in value]
    if isinstance(value, dict):
        name = value.get("name")
        files = {"file", "data.path"}
        if isinstance(name, str) and name in DATASETS:
            files |= {key for key, hint in get_type_hints(DATASETS[name]).items() if hint is Path}
        return {key: _reachable(item, folder, is_path=key in files) for key, item in value.items()}
    return str(folder / value) if is_path and isinstance(value, str) else value


def spell(value: Any) -> Any:
    """Give a value of the grammar in YAML's own kinds, defaults and all."""
    if isinstance(value, Objective):
        return {**spell(value.loss), "reduction": value.reduction.name}
    if isinstance(value, Part):
        settings = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {"name": value.name, **{key: spell(setting) for key, setting in settings.items() if setting is not None}}
    if isinstance(value, BaseModel):
        return {key: spell(item) for key, item in spelled_out(value).items() if item is not None}
    if isinstance(value, Mapping):
        return {key: spell(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [spell(item) for item in value]
    return str(value) if isinstance(value, Path) else value
