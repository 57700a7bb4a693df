"""The reader: what a config says, where it says it, and what a person is told when it cannot be read."""

import json
import math
import time

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from yann.config import composer, syntax
from yann.config.reader import Mark, plain, read, read_value
from yann.errors import ConfigError
from yann.text import odd_letters, visible

PARSERS = [syntax.PureParser, *([yaml.CBaseLoader] if yaml.__with_libyaml__ else [])]

GOOD = """\
# a comment
yann: 1
name: 2024-01-01
title: "Depth: how far do gradients reach?"   # and another
network: &net
  widths: [3, 3,
           2]
  init: {name: normal, std: 5e-2}
  weights:
    - [[1, 2.5], [-3, .5]]
    - &last [[+1]]
optimizer:
  lr:
  momentum: 0.9
sweep:
  grid:
    network.depth: {range: [2, 50], step: 4}
  zip: {scheme: {network.activation: [tanh, relu]}}
notes: |
  two
  lines
again: *last
"""
GOOD_VALUE = {
    "yann": 1,
    "name": "2024-01-01",
    "title": "Depth: how far do gradients reach?",
    "network": {
        "widths": [3, 3, 2],
        "init": {"name": "normal", "std": 0.05},
        "weights": [[[1, 2.5], [-3, 0.5]], [[1]]],
    },
    "optimizer": {"lr": None, "momentum": 0.9},
    "sweep": {
        "grid": {"network.depth": {"range": [2, 50], "step": 4}},
        "zip": {"scheme": {"network.activation": ["tanh", "relu"]}},
    },
    "notes": "two\nlines\n",
    "again": [[1]],
}


@pytest.fixture(params=PARSERS, ids=lambda parser: parser.__name__, autouse=True)
def _parser(request, monkeypatch):
    monkeypatch.setattr(syntax, "EventParser", request.param)


def problems(data, source="c.yaml"):
    """Give the lines of the error that reading must end in."""
    with pytest.raises(ConfigError) as error:
        read(data if isinstance(data, bytes) else data.encode(), source)
    return [str(problem) for problem in error.value.problems]


def walk(node):
    """Give every node of a tree, and every key with its mark."""
    yield None, node
    for key, value in node.value.items() if isinstance(node.value, dict) else ():
        yield key, node.keys[key]
        yield from walk(value)
    for value in node.value if isinstance(node.value, tuple) else ():
        yield from walk(value)


def test_a_good_config_says_what_it_says():
    assert plain(read(GOOD.encode(), "c.yaml")) == GOOD_VALUE


@pytest.mark.parametrize(
    "disguise",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"\n", b"\r"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: b"%YAML 1.2\n---\n" + data,
        lambda data: b"--- # a config\n" + data + b"...\n",
    ],
    ids=["crlf", "cr", "byte order mark", "version", "document marks"],
)
def test_the_way_a_file_was_saved_changes_nothing(disguise):
    assert plain(read(disguise(GOOD.encode()), "c.yaml")) == GOOD_VALUE


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_key_stands_where_its_mark_says(newline):
    lines = GOOD.splitlines()
    keys = [(key, mark) for key, mark in walk(read(GOOD.replace("\n", newline).encode(), "c.yaml")) if key]
    assert len(keys) == 22
    for key, mark in keys:
        assert lines[mark.line - 1][mark.column - 1 :].startswith(key + ":")


def test_marks_count_characters_and_an_absent_value_stands_on_the_line_of_its_key():
    node = read("é: {ü: 1}\nlr:\n\n# nothing\nsteps: {? a\n, b: 1}\nname:\n  ''\n".encode(), "c.yaml")
    assert str(node.value["é"].value["ü"].mark) == "c.yaml:1:8"
    assert node.value["lr"].mark.line == 2
    assert node.value["steps"].value["a"].mark == Mark("c.yaml", 5, 11)
    assert node.value["name"].mark == Mark("c.yaml", 8, 3)


