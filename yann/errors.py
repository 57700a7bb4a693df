"""What can go wrong, as values: every error a person can cause has a class, an exit code and a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from yann.text import visible


class YannError(Exception):
    """An error with a message for the person who caused it; `exit_code` is what the process returns."""

    exit_code = 2


class UsageError(YannError):
    """The command line asks for something that cannot be done."""


class AskedError(YannError, ValueError):
    """Something was asked for that a network, or a step of it, does not have."""


class DataError(YannError):
    """A data file or a matrix is not what it should be; the sentence names file, row and column."""


MOST_TOLD = 50
"""Problems that a person reads before mending some."""
MOST_FOUND = 1000
"""Problems of one kind that are put into words at all."""
LONGEST_KEY = 300


@dataclass(frozen=True)
class Problem:
    """One mistake in a config: where it stands, the dotted key, and a sentence that tells a person what is wrong.

    `where` is `file:line:column`, or the command-line option the value came from.
    """

    where: str
    key: str
    sentence: str

    def __str__(self) -> str:
        parts = ((self.where, None), (self.key, LONGEST_KEY), (self.sentence, None))
        return ": ".join(visible(part, limit) for part, limit in parts if part)


class ConfigError(YannError):
    """Every problem of a config, told at once; nothing has run and nothing has been written."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems, each of them once, in the order they were found."""
        self.problems = tuple(dict.fromkeys(problems))
        more = len(self.problems) - MOST_TOLD
        told = [*map(str, self.problems[:MOST_TOLD]), *([f"… and {more:,} more"] if more > 0 else [])]
        super().__init__("\n".join(told))


class RefusedError(ConfigError):
    """The study would not fit this machine; says what it needs, what there is, and which key asks for it."""

    exit_code = 3


class FileError(YannError):
    """The operating system refused to read or write a file."""

    exit_code = 74
