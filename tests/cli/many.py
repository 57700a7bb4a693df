"""Runs many commands in a moment: a process that has imported yann forks for each of them, which has streams of its own.

python many.py COMMANDS.json    runs them where it is, and writes 0.out, 0.err, 1.out, … and codes.json
"""

import json
import os
import sys
from pathlib import Path

from yann.cli import main
from yann.cli.surroundings import insist_on_utf8


def fork(arguments, place):
    """Run a command in a process of its own, and give its exit code."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 99
    try:
        for number, name in ((1, f"{place}.out"), (2, f"{place}.err")):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        sys.argv = ["yann", *arguments]
        main.run()
    except SystemExit as end:
        code = end.code or 0
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def expanded(arguments):
    """Give arguments as a shell would that expands what has a star."""
    return [path for each in arguments for path in (sorted(map(str, Path().glob(each))) if "*" in each else [each])]


if __name__ == "__main__":
    insist_on_utf8()
    import yann.config.load
    import yann.report.plots
    import yann.report.steps  # noqa: F401 - so that each command begins with what is heavy

    commands = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    codes = [fork(expanded(arguments), place) for place, arguments in enumerate(commands)]
    Path("codes.json").write_text(json.dumps(codes), encoding="utf-8")
