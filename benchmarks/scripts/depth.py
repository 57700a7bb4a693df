"""The depth study as somebody would write it without yann; the frameworks' scripts beside this one bring the gradients.

A network of ones, its depth 1 to 5: per layer the figures that `yann sweep configs/depth.yaml` writes, as a table and as CSV.
"""

import csv
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

DEPTHS, WIDTH, SAMPLES = range(1, 6), 3, 15


def figures(A: np.ndarray, dW: np.ndarray, dZ: np.ndarray) -> dict[str, float]:
    """Measure a layer; without an activation its slope is 1 everywhere."""
    slope, norm, rms = np.ones_like(A), np.linalg.norm(dW), np.sqrt((dW**2).mean())
    return {
        "dW_norm": norm,
        "dW_rms": rms,
        "dW_mean": dW.mean(),
        "dW_std": dW.std(),
        "dW_min": dW.min(),
        "dW_max": dW.max(),
        "dW_zero_fraction": (dW == 0).mean(),
        "log10_dW_rms": np.log10(rms),
        "db_norm": np.linalg.norm(dZ.sum(axis=0)),
        "dZ_rms": np.sqrt((dZ**2).mean()),
        "A_mean": A.mean(),
        "A_std": A.std(),
        "A_rms": np.sqrt((A**2).mean()),
        "dead_fraction": (slope == 0).all(axis=0).mean(),
        "saturated_fraction": (slope <= 0.01).mean(),
    }


def study(passes: Callable[[int], tuple[float, list[tuple]]]) -> None:
    """Let `passes` give loss and (A, dW, dZ) of each layer for every depth; print the table, and write the files."""
    layers, cells = [], []
    for depth in DEPTHS:
        loss, seen = passes(depth)
        cells.append({"depth": depth, "loss": loss})
        layers += [{"depth": depth, "layer": at, **figures(*each)} for at, each in enumerate(seen, start=1)]
    print("depth  ", *(f"{depth:8}" for depth in DEPTHS))
    for layer in DEPTHS:
        row = {each["depth"]: f"{each['dW_rms']:8.4g}" for each in layers if each["layer"] == layer}
        print("layer", layer, *(row.get(depth, " " * 8) for depth in DEPTHS))
    print("loss   ", *(f"{cell['loss']:8.4g}" for cell in cells))
    out = Path(sys.argv[1])
    for name, rows in (("layers", layers), ("cells", cells)):
        with (out / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
