"""From YAML to nodes, by the core rules of YAML 1.2 and without tags or merge keys.

PyYAML's events are composed on an explicit stack, and every limit is counted while they come: a file that holds a bomb is
refused before the bomb is built.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NoReturn

from yaml import events as ev

from yann.config.nodes import Mark, Node
from yann.config.scalars import TooLongError, resolve
from yann.config.syntax import NO_DIRECTIVE, SyntaxFault, events, explain
from yann.errors import MOST_FOUND, ConfigError, Problem
from yann.text import code_point, visible

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_DEPTH: Final = 50
MOST_ALIASES: Final = 100
MOST_NODES: Final = 100_000

_FORBIDDEN = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A directive above the content, other than the one that tells the version.
_DIRECTIVE = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?[\r\n]|%YAML 1\.[12] *[\r\n])*+(?=%)")
# Line breaks by YAML 1.1, which PyYAML keeps to; text by YAML 1.2.
SEPARATORS = "\x85\u2028\u2029"
_TOO_DEEP = f"lists and mappings are nested more than {MOST_DEPTH} levels deep"


def compose(text: str, source: str, *, lined: bool) -> Node | None:
    """Give the top-level node of a text, or None if there is none; ConfigError with every problem found.

    A source that is not `lined` is an option of the command line, whose marks have line 0.
    """
    return _Composer(text, source, lined=lined).compose()


@dataclass(slots=True, eq=False)
class _Open:
    """A list or mapping whose end has not come yet."""

    index: int  # where it begins in the text
    mark: Mark
    anchor: str | None
    is_mapping: bool
    is_key: bool  # a collection where a key should stand is wrong, and read to its end
    items: list[Node] = field(default_factory=list)
    values: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Mark] = field(default_factory=dict)
    key: str | None = None  # the key whose value comes next; '' for one that is no text
    size: int = 1
    height: int = 1  # levels, this one included and aliases expanded


class _Composer:
    """Composes events into nodes and gathers the problems on the way; only a syntax error or a limit ends it early."""

    def __init__(self, text: str, source: str, *, lined: bool) -> None:
        """Begin before the first event."""
        self.text, self.source, self.lined = text, source, lined
        self.problems: list[Problem] = []
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int] | None] = {}  # nodes and heights; None while the node is open
        self.aliases = self.documents = 0
        self.root: Node | None = None
        self.hidden: dict[int, int] = {}  # what stands for the separators while PyYAML reads

    def compose(self) -> Node | None:
        """Handle every event."""
        handlers: dict[type, Callable[[Any], None]] = {
            ev.ScalarEvent: self.scalar,
            ev.AliasEvent: self.alias,
            ev.SequenceStartEvent: self.begin,
            ev.MappingStartEvent: self.begin,
            ev.SequenceEndEvent: self.end,
            ev.MappingEndEvent: self.end,
            ev.DocumentStartEvent: self.document,
        }
        try:
            for event in events(self.prepare()):
                if handler := handlers.get(type(event)):
                    handler(event)
        except SyntaxFault as fault:
            bracket = next((parent.index for parent in reversed(self.stack) if self.text[parent.index] in "[{"), None)
            index, sentence = explain(fault, self.text, bracket, lambda at: self.words(self.at(at)))
            self.stack.clear()  # how far the events got when the parser gave up is no guide to the key
            self.stop(self.at(index), sentence)
        if self.problems:
            raise ConfigError(self.problems)
        return self.root

    def prepare(self) -> str:
        """Give the text as PyYAML may read it, index for index: refused where YAML is, its separators hidden."""
        if bad := _FORBIDDEN.search(self.text):
            self.stop(self.at(bad.start()), f"the character {code_point(bad[0])} may not stand in a config; leave it out")
        if directive := _DIRECTIVE.match(self.text):
            self.stop(self.at(directive.end()), NO_DIRECTIVE)
        if any(char in self.text for char in SEPARATORS):
            used = set(self.text)
            unused = (char for char in map(chr, range(0x10FFFD, 0xFFFF, -1)) if char not in used)
            stand_ins = "".join(islice(unused, len(SEPARATORS)))  # a text of 1 MiB cannot use all of the million
            self.hidden = str.maketrans(stand_ins, SEPARATORS)
            return self.text.translate(str.maketrans(SEPARATORS, stand_ins))
        return self.text

    def document(self, event: ev.DocumentStartEvent) -> None:
        """Count the documents."""
        self.documents += 1
        if self.documents > 1:
            self.stop(self.mark(event), "a second document begins here (---); a config is one document")

    def scalar(self, event: ev.ScalarEvent) -> None:
        """Take a key, or a value that has no parts."""
        mark = self.mark(event)
        text = event.value.translate(self.hidden) if self.hidden else event.value
        parent = self.stack[-1] if self.stack else None
        if event.tag is not None:
            self.tag(event.tag, mark)
        if parent and parent.is_mapping and parent.key is None:
            self.key(parent, text, mark, merges=text == "<<" and not event.style)
            node = Node(text, mark)
        else:
            if not (text or event.style) and parent and parent.key in parent.keys:
                mark = min(mark, parent.keys[parent.key], key=lambda place: place.line)  # an absent value stands by its key
            try:
                node = Node(text if event.style or event.tag is not None else resolve(text), mark, text=text)
            except TooLongError as error:
                self.problem(mark, str(error))
                node = Node(None, mark)
            self.add(node, mark)
        if event.anchor is not None:
            self.anchors[event.anchor] = node, 0

    def key(self, parent: _Open, text: str, mark: Mark, *, merges: bool) -> None:
        """Take a key; the value of a wrong one is read too, for the mistakes in it."""
        first = parent.keys.get(text)
        parent.key = text
        if merges:
            self.problem(mark, "merge keys (<<) are refused; write the keys out")
        elif first is not None:
            self.problem(mark, f"the key {visible(text)} stands twice; the first is {self.words(first)}")
        else:
            parent.keys[text] = mark

    def tag(self, tag: str, mark: Mark) -> None:
        """Refuse a tag, and name it as it was written."""
        written = tag.replace("tag:yaml.org,2002:", "!!", 1)
        self.problem(mark, f"the tag {visible(written)} is refused, as every tag is; leave it out, or quote it if it is text")

    def begin(self, event: ev.CollectionStartEvent) -> None:
        """Open a list or a mapping."""
        start: Any = event.start_mark
        mark, is_mapping = self.mark(event), isinstance(event, ev.MappingStartEvent)
        is_key = bool(self.stack) and self.stack[-1].is_mapping and self.stack[-1].key is None
        if event.tag is not None:
            self.tag(event.tag, mark)
        if is_key:
            self.problem(mark, f"a key must be a word, not a {'mapping' if is_mapping else 'list'}; quote it if it is text")
        if len(self.stack) >= MOST_DEPTH:
            self.stop(mark, _TOO_DEEP)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.stack.append(_Open(start.index, mark, event.anchor, is_mapping, is_key))

    def end(self, _: ev.CollectionEndEvent) -> None:
        """Close the innermost list or mapping."""
        done = self.stack.pop()
        node = Node(done.values if done.is_mapping else tuple(done.items), done.mark, done.keys, done.size)
        if done.anchor is not None:
            self.anchors[done.anchor] = node, done.height
        if done.is_key:
            self.stack[-1].key = ""
        else:
            self.add(node, done.mark, done.height)

    def alias(self, event: ev.AliasEvent) -> None:
        """Take the node of an anchor once more."""
        mark, name = self.mark(event), visible(event.anchor or "")
        node, height = Node(None, mark), 0
        self.aliases += 1
        if self.aliases > MOST_ALIASES:
            self.stop(mark, f"more than {MOST_ALIASES} aliases; write the values out, or keep them in a csv or npz file")
        if event.anchor not in self.anchors:
            self.problem(mark, f"the alias *{name} has no anchor &{name} above it; quote the text if the * belongs to it")
        elif (found := self.anchors[event.anchor]) is None:
            self.problem(mark, f"the alias *{name} stands inside its own anchor &{name}, so it would never end")
        else:
            node, height = found
        if len(self.stack) + height > MOST_DEPTH:
            self.stop(mark, _TOO_DEEP)
        if self.stack and self.stack[-1].is_mapping and self.stack[-1].key is None:
            self.problem(mark, f"the alias *{name} cannot be a key; write the key out")
            self.stack[-1].key = ""
        else:
            self.add(node, mark, height)

    def add(self, node: Node, mark: Mark, height: int = 0) -> None:
        """Put a value, or an alias that stands at `mark`, where it belongs; `height` is its levels, aliases expanded."""
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        parent.size += node.size
        if height >= parent.height:
            parent.height = height + 1
        if parent.size > MOST_NODES:
            self.stop(mark, f"more than {MOST_NODES:,} values, aliases written out; keep large matrices in a csv or npz file")
        if not parent.is_mapping:
            parent.items.append(node)
        elif parent.key is not None:
            parent.values[parent.key] = node
        parent.key = None

    def mark(self, event: ev.NodeEvent | ev.DocumentStartEvent) -> Mark:
        """Give the place where an event begins."""
        start: Any = event.start_mark
        return Mark(self.source, start.line + 1, start.column + 1) if self.lined else Mark(self.source, 0, start.index + 1)

    def at(self, index: int) -> Mark:
        """Give the place of an index into the text."""
        return Mark.after(self.text[:index], self.source) if self.lined else Mark(self.source, 0, index + 1)

    def words(self, mark: Mark) -> str:
        """Put a place of this source into the words of a sentence."""
        return f"on line {mark.line}, column {mark.column}" if self.lined else f"at character {mark.column}"

    def problem(self, mark: Mark, sentence: str) -> None:
        """Note a problem and read on."""
        key = ".".join(parent.key for parent in self.stack if parent.key)
        self.problems.append(Problem(str(mark), visible(key), sentence))
        if len(self.problems) > MOST_FOUND:
            raise ConfigError(self.problems)

    def stop(self, mark: Mark, sentence: str) -> NoReturn:
        """Note a problem beyond which there is no reading on."""
        self.problem(mark, sentence)
        raise ConfigError(self.problems)
