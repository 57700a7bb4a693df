"""From a validator's error to what a person can use: where it stands, which key, what is wrong, what is allowed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from yann.config.grammar import ConfigFile, MadeDataSection, NetworkSection, OneUnit
from yann.config.grammar_expect import ExpectBlock, Wish
from yann.config.grammar_sweep import SPACES, SweepBlock
from yann.config.nodes import Node
from yann.config.tree import locate
from yann.errors import MOST_FOUND, Problem
from yann.explain.pitfalls import PITFALLS
from yann.parts.activations import ACTIVATIONS
from yann.parts.datasets import DATASETS
from yann.parts.generators import GENERATORS
from yann.parts.initializers import INITIALIZERS
from yann.parts.losses import LOSSES
from yann.parts.optimizers import OPTIMIZERS
from yann.parts.reductions import REDUCTIONS
from yann.registry import Registry, nearest
from yann.study.catalog import CATALOG
from yann.study.metrics import METRICS
from yann.text import odd_letters, visible

SECTIONS: dict[str, type[BaseModel]] = {
    "": ConfigFile,
    "network": NetworkSection,
    "data": MadeDataSection,
    "sweep": SweepBlock,
    "expect": ExpectBlock,
}
REGISTRIES: tuple[Registry[Any], ...] = (*CATALOG.values(), PITFALLS)
ELSEWHERE = {
    "lr": "optimizer.lr", "learning_rate": "optimizer.lr", "momentum": "optimizer.momentum",
    "epochs": "steps, or yann train --epochs",
    "iterations": "steps", "batch_size": "batch", "metrics": "measure", "layers": "network.depth", "hidden": "network.width",
    "units": "network.width", "activation": "network.activation", "init": "network.init", "initializer": "network.init",
    "samples": "data.samples", "dataset": "data", "criterion": "loss", "reduction": "loss.reduction", "grid": "sweep.grid",
}  # fmt: skip
"""What other tools, or other places, call a key."""
MANY = 12  # words that a sentence can list and still be read

Sentence = Callable[[Any, Mapping[str, Any]], str]


def spelled(value: Any) -> str:
    """Give a value as a config spells it, short enough for a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"'{visible(value, 60)}'"
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "inf", -math.inf: "-inf"}.get(value, "nan")
    if isinstance(value, int) and abs(value) > 10**20:
        return f"a number of {len(str(abs(value)))} digits"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list | tuple) else repr(value)


def choice(word: object, allowed: Iterable[str], kind: str) -> str:
    """Say that a word is none of the allowed ones, which is nearest, and which there are."""
    allowed = list(allowed)
    close = nearest(str(word), allowed)
    told = f"no {kind} {spelled(word)}" + (f"; did you mean {close}?" if close else "")
    if "(" in str(word):
        return f"{told}; a part with settings is written {{name: NAME, SETTING: VALUE}}"
    if close is None:
        return f"{told}; there are {', '.join(allowed)}"
    return f"{told} There are {', '.join(allowed)}" if len(allowed) <= MANY else told


def unknown_key(word: str, allowed: Sequence[str], section: str) -> str:
    """Say that a key is not known here, which one is meant, and where it would belong."""
    if odd := odd_letters(word):
        plain = nearest("".join(c if c.isascii() else "?" for c in word), allowed)
        return f"unknown key with {odd}" + (f"; did you mean {plain}?" if plain else "")
    if close := nearest(word, allowed):
        return f"unknown key; did you mean {close}?"
    if word in ELSEWHERE:
        return f"unknown key; yann calls it {ELSEWHERE[word]}"
    elsewhere = [f"{name}.{word}" if name else word for name, model in SECTIONS.items() if word in model.model_fields]
    if elsewhere:
        return f"unknown key here; did you mean {elsewhere[0]}?"
    return f"unknown key; {section or 'the config'} has {', '.join(allowed)}"


def _setting(word: str, part: str, registry: Registry[Any]) -> str:
    own = list(registry[part].settings())
    owners = [name for name, other in registry.items() if word in other.settings()]
    has = f"its settings are {', '.join(own)}" if own else "it has no settings"
    close = nearest(word, own)
    told = f"; did you mean {close}?" if close else f"; {has}"
    return f"unknown setting of {part}{told}" + (f"; {word} belongs to {', '.join(owners)}" if owners and not close else "")


def _number_hint(value: Any) -> str:
    if isinstance(value, str):
        for odd, right, meant in ((",", ".", "a point"), ("_", "", "no underscores")):
            try:
                float(value.replace(odd, right) if odd in value else "")
            except ValueError:
                continue
            return f"; write it with {meant}: {visible(value.replace(odd, right), 40)}"
    return ""


NO_NAME = "cannot be a name: letters, digits, '.', '_' and '-' only, at most 100, not starting with '.' or '-', and no '..'"

