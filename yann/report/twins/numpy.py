"""NumPy: everything by hand, forward and backward."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from yann.engine.network import Layer
from yann.report.twins import by_hand
from yann.report.twins.base import GRADIENTS, TWINS, Draft, Twin, settings_of, through
from yann.report.twins.example import Example, Names
from yann.report.twins.source import commented, indented


@TWINS.add("numpy")
class NumPy(Twin):
    """The gradients by hand: the chain rule, layer by layer, with nothing but NumPy"""

    framework = "NumPy"
    needs = "numpy"
    given = sought = ("np.array(", ")")
    precisions = {"float32": ", dtype=np.float32"}  # noqa: RUF012 - nobody writes to it
    reads_arrays = True
    activations = by_hand.ACTIVATIONS
    losses = by_hand.LOSSES
    spelled = by_hand.SPELLED
    helpers = by_hand.HELPERS

    def unlike(self, example: Example) -> Collection[str]:
        """Name bce where 0·ln 0 comes up, and cross_entropy where Σy is not quite 1."""
        return [
            *(["bce"] if example.certain else []),
            *(["cross_entropy"] if example.sums_are_off else []),
        ]

    def imports(self, draft: Draft) -> list[str]:
        """Give the import, and the constants of selu where they are needed."""
        selu = ["", "ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805  # of selu"] if "ALPHA" in draft.text else []
        return ["import numpy as np", *selu]

    def body(self, example: Example) -> list[str]:
        """Give both passes, and the prints."""
        scale = " * s" if any(names.s for names in example.named) else ""
        dW = "dW = dZ.T @ A_in" if example.out_in else "dW = A_in.T @ dZ"
        db = ", db = sum of dZ over samples" if any(names.b for names in example.named) else ""
        dA = "dA_in = dZ @ W" if example.out_in else "dA_in = dZ @ W.T"
        return [
            "# Forward",
            *self.forward(example),
            "",
            "# Backward, by the chain rule: d stands for dJ/d, and every layer, from the last to the first, has",
            f"#   dZ = dA * phi'(Z){scale}, {dW}{db}",
            f"# and gives to the layer below {dA}",
            *([f"# A loss for each {example.keeps} is kept, and J is their sum"] if example.keeps else []),
            *self._from_the_loss(example),
            *(self._loop_back(example) if example.looped else self._layers_back(example)),
            "",
            *self.printed(example, "loss.tolist()", "d{W}.tolist()", GRADIENTS),
        ]

    def loop(self, example: Example, inside: Sequence[str]) -> list[str]:
        """Give the loop through the hidden layers, which keeps A_in and Z of each."""
        _, head, Z, *A = super().loop(example, inside)
        return ["A, seen = X, []", head, Z, *indented(["seen.append((A, Z))  # for the way back"]), *A]

    def _from_the_loss(self, example: Example) -> list[str]:
        """Give dA of the last layer, and its dZ; dZ at once where the loss has the activation within."""
        loss, last = example.loss, example.last
        slopes = by_hand.SLOPES | (by_hand.SPELLED_SLOPES if loss.name in self.unlike(example) else {})
        text, why = (each.format(Y_hat=example.predicted, **settings_of(loss)) for each in slopes[loss.name])
        losses, _ = self.words(loss, example, Y_hat=example.predicted)
        divisor = by_hand.DIVISORS[example.reduction].format(losses=losses if losses.isidentifier() else "losses")
        text = f"({text})" if divisor and loss.name in by_hand.SUMS else text
        first = last.Z if example.on_logits else last.A
        lines = commented(f"d{first} = {text}{divisor}", why)
        return lines if example.on_logits else [*lines, *_through(last, example.layers[-1])]

    def _layers_back(self, example: Example) -> list[str]:
        lines = _parameters(example, example.last)
        for above, names, layer in zip(example.named[:0:-1], example.named[-2::-1], example.layers[-2::-1], strict=True):
            lines += [f"d{names.A} = {_through_weights(example, above)}", *_through(names, layer), *_parameters(example, names)]
        return lines

    def _loop_back(self, example: Example) -> list[str]:
        dW, db = _of_weights(example, example.inside), _of_biases(example.inside)
        lists = [("reversed(weights[1:])", "W"), ("reversed(seen)", "(A, Z)")]
        lists += [("reversed(scales)", "s")] if example.scaled else []
        inside = [f"dA = {_through_weights(example, example.inside)}", *_through(example.inside, example.layers[0])]
        inside += [f"all_dW.insert(0, {dW})", *([f"all_db.insert(0, {db})"] if example.biased else [])]
        return [
            f"all_dW = [{dW}]",
            *([f"all_db = [{db}]"] if example.biased else []),
            through(lists),
            *indented(inside),
        ]


def _through(names: Names, layer: Layer) -> list[str]:
    """Give dZ = dA ∘ φ'(Z) ∘ s."""
    text, why = by_hand.BACK[layer.activation.name]
    settings = settings_of(layer.activation)
    dA = f"d{names.A} * {names.s}" if names.s else f"d{names.A}"
    return commented(f"d{names.Z} = {text.format(dA=dA, Z=names.Z, **settings)}", why.format(**settings))


def _through_weights(example: Example, above: Names) -> str:
    return f"d{above.Z} @ {above.W}" if example.out_in else f"d{above.Z} @ {above.W}.T"


def _of_weights(example: Example, names: Names) -> str:
    return f"d{names.Z}.T @ {names.A_in}" if example.out_in else f"{names.A_in}.T @ d{names.Z}"


def _of_biases(names: Names) -> str:
    return f"d{names.Z}.sum(axis=0)"


def _parameters(example: Example, names: Names) -> list[str]:
    """Give dW and db."""
    bias = [f"d{names.b} = {_of_biases(names)}"] if names.b else []
    return [f"d{names.W} = {_of_weights(example, names)}", *bias]
