"""A framework's tape beside the truth: for every pair what it returns, the Jacobian, and why they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from yann.explain.links import frobenius
from yann.explain.notation import shape_text
from yann.explain.scene import Scene
from yann.explain.tape import why
from yann.explain.taped import Taped
from yann.report.chains import SMALL
from yann.report.matrices import Sheet, matrix_lines, side_by_side
from yann.report.numbers import number
from yann.report.prose import WIDEST, Prose
from yann.report.rows import Row, entries, nested
from yann.shapes import Array
from yann.study.cell import Experiment


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
        yield Sheet(each.name, (*side_by_side(blocks, room), "", *_wrapped(why(each.chain.of, each.chain.by), room)))


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
                "why": why(each.chain.of, each.chain.by),
            }
            for each in pairs
        ],
    }
