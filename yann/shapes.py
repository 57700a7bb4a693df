"""Array types whose annotations carry shapes: one letter an axis, counted from the back.

R replicates, N samples, m units in, n units out, k outputs; `*R` is any number of leading replicate axes.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

# jaxtyping is a tool of the tests: whoever imports it first gets checked shapes, everyone else pays nothing for it
if TYPE_CHECKING or "jaxtyping" in sys.modules:
    from jaxtyping import Float
else:

    class _Unchecked:
        def __class_getitem__(cls, shape: object) -> object:
            return Array

    Float = _Unchecked

__all__ = ["Array", "Float"]
