"""Figures: what is on them, that it can be read, and that the same study gives the same bytes."""

import hashlib
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from yann.config.load import Given, load
from yann.report.digest import digest, flow
from yann.report.plots import image, plots
from yann.report.plots.sheet import width_of, wrapped
from yann.study.run import run

NETWORK = "network: {depth: 4, width: 6}\n"
DEPTHS = NETWORK + "sweep: {grid: {network.depth: [2, 4, 8]}}\n"
GRID = (
    NETWORK + "sweep: {grid: {network.depth: [2, 4, 8], network.init: [xavier_normal, he_normal, {name: normal, std: 0.05}]}}\n"
)
THREE = NETWORK + (
    "sweep: {grid: {network.depth: {range: [2, 6]}, network.init: [xavier_normal, he_normal, orthogonal],"
    " network.activation: [tanh, relu, gelu]}}\n"
)
FAINT = "network: {depth: 150, width: 6, activation: sigmoid, init: {name: normal, std: 0.0005}}\n"
DEAD = "network: {depth: 4, width: 6, activation: relu, init: zeros}\n"
LOUD = "network: {depth: 4, width: 6, activation: identity, init: {name: normal, std: 1e+200}}\n"
HOSTILE = r"$\frac{1}{$ [red] {x} \alpha _ ^ $$ \x1b[31m"

STUDIES = {
    "one cell": NETWORK,
    "one layer": "network: {depth: 1, width: 3}",
    "depths": DEPTHS,
    "grid": GRID + "replicates: 3\n",
    "grid with steps": GRID + "steps: 4\n",
    "three axes": THREE,
    "forty depths": NETWORK + "sweep: {grid: {network.depth: {range: [1, 40]}}}",
    "twelve rates": NETWORK + "steps: 9\nsweep: {grid: {optimizer.lr: {logspace: [1e-4, 1e+3], num: 12}}}",
    "eleven names": NETWORK + "sweep: {grid: {network.activation: "
    "[tanh, relu, gelu, silu, elu, selu, softplus, sigmoid, identity, leaky_relu, gelu_tanh]}}",
    "no grid": NETWORK + "sweep: [{grid: {network.depth: [2, 3, 4, 5, 6]}}, {grid: {network.width: [2, 3, 4, 5]}}]",
    "group": NETWORK + "sweep: {zip: {_a: {network.activation: [tanh, relu], network.init: [xavier_normal, he_normal]}}}",
    "seeds": NETWORK + "sweep: {grid: {seed: [1, 2, 3]}}",
    "flags": NETWORK + "sweep: {grid: {network.bias: [true, false], network.depth: [3, 5]}}",
    "three axes with steps": THREE + "steps: 3\n",
    "long names": NETWORK + "sweep: {grid: {network.depth: [2, 3, 4], network.init: [{name: uniform, low: -0.1234567890123, "
    "high: 0.12345678901234567}, {name: truncated_normal, mean: 0.123456789, std: 0.98765432101}, zeros]}}",
    "hostile title": NETWORK + f"title: '{HOSTILE}'",
    "unknown letters": NETWORK + "title: 深度学习",
    "endless title": NETWORK + f"title: {'wide ' * 200}",
    "faint": FAINT,
    "dead": DEAD,
    "dead and training": DEAD + "steps: 3\n",
    "loud": LOUD,
    "boom": "network: {depth: 3, width: 6, activation: identity}\nsteps: 40\noptimizer: {name: sgd, lr: 50}",
    "dead, loud and faint": NETWORK + "sweep: {grid: {network.depth: [3, 90], network.init: "
    "[zeros, xavier_normal, {name: normal, std: 1e+200}, {name: normal, std: 1e-9}]}}",
    "far": "network: {depth: 4, width: 6, init: {name: normal, std: 1e+40}, activation: identity}\n"
    "sweep: {grid: {network.depth: [2, 3]}}",
    "digits": "network: {depth: 3, width: 8, outputs: 10}\ndata: {name: digits, samples: 60, test: 0.3}\nloss: cross_entropy\n"
    "steps: 6\nsweep: {grid: {optimizer.lr: [0.01, 0.1]}}",
    "deep training": "network: {depth: 20, width: 6}\nsteps: 5\nreplicates: 3\n",
}  # fmt: skip


def study(text):
    """Run a config, and give its experiment with the digests of its cells."""
    experiment = load(Given(text.encode(), "x.yaml", Path(), "study")).experiment
    results = (run(cell, experiment.measure, range(cell.replicates)) for cell in experiment.cells)
    pairs = zip(experiment.points, experiment.cells, results, strict=True)
    return experiment, [digest(k, point, cell, [result]) for k, (point, cell, result) in enumerate(pairs)]


