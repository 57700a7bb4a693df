"""A gradient explained: the chain from J to one target for one sample, its products in both orders, and backprop's answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from yann.explain.chain import Chain, Partial, chain, forward_order, place, reverse_order
from yann.explain.links import Link
from yann.explain.scene import Scene
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
        """Give this sample's share of the gradient by the backward pass."""
        scene, r = self.scene, self.scene.r
        layer = (place(self.to, scene.layers) + 1) // 2
        if self.to == "X":
            return scene.state.gradients[0].dZ[r, self.n] @ scene.state.params[0].W[r].T
        g = scene.state.gradients[layer - 1]
        if self.to[0] in "AYZ":
            return (g.dZ if self.to[0] == "Z" else g.dA)[r, self.n]
        if self.to[0] == "b":
            return g.dZ[r, self.n]
        a = scene.own(scene.state.trace[layer - 1].A_in)[self.n]
        return scene.notation.weights(np.outer(a, g.dZ[r, self.n]))

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
    layer = math.inf if link.of == "J" else link.layer
    return -layer, link.of[0] == "Z" if link.of != "J" else False
