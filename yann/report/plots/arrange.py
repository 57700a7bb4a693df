"""Which cells are drawn, in which panel, and how each of their lines looks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from yann.report.digest import Digest
from yann.report.plots.looks import DASHES, FEW, MARKERS, Look, Ramp, looks_of, picked, told_apart
from yann.report.plots.spread import Spread, is_a_grid, spreads
from yann.study.cell import Experiment

MOST_LINES, MOST_LISTED, MOST_IN_A_PANEL = 30, 16, 12
MOST_COLUMNS, MOST_ROWS = 5, 3


@dataclass(frozen=True)
class Line:
    """A cell as a line."""

    cell: Digest
    label: str
    look: Look


@dataclass(frozen=True)
class Panel:
    """Lines that share a pair of axes, at a place in the grid of panels."""

    heading: str
    row: int
    column: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Arrangement:
    """The panels of a figure; a ramp takes the place of the legend where there is one."""

    panels: tuple[Panel, ...]
    rows: int
    columns: int
    ramp: Ramp | None
    of: int
    """Cells that there are, drawn or not."""
    legend: str = ""
    """The legend's title, where its entries are bare values."""
    told: str = ""
    """What the panels' headings name, where they are bare values."""
    file: str = "layers.csv"
    """Where all cells are."""

    @property
    def lines(self) -> tuple[Line, ...]:
        """Give the lines of all panels."""
        return tuple(line for panel in self.panels for line in panel.lines)

    @property
    def entries(self) -> dict[str, Look]:
        """Give what the legend explains, each look once, from the fullest panel on."""
        fullest_first = sorted(self.panels, key=lambda panel: -len(panel.lines))
        return {line.label: line.look for panel in fullest_first for line in panel.lines}

    @property
    def notes(self) -> list[str]:
        """Say how many cells are left out, and where they are."""
        drawn = len(self.lines)
        return [] if drawn == self.of else [f"{drawn} of {self.of} cells; all are in {self.file}"]


def arrange(experiment: Experiment, digests: Sequence[Digest], rows: int = MOST_ROWS) -> Arrangement:
    """Arrange cells in at most so many rows of panels."""
    axes = spreads(experiment, (cell.index for cell in digests))
    if len(axes) > 1 and not is_a_grid(axes, len(digests)):
        return _listed(digests, axes)
    if len(axes) <= 1 or (len(axes) == 2 and len(digests) <= FEW):
        return _in_one_panel(digests, axes)
    return _in_panels(digests, axes, rows)


def _listed(digests: Sequence[Digest], axes: Sequence[Spread]) -> Arrangement:
    """Draw cells that fill no grid as a list, each named by all its values."""
    shown = [digests[k] for k in picked(len(digests), MOST_LISTED)]
    labels = [", ".join(axis.told(cell.index) for axis in axes) for cell in shown]
    lines = [Line(cell, label, look) for cell, label, look in zip(shown, labels, told_apart(len(shown)), strict=True)]
    return Arrangement((Panel("", 0, 0, tuple(lines)),), 1, 1, None, len(digests))


def _in_one_panel(digests: Sequence[Digest], axes: Sequence[Spread]) -> Arrangement:
    if not axes:
        return Arrangement((Panel("", 0, 0, (Line(digests[0], "", told_apart(1)[0]),)),), 1, 1, None, len(digests))
    colours = max(axes, key=lambda axis: len(axis.values))
    dashes = next((axis for axis in axes if axis is not colours), None)
    looks, ramp = looks_of(colours, MOST_LINES)
    ordered = sorted(digests, key=lambda cell: (colours.at[cell.index], dashes.at[cell.index] if dashes else 0))
    lines = []
    for cell in ordered:
        if (position := colours.at[cell.index]) in looks:
            look = looks[position]
            if dashes is not None:
                turn = dashes.at[cell.index]
                look = Look(look.colour, DASHES[turn % len(DASHES)], MARKERS[turn % len(MARKERS)])
            lines.append(Line(cell, ", ".join(axis.told(cell.index) for axis in axes), look))
    return Arrangement((Panel("", 0, 0, tuple(lines)),), 1, 1, ramp, len(digests))


def _in_panels(digests: Sequence[Digest], axes: Sequence[Spread], rows: int) -> Arrangement:
    """Draw a line for each value of one axis, and a panel for each point of the others."""
    by_line = max(axes, key=lambda axis: (axis.numeric and len(axis.values) >= 4, len(axis.values), axes.index(axis)))
    by_panel = sorted((axis for axis in axes if axis is not by_line), key=lambda axis: len(axis.values))
    sizes = [len(axis.values) for axis in by_panel]
    while math.prod(sizes) > MOST_COLUMNS * rows:
        sizes[sizes.index(max(sizes))] -= 1
    looks, ramp = looks_of(by_line, MOST_IN_A_PANEL if by_line.numeric else FEW)
    found: dict[tuple[int, ...], list[Line]] = {
        point: [] for point in product(*(picked(len(a.values), size) for a, size in zip(by_panel, sizes, strict=True)))
    }
    for cell in sorted(digests, key=lambda cell: by_line.at[cell.index]):
        point, position = tuple(axis.at[cell.index] for axis in by_panel), by_line.at[cell.index]
        if point in found and position in looks:
            found[point].append(Line(cell, by_line.texts[position], looks[position]))
    full = {point: lines for point, lines in found.items() if lines}
    if not full:  # no cell stands at a point that was picked
        return _listed(digests, axes)
    columns = _columns(len(full), sizes[-1] if len(sizes) == 2 and len(full) == len(found) and sizes[0] <= rows else 0, rows)
    panels = []
    for k, (point, lines) in enumerate(full.items()):
        index = lines[0].cell.index
        names = (a.told(index) if a.numeric or len(by_panel) == 1 else a.texts[at] for a, at in zip(by_panel, point, strict=True))
        panels.append(Panel(" · ".join(names), *divmod(k, columns), tuple(lines)))
    named = f"panels: {' · '.join(axis.column for axis in by_panel)}" if len(by_panel) > 1 else ""
    return Arrangement(tuple(panels), -(-len(panels) // columns), columns, ramp, len(digests), by_line.column, named)


def _columns(panels: int, wanted: int, rows: int) -> int:
    """Give a number of columns: that of a grid of two axes where it fits, else nearly as many as rows."""
    if 0 < wanted <= MOST_COLUMNS:
        return wanted
    return max(math.ceil(math.sqrt(panels)), -(-panels // rows)) if panels > 3 else panels
