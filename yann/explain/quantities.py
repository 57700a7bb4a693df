"""What can be asked of one step of a network, by name: loss, dW1, W2_after, dZ2/dA1, tape dZ1/dW1, paths W1[0,2], …"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import numpy as np

from yann.errors import AskedError
from yann.explain.entry import entry
from yann.explain.layer import layer_quantities
from yann.explain.notation import NAME
from yann.explain.room import refuse
from yann.explain.scene import Scene
from yann.registry import nearest
from yann.shapes import Array
from yann.study.data import accuracy, target_kind


def _per_output(scene: Scene) -> Array:
    return scene.notation.bias(scene.losses().mean(axis=0))


def _accuracy(scene: Scene) -> Array:
    kind = target_kind(scene.cell)
    if kind == "values":
        raise AskedError("no accuracy: the targets are neither classes nor bits")
    return accuracy(scene.state.trace[-1].A, scene.state.Y, kind, scene.cell.objective.loss)[scene.r]


OF_NETWORK: dict[str, Callable[[Scene], Array]] = {
    "loss": lambda scene: scene.notation.samples(scene.kept()) if scene.kept().ndim == 2 else scene.kept(),
    "losses": lambda scene: scene.notation.samples(scene.losses()),
    "mean_loss": lambda scene: scene.losses().mean(),
    "loss_per_sample": lambda scene: (
        scene.losses().sum(axis=-1) * scene.cell.objective.reduction.factor(1, scene.losses().shape[-1])
    ),
    "loss_per_output": _per_output,
    "accuracy": _accuracy,
    "X": lambda scene: scene.notation.samples(scene.own(scene.state.X)),
    "Y": lambda scene: scene.notation.samples(scene.own(scene.state.Y)),
    "Y_hat": lambda scene: scene.notation.samples(scene.state.trace[-1].A[scene.r]),
    "residual": lambda scene: scene.notation.samples(scene.own(scene.state.Y) - scene.state.trace[-1].A[scene.r]),
    "error": lambda scene: scene.notation.samples(scene.state.trace[-1].A[scene.r] - scene.own(scene.state.Y)),
}
"""What can be asked of the whole network."""

OF_A_LAYER = ("W", "b", "Z", "A", "dA", "dZ", "dW", "db", "W_after", "b_after", "update_W", "update_b", "per_sample_dW",
              "per_sample_db")  # fmt: skip
REMEMBERED = re.compile(r"[a-z]+_[Wb]")
"""What an optimizer remembers of W or b; which names there are is the optimizer's to say."""

LAYERED = re.compile(r"([A-Za-z_]*?[AZWb])(\d{1,4})(_after)?")
RATIO = re.compile(r"(tape )?d(\w+)/d(\w+)")
INDEX = re.compile(r"(.*?)((?:\[[^\[\]]*\])?)")
SLICE = re.compile(r"\s*(-?\d{1,9})\s*|\s*(-?\d{1,9})?\s*:\s*(-?\d{1,9})?\s*")

Index = tuple[int | slice, ...]


@dataclass(frozen=True)
class Quantity:
    """A quantity by name, and the part of it that is meant."""

    text: str
    name: str
    index: Index = ()

    def of(self, scene: Scene) -> Array:
        """Give its value.

        Raises:
            AskedError: with a sentence, if this network or this step has no such thing.

        """
        return self.part(self.whole(scene))

    def whole(self, scene: Scene) -> Array:
        """Give what the name stands for, before any index."""
        return np.asarray(_value(self.name, scene))

    def part(self, whole: Array) -> Array:
        """Give the part of it that is meant."""
        try:
            return np.asarray(whole[self.index])
        except IndexError:
            shape = "×".join(map(str, whole.shape)) or "one number"
            raise AskedError(f"{self.text}: {self.name} is {shape}, which has no such part") from None


def quantity(text: str) -> Quantity:
    """Read a quantity's name with an index of NumPy's kind behind it: dA1[:5].

    Raises:
        AskedError: with a sentence, if it cannot be one.

    """
    plain = text.strip()
    if plain.startswith("paths "):
        place, bracket, rest = plain.removeprefix("paths ").partition("]")
        entry(place + bracket)
        return Quantity(text, f"paths {place}]", _index(rest.strip(), text))
    found = INDEX.fullmatch(plain)
    name, index = (found[1].strip(), found[2]) if found else (plain, "")
    _check_name(name, text)
    return Quantity(text, name, _index(index, text))


