"""What a config may expect of its own numbers, and what a person is told who writes it wrongly."""

import itertools

import numpy as np
import pytest

from tests.config.test_laws import same
from tests.config.test_mistakes import expected, marked, told
from tests.config.test_schema import faults, value_of
from tests.config.texts import SMALL, plan
from yann.check.expectation import KINDS
from yann.config.expect import expectations
from yann.config.options import bundled
from yann.explain.pitfalls import PITFALLS, BroadcastLabels, KerasKernels

SWEPT = SMALL + "sweep: {grid: {network.depth: [2, 3]}}\n"


def wanted(text):
    """Give what a config expects."""
    return expectations(plan(text))


def only(text):
    """Give the one figure that a config expects."""
    (expectation,) = wanted(text)
    return expectation


# The forms of a block: a sentence, what stands in it, and what must then hold of its one figure
FORMS = {
    "a number": ("figures: {loss: 2.5}", lambda e: (e.kind, e.values.shape, float(e.values)) == ("value", (), 2.5)),
    "a whole number": ("figures: {loss: 2}", lambda e: (e.kind, float(e.values)) == ("value", 2)),
    "a list": ("figures: {b1: [1, 2.5]}", lambda e: e.values.tolist() == [1, 2.5]),
    "a matrix": ("figures: {W1: [[1, 2], [3, 4], [5, 6]]}", lambda e: e.values.tolist() == [[1, 2], [3, 4], [5, 6]]),
    "three axes": ("figures: {per_sample_dW1: [[[1], [2]]]}", lambda e: e.values.shape == (1, 2, 1)),
    "a value in a mapping": ("figures: {W1: {value: [[1, 2]]}}", lambda e: (e.kind, e.values.shape) == ("value", (1, 2))),
    "every entry": ("figures: {W1: {every: -1e-3}}", lambda e: (e.kind, float(e.values)) == ("every", -1e-3)),
    "every row": ("figures: {W1: {every_row: [1, 2]}}", lambda e: (e.kind, e.values.tolist()) == ("every_row", [1, 2])),
    "a shape": ("figures: {W1: {shape: [3, 4]}}", lambda e: (e.kind, e.values.tolist()) == ("shape", [3, 4])),
    "what falls": ("step: each, figures: {loss: {falls: true}}", lambda e: (e.kind, e.step) == ("falls", None)),
    "the first state where no step is told": ("figures: {loss: 1}", lambda e: e.step == 0),
    "a step": ("step: 3, figures: {loss: 1}", lambda e: e.step == 3),
    "each step": ("step: each, figures: {loss: [1]}", lambda e: e.step is None),
    "every cell where none is told": ("figures: {loss: 1}", lambda e: e.cells == (0,)),
    "no source": ("figures: {loss: 1}", lambda e: e.source == ""),
    "a source": ("source: 'a page: 3', figures: {loss: 1}", lambda e: e.source == "a page: 3"),
    "no mistake": ("figures: {loss: 1}", lambda e: e.mistake is None),
    "a mistake by its name": ("mistake: keras_kernels, figures: {loss: 1}", lambda e: e.mistake == KerasKernels()),
    "a mistake with its settings": (
        "mistake: {name: broadcast_labels, predictions: [2, 1], labels: [2]}, figures: {loss: 1}",
        lambda e: e.mistake == BroadcastLabels(predictions=(2, 1), labels=(2,)),
    ),
    "a quantity and a part of it": (
        "figures: {'dW1[:2, -1]': [1, 2]}", lambda e: (e.quantity.name, e.quantity.index) == ("dW1", (slice(None, 2), -1)),
    ),
    "a Jacobian": ("figures: {dZ2/dA1: {shape: [1]}}", lambda e: e.quantity.name == "dZ2/dA1"),
    "a tape": ("figures: {tape dZ2/dA1: {every: 1}}", lambda e: e.quantity.name == "tape dZ2/dA1"),
    "paths": (
        "figures: {'paths W1[0,2][1]': {every: 1}}", lambda e: (e.quantity.name, e.quantity.index) == ("paths W1[0,2]", (1,)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", FORMS)
def test_every_form_of_a_block_is_read_as_it_is_meant(sentence):
    block, holds = FORMS[sentence]
    for text, key in ((f"{SMALL}expect: {{{block}}}", "expect"), (f"{SMALL}expect: [{{{block}}}]", "expect[0]")):
        assert holds(only(text))
        assert only(text).key.startswith(f"{key}.figures.")
        assert faults(value_of(text)) == []


def test_every_kind_and_every_pitfall_can_be_expected():
    kinds = {only(f"{SMALL}expect: {{{block}}}").kind for block, _ in FORMS.values()}
    assert kinds == set(KINDS)
    for name in PITFALLS:
        text = f"{SMALL}expect: {{mistake: {name}, figures: {{loss: 1}}}}"
        assert only(text).mistake == PITFALLS[name]()
        assert faults(value_of(text)) == []


def test_a_config_that_expects_nothing_has_nothing_to_compare():
    for text in (SMALL, SMALL + "expect:\n", SMALL + "expect: null\n"):
        assert wanted(text) == []
        assert plan(text).expect.value is None


def test_figures_are_in_the_order_of_the_config_and_know_their_places():
    text, places = marked(
        SWEPT + "expect:\n  - figures:\n      ▸loss: 1\n      ▸'dW1[0]': [1]\n"
        "  - at: {network.depth: 3}\n    figures: {▸A1: {every: 1}}\n"
    )
    found = wanted(text)
    assert [each.key for each in found] == ["expect[0].figures.loss", "expect[0].figures.dW1[0]", "expect[1].figures.A1"]
    assert [each.where for each in found] == [f"c.yaml:{line}:{column}" for line, column in places]
    assert [each.cells for each in found] == [(0, 1), (0, 1), (1,)]


def test_what_is_expected_changes_no_cell():
    expect = "about: why\nexpect: {step: 3, figures: {loss: 1}}\n"
    for base in (SMALL, SWEPT, SMALL + "steps: 2\n"):
        assert plan(base + expect).experiment.cells == plan(base).experiment.cells


def test_an_option_sets_a_tolerance_and_a_figure():
    text = SMALL + "expect: {figures: {loss: 2.5}}"
    (found,) = expectations(plan(text, settings=["expect.tolerance=0.125", "expect.figures.loss=3.25"]))
    assert (float(found.values), float(found.tolerances)) == (3.25, 0.125)
    (found,) = expectations(plan(text, settings=["expect.figures.loss=3.250"]))
    assert float(found.tolerances) == pytest.approx(5e-4, rel=1e-9)


def test_about_is_text_for_the_reader():
    e = plan(SMALL + "about: |\n  One line.\n  Another: with a colon.\n").experiment
    assert e.about == "One line.\nAnother: with a colon."
    assert plan(SMALL).experiment.about == ""


# Mistakes: the block, with a mark where each is told; for each mark the key and words of the sentence


MISTAKES = {
    "a number": ("expect: ▸3", "expect | 3 | mapping"),
    "a word": ("expect: ▸loss", "expect | 'loss' | mapping"),
    "no block": ("expect: ▸[]", "expect | empty"),
    "a block that is a number": ("expect: [▸3]", "expect[0] | 3 | mapping"),
    "a block that is nothing": ("expect: ▸{}", "expect.figures | missing"),
    "no figures": ("expect: ▸{step: 1}", "expect.figures | missing"),
    "figures that are empty": ("expect: {figures: ▸{}}", "expect.figures | empty"),
    "figures that are nothing": ("expect: {▸figures: }", "expect.figures | no value"),
    "figures that are a list": ("expect: {figures: ▸[1]}", "expect.figures | mapping"),
    "figures that are a number": ("expect: {figures: ▸1}", "expect.figures | mapping"),
    "an unknown key": ("expect: {▸stp: 1, figures: {loss: 1}}", "expect.stp | unknown | step"),
    "an unknown key of no other's likeness": ("expect: {▸zzz: 1, figures: {loss: 1}}", "expect.zzz | unknown | source | figures"),
    "a wish that is misspelt": ("expect: {figures: {loss: {▸evry: 1, value: 1}}}", "expect.figures.loss.evry | unknown | every"),
    "the key as it was": ("expect: {figures: {loss: {▸is: 1, value: 1}}}", "expect.figures.loss.is | unknown | value"),
    "a quantity twice": ("expect: {figures: {loss: 1, ▸loss: 2}}", "expect.figures.loss | twice"),
    "two wishes": ("expect: {figures: {dW1: ▸{every: 1, value: 2}}}", "expect.figures.dW1 | one of value, every, every_row"),
    "no wish": ("expect: {figures: {dW1: ▸{tolerance: 1}}}", "expect.figures.dW1 | one of value, every, every_row"),
    "an empty wish": ("expect: {figures: {dW1: ▸{}}}", "expect.figures.dW1 | one of value, every, every_row"),
    "ragged lists": ("expect: {figures: {W1: ▸[[1, 2], [3]]}}", "expect.figures.W1 | equally long"),
    "numbers among lists": ("expect: {figures: {W1: ▸[1, [2]]}}", "expect.figures.W1 | equally long"),
    "lists ragged further in": ("expect: {figures: {W1: ▸[[[1], [2]], [[1], [2, 3]]]}}", "expect.figures.W1 | equally long"),
    "lists ragged between lists": (
        "expect: {figures: {W1: ▸[[[1, 2], [3, 4]], [[1, 2, 3], [4, 5, 6]]]}}", "expect.figures.W1 | equally long",
    ),
    "an empty list": ("expect: {figures: {W1: ▸[]}}", "expect.figures.W1 | empty"),
    "an empty list in a list": ("expect: {figures: {W1: ▸[[], []]}}", "expect.figures.W1 | empty"),
    "ragged lists in a value": ("expect: {figures: {W1: {value: ▸[[1, 2], [3]]}}}", "expect.figures.W1.value | equally long"),
    "nan": ("expect: {figures: {loss: ▸.nan}}", "expect.figures.loss | nan | finite"),
    "infinity": ("expect: {figures: {loss: ▸-.inf}}", "expect.figures.loss | -inf | finite"),
    "a number too large": ("expect: {figures: {loss: ▸1e999}}", "expect.figures.loss | finite"),
    "nan in a list": ("expect: {figures: {W1: ▸[1, .nan]}}", "expect.figures.W1 | finite"),
    "nan in every": ("expect: {figures: {W1: {every: ▸.nan}}}", "expect.figures.W1.every | finite"),
    "nan in every row": ("expect: {figures: {W1: {every_row: [1, ▸.nan]}}}", "expect.figures.W1.every_row[1] | finite"),
    "text for a number": ("expect: {figures: {loss: ▸'1'}}", "expect.figures.loss | '1' | number"),
    "a comma in a number": ("expect: {figures: {loss: ▸'0,5'}}", "expect.figures.loss | 0,5 | point"),
    "text in a list": ("expect: {figures: {W1: ▸[1, x]}}", "expect.figures.W1 | number"),
    "true for 1": ("expect: {figures: {loss: ▸true}}", "expect.figures.loss | true | number"),
    "true in a list": ("expect: {figures: {W1: ▸[1, true]}}", "expect.figures.W1 | number"),
    "nothing for a number": ("expect: {figures: {▸loss: }}", "expect.figures.loss | no value"),
    "every that is a list": ("expect: {figures: {W1: {every: ▸[1]}}}", "expect.figures.W1.every | number"),
    "every row that is a number": ("expect: {figures: {W1: {every_row: ▸1}}}", "expect.figures.W1.every_row | list"),
    "every row that is empty": ("expect: {figures: {W1: {every_row: ▸[]}}}", "expect.figures.W1.every_row | empty"),
    "every row of rows": ("expect: {figures: {W1: {every_row: [▸[1]]}}}", "expect.figures.W1.every_row[0] | number"),
    "a shape of nothing": ("expect: {figures: {W1: {shape: [▸0]}}}", "expect.figures.W1.shape[0] | 0 | at least 1"),
    "a shape of fractions": ("expect: {figures: {W1: {shape: [▸1.5]}}}", "expect.figures.W1.shape[0] | 1.5 | whole"),
    "a shape that is a number": ("expect: {figures: {W1: {shape: ▸3}}}", "expect.figures.W1.shape | list"),
    "what does not fall": ("expect: {figures: {loss: {falls: ▸false}}}", "expect.figures.loss.falls | false"),
    "a step below 0": ("expect: {step: ▸-1, figures: {loss: 1}}", "expect.step | -1 | at least 0"),
    "a step that is a fraction": ("expect: {step: ▸0.5, figures: {loss: 1}}", "expect.step | 0.5 | whole"),
    "a step that is another word": ("expect: {step: ▸every, figures: {loss: 1}}", "expect.step | 'every' | each"),
    "a step that is a list": ("expect: {step: ▸[0], figures: {loss: 1}}", "expect.step | list"),
    "a tolerance of 0": ("expect: {tolerance: ▸0, figures: {loss: 1}}", "expect.tolerance | 0 | greater than 0"),
    "a tolerance below 0": ("expect: {tolerance: ▸-1e-3, figures: {loss: 1}}", "expect.tolerance | greater than 0"),
    "a tolerance without end": ("expect: {tolerance: ▸.inf, figures: {loss: 1}}", "expect.tolerance | inf"),
    "an unknown tolerance": ("expect: {tolerance: ▸float16, figures: {loss: 1}}", "expect.tolerance | float16 | float64"),
    "a figure's tolerance of an unknown name": (
        "expect: {figures: {loss: {value: 1, tolerance: ▸digit}}}", "expect.figures.loss.tolerance | digit | digits",
    ),
    "a figure's tolerance of 0": ("expect: {figures: {loss: {value: 1, tolerance: ▸0}}}", "expect.figures.loss.tolerance | 0"),
    "an unknown mistake": ("expect: {mistake: ▸halff, figures: {loss: 1}}", "expect.mistake | halff | half | keras_kernels"),
    "a mistake that is a number": ("expect: {mistake: ▸3, figures: {loss: 1}}", "expect.mistake | 3 | name"),
    "a mistake without its name": ("expect: {mistake: ▸{labels: [2]}, figures: {loss: 1}}", "expect.mistake | name"),
    "a mistake's setting misspelt": (
        "expect: {mistake: {name: broadcast_labels, ▸label: [2]}, figures: {loss: 1}}", "expect.mistake.label | unknown | labels",
    ),
    "a setting of a mistake that has none": (
        "expect: {mistake: {name: half, ▸labels: [2]}, figures: {loss: 1}}", "expect.mistake.labels | half | broadcast_labels",
    ),
    "a mistake's shape of text": (
        "expect: {mistake: {name: broadcast_labels, labels: [▸'2']}, figures: {loss: 1}}", "expect.mistake.labels[0] | '2'",
    ),
    "a mistake's shape that is a number": (
        "expect: {mistake: {name: broadcast_labels, labels: ▸2}, figures: {loss: 1}}", "expect.mistake.labels | 2 | list",
    ),
    "an at that is a number": ("expect: {at: ▸3, figures: {loss: 1}}", "expect.at | 3 | mapping"),
    "an at that is nothing": ("expect: {▸at: , figures: {loss: 1}}", "expect.at | no value"),
    "a source that is a number": ("expect: {source: ▸3, figures: {loss: 1}}", "expect.source | 3 | quote"),
    "an about that is a number": ("about: ▸3", "about | 3 | quote"),
    "what is expected as an axis": ("sweep: {grid: {▸expect.step: [0, 1]}}\nexpect: {figures: {loss: 1}}", "expect.step | swept"),
    "about as an axis": ("sweep: {grid: {▸about: [a, b]}}", "about | swept"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", MISTAKES)
def test_a_mistake_is_one_sentence_that_says_where_and_what(sentence):
    text, want = MISTAKES[sentence]
    text, (place,) = marked(SMALL + text)
    (problem,) = told(text)
    expected(problem, place, want)


NO_QUANTITIES = {  # a name: words of the sentence
    "los": "no quantity 'los' | did you mean loss?",
    "dW": "no quantity 'dW' | did you mean dW1?",
    "dw1": "no quantity 'dw1' | did you mean dW1?",
    "xyzzy": "no quantity 'xyzzy' | there are loss, | dZ2/dA1 | paths W1[0,0]",
    "'A1[x]'": "'x' is no index | [0, 2] or [:5]",
    "'A1[::2]'": "'::2' is no index | [0, 2] or [:5]",
    "'paths W1[0]'": "W1[0,2]",
}


@pytest.mark.parametrize("name", NO_QUANTITIES)
def test_what_is_no_quantity_is_told_before_anything_runs(name):
    (problem,) = told(f"{SMALL}expect: {{figures: {{{name}: 1}}}}")
    _, _, sentence = problem.partition(f": expect.figures.{name.strip(chr(39))}: ")
    assert problem.startswith("c.yaml:2:")
    assert not [word for word in NO_QUANTITIES[name].split(" | ") if word not in sentence]
    assert problem.isprintable()


@pytest.mark.parametrize("name", NO_QUANTITIES)
def test_what_is_no_quantity_is_pointed_at_where_its_name_stands(name):
    (problem,) = told(f"{SMALL}expect:\n  figures:\n    loss: 1\n    {name}:\n      every: 1\n")
    assert problem.startswith("c.yaml:5:5: ")


def test_the_mistakes_of_all_blocks_are_told_at_once_and_from_top_to_bottom():
    text, places = marked(
        SMALL + "expect:\n  - {▸stp: 1, figures: {W1: ▸[[1], []], loss: {▸evry: 1, every: 1}, Z1: ▸.nan}}\n"
        "  - {figures: ▸{}, mistake: ▸halff}\n  - ▸3\n"
    )
    problems = told(text)
    assert [problem.split(": ")[0] for problem in problems] == [f"c.yaml:{line}:{column}" for line, column in places]
    assert [problem.split(": ")[1] for problem in problems] == [
        "expect[0].stp", "expect[0].figures.W1", "expect[0].figures.loss.evry", "expect[0].figures.Z1", "expect[1].figures",
        "expect[1].mistake", "expect[2]",
    ]  # fmt: skip


def test_a_mistake_in_what_is_expected_is_told_with_those_elsewhere():
    text, places = marked("network: {depth: 2, width: 3, activation: ▸rleu}\nexpect: {step: ▸-1, figures: {loss: 1}}\n▸zzz: 1\n")
    problems = told(text)
    assert [problem.split(": ")[0] for problem in problems] == [f"c.yaml:{line}:{column}" for line, column in places]


def test_a_mistake_in_an_option_names_the_option():
    (problem,) = told(SMALL + "expect: {figures: {loss: 1}}", settings=["expect.tolerance=float16"])
    assert problem.startswith("--set expect.tolerance=float16: expect.tolerance: ")


UNDERLINED = [
    "expect: 3",
    "expect: []",
    "expect: {}",
    "expect: {figures: {}}",
    "expect: {figures: 3}",
    "expect: {stp: 1, figures: {loss: 1}}",
    "expect: {step: -1, figures: {loss: 1}}",
    "expect: {step: all, figures: {loss: 1}}",
    "expect: {tolerance: 0, figures: {loss: 1}}",
    "expect: {tolerance: float16, figures: {loss: 1}}",
    "expect: {mistake: halff, figures: {loss: 1}}",
    "expect: {mistake: {name: half, labels: [2]}, figures: {loss: 1}}",
    "expect: {at: 3, figures: {loss: 1}}",
    "expect: {figures: {loss: {evry: 1}}}",
    "expect: {figures: {loss: {every: x}}}",
    "expect: {figures: {loss: {every_row: []}}}",
    "expect: {figures: {loss: {shape: [0]}}}",
    "expect: {figures: {loss: {falls: false}}}",
    "expect: {figures: {loss: true}}",
    "about: 3",
]


@pytest.mark.parametrize("text", UNDERLINED)
def test_what_an_editor_underlines_is_refused(text):
    assert faults(value_of(SMALL + text))
    assert told(SMALL + text)


# What was understood


def differences(one, other, *, arrays=("values", "tolerances")):
    """Tell in what the figures of two plans are not the same."""
    found = []
    for a, b in itertools.zip_longest(expectations(one), expectations(other)):
        found += [
            (a.key, part)
            for part in ("key", "source", "cells", "step", "mistake", "kind")
            if getattr(a, part) != getattr(b, part)
        ]
        found += [(a.key, "quantity")] * (a.quantity != b.quantity)
        found += [(a.key, part) for part in arrays if not np.array_equal(getattr(a, part), getattr(b, part))]
    return found


def read_again(text, folder="."):
    """Load a config, and what was understood of it."""
    first = plan(text, folder)
    return first, plan(first.resolved, folder, stem="another")


@pytest.mark.parametrize("name", [name for name, path in bundled().items() if path.parent.name == "published"])
def test_what_was_understood_of_a_published_config_expects_the_same(name):
    path = bundled()[name]
    first, again = read_again(path.read_bytes(), path.parent)
    assert len(expectations(first)) > 0
    assert differences(first, again) == []
    assert same(first, again) == []
    assert again.experiment.about == first.experiment.about != ""
    assert again.resolved == first.resolved


@pytest.mark.parametrize("sentence", FORMS)
def test_what_was_understood_of_every_form_expects_the_same(sentence):
    first, again = read_again(f"{SMALL}expect: {{{FORMS[sentence][0]}}}")
    assert differences(first, again, arrays=("values",)) == []
    assert again.resolved == first.resolved


@pytest.mark.parametrize("figure", ["{}", "[{}, 1.25]", "{{every: {}}}", "{{every_row: [{}]}}", "{{value: {}}}"])
def test_what_was_understood_leaves_every_number_its_tolerance(figure):
    """A tolerance is read from how a number is spelled, so its spelling is part of what is understood."""
    spelled = ("2.50", "0.0", "1", "600", "6e2", "1e-3", "1.0e-3", "-0.0", ".5", "5.", "1e22", "0x10")
    plans = {text: read_again(f"{SMALL}expect: {{figures: {{loss: {figure.format(text)}}}}}") for text in spelled}
    assert [text for text, (first, again) in plans.items() if differences(first, again)] == []


@pytest.mark.parametrize(
    "about", ["one line", "two\n  lines: and a colon", "- a dash", "'quoted'", "# no comment", "µ · ½ ← 日本"]
)
def test_what_was_understood_keeps_what_is_said_about_it(about):
    first, again = read_again(f"{SMALL}about: |\n  {about}\n")
    assert again.experiment.about == first.experiment.about == about.replace("\n  ", "\n")
