"""A framework's tape beside the truth: for every pair what it returns, the Jacobian, and why they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from yann.errors import AskedError
from yann.explain.chain import WHOLE, Chain, chain
from yann.explain.links import frobenius
from yann.explain.notation import shape_text
from yann.explain.quantities import quantity
from yann.explain.scene import Scene
from yann.explain.tape import pairs, why
from yann.report.chains import SMALL
from yann.report.matrices import Sheet, matrix_lines, side_by_side
from yann.report.numbers import number
from yann.report.prose import WIDEST, Prose
from yann.report.rows import Row, entries, nested
from yann.shapes import Array
from yann.study.cell import Experiment


@dataclass(frozen=True)
class Taped:
    """One pair: the tape's answer for the batch, and the chain whose product is the Jacobian of one sample."""

    of: str
    by: str
    tape: Array
    chain: Chain

    @property
    def name(self) -> str:
        """Give the name of the pair: dZ2/dA1."""
        return f"d{self.of}/d{self.by}"

    def jacobian(self) -> Array | None:
        """Give the Jacobian, if it is small enough to be written out."""
        rows, columns = self.chain.links[0].shape[0], self.chain.links[-1].shape[1]
        widest = max(link.shape[0] for link in self.chain.links) * max(link.shape[1] for link in self.chain.links)
        return self.chain.product() if max(rows * columns, widest) <= WHOLE else None


def taped(scene: Scene, to: str | None, n: int) -> Iterator[Taped]:
    """Walk the pairs from the loss down, all or those by one quantity.

    Raises:
        AskedError: if there is none by it.

    """
    wanted = [(of, by) for of, by in pairs(scene.layers) if to in (None, by)]
    if not wanted:
        ends = ", ".join(dict.fromkeys(by for _, by in pairs(scene.layers)))
        raise AskedError(f"--tape --to {to}: no pair by it; there are pairs by {ends}")
    for of, by in wanted:
        links = chain(scene.cell, scene.state, scene.notation, of, by, n=n, r=scene.r)
        yield Taped(of, by, quantity(f"tape d{of}/d{by}").of(scene), links)


def tape_sheets(scene: Scene, pairs: Sequence[Taped], n: int, width: int | None) -> Iterator[Sheet | Prose]:
    """Walk a sheet for each pair."""
    room = None if width is None else width - 4
    samples = "all samples" if scene.N > 1 else "the one sample"
    yield Prose(
        "Asked for a derivative of something that is no single number, a tape answers for its sum: it returns 1ᵀ times the "
        f"Jacobian, added up over all outputs, and over {samples} where weights are derived by. Beside it is "
        f"the Jacobian of sample {n}.",
        width,
    )
    for each in pairs:
        J = each.jacobian()
        blocks = [
            (f"tape  {shape_text(each.tape.shape)}", matrix_lines(each.tape, room)),
            (f"Jacobian  {shape_text(each.chain.shape)}", _jacobian_lines(J, room)),
        ]
        yield Sheet(each.name, (*side_by_side(blocks, room), "", *_wrapped(why(each.of, each.by), room)))


def _jacobian_lines(J: Array | None, room: int | None) -> list[str]:
    if J is None:
        return ["too large to write out"]
    return matrix_lines(J, room, SMALL) if max(J.shape) <= SMALL else [f"norm {number(frobenius(J), 6)}"]


def _wrapped(sentence: str, room: int | None) -> list[str]:
    import textwrap

    return textwrap.wrap(sentence, max(1, min(room or WIDEST, WIDEST)))


COLUMNS = ("pair", "part", "sample", "shape", "row", "column", "value")


def tape_rows(pairs: Sequence[Taped], n: int) -> Iterator[Row]:
    """Walk every entry of what a tape returns, and of the Jacobian of sample n."""
    for each in pairs:
        for part, sample, M in (("tape", None, each.tape), ("jacobian", n, each.jacobian())):
            if M is not None:
                yield from entries([each.name, part, sample, shape_text(M.shape)], M)


def tape_json(experiment: Experiment, pairs: Sequence[Taped], n: int) -> dict[str, Any]:
    """Give the pairs as nested objects; a Jacobian that is too large is null."""
    return {
        "name": experiment.name,
        "title": experiment.title,
        "sample": n,
        "pairs": [
            {
                "pair": each.name,
                "tape": nested(each.tape),
                "jacobian_shape": list(each.chain.shape),
                "jacobian": None if (J := each.jacobian()) is None else nested(J),
                "why": why(each.of, each.by),
            }
            for each in pairs
        ],
    }
