"""What a pitfall is: the honest cell, the same cell as the mistake has it, and what of the two is shown side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from yann.engine.network import Layer, Network
from yann.engine.objective import Objective
from yann.explain.notation import Notation
from yann.explain.quantities import quantity
from yann.explain.scene import scene_of
from yann.parts.activations import Activation, Identity, ReLU, Sigmoid
from yann.parts.initializers import Given
from yann.parts.losses import BinaryCrossEntropy, SquaredError
from yann.parts.optimizers import SGD
from yann.registry import Part, Registry
from yann.shapes import Array
from yann.study.cell import Cell, MadeData, Matrix

Rows = Sequence[Sequence[float]]
IDENTITY = Identity()
MSE = Objective(SquaredError())


@dataclass(frozen=True)
class Finding:
    """One quantity as the mistake has it and as it should be; the mistake may change its shape."""

    case: str
    """Which of the pitfall's cases, in a few words."""
    quantity: str
    wrong: Array
    right: Array

    @property
    def differs(self) -> bool:
        """Tell whether the two differ by more than rounding."""
        if self.wrong.shape != self.right.shape:
            return True
        return not np.allclose(self.wrong, self.right, rtol=1e-9, atol=0)

    @property
    def factor(self) -> float | None:
        """Give the one number that all of several entries are multiplied by, if there is one."""
        if self.wrong.shape != self.right.shape or self.right.size < 2 or not self.right.any():
            return None
        largest = np.unravel_index(int(np.argmax(np.abs(self.right))), self.right.shape)
        factor = float(self.wrong[largest] / self.right[largest])
        return factor if np.allclose(self.wrong, factor * self.right, rtol=1e-9, atol=0) else None

    def worst(self) -> tuple[int, ...]:
        """Give the place of the entry that is furthest off for its size, nan before all others."""
        with np.errstate(all="ignore"):
            off = np.abs(self.wrong - self.right) / np.maximum(np.abs(self.wrong), np.abs(self.right))
        off = np.where(self.wrong == self.right, 0, np.where(np.isnan(off), np.inf, off))
        return tuple(int(i) for i in np.unravel_index(int(np.argmax(off)), off.shape))


class Pitfall(Part):
    """A trap on the way to a gradient. The first line of the docstring says what goes wrong."""

    why: ClassVar[str]
    """Why it happens, in a few sentences."""
    avoid: ClassVar[str]
    """How to notice and avoid it."""
    shown: ClassVar[tuple[str, ...]] = ("loss", "dW1")
    """The quantities that tell most, as `yann check` names them."""
    notation: ClassVar[Notation] = Notation()
    """How its numbers are written: weights (in, out) and samples as rows, unless its source has it otherwise."""
    telling: ClassVar[str] = "dW1"
    """The one of them that tells the story in a line: that of the first case has one shape, right or wrong."""

    def cases(self) -> Iterator[tuple[str, Cell]]:
        """Walk honest cells in which the mistake matters, each with a few words for it."""
        raise NotImplementedError

    def ways(self) -> Iterator[tuple[str, Pitfall]]:
        """Walk the settings with which every case is shown, each with a few words for it."""
        yield "", self

    def mistaken(self, cell: Cell) -> Cell:
        """Give the cell as the mistake has it.

        Raises:
            ValueError: with a sentence, if the mistake cannot be made there.

        """
        raise NotImplementedError

    def spelled(self) -> str:
        """Give the mistake as the expect block of a config spells it, with every setting."""
        settings = {name: getattr(self, name) for name in self.settings()}
        told = [f"{name}: {list(value) if isinstance(value, tuple) else value}" for name, value in settings.items()]
        return f"{{{', '.join([f'name: {self.name}', *told])}}}" if told else self.name

    def observed(self, cell: Cell) -> dict[str, Array]:
        """Give what is shown of a cell, by name."""
        scene = scene_of(cell, notation=self.notation)
        with np.errstate(all="ignore"):
            return {name: quantity(name).of(scene) for name in self.shown}

    def findings(self) -> Iterator[Finding]:
        """Run the cases both ways and walk what is shown of them."""
        for case, cell in self.cases():
            right = self.observed(cell)
            for way, pitfall in self.ways():
                wrong = self.observed(pitfall.mistaken(cell))
                told = ", ".join(filter(None, (case, way)))
                yield from (Finding(told, name, wrong[name], right[name]) for name in right)


PITFALLS: Registry[Pitfall] = Registry("pitfall", Pitfall)


def example(
    weights: Sequence[Rows],
    inputs: Rows,
    targets: Rows,
    *,
    biases: Sequence[Sequence[float] | None] | None = None,
    activation: Activation = IDENTITY,
    output: Activation = IDENTITY,
    objective: Objective = MSE,
) -> Cell:
    """Give a small cell whose numbers are all written out; weights are (in, out), samples rows."""
    matrices = [tuple(tuple(map(float, row)) for row in W) for W in weights]
    vectors = [None if b is None else Given((tuple(map(float, b)),)) for b in biases or [None] * len(weights)]
    activations = [*[activation] * (len(weights) - 1), output]
    layers = tuple(Layer(len(W), len(W[0]), phi, Given(W), b) for W, phi, b in zip(matrices, activations, vectors, strict=True))
    X, Y = (Matrix(tuple(tuple(map(float, row)) for row in M)) for M in (inputs, targets))
    return Cell(
        network=Network(layers),
        data=MadeData(X, Y, len(inputs)),
        objective=objective,
        optimizer=SGD(),
        steps=1,
        batch=None,
        every=1,
        seed=0,
        replicates=1,
        dtype="float64",
    )


def yann_network() -> Cell:
    """Give the YANN network: 3 inputs, ReLU(3), sigmoid(2), binary cross-entropy averaged over two outputs, one sample."""
    return example(
        [[[0.1, 0.7, 0.4], [0.5, 0.2, 0.25], [0.3, 0.9, 0.75]], [[0.9, 0.3], [0.6, 0.8], [0.4, 0.7]]],
        [[0.23, 0.82, 0.47]],
        [[1, 0]],
        biases=[[0, 0, 0], [0, 0]],
        activation=ReLU(),
        output=Sigmoid(),
        objective=Objective(BinaryCrossEntropy()),
    )