SENTENCES: dict[str, Sentence] = {
    "int_type": lambda v, _: f"{spelled(v)} is not a whole number{_number_hint(v)}",
    "float_type": lambda v, _: f"{spelled(v)} is not a number{_number_hint(v)}",
    "bool_type": lambda v, _: f"{spelled(v)} is neither true nor false",
    "string_type": lambda v, _: f"{spelled(v)} is not text; quote it",
    "string_too_short": lambda *_: "the text is empty",
    "value_error": lambda _, c: str(c["error"]),
    "finite_number": lambda v, _: f"{spelled(v)} is not finite",
    "greater_than": lambda v, c: f"{spelled(v)} must be greater than {c['gt']:g}",
    "greater_than_equal": lambda v, c: f"{spelled(v)} is too small; at least {c['ge']:g}",
    "less_than": lambda v, c: f"{spelled(v)} must be less than {c['lt']:g}",
    "less_than_equal": lambda v, c: f"{spelled(v)} is too large; at most {c['le']}",
    "too_short": lambda _, c: f"needs at least {c['min_length']} entries" if c["min_length"] > 1 else "is empty",
    "too_long": lambda v, c: f"takes at most {c['max_length']} entries, not {len(v)}",
    "tuple_type": lambda v, _: f"{spelled(v)} is not a list",
    "list_type": lambda v, _: f"{spelled(v)} is not a list of values, as [2, 4, 8] is, or {{range: [2, 10], step: 2}}",
    "dict_type": lambda v, _: f"{spelled(v)} is not a mapping of keys",
    "model_type": lambda v, _: f"{spelled(v)} is not a mapping of keys",
    "regular": lambda _, c: str(c["told"]),
    "twice": lambda _, c: str(c["told"]),
    "string_pattern_mismatch": lambda v, _: f"{spelled(v)} {NO_NAME}",
    "string_too_long": lambda v, _: f"{spelled(v)} {NO_NAME}",
    "rows": lambda _, c: "the matrix has an empty row" if "has" not in c else (
        f"the rows of a matrix must be equally long: row 1 has {c['first']} numbers, row {c['row']} has {c['has']}"
    ),
}  # fmt: skip


def problems_of(errors: Sequence[ErrorDetails], root: Node, prefix: Sequence[str | int] = ()) -> list[Problem]:
    """Tell each error of a validator as a problem of the tree that it was validated from; `prefix` leads to the part."""
    return [_problem(error, root, prefix) for error in errors[:MOST_FOUND] if not _hollow(error)]


def _hollow(error: ErrorDetails) -> bool:
    """Tell whether a list is called too short only because its entries are wrong, which is told anyway."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def _problem(error: ErrorDetails, root: Node, prefix: Sequence[str | int]) -> Problem:
    kind, value, told = error["type"], error["input"], error.get("ctx", {})
    loc = [*prefix, *error["loc"], *([told["at"]] if "at" in told else [])]
    key, node, key_mark = locate(root, loc)
    where = key_mark if kind == "extra_forbidden" or loc[-1] == "[key]" else node.mark
    if kind == "dict_type" and [str(word) for word in loc[:2]] == ["sweep", "(block)"] and "zip" in loc:
        sentence = "zip needs named groups, each with its own lists, as in zip: {scheme: {KEY: […], KEY: […]}}"
    elif node.value is None and kind not in ("extra_forbidden", "missing"):
        where, sentence = key_mark, "has no value"
    elif kind == "extra_forbidden":
        sentence = _unknown(str(loc[-1]), [str(word) for word in loc[:-1]])
    elif kind == "missing" and isinstance(loc[-1], int):
        sentence = f"takes {loc[-1] + 1} entries, not {len(node.value) if isinstance(node.value, tuple) else 0}"
    elif kind == "missing":
        return Problem(str(node.mark), f"{key}.{loc[-1]}" if key else str(loc[-1]), "missing; it has no default")
    elif kind == "union_tag_invalid":
        sentence = choice(told["tag"], _words(told["expected_tags"]), _kind(_words(told["expected_tags"]), key))
        sentence += "; or true or false" if key.startswith("network.bias") else ""
    elif kind in ("union_tag_not_found", "model_attributes_type"):
        sentence = _without_name(value, key)
    elif kind == "literal_error":
        sentence = choice(value, _words(told["expected"].replace(" or ", ", ")), key.rpartition(".")[2])
    elif kind in SENTENCES:
        sentence = SENTENCES[kind](value, told)
    else:
        sentence = f"{spelled(value)}: {error['msg'][:1].lower()}{error['msg'][1:]}"
    return Problem(str(where), key, sentence)


def _words(listed: str) -> list[str]:
    return [word.strip().strip("'") for word in listed.split(",")]


def _kind(names: list[str], key: str) -> str:
    """Give the word for what these names are names of."""
    return next((r.kind for r in REGISTRIES if list(r) == names), key.rpartition(".")[2])


def _unknown(word: str, path: list[str]) -> str:
    for registry in REGISTRIES:
        if path and path[-1] in registry and _is_part(path, registry):
            return _setting(word, path[-1], registry)
    branches: dict[str, type[BaseModel]] = {
        "(unit)": OneUnit,
        "(figure)": Wish,
        **{f"({space})": model for space, model in SPACES.items()},
    }
    if path and path[-1] in branches:
        return unknown_key(word, list(branches[path[-1]].model_fields), path[-1].strip("()"))
    section = next((name for name in path if name in SECTIONS), "")
    return unknown_key(word, list(SECTIONS[section].model_fields), section)


def _is_part(path: list[str], registry: Registry[Any]) -> bool:
    """Tell whether the last word of a validator's path chose among this registry's parts; kinds share some names."""
    slots = {
        "activation": ACTIVATIONS, "output_activation": ACTIVATIONS, "init": INITIALIZERS, "bias": INITIALIZERS,
        "loss": LOSSES, "reduction": REDUCTIONS, "optimizer": OPTIMIZERS, "measure": METRICS,
        "inputs": GENERATORS, "targets": GENERATORS, "data": DATASETS, "mistake": PITFALLS,
    }  # fmt: skip
    slot = next((word for word in reversed(path[:-1]) if word in slots), None)
    return slot is not None and slots[slot] is registry


def _without_name(value: Any, key: str) -> str:
    slot = key.rpartition(".")[2]
    if isinstance(value, dict):
        return f"name is missing: say which {slot} it is, as in {{name: …}}" + (
            "; kind is not a key, name is" if "kind" in value else ""
        )
    return f"{spelled(value)} is neither a name nor a mapping with a name"
