r"""Derivations: LaTeX that closes what it opens and escapes what is not its own, Markdown that does likewise, and every number.

The reader below is small and strict. It knows the few words of LaTeX that a derivation needs, and refuses all others.
"""

import re
from dataclasses import replace

import numpy as np
import pytest

from tests.cases import CELLS, WEIGHTS, some_cells
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
from yann.report.derivation import _number, chain_derivation, ledger_derivation, symbol
from yann.study.cell import Experiment

FORMS = ("latex", "markdown")
NASTY = r'50% of {x}_1 & "y" # ~ ^ \ $'
SOME = some_cells(11)


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

PART = re.compile(r"\\[A-Za-z]+\*?|\\.|%[^\n]*\n?|[{}$&#_^~]|\n\s*\n|[^\\{}$&#_^~%]", re.DOTALL)
WORDS = {
    "partial", "frac", "mathbf", "underbrace", "times", "cdot", "operatorname", "varphi", "otimes", "top", "circ", "ell", "infty",
    "text", "qquad", "left", "right", "begin", "end", "hat", "sigma", "textstyle", "sum", "tfrac", "le", "surd", "ldots",
}  # fmt: skip
IN_TEXT = {"paragraph", "textbackslash", "textasciicircum", "textasciitilde", "textless", "textgreater", "textbar", "setcounter"}
MOST_COLUMNS = 10  # of amsmath's matrices, unless MaxMatrixCols is set


class RefusedError(AssertionError):
    """What LaTeX would not take."""


def need(holds, complaint):
    """Refuse what does not hold."""
    if not holds:
        raise RefusedError(complaint)


class Reader:
    """Reads LaTeX sign by sign; `open` is what has been opened and is not closed yet, the innermost last."""

    def __init__(self, text):
        found = re.search(r"\\setcounter\{MaxMatrixCols\}\{(\d+)\}", text)
        self.text, self.most, self.open, self.displays = text, int(found[1]) if found else MOST_COLUMNS, [], []
        self.at = self.begun = self.columns = 0
        self.before = ""
        self.signs = {
            "\\[": self.display, "\\]": self.end_display, "$": self.dollar, "{": self.brace, "}": self.end_brace,
            "&": self.column, "\\\\": self.row, "\\begin": self.begin, "\\end": self.end,
            "\\left": self.left, "\\right": self.right,
        }  # fmt: skip

    @property
    def inner(self):
        """Give what has been opened last."""
        return self.open[-1] if self.open else ""

    @property
    def mathematics(self):
        """Tell whether a sign stands in mathematics: in a display or between dollars, but not in a text within."""
        return next((kind for kind in reversed(self.open) if kind in ("[", "$", "text")), "text") != "text"

    def read(self):
        """Read it all, and give its displays."""
        parts = PART.findall(self.text)
        need("".join(parts) == self.text, "not all of it is LaTeX")
        for part in parts:
            self.at += len(part)
            self.check(part)
            self.signs.get(part, lambda: None)()
            self.before = part
        need(not self.open, f"{self.open} are never closed")
        return self.displays

    def check(self, part):
        """Check that a sign may stand where it stands."""
        known = WORDS if self.mathematics or part == r"\text" else IN_TEXT
        need(not re.fullmatch(r"\\[A-Za-z]+\*?", part) or part[1:] in known, f"{part} is not known here")
        need(part not in ("#", "~"), f"{part} that is not escaped")
        need(self.mathematics or part not in ("_", "^"), f"{part} in text")
        need(not (self.open and part.startswith("%")), "a comment within something")
        need(not (self.mathematics and part.startswith("\n") and len(part) > 1), "an empty line in mathematics")
        need(not self.mathematics or part.isascii(), f"{part} in mathematics")

    def close(self, *kinds):
        """Close what has been opened last, which must be one of these."""
        need(self.open and self.open.pop() in kinds, f"{kinds[0]} is closed and was not open")

    def display(self):
        need(not self.open, "a display within something else")
        self.open.append("[")
        self.begun = self.at

    def end_display(self):
        self.close("[")
        self.displays.append(self.text[self.begun : self.at - 2].strip())

    def dollar(self):
        if self.inner == "$":
            self.close("$")
        else:
            need(not self.mathematics, "a dollar in mathematics")
            self.open.append("$")

    def brace(self):
        self.open.append("text" if self.before == r"\text" else "{")

    def end_brace(self):
        self.close("{", "text")

    def environment(self):
        """Give the name in the braces that follow."""
        return re.match(r"\{(\w+)\}", self.text[self.at :])[1]

    def begin(self):
        self.open.append(self.environment())
        self.columns = 1

    def end(self):
        self.close(self.environment())

    def bracket(self):
        need(re.match(r"[()]|\\[{}]", self.text[self.at :]), "left or right of no bracket")

    def left(self):
        self.bracket()
        self.open.append("(")

    def right(self):
        self.bracket()
        self.close("(")

    def column(self):
        need(self.inner in ("pmatrix", "aligned"), "an & outside a matrix")
        self.columns += 1
        need(self.inner != "pmatrix" or self.columns <= self.most, f"a matrix of more than {self.most} columns")

    def row(self):
        need(self.inner in ("pmatrix", "aligned"), "a new line outside a matrix")
        self.columns = 1


