"""The study in PyTorch: all replicates at once by torch.func, and one after the other as a plain loop does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch.func import grad, vmap

from benchmarks.study import Drawn

LARGE = 256
"""Width from which one replicate's products are worth more than one thread."""


def _loss(weights: tuple, X: torch.Tensor, Y: torch.Tensor) -> tuple:
    A, spread = X, []
    for number, W in enumerate(weights, start=1):
        Z = A @ W
        A = Z if number == len(weights) else torch.tanh(Z)
        spread.append(A.detach().std(correction=0))
    return ((A - Y) ** 2).mean(), torch.stack(spread)


def studies(drawn: Drawn, cores: int) -> Mapping[str, Callable[[], object]]:
    """Give both ways."""
    weights = tuple(torch.from_numpy(W) for W in drawn.W)
    X, Y = torch.from_numpy(drawn.X), torch.from_numpy(drawn.Y)
    each = vmap(grad(_loss, has_aux=True))

    def batched() -> object:
        gradients, spread = each(weights, X, Y)
        norms = torch.stack([g.flatten(1).norm(dim=1) for g in gradients])
        rms = torch.stack([g.flatten(1).square().mean(dim=1).sqrt() for g in gradients])
        return norms.numpy(), rms.numpy(), spread.T.numpy()

    def one(r: int) -> torch.Tensor:
        leaves = tuple(W[r].detach().requires_grad_() for W in weights)
        loss, spread = _loss(leaves, X[r], Y[r])
        gradients = torch.autograd.grad(loss, leaves)
        norms = torch.stack([g.norm() for g in gradients])
        rms = torch.stack([g.square().mean().sqrt() for g in gradients])
        return torch.stack([norms, rms, spread])

    def loop() -> object:
        return torch.stack([one(r) for r in range(len(X))], dim=-1).numpy()

    threads = cores if X.shape[-1] >= LARGE else 1  # below it is as quick, and waits for no thread that has lost its core
    return {"PyTorch vmap": partial(_on, cores, batched), "PyTorch, a loop": partial(_on, threads, loop)}


def _on(threads: int, work: Callable[[], object]) -> object:
    torch.set_num_threads(threads)
    try:
        return work()
    finally:
        torch.set_num_threads(1)
