"""A little of what `python -m tests.fuzz` does at length: mutated configs and data files, and that a leak would be told."""

import time

import pytest

from tests.fuzz import blocks, configs, judging
from tests.fuzz.__main__ import main
from yann.errors import ConfigError, Problem, UsageError
from yann.parts.datasets import NpzFile

CONFIGS, FILES = 1200, 500


def test_no_mutated_config_escapes_as_anything_but_yanns_own_error():
    counts, findings = blocks.block("configs", 0, 0, CONFIGS)
    assert findings == []
    assert counts["config accepted"] > CONFIGS / 50  # or the mutants would be too wild to get anywhere
    assert counts["config ConfigError"] > CONFIGS / 2


def test_no_mutated_data_file_escapes_as_anything_but_yanns_own_error():
    counts, findings = blocks.block("data", 0, 0, FILES)
    assert findings == []
    assert {what.split()[0] for what in counts} == {"csv", "npz", "idx", "cells"}
    assert all(counts[f"{kind} accepted"] and counts[f"{kind} DataError"] for kind in ("csv", "npz", "idx"))
    assert counts["cells accepted"]


def test_a_mutant_is_the_same_whenever_and_in_whatever_order_it_is_made():
    assert [configs.mutant(1, index) for index in range(50)] == [configs.mutant(1, index) for index in range(49, -1, -1)][::-1]
    assert configs.mutant(1, 0) != configs.mutant(2, 0)


def leak(error):
    """Give a loader that ends in an error."""

    def load(*_):
        raise error

    return load


LEAKS = {
    "an error of Python's": KeyError("thanh"),
    "an error that the system never made": OSError("disk"),
    "a control character": UsageError("\x1b[2J"),
    "words from the inside": ConfigError([Problem("c.yaml:1:1", "", "<class 'int'> is no number")]),
    "a place that is not there": ConfigError([Problem("c.yaml:900000:1", "seed", "is wrong")]),
}


@pytest.mark.parametrize("error", LEAKS.values(), ids=LEAKS)
def test_a_leak_is_told_with_its_number_and_fails(error, monkeypatch):
    monkeypatch.setattr(judging.load, "load", leak(error))
    _, findings = blocks.block("configs", 0, 7, 8)
    assert [index for index, _, _ in findings] == [7]
    assert main(["--only", "7"]) == 1


def test_a_load_that_takes_too_long_is_told(monkeypatch):
    monkeypatch.setattr(judging, "SLOW", -1.0)
    assert [wrong[:4] for _, _, wrong in blocks.block("configs", 0, 7, 8)[1]] == ["took"]


def test_a_load_without_an_end_is_given_up(monkeypatch):
    monkeypatch.setattr(judging, "STUCK", 1)
    monkeypatch.setattr(judging.load, "load", lambda _: time.sleep(60))
    assert "Stuck" in blocks.block("configs", 0, 7, 8)[1][0][2]


def test_a_leak_of_a_data_file_is_told(monkeypatch):
    monkeypatch.setattr(NpzFile, "read", leak(ZeroDivisionError()))
    assert any("ZeroDivisionError" in wrong for _, _, wrong in blocks.block("data", 0, 0, 20)[1])
