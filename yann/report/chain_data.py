"""The chain of Jacobians as data: a row for each entry, or nested objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from yann.explain.explained import Explained, factors
from yann.explain.links import frobenius, if_few
from yann.explain.notation import shape_text
from yann.report.model import model_lines
from yann.report.rows import Row, entries, finite, nested
from yann.shapes import Array
from yann.study.cell import Experiment

COLUMNS = ("sample", "target", "part", "name", "shape", "form", "multiplications", "norm", "row", "column", "value")


def chain_rows(explained: Sequence[Explained]) -> Iterator[Row]:
    """Walk every entry of every factor, partial product and gradient; of large ones one row with the norm."""
    n, notation = explained[0].n, explained[0].scene.notation
    for link in factors(explained):
        yield from entries(
            [n, None, "factor", link.name, shape_text(link.shape), link.form(notation), None, finite(link.norm)], link.if_few()
        )
    for each in explained:
        for part, partials in (("reverse", each.reverse), ("forward", each.forward)):
            for partial in partials:
                size = finite(partial.norm)
                head: Row = [n, each.to, part, partial.name, shape_text(partial.shape), None, partial.multiplications, size]
                yield from entries(head, partial.M)
        for part, M in (("product", each.product), ("backprop", each.backprop)):
            head = [n, each.to, part, each.chain.name, shape_text(M.shape), None, None, finite(frobenius(M))]
            yield from entries(head, if_few(M))


def chain_json(experiment: Experiment, explained: Sequence[Explained]) -> dict[str, Any]:
    """Give the chains as nested objects; what is too large to write out has null for its values."""
    scene = explained[0].scene
    return {
        "name": experiment.name,
        "title": experiment.title,
        "about": experiment.about,
        "model": model_lines(scene),
        "sample": explained[0].n,
        "samples": scene.N,
        "factors": [
            _object(link.name, link.shape, link.if_few()) | {"form": link.form(scene.notation), "norm": finite(link.norm)}
            for link in factors(explained)
        ],
        "targets": [
            {
                "to": each.to,
                "chain": each.formula,
                **{
                    order: [
                        _object(partial.name, partial.shape, partial.M)
                        | {"multiplications": partial.multiplications, "norm": finite(partial.norm)}
                        for partial in partials
                    ]
                    for order, partials in (("reverse", each.reverse), ("forward", each.forward))
                },
                "product": _values(if_few(each.product)),
                "backprop": _values(if_few(each.backprop)),
                "difference": finite(each.difference),
            }
            for each in explained
        ],
    }


def _object(name: str, shape: tuple[int, ...], M: Array | None) -> dict[str, Any]:
    return {"name": name, "shape": list(shape), "values": _values(M)}


def _values(M: Array | None) -> Any:  # noqa: ANN401 - nested lists, or null
    return None if M is None else nested(M)
