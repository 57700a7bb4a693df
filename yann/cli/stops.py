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


def heed_no_more() -> None:
    """Have the system end what these signals find when all is done: no exception can leave Python while it closes down."""
    for number in STOPS:
        if signal.getsignal(number) is _stop:
            signal.signal(number, signal.SIG_DFL)


def stopped() -> int:
    """Give the signal that is to end this, 0 if none came: an error after it may be no more than its consequence."""
    return _came[0] if _came else 0


def _stop(number: int, frame: FrameType | None) -> None:
    if _is_deaf(frame):
        from threading import Timer

        again = Timer(0.02, signal.raise_signal, [number])
        again.daemon = True
        again.start()
        return
    _came.append(number)
    for each in STOPS:
        signal.signal(each, lambda again, _: os._exit(128 + again))
    sys.exit(128 + number)


def _is_deaf(frame: FrameType | None) -> bool:
    """Tell whether what runs would lose an exception, or take it for a fault of its own.

    Python prints and drops what leaves a finalizer or a callback of a weak reference, and a compiled module whose initialisation
    is cut short may abort.
    """
    while frame is not None:
        name = frame.f_code.co_name
        if name in {"__del__", "weakref_cb"}:
            return True
        if name in {"create_module", "exec_module"} and type(frame.f_locals.get("self")).__name__ == "ExtensionFileLoader":
            return True
        frame = frame.f_back
    return False