def figures(text, metric="dW_rms"):
    return dict(plots(*study(text), metric))


def lines_of(axes, label="_line"):
    return [line for line in axes.lines if line.get_label() == label]


def drawn(figure):
    return [line for axes in figure.axes for line in lines_of(axes)]


def words_of(figure):
    return [text.get_text() for text in texts_of(figure) if text.get_text()]


def texts_of(figure):
    from matplotlib.text import Text

    return figure.findobj(Text)


def legend_of(figure):
    return [text.get_text().strip() for axes in figure.axes if axes.get_legend() for text in axes.get_legend().get_texts()]


@pytest.fixture(params=STUDIES.values(), ids=STUDIES, scope="module")
def every(request):
    return figures(request.param)


def test_every_study_is_drawn_without_a_warning_at_1200_pixels(every):
    for figure in every.values():
        png = image(figure, "png")
        assert png.startswith(b"\x89PNG")
        assert struct.unpack(">I", png[16:20]) == (1200,)


def test_nothing_is_cut_off_and_every_word_is_large_enough_to_read(every):
    for figure in every.values():
        box = figure.get_tightbbox()
        width, height = figure.get_size_inches()
        assert min(box.x0, box.y0, width - box.x1, height - box.y1) > -0.02
        assert min(text.get_fontsize() for text in texts_of(figure)) >= 9


def test_axes_say_what_they_show(every):
    for figure in every.values():
        assert any(axes.get_xlabel() for axes in figure.axes)
        assert any(axes.get_ylabel() for axes in figure.axes)


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        (NETWORK, ["layers"]),
        (DEPTHS, ["layers"]),
        (GRID, ["layers", "heatmap"]),
        (THREE, ["layers", "heatmap"]),
        (NETWORK + "steps: 2\n", ["layers", "training"]),
        (GRID + "steps: 2\n", ["layers", "heatmap", "training"]),
        (STUDIES["no grid"], ["layers"]),
    ],
)
def test_each_study_has_the_figures_that_fit_it(text, stems):
    assert list(figures(text)) == stems


def test_a_run_in_which_every_cell_failed_has_no_figures():
    experiment, _ = study(NETWORK)
    assert list(plots(experiment, [], "dW_rms")) == []


def test_a_line_holds_the_gradient_of_its_cell_layer_by_layer():
    experiment, digests = study(DEPTHS)
    figure = dict(plots(experiment, digests, "dW_rms"))["layers"]
    for line, cell in zip(drawn(figure), digests, strict=True):
        assert line.get_xdata() == pytest.approx(np.arange(1, cell.outline.depth + 1))
        assert line.get_ydata() == pytest.approx(cell.metrics["dW_rms"][-1, :, 1], rel=1e-12)
    assert legend_of(figure) == ["depth = 2", "depth = 4", "depth = 8"]


def test_replicates_are_drawn_as_a_band_around_their_median():
    experiment, (cell,) = study(NETWORK + "replicates: 9\n")
    (axes,) = dict(plots(experiment, [cell], "dW_rms"))["layers"].axes
    (band,) = axes.collections
    edges = band.get_paths()[0].vertices[:, 1]
    for edge in cell.metrics["dW_rms"][-1, :, ::2].ravel():
        assert np.abs(edges / edge - 1).min() < 1e-9


@pytest.mark.parametrize(
    ("metric", "scale"),
    [
        ("dW_rms", "log"),
        ("dW_norm", "log"),
        ("A_std", "log"),
        ("A_mean", "linear"),
        ("dead_fraction", "linear"),
        ("dW_min", "linear"),
    ],
)
def test_sizes_stand_on_a_logarithmic_axis_and_all_else_on_a_linear_one(metric, scale):
    assert figures(NETWORK, metric)["layers"].axes[0].get_yscale() == scale


def test_a_gradient_beyond_the_range_of_floats_is_drawn_at_its_true_size():
    experiment, (cell,) = study(FAINT)
    figure = dict(plots(experiment, [cell], "dW_rms"))["layers"]
    (line,) = drawn(figure)
    assert cell.metrics["dW_rms"][-1, 0, 1] == 0
    assert figure.axes[0].get_yscale() == "linear"
    assert "log" in figure.axes[0].get_ylabel()
    assert line.get_ydata() == pytest.approx(cell.metrics["log10_dW_rms"][-1, :, 1])
    assert line.get_ydata().min() < -330


