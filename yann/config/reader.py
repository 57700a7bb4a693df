"""From the bytes of a config, or the text of an option, to values that know their line."""

from __future__ import annotations

from typing import Final

from yann.config.composer import compose
from yann.config.nodes import Mark, Node, plain
from yann.errors import ConfigError, Problem

__all__ = ["Mark", "Node", "plain", "read", "read_value"]

MOST_BYTES: Final = 1 << 20

_SMALLEST = "the smallest one is `network: {depth: 3, width: 3}`"


def read(data: bytes, source: str) -> Node:
    """Read a config file into its top-level mapping; ConfigError tells every mistake in it."""
    node = compose(_decode(data, source), source, lined=True)
    if node is None or node.value is None:
        raise _refusal(Mark(source, 1, 1), f"the config is empty; {_SMALLEST}")
    if not isinstance(node.value, dict):
        raise _refusal(node.mark, f"the top level must be a mapping of keys, not {node.kind}; {_SMALLEST}")
    return node


def read_value(text: str, source: str) -> Node:
    """Read the one YAML value of a command-line option called `source`; ConfigError tells every mistake in it."""
    nowhere = Mark(source, 0, 0)
    if len(text) > MOST_BYTES:
        raise _refusal(nowhere, f"the value has {len(text):,} characters; at most {MOST_BYTES:,}")
    return compose(text, source, lined=False) or Node(None, nowhere)


def _decode(data: bytes, source: str) -> str:
    """Give the text of a file, which must be UTF-8; a byte order mark is dropped."""
    if len(data) > MOST_BYTES:
        sentence = f"the file has {len(data):,} bytes; at most {MOST_BYTES:,} (1 MiB): keep large matrices in a csv or npz file"
        raise _refusal(Mark(source, 0, 0), sentence)
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        raise _refusal(Mark(source, 1, 1), "the file is not UTF-8 text but UTF-16 or UTF-32; save it as UTF-8")
    if b"\0" in data:
        raise _refusal(Mark(source, 1, 1), "the file is not UTF-8 text: it holds NUL bytes, as pictures and archives do")
    try:
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        sentence = f"the file is not UTF-8 text: the byte 0x{data[error.start]:02X} stands here; save it as UTF-8"
        raise _refusal(Mark.after(data[: error.start].decode().removeprefix("\ufeff"), source), sentence) from None


def _refusal(mark: Mark, sentence: str) -> ConfigError:
    """Make the error of a source that is wrong as a whole."""
    return ConfigError([Problem(str(mark), "", sentence)])
