"""The figures of a run: the layers of every cell, a map over two swept axes, and the curves of training."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from yann.report.plots.heatmap import heatmap
from yann.report.plots.layers import layers
from yann.report.plots.sheet import style
from yann.report.plots.training import training

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.figure import Figure

    from yann.report.digest import Digest
    from yann.study.cell import Experiment

METADATA: dict[str, dict[str, str | None]] = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
"""The formats, and what their files would say of the moment or the program that drew them."""


def plots(experiment: Experiment, digests: Sequence[Digest], metric: str) -> Iterator[tuple[str, Figure]]:
    """Give every figure that fits this experiment, by file stem."""
    if not digests:
        return
    for draw in (layers, heatmap, training):
        with style():  # left before the figure is handed on, so that no setting is seen outside
            figure = draw(experiment, digests, metric)
        if figure is not None:
            yield draw.__name__, figure


def image(figure: Figure, format: str) -> bytes:  # noqa: A002 - the word that --plot-format uses
    """Give the figure's file as png, svg or pdf; the same figure gives the same bytes."""
    file = BytesIO()
    with style():
        figure.savefig(file, format=format, metadata=METADATA[format])
    return file.getvalue()
