"""The JSON Schema of a config, for editors: pydantic's own, in the draft that yaml-language-server reads."""

from __future__ import annotations

from typing import Any

from yann.config.grammar import ConfigFile, MadeDataSection, NetworkSection
from yann.study.catalog import CATALOG

DRAFT = "http://json-schema.org/draft-07/schema#"


def json_schema() -> dict[str, Any]:
    """Give the schema of a whole config file."""
    schema = _draft_07(ConfigFile.model_json_schema(mode="validation"))
    grid = schema["definitions"]["SweepBlock"]["properties"]["grid"]
    schema["definitions"]["Axis"] = grid["additionalProperties"]
    grid["properties"] = {key: {"$ref": "#/definitions/Axis"} for key in dotted_keys()}  # what an editor can offer
    grid["additionalProperties"] = {"$ref": "#/definitions/Axis"}
    return {"$schema": DRAFT, "title": "yann experiment", **{k: v for k, v in schema.items() if k != "title"}}


def _draft_07(node: Any) -> Any:
    """Rewrite what draft 2020-12 says otherwise, and leave out what only OpenAPI knows."""
    if isinstance(node, list):
        return [_draft_07(item) for item in node]
    if not isinstance(node, dict):
        return node
    rewritten = {
        _KEYWORDS.get(key, key): _draft_07(value) for key, value in node.items() if key not in ("discriminator", "default")
    }
    if "prefixItems" in node:
        rewritten |= {"items": _draft_07(node["prefixItems"]), "additionalItems": False}
    if "patternProperties" in node:
        rewritten["additionalProperties"] = False
    if "$ref" in rewritten:
        rewritten["$ref"] = rewritten["$ref"].replace("#/$defs/", "#/definitions/")
        if len(rewritten) > 1:  # draft 7 ignores what stands beside a reference
            rewritten["allOf"] = [{"$ref": rewritten.pop("$ref")}]
    return rewritten


_KEYWORDS = {"$defs": "definitions", "prefixItems": "items"}


def dotted_keys() -> list[str]:
    """Give the dotted keys that a sweep may set, settings of parts included."""
    keys = [key for key in ConfigFile.model_fields if key not in ("yann", "name", "title", "about", "measure", "sweep", "expect")]
    keys += [f"network.{key}" for key in NetworkSection.model_fields if key != "layout"]
    keys += [f"data.{key}" for key in MadeDataSection.model_fields]
    slots = {"network.activation": "activations", "network.output_activation": "activations", "network.init": "inits",
             "loss": "losses", "optimizer": "optimizers", "data": "datasets"}  # fmt: skip
    for slot, kind in slots.items():
        keys += [f"{slot}.{setting}" for _, part in CATALOG[kind].items() for setting in part.settings()]
    return list(dict.fromkeys([*keys, "loss.reduction"]))
