"""Streams: data on standard output, everything else on standard error, on any terminal and through any pipe."""

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.test_commands import strict
from yann.cli import conduct, main, stops

posix = pytest.mark.skipif(os.name != "posix", reason="terminals and signals as POSIX has them")
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
WIDE = """\
network: {depth: 3, width: 3, activation: relu}
data: {samples: 4}
sweep: {grid: {network.init: [%s]}}
""" % ", ".join(f"{{name: normal, std: {n / 7}}}" for n in range(8, 32))  # noqa: UP031 (braces everywhere)
LONG = "network: {depth: 3, width: 3}\nreplicates: 2500\n"  # 2 MB of rows: more than any pipe holds
ENDLESS = "network: {depth: 6, width: 48}\nreplicates: 8\nsteps: 400\nevery: 100\nsweep: {grid: {seed: {range: [1, 5000]}}}\n"


def test_progress_notes_and_the_place_of_the_run_go_to_standard_error(depth):
    folder, done = depth
    run = os.path.relpath((folder / "outputs" / "depth" / "latest").resolve(), folder)
    assert run in done.err
    assert "layers.png" in done.err
    assert "outputs" not in done.out
    assert "\r" not in done.err
    assert "\x1b" not in done.err


def test_quiet_is_silent(yann, tmp_path):
    assert yann("sweep", "depth", "-q", "--no-plots", cwd=tmp_path).err == ""
    assert yann("train", "depth", "--steps", "2", "-q", "--no-plots", cwd=tmp_path).err == ""


def test_nothing_is_cut_off_in_a_pipe(yann, tmp_path):
    for form in ("table", "md"):
        done = yann("sweep", "-", "-f", form, "-q", "--no-plots", cwd=tmp_path, text=WIDE)
        assert max(map(len, done.out.splitlines())) > 300
        assert "…" not in done.out
        assert all(f"normal(std={n / 7})" in done.out.replace("\\", "") for n in (8, 9, 30, 31))


def test_columns_are_honoured_and_numbers_stay_whole(yann, tmp_path):
    for columns in (60, 100):
        done = yann("sweep", "-", "-f", "table", "-q", "--no-plots", cwd=tmp_path, text=WIDE, env={"COLUMNS": str(columns)})
        assert max(map(len, done.out.splitlines())) <= columns
        assert done.out.count("normal(std=") == 24
        assert "…" not in done.out


@pytest.mark.parametrize(
    ("options", "env", "coloured"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"NO_COLOR": "1"}, False),
        ((), {"NO_COLOR": "", "FORCE_COLOR": ""}, False),
    ],
)
def test_colour_in_a_pipe_is_only_what_was_asked_for(options, env, coloured, yann, tmp_path):
    done = yann("sweep", "depth", "-f", "table", "-q", "--no-plots", *options, cwd=tmp_path, env=env)
    assert bool(ESCAPE.search(done.out)) is coloured
    assert "54" in done.out


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "md"])
def test_what_programs_read_is_never_coloured(form, yann, tmp_path):
    done = yann("sweep", "depth", "-f", form, "-q", "--no-plots", "--color", "always", cwd=tmp_path, env={"FORCE_COLOR": "1"})
    assert "\x1b" not in done.out


def on_a_terminal(start, cwd, *arguments, env=None, columns=80):
    """Run the command on a terminal of its own and give what it showed there."""
    import fcntl  # noqa: PLC0415 (POSIX only)
    import pty  # noqa: PLC0415
    import struct  # noqa: PLC0415
    import termios  # noqa: PLC0415

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = start(*arguments, cwd=cwd, env={"TERM": "xterm-256color", **(env or {})}, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # Linux says so when the other side is closed
        while piece := os.read(ours, 65536):
            shown += piece
    os.close(ours)
    return process.wait(timeout=60), shown.decode().replace("\r\n", "\n")


@posix
def test_on_a_terminal_auto_is_a_table_that_fits_it(start, tmp_path):
    for columns in (80, 50):
        code, shown = on_a_terminal(start, tmp_path, "sweep", "depth", "-q", "--no-plots", columns=columns)
        lines = ESCAPE.sub("", shown).rstrip("\n").split("\n")
        assert code == 0
        assert "cell,replicate" not in shown
        assert "54" in shown
        assert max(map(len, lines)) <= columns


@posix
@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "TERM=dumb"])
def test_a_plain_terminal_gets_no_colour(env, start, tmp_path):
    code, shown = on_a_terminal(start, tmp_path, "sweep", "depth", "--no-plots", env=env)
    assert code == 0
    assert "54" in shown
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown)
    if env.get("TERM") == "dumb":
        assert "\x1b" not in shown


