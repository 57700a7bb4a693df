"""From the network section to the network, layer by layer, and every way in which its keys contradict each other."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from yann.config.grammar import NetworkSection, OneUnit
from yann.config.resolve_data import Fault, Shape
from yann.engine.network import Layer, Network
from yann.parts.initializers import Given, Initializer, XavierNormal, Zeros
from yann.study.cell import MadeData, Matrix


def widths_of(net: NetworkSection, shape: Shape) -> tuple[int, int, int, int]:
    """Give f_0, L, the width of the hidden layers (the widest, where they differ) and f_L.

    Raises:
        Fault: if they are not told, or told twice and differently.

    """
    weights = None if net.weights is None else [_in_out(matrix, net) for matrix in net.weights]
    widths = net.widths
    if weights is not None:
        widths = (weights[0][0], *(fan_out for _, fan_out in weights))
        _agree(net, weights, widths)
    if widths is not None:
        told = "network.weights" if weights is not None else "network.widths"
        _meet(shape, widths[0], widths[-1], told, told)
        return widths[0], len(widths) - 1, max(widths[1:-1], default=1), widths[-1]
    if net.depth is None:
        raise Fault("network.depth", "missing: say how many weight layers there are, or give widths or weights")
    f0: int | None = net.inputs or shape.inputs or net.width
    fL: int | None = net.outputs or shape.outputs or net.width
    if f0 is None or fL is None or (net.width is None and net.depth > 1):
        raise Fault("network.width", "missing: say how wide the layers are, or give widths")
    _meet(shape, f0, fL, "network.inputs", "network.outputs")
    return f0, net.depth, net.width or 1, fL


def check_keys(net: NetworkSection) -> None:
    """Check what a network's keys say to each other, whatever the data.

    Raises:
        Fault: if two of them say the same thing, or one takes away what another gives.

    """
    if net.widths is not None:
        for key in ("inputs", "depth", "width", "outputs"):
            if getattr(net, key) is not None:
                raise Fault("network.widths", f"widths stands instead of inputs, depth, width and outputs; {key} is given too")
    if net.weights is not None and net.init is not None:
        raise Fault("network.init", "weights are explicit, so init has nothing to draw; leave one of them out")
    if net.biases is not None and net.bias is False:
        raise Fault("network.biases", "biases are explicit, but bias is false; leave one of them out")
    if net.biases is not None and isinstance(net.bias, Initializer):
        raise Fault("network.bias", "biases are explicit, so an initializer has nothing to draw; leave one of them out")


def _in_out(matrix: tuple[tuple[float, ...], ...], net: NetworkSection) -> tuple[int, int]:
    rows, columns = len(matrix), len(matrix[0])
    return (columns, rows) if net.layout == "out_in" else (rows, columns)


def _agree(net: NetworkSection, weights: list[tuple[int, int]], widths: tuple[int, ...]) -> None:
    for number, ((_, fan_out), (fan_in, _)) in enumerate(pairwise(weights), start=1):
        if fan_out != fan_in:
            raise Fault(
                f"network.weights.{number}",
                f"weights {number + 1} take {fan_in} inputs, but weights {number} give {fan_out} outputs (layout {net.layout})",
            )
    given = {"widths": net.widths, "depth": net.depth, "inputs": net.inputs, "outputs": net.outputs}
    found = {"widths": widths, "depth": len(weights), "inputs": widths[0], "outputs": widths[-1]}
    if net.width is not None and any(width != net.width for width in widths[1:-1]):
        raise Fault("network.width", f"width is {net.width}, but the hidden layers of weights have {list(widths[1:-1])}")
    for key, value in given.items():
        if value is not None and value != found[key]:
            raise Fault(f"network.{key}", f"{key} is {_told(value)}, but weights say {_told(found[key])}")


def _told(value: Any) -> str:
    return str(list(value)) if isinstance(value, tuple) else str(value)


def _meet(shape: Shape, f0: int, fL: int, inputs_key: str, outputs_key: str) -> None:
    if shape.inputs is not None and shape.inputs != f0:
        raise Fault(inputs_key, f"the network has {f0} inputs, but data.inputs has {shape.inputs} features")
    targets = shape.data.targets if isinstance(shape.data, MadeData) else None
    if isinstance(targets, Matrix) and len(targets.rows[0]) not in (1, fL):
        raise Fault(outputs_key, f"the network has {fL} outputs, but data.targets has {len(targets.rows[0])} columns")


def resolve_network(net: NetworkSection, shape: Shape) -> Network:
    """Give the network, layer by layer.

    Raises:
        Fault: if a list is not as long as the network is deep, or a vector not as long as its layer is wide.

    """
    f0, L, width, fL = widths_of(net, shape)
    if net.weights is not None:
        widths = [f0, *(_in_out(matrix, net)[1] for matrix in net.weights)]
    else:
        widths = list(net.widths or [f0, *[width] * (L - 1), fL])
    activations = net.activation if isinstance(net.activation, tuple) else (net.activation,) * (L - 1)
    _as_many(activations, L - 1, "activation", "hidden layers")
    inits = _inits(net, L)
    biases = _biases(net, widths, inits)
    scales = _scales(net, widths)
    return Network(
        tuple(
            Layer(*layer)
            for layer in zip(widths, widths[1:], (*activations, net.output_activation), inits, biases, scales, strict=False)
        )
    )


def _as_many(given: tuple[Any, ...], count: int, key: str, of: str) -> None:
    if len(given) != count:
        raise Fault(f"network.{key}", f"the list has {len(given)} entries, but there are {count} {of}")


def _inits(net: NetworkSection, L: int) -> tuple[Initializer, ...]:
    if net.weights is not None:
        return tuple(Given(tuple(zip(*m, strict=True)) if net.layout == "out_in" else m) for m in net.weights)
    if isinstance(net.init, tuple):
        _as_many(net.init, L, "init", "weight layers")
        return net.init
    return (net.init or XavierNormal(),) * L


def _biases(net: NetworkSection, widths: list[int], inits: tuple[Initializer, ...]) -> tuple[Initializer | None, ...]:
    if net.biases is not None:
        _as_many(net.biases, len(inits), "biases", "weight layers")
        for number, (vector, width) in enumerate(zip(net.biases, widths[1:], strict=True)):
            if vector is not None and len(vector) != width:
                raise Fault(
                    f"network.biases.{number}", f"the biases of layer {number + 1} are {len(vector)}, but it has {width} units"
                )
        return tuple(None if vector is None else Given((vector,)) for vector in net.biases)
    if isinstance(net.bias, Initializer):
        if net.bias.matrices_only:
            raise Fault("network.bias", f"{net.bias.name} makes matrices, not biases")
        return (net.bias,) * len(inits)
    bring = bring_biases(inits)
    if net.bias is False and bring:
        raise Fault("network.bias", "init has biases of its own (sigma_b), but bias is false; leave one of them out")
    return tuple(init.bias() for init in inits) if net.bias or bring else (None,) * len(inits)


def bring_biases(init: Initializer | tuple[Initializer, ...] | None) -> bool:
    """Tell whether weights of these rules have biases of their own, other than zeros."""
    inits = init if isinstance(init, tuple) else (init,) if init is not None else ()
    return any(rule.bias() != Zeros() for rule in inits)


def _scales(net: NetworkSection, widths: list[int]) -> tuple[tuple[float, ...] | None, ...]:
    L = len(widths) - 1
    if net.scale is None:
        return (None,) * L
    if isinstance(net.scale, float):
        return tuple((net.scale,) * width for width in widths[1:])
    if isinstance(net.scale, OneUnit):
        layer = -(-L // 2) if net.scale.layer == "middle" else net.scale.layer
        if layer > L:
            raise Fault("network.scale.layer", f"there is no layer {layer}: the network has {L}")
        width = widths[layer]
        unit = -(-width // 2) if net.scale.unit == "middle" else net.scale.unit
        if unit > width:
            raise Fault("network.scale.unit", f"there is no unit {unit}: layer {layer} has {width}")
        vector = tuple(net.scale.factor if number == unit else 1.0 for number in range(1, width + 1))
        return tuple(vector if number == layer else None for number in range(1, L + 1))
    _as_many(net.scale, L, "scale", "weight layers")
    for number, (factors, width) in enumerate(zip(net.scale, widths[1:], strict=True)):
        if factors is not None and len(factors) != width:
            raise Fault(
                f"network.scale.{number}", f"the factors of layer {number + 1} are {len(factors)}, but it has {width} units"
            )
    return net.scale
