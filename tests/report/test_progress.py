"""Progress: cells, rate, time left and failures, in plain lines where there is no terminal, in a bar where there is one."""

import os
import pty
import re
import sys

import pytest

from tests.interruptions import begin
from yann.report import progress as module
from yann.report.progress import progress


@pytest.fixture
def clock(monkeypatch):
    """Give a clock that goes only when told to."""

    class Clock:
        now = 100.0

    monkeypatch.setattr(module.time, "monotonic", lambda: Clock.now)
    return Clock


def test_a_plain_line_every_ten_seconds_says_what_is_done_how_fast_and_what_failed(clock, capsys):
    with progress("sweep", 640, 6400, 40, quiet=False) as meter:
        meter.at(40, 0)
        meter.tick(100)
        clock.now += 9.0
        meter.at(90, 0)
        clock.now += 1.0
        meter.tick(1500)
        meter.at(240, 3)
        clock.now += 10.0
        meter.at(340, 4)
    err = capsys.readouterr().err.splitlines()
    assert err == [
        "sweep: 90 of 640 cells, 5.0 cells a second, about 30 s left",
        "sweep: 340 of 640 cells, 4 failed, 15 cells a second, about 60 s left",
    ]


def test_before_the_first_cell_is_done_steps_tell_the_rate(clock, capsys):
    with progress("train", 1, 1000, 0, quiet=False) as meter:
        clock.now += 20.0
        meter.tick(100)
    assert capsys.readouterr().err == "train: 0 of 1 cells, 5.0 steps a second, about 180 s left\n"


def test_quiet_is_quiet(clock, capsys):
    with progress("sweep", 10, 10, 0, quiet=True) as meter:
        clock.now += 100.0
        meter.tick(5)
        meter.at(5, 1)
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(os.name != "posix", reason="a terminal is made as POSIX does")
def test_a_terminal_shows_a_bar_that_goes_when_all_is_done(tmp_path):
    (tmp_path / "c.yaml").write_text(
        "network: {depth: 30, width: 64}\nsweep: {grid: {seed: {range: [1, 60]}}}\n", encoding="utf-8"
    )
    ours, theirs = pty.openpty()
    with begin("sweep", "c.yaml", "--no-plots", "--executor", "serial", "-o", tmp_path, cwd=tmp_path, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                shown += os.read(ours, 65536)
            except OSError:  # its end
                break
        assert process.wait() == 0
    os.close(ours)
    text = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", shown).decode()
    found = [int(number) for number in re.findall(r"(\d+) of 60 cells, [0-9,.]+ (?:cells|steps) a second", text)]
    assert found == sorted(found)
    assert any(0 < number < 60 for number in found), text
    assert sys.platform == "win32" or text.rstrip().splitlines()[-1].startswith(str(tmp_path))
