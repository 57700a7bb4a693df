"""The depth study in HIPS autograd."""

import autograd.numpy as anp
import numpy as np
from autograd import value_and_grad
from autograd.tracer import getval

from benchmarks.scripts.depth import SAMPLES, WIDTH, study


def passes(depth: int) -> tuple[float, list[tuple]]:
    """Give the loss, and A, dW and dZ of each layer."""
    Zs = []

    def loss(parameters: tuple[list, list]) -> float:
        """What is added to Z is 0, and there for its gradient."""
        A = np.ones((SAMPLES, WIDTH))
        for W, added in zip(*parameters, strict=True):
            A = anp.dot(A, W) + added
            Zs.append(getval(A))
        return anp.mean((A - (getval(A) - 1)) ** 2)

    ones, zeros = np.ones((WIDTH, WIDTH)), np.zeros((SAMPLES, WIDTH))
    found, (dW, dZ) = value_and_grad(loss)(([ones] * depth, [zeros] * depth))
    return found, list(zip(Zs, dW, dZ, strict=True))


if __name__ == "__main__":
    study(passes)
