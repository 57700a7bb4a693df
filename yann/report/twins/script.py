"""A script from its beginning to its end: what it is, its imports, its numbers, and what the twin writes below them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from yann.report.model import activations
from yann.report.twins.base import Draft, Twin
from yann.report.twins.example import Example
from yann.report.twins.source import assignment, bracketed, docstring

STORED = 'numbers = np.load(Path(__file__).with_suffix(".npz"), allow_pickle=False)  # the file beside this one'
MANY_WIDTHS = 12
"""Widths of which the first and the last are told, and not all."""


def script_of(example: Example, twin: Twin) -> str:
    """Give a whole script; what an example has that the twin has no words for is a KeyError."""
    body = twin.body(example)
    helpers = _helpers(twin, "\n".join(body))
    draft = Draft(example, "\n".join([*helpers, *body]))
    above = ["\n".join(_told(example, twin)), "\n".join(_imports(draft, twin)), *(f"\n{source}" for source in helpers)]
    numbers = "\n".join(_numbers(draft, twin))
    return "\n\n".join([*above, f"\n{numbers}" if helpers else numbers, "\n".join(body)]) + "\n"


def _helpers(twin: Twin, text: str) -> list[str]:
    """Give the functions that are called, and those that they call."""
    found: list[str] = []
    for name, source in reversed(list(twin.helpers.items())):
        if re.search(rf"(?<![\w.]){name}\(", "\n".join([text, *found])):
            found.insert(0, source)
    return found


def _told(example: Example, twin: Twin) -> list[str]:
    cell, kept, widths = example.scene.cell, example.kept, [str(width) for width in example.scene.cell.network.widths]
    if len(widths) > MANY_WIDTHS:
        widths = [*widths[:2], "...", f"{widths[-1]} ({len(example.layers)} layers)"]
    loss = f"the losses, which sum to {float(kept.sum())!r}," if example.keeps else f"the loss {float(kept)!r}"
    facts = [
        f"Layers {' -> '.join(widths)}",
        activations(example.scene),
        f"loss {cell.objective.loss}, reduction {cell.objective.reduction}",
        f"{cell.dtype}; samples are rows, weights {'(out, in)' if example.out_in else '(in, out)'}",
    ]
    needs = [twin.needs, *(["numpy"] if example.stored and twin.needs != "numpy" else [])]
    return docstring(
        [
            example.title,
            "",
            f"{twin.formula()}. At these numbers yann finds {loss} and, up to rounding, the same gradients.",
            f"{'; '.join(facts)}.",
            f"Needs: pip install {' '.join(needs)}",
        ]
    )


def _imports(draft: Draft, twin: Twin) -> list[str]:
    plain = ["import math"] if re.search(r"(?<![\w.])math\.", draft.text) else []
    plain += [*twin.plain, *(["from pathlib import Path"] if draft.example.stored else [])]
    return [*plain, *([""] if plain else []), *twin.imports(draft)]


def _numbers(draft: Draft, twin: Twin) -> list[str]:
    example = draft.example
    product = f"A_in @ {twin.transposed.format(W='W')}" if example.out_in else "A_in @ W"
    bias = " + b" if any(names.b for names in example.named) else ""
    lines = [f"# A sample is a row, and a layer is Z = {product}{bias}", *([STORED] if example.stored else [])]
    for name, M in example.numbers.items():
        before, after = _around(name, example, twin)
        if name == "Y" and not re.search(r"\bY\b", draft.text):
            continue
        if not example.stored:
            lines += assignment(name, before, M, after)
        elif not (example.looped and name[0] in "Wb"):
            lines.append(f'{name} = {before}numbers["{name}"]{after}')
    return [*lines, *_lists(example, twin)]


def _around(name: str, example: Example, twin: Twin) -> tuple[str, str]:
    """Give what stands before and after the numbers of an array."""
    before, after = twin.sought if name[0] in "Wb" else twin.given
    if example.stored:
        return ("", "") if twin.reads_arrays else (before, after)
    return before, twin.precisions.get(example.scene.cell.dtype, "") + after


def _lists(example: Example, twin: Twin) -> Sequence[str]:
    """Give the lists of parameters that a loop goes through."""
    if not example.looped:
        return ()
    lines, count = [], len(example.layers)
    for together, one in example.together():
        before, after = _around(one, example, twin)
        if example.stored:
            lines.append(f'{together} = [{before}numbers[f"{one}{{layer}}"]{after} for layer in range(1, {count + 1})]')
        else:
            lines += bracketed(f"{together} = [", [f"{one}{number}" for number in range(1, count + 1)], "]")
    if example.scaled:
        lines += bracketed("scales = [", [names.s or "1" for names in example.named[:-1]], "]")
    return lines
