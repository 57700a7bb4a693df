"""Loads mutated configs and data files, and tells of everything that escapes: `python -m tests.fuzz --count 1000000 --seed 0`.

Exit code 1 if anything did. A finding is told with its seed and number; `--only NUMBER` does that one again, and shows it.
"""

import argparse
import sys
import time
from collections import Counter
from multiprocessing import get_context

from tests.fuzz import configs
from tests.fuzz.blocks import block, bounded_block

BLOCK = 500  # mutants that a worker does at a time
TOLD = 20  # findings that are told in full


def main(arguments=None):
    """Do as many mutants as the options say."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("kind", nargs="?", choices=["configs", "data"], default="configs", help="what is mutated (configs)")
    parser.add_argument("--count", type=int, default=10_000, metavar="N", help="how many mutants (10,000)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the number of the first one (0)")
    parser.add_argument("--jobs", "-j", type=int, default=1, metavar="N", help="processes (1)")
    parser.add_argument("--only", type=int, metavar="N", help="do mutant N alone, and show what it is")
    asked = parser.parse_args(arguments)
    if asked.only is not None:
        return _shown(asked)
    begun, counts, findings = time.monotonic(), Counter(), []
    last = asked.first + asked.count
    tasks = [(asked.kind, asked.seed, at, min(at + BLOCK, last)) for at in range(asked.first, last, BLOCK)]
    with get_context("spawn").Pool(asked.jobs) as pool:
        for done, (counted, found) in enumerate(pool.imap_unordered(bounded_block, tasks), start=1):
            counts += counted
            for index, what, wrong in found[: max(TOLD - len(findings), 0)]:
                print(f"{what} mutant, seed {asked.seed}, number {index}: {wrong}", flush=True)
            findings += found
            if done % 20 == 0:
                print(f"{counts.total():,} of {asked.count:,}: {len(findings)} findings", file=sys.stderr, flush=True)
    seconds = time.monotonic() - begun
    for what, count in sorted(counts.items(), key=lambda item: (item[0].split()[0], -item[1])):
        print(f"{count:>10,}  {what}")
    rate = counts.total() / max(seconds, 1e-9)
    print(f"{counts.total():,} mutants in {seconds:.0f} s, {rate:.0f} a second: {len(findings)} findings")
    return 1 if findings else 0


def _shown(asked):
    if asked.kind == "configs":
        print(configs.mutant(asked.seed, asked.only))
    counts, findings = block(asked.kind, asked.seed, asked.only, asked.only + 1)
    print(*counts, *(wrong for _, _, wrong in findings), sep="\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
