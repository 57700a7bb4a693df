"""Tables: layers down and cells across where that fits, a line a cell where it does not, and nothing cut."""

import pytest

from tests.cases import run_cell
from tests.config.texts import experiment
from tests.drawing import drawn
from yann.report.digest import digest
from yann.report.dry_run import dry_run_table
from yann.report.tables import sweep_table
from yann.report.training import training_table

DATA = "data: {inputs: ones, targets: {name: error, value: 1}, samples: 5}\n"
NET = "network: {depth: 2, width: 3, activation: identity, init: ones}\n" + DATA
DEPTHS = NET + "title: A title\nsweep: {grid: {network.depth: {range: [1, 5]}}}"


def digests(e):
    """Run every cell of an experiment and give what tables show of it."""
    return [digest(i, e.points[i], cell, [run_cell(cell, e.measure)]) for i, cell in enumerate(e.cells)]


def table(text, width=None, metric="dW_rms"):
    """Give the table of a sweep."""
    e = experiment(text)
    return sweep_table(e, digests(e), metric, width)


def test_one_axis_has_layers_down_and_cells_across():
    grid = table(DEPTHS)
    assert grid.header == ("depth", "1", "2", "3", "4", "5")
    assert [row[0] for row in grid.rows] == ["layer 1", "layer 2", "layer 3", "layer 4", "layer 5", "loss", "flow"]
    assert grid.rows[0] == ("layer 1", "0.6667", "2", "6", "18", "54")
    assert grid.rows[4] == ("layer 5", "", "", "", "", "54")
    assert grid.rows[5][1:] == ("1",) * 5
    assert "A title" in grid.title
    assert "dW_rms" in grid.title


def test_it_shows_the_metric_that_is_asked_for():
    grid = table(DEPTHS, metric="A_mean")
    assert "A_mean" in grid.title
    assert grid.rows[0][1:] == ("3",) * 5
    assert grid.rows[4][5] == "243"


def test_states_are_told_where_some_cell_is_not_ok():
    text = DEPTHS.replace("init: ones", "init: {name: constant, value: 1e90}")
    assert table(text).rows[-1] == ("state", "ok", "ok", "ok", "overflow A4", "overflow A4")  # 3·1e90 to the fourth
    assert "state" not in [row[0] for row in table(DEPTHS).rows]


def test_a_sweep_too_wide_for_its_terminal_has_a_line_for_each_cell():
    wide = DEPTHS.replace("range: [1, 5]", "range: [1, 20]")
    assert table(wide).header[0] == "depth"
    assert len(table(wide).header) == 21
    grid = table(wide, 80)
    assert grid.header[0] == "depth"
    assert [row[0] for row in grid.rows] == [str(depth) for depth in range(1, 21)]
    assert max(map(len, drawn([grid], 80))) <= 80


@pytest.mark.parametrize(("cells", "across"), [(24, True), (25, False)])
def test_a_long_sweep_has_a_line_for_each_cell_however_much_room_there_is(cells, across):
    grid = table(f"network: {{depth: 2, width: 2}}\nsweep: {{grid: {{seed: {{range: [1, {cells}]}}}}}}")
    assert len(grid.header) == (1 + cells if across else 9)
    assert len(grid.rows) == (4 if across else cells)


def test_two_axes_have_a_line_for_each_cell_in_order():
    grid = table(NET + "sweep: {grid: {network.depth: [2, 4], network.init: [ones, {name: constant, value: 0.1}]}}")
    assert grid.header[:2] == ("depth", "init")
    assert [row[:2] for row in grid.rows] == [(d, i) for d in ("2", "4") for i in ("ones", "constant(value=0.1)")]
    assert {"layers", "loss", "flow", "state"} <= set(grid.header)


FLOWS = {  # an init: what becomes of the gradient over twenty layers
    "ones_over_fan_in": "steady",
    "{name: constant, value: 0.1}": "fades",
    "{name: constant, value: 1}": "explodes",
    "zeros": "dead",
}


@pytest.mark.parametrize("init", FLOWS)
def test_a_word_says_what_becomes_of_the_gradient(init):
    text = NET.replace("init: ones", f"init: {init}").replace("depth: 2", "depth: 20")
    grid = table(text + "sweep: {grid: {optimizer.momentum: [0, 0.5], optimizer.lr: [0.1, 0.2]}}")
    assert {row[grid.header.index("flow")] for row in grid.rows} == {FLOWS[init]}


