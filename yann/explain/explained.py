"""A gradient explained: the chain from J to one target for one sample, its products in both orders, and backprop's answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from yann.explain.chain import Chain, Partial, chain, forward_order, reverse_order
from yann.explain.links import Link
from yann.explain.quantities import Scene, layer_quantities
from yann.shapes import Array


@dataclass(frozen=True)
class Explained:
    """The chain from J to one target, for one sample."""

    scene: Scene
    n: int
    to: str

    @cached_property
    def chain(self) -> Chain:
        """Give the links."""
        return chain(self.scene.cell, self.scene.state, self.scene.notation, "J", self.to, n=self.n, r=self.scene.r)

    @cached_property
    def product(self) -> Array:
        """Give the product of all links, in the target's own shape."""
        return self.chain.product().reshape(self.backprop.shape)

    @cached_property
    def backprop(self) -> Array:
        """Give what the backward pass has for this sample, as if it were the whole batch."""
        scene, state = self.scene, self.scene.state
        alone = scene.cell.objective.alone(scene.cell.network, scene.N)
        if self.to == "X":
            return (state.gradients[0].dZ[scene.r, self.n] @ state.params[0].W[scene.r].T) * alone
        layer = int(self.to[1:])
        if self.to[0] in "AZ":
            g = state.gradients[layer - 1]
            return (g.dA if self.to[0] == "A" else g.dZ)[scene.r, self.n] * alone
        given = layer_quantities(scene, layer)[f"per_sample_d{self.to[0]}"]()
        if given is None:
            raise ValueError(f"--to {self.to}: layer {layer} has no bias")
        return given[self.n]

    @property
    def difference(self) -> float:
        """Give the largest difference between the product and backprop."""
        return float(np.abs(self.product - self.backprop).max())

    @property
    def formula(self) -> str:
        """Give the chain in one line."""
        return f"{self.chain.name} = {' · '.join(link.name for link in self.chain.links)}"

    @cached_property
    def reverse(self) -> list[Partial]:
        """Give the partial products from the loss on."""
        return list(reverse_order(self.chain))

    @cached_property
    def forward(self) -> list[Partial]:
        """Give the partial products from the target on."""
        return list(forward_order(self.chain))


def factors(explained: Sequence[Explained]) -> list[Link]:
    """Give every link of some chains once, from the loss down."""
    links = {link.name: link for each in explained for link in each.chain.links}
    return sorted(links.values(), key=_from_the_loss)


def _from_the_loss(link: Link) -> tuple[float, bool]:
    layer = math.inf if link.of == "J" else int(link.layer)
    return -layer, link.of[0] == "Z" if link.of != "J" else False
