"""What a twin is: a framework's words for the parts, and how a script is put together from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from yann.engine.network import Layer
from yann.parts.activations import Activation
from yann.parts.losses import Loss
from yann.registry import Part, Registry
from yann.report.twins.example import Example, Names
from yann.report.twins.source import commented, indented, literal

Words = Mapping[str, str]
"""What stands for the parts by name: an expression with {Z}, or {Y_hat}, and the part's own settings to be filled in."""
BY_HAND = {
    "mean": "{losses}.mean()",
    "sum": "{losses}.sum()",
    "batch_mean": "{losses}.sum() / len({losses})",
    "feature_mean": "{losses}.sum() / {losses}.shape[1]",
    "none": "{losses}",
    "per_sample": "{losses}.mean(axis=1)",
}
"""Reductions of losses (N, K), or (N,) where there is one a sample."""
GRADIENTS = {"weights": "all_dW", "biases": "all_db"}
"""What a script calls the gradients of the lists that a loop goes through."""
BINARY_CROSS_ENTROPY = """\
def binary_cross_entropy(P, Y):
    of_ones = Y * {np}.log({np}.where(Y == 0, 1.0, P))  # 0 where Y is 0, whatever P is
    of_zeros = (1 - Y) * {np}.log1p(-{np}.where(Y == 1, 0.0, P))
    return -of_ones - of_zeros"""
"""The formula for predictions that come to 0 or 1, where 0 ln 0 = 0 takes care; {np} is the module."""


@dataclass(frozen=True)
class Draft:
    """A script without its beginning: what it needs to import can be seen from it."""

    example: Example
    text: str


