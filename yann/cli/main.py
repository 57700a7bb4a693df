"""The front door: the commands, and what becomes of an error."""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated

import typer

from yann import __version__
from yann.cli.check import check
from yann.cli.explain import explain
from yann.cli.export import export
from yann.cli.list import list_parts
from yann.cli.new import new
from yann.cli.output import guard_streams, note
from yann.cli.pitfall import pitfall
from yann.cli.schema import schema
from yann.cli.step import step
from yann.cli.sweep import sweep
from yann.cli.train import train
from yann.errors import FileError, RefusedError, YannError

BUG = 70

app = typer.Typer(
    help="How gradients flow through fully connected networks, in your own notation.",
    epilog="Try yann step, then yann sweep depth. Bundled configs: depth, init, digits.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("sweep", short_help="Run every cell of a config: gradients per layer.")(sweep)
app.command("step", short_help="Make optimizer steps and show every number.")(step)
app.command("train", short_help="Train: loss, accuracy, gradients over time.")(train)
app.command("check", short_help="Compare configs with the figures they expect.")(check)
app.command("explain", short_help="Show where a gradient comes from, link by link.")(explain)
app.command("export", short_help="Write a twin in PyTorch, JAX, TensorFlow, NumPy.")(export)
app.command("pitfall", short_help="Run a trap: wrong number, right number, why.")(pitfall)
app.command("list", short_help="List what a config can name, with formulas.")(list_parts)
app.command("schema", short_help="Print the JSON Schema of a config.")(schema)
app.command("new", short_help="Write a commented config to start from.")(new)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"yann {__version__}")
        raise typer.Exit


@app.callback()
def _yann(
    version: Annotated[bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    pass


def run() -> None:
    """Run the command line and leave with the exit code that the README promises."""
    # sums of a threaded matrix product depend on the number of threads; cells run side by side instead (--jobs)
    os.environ.update(
        dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
    )
    guard_streams()
    for sign in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, sign, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup has it ignored, and means it
            signal.signal(number, lambda caught, _: sys.exit(128 + caught))
    sys.exit(_code())


def _code() -> int:
    try:
        app()
    except (YannError, OSError, MemoryError) as error:
        code, sentence = _told(error)
        note(sentence, quiet=not sentence)
        return code
    except Exception:  # noqa: BLE001 - the last net: a person gets a sentence, the traceback goes to a file
        return _bug()
    return 0


def _told(error: YannError | OSError | MemoryError) -> tuple[int, str]:
    if isinstance(error, YannError):
        return error.exit_code, str(error)
    if isinstance(error, OSError):
        return FileError.exit_code, f"{error.filename or 'standard output'}: {error.strerror or error}"
    return RefusedError.exit_code, "out of memory: make network.width, data.samples or replicates smaller"


def _bug() -> int:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="yann-", suffix=".txt", delete=False, encoding="utf-8") as report:
        report.write(traceback.format_exc())
    note(f"this is a bug in yann {__version__}: {sys.exc_info()[1]!r}; please report it with the file {report.name}")
    return BUG


if __name__ == "__main__":
    run()
