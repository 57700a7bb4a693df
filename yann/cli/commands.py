"""The commands: where each one stands, and the line that `yann --help` has of it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Annotated, NamedTuple

import typer

from yann import __version__


class Command(NamedTuple):
    """A function of a module of this folder."""

    module: str
    function: str
    short_help: str


COMMANDS = {
    "sweep": Command("sweep", "sweep", "Run every cell of a config: gradients per layer."),
    "step": Command("step", "step", "Make optimizer steps and show every number."),
    "train": Command("train", "train", "Train: loss, accuracy, gradients over time."),
    "check": Command("check", "check", "Compare configs with the figures they expect."),
    "explain": Command("explain", "explain", "Show where a gradient comes from, link by link."),
    "export": Command("export", "export", "Write a twin in PyTorch, JAX, TensorFlow, NumPy."),
    "pitfall": Command("pitfall", "pitfall", "Run a trap: wrong number, right number, why."),
    "resume": Command("resume", "resume", "Finish a run that was interrupted."),
    "merge": Command("merge", "merge", "Join the shards of a sweep into one run."),
    "list": Command("list", "list_parts", "List what a config can name, with formulas."),
    "schema": Command("schema", "schema", "Print the JSON Schema of a config."),
    "new": Command("new", "new", "Write a commented config to start from."),
}


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"yann {__version__}")
        raise typer.Exit


def _yann(
    version: Annotated[bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    pass


def program(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """Give the command line with these commands: one takes less than half the time of all of them."""
    app = typer.Typer(
        help="Gradients of fully connected networks. Try yann step and yann sweep depth.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_yann)
    for name in names:
        module, function, short_help = COMMANDS[name]
        app.command(name, short_help=short_help)(getattr(import_module(f"yann.cli.{module}"), function))
    return app