class Twin(Part):
    """A framework in which the example is written. The first line of the docstring says whose gradient it is."""

    framework: ClassVar[str]
    """Its name for people."""
    needs: ClassVar[str]
    """What pip installs."""
    plain: ClassVar[tuple[str, ...]] = ()
    """What every script imports of Python itself."""
    given: ClassVar[tuple[str, str]]
    """What stands before and after the numbers of an array."""
    sought: ClassVar[tuple[str, str]]
    """The same where its gradient is sought."""
    precisions: ClassVar[Words] = {}
    """What says within an array of which dtype it is, where that is not understood."""
    reads_arrays: ClassVar[bool] = False
    """Whether arrays from a file are what it computes with, and need nothing around them."""
    transposed: ClassVar[str] = "{W}.T"
    activations: ClassVar[Words]
    losses: ClassVar[Words]
    """One loss an element, or a sample where targets are classes; with {how} the framework reduces by itself."""
    reductions: ClassVar[Words] = BY_HAND
    unreduced: ClassVar[str] = "none"
    """What stands for {how} where losses are reduced by hand."""
    spelled: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Parts by a formula, and why: the framework's own function would give other numbers for some examples."""
    helpers: ClassVar[Words] = {}
    """Functions that expressions call, each after those that it calls itself."""

    def unlike(self, example: Example) -> Collection[str]:
        """Name the parts that are to be spelled out in this example, as far as there is a formula for them."""
        raise NotImplementedError

    def imports(self, draft: Draft) -> list[str]:
        """Give the imports of the framework, and what is set up with them."""
        raise NotImplementedError

    def body(self, example: Example) -> list[str]:
        """Give everything below the numbers: forward, backward, and what is printed."""
        raise NotImplementedError

    # What there are words for

    def lacking(self, example: Example) -> str | None:
        """Say which part of an example the framework has no counterpart of; None if it has them all."""
        wanted: list[tuple[str, str, Words]] = [
            ("activation", layer.activation.name, self.activations) for layer in example.layers
        ]
        wanted += [("loss", example.loss.name, self.losses), ("reduction", example.reduction, self.reductions)]
        for kind, name, words in wanted:
            if name not in words:
                return f"{self.name} has no counterpart of the {kind} {name}; it knows {', '.join(words)}"
        return None

    # Forward

    def forward(self, example: Example) -> list[str]:
        """Give the layers, one after the other or in a loop, and the loss."""
        named, layers = example.named, example.layers
        if not example.looped:
            lines = [line for names, layer in zip(named, layers, strict=True) for line in self.layer(example, names, layer)]
        else:
            lines = self.loop(example, self.layer(example, example.inside, layers[0]))
            lines += self.layer(example, example.last, layers[-1])
        return [*lines, *self.objective(example)]

    def loop(self, example: Example, inside: Sequence[str]) -> list[str]:
        """Give the loop through the hidden layers."""
        lists = [(f"{together}[:-1]", one) for together, one in example.together()]
        lists += [("scales", "s")] if example.scaled else []
        return ["A = X", through(lists), *indented(inside)]

    def layer(self, example: Example, names: Names, layer: Layer) -> list[str]:
        """Give Z = A_in W + b, and A = φ(Z) ∘ s unless the loss has φ within."""
        weights = self.transposed.format(W=names.W) if example.out_in else names.W
        lines = [f"{names.Z} = {names.A_in} @ {weights}{f' + {names.b}' if names.b else ''}"]
        if example.on_logits and names == example.last:
            return lines
        phi, why = self.words(layer.activation, example, Z=names.Z)
        scale = f" * {names.s}" if names.s else ""
        return [*lines, *commented(f"{names.A} = {phi}{scale}", why)]

    def words(self, part: Activation | Loss, example: Example, **names: str) -> tuple[str, str]:
        """Give the expression that stands for a part, and why it is spelled out if it is."""
        own = self.activations if isinstance(part, Activation) else self.losses
        spelled = self.spelled.get(part.name) if part.name in self.unlike(example) else None
        text, why = spelled or (own[part.name], "")
        return text.format(**settings_of(part), **names), why

    def objective(self, example: Example) -> list[str]:
        """Give the loss, reduced."""
        losses, why = self.words(example.loss, example, Y_hat=example.predicted, Y="Y", how=self.unreduced)
        return [*self.remarks(example, why), *self.reduced(example, losses)]

    def remarks(self, example: Example, why: str = "") -> list[str]:
        """Say what is to be said about the loss."""
        loss, phi = example.scene.cell.objective.loss, example.layers[-1].activation
        within = f"{loss} of {phi}({example.predicted}), computed from {example.predicted}, so that no digit is lost"
        told = [within if example.on_logits else "", why]
        return [f"# {each}" for each in told if each]

    def reduced(self, example: Example, losses: str) -> list[str]:
        """Give the reduction by hand of losses that are an expression, or a name."""
        if losses.isidentifier() or example.reduction == "none":
            return [f"loss = {self.reductions[example.reduction].format(losses=losses)}"]
        return [f"losses = {losses}", f"loss = {self.reductions[example.reduction].format(losses='losses')}"]

    # What is printed

    def printed(self, example: Example, loss: str, gradient: str, lists: Mapping[str, str]) -> list[str]:
        """Give the prints: `loss` and `gradient` are expressions, with {W} for a weight or a bias; lists are those of a loop."""
        lines = [f'print("loss", {loss})']
        if not example.looped:
            return [*lines, *[f'print("d{name}", {gradient.format(W=name)})' for name in example.parameters]]
        names = [one for _, one in example.together()]
        inside = [f'print(f"d{one}{{layer}}", {gradient.format(W=one)})' for one in names]
        walked = [(lists[together], gradient_name(gradient, one)) for together, one in example.together()]
        return [*lines, through(walked, start=1), *indented(inside)]


def settings_of(part: Part) -> dict[str, str]:
    """Give the settings of a part by name, as they are written in a script."""
    return {name: literal(getattr(part, name)) for name in part.settings()}


def gradient_name(gradient: str, one: str) -> str:
    """Give the name with which the expression of a gradient begins: W of `W.grad`, dW of `dW`."""
    return gradient.format(W=one).partition(".")[0]


def through(lists: Sequence[tuple[str, str]], start: int | None = None) -> str:
    """Give the head of a loop through lists side by side, counted from `start` if that is given."""
    names, walked = ", ".join(one for _, one in lists), ", ".join(together for together, _ in lists)
    side_by_side = f"zip({walked})" if len(lists) > 1 else walked
    if start is None:
        return f"for {names} in {side_by_side}:"
    return f"for layer, {f'({names})' if len(lists) > 1 else names} in enumerate({side_by_side}, start={start}):"


TWINS: Registry[Twin] = Registry("twin", Twin)


def unknown_to(example: Example, twin: Twin) -> str | None:
    """Say which part a twin has no counterpart of, and who has them all; None if it has."""
    lacking = twin.lacking(example)
    if lacking is None:
        return None
    able = [name for name, other in TWINS.items() if other().lacking(example) is None]
    return f"{lacking}; --to {' or '.join(able)} can write it" if able else lacking
