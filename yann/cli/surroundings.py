"""What the machine that yann is started on has to say: its encoding, and how many threads a matrix product takes."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def settle_libraries() -> None:
    """Have a matrix product made by one thread, and have pydantic look for no plugins.

    Sums of a threaded product depend on the number of threads; cells run side by side instead (--jobs). The search for plugins
    reads what every installed package says of itself, a tenth of the time in which `yann step` has done its work.
    """
    os.environ.update(dict.fromkeys(THREADS, "1"))
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def insist_on_utf8() -> None:
    """Begin again in Python's UTF-8 mode, as Python 3.15 does unasked, where a locale has names in another encoding.

    A config is UTF-8 wherever it is read, and so are the names of files in it. What is printed stays in the locale's encoding.
    """
    if sys.getfilesystemencoding() == "utf-8" or os.environ.get("PYTHONUTF8") == "1" or os.name != "posix":
        return
    console = next((stream.encoding for stream in (sys.stdout, sys.stderr) if stream is not None), "utf-8")
    os.environ.update({"PYTHONUTF8": "1", "PYTHONIOENCODING": os.environ.get("PYTHONIOENCODING") or console})
    with suppress(OSError):  # then it has to do as it is
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - it is this very command again
