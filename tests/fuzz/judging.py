"""What may come of a mutant, and what may not: anything but yann's own error, an error nobody can read, or no end."""

import signal
import time
import traceback
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from yann.config import load, resolver, spaced
from yann.config.expect import expectations
from yann.config.options import Given
from yann.errors import ConfigError, DataError, YannError

SLOW = 3.0  # seconds of the processor that one load may take
STUCK = 30  # seconds after which a load is given up
LONGEST = 2000  # letters of a sentence
TELLTALE = ("Traceback", "pydantic", "object at 0x", "(made)", "(one)", "(vectors)", "<class")
"""Words from the inside of the program."""


class Stuck(BaseException):
    """A load has no end."""


@contextmanager
def small_machine():
    """Have every machine be the same one, which refuses what would take long to list."""
    with (
        mock.patch.object(resolver, "available_memory", return_value=1 << 24),
        mock.patch.object(load, "MAX_CELLS", 300),
        mock.patch.object(spaced, "MAX_VALUES", 300),
    ):
        yield


def _give_up(*_):
    raise Stuck


def judged(job):
    """Do a job; give what came of it, and what is wrong with that or an empty text."""
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(STUCK)
    begun = time.process_time()
    try:
        outcome, wrong = job(), ""
    except YannError as error:
        outcome, wrong = type(error).__name__, unreadable(error)
    except OSError as error:
        outcome = "OSError"
        wrong = "" if error.errno else traceback.format_exc()
    except (Exception, Stuck):  # noqa: BLE001 - the net that this is all about
        outcome, wrong = "escaped", traceback.format_exc()
    finally:
        signal.alarm(0)
    took = time.process_time() - begun
    return outcome, wrong or (f"took {took:.1f} s" if took > SLOW else "")


def unreadable(error):
    """Say what is wrong with the words of an error, if anything is."""
    lines = str(error).split("\n")
    for line in lines:
        if not line.isprintable():
            return f"does not print: {line!r}"
        if len(line) > LONGEST:
            return f"{len(line)} letters: {line[:200]!r}"
        if told := [word for word in TELLTALE if word in line]:
            return f"speaks of {told}: {line!r}"
    return "" if all(lines) else "says nothing"


def judged_config(data, folder):
    """Load a config: one that can be read again as it was understood, or problems in it or in the file that it names."""

    def job():
        try:
            plan = load.load(Given(data, "c.yaml", Path(folder), "c"))
            expectations(plan)
            again = load.load(Given(plan.resolved.encode(), "again.yaml", Path(folder), "again"))
            if again.resolved != plan.resolved:
                raise AssertionError(f"read again, this is another config:\n{plan.resolved}\n{again.resolved}")
        except ConfigError as error:
            astray = [problem for problem in error.problems if not _placed(problem.where, data)]
            if astray:
                raise AssertionError(f"no place in the config: {astray[0]}") from error
            raise
        return "accepted"

    return judged(job)


def _placed(where, data):
    source, *place = where.split(":")
    if source != "c.yaml":
        return source.endswith((".csv", "zero", "stdin"))
    line, column = map(int, place) if place else (1, 1)
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
    return 1 <= line <= lines and column >= 1


def judged_samples(dataset):
    """Load a dataset: finite samples, or an error that names one of its files."""

    def job():
        try:
            samples = dataset.load()
        except DataError as error:
            if not any(str(path) in str(error) for path in dataset.files().values()):
                raise AssertionError(f"names no file: {error}") from error
            raise
        if len(samples.inputs) != len(samples.targets) or samples.inputs.ndim != 2:
            raise AssertionError(f"shapes {samples.inputs.shape}, {samples.targets.shape}")
        return "accepted"

    return judged(job)
