"""Mutated configs: from the number of a mutant to its bytes, always the same ones."""

import json
import random
import re
from functools import cache

from tests.config.texts import FORMS
from tests.fuzz.words import BYTES, KEYS, NASTY, WORDS
from yann.config.nodes import plain
from yann.config.options import bundled
from yann.config.reader import read

TOKEN = re.compile(r"[\w.+-]+|\s+|.", re.DOTALL)
SCALAR = re.compile(r"(?<=[\s\[{,])[\w.+'\"/-]+(?=[\s\]},]|$)")
MOST_BYTES = 20_000  # a mutant that grows beyond is cut: large ones have tests of their own


class Bare(str):
    """Text that is dumped as it is."""

    __slots__ = ()


@cache
def originals():
    """Give the configs that are mutated: every form of the grammar, the bundled configs and the published examples."""
    return tuple(text.encode() for text, _ in FORMS.values()) + tuple(path.read_bytes() for path in bundled().values())


@cache
def trees():
    """Give the same as Python's own values."""
    return tuple(plain(read(data, "c.yaml")) for data in originals())


def mutant(seed, index):
    """Give the bytes of a mutant; its number alone decides what they are."""
    dice = random.Random(f"{seed}:{index}")  # noqa: S311
    level = dice.choice([_of_bytes, _of_tokens, _of_lines, _of_structure, _of_structure])
    return level(dice)[:MOST_BYTES]


def _of_bytes(dice):
    data = bytearray(dice.choice(originals()))
    for _ in range(dice.choice([1, 1, 2, 4, 8])):
        at, length = dice.randrange(len(data) + 1), dice.choice([1, 1, 2, 5, 20, 100])
        match dice.randrange(7):
            case 0 if data:
                data[min(at, len(data) - 1)] ^= 1 << dice.randrange(8)
            case 1:
                data[at : at + 1] = bytes([dice.randrange(256)])
            case 2:
                data[at:at] = dice.choice(BYTES)
            case 3:
                del data[at : at + length]
            case 4:
                data[at:at] = data[at : at + length] * dice.choice([1, 2, 50])
            case 5:
                del data[at:]
            case _:
                other = dice.choice(originals())
                cut = dice.randrange(len(other) + 1)
                data[at : at + length] = other[cut : cut + dice.choice([5, 20, 100, 1000])]
    return bytes(data)


def _of_tokens(dice):
    text = dice.choice(originals()).decode()
    for _ in range(dice.choice([1, 1, 2, 3, 6])):
        if dice.random() < 0.5:
            spots = [match.span() for match in SCALAR.finditer(text)] or [(0, 0)]
            begin, end = dice.choice(spots)
            text = text[:begin] + dice.choice(WORDS) + text[end:]
            continue
        tokens = TOKEN.findall(text) or [""]
        one, other = dice.randrange(len(tokens)), dice.randrange(len(tokens))
        match dice.randrange(5):
            case 0:
                tokens[one], tokens[other] = tokens[other], tokens[one]
            case 1:
                del tokens[one]
            case 2:
                tokens.insert(other, tokens[one])
            case 3:
                tokens[one] = dice.choice(WORDS)
            case _:
                tokens.insert(one, dice.choice(WORDS))
        text = "".join(tokens)
    return text.encode("utf-8", "surrogatepass")


def _of_lines(dice):
    lines = dice.choice(originals()).decode().split("\n")
    for _ in range(dice.choice([1, 1, 2, 3])):
        one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
        match dice.randrange(6):
            case 0:
                lines[one], lines[other] = lines[other], lines[one]
            case 1 if len(lines) > 1:
                del lines[one]
            case 2:
                lines.insert(other, lines[one])
            case 3:
                lines[one] = dice.choice([" ", "  ", "\t", "    ", "- "]) + lines[one]
            case 4:
                lines[one] = lines[one][dice.choice([1, 2, 4]) :]
            case _:
                lines[one] += dice.choice(["", " ", "\n", "\n  "]) + dice.choice(WORDS)
    return dice.choice(["\n", "\n", "\n", "\r\n", "\r"]).join(lines).encode("utf-8", "surrogatepass")


def _of_structure(dice):
    tree = _copied(dice.choice(trees()))
    for _ in range(dice.choice([1, 1, 1, 2, 3, 5])):
        if not tree:
            break
        owner, key = dice.choice(list(_places(tree)))
        anything = dice.choice(
            [
                lambda: Bare(dice.choice(NASTY)),
                lambda: dice.choice(WORDS),
                lambda: _copied(dice.choice([where[at] for where, at in _places(dice.choice(trees()))])),
                lambda: [dice.choice([1, 0.5, "relu", None, [1.0]])] * dice.randrange(4),
            ]
        )
        value = owner.get(key) if isinstance(owner, dict) else owner[key]
        match dice.randrange(7):
            case 0 | 1:
                owner[key] = anything()
            case 2:
                del owner[key]
            case 3 if isinstance(owner, dict):
                owner[dice.choice(KEYS)] = owner.pop(key, None)
            case 4 if isinstance(owner, dict):
                owner[dice.choice(KEYS)] = anything()
            case 5:
                owner[key] = [value] * dice.choice([1, 2, 3])
            case _:
                owner[key] = {dice.choice(KEYS): value}
    return dumped(tree).encode("utf-8", "surrogatepass")


def _copied(value):
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _places(value):
    """Walk every place of a tree: who holds it, and by which key or number."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])


def dumped(value):
    """Write a value as YAML in brackets."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {dumped(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(dumped, value)) + "]"
    if isinstance(value, Bare):
        return str(value)
    return json.dumps(value).replace("NaN", ".nan").replace("Infinity", ".inf") if isinstance(value, float) else json.dumps(value)
