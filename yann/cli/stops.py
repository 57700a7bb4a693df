"""Signals that ask a command to stop: in an orderly way at the first, at once at the second."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

STOPS = tuple(number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None)

_heeded: list[int] = []
_came: list[int] = []


def heed_stops() -> None:
    """Have these signals stop the command, but for those that are ignored: nohup means it."""
    _heeded.extend(number for number in STOPS if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler))
    for number in _heeded:
        signal.signal(number, _stop)
    sys.unraisablehook = _dropped


def heed_no_more() -> None:
    """Have the system end what these signals find when all is done: no exception can leave Python while it closes down."""
    for number in _heeded:
        signal.signal(number, signal.SIG_DFL)


def stopped() -> int:
    """Give the signal that is to end this, 0 if none came: an error after it may be no more than its consequence."""
    return _came[0] if _came else 0


def _stop(number: int, frame: FrameType | None) -> None:
    if _initialises(frame):
        _come_again(number)
        return
    _came.append(number)
    for each in _heeded:
        signal.signal(each, lambda again, _: os._exit(128 + again))
    sys.exit(128 + number)


def _dropped(told: sys.UnraisableHookArgs) -> None:
    """Have a stop come again that Python drops, as it does with whatever leaves a finalizer or a callback of a weak reference."""
    if not (_came and isinstance(told.exc_value, SystemExit)):
        sys.__unraisablehook__(told)
        return
    for each in _heeded:
        signal.signal(each, _stop)
    _come_again(_came.pop())


def _come_again(number: int) -> None:
    """Send a signal to the main thread a little later, where it also ends a wait."""
    from threading import Timer, main_thread

    def send() -> None:
        if hasattr(signal, "pthread_kill") and (main := main_thread().ident) is not None:
            signal.pthread_kill(main, number)
        else:
            signal.raise_signal(number)

    timer = Timer(0.02, send)
    timer.daemon = True
    timer.start()


def _initialises(frame: FrameType | None) -> bool:
    """Tell whether a compiled module is being initialised, which takes an exception for a fault of its own, and may abort."""
    while frame is not None:
        if frame.f_code.co_name in {"create_module", "exec_module"}:
            loader = frame.f_locals.get("self")
            if type(loader).__name__ == "ExtensionFileLoader":
                return True
        frame = frame.f_back
    return False
