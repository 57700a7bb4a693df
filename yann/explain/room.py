"""What is not written out, because this machine has no room for it."""

from __future__ import annotations

from yann.errors import Problem, RefusedError
from yann.study.budget import SHARE, available_memory, bytes_for_people


def refuse(what: str, count: int) -> None:
    """Refuse to write out more numbers than this machine has room for.

    Raises:
        RefusedError: saying what they need, and what there is.

    """
    need, have = count * 8, int(available_memory() * SHARE)
    if need > have:
        sentence = f"would take {bytes_for_people(need)}, and {bytes_for_people(have)} may be used; make data.samples smaller"
        raise RefusedError([Problem("", what, sentence)])
