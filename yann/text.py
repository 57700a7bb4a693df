"""Text from a config or a file, made safe to show: nothing a person wrote can move the cursor or hide a letter."""

from __future__ import annotations

import re
import unicodedata

_SHOWN = 5  # odd letters named in one sentence


def visible(text: str, limit: int | None = 80) -> str:
    r"""Show what does not print as an escape (\x1b, \u202e), and shorten text of more than `limit` characters with an ellipsis.

    Control, bidirectional, zero-width, private-use and line-separator characters, lone surrogates and spaces other than
    the usual one do not print; everything else is left as it is. With `limit=None` nothing is cut.
    """
    shown = text if limit is None else text[: limit + 1]
    if not shown.isprintable():
        shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in shown)
    return shown if limit is None or len(shown) <= limit else shown[: limit - 1] + "…"


def in_short(sentence: str) -> str:
    """Give a sentence with a word for every number that nobody reads: 1000…000 is a number of 41 digits."""
    return re.sub(r"(?<![\w.])-?\d{21,}(?![\w.])", lambda found: f"a number of {len(found[0].lstrip('-'))} digits", sentence)


def odd_letters(word: str) -> str:
    """Name the characters of a key that look like others or like nothing: U+0435 (CYRILLIC SMALL LETTER IE); '' if none."""
    odd = list(dict.fromkeys(char for char in word if not (char.isascii() and char.isprintable())))
    return ", ".join(map(code_point, odd[:_SHOWN])) + (", …" if len(odd) > _SHOWN else "")


def code_point(char: str) -> str:
    """Give a character's number and, where it has one, its name."""
    name = unicodedata.name(char, "")
    return f"U+{ord(char):04X}" + (f" ({name})" if name else "")