WORDS = "on no yes off y n nUll tRue 1_000 0,1 2024-01-01 12:30 0b1 0o8 0x -0x1 1e e1 . .e1 +.nan -.nan .INf ١"
SCALARS = {
    **dict.fromkeys(("null", "Null", "NULL", "~", "")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{word: word for word in WORDS.split()},
    "0": 0,
    "010": 10,
    "-0": 0,
    "+7": 7,
    "0o17": 15,
    "0xFf": 255,
    "-12": -12,
    "1e-3": 1e-3,
    "1.": 1.0,
    ".5": 0.5,
    "-.5E+2": -50.0,
    "1.5e3": 1500.0,
    "1e999": math.inf,
    "00.5": 0.5,
    ".inf": math.inf,
    "+.Inf": math.inf,
    "-.INF": -math.inf,
    '"1"': "1",
    "'true'": "true",
    '""': "",
    r'"\u00e9\N"': "é\x85",
    "C:\\data": "C:\\data",
    "a\tb \t c": "a\tb \t c",
}


@pytest.mark.parametrize("written", SCALARS)
def test_scalars_follow_the_core_rules(written):
    for value in (plain(read_value(written, "--set")), plain(read(f"key: {written}\n".encode(), "c.yaml"))["key"]):
        assert (value, type(value)) == (SCALARS[written], type(SCALARS[written]))


def test_nan_is_a_number_and_keys_are_text_as_written():
    assert all(map(math.isnan, plain(read_value("[.nan, .NaN, .NAN]", "--set"))))
    assert list(plain(read(b"1: a\n0x10: b\ntrue: c\n'<<': d\n~: e\n", "c.yaml"))) == ["1", "0x10", "true", "<<", "~"]


def test_line_separators_are_text_and_private_use_characters_stay_what_they_are():
    odd = "a\u2028b: \x85c\u2029\U0010fffd\ue000"
    assert plain(read(f"k\u2028: '{odd}'\nnext: 1\n".encode(), "c.yaml")) == {"k\u2028": odd, "next": 1}
    assert problems("name: harmless\u2028seed: 666\n")[0].startswith("c.yaml:1:20: a second colon")


def test_tabs_may_stand_where_they_do_not_indent():
    text = 'a:\t1\nb: [\n\t"x",\n\t{"y":\t2}\n\t]\t# done\nc: p\tq\n'
    assert plain(read(text.encode(), "c.yaml")) == {"a": 1, "b": ["x", {"y": 2}], "c": "p\tq"}


LONG = "9" * 5000
LAUGHS = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}' if i else '1'] * 9)}]" for i in range(9))
MISTAKES = {  # text: where, and words of the sentence (all of them)
    "": "1:1: | empty | network: {depth: 3, width: 3}",
    "# nothing\n---\n": "1:1: | empty",
    "- a\n- b\n": "1:1: | the top level must be a mapping of keys, not a list",
    "\nhello\n": "2:1: | mapping of keys, not text",
    "a: [1, 2\nb: 3\n": "2:2: | the [ on line 1, column 4 is still open | a comma or ] is missing before this `:`",
    "a: {b: 1\nc: 2\n": "2:2: | the { on line 1, column 4 is still open | a comma or } is missing",
    "a: [1, 2}\n": "1:9: | the [ on line 1, column 4 is still open | before this `}`",
    "a: [1, 'x' 'y']\n": "1:12: | a comma or ] is missing before this `'`",
    "a:\n  b: [[1, 2],\n    [3,": "3:5: | the [ here is never closed; add its ]",
    "a: {b: [1], ": "1:4: | the { here is never closed; add its }",
    "a: [1, 2": "1:4: | the [ here is never closed",
    "a: [1]]\n": "1:7: | before this `]`",
    "a: ]\n": "1:4: | a value is expected here, not `]`",
    "a: [,]\n": "1:5: | a value is expected here, not `,`",
    "a: {b:[1]}\n": "1:6: | a space must follow this colon",
    "a:\n\tb: 1\n": "2:1: | tab | spaces",
    "a:\n  b: 1\n\tc: 2\n": "3:1: a tab | spaces",
    "a:\n  b: 1\n  \tc: 2\n": "3:3: | tab | spaces",
    "a:\n  -\tb: 1\n": "2:4: | tab | spaces",
    "a: |\n\tb\n": "2:1: | tab | spaces",
    "title: Depth: how far?\n": "1:13: | quote the text | second colon",
    "a: 1\n  b: 2\n": "2:4: | indentation",
    "a:1\nb: 2\n": "2:2: | a space follows each colon",
    "a:\n    b: 1\n  c: 2\n": "3:3: | indented like none above it",
    "  a: 1\nb: 2\n": "2:1: | the config ended before this; indent all its keys alike",
    "a: 1\nb\nc: 2\n": "2:1: | this is no key, as no colon follows it",
    'a: "b" c\n': "1:8: | a value has ended before this `c`; quote the text",
    'x: 1\na: "b\nc: 1\n': '2:4: | the text that `"` opens is never closed',
    "a: 'b": "1:4: | the text that `'` opens is never closed",
    'a: "C:\\data"\n': "1:7: | the \\ begins no escape",
    'a: "\\ud800"\n': "1:5: | the \\ begins no escape",
    'a: "\\U00110000"\n': "1:5: | the \\ begins no escape",
    'a: "\\xg1"\n': "1:5: | the \\ begins no escape",
    "a: @b\n": "1:4: | unquoted text cannot begin with `@`; quote the text",
    "a: `b`\n": "1:4: | unquoted text cannot begin with a backtick",
    "a: - b\n": "1:4: | unquoted text cannot begin with `-`",
    "a: > b\n": "1:4: | after `>` text begins on a new line",
    "a: *.csv\n": "1:4: | the name of an anchor must follow `*`; quote the text",
    "a: *b\n": "1:4: a: | the alias *b has no anchor &b above it",
    "a: {b: &b [c, {d: *b}]}\n": "1:19: a.b.d: | the alias *b stands inside its own anchor &b",
    "net: &net\n  depth: 3\n  init: *net\n": "3:9: net.init: | the alias *net stands inside its own anchor &net",
    "a: &x b\n*x : 1\n": "2:1: | the alias *x cannot be a key",
    "seed: !!int 3\n": "1:7: seed: | the tag !!int is refused",
    "a: !x [1]\n": "1:4: a: | the tag !x is refused",
    "a: ! b\n": "1:4: a: | the tag ! is refused",
    "!!str a: b\n": "1:1: | the tag !!str is refused",
    "a: !!python/object/apply:os.system ['false']\n": "1:4: a: | the tag !!python/object/apply:os.system is refused",
    "a: !b!c d\n": "1:4: | tags are refused",
    "a: &x {b: 1}\nc:\n  <<: *x\n": "3:3: c.<<: | merge keys (<<) are refused",
    "n:\n  width: 1\n\n  width: 2\n": "4:3: n.width: | the key width stands twice; the first is on line 2, column 3",
    "{1: a, '1': b}\n": "1:8: 1: | the key 1 stands twice",
    "a: {[b]: c}\n": "1:5: a: | a key must be a word, not a list",
    "{[a]: b, c: b, d: b}\n": "1:2: | a key must be a word",
    "{a: &x 1, *x : b, c: b, d: b}\n": "1:11: | the alias *x cannot be a key",
    "a:\n  ? {b: c}\n  : d\n": "2:5: a: | a key must be a word, not a mapping",
    "a: 1\n---\nb: 2\n": "2:1: | a second document | one document",
    "%TAG ! !x\n---\na: 1\n": "1:1: | directive",
    "# c\n\n%YAML 1.2\n%FOO\n---\na: 1\n": "4:1: | directive",
    "a: 1\n%b: 2\n": "2:1: | directive",
    "a: \x1b[2J\n": "1:4: | U+001B",
    "a: b\nb: \ufffe\n": "2:4: | U+FFFE",
    f"a:\n  seed: {LONG}\n": "2:9: a.seed: | an integer of 5,000 digits is too long; at most 4,300",
    f"a: -0{LONG}\n": "1:4: a: | an integer of 5,001 digits is too long",
    f"a: 0x{LONG}\n": "1:4: a: | an integer of 5,000 digits is too long; at most 3,571",
    "a: " + "[" * 60: "1:53: a: | more than 50 levels",
    "\n".join(" " * i + "k:" for i in range(60)): "51:51: k.k.k | more than 50 levels",
    f"a: &a {'[' * 30}{']' * 30}\nb: {'[' * 30}*a{']' * 30}\n": "2:34: b: | more than 50 levels",
    f"a: &a 1\nb: [{'*a, ' * 101}]\n": "2:405: b: | more than 100 aliases",
    LAUGHS: "6:15: a5: | more than 100,000 values",
    b"": "1:1: | empty",
    b"a: 1\r\nname: caf\xe9\r\n": "2:10: | UTF-8 | 0xE9",
    b"\xef\xbb\xbfa: \xff\n": "1:4: | UTF-8 | 0xFF",
    b"a: \xed\xa0\x80\n": "1:4: | UTF-8 | 0xED",
    "a: 1\n".encode("utf-16"): "1:1: | UTF-8 | UTF-16",
    "a: 1\n".encode("utf-32"): "1:1: | UTF-8 | UTF-16",
    "a: 1\n".encode("utf-16-be"): "1:1: | UTF-8 | NUL",
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR": "1:1: | UTF-8 | NUL | pictures",
    b"a: " + b"x" * (1 << 20): " | 1,048,579 bytes; at most 1,048,576 (1 MiB)",
}


