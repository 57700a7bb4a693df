"""What a network computes and what is asked of it, spelled out in a few lines above an explanation."""

from __future__ import annotations

from fractions import Fraction
from itertools import groupby

from yann.explain.scene import Scene
from yann.report.numbers import number


def model_lines(scene: Scene) -> list[str]:
    """Give what a layer computes, which activations there are, and what J is, with every factor."""
    cell = scene.cell
    biased = any(layer.bias is not None for layer in cell.network.layers)
    product = ("z = W a", "weights are (out, in)") if scene.notation.out_in else ("z = a W", "weights are (in, out)")
    scaled = any(layer.scale is not None for layer in cell.network.layers)
    layer = f"{product[0]}{' + b' if biased else ''}, a = φ(z){' ∘ s' if scaled else ''}; {product[1]}; {activations(scene)}"
    return [layer, objective(scene)]


def objective(scene: Scene) -> str:
    """Spell out what J is, and give its value."""
    return f"J = {_factor(scene)}Σ ℓ, ℓ = {scene.cell.objective.loss.formula()}; J = {number(_value(scene), 6)}"


def activations(scene: Scene) -> str:
    """Name the layers' activations, those that follow each other together: φ1 = φ2 = relu, φ3 = sigmoid."""
    told = []
    for name, group in groupby(enumerate(scene.cell.network.layers, start=1), lambda numbered: str(numbered[1].activation)):
        layers = [layer for layer, _ in group]
        which = f"φ{layers[0]}" if len(layers) == 1 else f"φ{layers[0]} {'…' if len(layers) > 2 else '='} φ{layers[-1]}"
        told.append(f"{which} = {name}")
    return ", ".join(told)


def _factor(scene: Scene) -> str:
    """Give the reduction's factor: 1/60·, or nothing where it is 1."""
    c = scene.cell.objective.reduction.factor(scene.N, scene.losses().shape[-1])
    fraction = Fraction(c).limit_denominator(10**9)
    return "" if c == 1 else f"{fraction}·" if float(fraction) == c else f"{number(c)}·"


def _value(scene: Scene) -> float:
    losses = scene.losses()
    return float(losses.sum() * scene.cell.objective.reduction.factor(*losses.shape))
