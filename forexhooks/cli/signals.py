"""Signals that end a command."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# Not every system has all of them.
_NAMES = ("SIGTERM", "SIGHUP", "SIGQUIT")
_SIGNALS = [each for each in signal.Signals if each.name in _NAMES]


@contextmanager
def signals_take_back() -> Iterator[None]:
    """Within it, SIGTERM, SIGHUP and SIGQUIT end the program with a clean-up, like Ctrl-C.

    The exit code is 128 plus the signal's number. A signal that is ignored, as under nohup, stays
    ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[signal.Signals, Any] = {each: signal.getsignal(each) for each in _SIGNALS}
    ours = [each for each in _SIGNALS if before[each] is not signal.SIG_IGN]

    def end(number: int, _: Any) -> None:
        for each in ours:  # a second signal must not interrupt the clean-up
            before[each] = signal.SIG_IGN
            signal.signal(each, signal.SIG_IGN)
        sys.exit(128 + number)

    for each in ours:
        signal.signal(each, end)
    try:
        yield
    finally:
        for each in ours:
            signal.signal(each, before[each])
