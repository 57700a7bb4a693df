"""JAX: its own activations and gradients; losses by their formulas, as JAX itself has none."""

from __future__ import annotations

from collections.abc import Collection

from yann.report.twins.base import BINARY_CROSS_ENTROPY, GRADIENTS, TWINS, Draft, Twin
from yann.report.twins.example import Example
from yann.report.twins.source import WIDTH, bracketed, indented, packed, unpacked

ACTIVATIONS = {
    "identity": "{Z}",
    "relu": "jax.nn.relu({Z})",
    "leaky_relu": "jax.nn.leaky_relu({Z}, {slope})",
    "elu": "jax.nn.elu({Z}, {alpha})",
    "selu": "jax.nn.selu({Z})",
    "softplus": "jax.nn.softplus({Z})",
    "sigmoid": "jax.nn.sigmoid({Z})",
    "tanh": "jnp.tanh({Z})",
    "silu": "jax.nn.silu({Z})",
    "gelu": "jax.nn.gelu({Z}, approximate=False)",
    "gelu_tanh": "jax.nn.gelu({Z}, approximate=True)",
}
LOSSES = {
    "output": "{Y_hat}",
    "mse": "({Y_hat} - Y) ** 2",
    "half_mse": "({Y_hat} - Y) ** 2 / 2",
    "mae": "jnp.abs({Y_hat} - Y)",
    "huber": "huber({Y_hat} - Y, {delta})",
    "bce": "-Y * jnp.log({Y_hat}) - (1 - Y) * jnp.log1p(-{Y_hat})",
    "bce_with_logits": "Y * jax.nn.softplus(-{Y_hat}) + (1 - Y) * jax.nn.softplus({Y_hat})",
    "cross_entropy": "-(Y * jax.nn.log_softmax({Y_hat})).sum(axis=1)",
}
SPELLED = {
    "leaky_relu": ("jnp.where({Z} > 0, {Z}, {slope} * {Z})", "jax.nn.leaky_relu has the slope 1 at 0"),
    "mae": ("({Y_hat} - Y) * jnp.sign({Y_hat} - Y)", "jnp.abs has the slope 1 at 0"),
    "bce": ("binary_cross_entropy({Y_hat}, Y)", ""),
}
HELPERS = {
    "binary_cross_entropy": BINARY_CROSS_ENTROPY.format(np="jnp"),
    "huber": """\
def huber(E, delta):
    return jnp.where(jnp.abs(E) <= delta, E**2 / 2, delta * (jnp.abs(E) - delta / 2))""",
}


@TWINS.add("jax")
class Jax(Twin):
    """The gradients by JAX's value_and_grad, with JAX's own activations"""

    framework = "JAX"
    needs = "jax"
    given = sought = ("jnp.array(", ")")
    activations = ACTIVATIONS
    losses = LOSSES
    spelled = SPELLED
    helpers = HELPERS

    def unlike(self, example: Example) -> Collection[str]:
        """Name what is met at a kink where JAX has the other slope, and bce where 0·ln 0 comes up."""
        return {"leaky_relu", "mae"} & example.kinks | ({"bce"} if example.certain else set())

    def imports(self, draft: Draft) -> list[str]:
        """Give the imports; the precision is set once for all."""
        lines = ["import jax", "import jax.numpy as jnp", *(["import numpy as np"] if draft.example.stored else [])]
        precision = 'jax.config.update("jax_enable_x64", True)  # JAX rounds to float32 by default'
        return [*lines, *(["", precision] if draft.example.double else [])]

    def body(self, example: Example) -> list[str]:
        """Give the loss as a function of all parameters, its gradient, and the prints."""
        given, found = example.parameters, [GRADIENTS.get(name, f"d{name}") for name in example.parameters]
        *forward, last = self.forward(example)
        kept = f"# a loss for each {example.keeps} is kept; the gradient is that of their sum"
        returned = [last, kept, "return loss.sum(), loss"] if example.keeps else [f"return {last.removeprefix('loss = ')}"]
        loss, more = ("(_, loss)", ", has_aux=True") if example.keeps else ("loss", "")
        value, call = f"{loss}, {packed(found)}", f"jax.value_and_grad(loss_of{more})"
        backward = [f"{value} = {call}({packed(given)})"]
        if len(backward[0]) > WIDTH:
            backward = bracketed("parameters = (", given, ")") + bracketed(f"{loss}, (", found, f") = {call}(parameters)")
        return [
            "",
            "def loss_of(parameters):",
            *indented([*unpacked(given, "parameters"), *forward, *returned]),
            "",
            "",
            *backward,
            "",
            *self.printed(example, "loss.tolist()", "d{W}.tolist()", GRADIENTS),
        ]
