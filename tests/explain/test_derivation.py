r"""Derivations: LaTeX that closes what it opens and escapes what is not its own, Markdown that does likewise, and every number.

The reader below is small and strict. It knows the few words of LaTeX that a derivation needs, and refuses all others.
"""

import re
from dataclasses import replace

import numpy as np
import pytest

from tests.cases import CELLS, WEIGHTS
from yann.config.load import load
from yann.config.options import find_config
from yann.engine.network import Layer, Network
from yann.explain.entry import entry
from yann.explain.explained import Explained
from yann.explain.notation import Notation, notation_of
from yann.explain.paths import MOST_PATHS, ledger
from yann.explain.pitfalls.base import yann_network
from yann.explain.scene import scene_of
from yann.parts.activations import Identity, Tanh
from yann.report.derivation import chain_derivation, ledger_derivation, symbol
from yann.study.cell import Experiment

FORMS = ("latex", "markdown")
NASTY = r'50% of {x}_1 & "y" # ~ ^ \ $'
SOME = list(CELLS)[::11]


def experiment(of, title="A title"):
    """Give the experiment of one cell."""
    return Experiment("e", title, (), (of.cell,), ((),), (), "out_in" if of.notation.out_in else "in_out")


def published(name, step=0):
    """Give a bundled config and its first cell at a step."""
    found = load(find_config(name)).experiment
    return found, scene_of(replace(found.cells[0], replicates=1), step, notation_of(found))


def derived(of, to, form, title="A title", n=0):
    """Give the derivation of some gradients."""
    return chain_derivation(experiment(of, title), [Explained(of, n, each) for each in to], form)


def by_paths(of, weight, form, title="A title", samples=None):
    """Give the derivation of an entry by its paths."""
    samples = tuple(range(of.N)) if samples is None else samples
    found = ledger(of.cell, of.state, of.notation, entry(weight), samples=samples, most=MOST_PATHS, r=of.r)
    return ledger_derivation(experiment(of, title), found, form)


# A reader of LaTeX

TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|%[^\n]*\n?|[{}$&#_^~]|\n\s*\n|[^\\{}$&#_^~%]", re.DOTALL)
WORDS = {"partial", "frac", "mathbf", "underbrace", "times", "cdot", "operatorname", "varphi", "otimes", "top", "circ", "ell", "infty",
         "text", "qquad", "left", "right", "begin", "end"}  # fmt: skip
IN_TEXT = {"paragraph", "textbackslash", "textasciicircum", "textasciitilde", "setcounter", "textless", "textgreater", "textbar"}
MOST_COLUMNS = 10  # of amsmath's matrices, unless MaxMatrixCols is set


class Refused(AssertionError):
    """What LaTeX would not take."""


def read_latex(text):
    """Check a whole text; give its displays."""
    columns = MOST_COLUMNS
    if found := re.search(r"\\setcounter\{MaxMatrixCols\}\{(\d+)\}", text):
        columns = int(found[1])
    tokens, stack, displays, begun, line = TOKEN.findall(text), [], [], 0, 0
    if "".join(tokens) != text:
        raise Refused("not all of it is LaTeX")
    at = 0
    for index, token in enumerate(tokens):
        mathematics = next((kind for kind in reversed(stack) if kind in ("[", "$", r"\text{")), "") in ("[", "$")
        at += len(token)
        word = token[1:] if re.fullmatch(r"\\[A-Za-z]+", token) else ""
        if word and word not in (WORDS if mathematics or word == "text" else IN_TEXT):
            raise Refused(f"{token} {'in mathematics' if mathematics else 'in text'}")
        if token == "\\[":
            if stack:
                raise Refused("a display within something else")
            stack.append("[")
            begun = at
        elif token == "\\]":
            if stack != ["["]:
                raise Refused(f"a display ends in {stack}")
            displays.append(text[begun : at - 2].strip())
            stack.pop()
        elif token == "$":
            if stack and stack[-1] == "$":
                stack.pop()
            elif stack:
                raise Refused(f"a dollar in {stack}")
            else:
                stack.append("$")
        elif token == "{":
            name = tokens[index - 1] if index else ""
            stack.append(r"\text{" if name == r"\text" else "{")
        elif token == "}":
            if not stack or stack.pop() not in ("{", r"\text{"):
                raise Refused("a brace that nobody opened")
        elif word in ("begin", "end"):
            name = re.match(r"\{(\w+)\}", text[at:])[1]
            if word == "begin":
                stack.append(name)
                line = 1
            elif not stack or stack.pop() != name:
                raise Refused(f"\\end{{{name}}} of nothing")
        elif word in ("left", "right"):
            if word == "left":
                stack.append("(")
            elif not stack or stack.pop() != "(":
                raise Refused("\\right of nothing")
            if text[at : at + 1] not in ("(", ")") and text[at : at + 2] not in ("\\{", "\\}"):
                raise Refused(f"{token} of no bracket")
        elif token == "&":
            if not stack or stack[-1] not in ("pmatrix", "aligned"):
                raise Refused("an & outside a matrix")
            line += 1
            if stack[-1] == "pmatrix" and line > columns:
                raise Refused(f"a matrix of more than {columns} columns")
        elif token == r"\\":
            if not stack or stack[-1] not in ("pmatrix", "aligned"):
                raise Refused("a new line outside a matrix")
            line = 1
        elif token in ("_", "^") and not mathematics:
            raise Refused(f"{token} in text")
        elif token in ("#", "~"):
            raise Refused(f"{token} that is not escaped")
        elif token.startswith("%") and stack:
            raise Refused("a comment within something")
        elif token.startswith("\n") and len(token) > 1 and mathematics:
            raise Refused("an empty line in mathematics")
        elif mathematics and not token.isascii():
            raise Refused(f"{token} in mathematics")
    if stack:
        raise Refused(f"{stack} are never closed")
    return displays


BAD = {  # what is wrong with it: a text
    "a brace open": r"\[ \frac{1{2} \]",
    "a brace too many": r"\[ a} \]",
    "an environment open": r"\[ \begin{pmatrix} 1 \]",
    "environments crossed": r"\[ \begin{pmatrix} \begin{aligned} \end{pmatrix} \end{aligned} \]",
    "a display open": r"\[ a",
    "a dollar open": "a $b",
    "an ampersand in text": "a & b",
    "an ampersand in a display": r"\[ a & b \]",
    "an underscore in text": "a_b",
    "an underscore in the text of a display": r"\[ \text{a_b} \]",
    "a hash": "a # b",
    "a tilde": "a ~ b",
    "an unknown word": r"\[ \foo \]",
    "mathematics in text": r"\frac",
    "left without right": r"\[ \left( a \]",
    "a lone backslash": "a \\",
    "eleven columns": r"\[ \begin{pmatrix} 1 & 2 & 3 & 4 & 5 & 6 & 7 & 8 & 9 & 10 & 11 \end{pmatrix} \]",
    "a comment in a display": "\\[ 50% of \n\\]",
    "a letter that no font of mathematics has": "\\[ ½ \\]",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_the_reader_refuses(text):
    with pytest.raises(Refused):
        read_latex(text)


def read_markdown(text):
    """Check a whole text; give its displays. Dollars are paired, a pair of two stands on a line of its own."""
    lines, displays, inside = text.split("\n"), [], None
    for line in lines:
        if "$$" in line:
            if line != "$$":
                raise Refused(f"$$ within a line: {line}")
            if inside is not None:
                displays.append("\n".join(inside))
            inside = None if inside is not None else []
        elif inside is not None:
            inside.append(line)
        else:
            plain = re.sub(r"\\.", "", line)
            if plain.count("$") % 2:
                raise Refused(f"an odd dollar: {line}")
    if inside is not None:
        raise Refused("a display is never closed")
    for display in displays:
        read_latex(f"\\setcounter{{MaxMatrixCols}}{{99}}\\[{display}\\]")  # what draws Markdown knows no such bound
    return displays


READ = {"latex": read_latex, "markdown": read_markdown}
TIMES = re.compile(r"(-?[\d.]+)(?: \\times 10\^\{(-?\d+)\})?")


def value_of(text):
    """Give a number as a derivation writes it."""
    found = TIMES.fullmatch(text.strip())
    assert found, text
    return float(f"{found[1]}e{found[2] or 0}")


def matrix_of(display):
    """Give the matrix in a display."""
    body = re.search(r"\\begin\{pmatrix\}(.*?)\\end\{pmatrix\}", display, re.DOTALL)[1]
    return np.array([[value_of(entry_) for entry_ in row.split("&")] for row in body.split(r"\\")])


def close(got, expected):
    """Assert that a matrix is another in five digits."""
    assert got.shape == np.atleast_2d(expected).shape
    np.testing.assert_allclose(got, np.atleast_2d(expected), rtol=5.1e-5, atol=0)


# Whatever is derived, it can be read


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", SOME)
def test_every_derivation_can_be_read(name, form):
    of = scene_of(CELLS[name], 0, Notation(out_in=bool(len(name) % 2)))
    layers = range(1, of.layers + 1)
    every = [f"{letter}{layer}" for layer in layers for letter in "WAZ"] + ["X"]
    every += [f"b{layer}" for layer in layers if of.cell.network.layers[layer - 1].bias is not None]
    assert READ[form](derived(of, every, form, n=1))
    assert READ[form](by_paths(of, "W1[0,1]", form))
    assert READ[form](by_paths(of, f"W{of.layers}[0,1]", form, samples=(2,)))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["yann", "silu-momentum", "three-layer-partials", "representative", "column-network"])
def test_the_published_networks_can_be_read(name, form):
    found, of = published(name)
    assert READ[form](chain_derivation(found, [Explained(of, 0, f"W{layer}") for layer in range(of.layers, 0, -1)], form))
    assert READ[form](by_paths(of, "W1[0,0]", form, samples=tuple(range(min(of.N, 8)))))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("width", [9, 10, 11, 12, 13, 40])
def test_a_matrix_of_any_width_can_be_read(width, form):
    """An amsmath matrix has at most ten columns, unless MaxMatrixCols is set."""
    network = Network((Layer(2, width, Tanh(), WEIGHTS), Layer(width, 1, Tanh(), WEIGHTS)))
    of = scene_of(replace(CELLS["tanh-mse-mean"], network=network))
    assert READ[form](derived(of, ["W2", "W1"], form))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("std", [1e-200, 1e200])
def test_what_fades_or_explodes_can_be_read(std, form):
    layers = tuple(Layer(3, 3, Identity(), replace(WEIGHTS, std=std)) for _ in range(4))
    of = scene_of(replace(CELLS["tanh-mse-mean"], network=Network(layers)))
    with np.errstate(all="ignore"):
        text = derived(of, ["W4", "W1"], form)
        assert READ[form](text)
        assert READ[form](by_paths(of, "W1[0,0]", form, samples=tuple(range(min(of.N, 8)))))
    assert (r"\text{nan}" in text or r"\infty" in text) == (std > 1)
    assert ("inf" in text.replace(r"\infty", "")) is False


@pytest.mark.parametrize("form", FORMS)
def test_a_matrix_that_is_not_written_out_is_told_with_its_norm(form):
    wide = 10_001
    network = Network((Layer(1, wide, Tanh(), WEIGHTS), Layer(wide, 1, Tanh(), WEIGHTS)))
    of = scene_of(replace(CELLS["tanh-mse-mean"], network=network))
    each = Explained(of, 0, "W1")
    told = [display for display in READ[form](derived(of, ["W1"], form)) if "matrix of norm" in display]
    norms = [value_of(re.search(r"of norm \}(?: |)([^\\]*(?:\\times 10\^\{-?\d+\})?)", display)[1]) for display in told]
    links = [link.norm for link in each.chain.links if max(link.shape) > 12]
    links += [np.linalg.norm(M) for M in (*_products(each)[:-1], each.backprop) if M.size > 12]
    np.testing.assert_allclose(norms, links, rtol=1e-4)


def _products(each):
    """Multiply the links from the left: every product on the way."""
    products, M = [], None
    for link in each.chain.links:
        M = link.dense() if M is None else link.carry(M)
        products.append(M)
    return products[1:]


# Titles


LATEX_SAYS = {r"\textbackslash{}": "\\", r"\{": "{", r"\}": "}", r"\$": "$", r"\&": "&", r"\#": "#", r"\%": "%", r"\_": "_",
              r"\textasciicircum{}": "^", r"\textasciitilde{}": "~"}  # fmt: skip
UNESCAPE = re.compile("|".join(map(re.escape, LATEX_SAYS)))
TITLES = (NASTY, r"\input{/etc/passwd}", "$x^2$", "}}{{", "100%", "~~", r"a\\b", "x_{1}", "plain", "naïve ½·Σ", r"\%", "{", "a $ b")


@pytest.mark.parametrize("title", TITLES)
def test_a_title_in_latex_is_text_that_reads_as_it_was_written(title):
    _, of = published("yann")
    for text in (derived(of, ["W2"], "latex", title), by_paths(of, "W1[0,0]", "latex", title)):
        assert read_latex(text)
        (heading,) = re.findall(r"\\paragraph\{(.*)\}\n", text)
        assert UNESCAPE.sub(lambda found: LATEX_SAYS[found[0]], heading).removesuffix(": W1[0,0]") == title


MARKDOWN_TITLES = (*TITLES, "$$", "a $$ b", "*bold* and `code`", "<img src=x>", "[a](b)", "a|b", "# a", "__init__")


@pytest.mark.parametrize("title", MARKDOWN_TITLES)
def test_a_title_in_markdown_is_text_that_reads_as_it_was_written(title):
    _, of = published("yann")
    for text in (derived(of, ["W2"], "markdown", title), by_paths(of, "W1[0,0]", "markdown", title)):
        assert read_markdown(text)
        heading = text.partition("\n")[0].removeprefix("### ")
        assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", heading).removesuffix(": W1[0,0]") == title
        assert not re.search(r"(?<!\\)(?:\\\\)*[$*`<\[]", heading.removesuffix(": W1[0,0]"))


@pytest.mark.parametrize("form", FORMS)
def test_what_does_not_print_is_shown_escaped(form):
    _, of = published("yann")
    title = "a\u202eb\x1b[31mc\x00d\u200be\nf\tg\u2028h"
    for text in (derived(of, ["W2"], form, title), by_paths(of, "W1[0,0]", form, title)):
        assert READ[form](text)
        assert all(char.isprintable() or char == "\n" for char in text)
        heading = next(line for line in text.split("\n") if line.startswith(("###", r"\paragraph")))
        for escape in ("u202e", "x1b", "x00", "u200b", "nf", "tg", "u2028"):
            assert escape in heading


@pytest.mark.parametrize("form", FORMS)
def test_without_a_title_the_name_stands_in_its_place(form):
    _, of = published("yann")
    assert re.search(r"(### |\\paragraph\{)e\b", derived(of, ["W2"], form, ""))


# The numbers


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["yann", "silu-momentum", "three-layer-partials"])
def test_it_has_the_numbers_of_every_factor_once_of_every_product_and_of_the_gradient(name, form):
    found, of = published(name)
    explained = [Explained(of, of.N - 1, f"W{layer}") for layer in range(of.layers, 0, -1)]
    displays = READ[form](chain_derivation(found, explained, form))
    seen, at = set(), 1  # after the opening
    for each in explained:
        chain = displays[at]
        assert chain.startswith(rf"\frac{{\partial J}}{{\partial {symbol(each.to)}}}")
        shapes = [tuple(map(int, shape)) for shape in re.findall(r"\}_\{(\d+) \\times (\d+)\}", chain)]
        assert shapes == [link.shape for link in each.chain.links]
        at += 1
        for link in each.chain.links:
            if link.name not in seen:
                assert displays[at].startswith(rf"\frac{{\partial {symbol(link.of)}}}{{\partial {symbol(link.by)}}} = ")
                close(matrix_of(displays[at]), link.dense())
                seen.add(link.name)
                at += 1
        for M in _products(each)[:-1]:
            close(matrix_of(displays[at]), M)
            at += 1
        close(matrix_of(displays[at]), each.backprop)
        at += 1
    assert at == len(displays)