@pytest.mark.parametrize("data", MISTAKES, ids=lambda data: repr(data)[:40])
def test_one_mistake_gives_one_sentence_at_its_place(data):
    where, *words = MISTAKES[data].split(" | ")
    (line,) = problems(data)
    assert line.startswith(f"c.yaml:{where}")
    assert not [word for word in words if word not in line]
    assert line.isprintable()
    assert len(line) < 250


def test_more_values_than_a_config_may_hold_end_the_reading_where_they_begin(monkeypatch):
    monkeypatch.setattr(composer, "MOST_NODES", 10)
    assert read(b"a: [1, 2, 3, {b: 4, c: 5}, [6]]", "c.yaml").size == 10
    (line,) = problems("a: [1, 2, 3, {b: 4, c: 5},\n [6, 7, 8, 9], 10]")
    assert line == "c.yaml:2:2: a: more than 10 values, aliases written out; keep large matrices in a csv or npz file"


def test_independent_mistakes_are_told_at_once():
    text = f"a: *b\nseed: !!int 3\nc: 1\nc: 2\n<<: {{}}\nd: {LONG}\nc: 3\ne: [\n"
    assert [line.split(":")[1] for line in problems(text)] == ["1", "2", "4", "5", "6", "7", "8"]


def test_text_of_a_config_is_shown_without_moving_the_cursor():
    (line,) = problems('"\\e[2J\u202e": 1\n"\\e[2J\u202e": 2\n', "a\x1bb.yaml")
    assert line.startswith(r"a\x1bb.yaml:2:1: \x1b[2J\u202e: the key \x1b[2J\u202e stands twice")