def test_the_factor_of_a_layer_is_the_growth_from_one_layer_to_the_one_before():
    text = "network: {depth: 5, width: 3, activation: identity, init: {name: constant, value: 2}}\n" + DATA
    grid = table(text + "measure: [dZ_rms]\nsweep: {grid: {optimizer.momentum: [0], optimizer.lr: [0.1]}}", metric="dZ_rms")
    (row,) = grid.rows
    assert "6" in row  # each layer carries back 3 units of weight 2
    assert {"1296", "1.3e+03", "1.296e+03"} & set(row)


def test_a_true_size_is_shown_where_a_float_has_lost_it():
    text = "network: {depth: 60, width: 3, activation: identity, init: {name: constant, value: 1e-9}}\n"
    grid = table(text + "sweep: {grid: {optimizer.momentum: [0, 0.5], optimizer.lr: [0.1]}}")
    shown = " ".join(" ".join(row) for row in grid.rows)
    assert "e-5" in shown
    assert "underflow" in shown
    assert {row[grid.header.index("flow")] for row in grid.rows} == {"fades"}


def test_one_cell_has_a_line_for_each_layer():
    grid = table(NET)
    assert [row[0] for row in grid.rows] == ["1", "2"]
    assert {"layer", "activation", "dW_rms", "dW_norm", "state"} <= set(grid.header)
    narrow = table(NET, 80)
    assert max(map(len, drawn([narrow], 80))) <= 80
    assert {"layer", "dW_rms", "state"} <= set(narrow.header)


@pytest.mark.parametrize("width", [60, 80, 120, None])
@pytest.mark.parametrize(
    "sweep",
    ["", "sweep: {grid: {network.depth: [1, 9]}}", "sweep: {grid: {network.depth: {range: [1, 30]}}}",
     "sweep: {grid: {network.depth: [2, 4], network.init: [ones, {name: normal, std: 0.05}], optimizer.lr: [0.1, 0.25]}}"],
)  # fmt: skip
def test_nothing_is_cut_and_nothing_is_too_wide(sweep, width):
    grid = table(NET + sweep, width)
    lines = drawn([grid], width)
    assert width is None or max(map(len, lines)) <= width
    assert not any("…" in line for line in lines)
    text = " ".join(lines)
    assert width == 60 or all(cell in text for row in grid.rows for cell in row)  # a narrow terminal may fold a label


@pytest.mark.parametrize(
    "sweep", ["seed: [7, 8]", "seed: [7, 8], network.depth: [1, 2]", "network.depth: [1, 2], network.width: [3, 4], seed: [7, 8]"]
)
def test_cells_of_different_seeds_can_be_told_apart(sweep):
    text = f"network: {{depth: 2, width: 3}}\nsweep: {{grid: {{{sweep}}}}}"
    grid = table(text)
    told = " ".join([*grid.header, *(cell for row in grid.rows for cell in row)]).split()
    assert {"seed", "7", "8"} <= set(told)
    dry = dry_run_table(experiment(text), None)
    assert "seed" in dry.header


def test_a_long_sweep_says_how_many_of_its_cells_are_shown():
    grid = table(NET + "sweep: {grid: {optimizer.lr: {linspace: [1, 2], num: 40}, optimizer.momentum: [0, 0.5]}}")
    assert 0 < len(grid.rows) < 80
    assert f"{len(grid.rows)} of 80" in grid.caption


def test_replicates_are_told_with_their_median():
    text = NET.replace("init: ones", "init: normal") + "replicates: 5\nsweep: {grid: {network.depth: [1, 2]}}"
    e = experiment(text)
    grid = sweep_table(e, digests(e), "dW_rms", None)
    assert "5 replicates" in grid.caption
    values = sorted(run_cell(e.cells[0], e.measure).metrics["dW_rms"][0, 0])
    assert float(grid.rows[0][1]) == pytest.approx(values[2], rel=1e-3)


def test_titles_and_labels_are_never_markup_and_move_no_cursor():
    text = DEPTHS.replace("A title", '"[bold]x[/] [/nope] \\e[2J\\u202e"')
    for grid in (table(text), dry_run_table(experiment(text), None)):
        shown = "\n".join(drawn([grid]))
        assert "[bold]x[/] [/nope]" in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "\x1b" not in grid.markdown()


def test_markdown_is_a_table_whose_rows_are_equally_long():
    text = table(NET + "sweep: {grid: {network.init: [ones, {name: normal, std: 0.05}]}}").markdown()
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
    assert set(lines[1]) <= set("| :-")


