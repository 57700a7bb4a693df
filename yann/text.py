"""Text from a config or a file, made safe to show: nothing a person wrote can move the cursor or hide a letter."""

from __future__ import annotations

import json
import re
import unicodedata

_SHOWN = 5  # odd letters named in one sentence
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U0001d159\U000e0100-\U000e01ef]"
)
"""What counts as printable and shows nothing: fillers, blanks, joiners, variation selectors."""


def visible(text: str, limit: int | None = 80) -> str:
    r"""Show what does not print as an escape (\x1b, \u202e), and shorten text of more than `limit` characters with an ellipsis.

    Control, bidirectional, zero-width, blank, private-use and line-separator characters, lone surrogates and spaces other
    than the usual one do not print; everything else is left as it is. With `limit=None` nothing is cut.
    """
    shown = text if limit is None else text[: limit + 1]
    if not _prints(shown):
        shown = "".join(char if _prints(char) else char.encode("unicode_escape").decode("ascii") for char in shown)
    return shown if limit is None or len(shown) <= limit else shown[: limit - 1] + "…"


def in_short(sentence: str) -> str:
    """Give a sentence with a word for every number that nobody reads: 1000…000 is a number of 41 digits."""
    return re.sub(r"(?<![\w.])-?\d{21,}(?![\w.])", lambda found: f"a number of {len(found[0].lstrip('-'))} digits", sentence)


def _prints(text: str) -> bool:
    return text.isprintable() and (text.isascii() or not _BLANK.search(text))


def json_dumped(value: object, indent: int | None = None) -> str:
    r"""Give a value as JSON that reads as it is on a terminal: what does not print is written \u202e, as JSON has it."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    if _prints(text.replace("\n", "")):
        return text
    return "".join(char if char == "\n" or _prints(char) else json_escaped(char) for char in text)


def json_escaped(text: str) -> str:
    r"""Give every letter as a JSON string can have it in any encoding: \u00e9, and \ud83d\ude00 beyond U+FFFF."""
    units = text.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def odd_letters(word: str) -> str:
    """Name the characters of a key that look like others or like nothing: U+0435 (CYRILLIC SMALL LETTER IE); '' if none."""
    odd = list(dict.fromkeys(char for char in word if not (char.isascii() and char.isprintable())))
    return ", ".join(map(code_point, odd[:_SHOWN])) + (", …" if len(odd) > _SHOWN else "")


def code_point(char: str) -> str:
    """Give a character's number and, where it has one, its name."""
    name = unicodedata.name(char, "")
    return f"U+{ord(char):04X}" + (f" ({name})" if name else "")
