"""From the data section to what it says of the network: inputs, outputs, samples; files are read here, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from yann.config.grammar import MadeDataSection
from yann.engine.network import Network
from yann.engine.objective import Objective
from yann.errors import DataError
from yann.parts.datasets import Dataset
from yann.parts.generators import Generator
from yann.study.cell import MadeData, Matrix
from yann.study.data import outputs_of, target_rows

SAMPLES = 64


class Fault(Exception):  # noqa: N818 - not an error yet: the loader adds where it stands and what else is wrong
    """Keys that contradict each other: the key to point at, and a sentence."""

    def __init__(self, key: str, sentence: str) -> None:
        """Keep both."""
        super().__init__(sentence)
        self.key = key
        self.sentence = sentence


@dataclass(frozen=True)
class Shape:
    """What the data say of the network: f_0 and f_L where they do, and the number of samples to train with."""

    data: MadeData | Dataset
    inputs: int | None
    outputs: int | None
    samples: int


def resolve_data(section: MadeDataSection | Dataset, objective: Objective) -> Shape:
    """Give the data of a cell and their shape; files are read here, once.

    Raises:
        Fault: if inputs, targets and samples contradict each other, or a file is not what it should be.

    """
    if isinstance(section, Dataset):
        return _loaded(section, objective)
    columns = section.orientation == "columns"
    inputs, targets = _source(section.inputs, "inputs", columns=columns), _source(section.targets, "targets", columns=columns)
    if isinstance(inputs, Generator) and inputs.targets_only:
        raise Fault("data.inputs", f"{inputs.name} is a rule for targets, not for inputs")
    sizes = {f"data.{key}": len(m.rows) for key, m in (("inputs", inputs), ("targets", targets)) if isinstance(m, Matrix)}
    if section.samples is not None:
        sizes["data.samples"] = section.samples
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{key} has {size}" if key != "data.samples" else f"{key} is {size}" for key, size in sizes.items())
        raise Fault(list(sizes)[-1], f"the numbers of samples differ: {told}")
    samples = next(iter(sizes.values()), SAMPLES)
    f0 = len(inputs.rows[0]) if isinstance(inputs, Matrix) else None
    fL = outputs_of(np.array(targets.rows), objective.loss) if isinstance(targets, Matrix) else None
    return Shape(MadeData(inputs, targets, samples), f0, fL, samples)


def _source(source: Any, key: str, *, columns: bool) -> Generator | Matrix:
    if isinstance(source, Generator):
        return source
    if isinstance(source[0], tuple):
        return Matrix(tuple(zip(*source, strict=True)) if columns else source)
    if key == "inputs":
        raise Fault("data.inputs", "a matrix is a list of rows, [[…], […]], one row a sample")
    return Matrix(tuple((value,) for value in source))


def _loaded(dataset: Dataset, objective: Objective) -> Shape:
    try:
        samples = dataset.load()
    except DataError as error:
        raise Fault("data", str(error)) from None
    train = len(samples.inputs) - round(dataset.test * len(samples.inputs))
    if train < 1:
        raise Fault("data.test", f"{dataset.test:g} of {len(samples.inputs)} samples leaves none to train with")
    return Shape(dataset, samples.inputs.shape[1], outputs_of(samples.targets, objective.loss), train)


def check_targets(shape: Shape, network: Network, objective: Objective) -> None:
    """Check that the targets are what the loss takes, for as many outputs as the network has.

    Raises:
        Fault: if they are not.

    """
    loss, k = objective.loss, network.widths[-1]
    try:
        if isinstance(shape.data, Dataset):
            target_rows(shape.data.load().targets, k, loss)
        elif isinstance(shape.data.targets, Matrix):
            target_rows(np.array(shape.data.targets.rows), k, loss)
        elif loss.classes and not shape.data.targets.makes_classes:
            raise DataError(
                f"{loss.name} needs class indices or one-hot rows; {shape.data.targets.name} makes neither, classes does"
            )
        elif loss.probabilities and not shape.data.targets.in_unit_interval():
            raise DataError(f"{loss.name} needs targets in [0, 1]; {shape.data.targets} makes others, bits does not")
    except DataError as error:
        raise Fault("data.targets", str(error)) from None