OPTIONS = {
    "[1, 2": "the [ here is never closed",
    "[1, 2}": "the [ at character 1 is still open",
    "{a: 1, a: 2}": "the first is at character 2",
    "a: b: c": "quote the text",
    "*x": "no anchor",
    "%x": "quote it",
    "!x y": "tag",
    "a\x1bb": "U+001B",
    "a\udc80b": "U+DC80",
    "a\n--- b": "document",
    LONG: "5,000 digits",
    "x" * (1 << 20) + "x": "at most 1,048,576",
}


@pytest.mark.parametrize("text", OPTIONS, ids=lambda text: repr(text)[:40])
def test_a_mistake_in_an_option_names_the_option_and_no_line(text):
    with pytest.raises(ConfigError) as error:
        read_value(text, "--set k=v")
    assert str(error.value).startswith("--set k=v: ")
    assert OPTIONS[text] in str(error.value)
    assert "on line" not in str(error.value)


@pytest.mark.parametrize(("text", "value"), {"tanh": "tanh", "": None, "[1, {a: b}]": [1, {"a": "b"}], "1e-3": 1e-3}.items())
def test_an_option_holds_any_one_value_and_no_line(text, value):
    node = read_value(text, "--set k=v")
    assert plain(node) == value
    assert all(mark.line == 0 for _, item in walk(node) for mark in [getattr(item, "mark", item)])
    assert str(node.mark) == "--set k=v"


