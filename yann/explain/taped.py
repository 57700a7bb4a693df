"""A tape's answers beside the chains that they are taken for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from yann.errors import AskedError
from yann.explain.chain import Chain, chain
from yann.explain.links import WHOLE
from yann.explain.quantities import quantity
from yann.explain.scene import Scene
from yann.explain.tape import pairs
from yann.shapes import Array


@dataclass(frozen=True)
class Taped:
    """One pair: the tape's answer for the batch, and the chain whose product is the Jacobian of one sample."""

    tape: Array
    chain: Chain

    @property
    def name(self) -> str:
        """Give the name of the pair: dZ2/dA1."""
        return self.chain.name

    def jacobian(self) -> Array | None:
        """Give the Jacobian, if it is small enough to be written out."""
        rows, columns = self.chain.links[0].shape[0], self.chain.links[-1].shape[1]
        widest = max(link.shape[0] for link in self.chain.links) * max(link.shape[1] for link in self.chain.links)
        return self.chain.product() if max(rows * columns, widest) <= WHOLE else None


def taped(scene: Scene, to: str | None, n: int) -> Iterator[Taped]:
    """Walk the pairs from the loss down, all or those by one quantity.

    Raises:
        AskedError: if there is none by it.

    """
    wanted = [(of, by) for of, by in pairs(scene.layers) if to in (None, by)]
    if not wanted:
        ends = ", ".join(dict.fromkeys(by for _, by in pairs(scene.layers)))
        raise AskedError(f"--tape --to {to}: no pair by it; there are pairs by {ends}")
    for of, by in wanted:
        links = chain(scene.cell, scene.state, scene.notation, of, by, n=n, r=scene.r)
        yield Taped(quantity(f"tape d{of}/d{by}").of(scene), links)
