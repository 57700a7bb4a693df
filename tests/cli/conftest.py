"""The command as a process of its own, in pipes, and the runs that several tests look at."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from yann.cli import main

BIN = Path(sys.executable).parent
YANN = [str(BIN / "yann")] if (BIN / "yann").exists() else [sys.executable, "-m", "yann"]
FELT = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM", "CLICOLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "PYTHONUTF8",
        "PYTHONUNBUFFERED")  # fmt: skip


def environment(**more):
    """Give an environment in which nothing of whoever runs the tests is felt."""
    plain = {name: value for name, value in os.environ.items() if name not in FELT}
    return {**plain, "PATH": f"{BIN}{os.pathsep}{plain.get('PATH', '')}", "LC_ALL": "C.UTF-8", **more}


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def start():
    """Give a function that starts the command and does not wait for it."""

    def begin(*arguments, cwd, env=None, **streams):
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        return subprocess.Popen([*YANN, *map(str, arguments)], cwd=cwd, env=environment(**(env or {})), **pipes)

    return begin


@pytest.fixture(scope="session")
def yann(start):
    """Give a function that runs the command to its end."""

    def run(*arguments, cwd, text=None, env=None):
        with start(*arguments, cwd=cwd, env=env, stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL) as process:
            out, err = process.communicate(None if text is None else text.encode(), timeout=100)
        return Done(process.returncode, out.decode(), err.decode())

    return run


@pytest.fixture
def inside(monkeypatch, capsys):
    """Give a function that runs the command in this process, where a warning of NumPy is an error."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["yann", *map(str, arguments)])
        try:
            code = main._code()
        except SystemExit as left:
            code = left.code
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def shell():
    """Give a function that runs a line as a shell would."""
    sh = shutil.which("bash") or shutil.which("sh")

    def run(line, cwd):
        with subprocess.Popen(
            [sh, "-c", line], cwd=cwd, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            out, err = process.communicate(timeout=100)
        return Done(process.returncode, out.decode(), err.decode())

    return run


@pytest.fixture(scope="session")
def depth(yann, tmp_path_factory):
    """Give the folder and the output of `yann sweep depth -f csv`, plots and all."""
    folder = tmp_path_factory.mktemp("depth")
    return folder, yann("sweep", "depth", "-f", "csv", cwd=folder)


LEARNING = """\
name: learning
title: "A title: [bold]with markup[/] and \\e[31ma colour\\e]0;gone\\a"
seed: 3
replicates: 2
network: {inputs: 2, depth: 3, width: 3, bias: true}
data: {inputs: normal, targets: bits, samples: 6}
loss: bce_with_logits
optimizer: {name: sgd, lr: 0.5}
steps: 2
sweep:
  grid:
    network.init: [xavier_normal, {name: normal, std: 1e160}]
    network.activation: [tanh, relu]
"""


@pytest.fixture(scope="session")
def learning(yann, tmp_path_factory):
    """Give the folder and the output of a sweep with steps, replicates, an accuracy, and cells that overflow."""
    folder = tmp_path_factory.mktemp("learning")
    (folder / "learning.yaml").write_text(LEARNING, encoding="utf-8")
    return folder, yann("sweep", "learning.yaml", "-f", "csv", "--no-plots", cwd=folder)


def newest(folder, name, out="outputs"):
    """Give the folder of the newest run."""
    latest = folder / out / name / "latest"
    return latest.parent / latest.read_text(encoding="utf-8").strip() if latest.is_file() else latest.resolve()