def test_an_alias_is_the_node_of_its_anchor_and_counts_as_often_as_it_stands():
    node = read(b"a: &x [1, 2]\nb: [*x, *x]\n", "c.yaml")
    assert node.value["b"].value[0] is node.value["b"].value[1] is node.value["a"]
    assert (node.value["a"].size, node.value["b"].size, node.size) == (3, 7, 11)
    first, second = plain(node)["b"]
    assert first == second
    assert first is not second


PRINTED = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | PRINTED,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PRINTED, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100)
@given(st.dictionaries(PRINTED, JSON, min_size=1, max_size=4), st.sampled_from([None, 1, "\t"]))
def test_json_is_yaml(value, indent):
    assert plain(read(json.dumps(value, ensure_ascii=False, indent=indent).encode(), "c.json")) == value


BITS = [
    *"\t\n\r []{}:,-?!&*#|>%@`'\"\\~\x85\u2028\ufeff",
    *(": ", "- ", "? ", "<<: ", "&a ", "*a ", "!!int ", "---\n", "\\ud800"),
]
EDITS = st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 6), st.sampled_from([*BITS, "", "\x00", LONG])), max_size=4)


def only_config_errors(data):
    """Read, as a file and as an option, and let nothing but ConfigError pass."""
    for job in (lambda: read(data, "c"), lambda: read_value(data.decode("utf-8", "surrogateescape"), "--set")):
        try:
            plain(job())
        except ConfigError as error:
            assert str(error).replace("\n", "").isprintable()  # noqa: PT017 (the bytes may as well be right)


@settings(max_examples=150)
@given(st.binary(max_size=60) | st.text(st.sampled_from("".join(BITS) + "ab01"), max_size=30).map(str.encode))
@example(b'"\\UFFFFFFFF"')
@example(b"[" * 5000)
@example(b"- " * 5000)
@example(b"&a " * 5000)
def test_no_bytes_escape_as_anything_but_a_config_error(data):
    only_config_errors(data)


@settings(max_examples=100)
@given(EDITS)
def test_no_edit_of_a_good_config_escapes_as_anything_but_a_config_error(edits):
    text = GOOD
    for at, cut, put in edits:
        text = text[:at] + put + text[at + cut :]
    only_config_errors(text.encode())


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML's parser in Python is slower")
def test_a_matrix_of_a_mebibyte_is_read_quickly(monkeypatch):
    monkeypatch.setattr(syntax, "EventParser", yaml.CBaseLoader)
    row = "    - [" + ", ".join(["-0.123456"] * 64) + "]\n"
    data = ("data:\n  inputs:\n" + row * ((1 << 20) // len(row) - 1)).encode()
    start = time.process_time()
    assert read(data, "c.yaml").size > 90_000
    assert time.process_time() - start < 5  # seconds; a busy machine takes a third of it


SHOWN = {
    "plain ünïcode 漢 🎉": "plain ünïcode 漢 🎉",
    "a\x1b[2J\r\n\x7f\x9b": r"a\x1b[2J\r\n\x7f\x9b",
    "\u202egpj\u200b\u2028\ufeff": r"\u202egpj\u200b\u2028\ufeff",
    "\udc80\U000e0001": r"\udc80\U000e0001",
    "x" * 80: "x" * 80,
    "x" * 81: "x" * 79 + "…",
    "\x1b" * 80: r"\x1b" * 19 + r"\x1" + "…",
}


@pytest.mark.parametrize("text", SHOWN, ids=ascii)
def test_what_does_not_print_is_shown_as_an_escape(text):
    assert visible(text) == SHOWN[text]


def test_without_a_limit_nothing_is_cut():
    assert visible("x" * 200, limit=None) == "x" * 200
    assert visible("abcdef", limit=4) == "abc…"


ODD = {
    "network": "",
    "n\u0435twork": "U+0435 (CYRILLIC SMALL LETTER IE)",
    "a\u200b\u0435\u200b": "U+200B (ZERO WIDTH SPACE), U+0435 (CYRILLIC SMALL LETTER IE)",
    "\x1b": "U+001B",
    "\x00\x01\x02\x03\x04\x05": "U+0000, U+0001, U+0002, U+0003, U+0004, …",
}


@pytest.mark.parametrize("word", ODD, ids=ascii)
def test_letters_that_look_like_others_are_named(word):
    assert odd_letters(word) == ODD[word]
