"""A derivation to paste into notes: symbols, shapes and numbers, in LaTeX or in Markdown with mathematics between dollars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from yann.explain.chain import Partial
from yann.explain.explained import Explained
from yann.explain.links import Diagonal, Link, LossRow, Same, Weights, frobenius, if_few
from yann.explain.notation import Notation
from yann.explain.paths import Ledger
from yann.report.chains import SMALL
from yann.report.grid import escaped
from yann.report.model import activations, objective
from yann.report.numbers import counted, number
from yann.shapes import Array
from yann.study.cell import Experiment
from yann.text import visible

DIGITS = 5
Line = tuple[str, bool]
"""A text, and whether it is mathematics."""


def chain_derivation(experiment: Experiment, explained: Sequence[Explained], form: str) -> str:
    """Give the derivation of some gradients by the chain of Jacobians; `form` is latex (needs amsmath) or markdown."""
    first = explained[0]
    lines: list[Line] = [*_opening(first)]
    seen: set[str] = set()
    for each in explained:
        lines.append((f"The gradient with respect to {_inline(symbol(each.to))} is the product of its links:", False))
        lines.append((_chain(each), True))
        new = [link for link in each.chain.links if link.name not in seen]
        seen |= {link.name for link in new}
        lines += [(_link(link, each.scene.notation), True) for link in new]
        lines.append(("Multiplied from the loss on, as backprop does:", False))
        lines += [(_partial(partial), True) for partial in each.reverse]
        if each.to[0] == "W":
            lines.append((f"The entries of this row are those of {_inline(symbol(each.to))}, row by row:", False))
            lines.append((_result(each), True))
        cost = [sum(partial.multiplications for partial in partials) for partials in (each.reverse, each.forward)]
        lines.append((f"This takes {counted(cost[0], 'multiplication')}; from the target on it would take {cost[1]:,}.", False))
    return _written(experiment.title or experiment.name, lines, form)


def ledger_derivation(experiment: Experiment, ledger: Ledger, form: str) -> str:
    """Give the derivation of one gradient entry by its paths."""
    target = _entry_symbol(ledger.weight)
    paths = "the one path" if ledger.count == 1 else f"the {ledger.count:,} paths"
    of = f"Each path from {_inline(target)} to the loss is a product of {len(ledger.names)} factors"
    lines: list[Line] = [(f"{of}, and the gradient is the sum over {paths}; J is that of a sample alone.", False)]
    for sample in ledger.samples:
        lines.append((f"Sample {sample.sample}:", False))
        terms = [r" \cdot ".join(_bracketed(factor) for factor in path.factors) for path in sample.paths[:SMALL]]
        left = ledger.count - len(terms)
        more = [rf"\text{{({left:,} more paths)}}"] if left else []
        body = " \\\\\n  &+ ".join([*terms, *more])
        fraction = rf"\frac{{\partial J_{{{sample.sample}}}}}{{\partial {target}}}"
        lines.append((rf"\begin{{aligned}} {fraction} &= {body} \\ &= {_number(sample.entry)} \end{{aligned}}", True))
    if len(ledger.samples) > 1:
        entries = " + ".join(_bracketed(sample.entry) for sample in ledger.samples)
        mean = rf"\frac{{1}}{{{len(ledger.samples)}}} \left( {entries} \right)" if ledger.averaged else entries
        lines.append(("The batch:", False))
        lines.append((rf"\frac{{\partial J}}{{\partial {target}}} = {mean} = {_number(ledger.gradient)}", True))
    return _written(f"{experiment.title or experiment.name}: {ledger.weight}", lines, form)


def _opening(first: Explained) -> Iterator[Line]:
    scene = first.scene
    product = r"\mathbf{z}_l = W_l \mathbf{a}_{l-1}" if scene.notation.out_in else r"\mathbf{z}_l = \mathbf{a}_{l-1} W_l"
    biases = r" + \mathbf{b}_l" if any(layer.bias is not None for layer in scene.cell.network.layers) else ""
    scales = r" \circ \mathbf{s}_l" if any(layer.scale is not None for layer in scene.cell.network.layers) else ""
    sizes = ", ".join(map(str, scene.cell.network.widths))
    weights = "(out, in)" if scene.notation.out_in else "(in, out)"
    yield f"Widths {sizes}; weights are {weights}; every Jacobian has a row for each output and a column for each input.", False
    yield (
        rf"{product}{biases}, \qquad \mathbf{{a}}_l = \varphi_l(\mathbf{{z}}_l){scales}, \qquad \mathbf{{a}}_0 = \mathbf{{x}}",
        True,
    )
    yield f"Here {activations(scene)}, and {objective(scene)}.", False
    if scene.N > 1:
        yield f"The numbers are those of sample {first.n}; the gradient is the sum over all {scene.N} samples.", False


def symbol(name: str) -> str:
    r"""Give a quantity's name in LaTeX: a2 as \mathbf{a}_{2}, W1 as W_{1}."""
    if name == "J":
        return "J"
    if name in ("X", "Y_hat"):
        return {"X": r"\mathbf{x}", "Y_hat": r"\hat{\mathbf{y}}"}[name]
    letter, layer = name[0], name[1:]
    return f"W_{{{layer}}}" if letter == "W" else rf"\mathbf{{{letter.lower()}}}_{{{layer}}}"


