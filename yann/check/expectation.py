"""What a config expects of its own numbers, and how far off each may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from yann.explain.quantities import Quantity
from yann.shapes import Array

if TYPE_CHECKING:
    from yann.explain.pitfalls import Pitfall

Kind = Literal["value", "every", "every_row", "shape", "falls"]
KINDS: tuple[Kind, ...] = ("value", "every", "every_row", "shape", "falls")


@dataclass(frozen=True, eq=False)
class Expectation:
    """One expected figure: a quantity of some cells at a step, and what it should be."""

    where: str
    key: str
    """The figure's place in the config, for messages: file:line:column and dotted key."""
    source: str
    """Where the figure comes from, in the config's words."""
    cells: tuple[int, ...]
    step: int | None
    """The state after so many updates; None: all steps, stacked on a first axis."""
    mistake: Pitfall | None
    """The mistake whose figures these are."""
    quantity: Quantity
    kind: Kind
    values: Array
    """The numbers as they were printed: of the quantity's shape, one for every entry, one row for every row, or its shape."""
    tolerances: Array
    """How far off each may be."""
