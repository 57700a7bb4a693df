"""The grammar of `expect`: figures that a config must reproduce, of which cells, and how far off they may be."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from yann.check.expectation import KINDS
from yann.config.axes import MOST_AXES
from yann.config.types import (
    MOST_BLOCKS,
    AtMost,
    Count,
    Later,
    Number,
    NumberOrNumbers,
    Numbers,
    PartOf,
    Section,
    Steps,
    Text,
    Vector,
)
from yann.explain.quantities import quantity


def _kind_of_figure(value: Any) -> str:
    if isinstance(value, dict):
        return "(figure)"
    return "(array)" if isinstance(value, list | tuple) else "(number)"


def _pitfall() -> Any:
    from yann.explain.pitfalls import PITFALLS

    return Annotated[Any, PartOf(PITFALLS)]


def _known_quantity(text: str) -> str:
    quantity(text)
    return text


MOST_FIGURES = 5000
MOST_LENGTH = 10**12
"""Entries along an axis that a shape may tell of."""
Tolerance = Annotated[
    Annotated[Annotated[Number, Field(gt=0)], Tag("(number)")]
    | Annotated[Literal["digits", "float32", "float64"], Tag("(word)")],
    Discriminator(lambda value: "(word)" if isinstance(value, str) else "(number)"),
]


class Wish(Section):
    """What a quantity should be, other than a value of its whole shape."""

    value: NumberOrNumbers | None = Field(None, description="the value, of the quantity's whole shape")
    every: Number | None = Field(None, description="what every entry should be")
    every_row: Vector | None = Field(None, description="what every row should be")
    shape: tuple[Annotated[Count, Field(le=MOST_LENGTH)], ...] | None = Field(None, description="the shape alone")
    falls: Literal[True] | None = Field(None, description="smaller at each step than at the one before; with step: each")
    tolerance: Tolerance | None = Field(None, description="how far off; default: the block's")

    @model_validator(mode="after")
    def _one_wish(self) -> Wish:
        if sum(getattr(self, kind) is not None for kind in KINDS) != 1:
            raise ValueError(f"needs one of {', '.join(KINDS)}")
        return self


class ExpectBlock(Section):
    """Some figures that the config must reproduce, all from one source."""

    source: Text = Field("", description="where the figures come from")
    at: Annotated[dict[str, Any], AtMost(MOST_AXES)] = Field(
        {}, description="the cells meant, by values of the sweep's axes; default: every cell"
    )
    step: Annotated[
        Annotated[Steps, Tag("(number)")] | Annotated[Literal["each"], Tag("(word)")],
        Discriminator(lambda value: "(word)" if isinstance(value, str) else "(number)"),
    ] = Field(0, description="the state after so many updates; each: all measured steps, stacked on a first axis")
    mistake: Annotated[Any, Later(_pitfall)] | None = Field(None, description="the pitfall whose figures these are")
    tolerance: Tolerance = Field(
        "digits",
        description="digits: half a unit of the last printed digit; float32 or float64: what such numbers can tell; a number",
    )
    figures: Annotated[
        dict[
            Annotated[str, AfterValidator(_known_quantity)],
            Annotated[
                Annotated[Number, Tag("(number)")] | Annotated[Numbers, Tag("(array)")] | Annotated[Wish, Tag("(figure)")],
                Discriminator(_kind_of_figure),
            ],
        ],
        Field(min_length=1),
        AtMost(MOST_FIGURES),
    ] = Field(description="quantities as yann step names them, and what they should be")


Expected = Annotated[
    Annotated[ExpectBlock, Tag("(expected)")]
    | Annotated[tuple[ExpectBlock, ...], Field(min_length=1), AtMost(MOST_BLOCKS), Tag("(blocks)")],
    Discriminator(lambda value: "(blocks)" if isinstance(value, list | tuple) else "(expected)"),
]
