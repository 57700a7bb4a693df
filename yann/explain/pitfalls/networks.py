"""Pitfalls of networks: a slope that every library chooses for itself, and first weights that are too small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from yann.engine.network import Layer, Network
from yann.engine.objective import Objective
from yann.errors import AskedError
from yann.explain.pitfalls.base import PITFALLS, Pitfall, example
from yann.parts.activations import ReLU
from yann.parts.generators import NormalData
from yann.parts.initializers import HeNormal, TorchLinear
from yann.parts.losses import Output
from yann.shapes import Array
from yann.study.cell import Cell, MadeData
from yann.study.metrics import ActivationStd, PreactivationGradientRms
from yann.study.run import run


@PITFALLS.add("relu_at_zero")
@dataclass(frozen=True)
class ReLUAtZero(Pitfall):
    """ReLU'(0) is 0, ½ or 1"""

    source = "Bertoin et al. 2021, Numerical influence of ReLU'(0) on backpropagation"
    why = (
        "ReLU has no derivative at 0, so every library chooses one. relu of PyTorch, of TensorFlow and of jax.nn takes 0, as "
        "yann does. Written out as a maximum of z and 0, a tie is split and the slope is ½ in JAX, HIPS autograd and PyTorch; "
        "with a mask z >= 0, or clamp(min=0) in PyTorch, it is 1. Exact zeros are not rare: an input of zeros or a layer of dead "
        "units where biases are 0, weights that cancel, weights that start at 0."
    )
    avoid = (
        "Use the library's relu and no maximum of your own. Where two gradients differ in single samples or units, look there "
        "for pre-activations that are exactly 0; small random biases move them away."
    )
    shown = ("Z1", "dZ1", "dW1", "db1")

    slope: float = 0.5
    """What ReLU'(0) is taken for."""

    def cases(self) -> Iterator[tuple[str, Cell]]:
        yield (
            "an input of zeros, and weights that cancel",
            example([[[0.5, 1], [0.3, -1]], [[1], [2]]], [[0, 0], [1, 1]], [[1], [0]], biases=[[0, 0], None], activation=ReLU()),
        )

    def ways(self) -> Iterator[tuple[str, Pitfall]]:
        yield "as a maximum, slope ½", replace(self, slope=0.5)
        yield "as a mask z >= 0, slope 1", replace(self, slope=1.0)

    def mistaken(self, cell: Cell) -> Cell:
        if not any(layer.activation == ReLU() for layer in cell.network.layers):
            raise AskedError("relu_at_zero: no layer of the network is relu")
        return replace(cell, network=Network(tuple(map(self._bent, cell.network.layers))))

    def _bent(self, layer: Layer) -> Layer:
        return replace(layer, activation=_ReLU(self.slope)) if layer.activation == ReLU() else layer


@dataclass(frozen=True)
class _ReLU(ReLU):
    """max(z, 0), with a slope of one's own at 0."""

    at_zero: float = 0.0

    def df(self, Z: Array, A: Array) -> Array:
        return np.where(Z == 0, Z.dtype.type(self.at_zero), super().df(Z, A))


@PITFALLS.add("default_init")
class DefaultInit(Pitfall):
    """nn.Linear's default shrinks"""

    source = "torch.nn.Linear; He et al. 2015"
    why = (
        "PyTorch's Linear draws its weights from U(±1/√fan_in), whose variance is 1/(3·fan_in): a layer keeps a third of the "
        "mean square that enters it, and ReLU halves that. So A shrinks by 1/√6 = 0.41 from layer to layer, and dZ by as much on "
        "its way back: to 2e-12 over 30 layers. Without ReLU it is 1/√3 = 0.58. He's variance 2/fan_in keeps both. The default "
        "draws biases too, left out here: they keep A from 0, but neither dZ nor what tells one sample from another."
    )
    avoid = (
        "Draw the weights yourself, with nn.init.kaiming_normal_(weight, nonlinearity='relu') for ReLU and xavier_normal_ for "
        "tanh, or normalise between the layers. yann sweep init compares initializers."
    )
    telling = "dZ1 rms"

    def cases(self) -> Iterator[tuple[str, Cell]]:
        network = Network((Layer(64, 64, ReLU(), HeNormal()),) * 30)
        data = MadeData(NormalData(), NormalData(), 16)
        mean_output = Objective(Output())  # so that the same dA goes in whatever the weights are
        cell = replace(example([[[0]]], [[0]], [[0]], objective=mean_output), network=network, data=data, steps=0, replicates=20)
        yield "30 layers of width 64, relu, no biases, J the mean output; against he_normal, over 20 draws", cell

    def mistaken(self, cell: Cell) -> Cell:
        return replace(cell, network=Network(tuple(map(_as_in_torch, cell.network.layers))))

    def observed(self, cell: Cell) -> dict[str, Array]:
        """Give the size of the signal in the last layer, and of what comes back to the first, over all draws."""
        metrics = run(cell, [ActivationStd(), PreactivationGradientRms()], range(cell.replicates)).metrics
        sizes = {f"A{len(cell.network.layers)} std": metrics["A_std"][0, -1], "dZ1 rms": metrics["dZ_rms"][0, 0]}
        return {name: np.sqrt((each**2).mean()) for name, each in sizes.items()}


def _as_in_torch(layer: Layer) -> Layer:
    bias = None if layer.bias is None else TorchLinear()
    return replace(layer, init=TorchLinear(), bias=bias)
