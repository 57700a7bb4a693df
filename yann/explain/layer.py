"""What can be asked of one layer at one step, by name: W, Z, dW, W_after, velocity_W, per_sample_dW, …"""

from __future__ import annotations

from collections.abc import Callable

from yann.engine.per_sample import per_sample
from yann.explain.room import refuse
from yann.explain.scene import Scene
from yann.shapes import Array


def layer_quantities(scene: Scene, layer: int) -> dict[str, Callable[[], Array | None]]:
    """Give what can be asked of a layer by name, as the reader writes it; None where there is no such thing.

    Biases are vectors (n,), or columns (n, 1) with samples in columns. `…_after` is after the update, `update_…` the
    difference, and what the optimizer remembers is told as it is after the update. Each sample's own gradient is that of the
    sample as if it were the whole batch.
    """
    state, r, notation = scene.state, scene.r, scene.notation
    theta, seen, g = state.params[layer - 1], state.trace[layer - 1], state.gradients[layer - 1]
    after = None if state.after is None else state.after[layer - 1]
    memory = None if state.memories_after is None else state.memories_after[layer - 1]
    alone = scene.cell.objective.alone(scene.cell.network, scene.N)

    def bias(v: Array | None) -> Array | None:
        return None if v is None else notation.bias(v[r, 0])

    given: dict[str, Callable[[], Array | None]] = {
        "W": lambda: notation.weights(theta.W[r]),
        "b": lambda: bias(theta.b),
        "Z": lambda: notation.samples(seen.Z[r]),
        "A": lambda: notation.samples(seen.A[r]),
        "dA": lambda: notation.samples(g.dA[r]),
        "dZ": lambda: notation.samples(g.dZ[r]),
        "dW": lambda: notation.weights(g.dW[r]),
        "db": lambda: None if theta.b is None else bias(g.db),
        "W_after": lambda: None if after is None else notation.weights(after.W[r]),
        "b_after": lambda: None if after is None else bias(after.b),
        "update_W": lambda: None if after is None else notation.weights(after.W[r] - theta.W[r]),
        "update_b": lambda: None if after is None or after.b is None or theta.b is None else bias(after.b - theta.b),
    }
    told = scene.cell.optimizer.told
    for number, name in enumerate(scene.cell.optimizer.remembers()):
        given[f"{name}_W"] = lambda number=number: None if memory is None else notation.weights(told(memory.W)[number][r])  # type: ignore[misc]
        given[f"{name}_b"] = lambda number=number: bias(told(memory.b)[number]) if memory is not None and memory.b else None  # type: ignore[misc]
    given["per_sample_dW"] = lambda: notation.weights(_shares(scene, layer)) * alone
    given["per_sample_db"] = lambda: None if theta.b is None else g.dZ[r] * alone
    return given


def _shares(scene: Scene, layer: int) -> Array:
    A_in, dZ = scene.own(scene.state.trace[layer - 1].A_in), scene.state.gradients[layer - 1].dZ[scene.r]
    refuse(f"per_sample_dW{layer}", A_in.shape[1] * dZ.size)
    return per_sample(A_in, dZ)
