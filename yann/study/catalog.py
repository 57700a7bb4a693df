"""Every registry by the plural that `yann list` knows it by."""

from __future__ import annotations

from typing import Any

from yann.parts.activations import ACTIVATIONS
from yann.parts.datasets import DATASETS
from yann.parts.generators import GENERATORS
from yann.parts.initializers import INITIALIZERS
from yann.parts.losses import LOSSES
from yann.parts.optimizers import OPTIMIZERS
from yann.parts.reductions import REDUCTIONS
from yann.registry import Registry
from yann.study.metrics import METRICS

CATALOG: dict[str, Registry[Any]] = {
    "activations": ACTIVATIONS,
    "inits": INITIALIZERS,
    "losses": LOSSES,
    "reductions": REDUCTIONS,
    "optimizers": OPTIMIZERS,
    "data": GENERATORS,
    "datasets": DATASETS,
    "metrics": METRICS,
}
