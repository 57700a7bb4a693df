"""The study in HIPS autograd: NumPy on stacked replicates, with a tape."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import autograd.numpy as anp
import numpy as np
from autograd import grad
from autograd.tracer import getval

from benchmarks.study import Drawn, spread


def _one(weights: list, X: np.ndarray, Y: np.ndarray) -> tuple:
    deviations = []

    def loss(weights: list) -> float:
        A = X
        for number, W in enumerate(weights, start=1):
            Z = anp.matmul(A, W)
            A = Z if number == len(weights) else anp.tanh(Z)
            deviations.append(getval(A).std(axis=(1, 2)))
        return anp.sum(anp.mean((A - Y) ** 2, axis=(1, 2)))  # no replicate knows of another

    gradients = grad(loss)(weights)
    norms = [np.linalg.norm(g, axis=(1, 2)) for g in gradients]
    rms = [np.sqrt((g * g).mean(axis=(1, 2))) for g in gradients]
    return np.array(norms), np.array(rms), np.array(deviations)


def studies(drawn: Drawn, cores: int) -> Mapping[str, Callable[[], object]]:
    """Give the study, an equal part of it on each core, as BLAS is held to one thread."""
    parts = [part for part in np.array_split(np.arange(len(drawn.X)), cores) if len(part)]
    cut = [([W[part] for W in drawn.W], drawn.X[part], drawn.Y[part]) for part in parts]

    def work() -> object:
        found = spread(lambda part: _one(*part), cut, cores)
        return [np.concatenate(each, axis=-1) for each in zip(*found, strict=True)]

    return {"autograd": work}