@posix
def test_step_on_a_terminal_fits_it(start, tmp_path):
    code, shown = on_a_terminal(start, tmp_path, "step", columns=70)
    assert code == 0
    assert max(map(len, ESCAPE.sub("", shown).split("\n"))) <= 70
    assert "dW1" in shown


def test_texts_that_bite_are_shown_as_they_are_and_move_no_cursor(learning, yann, tmp_path):
    config = learning[0] / "learning.yaml"
    for form in ("table", "md"):
        done = yann("sweep", config, "-f", form, "--no-plots", cwd=tmp_path)
        assert done.code == 0
        assert "\x1b" not in done.out + done.err
        assert "\x07" not in done.out + done.err
        assert "[bold]with markup[/]" in done.out.replace("\\[", "[")
    assert yann("sweep", config, "-n", cwd=tmp_path).code == 0
    assert yann("step", config, "-f", "table", cwd=tmp_path).code == 0


@pytest.mark.parametrize("value", ["[/]", "[bold]", "\\e[2J", "{x}", "%s", "\\u202E"])
def test_a_mistake_with_a_text_that_bites_is_a_sentence(value, yann, tmp_path):
    done = yann("sweep", "-", cwd=tmp_path, text=f'network: {{depth: 3, width: 3, activation: "{value}"}}\n')
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert done.err.rstrip("\n").isprintable()
    assert done.err.startswith("<stdin>:1:43: network.activation: ")
    if not value.startswith("\\"):
        assert value in done.err


def test_a_label_that_a_spreadsheet_would_run_is_defused_in_csv_and_whole_in_json(yann, tmp_path):
    for name in ("=1+1.csv", "@x.csv", "-y.csv", "+z.csv"):
        (tmp_path / name).write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    text = (
        "network: {depth: 1}\ndata: {name: csv, path: =1+1.csv, targets: y}\n"
        "sweep: {grid: {data.path: ['=1+1.csv', '@x.csv', '-y.csv', '+z.csv']}}\n"
    )
    done = yann("sweep", "-", "-q", "--no-plots", "-f", "csv", cwd=tmp_path, text=text)
    assert done.code == 0
    labels = [line.split(",")[4] for line in done.out.splitlines()[1:]]
    assert len(set(labels)) == 4
    assert not [label for label in labels if label[0] in "=+-@"]
    done = yann("sweep", "-", "-q", "--no-plots", "-f", "json", cwd=tmp_path, text=text)
    assert [each["path"] for each in strict(done.out)] == ["=1+1.csv", "@x.csv", "-y.csv", "+z.csv"]


@posix
@pytest.mark.parametrize("buffering", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_a_reader_that_goes_away_is_exit_141_without_a_word(form, buffering, start, tmp_path):
    (tmp_path / "long.yaml").write_text(LONG, encoding="utf-8")
    with start("sweep", "long.yaml", "-q", "--no-plots", "-f", form, cwd=tmp_path, env=buffering) as process:
        assert process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        assert (process.wait(timeout=60), err) == (141, b"")
    (run,) = (path for path in (tmp_path / "outputs" / "long").iterdir() if path.name != "latest")
    assert strict((run / "manifest.json").read_text(encoding="utf-8"))["status"] == "finished"


@posix
@pytest.mark.parametrize(
    "arguments", [("list",), ("schema",), ("step",), ("--help",), ("--version",), ("sweep", "--help")], ids=" ".join
)
def test_a_reader_that_was_never_there_is_exit_141_without_a_word(arguments, start, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    with start(*arguments, cwd=tmp_path, stdout=writing) as process:
        os.close(writing)
        err = process.stderr.read()
        assert (process.wait(timeout=60), err) == (141, b"")


@posix
@pytest.mark.parametrize("after", [1.2 + random.random() * 2 for _ in range(2)], ids=["once", "again"])  # noqa: S311
@pytest.mark.parametrize(
    ("sent", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (getattr(signal, "SIGHUP", 1), 129)],
    ids=["INT", "TERM", "HUP"],
)
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_that_is_stopped_leaves_no_half_file_under_its_name(jobs, sent, code, after, start, tmp_path):
    if after and jobs == 2 and sent != signal.SIGINT:
        return
    (tmp_path / "endless.yaml").write_text(ENDLESS, encoding="utf-8")
    unignored = {"preexec_fn": lambda: signal.signal(sent, signal.SIG_DFL)}  # nohup has whoever runs the tests ignore HUP
    own = {} if sent == signal.SIGINT else unignored
    executor = "serial" if jobs == 1 else "processes"
    with start("sweep", "endless.yaml", "--no-plots", "-j", jobs, "--executor", executor, cwd=tmp_path, **own) as process:
        time.sleep(after)
        process.send_signal(sent)
        try:
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()  # a run that does not stop must not hold up the tests for ever
    sys.stderr.write(f"{after} {err.decode()}\n")  # pytest shows it if the test fails
    assert process.returncode == code
    assert out == b""
    assert b"Traceback" not in err
    assert b"resource_tracker" not in err
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "endless.yaml"]
    assert not [path.name for path in left if path.name.startswith(".") or path.name.endswith(".tmp")]
    assert not [path.name for path in left if path.name in ("layers.csv", "cells.csv")]
    begun = "journal" in [path.name for path in left]  # on a busy machine it may have been stopped before
    assert begun == (b"yann resume" in err)
    for path in (path for path in left if path.name != "journal"):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":
            assert "partial" in path.name
            assert text.endswith("\n")
            assert len({line.count(",") for line in text.splitlines()}) == 1
        elif path.name == "manifest.json":
            assert strict(text)["status"] not in ("finished", "running")


@posix
def test_a_command_that_is_stopped_while_it_starts_shows_no_trace(start, tmp_path):
    for wait in (0.15, 0.3, 0.45):
        with start("sweep", "depth", cwd=tmp_path) as process:
            time.sleep(wait)
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=30)
        assert process.returncode in (143, -signal.SIGTERM, 0)
        assert b"Traceback" not in err


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_is_no_bug(closed, shell, tmp_path):
    ran = shell(f"yann list losses {closed}", tmp_path)
    assert ran.code == 0
    assert "Traceback" not in ran.err


