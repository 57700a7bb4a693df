"""The handwritten digits that come with yann."""

from __future__ import annotations

from importlib.resources import files

import numpy as np

from yann.parts.datasets.base import DATASETS, Dataset, Samples


@DATASETS.add("digits")
class Digits(Dataset):
    """1,797 handwritten digits of 8×8 pixels: inputs pixel/16 in [0, 1], targets the classes 0 to 9

    inputs (1797, 64) float64, targets (1797,) int64. Origin, licence and changes stand in digits.txt.
    """

    source = "Alpaydin & Kaynak (1998), Optical Recognition of Handwritten Digits, UCI; CC BY 4.0"

    def read(self) -> Samples:
        with files(__package__).joinpath("digits.npz").open("rb") as stream, np.load(stream) as arrays:
            return Samples(arrays["inputs"] / np.float64(16), arrays["targets"].astype(np.int64))
