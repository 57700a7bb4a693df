"""The command `yann explain`: chains, paths and tapes in every form, and a sentence for every wrong use."""

import json
import re

import numpy as np
import pytest

from tests.cli.test_commands import rows, strict
from yann.config.load import load
from yann.config.options import find_config
from yann.text import visible

SHAPES = {"dJ/dA2": "1×2", "dA2/dZ2": "2×2", "dZ2/dW2": "2×6", "dZ2/dA1": "2×3", "dA1/dZ1": "3×3", "dZ1/dW1": "3×9"}
DW1 = [[0.003171178106632499, 0.011305939336689778, 0.0064802335222490185],
       [0.05545016184807304, 0.19769188137139082, 0.1133112002982362],
       [0.05178234209602592, 0.18461530660322284, 0.10581609037013992]]  # fmt: skip
TARGETS = ("W1", "W2", "b1", "b2", "Z1", "Z2", "A1", "A2", "X", "Y_hat")
BATCH = "network: {depth: 2, width: 3}\ndata: {samples: 6}\n"
EXPLODING = "network: {depth: 4, width: 3, activation: identity, init: {name: normal, std: 1e200}}\ndata: {samples: 3}\n"


@pytest.fixture(scope="module")
def explain(yann, tmp_path_factory):
    """Give a function that runs `yann explain` and expects it to come through, silently but for its notes."""
    folder = tmp_path_factory.mktemp("explain")

    def run(*arguments, text=None, columns=None):
        done = yann("explain", *arguments, cwd=folder, text=text, env={} if columns is None else {"COLUMNS": str(columns)})
        assert done.code == 0, done.err
        assert list(folder.iterdir()) == []
        assert "Warning" not in done.err
        return done

    return run


