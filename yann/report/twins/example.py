"""What a twin is written from: the first step of one cell, and how its parts and numbers are called on the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from yann.engine.network import Layer
from yann.explain.notation import Notation
from yann.explain.scene import Scene, scene_of
from yann.parts.activations import Activation
from yann.parts.losses import Loss
from yann.report.numbers import setting
from yann.shapes import Array
from yann.study.cell import Experiment
from yann.text import visible

FEW_LAYERS = 6
"""Layers up to which every one is written out, and not in a loop."""
MOST_READ = 5_000
"""Numbers that anybody would still read in a script."""
MOST_SAID = 200
"""Characters of a title."""
ONE_A_SAMPLE = {"batch_mean": "mean", "feature_mean": "sum", "per_sample": "none"}
"""Reductions that are the same as another where there is one loss a sample, K = 1."""


@dataclass(frozen=True)
class Names:
    """How a script calls what belongs to one layer; b and s are None where there is none."""

    A_in: str
    W: str
    b: str | None
    s: str | None
    Z: str
    A: str


@dataclass(frozen=True, eq=False)
class Example:
    """The first step of one cell: initial parameters, and the batch of step 0, of replicate 0."""

    experiment: Experiment
    index: int
    scene: Scene
    """Samples are rows, weights as the config has them."""

    @property
    def title(self) -> str:
        """Give what the experiment is called, and which of its cells this is."""
        title = visible(self.experiment.title or self.experiment.name, MOST_SAID)
        if not self.experiment.axes:
            return title
        at = zip(self.experiment.headings, self.experiment.points[self.index], strict=True)
        return f"{title} ({', '.join(f'{heading} = {setting(value)}' for heading, value in at)})"

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Give the layers."""
        return self.scene.cell.network.layers

    @property
    def double(self) -> bool:
        """Tell whether numbers are float64, and not float32."""
        return self.scene.cell.dtype == "float64"

    @property
    def out_in(self) -> bool:
        """Tell whether weights are (out, in)."""
        return self.scene.notation.out_in

    @cached_property
    def loss(self) -> Loss:
        """Give the loss that is computed: the config's, or its stable form on the logits."""
        loss = self.scene.cell.objective.loss
        return (None if self._scaled_at_the_end else loss.on_logits(self.layers[-1].activation)) or loss

    @property
    def on_logits(self) -> bool:
        """Tell whether the loss takes Z of the last layer, whose activation it has within."""
        return self.loss != self.scene.cell.objective.loss

    @property
    def _scaled_at_the_end(self) -> bool:
        return any(factor != 1 for factor in self.layers[-1].scale or ())

    @property
    def reduction(self) -> str:
        """Give the name of the reduction: of those that are the same here the plainest."""
        name = self.scene.cell.objective.reduction.name
        return ONE_A_SAMPLE.get(name, name) if self.loss.classes else name

    @cached_property
    def kept(self) -> Array:
        """Give J (), or the losses that are kept."""
        with np.errstate(all="ignore"):  # an exploding loss is a result
            return self.scene.kept()

    @property
    def keeps(self) -> str | None:
        """Say of what the losses are kept; None where they become one number."""
        return (None, "sample", "element")[self.kept.ndim]

    @property
    def predictions(self) -> Array:
        """Give A of the last layer (N, k)."""
        return self.scene.state.trace[-1].A[0]

    @property
    def targets(self) -> Array:
        """Give Y (N, k)."""
        return self.scene.own(self.scene.state.Y)

    @cached_property
    def kinks(self) -> frozenset[str]:
        """Name the parts that are asked for their slope exactly at a kink, where frameworks may differ."""
        with np.errstate(all="ignore"):
            met: list[tuple[Activation | Loss, Array]] = [(self.loss, self.predictions - self.targets)]
        met += [(layer.activation, seen.Z) for layer, seen in zip(self.layers, self.scene.state.trace, strict=True)]
        return frozenset(part.name for part, M in met if any(np.equal(M, kink).any() for kink in part.kinks()))

    @property
    def certain(self) -> bool:
        """Tell whether predictions come to 0 or 1, or go beyond."""
        return bool(((self.predictions <= 0) | (self.predictions >= 1)).any())

    @property
    def sums_are_off(self) -> bool:
        """Tell whether targets are distributions over classes that do not sum to 1 to the last digit."""
        Y = self.targets
        return self.loss.classes and bool((np.abs(Y.sum(axis=-1) - 1) > 4 * np.finfo(Y.dtype).eps).any())

    # Numbers

    @cached_property
    def numbers(self) -> dict[str, Array]:
        """Give X, Y, and of every layer W, b and s where there are any, by the names they have in a script."""
        state, weights = self.scene.state, self.scene.notation.weights
        found = {"X": self.scene.own(state.X), "Y": self.targets}
        for number, (layer, theta) in enumerate(zip(self.layers, state.params, strict=True), start=1):
            found[f"W{number}"] = weights(theta.W[0])
            if theta.b is not None:
                found[f"b{number}"] = theta.b[0, 0]
            if layer.scale is not None:
                found[f"s{number}"] = np.array(layer.scale, dtype=self.scene.cell.dtype)
        return found

    @property
    def count(self) -> int:
        """Count the numbers."""
        return sum(M.size for M in self.numbers.values())

    @property
    def stored(self) -> bool:
        """Tell whether the numbers are too many for a script, which then reads them from a file of arrays beside it."""
        return self.count > MOST_READ

    # Names

    @cached_property
    def looped(self) -> bool:
        """Tell whether the hidden layers are many and alike, so that a loop goes through them."""
        hidden = self.layers[:-1]
        alike = len({(layer.activation, layer.bias is None) for layer in hidden}) == 1
        return len(self.layers) > FEW_LAYERS and alike and (self.layers[-1].bias is None) == (hidden[0].bias is None)

    @property
    def biased(self) -> bool:
        """Tell whether the layers of a loop have biases."""
        return self.layers[0].bias is not None

    @property
    def scaled(self) -> bool:
        """Tell whether a layer of a loop has a scale."""
        return any(layer.scale is not None for layer in self.layers[:-1])

    @property
    def named(self) -> tuple[Names, ...]:
        """Give the names of every layer, numbered: A1, W2, b2, s2, Z2, A2."""
        given = self.numbers
        return tuple(
            Names(
                A_in=f"A{number - 1}" if number > 1 else "X",
                W=f"W{number}",
                b=f"b{number}" if f"b{number}" in given else None,
                s=f"s{number}" if f"s{number}" in given else None,
                Z=f"Z{number}",
                A=f"A{number}",
            )
            for number in range(1, len(self.layers) + 1)
        )

    @property
    def inside(self) -> Names:
        """Give the names within a loop through the hidden layers."""
        return Names("A", "W", "b" if self.biased else None, "s" if self.scaled else None, "Z", "A")

    @property
    def last(self) -> Names:
        """Give the names of the last layer."""
        if not self.looped:
            return self.named[-1]
        return Names("A", "weights[-1]", "biases[-1]" if self.biased else None, self.named[-1].s, "Z", "Y_hat")

    @property
    def predicted(self) -> str:
        """Name what the loss takes."""
        return self.last.Z if self.on_logits else self.last.A

    @property
    def parameters(self) -> list[str]:
        """Name what gradients are sought of: weights and biases by layer, or the lists that a loop goes through."""
        if self.looped:
            return [together for together, _ in self.together()]
        return [name for names in self.named for name in (names.W, names.b) if name]

    def together(self) -> Iterator[tuple[str, str]]:
        """Walk what a loop goes through: the name of each list, and of what is one of it."""
        yield "weights", "W"
        if self.biased:
            yield "biases", "b"


def example_of(experiment: Experiment, index: int) -> Example:
    """Give the first step of a cell.

    Raises:
        DataError: if the data do not fit the network or the loss.

    """
    cell = replace(experiment.cells[index], replicates=1)
    return Example(experiment, index, scene_of(cell, 0, Notation(out_in=experiment.layout == "out_in")))
