"""PyYAML's event parsers, and their errors as sentences for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError

from yann.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SyntaxFault = yaml.MarkedYAMLError


class PureParser(Reader, Scanner, Parser):
    """PyYAML's parser in Python, which reads tabs and escapes as libyaml does: both must say the same of one file."""

    def __init__(self, text: str) -> None:
        """Begin to parse a text."""
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def scan_to_next_token(self) -> None:
        """Skip what stands between tokens: a tab too, where it does not indent a key."""
        super().scan_to_next_token()
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward()
            super().scan_to_next_token()

    def scan_plain_spaces(self, indent: int, start_mark: Any) -> list[Any] | None:
        """Take the white space within unquoted text: tabs too, but for one that indents a line less than its key."""
        length = 0
        while self.peek(length) in " \t":
            length += 1
        blank = self.prefix(length)
        self.forward(length)
        if blank and self.peek() not in "\r\n":
            return [blank]
        chunks = super().scan_plain_spaces(indent, start_mark)
        if chunks and self.peek() == "\t" and self.column < indent:
            raise self._fault("plain scalar", start_mark, "found a tab")
        while chunks and self.peek() in " \t":
            self.forward()
        return chunks

    def scan_flow_scalar_non_spaces(self, double: Any, start_mark: Any) -> list[Any]:
        """Refuse the escapes that stand for no character, such as half of a surrogate pair."""
        try:
            chunks = super().scan_flow_scalar_non_spaces(double, start_mark)
            "".join(chunks).encode()
        except (ValueError, OverflowError):
            raise self._fault("quoted scalar", start_mark, "found unknown escape") from None
        return chunks

    def scan_plain(self) -> Any:
        """Refuse a colon before a bracket or a comma, which might be text and might be a key's."""
        token = super().scan_plain()
        if self.flow_level and self.peek() == ":" and self.peek(1) in ",[]{}":
            raise self._fault("plain scalar", token.start_mark, "found unexpected ':'")
        return token

    def _fault(self, what: str, start_mark: Any, problem: str) -> SyntaxFault:
        """Make an error in libyaml's words at the place that has been reached."""
        return ScannerError(f"while scanning a {what}", start_mark, problem, self.get_mark())


EventParser: Callable[[str], Any] = yaml.CBaseLoader if yaml.__with_libyaml__ else PureParser


def events(text: str) -> Iterator[yaml.Event]:
    """Parse a text into PyYAML's events; raises SyntaxFault where it is not YAML."""
    return iter(EventParser(text).get_event, None)


_QUOTE = "quote the text"
NO_DIRECTIVE = "a line that begins with % is a directive, which is refused; leave it out, or quote it if it is text"

# What to say where both parsers' words match: of the fault itself, of where the thing began that went wrong, or of its escape.
_SENTENCES = (
    (r"scanning a \S*\s?directive", "began", NO_DIRECTIVE),
    (r"ing a tag|tag handle", "began", f"tags are refused: leave the tag out, or {_QUOTE} if the ! belongs to it"),
    (r"ing an (anchor|alias)", "began", f"the name of an anchor must follow {{sign}}; {_QUOTE} if the {{sign}} belongs to it"),
    (r"quoted scalar.* (end of stream|document)", "began", "the text that {sign} opens is never closed; add {sign} at its end"),
    (r"quoted scalar", "escape", r"the \ begins no escape that YAML knows; write \\, or put the text in single quotes"),
    (r"block scalar", "began", f"after {{sign}} text begins on a new line, indented; {_QUOTE} if the {{sign}} belongs to it"),
    (r"simple key", "began", "this is no key, as no colon follows it; a key and its value are written `depth: 3`"),
    (r"unexpected ':'", "fault", f"in brackets a space must follow this colon; {_QUOTE} if the colon belongs to it"),
    (r"any token|entries are not|keys are not", "fault", f"unquoted text cannot begin with {{sign}}; {_QUOTE}"),
    (r"node content", "fault", "a value is expected here, not {sign}"),
    (r"expected '?<document start>", "fault", "the config ended before this; indent all its keys alike, and keep to one config"),
)
_ONE_COLON = f'a second colon in the line: {_QUOTE} if the colon belongs to it, as in title: "Depth: how far?"'
_NO_PLACE = "a key cannot stand here: check the indentation of this line, and that a space follows each colon above it"
_MISFIT = "this line is indented like none above it; line it up with the keys or list items it belongs to"
_AFTER = f"a value has ended before this {{sign}}; {_QUOTE} as a whole if this belongs to it"
_CLOSING = {"[": "]", "{": "}"}


def explain(fault: SyntaxFault, text: str, bracket: int | None, place: Callable[[int], str]) -> tuple[int, str]:
    """Give the index of a fault in the text and a sentence about it.

    `bracket` is the index of the innermost bracket that is open; `place` puts an index into words.
    """
    mark = fault.problem_mark or fault.context_mark
    at = mark.index if mark else 0
    began = fault.context_mark.index if fault.context_mark else at
    before = re.split(r"[\r\n]", text[:at])[-1]
    words = f"{fault.context} {fault.problem}"
    if text[at : at + 1] == "\t" or (not before.strip() and "\t" in before):
        return at, "a tab stands where only spaces may; indent with spaces"
    if "ing a flow" in words and bracket is not None and not text[at:].strip():
        return bracket, f"the {text[bracket]} here is never closed; add its {_CLOSING[text[bracket]]}"
    for pattern, where, sentence in _SENTENCES:
        if re.search(pattern, words):
            at = {"began": began, "fault": at, "escape": text.rfind("\\", began, at + 1)}[where]
            return at, sentence.format(sign=_sign(text, at))
    if "ing a flow" in words:
        opened = next((i for i in (began, bracket) if i is not None and text[i : i + 1] in ("[", "{")), text.find("["))
        still_open = f"the {text[opened]} {place(opened)} is still open"
        return at, f"{still_open}: a comma or {_CLOSING.get(text[opened], 'bracket')} is missing before this {_sign(text, at)}"
    if "mapping values" in words:
        return at, _ONE_COLON if re.search(r":\s", before) else _NO_PLACE
    misplaced = _AFTER.format(sign=_sign(text, at)) if before.strip() else _MISFIT
    return at, misplaced if "block" in words else f"not YAML: {visible(str(fault.problem))}"


def _sign(text: str, index: int) -> str:
    """Show the character at an index."""
    sign = visible(text[index : index + 1])
    return {"": "the end", "`": "a backtick"}.get(sign, f"`{sign}`")