def _index(text: str, whole: str) -> Index:
    parts = []
    if text and not (text.startswith("[") and text.endswith("]")):
        raise AskedError(f"{whole}: '{text}' is no index; write them as NumPy does, from 0: [0, 2] or [:5]")
    for part in text[1:-1].split(",") if text else []:
        found = SLICE.fullmatch(part)
        if found is None:
            raise AskedError(f"{whole}: '{part.strip()}' is no index; write them as NumPy does, from 0: [0, 2] or [:5]")
        low, high = (None if end is None else int(end) for end in (found[2], found[3]))
        parts.append(slice(low, high) if found[1] is None else int(found[1]))
    return tuple(parts)


def _check_name(name: str, text: str) -> None:
    ratio, layered = RATIO.fullmatch(name), LAYERED.fullmatch(name)
    key = layered[1] + (layered[3] or "") if layered else ""
    if name in OF_NETWORK or key in OF_A_LAYER or REMEMBERED.fullmatch(key):
        return
    if ratio and all(NAME.fullmatch(part) for part in (ratio[2], ratio[3])):
        return
    close = nearest(
        name, [*OF_NETWORK, *(f"{each}1" for each in OF_A_LAYER if not each.endswith("_after")), "W1_after", "b1_after"]
    )
    raise AskedError(
        f"no quantity '{text}'; " + (f"did you mean {close}?" if close else "there are ") + ("" if close else CATALOGUE)
    )


CATALOGUE = (
    f"{', '.join(OF_NETWORK)}; with a layer's number W1, b1, Z1, A1, dA1, dZ1, dW1, db1, W1_after, b1_after, update_W1, "
    "velocity_W1, per_sample_dW1; Jacobians as dZ2/dA1, what a tape returns as tape dZ2/dA1, and paths W1[0,0]"
)


def _value(name: str, scene: Scene) -> Array:
    if name in OF_NETWORK:
        return OF_NETWORK[name](scene)
    if name.startswith("paths "):
        return _paths(name.removeprefix("paths "), scene)
    if ratio := RATIO.fullmatch(name):
        return _tape(ratio[2], ratio[3], scene) if ratio[1] else _jacobians(ratio[2], ratio[3], scene)
    found = LAYERED.fullmatch(name)
    key, layer = (found[1] + (found[3] or ""), int(found[2])) if found else (name, 0)
    if not 0 < layer <= scene.layers:
        raise AskedError(f"{name}: there is no layer {layer}; the network has {scene.layers}")
    given = layer_quantities(scene, layer)
    value = given[key]() if key in given else None
    if value is None:
        reason = "the layer has no bias" if key in given else f"{scene.cell.optimizer} keeps nothing of this name"
        raise AskedError(f"{name}: {reason}")
    return value


def _jacobians(of: str, by: str, scene: Scene) -> Array:
    from yann.explain.chain import chain

    rows, columns = chain(scene.cell, scene.state, scene.notation, of, by, r=scene.r).shape
    refuse(f"d{of}/d{by} of {scene.N} samples", scene.N * rows * columns)
    found = np.empty((scene.N, rows, columns), dtype=scene.cell.dtype)
    for n in range(scene.N):
        found[n] = chain(scene.cell, scene.state, scene.notation, of, by, n=n, r=scene.r).product()
    return found


OBJECTS = 4
"""How many times the memory of a number a Python object with a number takes."""


def _tape(of: str, by: str, scene: Scene) -> Array:
    from yann.explain.tape import tape

    M, notation = tape(scene.cell, scene.state, of, by, r=scene.r), scene.notation
    return {"W": notation.weights, "b": notation.bias}.get(by[0], notation.samples)(M)


def _paths(text: str, scene: Scene) -> Array:
    from yann.explain.paths import MOST_PATHS, ledger

    samples = tuple(range(scene.N))
    wanted = entry(text)
    wanted.check(scene.cell.network, scene.notation)
    count = prod(layer.fan_out for layer in scene.cell.network.layers[wanted.layer :])
    if count > MOST_PATHS:
        raise AskedError(f"paths {text}: there are more than {MOST_PATHS:,} paths")
    refuse(f"paths {text}", scene.N * count * 2 * (scene.layers + 2) * OBJECTS)
    found = ledger(scene.cell, scene.state, scene.notation, wanted, samples=samples, most=MOST_PATHS, r=scene.r)
    return np.array([[(*path.factors, path.product) for path in sample.paths] for sample in found.samples])
