"""Initializers: the first weights of a layer, drawn in float64 so that both precisions start from the same numbers."""

from yann.parts.initializers.base import INITIALIZERS, Initializer
from yann.parts.initializers.fixed import Constant, Given, IdentityMatrix, Ones, OnesOverFanIn, OnesOverFanOut, Zeros
from yann.parts.initializers.unscaled import Normal, TruncatedNormal, Uniform
from yann.parts.initializers.variance_scaling import (
    HeNormal,
    HeUniform,
    LeCunNormal,
    LeCunUniform,
    MeanField,
    Orthogonal,
    TorchLinear,
    XavierNormal,
    XavierUniform,
)

__all__ = [
    "INITIALIZERS",
    "Constant",
    "Given",
    "HeNormal",
    "HeUniform",
    "IdentityMatrix",
    "Initializer",
    "LeCunNormal",
    "LeCunUniform",
    "MeanField",
    "Normal",
    "Ones",
    "OnesOverFanIn",
    "OnesOverFanOut",
    "Orthogonal",
    "TorchLinear",
    "TruncatedNormal",
    "Uniform",
    "XavierNormal",
    "XavierUniform",
    "Zeros",
]