@pytest.fixture
def inside(inside, monkeypatch, tmp_path):
    """Give a function that runs `yann explain` in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, text=None):
        if text is not None:
            (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
        return inside("explain", *(["c.yaml"] if text is not None else []), *arguments)

    return run


def whole(done):
    """Read the object that was printed."""
    return strict(done.out)


# The chain


def test_a_pipe_gets_rows_with_the_six_shapes_of_the_yann_network(explain):
    done = explain("yann")
    assert done.err == ""
    table = rows(done.out)
    assert list(table[0]) == [
        "sample",
        "target",
        "part",
        "name",
        "shape",
        "form",
        "multiplications",
        "norm",
        "row",
        "column",
        "value",
    ]
    assert {row["name"]: row["shape"] for row in table if row["part"] == "factor"} == SHAPES
    assert list(dict.fromkeys(row["name"] for row in table if row["part"] == "factor")) == list(SHAPES)
    product = [float(row["value"]) for row in table if (row["part"], row["target"]) == ("product", "W1")]
    np.testing.assert_allclose(product, np.ravel(DW1), rtol=1e-13)
    assert done.out == explain("yann", "-f", "csv").out


def test_the_object_has_a_product_for_every_weight_that_is_backprops(explain):
    found = whole(explain("yann", "-f", "json"))
    assert found["model"][0].startswith("z = W a + b, a = φ(z); weights are (out, in)")
    assert found["title"] == "The YANN network"
    assert found["about"] == load(find_config("yann")).experiment.about != ""
    assert {each["name"]: "×".join(map(str, each["shape"])) for each in found["factors"]} == SHAPES
    assert [each["to"] for each in found["targets"]] == ["W2", "W1"]
    for each in found["targets"]:
        assert each["difference"] < 1e-12
        assert [partial["multiplications"] for partial in each["reverse"]]
    np.testing.assert_allclose(found["targets"][1]["product"], DW1, rtol=1e-13)
    assert whole(explain("yann", "-f", "jsonl")) == found


@pytest.mark.parametrize("to", TARGETS)
def test_a_chain_leads_to_whatever_is_asked_for(to, explain):
    found = whole(explain("yann", "--to", to, "-f", "json"))
    (target,) = found["targets"]
    assert target["to"] == to
    assert target["difference"] < 1e-12
    figures = {
        "W1": DW1,
        "b2": [-0.11351132100737447, 0.38649306601679734],
        "A1": [0.013787730898402168, 0.2410876602090132, 0.22514061780880834],
        "Y_hat": [-0.6468494773291151, 2.2025086153502857],
    }
    if to in figures:
        np.testing.assert_allclose(target["product"], figures[to], rtol=1e-13)


@pytest.mark.parametrize("columns", [80, 200])
@pytest.mark.parametrize(
    "arguments", [("yann",), ("yann", "--tape"), ("yann", "W1[0,2]"), ("yann", "--to", "X"), ("silu-momentum", "W1[0,0]")]
)
def test_tables_fit_their_terminal(arguments, columns, explain):
    lines = explain(*arguments, "-f", "table", columns=columns).out.splitlines()
    assert max(map(len, lines)) <= columns
    assert len(lines) > 8


def test_the_table_of_the_yann_network_has_its_factors_costs_and_story(explain):
    text = explain("yann", "-f", "table").out
    for name, shape in SHAPES.items():
        assert f"{name}  {shape}" in text
    for said in ("46 multiplications", "189 multiplications", "differs from backprop's"):
        assert said in text
    assert " ".join(load(find_config("yann")).experiment.about.split()[:9]) in " ".join(text.split())


def test_markdown_has_the_sheets_as_blocks_of_code(explain):
    text = explain("yann", "-f", "md").out
    assert text.count("```") % 2 == 0
    assert "**the factors**" in text
    assert "**dJ/dW1**" in text
    assert "\x1b" not in text


def test_a_sample_can_be_chosen_and_a_step(explain):
    first, other = (whole(explain("-", "-f", "json", *more, text=BATCH)) for more in ((), ("--sample", "4")))
    assert (first["sample"], other["sample"]) == (0, 4)
    assert first["targets"][0]["product"] != other["targets"][0]["product"]
    text = BATCH + "optimizer: {name: sgd, lr: 0.5}\n"
    before, after = (whole(explain("-", "-f", "json", "--step", k, text=text)) for k in ("0", "3"))
    assert before["targets"][0]["product"] != after["targets"][0]["product"]
    assert after["targets"][0]["difference"] < 1e-12
    assert whole(explain("silu-momentum", "W1[0,0]", "--step", "1", "-f", "json"))["gradient"] == pytest.approx(
        -0.031014455224131557, rel=1e-12
    )


def test_a_step_is_that_of_yann_step(explain, yann, tmp_path):
    text = BATCH.replace("6", "2") + "optimizer: {name: adam, lr: 0.1}\nsteps: 3\n"
    steps = strict(yann("step", "-", "-f", "json", cwd=tmp_path, text=text).out)["steps"]
    each = [whole(explain("-", "-f", "json", "--to", "W1", "--sample", n, "--step", "2", text=text)) for n in (0, 1)]
    products = [found["targets"][0]["product"] for found in each]
    np.testing.assert_allclose(np.sum(products, axis=0), steps[2]["layers"][0]["dW"], rtol=1e-10, atol=1e-15)


def test_a_cell_of_a_sweep_can_be_chosen(explain):
    done = explain("depth", "--cell", "2", "-f", "json")
    assert "cell 2 of 5" in done.err
    assert {each["to"] for each in whole(done)["targets"]} == {"W1", "W2", "W3"}
    assert len(whole(explain("depth", "-f", "json", "-q"))["targets"]) == 1


def test_a_config_can_be_changed_on_the_command_line(explain):
    found = whole(explain("yann", "-f", "json", "--set", "loss.reduction=sum"))
    np.testing.assert_allclose(found["targets"][1]["product"], np.multiply(2, DW1), rtol=1e-12)


def test_replicates_are_explained_by_the_first_of_them(explain):
    assert explain("-", text=BATCH + "replicates: 3\n").out == explain("-", text=BATCH).out


@pytest.mark.parametrize("samples", [6, 49, 98])
def test_the_batch_is_the_mean_of_its_samples_whatever_their_number(samples, explain):
    text = explain("-", "-f", "table", "W1[0,0]", "--sample", "1", text=BATCH.replace("6", str(samples))).out
    assert "of the batch, the mean of all its samples, by backprop" in " ".join(text.split())
    text = explain("-", "-f", "table", "--to", "W1", text=BATCH.replace("6", str(samples))).out
    assert f"Below is sample 0 of {samples}; the gradient of the weights is the sum over all samples." in " ".join(text.split())


# Paths and tapes


def test_a_weight_is_followed_to_the_loss(explain):
    found = whole(explain("yann", "W1[0,2]", "-f", "json"))
    assert found["factors"] == ["dJ/dA2", "dA2/dZ2", "dZ2/dA1", "dA1/dZ1", "dZ1/dW1"]
    assert (found["paths"], len(found["samples"])) == (2, 1)
    (sample,) = found["samples"]
    assert [path["units"] for path in sample["paths"]] == [[0, 0], [0, 1]]
    assert sum(path["product"] for path in sample["paths"]) == pytest.approx(DW1[0][2], rel=1e-13)
    assert found["gradient"] == pytest.approx(DW1[0][2], rel=1e-14)
    table = rows(explain("yann", "W1[0,2]").out)
    assert len(table) == 2 * 5
    assert [float(row["value"]) for row in table[:5]] == sample["paths"][0]["factors"]
    assert "W1[0,2] has 2 paths to the loss." in explain("yann", "W1[0,2]", "-f", "table").out
    assert whole(explain("yann", "b1[2]", "-f", "json"))["gradient"] == pytest.approx(0.22514061780880834, rel=1e-14)


def test_all_samples_of_a_small_batch_are_followed_and_one_of_a_large_one(explain):
    few, many = BATCH.replace("6", "8"), BATCH.replace("6", "9")
    assert [each["sample"] for each in whole(explain("-", "W1[0,0]", "-f", "json", text=few))["samples"]] == list(range(8))
    done = explain("-", "W1[0,0]", "-f", "json", text=many)
    assert [each["sample"] for each in whole(done)["samples"]] == [0]
    assert "--sample N shows another" in done.err
    one = explain("-", "W1[0,0]", "-f", "json", "--sample", "7", text=many)
    assert [each["sample"] for each in whole(one)["samples"]] == [7]
    assert one.err == ""


def test_a_tape_stands_beside_the_jacobians(explain):
    found = whole(explain("three-layer-tape", "--tape", "-f", "json"))
    tapes = {each["pair"]: each["tape"] for each in found["pairs"]}
    for pair, figure in {"dZ1/dW1": 5, "dZ2/dW2": 15, "dZ3/dW3": 45, "dY_hat/dW1": 45, "dJ/dW1": 3}.items():
        np.testing.assert_allclose(tapes[pair], np.full((3, 3), figure), rtol=1e-13)
    np.testing.assert_allclose(tapes["dZ2/dA1"], np.full((5, 3), 3))
    table = rows(explain("three-layer-tape", "--tape").out)
    assert {row["part"] for row in table} == {"tape", "jacobian"}
    text = explain("three-layer-tape", "--tape", "-f", "table", columns=80).out
    for pair in tapes:
        assert f" {pair} " in text
    assert "can be trusted" in text


def test_the_tape_of_one_quantity_can_be_asked_for(explain):
    every = whole(explain("three-layer-tape", "--tape", "-f", "json"))["pairs"]
    for to in ("W1", "A2", "X"):
        found = whole(explain("three-layer-tape", "--tape", "--to", to, "-f", "json"))["pairs"]
        assert found == [each for each in every if each["pair"].endswith(f"/d{to}")] != []


# Derivations


@pytest.mark.parametrize("arguments", [(), ("--to", "W1"), ("W1[0,2]",)])
def test_a_derivation_is_written_in_latex_or_in_markdown(arguments, explain):
    latex, markdown = (explain("yann", *arguments, flag).out for flag in ("--latex", "--markdown"))
    assert latex.startswith("% needs \\usepackage{amsmath}\n")
    assert markdown.startswith("### The YANN network")
    assert latex.count("\\[\n") == latex.count("\n\\]") == markdown.count("$$") // 2 > 0
    assert re.findall(r"-?\d+\.\d+", latex) == re.findall(r"-?\d+\.\d+", markdown)
    assert "0.64685" in latex


@pytest.mark.parametrize("flag", ["--latex", "--markdown"])
def test_a_title_cannot_reach_into_a_derivation(flag, explain):
    title = "a\\u202eb\\e[31m 50% of {x}_1 & # ~ ^ \\\\"
    text = explain("-", flag, text=f'title: "{title}"\n{BATCH}').out
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert text == "\n".join(visible(line, None) for line in text.split("\n"))
    assert "u202e" in text


# Large and ill networks


def test_a_large_network_is_a_line_a_link_without_its_matrices(explain):
    done = explain("init", "--cell", "7", "-f", "table", columns=100)
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 100
    assert "the chain to W1; --to W40 and others show another" in done.err
    assert len(lines) < 110
    links = [line for line in lines if re.match(r"d[JAZ]\d*/d", line) and "link by link" not in line]
    assert len(links) == 81
    for line in links:
        name, *_ = line.split()
        shape = "1×64" if name.startswith("dJ") else "64×4096" if name.endswith("W1") else "64×64"
        assert shape in line.split()
    norms = [float(line.split()[line.split().index("64×64") + 1]) for line in links if " 64×64 " in line]
    assert all(0 < norm < 100 for norm in norms)


@pytest.mark.parametrize("form", ["table", "csv", "json", "md"])
@pytest.mark.parametrize("arguments", [(), ("--to", "X"), ("W1[0,0]",), ("--tape",)])
def test_an_exploding_gradient_is_told_and_crashes_nothing(arguments, form, inside):
    done = inside(*arguments, "-f", form, text=EXPLODING)
    assert done.code == 0, done.err
    assert done.err.count("\n") <= 1  # the note that there are other chains
    if form == "json":
        assert "null" in done.out
        strict(done.out)
    elif form == "csv":
        for row in rows(done.out):
            assert not {"inf", "-inf", "nan"} & set(row.values())
    else:
        assert "nan" in done.out or "inf" in done.out


@pytest.mark.parametrize("flag", ["--latex", "--markdown"])
def test_an_exploding_gradient_can_be_derived(flag, inside):
    for arguments in ((), ("W1[0,0]",)):
        done = inside(*arguments, flag, text=EXPLODING)
        assert done.code == 0, done.err
        assert done.err.count("\n") <= 1
        assert r"\infty" in done.out or r"\text{nan}" in done.out


def test_standard_error_has_no_warnings_of_any_library(explain):
    assert explain("-", "--to", "W1", "-f", "csv", text=EXPLODING).err == ""


def test_quiet_means_no_notes(explain):
    deep = "network: {depth: 5, width: 2}\ndata: {samples: 30}\nsweep: {grid: {seed: [1, 2]}}\n"
    for arguments in ((), ("W1[0,0]",), ("--tape",)):
        loud, quiet = (explain("-", *arguments, *more, text=deep) for more in ((), ("-q",)))
        assert quiet.err == ""
        assert "--cell shows another" in loud.err
        assert quiet.out == loud.out


# Wrong uses

WRONG = {  # arguments: words of the one sentence
    ("yann", "--to", "W9"): "no 'W9' in a chain",
    ("yann", "--to", "W0"): "no 'W0' in a chain",
    ("yann", "--to", "dW1"): "no 'dW1' in a chain",
    ("yann", "--to", "foo"): "no 'foo' in a chain",
    ("yann", "--to", "J"): "J is not on the way to J",
    ("yann", "--to", ""): "no '' in a chain",
    ("yann", "--to", "W1[0,0]"): "no 'W1[0,0]' in a chain",
    ("yann", "W1[3,0]"): "W1[3,0]: W1 is 3×3, counted from 0",
    ("yann", "W2[2,0]"): "W2[2,0]: W2 is 2×3, counted from 0",
    ("yann", "W3[0,0]"): "W3[0,0]: there is no layer 3",
    ("yann", "b2[2]"): "b2[2]: b2 has 2 entries, counted from 0",
    ("yann", "W1"): "W1: no entry of a weight matrix or bias; write it as W1[0,2]",
    ("yann", ""): "no entry of a weight matrix or bias",
    ("yann", "W1[0,0]", "--to", "W1"): "give one of them",
    ("yann", "W1[0,0]", "--tape"): "give one of them",
    ("yann", "W1[0,0]", "--to", "W1", "--tape"): "give one of them",
    ("yann", "--tape", "--to", "W9"): "--to W9: no pair by it",
    ("yann", "--tape", "--to", "b1"): "b1",
    ("yann", "--tape", "--to", "J"): "J",
    ("yann", "--latex", "--markdown"): "give one of them",
    ("yann", "--latex", "-f", "json"): "give one of them",
    ("yann", "--tape", "--latex"): "--tape writes tables",
    ("yann", "--tape", "--markdown"): "--tape writes tables",
    ("yann", "--sample", "1"): "--sample 1: ",
    ("yann", "W1[0,0]", "--sample", "9"): "--sample 9: ",
    ("silu-momentum", "--tape", "--sample", "3"): "--sample 3: there are 3 samples, 0 to 2",
    ("yann", "--cell", "1"): "--cell 1: ",
    ("depth", "--cell", "5"): "--cell 5: the config has 5 cells, 0 to 4",
    ("depth", "b1[0]"): "b1[0]: layer 1 has no bias",
    ("depth", "--to", "b1"): "layer 1 has no bias",
    ("yann", "--sample", "-1"): "--sample",
    ("yann", "--step", "-1"): "--step",
    ("yann", "--step", "x"): "--step",
    ("nonesuch",): "nonesuch",
}


@pytest.mark.parametrize("arguments", WRONG, ids=[" ".join(arguments) for arguments in WRONG])
def test_a_wrong_use_is_one_sentence_and_exit_code_2(arguments, inside, tmp_path):
    done = inside(*arguments)
    assert (done.code, done.out) == (2, "")
    lines = [line for line in done.err.splitlines() if "--cell shows another" not in line]
    assert WRONG[arguments] in done.err
    assert "Traceback" not in done.err
    assert "invalid literal" not in done.err
    if not done.err.startswith("Usage"):
        assert len(lines) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_use_of_the_command_itself_is_one_sentence_and_exit_code_2(yann, tmp_path):
    done = yann("explain", "yann", "W1[3,0]", cwd=tmp_path)
    assert (done.code, done.out, done.err) == (2, "", "W1[3,0]: W1 is 3×3, counted from 0\n")


def test_one_of_a_thing_is_not_told_as_several(inside):
    assert "1 samples" not in inside("yann", "--sample", "1").err
    assert "1 cells" not in inside("yann", "--cell", "1").err


def test_the_help_names_every_option_and_its_example_shows_a_chain(yann, tmp_path):
    text = yann("explain", "--help", cwd=tmp_path).out
    for option in ("--to", "--tape", "--latex", "--markdown", "--sample", "--step", "--cell", "--set", "--format"):
        assert option in text
    assert "Example: yann explain yann --to W1" in " ".join(text.split())


def test_what_is_printed_can_be_read_by_any_json_reader(explain):
    for arguments in (("yann",), ("yann", "--tape"), ("yann", "W1[0,0]")):
        assert json.loads(explain(*arguments, "-f", "json").out)
