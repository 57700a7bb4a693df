"""The least that a plot costs: matplotlib is imported, and one empty figure drawn and saved."""

import sys
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: TID253 - what it costs is the question
from matplotlib.figure import Figure  # noqa: TID253

figure = Figure()
FigureCanvasAgg(figure)
figure.add_subplot()
figure.savefig(Path(sys.argv[1]) / "figure.png")
