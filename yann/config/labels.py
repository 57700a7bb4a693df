"""Labels: how the value of a swept key reads in tables, files and legends."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from yann.engine.objective import Objective
from yann.registry import Part
from yann.study.cell import Scalar

LONGEST = 60


def label(value: Any, hidden: Collection[str] = ()) -> Scalar:
    """Give a number, a flag or a text as it is, and everything else as a short text that no other value has.

    `hidden` are settings of a part that have a column of their own.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Path):
        return value.name
    if isinstance(value, Part | Objective):
        return value.label(hidden)
    if isinstance(value, BaseModel):
        text = ", ".join(f"{key}={label(getattr(value, key))}" for key in type(value).model_fields)
    else:
        text = f"[{', '.join(str(label(item)) for item in value)}]"
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 12]}…#{hashlib.sha256(text.encode()).hexdigest()[:8]}"
