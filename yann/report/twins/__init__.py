"""Twins: standalone scripts that compute a config's loss and gradients in a framework, one class each."""

from yann.report.twins.base import TWINS, Twin, unknown_to
from yann.report.twins.example import MOST_READ, Example, example_of
from yann.report.twins.jax import Jax
from yann.report.twins.numpy import NumPy
from yann.report.twins.script import script_of
from yann.report.twins.tensorflow import TensorFlow
from yann.report.twins.torch import Torch

__all__ = [
    "MOST_READ",
    "TWINS",
    "Example",
    "Jax",
    "NumPy",
    "TensorFlow",
    "Torch",
    "Twin",
    "example_of",
    "script_of",
    "unknown_to",
]
