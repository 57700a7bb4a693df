"""Training on the digits: `configs/digits.yaml` by yann, and the same network, steps and float64 in PyTorch and JAX.

yann measures at every epoch what it measures by default, sixteen figures of each layer; the others one, besides the losses and
accuracies that everybody tells.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.bench import Row, race
from benchmarks.machine import installed
from benchmarks.process import QUIET, script, yann
from benchmarks.scripts.digits import EPOCHS
from yann.config.load import load
from yann.config.options import find_config
from yann.study.allocator import keep_freed_memory
from yann.study.cell import Experiment
from yann.study.data import prepare, updates_per_epoch
from yann.study.run import run

PEERS = {"PyTorch, a plain loop": "torch", "JAX, a jit step": "jax"}
RIGHT = 0.9
"""What part of the held-out digits whoever trained as asked gets right."""


def rows(turns: int) -> Iterator[Row]:
    """Time the training in this process, all that is loaded or compiled once left out, and as a whole process."""
    peers = {name: framework for name, framework in PEERS.items() if installed(framework)}
    experiment, arrays = _loaded()
    inside: dict[str, Callable[[], object]] = {"yann": partial(_yann, experiment)}
    for name, framework in peers.items():
        train = importlib.import_module(f"benchmarks.scripts.digits_{framework}").train
        inside[name] = partial(_accuracy, train, arrays)
    yield Row("f", f"digits, {EPOCHS} epochs, in one process, on one core", race(inside, turns, same))
    with TemporaryDirectory() as folder:
        file = str(Path(folder) / "digits.npz")
        np.savez(file, **arrays)
        whole = {"yann": yann("train", "digits", "--epochs", str(EPOCHS), "--format", "table", *QUIET)}
        whole |= {name: script(f"digits_{framework}", file) for name, framework in peers.items()}
        yield Row("f", f"digits, {EPOCHS} epochs, as a whole process", race(whole, turns))


def same(name: str, _: object, right: float) -> None:
    """Refuse a peer that has not learnt to read the digits."""
    if right < RIGHT:
        raise AssertionError(f"{name} gets {right:.0%} right")


def _loaded() -> tuple[Experiment, dict[str, np.ndarray]]:
    """Give the experiment, and its samples as the peers read them: classes by number."""
    keep_freed_memory()
    cell = load(find_config("digits")).experiment.cells[0]
    experiment = load(find_config("digits", (f"steps={EPOCHS * updates_per_epoch(cell)}",))).experiment
    data = prepare(cell, (), [0])
    X, Y, X_test, Y_test = (M[0] for M in (data.X, data.Y, data.X_test, data.Y_test))
    return experiment, {"X": X, "Y": Y.argmax(axis=-1), "X_test": X_test, "Y_test": Y_test.argmax(axis=-1)}


def _yann(experiment: Experiment) -> float:
    return float(run(experiment.cells[0], experiment.measure, [0]).test_accuracy[-1, 0])


def _accuracy(train: Callable, arrays: dict[str, np.ndarray]) -> float:
    return train(arrays)[-1]["test_accuracy"]
