"""Optimizers, each a pure rule: one array, its gradient and its memory in, the array after the step and new memory out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Lt

from yann.registry import Part, Registry
from yann.shapes import Array

Rate = Annotated[float, Gt(0)]
Decay = Annotated[float, Ge(0), Lt(1)]
NotNegative = Annotated[float, Ge(0)]

Memory = tuple[Array, ...]


class Optimizer(Part):
    """A rule of descent. Its memory is a tuple of arrays of the parameter's shape, zero at the start."""

    def remembers(self) -> tuple[str, ...]:
        """Name the arrays in memory."""
        raise NotImplementedError

    def init(self, W: Array) -> Memory:
        """Give the memory before the first step."""
        return tuple(np.zeros_like(W) for _ in self.remembers())

    def told(self, memory: Memory) -> Memory:
        """Give the arrays that are named, as they are told; memory may hold them in another form."""
        return memory

    def update(self, W: Array, dW: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        """Give the array after step t = 1, 2, … and the memory it leaves."""
        raise NotImplementedError


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", Optimizer)


def mean_root(root: Array, dW: Array, rho: float) -> Array:
    """Give √(rho·root² + (1 - rho)·dW²), which a square beyond the range of its numbers does not lose."""
    a, b = math.sqrt(rho) * root, math.sqrt(1 - rho) * dW
    square = a * a + b * b
    lost = ~((square > np.finfo(square.dtype).smallest_normal / np.finfo(square.dtype).eps) & (square < np.inf))
    return np.hypot(a, b, out=np.sqrt(square), where=lost)  # exact everywhere, but many times as slow


def quotient(step: Array, size: Array) -> Array:
    """Give step/size, and no step where there has been no gradient at all and eps is 0."""
    return np.divide(step, size, out=np.zeros_like(step), where=(size != 0) | (step != 0))


@OPTIMIZERS.add("sgd")
@dataclass(frozen=True)
class SGD(Optimizer):
    """v ← momentum·v + dW; W ← W - lr·v (nesterov: W - lr·(dW + momentum·v))"""

    source = "PyTorch's form; Polyak 1964, Sutskever et al. 2013"

    lr: Rate = 0.01
    momentum: Decay = 0.0
    nesterov: bool = False

    def remembers(self) -> tuple[str, ...]:
        return ("velocity",) if self.momentum else ()

    def update(self, W: Array, dW: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        if not memory:
            step = self.lr * dW
            return np.subtract(W, step, out=step), ()
        v = self.momentum * memory[0]
        v += dW
        step = self.lr * (dW + self.momentum * v if self.nesterov else v)
        return np.subtract(W, step, out=step), (v,)


@OPTIMIZERS.add("rmsprop")
@dataclass(frozen=True)
class RMSprop(Optimizer):
    """s ← rho·s + (1 - rho)·dW²; W ← W - lr·dW/(√s + eps)"""

    source = "Tieleman & Hinton 2012; eps outside the root as in PyTorch"

    lr: Rate = 0.01
    rho: Decay = 0.99
    eps: NotNegative = 1e-8

    def remembers(self) -> tuple[str, ...]:
        return ("square",)

    def told(self, memory: Memory) -> Memory:
        (root,) = memory
        return (root**2,)

    def update(self, W: Array, dW: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        root = mean_root(memory[0], dW, self.rho)  # √s, which has twice the range of s
        return W - self.lr * quotient(dW, root + self.eps), (root,)


@OPTIMIZERS.add("adam")
@dataclass(frozen=True)
class Adam(Optimizer):
    """m, s ← moments of dW, dW² (beta1, beta2); W ← W - lr·m̂/(√ŝ + eps), m̂ = m/(1 - beta1ᵗ), ŝ = s/(1 - beta2ᵗ)"""

    source = "Kingma & Ba 2015"

    lr: Rate = 0.001
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    eps: NotNegative = 1e-8

    def remembers(self) -> tuple[str, ...]:
        return ("moment", "square")

    def told(self, memory: Memory) -> Memory:
        m, root = memory
        return m, root**2

    def update(self, W: Array, dW: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        m, root = memory  # √s, which has twice the range of s
        m, root = self.beta1 * m + (1 - self.beta1) * dW, mean_root(root, dW, self.beta2)
        m_hat, root_hat = m / (1 - self.beta1**t), root / math.sqrt(1 - self.beta2**t)
        return W - self.lr * quotient(m_hat, root_hat + self.eps), (m, root)


@OPTIMIZERS.add("adamw")
@dataclass(frozen=True)
class AdamW(Adam):
    """Adam after W ← (1 - lr·weight_decay)·W"""

    source = "Loshchilov & Hutter 2019"

    weight_decay: NotNegative = 0.01

    def update(self, W: Array, dW: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        return super().update(W * (1 - self.lr * self.weight_decay), dW, memory, t)
