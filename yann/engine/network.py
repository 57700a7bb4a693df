"""The network: what its layers are, and their parameters. Samples are rows: W of layer l is (f_{l-1}, f_l)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from yann.engine.streams import Purpose, stream
from yann.parts.activations import Activation
from yann.parts.initializers import Initializer
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

    @property
    def size(self) -> int:
        """Count the parameters of one replicate."""
        return sum((layer.fan_in + (layer.bias is not None)) * layer.fan_out for layer in self.layers)


@dataclass(frozen=True)
class LayerParams:
    """W (*R, m, n) and b (*R, 1, n), or no b."""

    W: Float[Array, "*R m n"]
    b: Float[Array, "*R 1 n"] | None


Params = tuple[LayerParams, ...]


def init_params(network: Network, seed: int, replicates: Iterable[int], dtype: str) -> Params:
    """Draw the first parameters: those of layer l in replicate r come from the address (seed, r, l) and nothing else."""
    replicates = list(replicates)

    def draw(layer: Layer, rule: Initializer, purpose: Purpose, rows: int, number: int) -> Array:
        shape = (rows, layer.fan_out)
        drawn = [rule.draw(stream(seed, purpose, r, number), layer.fan_in, layer.fan_out, shape) for r in replicates]
        return np.stack(drawn).astype(dtype)

    return tuple(
        LayerParams(
            draw(layer, layer.init, Purpose.WEIGHTS, layer.fan_in, number),
            None if layer.bias is None else draw(layer, layer.bias, Purpose.BIASES, 1, number),
        )
        for number, layer in enumerate(network.layers, start=1)
    )
