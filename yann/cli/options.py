"""The options that commands share, each said once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How data are printed."""

    auto = "auto"
    table = "table"
    csv = "csv"
    json = "json"
    jsonl = "jsonl"
    md = "md"


class Color(StrEnum):
    """Whether tables are coloured."""

    auto = "auto"
    always = "always"
    never = "never"


class PlotFormat(StrEnum):
    """The file format of plots."""

    png = "png"
    svg = "svg"
    pdf = "pdf"


ConfigArgument = Annotated[
    str,
    typer.Argument(metavar="CONFIG", help="A path, - for standard input, or a bundled config: depth, init, reduction, digits."),
]
Settings = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key, as in network.width=32.")]
Axes = Annotated[
    list[str] | None,
    typer.Option("--grid", metavar="KEY=VALUES", help="Add an axis: 2,4,8 or 2:10:2 or 1e-4:1e-1:log4."),
]
FormatOption = Annotated[
    Format, typer.Option("--format", "-f", help="auto: a table on a terminal, CSV (JSON for step) in a pipe.", show_default=False)
]
ColorOption = Annotated[Color, typer.Option("--color", help="Colours in tables.", show_default=False)]
Out = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where runs go.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes.")]
Plots = Annotated[bool, typer.Option("--plots/--no-plots", help="Draw the plots.")]
PlotFormatOption = Annotated[PlotFormat, typer.Option("--plot-format", help="File format of the plots.", show_default=False)]
MetricOption = Annotated[
    str | None, typer.Option("--metric", "-m", metavar="NAME", help="What table and plots show; default dW_rms.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="List the cells and the cost; run nothing.")]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first cell that fails.")]
Jobs = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, metavar="N", help="Workers; default: as many as there are processors.")
]
ExecutorOption = Annotated[
    str, typer.Option("--executor", metavar="NAME", help="auto, serial, threads, processes or dask.", show_default=False)
]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="ADDRESS", help="Dask's scheduler, as in tcp://host:8786.", show_default=False),
]
SchedulerFile = Annotated[
    str | None, typer.Option("--scheduler-file", metavar="FILE", help="A file that Dask's scheduler wrote.", show_default=False)
]
ShardOption = Annotated[
    str | None,
    typer.Option("--shard", metavar="I/N", help="Only every N-th cell, from the I-th; merge joins them.", show_default=False),
]
CacheOption = Annotated[bool, typer.Option("--cache", help="Take what an earlier run in DIR has done, and keep this run's.")]
