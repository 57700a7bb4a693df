"""What becomes of the memory of an array that is no longer needed."""

from __future__ import annotations

from functools import cache

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""mallopt's numbers for them, from malloc.h of the GNU C library."""
KEPT = 256 << 20
LARGEST = 32 << 20


@cache
def keep_freed_memory() -> None:
    """Have the C library keep the memory of an array for the next one, where it is GNU's.

    It would give it back to the system each time, which has to clear every page of it before it is used again: half the time
    of a study of small networks (0.12 s became 0.06 s for 60 replicates of 10 layers of width 64).
    """
    import ctypes  # noqa: PLC0415 - some milliseconds, which `yann --help` need not spend

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):  # another C library
        return
    mallopt(M_MMAP_THRESHOLD, LARGEST)
    mallopt(M_TRIM_THRESHOLD, KEPT)