def _entry_symbol(weight: str) -> str:
    letter, layer, indices = re.fullmatch(r"([Wb])(\d+)\[([\d,]+)\]", weight).groups()  # type: ignore[union-attr]
    return rf"{letter.lower()}^{{({layer})}}_{{{indices}}}"


def _fraction(of: str, by: str) -> str:
    return rf"\frac{{\partial {symbol(of)}}}{{\partial {symbol(by)}}}"


def _chain(each: Explained) -> str:
    links = " \\,\n  ".join(
        rf"\underbrace{{{_fraction(link.of, link.by)}}}_{{{_shape(link.shape)}}}" for link in each.chain.links
    )
    return f"{_fraction('J', each.to)} =\n  {links}"


def _shape(shape: tuple[int, ...]) -> str:
    return r" \times ".join(map(str, shape))


def _link(link: Link, notation: Notation) -> str:
    return f"{_fraction(link.of, link.by)} = {_form(link, notation)} = {_matrix(link.if_few(), link.shape, link.norm)}"


def _form(link: Link, notation: Notation) -> str:
    if isinstance(link, LossRow):
        return (
            rf"c\,\ell'({symbol(link.by)})" if link.by[0] == "A" else rf"c\,\frac{{\partial \ell}}{{\partial {symbol(link.by)}}}"
        )
    if isinstance(link, Diagonal):
        scale = rf" \circ \mathbf{{s}}_{{{link.layer}}}" if link.scaled else ""
        return rf"\operatorname{{diag}}\left(\varphi_{{{link.layer}}}'({symbol(link.by)}){scale}\right)"
    if isinstance(link, Weights):
        return f"W_{{{link.layer}}}" if notation.out_in else rf"W_{{{link.layer}}}^\top"
    if isinstance(link, Same):
        return "I"
    a = symbol("X" if link.layer == 1 else f"A{link.layer - 1}")
    return rf"I \otimes {a}^\top" if notation.out_in else rf"{a}^\top \otimes I"


def _partial(partial: Partial) -> str:
    of, by = partial.name.removeprefix("d").split("/d")
    cost = rf"\text{{({counted(partial.multiplications, 'multiplication')})}}"
    return rf"{_fraction(of, by)} = {_matrix(partial.M, partial.shape, partial.norm)} \qquad {cost}"


def _result(each: Explained) -> str:
    M = np.atleast_2d(each.product)
    return f"{_fraction('J', each.to)} = {_matrix(if_few(M), M.shape, frobenius(M))}"


def _matrix(M: Array | None, shape: tuple[int, ...], norm: float) -> str:
    if M is None or max(np.atleast_2d(M).shape) > SMALL:
        return rf"\text{{a }} {_shape(shape)} \text{{ matrix of norm }} {_number(norm)}"
    rows = " \\\\\n  ".join(" & ".join(_number(float(value)) for value in row) for row in np.atleast_2d(M))
    return f"\\begin{{pmatrix}}\n  {rows}\n\\end{{pmatrix}}"


def _number(value: float) -> str:
    text = number(value, DIGITS)
    if text in ("inf", "-inf", "nan"):
        return {"inf": r"\infty", "-inf": r"-\infty"}.get(text, r"\text{nan}")
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa


def _bracketed(value: float) -> str:
    return f"({_number(value)})" if value < 0 else _number(value)


def _inline(mathematics: str) -> str:
    return f"${mathematics}$"


def _written(title: str, lines: Sequence[Line], form: str) -> str:
    if form == "latex":
        head = f"% needs \\usepackage{{amsmath}}\n\\setcounter{{MaxMatrixCols}}{{{SMALL}}}\n\\paragraph{{{_escaped(title)}}}\n"
        body = [f"\\[\n{text}\n\\]" if is_math else _prose(text) for text, is_math in lines]
        return head + "\n".join(body) + "\n"
    body = [f"$$\n{text}\n$$" if is_math else text for text, is_math in lines]
    return f"### {escaped(title)}\n\n" + "\n\n".join(body) + "\n"


def _prose(text: str) -> str:
    """Escape what LaTeX would read as its own in a sentence, and leave the mathematics between dollars alone."""
    return "".join(part if index % 2 else _escaped(part) for index, part in enumerate(re.split(r"(\$[^$]*\$)", text)))


SPECIAL = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
           "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
           "|": r"\textbar{}"}  # fmt: skip
LIGATURE = re.compile(r"(?<=[-`',!?])(?=[-`',])")
"""Where LaTeX would make one sign of two: a dash of --, a quotation mark of ``."""
SIGNS = {"φ": r"\varphi", "σ": r"\sigma", "Σ": r"\textstyle\sum", "ℓ": r"\ell", "ŷ": r"\hat{y}", "∘": r"\circ", "·": r"\cdot",
         "²": "{}^2", "½": r"\tfrac{1}{2}", "≤": r"\le", "√": r"\surd", "…": r"\ldots"}  # fmt: skip
"""Signs of formulas that a LaTeX without Unicode's mathematics does not know."""


def _escaped(text: str) -> str:
    signs = {sign: f"${command}$" for sign, command in SIGNS.items()}
    shown = "".join((SPECIAL | signs).get(letter, letter) for letter in visible(text, None))
    return LIGATURE.sub("{}", shown)
