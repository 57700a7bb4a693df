"""The path ledger for people: a line for each path with its factors, and their sum beside the gradient."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from yann.explain.paths import Ledger, Path, SampleLedger
from yann.report.grid import Grid
from yann.report.numbers import counted, number, power_of_ten
from yann.report.prose import Prose
from yann.report.rows import Row, finite

MOST_SHOWN = 20
"""Paths of a sample that a table shows, the largest first."""
MOST_DIGITS = 13
"""Of a number of paths that is told in full."""
MOST_NAMES = 9
"""Factors that a sentence names."""


def ledger_tables(ledger: Ledger, width: int | None) -> Iterator[Grid | Prose]:
    """Walk the tables: each sample's paths, and how the batch's gradient is made of the samples' own."""
    names, alone = ledger.names, ledger.names[0].startswith("dJn")
    told = " · ".join(names if len(names) <= MOST_NAMES else [*names[:3], "…", *names[-2:]])
    own = "; Jn is J as if sample n were the whole batch" if alone else ""
    yield Prose(
        f"{ledger.weight} has {_paths(ledger.count)} to the loss. A path is a product of {len(names)} factors, {told}, "
        f"and the sum over all paths is the gradient{own}.",
        width,
    )
    for sample in ledger.samples:
        yield _of_sample(ledger, sample, names, width)
    if ledger.averaged or len(ledger.samples) > 1:
        yield Prose(_of_batch(ledger), width)
    else:
        yield Prose(f"d{ledger.weight} of the batch, by backprop: {number(ledger.gradient, 9)}", width)


def _of_sample(ledger: Ledger, sample: SampleLedger, names: tuple[str, ...], width: int | None) -> Grid:
    largest = sorted(sample.paths, key=lambda path: -abs(path.product))[:MOST_SHOWN]
    rows = [(_way(path, ledger.layer), *(number(factor) for factor in path.factors), number(path.product)) for path in largest]
    left = ledger.count - len(rows)
    whole = len(sample.paths) == ledger.count
    if left:
        rest = (sample.total if whole else sample.entry) - sum(path.product for path in largest)
        rows.append((f"{_paths(left)} more", *("" for _ in names), number(rest)))
    rows.append(("sum", *("" for _ in names), number(sample.total if whole else sample.entry)))
    caption = f"backprop for this sample: {number(sample.entry, 9)}"
    caption += (
        f", which differs by {number(abs(sample.entry - sample.total), 2)}" if whole else ", of which the others are the rest"
    )
    grid = Grid(
        f"{ledger.weight}, sample {sample.sample}",
        ("units", *names, "product"),
        tuple(rows),
        caption,
        ends=frozenset({len(rows) - 2}),
    )
    missing = names[1:-1]
    fitted = grid.fitted(width, *missing)
    dropped = len(grid.header) - len(fitted.header)
    if not dropped:
        return grid
    return Grid(
        fitted.title,
        fitted.header,
        fitted.rows,
        f"{caption}; {dropped} more factors in a wider window, or with -f csv",
        ends=fitted.ends or grid.ends,
    )


def _way(path: Path, layer: int) -> str:
    """Give the units that a path goes through, layer by layer, from the loss down."""
    return " ".join(f"A{layer + index}[{unit}]" for index, unit in reversed(list(enumerate(path.units))))


def _of_batch(ledger: Ledger) -> str:
    entries = [sample.entry for sample in ledger.samples]
    told = "mean" if ledger.averaged else "sum"
    count = len(entries)
    if count == 1:
        return f"d{ledger.weight} of the batch, the {told} of all its samples, by backprop: {number(ledger.gradient, 9)}"
    terms = " + ".join(number(entry) for entry in entries).replace("+ -", "- ")
    total = sum(entries) / (count if ledger.averaged else 1)
    written = f"({terms})/{count}" if ledger.averaged else terms
    backprop = number(ledger.gradient, 9)
    return f"d{ledger.weight} of the batch is the samples' {told}: {written} = {number(total, 9)}; by backprop {backprop}"


def _paths(count: int) -> str:
    """Give a number of paths, which may be beyond any that can be read."""
    many = math.log10(count)
    return counted(count, "path") if many < MOST_DIGITS else f"about {power_of_ten(many, 1)} paths"


COLUMNS = ("weight", "sample", "paths", "path", "units", "factor", "value", "product", "sample_gradient", "batch_gradient")


def ledger_rows(ledger: Ledger) -> Iterator[Row]:
    """Walk every factor of every path of every sample."""
    for sample in ledger.samples:
        for index, path in enumerate(sample.paths):
            for name, factor in zip(ledger.names, path.factors, strict=True):
                yield [ledger.weight, sample.sample, ledger.count, index, _way(path, ledger.layer), name, finite(factor),
                       finite(path.product), finite(sample.entry), finite(ledger.gradient)]  # fmt: skip


def ledger_json(ledger: Ledger) -> dict[str, Any]:
    """Give the ledger as nested objects."""
    return {
        "weight": ledger.weight,
        "factors": list(ledger.names),
        "paths": ledger.count,
        "samples": [
            {
                "sample": sample.sample,
                "paths": [
                    {"units": list(path.units), "factors": [finite(f) for f in path.factors], "product": finite(path.product)}
                    for path in sample.paths
                ],
                "sum": finite(sample.total) if len(sample.paths) == ledger.count else None,
                "gradient": finite(sample.entry),
            }
            for sample in ledger.samples
        ],
        "batch_is": "mean" if ledger.averaged else "sum",
        "gradient": finite(ledger.gradient),
    }
