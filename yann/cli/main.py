"""The front door: the commands, and what becomes of an error."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from io import StringIO
from typing import IO, TYPE_CHECKING, Protocol, runtime_checkable

from yann import __version__
from yann.cli.commands import COMMANDS, program
from yann.cli.output import guard_streams, note
from yann.cli.stops import STOPS, heed_no_more, heed_stops, stopped
from yann.cli.surroundings import insist_on_utf8, settle_libraries
from yann.errors import ConfigError, FileError, RefusedError, YannError

if TYPE_CHECKING:
    import typer

BUG = 70


def run() -> None:
    """Run the command line and leave with the exit code that the README promises."""
    insist_on_utf8()
    settle_libraries()
    guard_streams()
    heed_stops()
    try:
        code = _code()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    gc.freeze()  # all of it ends with the process, so nobody need look through it once more: a tenth of a short command
    if code - 128 in STOPS:
        _leave_at_once(code)  # a thread may be in the middle of a long cell, and nobody waits for it
    heed_no_more()
    sys.exit(code)


def _leave_at_once(code: int) -> None:
    if "multiprocessing.util" in sys.modules:  # else its tracker would complain of the locks that workers were given by name
        from multiprocessing.util import _run_finalizers  # type: ignore[attr-defined] # what its own way to the end calls

        with suppress(Exception):
            _run_finalizers(0)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, YannError, ValueError):
            stream.flush()
    os._exit(code)


def _code() -> int:
    try:
        return _asked()(standalone_mode=False) or 0  # else typer would show its errors itself, with whatever letters were typed
    except (YannError, OSError, MemoryError) as error:
        code, sentences = _told(error)
        for sentence in sentences:
            note(sentence)
        return code
    except Exception as error:  # noqa: BLE001 - the last net: a person gets a sentence, the traceback goes to a file
        if stopped():
            return 128 + stopped()
        return _usage(error) if isinstance(error, _Shown) else _bug()


def _asked() -> typer.Typer:
    """Give the command line with the command that is asked for, or with all where it is not plain which one that is."""
    first = sys.argv[1] if len(sys.argv) > 1 else ""
    return program([first] if first in COMMANDS and "_YANN_COMPLETE" not in os.environ else COMMANDS)


@runtime_checkable
class _Shown(Protocol):
    """What typer raises if a command line is wrong."""

    exit_code: int

    def show(self, file: IO[str]) -> None:
        """Write usage and error."""


def _usage(error: _Shown) -> int:
    page = StringIO()
    error.show(page)
    for line in page.getvalue().split("\n")[:-1]:
        note(line.replace(": Value error, ", ": "))  # pydantic, which reads values for typer, begins every sentence so
    return error.exit_code


def _told(error: YannError | OSError | MemoryError) -> tuple[int, list[str]]:
    """Give the exit code, and a line for each sentence: the problems of a config, or what went wrong and what is to be added."""
    more = getattr(error, "__notes__", [])
    if isinstance(error, ConfigError):
        return error.exit_code, [*str(error).split("\n"), *more]
    if isinstance(error, YannError):
        return error.exit_code, [sentence for sentence in (str(error), *more) if sentence]
    if isinstance(error, OSError):
        return FileError.exit_code, [f"{error.filename or 'standard output'}: {error.strerror or error}"]
    return RefusedError.exit_code, ["out of memory: make network.width, data.samples or replicates smaller"]


def _bug() -> int:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="yann-", suffix=".txt", delete=False, encoding="utf-8") as report:
        report.write(traceback.format_exc())
    note(f"this is a bug in yann {__version__}: {sys.exc_info()[1]!r}; please report it with the file {report.name}")
    return BUG


if __name__ == "__main__":
    run()
