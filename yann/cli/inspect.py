"""Commands that look things up: the parts there are, the schema of a config, a config to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from yann.cli.options import Color, ColorOption, Format, FormatOption
from yann.cli.output import chosen, emit, note, show
from yann.errors import UsageError


def list_parts(
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help="activations, inits, losses, …; default: all.")] = None,
    form: FormatOption = Format.auto,
    color: ColorOption = Color.auto,
) -> None:
    """List what a config can name: each part's formula, settings, gain, kinks and source.

    Example: yann list activations
    """
    from yann.cli.output import width
    from yann.registry import nearest
    from yann.report.catalog import catalog_grid, catalog_rows
    from yann.report.rows import csv_text, json_text
    from yann.study.catalog import CATALOG

    if kind is not None and kind not in CATALOG:
        close = nearest(kind, CATALOG)
        told = f"did you mean {close}? " if close else ""
        raise UsageError(f"no kind '{kind}'; {told}There are {', '.join(CATALOG)}")
    kinds = [kind] if kind else list(CATALOG)
    form = chosen(form, Format.csv)
    if form in (Format.table, Format.md):
        show([catalog_grid(each, width() if form is Format.table else None) for each in kinds], form, color)
        return
    header, rows = catalog_rows(kinds)
    if form is Format.csv:
        emit(csv_text([header, *rows]))
    elif form is Format.jsonl:
        emit("".join(f"{json_text(header, row)}\n" for row in rows))
    else:
        emit("[" + ",\n ".join(json_text(header, row) for row in rows) + "]\n")


def schema(
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it there instead of printing it.")] = None,
) -> None:
    """Print the JSON Schema of a config, for editors and validators.

    Example: yann schema > yann.schema.json
    """
    import json

    from yann.config.schema import json_schema
    from yann.report.files import write

    text = json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
    if out is None:
        emit(text)
    else:
        write(out, text.encode())
        note(f"wrote {out}")


def new(name: Annotated[str, typer.Argument(metavar="NAME", help="The experiment's name; NAME.yaml is written.")]) -> None:
    """Write a commented config to start from.

    Example: yann new my-study
    """
    from importlib.resources import files

    from pydantic import TypeAdapter, ValidationError

    from yann.config.grammar import Name
    from yann.report.files import write
    from yann.text import visible

    stem = name.removesuffix(".yaml")
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(Name)
        adapter.validate_python(stem)
    except ValidationError:
        raise UsageError(f"'{visible(name)}' cannot be a name: letters, digits, '.', '_' and '-' only, at most 100") from None
    path = Path(f"{stem}.yaml")
    if path.exists():
        raise UsageError(f"{path}: there is such a file already; choose another name")
    text = files("yann.config").joinpath("starter.yaml").read_text(encoding="utf-8")
    write(path, text.replace("{name}", stem).encode())
    note(f"wrote {path}; run it with: yann sweep {path}")
