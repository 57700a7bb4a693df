"""The benchmarks run, say what is missing, and refuse a peer that does other work; what they measure is asserted nowhere."""

import json
import math

import numpy as np
import pytest

from benchmarks import machine, run, study, vanishing
from benchmarks.bench import race
from benchmarks.growth import exponent


@pytest.fixture
def _tiny(monkeypatch):
    monkeypatch.setattr(vanishing, "DEPTH", 5)
    for module in (machine, study):
        monkeypatch.setattr(module, "FRAMEWORKS", ("no_such_framework",))
    monkeypatch.setitem(run.ROWS, "c", ("tiny", lambda turns: study.rows("c", study.Study(3, 2, 4, 8), turns)))


@pytest.mark.usefixtures("_tiny")
def test_rows_are_printed_and_written_with_the_machine_and_what_it_lacks(tmp_path, capsys):
    run.main(["c", "v", "--turns", "1", "--json", str(tmp_path / "found.json")])
    printed = capsys.readouterr().out
    assert "not installed, so left out: no_such_framework" in printed
    assert "bare matrix products" in printed
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert found["machine"]["absent"] == ["no_such_framework"]
    assert [row["name"] for row in found["rows"]] == ["c", "c", "v", "v"]
    assert all(len(seconds) == 1 for row in found["rows"] for seconds in row["timed"].values())


def test_the_help_names_every_row(capsys):
    with pytest.raises(SystemExit):
        run.main(["--help"])
    printed = capsys.readouterr().out
    assert all(f"\n  {name:4} {what}" in printed for name, (what, _) in run.ROWS.items())


@pytest.mark.usefixtures("_tiny")
def test_a_peer_that_finds_other_numbers_is_refused():
    contestants, _ = study.contestants(study.Study(3, 2, 4, 8), 1)
    wrong = [np.ones((2, 3))] * len(study.MEASURE)
    with pytest.raises(AssertionError, match="another: dW_norm"):
        race({"yann": contestants["yann"], "another": lambda: wrong}, 1, lambda *found: study.same(1e-9, *found))


def test_an_exponent_is_of_what_is_above_the_floor():
    assert math.isclose(exponent([(size, 0.5 + size**1.5) for size in (1, 2, 4, 8)], 0.5, 0.1), 1.5)
    assert exponent([(size, 0.5) for size in (1, 2, 4, 8)], 0.5, 0.1) is None
