"""The sheet that every figure is drawn on: its size, its style, its words above and below the axes, and text as data."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from yann.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType

WIDTH, DPI = 8.0, 150  # inches, and dots in one: 1,200 pixels
MARGIN = 0.12  # inches
TITLE, SUBTITLE, SMALL = 12.5, 10.0, 9.0  # points
LEADING = 1.25  # of a line of text, in its size
GREY = "#555555"

STYLE: dict[RcKeyType, Any] = {
    "axes.edgecolor": "#777777",
    "axes.grid": True,
    "axes.grid.which": "major",
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlepad": 8,
    "axes.titlesize": SMALL,
    "axes.unicode_minus": True,
    "figure.dpi": DPI,
    "font.size": SMALL,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.7,
    "hatch.linewidth": 0.7,
    "legend.fontsize": SMALL,
    "legend.title_fontsize": SMALL,
    "lines.linewidth": 1.5,
    "lines.markersize": 4.5,
    "pdf.fonttype": 42,
    "savefig.dpi": "figure",
    "svg.hashsalt": "yann",
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
}
FURTHER_FONTS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "WenQuanYi Zen Hei", "PingFang SC", "Hiragino Sans",
    "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Noto Sans", "Arial Unicode MS",
)  # fmt: skip
"""Where a letter is looked for that matplotlib's own font has not got."""


@contextmanager
def style() -> Iterator[None]:
    """Draw with these settings and no others, whatever the machine's matplotlibrc says, and leave them as they were."""
    import matplotlib as mpl

    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # a box stands for a letter that no font has
        mpl.rcdefaults()
        mpl.rcParams.update({**STYLE, "font.family": _fonts()})
        yield


@lru_cache(maxsize=1)
def _fonts() -> list[str]:
    from matplotlib.font_manager import fontManager

    installed = set(fontManager.get_font_names())
    return ["DejaVu Sans", *(font for font in FURTHER_FONTS if font in installed)]


def sheet(body: float, title: str, subtitle: str, notes: list[str]) -> Figure:
    """Give an empty figure with its words in place; `body` inches of height are left between them for the axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    room = WIDTH - 2 * MARGIN
    head = wrapped(title, room, TITLE, lines=3, weight="bold")
    below = wrapped(subtitle, room, SUBTITLE, lines=2)
    foot = "\n".join(wrapped(note, room, SMALL, lines=2) for note in notes)
    top = MARGIN + _height(head, TITLE)
    above, under = top + _height(below, SUBTITLE) + 0.04, (MARGIN + _height(foot, SMALL) if foot else 0.04)
    height = round((above + body + under) * DPI) / DPI

    figure = Figure(figsize=(WIDTH, height), dpi=DPI)
    FigureCanvasAgg(figure)
    x = MARGIN / WIDTH
    figure.text(x, 1 - MARGIN / height, head, size=TITLE, weight="bold", va="top", linespacing=LEADING)
    figure.text(x, 1 - top / height, below, size=SUBTITLE, color=GREY, va="top", linespacing=LEADING)
    figure.text(x, MARGIN / height, foot, size=SMALL, color=GREY, va="bottom", linespacing=LEADING)
    figure.set_layout_engine("constrained", rect=(0, under / height, 1, 1 - (above + under) / height), w_pad=0.08, h_pad=0.06)
    return figure


def settled(figure: Figure) -> Figure:
    """Place everything once and for all, so that every file made of the figure is the same picture."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def _height(text: str, size: float) -> float:
    return (text.count("\n") + 1) * size * LEADING / 72 + 0.05 if text else 0.0


def literal(text: str) -> str:
    """Give a text so that matplotlib draws what it says, and reads no formula in it."""
    return text.replace("$", r"\$")


def wrapped(text: str, inches: float, size: float = SMALL, lines: int = 1, weight: str = "normal") -> str:
    """Give a text from a config as it can be drawn: no wider than this, over at most so many lines, cut with an ellipsis."""
    rows: list[str] = []
    rest = visible(text, 400)
    while rest and len(rows) < lines:
        fits = _fitting(rest, inches, size, weight)
        if fits < len(rest):
            fits = _break(rest[: fits + 1]) or fits
        rows.append(rest[:fits].rstrip())
        rest = rest[fits:].lstrip()
    if rest:
        last = rows[-1] + " " + rest
        rows[-1] = last[: max(1, _fitting(last, inches - width_of("…", size, weight), size, weight))].rstrip() + "…"
    return literal("\n".join(rows))


def _break(text: str) -> int:
    """Find the last place at which a line can end: a space, rather not beside an equals sign, else a mark; 0 if there is none."""
    for place in (r"(?<=[^ =])(?= [^=])", r"(?<=[^ ])(?= )", r"(?<=[(,=_/])(?=.)"):
        if found := [match.end() for match in re.finditer(place, text)]:
            return found[-1]
    return 0


def _fitting(text: str, inches: float, size: float, weight: str) -> int:
    """Count the letters, at least one, that stand in so much room."""
    few, many = 1, len(text)
    while few < many:
        middle = (few + many + 1) // 2
        few, many = (middle, many) if width_of(text[:middle], size, weight) <= inches else (few, middle - 1)
    return few


def width_of(text: str, size: float = SMALL, weight: str = "normal") -> float:
    """Measure a line of text in inches."""
    from matplotlib.font_manager import FontProperties

    return _ruler().get_text_width_height_descent(text, FontProperties(size=size, weight=weight), ismath=False)[0] / DPI


@lru_cache(maxsize=1)
def _ruler() -> RendererBase:
    from matplotlib.backends.backend_agg import RendererAgg

    return RendererAgg(1, 1, DPI)  # type: ignore[no-untyped-call] # matplotlib does not annotate its backends


def whole_numbers(axes: Axes, low: int, high: int, most: int) -> None:
    """Make the x axis one of whole numbers with at most so many ticks, the first at `low`, and a little room at both ends."""
    pad = max(0.025 * (high - low), 0.15)
    axes.set_xlim(low - pad, high + pad)
    step = next(s * 10**e for e in range(20) for s in (1, 2, 5) if (high - low) // (s * 10**e) < most)
    axes.set_xticks([low, *(x for x in range(low + step - (low % step if step > 2 else 0), high + 1, step))])