def read_latex(text):
    """Check a whole text; give its displays."""
    return Reader(text).read()


BAD = {  # what is wrong with it: a text
    "a brace open": r"\[ \frac{1{2} \]",
    "a brace too many": r"\[ a} \]",
    "an environment open": r"\[ \begin{pmatrix} 1 \]",
    "environments crossed": r"\[ \begin{pmatrix} \begin{aligned} \end{pmatrix} \end{aligned} \]",
    "a display open": r"\[ a",
    "a dollar open": "a $b",
    "a dollar in a display": r"\[ a $b$ \]",
    "a dollar across a brace": r"\paragraph{$a} b$",
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
    with pytest.raises(RefusedError):
        read_latex(text)


def read_markdown(text):
    """Check a whole text; give its displays. Dollars are paired, a pair of two stands on a line of its own."""
    lines, displays, inside = text.split("\n"), [], None
    for line in lines:
        if "$$" in line:
            need(line == "$$", f"$$ within a line: {line}")
            if inside is not None:
                displays.append("\n".join(inside))
            inside = None if inside is not None else []
        elif inside is not None:
            inside.append(line)
        else:
            plain = re.sub(r"\\.", "", line)
            need(plain.count("$") % 2 == 0, f"an odd dollar: {line}")
    need(inside is None, "a display is never closed")
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
    links += [np.linalg.norm(M) for M in (*_products(each), each.backprop) if M.size > 12]
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
              r"\textasciicircum{}": "^", r"\textasciitilde{}": "~", r"$\tfrac{1}{2}$": "½", r"$\cdot$": "·",
              r"$\textstyle\sum$": "Σ", r"$\varphi$": "φ", r"$\hat{y}$": "ŷ", r"\textless{}": "<",
              r"\textgreater{}": ">", r"\textbar{}": "|", "{}": ""}  # fmt: skip
UNESCAPE = re.compile("|".join(map(re.escape, LATEX_SAYS)))
TITLES = (
    NASTY,
    r"\input{/etc/passwd}",
    "$x^2$",
    "}}{{",
    "100%",
    "~~",
    r"a\\b",
    "x_{1}",
    "plain",
    "naïve ½·Σ φ(ŷ)",
    r"\%",
    "{",
    "a $ b",
    "a < b > c | d",
    "a--b ---- ``c'' ?`",
)


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
        for escape in ("u202e", "x1b", "x00", "u200b", "tg", "u2028"):
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
        for M in _products(each):
            close(matrix_of(displays[at]), M)
            at += 1
        close(matrix_of(displays[at]), each.backprop)  # the last row once more, laid out as the weights
        at += 1
    assert at == len(displays)


@pytest.mark.parametrize("form", FORMS)
def test_it_says_what_both_orders_cost_and_whose_numbers_it_shows(form):
    _, of = published("yann")
    text = derived(of, ["W1"], form)
    assert "This takes 46 multiplications; from the target on it would take 189." in text
    assert "The entries of this row are those of $W_{1}$, row by row:" in text
    assert "samples" not in text
    text = derived(scene_of(CELLS["tanh-mse-mean"]), ["W1"], form, n=3)
    assert "The numbers are those of sample 3; the gradient is the sum over all 6 samples." in text


@pytest.mark.parametrize("form", FORMS)
def test_the_paths_of_the_silu_network_are_derived_as_in_its_document(form):
    found, of = published("silu-momentum")
    weight = ledger(of.cell, of.state, of.notation, entry("W1[0,0]"), samples=(0, 1, 2), most=MOST_PATHS)
    *each, batch = READ[form](ledger_derivation(found, weight, form))
    products = [-0.07990540642667802, 0.0050169493908709785, 0]
    for n, (display, total) in enumerate(zip(each, products, strict=True)):
        assert rf"\frac{{\partial J_{{{n}}}}}{{\partial w^{{(1)}}_{{0,0}}}}" in display
        path, result = re.search(r"&= (.*?) \\\\ &= (.*?) \\end", display, re.DOTALL).groups()
        factors = [value_of(part.strip(" ()")) for part in path.split(r"\cdot")]
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


def test_what_is_no_number_is_a_sign():
    assert [_number(value) for value in (np.inf, -np.inf, np.nan)] == [r"\infty", r"-\infty", r"\text{nan}"]
    assert [_number(value) for value in (0.0, 1.0, -0.5, 123456.0, 1.5e-7)] == [
        "0", "1", "-0.5", r"1.2346 \times 10^{5}", r"1.5 \times 10^{-7}",
    ]  # fmt: skip


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
        assert r"\varphi_l(\mathbf{z}_l), " in text
        scaled = (replace(of.cell.network.layers[0], scale=(1.0, 0.5, 0.0)), of.cell.network.layers[1])
        text = derived(scene_of(replace(of.cell, network=Network(scaled)), 0, of.notation), ["W1"], form)
        assert r"\varphi_l(\mathbf{z}_l) \circ \mathbf{s}_l, " in text
        assert r"\varphi_{1}'(\mathbf{z}_{1}) \circ \mathbf{s}_{1}\right)" in text
        assert r"\mathbf{s}_{2}" not in text