def test_a_hang_up_that_is_to_be_ignored_is_ignored(tmp_path):
    told = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); import sys; sys.argv = ['yann', '--version']\n"
    told += "from yann.cli import main\n"
    told += "try:\n    main.run()\nfinally:\n    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN"
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")


class ExtensionFileLoader:
    """What runs while a compiled module is being loaded."""

    def exec_module(self):
        return sys._getframe()


def test_a_stop_while_compiled_code_is_being_loaded_waits_until_it_is(monkeypatch):
    frame = ExtensionFileLoader().exec_module()
    assert stops._initialises(frame)
    assert not stops._initialises(sys._getframe())
    again = []
    monkeypatch.setattr(stops, "_come_again", again.append)
    stops._stop(signal.SIGTERM, frame)
    assert again == [signal.SIGTERM]


DROPPED = """\
import signal, sys, time, weakref
class Ending:
    def __del__(self):
        if how == "finalizer":
            signal.raise_signal(signal.SIGTERM)
how, one, told = sys.argv.pop(), Ending(), []
weak = weakref.ref(one, lambda _: signal.raise_signal(signal.SIGTERM) if how == "callback" else None)
def late():
    global one
    one = None
    told.append(1)
    time.sleep(600)
from yann.cli import main
main._asked = late
main.run()
"""


@posix
@pytest.mark.parametrize("how", ["finalizer", "callback"])
def test_a_stop_that_python_drops_comes_again_and_ends_a_wait(how, tmp_path):
    script = [sys.executable, "-c", DROPPED, how]
    ran = subprocess.run(script, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60)
    assert (ran.returncode, ran.stdout, ran.stderr) == (143, "", "")


def test_what_fails_because_of_a_stop_is_a_stop_and_no_bug(monkeypatch):
    def fail():
        raise RuntimeError("Error calling __set_name__")

    monkeypatch.setattr(main, "_asked", fail)
    monkeypatch.setattr(stops, "_came", [signal.SIGTERM])
    assert main._code() == 143


def test_a_run_that_fails_because_of_a_stop_was_interrupted(inside, monkeypatch, tmp_path):
    def fail(*_):
        monkeypatch.setattr(stops, "_came", [signal.SIGTERM])
        raise RuntimeError("Error calling __set_name__")

    monkeypatch.setattr(conduct, "work", fail)
    ran = inside("sweep", "depth", "--no-plots", "--out", tmp_path)
    assert ran.code == 143
    assert strict((tmp_path / "depth" / "latest" / "manifest.json").read_text(encoding="utf-8"))["status"] == "interrupted"


@posix
def test_a_stop_that_comes_when_all_is_done_shows_no_trace(tmp_path):
    told = "import atexit, signal, sys; sys.argv = ['yann', '--version']\n"
    told += "atexit.register(signal.raise_signal, signal.SIGTERM)\nfrom yann.cli import main\nmain.run()"
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (-signal.SIGTERM, "")
    assert ran.stdout.startswith("yann ")
