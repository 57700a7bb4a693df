"""Mutated data files: CSV, npz and IDX datasets, and the cells files of sweeps."""

import gzip
import io
import random
import struct
import zipfile
from functools import cache

import numpy as np

from tests.config.texts import SMALL, idx
from tests.fuzz.judging import judged_config, judged_samples
from yann.parts.datasets import CsvFile, IdxFile, NpzFile

KINDS = ("csv", "npz", "idx", "cells")
CELLS = [
    "", " ", "x", "1", "-0", "nan", "inf", "1e400", "1e308", "1_0", "1,5", "٣", '"', '""', '"a', "\0", "\r", "\n", "\x1b[2J",
    "\u202e",
    "\ufeff", "\udce4", ";", "\t", ",", ",,", "9" * 400, "9" * 5000, "x" * 140_000, "relu", "!!int 2", "*a", "[1",
    "{name: normal, std: 0.5}",
    "network.depth", "network.dpeth", "name", "sweep", "seed", "optimizer", "optimizer.lr", "network..", ".", "=1+1",
]  # fmt: skip
SPLICES = [
    b"\0",
    b"\xff" * 4,
    b"\xff" * 8,
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x93NUMPY\x01\0",
    b"\x1f\x8b",
]
HEADERS = [
    "(0, 3)", "(-1, 3)", "(2, -3)", "(10**9, 3)", "(1000000000000, 64)", "()", "(2,)", "(2, 3, 0)", "(True, True)", "('a',)",
    "(2.0, 3)",
    "None", "((2, 3),)", "(" + "1," * 99 + ")", "(" + "9" * 5000 + ",)", "(" * 300 + ")" * 300, "__import__('os')", "(2, 3",
    "\x00",
]  # fmt: skip
DESCRIPTIONS = [
    "'<f8'", "'>f8'", "'<i4'", "'|b1'", "'<f2'", "'<f16'", "'<c16'", "'|O'", "'O'", "'<U3'", "'|S2'", "'<M8[s]'", "'|V8'",
    "''", "8", "None",
    "[('a', '<f8')]", "[('a', '|O')]", "('<f8', (1000000000,))", "'\\x1b[2J'", "'<f9'", "'f8,f8'", "[]", "{}",
]  # fmt: skip


@cache
def npz_bytes(compressed):
    """Give a small npz file."""
    stream = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(stream, inputs=np.arange(12.0).reshape(4, 3), targets=np.array([0, 1, 1, 0]))
    return stream.getvalue()


def mutant(seed, index, folder):
    """Write the files of a mutant and load it; give its kind, what came of it, and what is wrong."""
    dice = random.Random(f"data {seed}:{index}")  # noqa: S311
    kind = dice.choice(KINDS)
    return kind, *{"csv": _csv, "npz": _npz, "idx": _idx, "cells": _cells}[kind](dice, folder)


def _cut(dice, data, times):
    """Flip, delete, double and overwrite bytes, near the beginning and the end more often than elsewhere."""
    data = bytearray(data)
    for _ in range(times):
        size = len(data)
        at = dice.choice([dice.randrange(size + 1), min(dice.randrange(40), size), max(size - dice.randrange(120), 0)])
        match dice.randrange(6):
            case 0 if at < size:
                data[at] ^= 1 << dice.randrange(8)
            case 1:
                data[at : at + 1] = bytes([dice.randrange(256)])
            case 2:
                del data[at : at + dice.choice([1, 2, 8, 50])]
            case 3:
                data[at:at] = data[at : at + dice.choice([1, 4, 30])]
            case 4:
                data[at : at + 4] = dice.choice(SPLICES)
            case _:
                del data[at:]
    return bytes(data)


