"""One entry of a weight matrix or a bias, as its reader writes it: W1[0,2] or b1[0], counted from 0."""

from __future__ import annotations

import re
from dataclasses import dataclass

from yann.engine.network import Network
from yann.errors import AskedError
from yann.explain.notation import Notation, shape_text

ENTRY = re.compile(r"(?:(W)(\d{1,4})\[(\d{1,6}), ?(\d{1,6})\]|(b)(\d{1,4})\[(\d{1,6})\])")


@dataclass(frozen=True)
class Entry:
    """An entry; `indices` are row and column as the reader lays the matrix out, or one for a bias."""

    parameter: str
    layer: int
    indices: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.parameter}{self.layer}[{','.join(map(str, self.indices))}]"

    def units(self, notation: Notation) -> tuple[int, int]:
        """Give the unit that it comes from (0 for a bias) and the unit that it goes to."""
        first, *rest = self.indices
        if not rest:
            return 0, first
        return (rest[0], first) if notation.out_in else (first, rest[0])

    def check(self, network: Network, notation: Notation) -> None:
        """Check that a network has this entry.

        Raises:
            AskedError: with a sentence, if it has not.

        """
        L = len(network.layers)
        if not 0 < self.layer <= L:
            raise AskedError(f"{self}: there is no layer {self.layer}; the network has {L}")
        layer = network.layers[self.layer - 1]
        if self.parameter == "b" and layer.bias is None:
            raise AskedError(f"{self}: layer {self.layer} has no bias")
        i, j = self.units(notation)
        if j >= layer.fan_out or (self.parameter == "W" and i >= layer.fan_in):
            shape = (layer.fan_out, layer.fan_in) if notation.out_in else (layer.fan_in, layer.fan_out)
            told = (
                f"W{self.layer} is {shape_text(shape)}" if self.parameter == "W" else f"b{self.layer} has {layer.fan_out} entries"
            )
            raise AskedError(f"{self}: {told}, counted from 0")


def entry(text: str) -> Entry:
    """Read an entry.

    Raises:
        AskedError: with a sentence, if it is none.

    """
    found = ENTRY.fullmatch(text.strip())
    if found is None:
        raise AskedError(f"{text}: no entry of a weight matrix or bias; write it as W1[0,2] or b1[0], counted from 0")
    if found[1]:
        return Entry("W", int(found[2]), (int(found[3]), int(found[4])))
    return Entry("b", int(found[6]), (int(found[7]),))
