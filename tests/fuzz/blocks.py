"""Mutants in a row, in a folder of their own."""

import resource
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests.config.texts import write_data
from tests.fuzz import configs, data
from tests.fuzz.judging import judged_config, small_machine

MEMORY = 4 << 30  # bytes of address space of a worker


def one(kind, seed, index, folder):
    """Do one mutant: what it is, what came of it, and what is wrong."""
    if kind == "data":
        return data.mutant(seed, index, folder)
    return "config", *judged_config(configs.mutant(seed, index), folder)


def block(kind, seed, first, last):
    """Do some mutants in a folder of their own; count what came of them, and list what is wrong."""
    counts, findings = Counter(), []
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name, small_machine():
        folder = Path(name)
        write_data(folder)
        for index in range(first, last):
            what, outcome, wrong = one(kind, seed, index, folder)
            counts[f"{what} {outcome}"] += 1
            if wrong:
                findings.append((index, what, wrong))
    return counts, findings


def bounded_block(task):
    """Do a block in a process that cannot eat the machine."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    return block(*task)
