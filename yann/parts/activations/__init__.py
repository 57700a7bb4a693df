"""Activations φ and their derivatives φ', each in a form that keeps its digits however far from zero: within 4 ulp."""

from yann.parts.activations.base import ACTIVATIONS, Activation
from yann.parts.activations.piecewise import ELU, SELU, SELU_ALPHA, SELU_SCALE, Identity, LeakyReLU, ReLU
from yann.parts.activations.smooth import GELU, GELUTanh, Sigmoid, SiLU, Softplus, Tanh

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "SELU",
    "SELU_ALPHA",
    "SELU_SCALE",
    "Activation",
    "GELUTanh",
    "Identity",
    "LeakyReLU",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Tanh",
]
