"""Plain scalars by the core rules of YAML 1.2: `1e-3` is a number, `on`, `1_000` and `2024-01-01` are words, `010` is 10."""

from __future__ import annotations

import math
import re
import sys

# Python refuses longer integers, read or printed, since the time grows with the square; a site may have lowered it.
_LONGEST = {base: int(min(4300, sys.get_int_max_str_digits() or 4300) / math.log10(base)) for base in (8, 10, 16)}

_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((sign + word for sign in ("", "+") for word in (".inf", ".Inf", ".INF")), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


class TooLongError(ValueError):
    """An integer has more digits than Python reads or prints."""


def resolve(text: str) -> bool | int | float | str | None:
    """Give the value of a plain scalar; TooLongError for an integer of too many digits."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":  # most are no number, and this is quicker told than by three patterns
        return text
    if _DECIMAL.fullmatch(text):
        return _integer(text, len(text) - (text[0] in "-+"), 10)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _BASED.fullmatch(text):
        return _integer(text, len(text) - 2, {"o": 8, "x": 16}[text[1]])
    return text


def _integer(text: str, digits: int, base: int) -> int:
    """Read an integer of so many digits in a base, with its sign or its 0o or 0x."""
    if digits > _LONGEST[base]:
        message = f"an integer of {digits:,} digits is too long; at most {_LONGEST[base]:,}"
        raise TooLongError(message)
    return int(text, base)
