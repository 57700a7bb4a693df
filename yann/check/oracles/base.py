"""What an oracle is: another way to the gradient, asked the same question as the engine."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Iterator, Mapping
from typing import ClassVar

from yann.check.oracles.agreement import Agreement, agreements
from yann.check.oracles.question import Answer, Question
from yann.errors import UsageError
from yann.registry import Part, Registry


class Oracle(Part):
    """Another way to the gradient. The first line of the docstring says which."""

    libraries: ClassVar[tuple[str, ...]] = ()
    """The modules that it needs, which are imported when it is asked and not before; the first one has the version."""
    extra: ClassVar[str] = ""
    """The extra of yann that brings them."""
    close: ClassVar[Mapping[str, float]] = {"float64": 1e-12, "float32": 1e-5}
    """How far off it may be, as a part of the largest entry of an array, in each precision."""

    def unable(self, question: Question) -> str | None:
        """Say why the oracle cannot answer this question; None if it can."""
        return None

    def answer(self, question: Question) -> Answer:
        """Give loss and gradients, and the parameters after the updates if the oracle makes any."""
        raise NotImplementedError

    def judge(self, question: Question, own: Answer) -> Iterator[Agreement]:
        """Compare the engine's answer with the oracle's, quantity by quantity."""
        yield from agreements(self.answer, question, own, self.close[question.dtype])

    @classmethod
    def missing(cls) -> str | None:
        """Name the first library that is not installed, None if all are."""
        return next((name for name in cls.libraries if importlib.util.find_spec(name) is None), None)

    @classmethod
    def check_libraries(cls) -> None:
        """Check that the libraries are there.

        Raises:
            UsageError: naming the extra, if one is not.

        """
        missing = cls.missing()
        if missing:
            raise UsageError(f"--against {cls.name}: {missing} is not installed; pip install 'yann[{cls.extra}]' brings it")

    @classmethod
    def version(cls) -> str:
        """Give the version of its library, or nothing if it is yann's own."""
        return importlib.metadata.version(cls.libraries[0]) if cls.libraries else ""


ORACLES: Registry[Oracle] = Registry("oracle", Oracle)