def test_a_zero_is_marked_at_the_bottom_edge_and_an_overflow_at_the_top():
    dead, loud = figures(DEAD)["layers"], figures(LOUD, "dW_norm")["layers"]
    (zeros,), (lost,) = (lines_of(figure.axes[0], "_edge") for figure in (dead, loud))
    assert {*zeros.get_ydata()} == {0.0}
    assert len(zeros.get_xdata()) == 4
    assert {*lost.get_ydata()} == {1.0}
    assert zeros.get_marker() != lost.get_marker()
    assert "▽ at the bottom edge: exactly 0" in words_of(dead)
    assert "✕ at the top edge: overflow or nan" in words_of(loud)
    assert not any("edge" in word for word in words_of(figures(NETWORK)["layers"]))


def test_an_overflow_whose_size_is_known_is_drawn_where_it_is():
    (line,) = drawn(figures(LOUD)["layers"])
    assert (line.get_ydata() > 308).all()


def test_a_zero_that_only_its_numbers_made_is_not_called_exact():
    assert any("too small for a float" in word for word in words_of(figures(FAINT, "dW_norm")["layers"]))


def test_more_cells_than_can_be_read_are_thinned_out_and_the_figure_says_so():
    figure = figures(STUDIES["forty depths"])["layers"]
    assert len(drawn(figure)) == 30
    assert "30 of 40 cells; all are in layers.csv" in words_of(figure)
    assert {1, 40} <= {len(line.get_xdata()) for line in drawn(figure)}


def test_many_numbers_have_a_colour_bar_and_many_names_a_legend():
    assert legend_of(figures(STUDIES["forty depths"])["layers"]) == []
    names = figures(STUDIES["eleven names"])["layers"]
    assert len(legend_of(names)) == 11
    assert len({(line.get_color(), line.get_linestyle()) for line in drawn(names)}) == 11


def test_rates_in_decades_have_a_logarithmic_colour_bar():
    bar = figures(STUDIES["twelve rates"])["layers"].axes[-1]
    assert bar.get_ylabel() == "lr"
    assert bar.get_yscale() == "log"


def test_few_lines_differ_in_marker_as_well_as_in_colour():
    lines = drawn(figures(DEPTHS)["layers"])
    assert len({line.get_marker() for line in lines}) == len({line.get_color() for line in lines}) == 3


def test_three_axes_become_small_multiples_on_shared_axes():
    figure = figures(THREE)["layers"]
    panels = [axes for axes in figure.axes if lines_of(axes)]
    assert [len(lines_of(axes)) for axes in panels] == [5] * 9
    assert len({axes.get_ylim() for axes in panels}) == len({axes.get_xlim() for axes in panels}) == 1
    assert panels[0].get_title(loc="left").replace("\n", " ") == "xavier_normal · tanh"


def test_cells_that_fill_no_grid_are_named_by_all_their_values():
    assert "depth = 2, width = 6" in [word.replace("\n ", " ") for word in legend_of(figures(STUDIES["no grid"])["layers"])]


def test_a_name_that_begins_with_an_underscore_is_in_the_legend():
    assert legend_of(figures(STUDIES["group"])["layers"])[0].startswith("_a = tanh")


def test_cells_that_differ_in_their_seed_alone_are_told_apart():
    assert legend_of(figures(STUDIES["seeds"])["layers"]) == ["seed = 1", "seed = 2", "seed = 3"]


def test_text_from_a_config_is_shown_and_never_read_as_a_formula():
    title = next(text for text in texts_of(figures(NETWORK + f"title: '{HOSTILE}'")["layers"]) if "frac" in text.get_text())
    shown, is_formula = title._preprocess_math(title.get_text())
    assert (shown, is_formula) == (HOSTILE, False)


def test_a_control_character_is_made_visible():
    figure = figures(NETWORK + 'title: "a\\u202eb\\e[31m"')["layers"]
    assert r"a\u202eb\x1b[31m" in words_of(figure)


def test_a_text_too_wide_is_wrapped_and_cut_where_it_no_longer_fits():
    rows = wrapped("one two three four five six seven", 0.7, lines=2).split("\n")
    assert len(rows) == 2
    assert rows[-1].endswith("…")
    assert max(map(width_of, rows)) <= 0.7
    assert wrapped("short", 3.0) == "short"


def test_a_title_of_the_experiment_stands_above_what_is_drawn():
    words = words_of(figures(NETWORK + "title: How deep?")["layers"])
    assert {"How deep?", "Gradient size per layer"} <= {*words}
    assert "Gradient size per layer — study" in words_of(figures(NETWORK)["layers"])


