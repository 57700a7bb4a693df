"""What becomes of the memory of an array that is no longer needed."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

import numpy as np

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""mallopt's numbers for them, from malloc.h of the GNU C library."""
KEPT = 256 << 20
"""Bytes that stay with the process when nobody needs them."""
BLOCK = 32 << 20
"""Bytes of an array for which NumPy asks for large pages, and which fits into what is kept."""
PAGE = 2 << 20


@cache
def keep_freed_memory() -> None:
    """Have the C library keep the memory of an array for the next one, where it is GNU's.

    It would give it back to the system each time, which has to clear every page of it before it is used again. That was half
    the time of 60 replicates of 10 layers of width 64 (0.12 s became 0.06 s), and a quarter of that of 128,000 samples.
    """
    import ctypes  # noqa: PLC0415 - some milliseconds, which `yann --help` need not spend

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):  # another C library
        return
    mallopt(M_MMAP_MAX, 0)  # a threshold could not be above 32 MiB, and layers can
    mallopt(M_TRIM_THRESHOLD, KEPT)
    _ask_for_huge_pages()


def _ask_for_huge_pages() -> None:
    """Have the arrays to come lie in pages of 2 MiB, where the system gives such: they are found 5 to 10 % sooner.

    NumPy asks for them for every large array; the addresses of arrays that were never written to, and are given back here,
    stay with the process as kept memory, and take no room before they are used.
    """
    with suppress(MemoryError):
        [np.empty(BLOCK - PAGE, dtype=np.uint8) for _ in range(KEPT // BLOCK // 2)]
