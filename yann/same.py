"""Values that are equal and kept many times, as one object."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


@lru_cache(maxsize=1024)
def same(value: T) -> T:
    """Give one and the same object for values that are equal: there may be 100,000 cells that keep one."""
    return value
