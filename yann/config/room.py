"""Which key of a config asks for more than there is room for."""

from __future__ import annotations

from dataclasses import replace

from yann.config.grammar import NetworkSection
from yann.config.resolve_data import Shape
from yann.parts.datasets import Dataset
from yann.study.budget import Size
from yann.study.cell import Matrix


def asking(size: Size, net: NetworkSection, shape: Shape) -> str:
    """Give the key to make smaller: the largest number without which less than half of the need is left."""
    numbers = {
        "width": size.width, "samples": size.samples, "depth": size.depth, "replicates": size.replicates,
        "measured_steps": size.measured_steps, "inputs": size.inputs, "outputs": size.outputs,
    }  # fmt: skip
    need = sum(size.needs().values())
    left = {name: sum(replace(size, **{name: 1}).needs().values()) for name in numbers}
    deciding = [name for name in numbers if 2 * left[name] < need] or [min(left, key=lambda name: left[name])]
    return _key(max(deciding, key=lambda name: numbers[name]), net, shape)


def _key(name: str, net: NetworkSection, shape: Shape) -> str:
    """Give the dotted key that a size of a cell comes from."""
    if name in ("replicates", "measured_steps"):
        return {"measured_steps": "steps"}.get(name, name)
    if name == "samples":
        return _source("inputs", shape) or _source("targets", shape) or "data.samples"
    for explicit in ("weights", "widths"):
        if getattr(net, explicit) is not None:
            return f"network.{explicit}"
    if name in ("depth", "width") or getattr(net, name) is not None:
        return f"network.{name}"
    return (
        _source(name if name == "inputs" else "targets", shape) if getattr(shape, name) is not None else ""
    ) or "network.width"


def _source(key: str, shape: Shape) -> str:
    """Give the key of the inputs or targets if they are written out or loaded, else nothing."""
    if isinstance(shape.data, Dataset):
        return "data"
    return f"data.{key}" if isinstance(getattr(shape.data, key), Matrix) else ""