def _table(dice, rows):
    """Give rows of text as a CSV file, some of whose cells, rows and separators are not what they should be."""
    for _ in range(dice.choice([0, 1, 1, 2, 4])):
        row = dice.choice(rows)
        match dice.randrange(6):
            case 0 | 1 if row:
                row[dice.randrange(len(row))] = dice.choice(CELLS)
            case 2 if row:
                row.pop()
            case 3:
                row.append(dice.choice(CELLS))
            case 4:
                rows.insert(dice.randrange(len(rows) + 1), list(dice.choice(rows)))
            case _:
                rows.remove(row)
                rows = rows or [[]]
    separator, newline = dice.choice([","] * 12 + [";", "\t", "|"]), dice.choice(["\n", "\n", "\n", "\r\n", "\r"])
    encoding = dice.choice(["utf-8", "utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"])
    data = newline.join(separator.join(row) for row in rows).encode(
        encoding, "replace" if encoding == "latin-1" else "surrogatepass"
    )
    return _cut(dice, data, dice.choice([0, 0, 1, 3]))


def _csv(dice, folder):
    path = folder / "mutant.csv"
    path.write_bytes(_table(dice, [["x", "y", "kind"], ["1", "2.5", "0"], ["3", "-4e-1", "1"], ["5", "6", "0"]]))
    targets = dice.choice(["kind"] * 6 + [("kind",), ("x", "kind"), "missing", "\x1b"])
    settings = {"delimiter": dice.choice(',,,,;|\t \0x"')} | ({"samples": dice.randrange(1, 6)} if dice.random() < 0.2 else {})
    return judged_samples(CsvFile(path=path, targets=targets, **settings))


def _cells(dice, folder):
    path = folder / "mutant.csv"
    path.write_bytes(_table(dice, [["network.depth", "optimizer.lr"], ["2", "0.1"], ["3", "0.2"], ["4", "0.4"]]))
    return judged_config(f"{SMALL}sweep: {{file: mutant.csv}}\n".encode(), folder)


def _npz(dice, folder):
    path = folder / "mutant.npz"
    data = npz_bytes(dice.random() < 0.3)
    if dice.random() < 0.5:
        data = _cut(dice, data, dice.choice([1, 1, 2, 5]))
    else:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", dice.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])) as archive:
            for name in dice.choice([["inputs", "targets"]] * 5 + [["inputs"], ["X", "y"], ["../inputs", "\x1b[2J"]]):
                archive.writestr(f"{name}.npy", _array(dice))
        data = _cut(dice, stream.getvalue(), dice.choice([0, 0, 0, 1]))
    path.write_bytes(data)
    return judged_samples(NpzFile(path=path))


def _array(dice):
    """Give an array's bytes; its header is as it may be."""
    shape = dice.choice(HEADERS) if dice.random() < 0.5 else "(2, 3)"
    descr = dice.choice(DESCRIPTIONS) if dice.random() < 0.5 else "'<f8'"
    keys = dice.choice(["'descr': D, 'fortran_order': False, 'shape': S"] * 6 + ["'descr': D, 'shape': S", "'shape': S, 'x': 1"])
    text = ("{" + keys.replace("D", descr).replace("S", shape) + ", }").encode("latin-1")
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    body = np.arange(6.0).tobytes()[: dice.choice([48, 48, 48, 47, 0])] + bytes(dice.choice([0, 0, 1, 100_000]))
    head = b"\x93NUMPY" + dice.choice([b"\1\0"] * 5 + [b"\2\0", b"\3\0", b"\x09\0"]) + struct.pack("<H", len(text) & 0xFFFF)
    return _cut(dice, head + text + body, dice.choice([0, 0, 0, 1]))


def _idx(dice, folder):
    images, labels = idx(np.arange(16, dtype=np.uint8).reshape(4, 2, 2), 8), idx(np.array([0, 1, 1, 0], dtype=np.uint8), 8)
    files = {}
    for name, data in (("images", images), ("labels", labels)):
        mutated = _cut(dice, data, dice.choice([0, 1, 1, 2])) if dice.random() < 0.7 else data
        if dice.random() < 0.1:
            mutated += bytes(dice.choice([1, 1_000_000]))
        if dice.random() < 0.4:
            mutated = _cut(dice, gzip.compress(mutated, 1), dice.choice([0, 0, 1, 2]))
        files[name] = folder / f"{name}.idx"
        files[name].write_bytes(mutated)
    divide_by = dice.choice([1.0, 255.0, 1e-320, 1e308])
    return judged_samples(IdxFile(inputs=files["images"], targets=files["labels"], divide_by=divide_by))
