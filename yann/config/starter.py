"""The config that `yann new` starts a study with."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from pydantic import TypeAdapter, ValidationError

from yann.config.grammar import Name
from yann.config.sentences import NO_NAME, spelled
from yann.errors import UsageError


def starter(name: str) -> str:
    """Give a commented config for an experiment of this name.

    Raises:
        UsageError: if no experiment can have the name.

    """
    adapter: TypeAdapter[Any] = TypeAdapter(Name)
    try:
        adapter.validate_python(name)
    except ValidationError:
        raise UsageError(f"{spelled(name)} {NO_NAME}") from None
    return files("yann.config").joinpath("starter.yaml").read_text(encoding="utf-8").replace("{name}", name)
