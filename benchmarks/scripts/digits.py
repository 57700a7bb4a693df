"""What the frameworks' scripts for training on the digits share: the settings of configs/digits.yaml, and what they tell."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

EPOCHS, BATCH, RATE, MOMENTUM = 20, 32, 0.05, 0.9
WIDTHS = (64, 64, 64, 10)
Data = Mapping[str, np.ndarray]
"""X and X_test, rows of float64; Y and Y_test, a class each."""
Told = list[dict[str, float]]
"""For each epoch loss and accuracy of its last batch and of what is held out, and the rms of each layer's dW."""


def script(train: Callable[[Data], Told]) -> None:
    """Train on the arrays of the file that the command line names; print what became of it, and write it."""
    out, file = map(Path, sys.argv[1:])
    with np.load(file) as arrays:
        told = train(dict(arrays))
    print(*told[0], sep="  ")
    for row in told:
        print(*(f"{value:8.4g}" for value in row.values()))
    with (out / "epochs.csv").open("w", newline="", encoding="utf-8") as table:
        writer = csv.DictWriter(table, told[0])
        writer.writeheader()
        writer.writerows(told)
