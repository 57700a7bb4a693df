"""Panels of axes, their lines with bands, and the legend or the colour bar that explains them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from yann.report.plots.arrange import Arrangement
from yann.report.plots.looks import Look, Ramp, ramp_colours
from yann.report.plots.sheet import SMALL, WIDTH, width_of, wrapped
from yann.shapes import Array
from yann.study.cell import Experiment
from yann.text import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from yann.report.digest import Digest

INSIDE = 6
"""So many short entries of a legend find room inside the axes."""
BANDED = 8
"""So many bands can be looked through."""
MARKED = 15  # markers on a line, about
LEGEND = 2.3  # inches, at most


def panels_of(figure: Figure, arrangement: Arrangement) -> list[Axes]:
    """Give a pair of axes for each panel, all on the same scales, with its heading; only the outer ones have tick labels."""
    rows, columns = arrangement.rows, arrangement.columns
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    shown = []
    taken = {(panel.row, panel.column) for panel in arrangement.panels}
    for (row, column), axes in np.ndenumerate(grid):
        if (row, column) not in taken:
            figure.delaxes(axes)
        elif (row + 1, column) not in taken:
            axes.tick_params(labelbottom=True)
    for panel in arrangement.panels:
        axes = grid[panel.row, panel.column]
        room = (WIDTH - 0.9 - _beside(arrangement)) / columns - 0.25
        axes.set_title(wrapped(panel.heading, room, lines=3), loc="left", size=SMALL)
        shown.append(axes)
    return shown


def _beside(arrangement: Arrangement) -> float:
    """Estimate the room that the legend takes on the right."""
    if arrangement.ramp is not None:
        return 0.9
    return min(LEGEND, max((width_of(label) for label in arrangement.entries), default=0.0)) + 0.6


def draw_line(axes: Axes, x: Array, heights: Array, look: Look, *, dash: str | None = None) -> None:
    """Draw the median of a band (…, 3) against x."""
    marked = max(1, round(len(x) / MARKED))
    axes.plot(
        x, heights[..., 1], color=look.colour, linestyle=dash or look.dash, marker=look.marker, markevery=marked, label="_line"
    )


def draw_band(axes: Axes, x: Array, edges: Array, look: Look) -> None:
    """Draw the band (…, 3) around the median."""
    axes.fill_between(x, edges[..., 0], edges[..., 2], color=look.colour, alpha=0.16, linewidth=0, label="_band")


def has_bands(arrangement: Arrangement) -> bool:
    """Tell whether bands are drawn: over replicates, and where they do not hide each other."""
    fullest = max(len(panel.lines) for panel in arrangement.panels)
    return fullest <= BANDED and any(line.cell.outline.replicates > 1 for line in arrangement.lines)


def explain(figure: Figure, shown: Sequence[Axes], arrangement: Arrangement) -> None:
    """Say what the lines stand for, with a colour bar or a legend; one line alone needs neither."""
    if arrangement.ramp is not None:
        colour_bar(figure, shown, arrangement.ramp)
    elif any(arrangement.entries):
        legend(shown, arrangement)


def legend(shown: Sequence[Axes], arrangement: Arrangement) -> None:
    """Write the legend: inside where few short entries stand in one panel, else at the right of all."""
    from matplotlib.lines import Line2D

    entries = arrangement.entries
    inside = len(arrangement.panels) == 1 and len(entries) <= INSIDE and max(map(width_of, entries)) < 1.6
    handles = [Line2D([], [], color=look.colour, linestyle=look.dash, marker=look.marker) for look in entries.values()]
    room = LEGEND if arrangement.columns < 3 else LEGEND / 1.5
    # a space first, because older matplotlibs leave out names that begin with _
    names = [" " + wrapped(label, room, lines=3).replace("\n", "\n ") for label in entries]
    title = wrapped(arrangement.legend, room, lines=2)
    if inside:
        shown[0].legend(handles, names, loc="best", framealpha=0.85, edgecolor="none")
        return
    corner = shown[arrangement.columns - 1]
    corner.legend(
        handles, names, title=title, alignment="left",
        loc="upper left", bbox_to_anchor=(1.02, 1.0), borderaxespad=0.0, frameon=False,
    )  # fmt: skip


def colour_bar(figure: Figure, shown: Sequence[Axes], ramp: Ramp) -> None:
    """Draw the bar that gives each colour its value."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, LogNorm, Normalize

    norm = LogNorm(ramp.low, ramp.high) if ramp.log else Normalize(ramp.low, ramp.high)
    colours = ScalarMappable(norm, ListedColormap(ramp_colours(np.linspace(0, 1, 256))))
    bar = figure.colorbar(colours, ax=list(shown), aspect=30, pad=0.02)
    bar.set_label(wrapped(ramp.column, LEGEND, 10))
    bar.outline.set_visible(False)


def headings(experiment: Experiment, what: str) -> tuple[str, str]:
    """Give the title and what stands below it: the experiment's own title, or one that says what is drawn."""
    if experiment.title:
        return experiment.title, what
    return f"{what} — {visible(experiment.name, None)}", ""


def told(*parts: str) -> str:
    """Join what there is to tell."""
    return " · ".join(part for part in parts if part)


def draws(digests: Sequence[Digest], *, bands: bool) -> str:
    """Say over how many replicates a line is the median."""
    counts = {cell.outline.replicates for cell in digests}
    if counts == {1}:
        return ""
    many = f"{counts.pop()} replicates" if len(counts) == 1 else "replicates"
    return f"median of {many}, band from 10 to 90 %" if bands else f"median of {many}"
