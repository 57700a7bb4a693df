"""The traps that the frameworks' and the textbooks' conventions set, each one a part that runs its own mistake."""

from yann.explain.pitfalls.base import PITFALLS, Finding, Pitfall
from yann.explain.pitfalls.kernels import KerasKernels
from yann.explain.pitfalls.labels import BroadcastLabels
from yann.explain.pitfalls.losses import Half, KerasSum, SaturatedBCE
from yann.explain.pitfalls.momentum import Momentum
from yann.explain.pitfalls.networks import DefaultInit, ReLUAtZero
from yann.explain.pitfalls.tapes import TapeSum

__all__ = [
    "PITFALLS",
    "BroadcastLabels",
    "DefaultInit",
    "Finding",
    "Half",
    "KerasKernels",
    "KerasSum",
    "Momentum",
    "Pitfall",
    "ReLUAtZero",
    "SaturatedBCE",
    "TapeSum",
]