@pytest.mark.parametrize("form", FORMS)
def test_it_says_what_both_orders_cost_and_of_what_the_batch_is_made(form):
    _, of = published("yann")
    text = derived(of, ["W1"], form)
    assert "This takes 46 multiplications; from the target on it would take 189." in text
    assert "gradient of the batch" not in text
    for name, joined in {"tanh-mse-sum": "sum", "tanh-mse-mean": "mean"}.items():
        assert f"The gradient of the batch is the {joined} of its 6 samples' own." in derived(scene_of(CELLS[name]), ["W1"], form)


@pytest.mark.parametrize("form", FORMS)
def test_the_paths_of_the_silu_network_are_derived_as_in_its_document(form):
    found, of = published("silu-momentum")
    weight = ledger(of.cell, of.state, of.notation, entry("W1[0,0]"), samples=(0, 1, 2), most=MOST_PATHS)
    *each, batch = READ[form](ledger_derivation(found, weight, form))
    products = [-0.07990540642667802, 0.0050169493908709785, 0]
    for n, (display, total) in enumerate(zip(each, products, strict=True)):
        assert rf"\frac{{\partial J_{{{n}}}}}{{\partial w^{{(1)}}_{{0,0}}}}" in display
        path, result = re.search(r"&= (.*?) \\\\ &= (.*?) \\end", display, re.DOTALL).groups()
        factors = [value_of(part.strip("()")) for part in path.split(r"\cdot")]
        assert factors == pytest.approx(weight.samples[n].paths[0].factors, rel=5.1e-5)
        assert value_of(result) == pytest.approx(total, rel=5.1e-5)
    assert r"\frac{1}{3}" in batch
    assert value_of(batch.rpartition("=")[2]) == pytest.approx(sum(products) / 3, rel=5.1e-5)


