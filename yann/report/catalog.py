"""What `yann list` shows of the parts: formula, settings, source, and where they apply gain and kinks."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from yann.parts.activations import Activation
from yann.parts.losses import Loss
from yann.registry import Part
from yann.report.grid import Grid
from yann.report.numbers import number
from yann.report.rows import Row
from yann.study.catalog import CATALOG

HEADER = ("kind", "name", "formula", "settings", "gain", "kinks", "source")


def catalog_rows(kinds: Sequence[str], name: str | None) -> tuple[tuple[str, ...], list[Row]]:
    """Give the columns and a row for each part of these kinds, or only for those called `name`."""
    return HEADER, [[kind, *_about(part).values()] for kind in kinds for part in _called(kind, name)]


def _called(kind: str, name: str | None) -> list[type[Part]]:
    return [part for each, part in CATALOG[kind].items() if name in (None, each)]


def catalog_grid(kind: str, name: str | None, width: int | None) -> Grid:
    """Give the table of one kind, without the columns that none of its parts fills, and those that `width` has no room for."""
    about = [_about(part) for part in _called(kind, name)]
    columns = [name for name in HEADER[1:] if any(row[name] for row in about)]
    rows = tuple(tuple(row[name] for name in columns) for row in about)
    whole = Grid(kind, tuple(columns), rows, left=len(columns))
    grid = whole.fitted(width, "source", "kinks", "gain")
    missing = grid.lacking(whole)
    return replace(grid, caption=f"{missing}: in a wider window, or with -f csv") if missing else grid


def _about(part: type[Part]) -> dict[str, str]:
    settings = ", ".join(
        f"{key}={_default(default)}" if default is not dataclasses.MISSING else key for key, default in part.settings().items()
    )
    gain, kinks = "", part().kinks() if issubclass(part, Activation | Loss) else ()
    if issubclass(part, Activation):
        told = part().gain()
        gain = "" if told is None else number(told)
    source = "; ".join(filter(None, (part.source, getattr(part, "known_as", ""))))
    return {
        "name": part.name,
        "formula": part.formula(),
        "settings": settings,
        "gain": gain,
        "kinks": ", ".join(map(number, kinks)),
        "source": source,
    }


def _default(value: Any) -> str:  # noqa: ANN401 - a setting's default can be of any kind
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)
