"""Interrupts runs many times in every way there is, and prints how often something was lost: `python -m tests.endurance`.

The tests do a little of this; this does all of it, in about an hour on two cores.
"""

import argparse
import os
import random
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.interruptions import (
    CONFIG,
    begin,
    filled,
    hashes,
    interrupt,
    starts,
    the_run,
    wrong_after,
    wrong_after_filled,
    wrong_in,
)

MANY = "network: {depth: 3, width: 3}\ndata: {samples: 4}\nmeasure: [dW_rms]\nsweep: {grid: {seed: {range: [1, %d]}}}\n"
REPLICATES = "network: {depth: 10, width: 16}\nreplicates: 10000\n"


def main():
    """Do everything as often as the options say."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, count in (("kills", 100), ("signals", 20), ("starts", 50), ("sizes", 50), ("cells", 100_000), ("together", 2)):
        parser.add_argument(f"--{name}", type=int, default=count, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    moments = random.Random(asked.seed)  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="endurance-") as name:
        home = Path(name)
        config = home / "long.yaml"
        config.write_text(CONFIG, encoding="utf-8")
        undisturbed, lasts, longest = _undisturbed(home, config)
        print(f"an undisturbed run takes {lasts:.1f} s; its longest file has {longest:,} bytes", flush=True)
        _interruptions(home, config, undisturbed, lasts, moments, asked)
        sizes = [moments.randrange(longest) for _ in range(asked.sizes)]
        full = [wrong_after_filled(*filled(_empty(home, f"full-{i}"), config, size), undisturbed) for i, size in enumerate(sizes)]
        _tell(f"disk full at {asked.sizes} sizes", filter(None, full))
        told = starts(_empty(home, "starts"), config, asked.starts)
        _tell(f"{asked.starts} starts at the same moment", filter(None, [told]))
        for title, text in ((f"{asked.cells:,} cells", MANY % asked.cells), ("10,000 replicates", REPLICATES)):
            if asked.cells:
                _memory(home, title, text)


def _undisturbed(home, config):
    begun = time.monotonic()
    with begin(
        "sweep", config, "-q", "--no-plots", "--executor", "processes", "-j", 2, "-o", home / "whole", cwd=home
    ) as process:
        assert process.wait() == 0
    lasts = time.monotonic() - begun
    run = the_run(home / "whole")
    found = hashes(run)
    assert wrong_in(run, found) == ""
    return found, lasts, max(path.stat().st_size for path in run.iterdir())


def _empty(home, name):
    folder = home / name
    folder.mkdir()
    return folder


def _interruptions(home, config, undisturbed, lasts, moments, asked):
    """Send every signal to everybody, at random moments of a run that lasts so many seconds."""
    for sent, whom, times in (
        ("SIGKILL", "parent", asked.kills), ("SIGKILL", "worker", asked.kills), ("SIGKILL", "group", asked.kills),
        ("SIGINT", "parent", asked.signals), ("SIGTERM", "parent", asked.signals), ("SIGHUP", "parent", asked.signals),
    ):  # fmt: skip
        folders = [(_empty(home, f"{sent}-{whom}-{number}"), moments.uniform(0.05, 1.2 * lasts)) for number in range(times)]

        def one(job, sent=sent, whom=whom):
            folder, after = job
            cut = interrupt(folder, config, sent, whom, after)
            return cut, wrong_after(cut, sent, whom, undisturbed)

        with ThreadPoolExecutor(asked.together) as pool:
            done = list(pool.map(one, folders))
        hits = [cut for cut, _ in done if cut.hit]
        slowest = f", the slowest end {max(cut.took for cut in hits):.2f} s after it" if sent != "SIGKILL" and hits else ""
        what = f"{sent} to the {whom} at {times} random moments, {len(hits)} before the end{slowest}"
        _tell(what, [told for _, told in done if told])


def _memory(home, title, text):
    folder = _empty(home, title.replace(",", "").replace(" ", "-"))
    (folder / "many.yaml").write_text(text, encoding="utf-8")
    begun = time.monotonic()
    process = begin("sweep", "many.yaml", "-q", "-o", folder, "-j", 1, cwd=folder)
    _, status, used = os.wait4(process.pid, 0)
    process.stderr.close()
    took = time.monotonic() - begun
    print(
        f"{title}: exit code {os.waitstatus_to_exitcode(status)}, {used.ru_maxrss / 1024:,.0f} MiB at most, {took:,.0f} s",
        flush=True,
    )


def _tell(what, wrong):
    wrong = list(wrong)
    print(f"{what}: {len(wrong)} wrong", flush=True)
    for told in wrong[:5]:
        print(f"  {told}", flush=True)


if __name__ == "__main__":
    main()
