"""Draining: a plugin that was removed is closed once its last call has returned."""

from __future__ import annotations

import sys
import threading
import warnings
from _thread import start_new_thread
from contextlib import ExitStack, suppress
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from forexhooks.errors import DrainWarning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forexhooks.plugins.registration import Registration

DRAIN = 30.0
"""Seconds that a change waits by default for the last call of a removed plugin."""

# Modules whose functions hold a lease while a plugin is called.
_CALLING = (
    "forexhooks.plugins.catalog",
    "forexhooks.plugins.relay",
    "forexhooks.service.driver_service",
    "forexhooks.service.fallback",
    "forexhooks.service.locks",
    "forexhooks.service.service",
)


def retire(
    departed: Sequence[Registration],
    drain: float | None,
    departing: set[Registration],
    *,
    is_swap: bool = False,
    stacklevel: int = 3,
) -> None:
    """Wait for the last calls of removed plugins, then close each and take it out of `departing`.

    After `drain` seconds, or at once if it is None, a thread continues to wait. After a swap, a
    thread removes the files, too.
    """
    if not departed:
        return
    seconds, why = drain or 0.0, f"after {drain:g} s" if drain is not None else ""
    if seconds and _is_in_a_call():
        # We would wait for that call, which cannot continue until we return.
        seconds, why = 0.0, "by the call that made this change"
    deadline = None if drain is None else monotonic() + seconds
    late: list[Registration] = []
    with ExitStack() as retiring:  # all of them, even if some fail
        for each in departed:
            close = partial(_close, each, departing, in_background=is_swap)
            retiring.callback(_retire_one, each, close, deadline, late)
    for each in late if drain is not None else ():
        warnings.warn(
            f"{each.name} is still in use {why}: it will be closed when its last call returns",
            DrainWarning,
            stacklevel,
        )


def _retire_one(
    departed: Registration,
    close: partial[None],
    deadline: float | None,
    late: list[Registration],
) -> None:
    if deadline is not None and departed.drained(max(deadline - monotonic(), 0.0)):
        close()
        return
    with suppress(RuntimeError):  # the interpreter is ending, and a daemon thread is in the plugin
        # Not threading.Thread: its start() waits, which takes long if many threads are busy.
        start_new_thread(_close_later, (departed, close))
        late.append(departed)


def _close(departed: Registration, departing: set[Registration], *, in_background: bool) -> None:
    try:
        departed.close(in_background=in_background)
    finally:
        departing.discard(departed)


def _close_later(departed: Registration, close: partial[None]) -> None:
    departed.drained(None)
    with suppress(RuntimeError):  # the interpreter is ending
        threading.Thread(target=close, name=f"drain {departed.name}", daemon=True).start()


def _is_in_a_call() -> bool:
    """Whether this thread is inside a plugin's code: in a hook, or in a signal handler."""
    frame = sys._getframe(1)  # noqa: SLF001 - public by its documentation
    while frame.f_back is not None:
        frame = frame.f_back
        if str(frame.f_globals.get("__name__", "")).startswith(_CALLING):
            return True
    return False
