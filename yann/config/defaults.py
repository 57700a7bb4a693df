"""Defaults that depend on other keys, spelled out."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from yann.config.grammar import MadeDataSection, NetworkSection
from yann.config.resolve_data import SAMPLES
from yann.config.resolve_network import bring_biases
from yann.parts.generators import Generator
from yann.parts.initializers import XavierNormal


def spelled_out(section: BaseModel) -> dict[str, Any]:
    """Give the keys of a section with the defaults that depend on its other keys; None where a key has none."""
    values = {key: getattr(section, key) for key in type(section).model_fields}
    defaults: dict[str, Any] = {}
    if isinstance(section, NetworkSection):
        bias = None if section.biases is not None else bring_biases(section.init)
        defaults = {"init": XavierNormal() if section.weights is None else None, "bias": bias}
    elif isinstance(section, MadeDataSection):
        made = isinstance(section.inputs, Generator) and isinstance(section.targets, Generator)
        defaults = {"samples": SAMPLES if made else None}
    return {key: defaults.get(key) if value is None else value for key, value in values.items()}
