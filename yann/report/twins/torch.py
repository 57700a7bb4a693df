"""PyTorch: its own activations, losses, reductions and tape."""

from __future__ import annotations

from collections.abc import Collection

from yann.report.twins.base import BINARY_CROSS_ENTROPY, BY_HAND, TWINS, Draft, Twin
from yann.report.twins.example import Example

SMALLEST = 1e-12
"""The p(1 - p) at which the gradient of PyTorch's binary_cross_entropy stops growing; outside [0, 1] it raises an error."""

ACTIVATIONS = {
    "identity": "{Z}",
    "relu": "F.relu({Z})",
    "leaky_relu": "F.leaky_relu({Z}, {slope})",
    "elu": "F.elu({Z}, {alpha})",
    "selu": "F.selu({Z})",
    "softplus": "F.softplus({Z}, threshold=40)",  # it gives z beyond, which is exact from 40 on; 20 by default
    "sigmoid": "torch.sigmoid({Z})",
    "tanh": "torch.tanh({Z})",
    "silu": "F.silu({Z})",
    "gelu": "F.gelu({Z})",
    "gelu_tanh": 'F.gelu({Z}, approximate="tanh")',
}
LOSSES = {
    "output": "{Y_hat}",
    "mse": 'F.mse_loss({Y_hat}, Y, reduction="{how}")',
    "half_mse": 'F.mse_loss({Y_hat}, Y, reduction="{how}") / 2',
    "mae": 'F.l1_loss({Y_hat}, Y, reduction="{how}")',
    "huber": 'F.huber_loss({Y_hat}, Y, reduction="{how}", delta={delta})',
    "bce": 'F.binary_cross_entropy({Y_hat}, Y, reduction="{how}")',
    "bce_with_logits": 'F.binary_cross_entropy_with_logits({Y_hat}, Y, reduction="{how}")',
    "cross_entropy": 'F.cross_entropy({Y_hat}, Y, reduction="{how}")',
}
SPELLED = {"bce": ("binary_cross_entropy({Y_hat}, Y)", "PyTorch clamps its own this near to 0 and 1")}
ITS_OWN = {
    "mean": ("mean", ""),
    "sum": ("sum", ""),
    "none": ("none", ""),
    "batch_mean": ("sum", " / len(Y)"),
    "feature_mean": ("sum", " / Y.shape[1]"),
}
"""PyTorch's own reductions, and what is left to divide by."""


@TWINS.add("torch")
class Torch(Twin):
    """The gradients by PyTorch's tape, with PyTorch's own activations, loss and reduction"""

    framework = "PyTorch"
    needs = "torch"
    given = ("torch.tensor(", ")")
    sought = ("torch.tensor(", ", requires_grad=True)")
    activations = ACTIVATIONS
    losses = LOSSES
    reductions = BY_HAND | {"per_sample": "{losses}.mean(dim=1)"}
    spelled = SPELLED
    helpers = {"binary_cross_entropy": BINARY_CROSS_ENTROPY.format(np="torch")}  # noqa: RUF012 - nobody writes to it

    def unlike(self, example: Example) -> Collection[str]:
        """Name bce where PyTorch would clamp it."""
        P = example.predictions
        return ("bce",) if example.loss.name == "bce" and not (P * (1 - P) > SMALLEST).all() else ()

    def imports(self, draft: Draft) -> list[str]:
        """Give the imports; the precision is set once for all."""
        lines = ["import numpy as np"] if draft.example.stored else []
        lines += ["import torch"]
        lines += ["from torch.nn import functional as F"] if "F." in draft.text else []
        if draft.example.double and not draft.example.stored:
            lines += ["", "torch.set_default_dtype(torch.float64)  # PyTorch's own default is float32"]
        return lines

    def body(self, example: Example) -> list[str]:
        """Give the forward pass, backward(), and the prints."""
        of_sum = f"loss.sum().backward()  # a loss for each {example.keeps} is kept; the gradient is that of their sum"
        lists = {name: name for name, _ in example.together()}
        return [
            "# Forward",
            *self.forward(example),
            "",
            "# Backward",
            of_sum if example.keeps else "loss.backward()",
            "",
            *self.printed(example, "loss.tolist()", "{W}.grad.tolist()", lists),
        ]

    def objective(self, example: Example) -> list[str]:
        """Give the loss with PyTorch's own reduction where there is one."""
        if example.reduction not in ITS_OWN or "{how}" not in self.words(example.loss, example, Y_hat="", how="{how}")[0]:
            return super().objective(example)
        how, left = ITS_OWN[example.reduction]
        losses, why = self.words(example.loss, example, Y_hat=example.predicted, how=how)
        return [*self.remarks(example, why), f"loss = {losses}{left}"]
