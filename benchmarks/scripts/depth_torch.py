"""The depth study in PyTorch."""

import torch

from benchmarks.scripts.depth import SAMPLES, WIDTH, study


def passes(depth: int) -> tuple[float, list[tuple]]:
    """Give the loss, and A, dW and dZ of each layer."""
    weights = [torch.ones(WIDTH, WIDTH, dtype=torch.float64, requires_grad=True) for _ in range(depth)]
    A, Zs = torch.ones(SAMPLES, WIDTH, dtype=torch.float64), []
    for W in weights:
        A = A @ W
        A.retain_grad()
        Zs.append(A)
    loss = torch.nn.functional.mse_loss(A, A.detach() - 1)
    loss.backward()
    return loss.item(), [(Z.detach().numpy(), W.grad.numpy(), Z.grad.numpy()) for W, Z in zip(weights, Zs, strict=True)]


if __name__ == "__main__":
    study(passes)
