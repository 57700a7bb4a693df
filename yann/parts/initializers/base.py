"""What an initializer is: a rule for the first weights of a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from annotated_types import Ge

from yann.registry import Part, Registry
from yann.shapes import Array

if TYPE_CHECKING:
    from numpy.random import Generator  # loading it takes 20 ms, and what is given draws nothing

Spread = Annotated[float, Ge(0)]


class Initializer(Part):
    """A rule for the first values of W (fan_in, fan_out), or of b (1, fan_out)."""

    matrices_only: ClassVar[bool] = False
    """Whether the rule makes no sense for a bias."""
    random: ClassVar[bool] = True
    """Whether it asks `rng` for numbers; a rule that does not is given none, and makes the same of every replicate."""

    def draw(self, rng: Generator, fan_in: int, fan_out: int, shape: tuple[int, int]) -> Array:
        """Give float64 values of `shape` for a layer of these fans; `rng` is the layer's own."""
        raise NotImplementedError

    def bias(self) -> Initializer:
        """Give the rule for the biases that belong to weights of this rule: zeros, unless the rule has its own."""
        return INITIALIZERS["zeros"]()


INITIALIZERS: Registry[Initializer] = Registry("init", Initializer)
