"""PyTorch: its own activations, losses, reductions, tape and optimizers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from yann.check.oracles.base import ORACLES, Oracle
from yann.check.oracles.counterparts import ends_in_sigmoid, lacking, settings_of, traced
from yann.check.oracles.question import Answer, Question, answered
from yann.shapes import Array

if TYPE_CHECKING:
    from torch import Tensor


SMALLEST = 1e-12
"""The p(1 - p) at which the gradient of PyTorch's binary_cross_entropy stops growing; outside [0, 1] it raises an error."""


@ORACLES.add("torch")
class Torch(Oracle):
    """PyTorch's autograd, with PyTorch's own activations, losses, reductions and optimizers"""

    source = "torch.nn.functional, torch.optim"
    libraries = ("torch",)
    extra = "torch"

    def unable(self, question: Question) -> str | None:
        without = lacking("torch", question, ACTIVATIONS, LOSSES, REDUCTIONS)
        if without is None and question.objective.loss.name == "bce" and not ends_in_sigmoid(question):
            P = traced(question)[-1].A
            if not (P * (1 - P) > SMALLEST).all():
                return f"torch differentiates bce as if p(1 - p) were never below {SMALLEST:g}, and some here are"
        return without

    def answer(self, question: Question) -> Answer:
        import torch

        torch.set_num_threads(1)
        W = [torch.tensor(M, requires_grad=True) for M in question.W]
        b = [None if v is None else torch.tensor(v, requires_grad=True) for v in question.b]
        kept = _kept(question, W, b, *question.batches[0])
        kept.sum().backward()
        gradients = [(_plain(M.grad), _plain(None if v is None else v.grad)) for M, v in zip(W, b, strict=True)]
        rule = OPTIMIZERS.get(question.optimizer.name)
        if rule is None or not question.updates:
            return answered(gradients, _plain(kept))
        optimizer = rule([*W, *(v for v in b if v is not None)], **settings_of(question.optimizer))
        optimizer.step()
        for batch in question.batches[1 : question.updates]:
            optimizer.zero_grad()
            _kept(question, W, b, *batch).sum().backward()
            optimizer.step()
        return answered(gradients, _plain(kept), [(_plain(M), _plain(v)) for M, v in zip(W, b, strict=True)])


def _plain(tensor: Any) -> Any:  # noqa: ANN401 - an array of a tensor, None of None
    return None if tensor is None else tensor.detach().numpy().copy()


def _functional() -> Any:  # noqa: ANN401 - a module
    import torch

    return torch.nn.functional


ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "identity": lambda Z: Z,
    "relu": lambda Z: _functional().relu(Z),
    "leaky_relu": lambda Z, slope: _functional().leaky_relu(Z, slope),
    "elu": lambda Z, alpha: _functional().elu(Z, alpha),
    "selu": lambda Z: _functional().selu(Z),
    "softplus": lambda Z: _functional().softplus(Z, threshold=40),  # it gives z beyond, which is exact from 40 on; 20 by default
    "sigmoid": lambda Z: Z.sigmoid(),
    "tanh": lambda Z: Z.tanh(),
    "silu": lambda Z: _functional().silu(Z),
    "gelu": lambda Z: _functional().gelu(Z),
    "gelu_tanh": lambda Z: _functional().gelu(Z, approximate="tanh"),
}

LOSSES: dict[str, Callable[..., Any]] = {
    "output": lambda Y_hat, Y, reduction: {"none": Y_hat, "mean": Y_hat.mean(), "sum": Y_hat.sum()}[reduction],
    "mse": lambda Y_hat, Y, reduction: _functional().mse_loss(Y_hat, Y, reduction=reduction),
    "half_mse": lambda Y_hat, Y, reduction: _functional().mse_loss(Y_hat, Y, reduction=reduction) / 2,
    "mae": lambda Y_hat, Y, reduction: _functional().l1_loss(Y_hat, Y, reduction=reduction),
    "huber": lambda Y_hat, Y, reduction, delta: _functional().huber_loss(Y_hat, Y, reduction=reduction, delta=delta),
    "bce": lambda Y_hat, Y, reduction: _functional().binary_cross_entropy(Y_hat, Y, reduction=reduction),
    "bce_with_logits": lambda Y_hat, Y, reduction: _functional().binary_cross_entropy_with_logits(Y_hat, Y, reduction=reduction),
    "cross_entropy": lambda Y_hat, Y, reduction: _functional().cross_entropy(Y_hat, Y, reduction=reduction),
}


def _kept(question: Question, W: list[Tensor], b: list[Tensor | None], X: Array, targets: Array) -> Tensor:
    """Give what the reduction keeps."""
    import torch

    Z = A = torch.tensor(X)
    Y = torch.tensor(targets)
    for layer, weights, bias in zip(question.network.layers, W, b, strict=True):
        Z = torch.nn.functional.linear(A, weights.T, bias)
        A = ACTIVATIONS[layer.activation.name](Z, **settings_of(layer.activation))
        if layer.scale is not None:
            A = A * torch.tensor(layer.scale, dtype=A.dtype)
    loss, given, settings = question.objective.loss.name, A, settings_of(question.objective.loss)
    if loss == "bce" and ends_in_sigmoid(question):  # as PyTorch advises: ln ŷ has lost its digits where σ saturates
        loss, given = "bce_with_logits", Z
    return REDUCTIONS[question.objective.reduction.name](lambda how: LOSSES[loss](given, Y, reduction=how, **settings), len(Y))


# PyTorch's own reduction where it has one: mean, sum or none.
REDUCTIONS: dict[str, Callable[..., Any]] = {
    "mean": lambda lost, _: lost("mean"),
    "sum": lambda lost, _: lost("sum"),
    "batch_mean": lambda lost, N: lost("sum") / N,
    "feature_mean": lambda lost, N: lost("sum") / (lost("none").numel() / N),
    "none": lambda lost, _: lost("none"),
    "per_sample": lambda lost, N: lost("none").reshape(N, -1).mean(dim=-1),
}


def _optimizer(name: str, tensors: list[Tensor], **settings: Any) -> Any:  # noqa: ANN401 - an optimizer of theirs
    import torch

    return getattr(torch.optim, name)(tensors, **settings)


OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "sgd": lambda tensors, lr, momentum, nesterov: _optimizer(
        "SGD",
        tensors,
        lr=lr,
        momentum=momentum,
        nesterov=nesterov and momentum > 0,  # without momentum it refuses to look ahead
    ),
    "rmsprop": lambda tensors, lr, rho, eps: _optimizer("RMSprop", tensors, lr=lr, alpha=rho, eps=eps),
    "adam": lambda tensors, lr, beta1, beta2, eps: _optimizer("Adam", tensors, lr=lr, betas=(beta1, beta2), eps=eps),
    "adamw": lambda tensors, lr, beta1, beta2, eps, weight_decay: _optimizer(
        "AdamW", tensors, lr=lr, betas=(beta1, beta2), eps=eps, weight_decay=weight_decay
    ),
}
