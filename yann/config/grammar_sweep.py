"""The grammar of `sweep`: the blocks of a sweep, and the ways to write the values of an axis."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from yann.config.axes import MOST_AXES
from yann.config.types import AtMost, BesideTheConfig, Count, NameText, Number, Section


class Range(Section):
    """First, first + step, … up to and with last."""

    range: tuple[Number, Number] = Field(description="first and last value")
    step: Number = Field(1, description="from one value to the next")


class Linspace(Section):
    """Evenly spaced values, both ends among them."""

    linspace: tuple[Number, Number] = Field(description="first and last value")
    num: Count = Field(description="how many values")


class Logspace(Section):
    """Values in equal ratios, both ends among them; ends are values, not exponents."""

    logspace: tuple[Annotated[Number, Field(gt=0)], Annotated[Number, Field(gt=0)]] = Field(description="first and last value")
    num: Count = Field(description="how many values")


SPACES: dict[str, type[Section]] = {"range": Range, "linspace": Linspace, "logspace": Logspace}


def _kind_of_axis(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "(list)"
    named = [space for space in SPACES if isinstance(value, dict) and space in value]
    return f"({named[0]})" if named else "(list)"


AxisValues = Annotated[
    Annotated[list[Any], Field(min_length=1), Tag("(list)")]
    | Annotated[Range, Tag("(range)")]
    | Annotated[Linspace, Tag("(linspace)")]
    | Annotated[Logspace, Tag("(logspace)")],
    Discriminator(_kind_of_axis),
]


class SweepBlock(Section):
    """Some cells: the product of grid axes and zip groups less what is excluded, or the rows of a file."""

    grid: Annotated[dict[str, AxisValues], AtMost(MOST_AXES)] = Field(
        {}, description="dotted keys and their values; the last axis turns fastest"
    )
    zip: Annotated[
        dict[NameText, Annotated[dict[str, AxisValues], Field(min_length=1), AtMost(MOST_AXES)]], AtMost(MOST_AXES)
    ] = Field({}, description="named groups, each one axis whose lists advance together")
    exclude: list[Annotated[dict[str, Any], Field(min_length=1), AtMost(MOST_AXES)]] = Field(
        [], description="points to leave out"
    )
    file: Annotated[str, BesideTheConfig()] | None = Field(None, description="a CSV file with a row a cell")
