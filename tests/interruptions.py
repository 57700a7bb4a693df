"""Runs that are cut short in every way there is, and what must be left of them; the tests and `tests.endurance` use it."""

import hashlib
import os
import random
import resource
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.cli.conftest import YANN, environment

CONFIG = """\
name: long
network: {width: 3}
replicates: 3
sweep:
  grid:
    network.depth: {range: [1, 6]}
    network.init: [xavier_normal, {name: normal, std: 0.05}, orthogonal]
    network.activation: [tanh, relu, sigmoid, gelu]
    seed: {range: [0, 29]}
"""
CELLS = 6 * 3 * 4 * 30
FILES = ("layers.csv", "cells.csv", "config.yaml", "resolved.yaml")
WHOLE = [*FILES, "manifest.json"]
CODES = {"SIGKILL": -9, "SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}


def begin(*arguments, cwd, **more):
    """Start yann in a group of its own, deaf to nothing, and do not wait for it."""
    unignored = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL)}  # nohup has whoever runs the tests ignore it
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [*YANN, *map(str, arguments)], cwd=cwd, env=environment(), start_new_session=True, **{**unignored, **streams, **more}
    )


def hashes(run):
    """Give the hash of each file that a config decides."""
    return {name: hashlib.sha256((run / name).read_bytes()).hexdigest() for name in FILES}


def the_run(folder, name="long"):
    """Give the one run of a folder, None if there is none yet."""
    runs = list(folder.glob(f"{name}/2*"))
    assert len(runs) <= 1
    return runs[0] if runs else None


def wrong_in(run, undisturbed):
    """Give what is unlike an undisturbed run, or is left over in its folder; nothing, if all is well."""
    found = sorted(path.name for path in run.iterdir())
    if found != sorted(WHOLE):
        return f"the run holds {found}"
    if hashes(run) != undisturbed:
        return "its bytes are others"
    if stray := [path.name for path in run.parent.glob(".*")]:
        return f"left over: {stray}"
    status = '"status": "finished"' in (run / "manifest.json").read_text(encoding="utf-8")
    return "" if status else "its manifest does not say that it is finished"


def children(pid):
    """Give the processes that one has started, those that do the work."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = path.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            if int(told[1]) == pid and b"spawn_main" in path.with_name("cmdline").read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


@dataclass(frozen=True)
class Interrupted:
    """A run that was cut short at some moment."""

    run: Path | None
    code: int
    err: str
    took: float
    """Seconds from the signal to the end."""
    hit: bool
    """Whether there was still something to cut short."""


def interrupt(folder, config, sent, whom, after, executor="processes"):
    """Begin a run into `folder`, and `after` so many seconds send a signal to the parent, a worker or the whole group."""
    with begin("sweep", config, "--no-plots", "-o", folder, "--executor", executor, "-j", 2, cwd=config.parent) as process:
        time.sleep(after)
        hit = process.poll() is None
        sent_at = time.monotonic()
        target = process.pid
        if whom == "worker":
            workers = children(process.pid)
            hit = hit and bool(workers)
            target = random.choice(workers) if workers else None  # noqa: S311
        if hit:
            try:
                (os.killpg if whom == "group" else os.kill)(target, getattr(signal, sent))
            except ProcessLookupError:
                hit = False
        _, err = process.communicate(timeout=120)
    return Interrupted(the_run(folder), process.returncode, err.decode(), time.monotonic() - sent_at, hit)


def resumed(run, *options):
    """Go on with a run, and give code and errors; a worker that has outlived its parent by a moment may still hold it."""
    for _ in range(40):
        with begin("resume", run, "-q", *options, cwd=run.parent) as process:
            _, err = process.communicate(timeout=120)
        if b"another process" not in err:
            break
        time.sleep(0.1)
    return process.returncode, err.decode()


def wrong_after(cut, sent, whom, undisturbed):
    """Go on with a run that was cut short; give what is wrong with it then, nothing if all is well."""
    expected = {0} if whom == "worker" or not cut.hit else {CODES[sent], 0}  # it may have been done before
    if cut.run is None and cut.code == -getattr(signal, sent) and not cut.err:
        return ""  # it had not even been loaded
    if cut.code == -getattr(signal, sent) and sent != "SIGKILL" and not (cut.run / "journal").exists():
        return wrong_in(cut.run, undisturbed)  # all was done, and Python was closing down; a shell says 128 + n for this, too
    if cut.code not in expected:
        return f"exit code {cut.code}: {cut.err}"
    if "Traceback" in cut.err:
        return cut.err
    begun = cut.run is not None and ((cut.run / "journal").exists() or (cut.run / "layers.csv").exists())
    if not begun:
        return ""  # it was stopped before the head of its journal was written: nothing had been acknowledged
    if cut.code > 0 and (cut.run / "journal").exists() and f"yann resume {cut.run}" not in cut.err:
        return f"it does not say how to go on: {cut.err}"
    if cut.code:
        code, err = resumed(cut.run)
        if (code, err) != (0, ""):
            return f"resume: exit code {code}: {err}"
    return wrong_in(cut.run, undisturbed)


def filled(folder, config, size):
    """Run on a disk on which no file can be longer than `size` bytes; give code, errors, and the run if there is one."""

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    with begin("sweep", config, "-q", "--no-plots", "-o", folder, "-j", 1, cwd=config.parent, preexec_fn=limited) as process:
        _, err = process.communicate(timeout=120)
    return process.returncode, err.decode(), the_run(folder)


def wrong_after_filled(code, err, run, undisturbed):
    """Give what is wrong with a run whose disk was full once it is gone on with on another; nothing if all is well."""
    if code == 0:
        return wrong_in(run, undisturbed)
    if code != 74 or "Traceback" in err or len(err.splitlines()) > 2:  # what is wrong, and how to go on
        return f"exit code {code}: {err}"
    if run is None:
        return ""
    if (run / "layers.csv").exists():
        return "layers.csv is there though it cannot be whole"
    if not (run / "journal").exists():
        return ""
    code, err = resumed(run)
    return f"resume: exit code {code}: {err}" if (code, err) != (0, "") else wrong_in(run, undisturbed)


def starts(folder, config, count):
    """Start so many runs into one name at the same moment; give what is wrong, nothing if each has a folder of its own."""
    processes = [begin("sweep", config, "-q", "--no-plots", "-j", 1, "-o", folder, cwd=config.parent) for _ in range(count)]
    codes = [process.wait(timeout=300) for process in processes]
    for process in processes:
        process.stderr.close()
    runs = [path for path in (folder / config.stem).iterdir() if path.name != "latest"]
    if any(codes) or len(runs) != count:
        return f"exit codes {codes}, {len(runs)} folders"
    if len({(run / "layers.csv").read_bytes() for run in runs}) != 1:
        return "their bytes differ"
    return "left over files" if list((folder / config.stem).glob(".*")) else ""
