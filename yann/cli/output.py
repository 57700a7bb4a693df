"""Standard output carries data, standard error everything else; both survive any terminal and any pipe."""

from __future__ import annotations

import codecs
import io
import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from yann.cli.options import Color, Format
from yann.errors import YannError
from yann.text import json_escaped, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from yann.report.grid import Grid
    from yann.report.matrices import Sheet
    from yann.report.prose import Prose
    from yann.report.rows import Row


ESCAPED = "yann"
"""How Python is told to write letters that the encoding of standard output does not have."""


class ReaderGoneError(YannError):
    """Whoever read standard output has gone: nothing to say, nothing more to do."""

    exit_code = 141


class _Guarded(io.TextIOWrapper):
    """Standard output that says so when nobody reads it any more, and writes any text in any encoding."""

    def write(self, text: str) -> int:
        with self._failing_once():
            return super().write(text)

    def flush(self) -> None:
        with self._failing_once():
            super().flush()

    @contextmanager
    def _failing_once(self) -> Iterator[None]:
        """Send what is still in the buffer nowhere after a failure, or the interpreter's own last flush would fail again."""
        try:
            yield
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            if isinstance(error, BrokenPipeError):
                raise ReaderGoneError from None
            raise


def guard_streams() -> None:
    """Make both streams survive any text, and standard output the end of its reader."""
    nowhere = Path(os.devnull)  # a stream may be closed: yann list >&-
    sys.stdout = sys.stdout or nowhere.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or nowhere.open("w", encoding="utf-8")
    sys.stderr.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    codecs.register_error(ESCAPED, _escaped)
    encoding, buffered = sys.stdout.encoding, not sys.stdout.isatty()
    stream = sys.stdout.detach()  # type: ignore[union-attr]
    if isinstance(stream, io.RawIOBase):  # PYTHONUNBUFFERED: a raw stream may write a part of what it is given, and say no more
        stream = io.BufferedWriter(stream)
    sys.stdout = _Guarded(stream, encoding, ESCAPED, line_buffering=not buffered)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Write what an encoding does not have so that JSON with it in a string is still JSON, and says the same."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json_escaped(error.object[error.start : error.end]), error.end


def emit(text: str) -> None:
    """Write data to standard output."""
    sys.stdout.write(text)
    sys.stdout.flush()


def emit_source(text: str, backslash: str = "\\") -> None:
    """Write what a program will read, which takes it for UTF-8: in any other encoding in ASCII, with escapes."""
    if codecs.lookup(sys.stdout.encoding).name != "utf-8":
        escapes = ((char, char.encode("ascii", "backslashreplace").decode()) for char in text)
        text = "".join(char if char.isascii() else escape.replace("\\", backslash) for char, escape in escapes)
    emit(text)


def note(text: str, *, quiet: bool = False) -> None:
    """Tell a person something in one line on standard error: a name with a line break in it begins no second one."""
    if not quiet:
        with suppress(OSError):  # nobody may be there to be told
            sys.stderr.write(f"{visible(text, None)}\n")
            sys.stderr.flush()


def chosen(wanted: Format, in_a_pipe: Format) -> Format:
    """Give the format that auto stands for here."""
    if wanted is not Format.auto:
        return wanted
    return Format.table if sys.stdout.isatty() else in_a_pipe


def width() -> int | None:
    """Give the columns of the terminal, or those that COLUMNS says; None in a pipe, where nothing is ever cut off."""
    if not sys.stdout.isatty():
        told = os.environ.get("COLUMNS", "")
        return int(told) if told.isdecimal() and int(told) else None
    from rich.console import Console

    return Console().width


def room_for(form: Format) -> int | None:
    """Give the characters that a line of a table may take in this format; None: any."""
    return width() if form is Format.table else None


class _Page(io.StringIO):
    """What is to be printed; rich asks it for the encoding, and draws lines of - and | where there are no better ones."""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return sys.stdout.encoding


def show(grids: Sequence[Grid | Sheet | Prose], form: Format, color: Color) -> None:
    """Print tables for people: drawn, or in Markdown."""
    if form is Format.md:
        emit("\n".join(grid.markdown() for grid in grids))
        return
    from rich.console import Console

    stream = _Page()
    terminal = sys.stdout.isatty()
    console = Console(
        file=stream,
        width=width() or 1_000_000,
        force_terminal={Color.always: True, Color.never: False}.get(color, terminal or None),
        no_color=True if color is Color.never else None,
        legacy_windows=False,
    )
    for grid in grids:
        console.print(grid.rich(), soft_wrap=width() is None)
    emit("\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n")


def show_rows(
    header: Sequence[str], rows: Sequence[Row], grids: Callable[[], Sequence[Grid | Prose]], form: Format, color: Color
) -> None:
    """Print rows in any format: as data they have every digit, as tables those of `grids`."""
    from yann.report.rows import csv_text, json_text

    if form in (Format.table, Format.md):
        show(grids(), form, color)
    elif form is Format.csv:
        emit(csv_text([list(header), *rows]))
    elif form is Format.jsonl:
        emit("".join(f"{json_text(header, row)}\n" for row in rows))
    else:
        emit("[" + ",\n ".join(json_text(header, row) for row in rows) + "]\n")