@pytest.mark.parametrize("form", FORMS)
def test_every_path_is_a_line_and_those_left_out_are_counted(form):
    layers = (Layer(2, 2, Tanh(), WEIGHTS), Layer(2, 5, Tanh(), WEIGHTS), Layer(5, 4, Tanh(), WEIGHTS))
    of = scene_of(replace(CELLS["tanh-mse-sum"], network=Network(layers)))
    *each, batch = READ[form](by_paths(of, "W1[0,0]", form))
    assert len(each) == of.N
    for display in each:
        assert display.count("&+") == 12  # eleven more paths, and what is left of the twenty
        assert "(8 more paths)" in display
    assert r"\frac{1}" not in batch
    few = READ[form](by_paths(of, "W2[0,0]", form, samples=(3,)))
    assert len(few) == 1
    assert "more paths" not in few[0]
    assert r"\partial J_{3}" in few[0]


@pytest.mark.parametrize("form", FORMS)
def test_a_negative_number_after_a_sign_stands_in_brackets(form):
    layers = tuple(Layer(3, 3, Identity(), WEIGHTS) for _ in range(3))
    of = scene_of(replace(CELLS["tanh-mse-mean"], network=Network(layers)))
    text = by_paths(of, "W1[0,0]", form)
    assert "-" in text
    assert not re.search(r"(\\cdot|\+) -", text)


def test_symbols_are_those_of_the_page():
    assert [symbol(name) for name in ("J", "X", "A2", "Z13", "W1", "b2")] == [
        "J", r"\mathbf{x}", r"\mathbf{a}_{2}", r"\mathbf{z}_{13}", "W_{1}", r"\mathbf{b}_{2}",
    ]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_opening_says_how_weights_are_written_and_whether_there_are_biases(form):
    for out_in, formula in ((True, r"\mathbf{z}_l = W_l \mathbf{a}_{l-1}"), (False, r"\mathbf{z}_l = \mathbf{a}_{l-1} W_l")):
        of = scene_of(yann_network(), 0, Notation(out_in=out_in))
        text = derived(of, ["W2"], form)
        assert f"{formula} + \\mathbf{{b}}_l, " in text
        assert ("(out, in)" if out_in else "(in, out)") in text
        plain = replace(of.cell, network=Network(tuple(replace(layer, bias=None) for layer in of.cell.network.layers)))
        assert f"{formula}, " in derived(scene_of(plain, 0, of.notation), ["W2"], form)