def test_a_dry_run_lists_every_cell_with_its_cost():
    grid = dry_run_table(experiment(NET + "replicates: 3\nsweep: {grid: {network.depth: [1, 2], seed: [1, 2]}}"), None)
    assert len(grid.rows) == 4
    assert {"cell", "depth", "widths", "weights", "replicates"} <= set(grid.header)
    assert [row[grid.header.index("weights")].replace(",", "") for row in grid.rows] == ["9", "9", "18", "18"]
    assert [row[0] for row in grid.rows] == ["0", "1", "2", "3"]


def test_a_dry_run_leaves_out_what_has_no_room_and_breaks_no_number():
    study = experiment(
        "network: {depth: 20, width: 4}\nreplicates: 3\nsweep: {grid: {network.init: [ones, {name: normal, std: 0.05}]}}"
    )
    grid = dry_run_table(study, 60)
    assert grid.width() <= 60
    assert {"bytes", "flop"} <= set(grid.header)
    assert "widths" not in grid.header


def test_what_a_narrow_table_lacks_is_told_below_it():
    text = NET + "sweep: {grid: {network.init: [ones, xavier_normal], seed: [1, 2]}}"
    study = experiment(text)
    narrow, whole = (sweep_table(study, digests(study), "dW_rms", width) for width in (70, None))
    missing = [name for name in whole.header if name not in narrow.header]
    assert "layers" in missing
    assert narrow.caption == f"{whole.caption}; {', '.join(missing)}: in a wider window"


def test_what_comes_back_not_at_all_or_beyond_range_is_explained_where_it_stands():
    assert "dead: no gradient" in table(NET + "sweep: {grid: {network.init: [zeros, ones]}}").caption
    lost = table("network: {depth: 100, width: 3, activation: identity, init: {name: normal, std: 3}}\ndtype: float32\n"
                 "sweep: {grid: {seed: [0, 1]}}")  # fmt: skip
    assert "unknown: dZ is beyond" in lost.caption
    assert "dead" not in lost.caption


def training(text):
    """Give the table of a training."""
    e = experiment(text)
    return training_table(e, digests(e), "dW_rms", None)


@pytest.mark.parametrize(
    ("init", "words"),
    [
        ("torch_linear", "the backward signal dZ fades: "),
        ("orthogonal", "the backward signal dZ comes through: 1 of it at layer 1"),
        ("zeros", "the backward signal dZ does not come back"),
        ("{name: normal, std: 9}", "the backward signal dZ explodes: "),
    ],
)
def test_one_network_is_told_whether_its_gradient_comes_through(init, words):
    text = f"network: {{depth: 30, width: 8, activation: identity, init: {init}}}\n"
    told = table(text).caption.split("; ")
    assert told[1].startswith(words)
    assert not any("dZ" in part for part in table(text + "measure: [dW_norm]\n").caption.split("; "))


def test_a_loss_that_is_no_number_is_told_at_each_step():
    grid = training("network: {depth: 1, width: 2}\nsteps: 2\ndata: {targets: bits}\nloss: bce\n")
    assert [row[-1] for row in grid.rows] == ["nan"] * 3
    assert [row[1] for row in grid.rows] == ["nan"] * 3


def test_of_what_a_loss_is_told_where_there_are_mini_batches():
    text = "network: {depth: 2, width: 3}\nsteps: 5\ndata: {targets: bits, samples: 8}\nloss: bce_with_logits\n"
    assert "mini-batch" not in training(text).caption
    assert "loss and accuracy: of each step's mini-batch" in training(text + "batch: 4\n").caption


def test_one_step_is_one_step():
    assert table(NET + "steps: 1\nsweep: {grid: {network.init: [ones, xavier_normal]}}").caption.startswith("after 1 step;")


def test_a_training_has_a_line_for_each_measured_step():
    grid = training("network: {depth: 2, width: 3}\nsteps: 5\ndata: {targets: bits}\nloss: bce_with_logits\n")
    assert [row[0] for row in grid.rows] == ["0", "1", "2", "3", "4", "5"]
    assert {"step", "loss", "accuracy", "state"} <= set(grid.header)


def test_a_long_training_shows_its_first_and_last_step():
    grid = training("network: {depth: 2, width: 3}\nsteps: 200\n")
    assert (grid.rows[0][0], grid.rows[-1][0]) == ("0", "200")
    assert len(grid.rows) < 30
    assert str(201 - len(grid.rows)) in grid.caption


def test_several_trainings_have_a_line_each():
    grid = training("network: {depth: 2, width: 3}\nsteps: 5\nsweep: {grid: {optimizer.lr: [0.1, 0.2]}}")
    assert [row[0] for row in grid.rows] == ["0.1", "0.2"]
    assert "loss" in grid.header