def test_the_map_shows_how_many_decades_each_cell_gains():
    experiment, digests = study(GRID)
    axes, bar = dict(plots(experiment, digests, "dW_rms"))["heatmap"].axes
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written.keys() == {(x, y) for x in range(3) for y in range(3)}
    for k, cell in enumerate(digests):  # init turns fastest
        assert float(written[k // 3, k % 3].replace("−", "-")) == pytest.approx(flow(cell, "dZ_rms").decades, abs=0.051)
    assert axes.get_xlabel() == "depth"
    assert axes.get_ylabel() == "init"
    assert "fades < 0 < explodes" in bar.get_ylabel()
    assert bar.get_ylim()[0] == -bar.get_ylim()[1]


def test_a_cell_without_a_result_is_left_hatched():
    experiment, digests = study(GRID)
    figure = dict(plots(experiment, digests[1:], "dW_rms"))["heatmap"]
    fill = figure.axes[0].collections[0].get_facecolor().reshape(3, 3, 4)
    assert fill[0, 0, 3] == 0
    assert fill[..., 3].sum() == 8
    assert figure.axes[0].patch.get_hatch()
    assert "hatched: no result" in words_of(figure)


def test_a_gradient_that_fades_to_nothing_has_the_farthest_colour():
    grid = "sweep: {grid: {network.depth: [3, 90], network.init: [zeros, xavier_normal]}}"  # far enough for the other colours
    axes = figures("network: {depth: 3, width: 6, activation: sigmoid}\n" + grid)["heatmap"].axes[0]
    assert {text.get_text() for text in axes.texts} >= {"−∞"}
    assert axes.collections[0].get_facecolor()[:, 3].min() == 1


def test_training_curves_hold_every_measured_step():
    experiment, digests = study(STUDIES["digits"])
    loss, accuracy = dict(plots(experiment, digests, "dW_rms"))["training"].axes
    assert loss.get_ylabel() == "loss $J$"
    assert accuracy.get_ylabel() == "accuracy"
    train, test = lines_of(accuracy)[:2]
    assert train.get_ydata() == pytest.approx(digests[0].curves["accuracy"][:, 1])
    assert test.get_ydata() == pytest.approx(digests[0].curves["test_accuracy"][:, 1])
    assert (train.get_linestyle(), test.get_linestyle()) == ("-", "--")
    assert train.get_color() == test.get_color()


def test_one_cell_in_training_shows_the_gradient_of_each_layer():
    experiment, (cell,) = study(NETWORK + "steps: 5\n")
    _, gradients = dict(plots(experiment, [cell], "dW_rms"))["training"].axes
    for k, line in enumerate(lines_of(gradients)):
        assert line.get_ydata() == pytest.approx(cell.metrics["dW_rms"][:, k, 1], rel=1e-12)
    assert len(lines_of(gradients)) == 4
    assert gradients.get_yscale() == "log"


def test_a_loss_that_changes_little_has_a_linear_axis_and_one_that_changes_much_a_logarithmic_one():
    assert figures(NETWORK + "steps: 5\n")["training"].axes[0].get_yscale() == "linear"
    assert figures(STUDIES["boom"])["training"].axes[0].get_yscale() == "log"


def test_the_relative_update_is_shown_at_the_last_step_that_has_one():
    experiment, (cell,) = study(NETWORK + "steps: 5\n")
    figure = dict(plots(experiment, [cell], "update_ratio"))["layers"]
    assert drawn(figure)[0].get_ydata() == pytest.approx(cell.metrics["update_ratio"][-2, :, 1])
    assert "after 4 steps" in words_of(figure)


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_the_same_study_gives_the_same_bytes(form):
    first, second = figures(GRID), figures(GRID)
    for stem, figure in first.items():
        assert image(figure, form) == image(figure, form) == image(second[stem], form)


def test_nobodys_settings_change_a_figure_and_a_figure_changes_nobodys():
    import matplotlib as mpl

    plain = image(figures(DEPTHS)["layers"], "png")
    with mpl.rc_context({"axes.facecolor": "black", "font.size": 30, "savefig.bbox": "tight", "text.usetex": True}):
        before = dict(mpl.rcParams)
        assert image(figures(DEPTHS)["layers"], "png") == plain
        assert dict(mpl.rcParams) == before


SCRIPT = """
import hashlib, sys
from tests.report.test_plots import GRID, figures, image
print(*(hashlib.sha256(image(f, form)).hexdigest() for f in figures(GRID).values() for form in ("png", "svg", "pdf")))
assert "matplotlib.pyplot" not in sys.modules
"""


def test_another_process_draws_the_same_bytes_and_needs_no_pyplot():
    here = [
        hashlib.sha256(image(figure, form)).hexdigest() for figure in figures(GRID).values() for form in ("png", "svg", "pdf")
    ]
    there = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": "."},
    )  # fmt: skip
    assert there.returncode == 0, there.stderr
    assert there.stdout.split() == here
