"""Signals that ask a command to stop: in an orderly way at the first, at once at the second."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

STOPS = tuple(number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None)

_came: list[int] = []


def heed_stops() -> None:
    """Have these signals stop the command, but for those that are ignored: nohup means it."""
    for number in STOPS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _stop)


def stopped() -> int:
    """Give the signal that is to end this, 0 if none came: an error after it may be no more than its consequence."""
    return _came[0] if _came else 0


def _stop(number: int, frame: FrameType | None) -> None:
    if _initialises(frame):
        from threading import Timer

        again = Timer(0.02, signal.raise_signal, [number])
        again.daemon = True
        again.start()
        return
    _came.append(number)
    for each in STOPS:
        signal.signal(each, lambda again, _: os._exit(128 + again))
    sys.exit(128 + number)


def _initialises(frame: FrameType | None) -> bool:
    """Tell whether a compiled module is being initialised, which takes an exception for a fault, and may abort."""
    while frame is not None:
        if frame.f_code.co_name in {"create_module", "exec_module"}:
            loader = frame.f_locals.get("self")
            if type(loader).__name__ == "ExtensionFileLoader":
                return True
        frame = frame.f_back
    return False
