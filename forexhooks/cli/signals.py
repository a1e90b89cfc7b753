"""Signals that end a command."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# Not all systems have all.
_NAMES = ("SIGTERM", "SIGHUP", "SIGQUIT")
_SIGNALS = [each for each in signal.Signals if each.name in _NAMES]


@contextmanager
def signals_take_back() -> Iterator[None]:
    """Within it SIGTERM, SIGHUP and SIGQUIT end the program as Ctrl-C does.

    What was begun is taken back. The exit code is 128 and the signal's number. One that is ignored,
    as by nohup, stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[signal.Signals, Any] = {each: signal.getsignal(each) for each in _SIGNALS}
    ours = [each for each in _SIGNALS if before[each] is not signal.SIG_IGN]

    def end(number: int, _: Any) -> None:
        for each in ours:  # another one must not stop what takes back, until the program is gone
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
