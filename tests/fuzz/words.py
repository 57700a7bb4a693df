"""What the fuzzer puts where something else stood: scalars that trip readers, and the words of the grammar."""

from yann.config.grammar import ConfigFile, MadeDataSection, NetworkSection
from yann.config.grammar_expect import ExpectBlock, Wish
from yann.config.grammar_sweep import SweepBlock
from yann.study.catalog import CATALOG

NASTY = [
    "", "~", "null", "true", "yes", "on", "nan", ".nan", ".inf", "-.inf", "0", "-0.0", "-1", "1", "2", "3", "4", "7", "0.5",
    "1e400", "-1e400", "1e-400", "5e-324", "1e308", "-1.7e308", "010", "0x10", "0o7", "1_000", "1:30", "0,1", "1e3", ".5", "1.",
    "1e39", "9" * 30, "9" * 400, "9" * 5000, "0x" + "f" * 5000, "1" + "0" * 40, "9223372036854775807", "9223372036854775808",
    "1000000", "1000001", "1000000000", "3037000500", "1e999999999", "0." + "1" * 500, "sixteen", "'3'", '"3"', '""', "''",
    r'"\e[2J"', r'"\u202e"', r'"\0"', r'"\ud800"', r'"\U0010ffff"', r'"\x9b"', r'"\N\L\P\_"', '"', "'", "..", "../x", ".", "/",
    "/dev/zero", "/dev/stdin", "/", "nowhere.csv", "a" * 300, "x" * 5000, "a/" * 3000, "\x00", "\x1b[2J", "\x7f", "\x85",
    "\x9b",
    "\u200b", "\u202e", "\u2028", "\ufeff", "\ufffe", "\udc80", "\U0010ffff", "\u0435", "\u0663", "é", "漢", "🎉", "[/]",
    "[bold]",
    "[", "]", "{", "}", "[]", "{}", "[[]]", "[{}]", "[~]", "[1, a]", "[[1, 2], [3]]", "[[1, 2], [3, 4]]", "{a: 1}", "{name: }",
    "{name: []}", "{name: {name: relu}}", "{name: nothing}", "*a", "&a 1", "&a [*a]", "&a", "*", "!", "!!int 3", "!!float x",
    "!!python/object/apply:os.system [x]", "!!binary aGk=", "!<x> 1", "<<", "<<: *a", "? a", "?", "|", ">", "|\n  a", "@", "`",
    "%", "%YAML 1.2", "%TAG ! !x", "---", "...", "- a", "-", ":", ": ", "x: y", "#", " #", "\t", " ", "\n", "\r", "\n\n",
    ",", "::",
    "{range: [1, 3]}", "{range: [0, 1e9], step: 1e-9}", "{linspace: [0, 1], num: 5}", "{logspace: [1, 2], num: 3}",
    "{linspace: [-1.7e308, 1.7e308], num: 3}", "{range: [1, 2], linspace: [1, 2], num: 2}", "{linspace: [1, 2], num: 1e3}",
    "{logspace: [5e-324, 1.7e308], num: 4}", "{linspace: [1, 1.0000000000000002], num: 5}", "{range: [9, 1], step: -2}",
    "{name: error, value: 1}", "{name: normal, std: 1e308}", "{name: uniform, low: 2, high: 1}", "{name: classes, count: 3}",
    "{name: csv, path: points.csv, targets: kind}", "{name: npz, path: points.npz}", "{name: csv, path: /dev/zero, targets: x}",
    "{name: idx, inputs: images.idx.gz, targets: labels.idx}", "{name: npz, path: points.csv}", "{name: digits, samples: 9}",
    "{layer: middle, unit: middle}", "{layer: 2, unit: 9}", "cells.csv", "points.csv", "points.npz", "middle", "each", "digits",
    "float32", "float64", "in_out", "out_in", "rows", "columns", "dW1", "dW1[:2]", "A1[0,", "tape dZ2/dA1", "loss", "dW99",
    "value",
]  # fmt: skip
"""Text that stands in a config without quotes, so that much of it is more than a scalar."""

SECTIONS = {"": ConfigFile, "network": NetworkSection, "data": MadeDataSection, "sweep": SweepBlock, "expect": ExpectBlock}
SETTINGS = sorted({key for registry in CATALOG.values() for _, part in registry.items() for key in part.settings()})
KEYS = [
    *(key for section in (*SECTIONS.values(), Wish) for key in section.model_fields),
    *(f"{name}.{key}" for name, section in SECTIONS.items() if name for key in section.model_fields),
    *SETTINGS, *(f"{slot}.{key}" for slot in ("optimizer", "loss", "data", "network.init",
    "network.scale") for key in SETTINGS),
    "name", "num", "step", "range", "linspace", "logspace", "layer", "unit", "factor", "reduction", "loss.reduction",
    "network", "network.", ".network", "network..depth", "network.depth.x", "a.b.c.d", "network.activation.name",
]  # fmt: skip
"""Keys that mean something somewhere, and some that never do."""
PARTS = [name for registry in CATALOG.values() for name in registry]
WORDS = [*NASTY, *KEYS, *PARTS]

BYTES = [
    b"\0", b"\xff", b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80",
    b"\xe2\x80\xa8",
    b"\xc2\x85", b"\x1b", b"\t", b"\r", b"\n", b" ", b"  ", b"\n ", b"[", b"]", b"{", b"}", b",", b":", b": ", b"-", b"- ",
    b"? ",
    b"#", b"&", b"*", b"!", b"|", b">", b"'", b'"', b"%", b"@", b"`", b"\\", b"<<: ", b"---\n", b"...\n", b"[" * 60, b"- " * 60,
    b"9" * 5000,
]  # fmt: skip
