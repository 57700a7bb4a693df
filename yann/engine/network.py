"""The network: what its layers are, and their parameters. Samples are rows: W of layer l is (f_{l-1}, f_l)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from yann.engine.streams import NOTHING, Purpose, streams
from yann.parts.activations import Activation
from yann.parts.initializers import Initializer
from yann.same import same
from yann.shapes import Array, Float


@dataclass(frozen=True)
class Layer:
    """Layer l: Z = A_in W + b, A = φ(Z) ∘ s."""

    fan_in: int
    fan_out: int
    activation: Activation
    init: Initializer
    bias: Initializer | None = None
    scale: tuple[float, ...] | None = None
    """s, a fixed factor for each unit: the diagonal of the activation matrix S."""

    def scaled(self, M: Float[Array, "*R N n"]) -> Float[Array, "*R N n"]:
        """Give M ∘ s."""
        return M if self.scale is None else M * np.array(self.scale, dtype=M.dtype)

    def slope(self, Z: Float[Array, "*R N n"], phi: Float[Array, "*R N n"]) -> Float[Array, "*R N n"]:
        """Give ∂A/∂Z = φ'(Z) ∘ s, elementwise."""
        return self.scaled(self.activation.df(Z, phi))


@dataclass(frozen=True)
class Network:
    """Layers 1..L, each one's fan_out the next one's fan_in."""

    layers: tuple[Layer, ...]

    @property
    def widths(self) -> tuple[int, ...]:
        """Give f_0, …, f_L."""
        return (self.layers[0].fan_in, *(layer.fan_out for layer in self.layers))

    @cached_property
    def fans(self) -> tuple[tuple[int, int], ...]:
        """Give fan_in and fan_out of each layer."""
        return same(tuple((layer.fan_in, layer.fan_out) for layer in self.layers))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Give the activation of each layer as tables and files name it."""
        return same(tuple(str(layer.activation) for layer in self.layers))

    @cached_property
    def size(self) -> int:
        """Count the parameters of one replicate."""
        return sum((layer.fan_in + (layer.bias is not None)) * layer.fan_out for layer in self.layers)

    @cached_property
    def units(self) -> int:
        """Count the units."""
        return sum(layer.fan_out for layer in self.layers)


@dataclass(frozen=True)
class LayerParams:
    """W (*R, m, n) and b (*R, 1, n), or no b."""

    W: Float[Array, "*R m n"]
    b: Float[Array, "*R 1 n"] | None


Params = tuple[LayerParams, ...]


def init_params(network: Network, seed: int, replicates: Iterable[int], dtype: str) -> Params:
    """Draw the first parameters: those of layer l in replicate r come from the address (seed, r, l) and nothing else."""
    replicates = list(replicates)

    def draw(purpose: Purpose, rules: Mapping[int, Initializer], rows: Callable[[Layer], int]) -> dict[int, Array]:
        layers = {number: network.layers[number - 1] for number in rules}
        drawn = {number: np.empty((len(replicates), rows(layer), layer.fan_out), dtype) for number, layer in layers.items()}
        random = [number for number, rule in rules.items() if rule.random]
        for number in rules.keys() - random:
            M, layer = drawn[number], layers[number]
            M[:] = rules[number].draw(NOTHING, layer.fan_in, layer.fan_out, M.shape[1:])
        addresses = product(range(len(replicates)), random)
        for (at, number), rng in zip(addresses, streams(seed, purpose, replicates, random), strict=True):
            M, layer = drawn[number], layers[number]
            M[at] = rules[number].draw(rng, layer.fan_in, layer.fan_out, M.shape[1:])
        return drawn

    numbered = list(enumerate(network.layers, start=1))
    W = draw(Purpose.WEIGHTS, {number: layer.init for number, layer in numbered}, lambda layer: layer.fan_in)
    b = draw(Purpose.BIASES, {number: layer.bias for number, layer in numbered if layer.bias is not None}, lambda _: 1)
    return tuple(LayerParams(W[number], b.get(number)) for number, _ in numbered)
