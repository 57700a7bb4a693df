"""What a command does to the machine it runs on: it opens no socket, runs nothing, and writes below its output folder alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import environment

ROOT = Path(__file__).resolve().parents[2]
WATCHED = r"""
import json, os, sys, tempfile
heard, places = [], set()

def hear(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and not isinstance(arguments[2], type(None)):
        flags = arguments[2]
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND):
            heard.append([event, os.path.abspath(arguments[0])])
    elif event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        heard.append([event, repr(arguments[1:])])
    elif event in ("os.mkdir", "os.rename", "os.remove", "os.symlink", "os.link", "os.truncate", "os.rmdir", "shutil.rmtree"):
        ends = arguments[1:2] if event in ("os.symlink", "os.link", "os.rename") else arguments[:1]
        heard.extend([event, os.path.abspath(os.fsdecode(each))] for each in ends)
    elif event in ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "pty.spawn"):
        if arguments[0] != "uname":  # Python itself asks it what platform this is
            heard.append([event, repr(arguments)])

if __name__ == "__main__":  # worker processes read this file too
    import yann.cli.main
    if "plots" in sys.argv[1]:
        import yann.report.plots.sheet as sheet
        sheet._fonts()  # matplotlib keeps a list of fonts the first time it is asked
    where = sys.argv[1]
    sys.argv = ["yann", *sys.argv[2:]]
    sys.dont_write_bytecode = True
    sys.addaudithook(hear)
    try:
        yann.cli.main.run()
    finally:
        with open(os.open(where, os.O_WRONLY | os.O_CREAT), "w") as stream:
            json.dump(heard[:-1], stream)
"""
CONFIG = """\
network: {depth: 2, width: 2}
data: {samples: 3}
steps: 1
sweep: {grid: {seed: [1, 2, 3]}}
expect: {figures: {W1: {shape: [2, 2]}}}
"""
COMMANDS = {
    "sweep": ["sweep", "c.yaml", "--executor", "serial", "-o", "out"],
    "threads": ["sweep", "c.yaml", "--executor", "threads", "-j", "2", "--no-plots", "-o", "out"],
    "processes": ["sweep", "c.yaml", "--executor", "processes", "-j", "2", "--no-plots", "-o", "out"],
    "cache": ["sweep", "c.yaml", "--cache", "--no-plots", "-o", "out"],
    "train": ["train", "c.yaml", "--no-plots", "-o", "out"],
    "step": ["step", "c.yaml"],
    "check": ["check", "c.yaml"],
    "audit": ["check", "c.yaml", "--against", "finite-difference,complex-step,taylor"],
    "explain": ["explain", "c.yaml"],
    "export": ["export", "c.yaml", "--to", "numpy", "-o", "out/twin.py"],
    "pitfall": ["pitfall", "half"],
    "list": ["list"],
    "schema": ["schema"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_opens_no_socket_and_writes_below_its_output_folder(command, tmp_path):
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    for folder in (work, work / "out", temporary):
        folder.mkdir()
    (work / "c.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "watched.py").write_text(WATCHED, encoding="utf-8")
    told = tmp_path / ("plots.json" if command == "sweep" else "told.json")
    done = subprocess.run(
        [sys.executable, tmp_path / "watched.py", told, *COMMANDS[command]], cwd=work, capture_output=True, check=False,
        env=environment(PYTHONPATH=str(ROOT), TMPDIR=str(temporary), PYTHONDONTWRITEBYTECODE="1"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    heard = json.loads(told.read_text(encoding="utf-8"))
    own = [work / "out", temporary, Path("/dev/shm"), Path(os.devnull)]  # noqa: S108 - locks of worker processes
    assert [each for each in heard if not any(Path(each[1]).is_relative_to(folder) for folder in own)] == []
    assert list(temporary.iterdir()) == []
    assert {path.name for path in work.iterdir()} == {"c.yaml", "out"}
    assert bool(heard) == (command not in ("step", "check", "audit", "explain", "pitfall", "list", "schema"))


def test_what_is_done_elsewhere_would_be_heard(tmp_path):
    stray = ("import socket; socket.socket().bind(('127.0.0.1', 0))", "open('stray', 'w').close()", "os.system('true')")
    code = WATCHED.replace("        yann.cli.main.run()\n", "".join(f"        {line}\n" for line in stray))
    told = tmp_path / "told.json"
    subprocess.run([sys.executable, "-c", code, told], cwd=tmp_path, check=True, env=environment(PYTHONPATH=str(ROOT)))
    heard = [event for event, _ in json.loads(told.read_text(encoding="utf-8"))]
    assert heard == ["socket.bind", "open", "os.system"]
