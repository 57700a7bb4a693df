"""The chain of Jacobians for people: every factor, the partial products in both orders with their cost, and the gradient."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from yann.explain.chain import Partial
from yann.explain.explained import Explained, factors
from yann.explain.links import Link, frobenius
from yann.explain.notation import shape_text
from yann.explain.scene import Scene
from yann.report.grid import Grid
from yann.report.matrices import Block, Sheet, matrix_lines, side_by_side
from yann.report.model import model_lines
from yann.report.numbers import counted, number
from yann.report.prose import Prose
from yann.shapes import Array

SMALL = 12
"""Rows and columns up to which a matrix is shown whole; of a larger one its shape and norm."""
MOST_LAYERS = 6
"""Layers up to which every factor and product is shown with its numbers; a deeper chain is a table with a line a link."""


def _cost(partials: Sequence[Partial]) -> int:
    return sum(partial.multiplications for partial in partials)


def chain_sheets(explained: Sequence[Explained], width: int | None) -> Iterator[Grid | Sheet | Prose]:
    """Walk the sheets: the network, the factors, and each target with its partial products."""
    room = None if width is None else width - 4
    scene, n = explained[0].scene, explained[0].n
    yield Prose(_about(scene, n), width)
    if any(max(link.shape[0], link.shape[1]) > SMALL**2 for link in factors(explained)) or scene.layers > MOST_LAYERS:
        for each in explained:
            yield _link_table(each, width)
        yield Prose(_counted(explained), width)
        return
    yield Sheet("the factors", tuple(side_by_side([_factor(link, scene, room) for link in factors(explained)], room)))
    for each in explained:
        share = f", sample {n}'s share" if scene.N > 1 and each.to[0] in "Wb" else ""
        yield Sheet(f"d{each.chain.of}/d{each.to}{share}", tuple(_of_target(each, room)))
    yield Prose(_counted(explained), width)


def _link_table(each: Explained, width: int | None) -> Grid:
    """Give a large network's chain with a line for each link: how large it is, and how large the gradient is behind it."""
    notation, last = each.scene.notation, len(each.chain.links) - 1
    rows = tuple(
        (
            link.name, link.form(notation), shape_text(link.shape), number(link.norm),
            number(each.reverse[k - 1].norm) if k else number(link.norm),
            f"{each.reverse[k - 1].multiplications:,}" if k else "",
            f"{each.forward[last - 1 - k].multiplications:,}" if k < last else "",
        )
        for k, link in enumerate(each.chain.links)
    )  # fmt: skip
    header = ("factor", "form", "shape", "norm", "norm of\nproduct", "reverse\norder", "forward\norder")
    title = (
        f"{each.chain.name}, link by link from the loss: {shape_text(each.product.shape)}, norm {number(frobenius(each.product))}"
    )
    caption = (
        f"orders: multiplications, {_cost(each.reverse):,} from the loss on and {_cost(each.forward):,} from the target on; "
        f"the product differs from backprop's by at most {number(each.difference, 2)}"
    )
    grid = Grid(title, header, rows, caption, left=2)
    return grid.fitted(width, "form", "shape")


def _about(scene: Scene, n: int) -> str:
    shares = f"Below is sample {n} of {scene.N}; the gradient of the weights is the sum over all samples."
    if scene.together == "mean":
        shares += f" Its share is 1/{scene.N} of the sample's own gradient, which step and the paths of a weight tell."
    return "\n\n".join([*model_lines(scene), *([shares] if scene.N > 1 else [])])


def _numbers(M: Array | None, size: float, room: int | None) -> list[str]:
    if M is not None and max(np.atleast_2d(M).shape) <= SMALL:
        return matrix_lines(M, room, SMALL)
    return [f"norm {number(size, 6)}"]


def _factor(link: Link, scene: Scene, room: int | None) -> Block:
    head = f"{link.name}  {shape_text(link.shape)}  {link.form(scene.notation)}"
    return head, _numbers(link.if_few(), link.norm, room)


def _partial(partial: Partial, room: int | None) -> Block:
    head = f"{partial.name}  {shape_text(partial.shape)}  {counted(partial.multiplications, 'multiplication')}"
    if math.isnan(partial.norm) and partial.M is None:
        return head, [""]
    return head, _numbers(partial.M, partial.norm, room)


def _of_target(each: Explained, room: int | None) -> Iterator[str]:
    yield from _folded(each.formula, room)
    if each.to[0] == "W":
        yield from ("", *_folded(_over_the_batch(each), room, ",  "))
    for order, partials in (
        ("reverse order, from the loss (backprop)", each.reverse),
        ("forward order, from the target", each.forward),
    ):
        yield from ("", f"{order}: {counted(_cost(partials), 'multiplication')}")
        yield from side_by_side([_partial(partial, room) for partial in partials], room)
    yield ""
    laid_out = f", laid out as {each.to} is" if each.to[0] == "W" else ""
    yield f"the product{laid_out}  {shape_text(np.atleast_2d(each.product).shape)}"
    yield from _numbers(each.product, frobenius(each.product), room)
    yield f"differs from backprop's by at most {number(each.difference, 2)}"


def _over_the_batch(each: Explained) -> str:
    """Give the recursion of backprop over whole matrices, weights and samples as the reader writes them."""
    scene, layer = each.scene, int(each.to[1:])
    out_in, columns = scene.notation.out_in, scene.notation.columns
    steps = []
    for m in range(scene.layers, layer - 1, -1):
        W = f"W{m + 1}" if out_in != columns else f"W{m + 1}ᵀ"
        dA = f"dA{m}" if m == scene.layers else f"{W} dZ{m + 1}" if columns else f"dZ{m + 1} {W}"
        scale = f" ∘ s{m}" if scene.cell.network.layers[m - 1].scale is not None else ""
        steps.append(f"dZ{m} = {dA} ∘ φ'(Z{m}){scale}")
    A_in = f"A{layer - 1}" if layer > 1 else "X"
    dZ, turned = f"dZ{layer}", "" if columns else "ᵀ"
    product = f"{dZ}{turned} {A_in}{'ᵀ' if columns else ''}" if out_in else f"{A_in}{turned} {dZ}{'ᵀ' if columns else ''}"
    steps.append(f"dW{layer} = {product}")
    return f"over the batch, a sample a {'column' if columns else 'row'}:  {',  '.join(steps)}"


def _folded(formula: str, room: int | None, sign: str = " · ") -> Iterator[str]:
    """Break a formula at a sign where it would not fit."""
    line = ""
    for index, part in enumerate(formula.split(sign)):
        longer = f"{line}{sign}{part}" if index else part
        if room is not None and len(longer) > room and line:
            yield line + ("" if sign.strip() == "·" else sign.rstrip())
            longer = f"   {sign.rstrip()} {part}" if sign.strip() == "·" else f"    {part}"
        line = longer
    yield line


def _counted(explained: Sequence[Explained]) -> str:
    saved = any(_cost(each.forward) > _cost(each.reverse) for each in explained)
    return (
        "Multiplications are those of whole matrices. From the loss on, every product has the one row of J; from the target on, "
        f"it has as many columns as the target has entries{': that is why backprop goes backwards' if saved else ''}."
    )
