"""Refreshing: where a rate is stale, one update on the way, and not another one too soon.

What the last attempt came to is remembered in a file, so that it counts for all processes.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import defaultdict
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from forexhooks.errors import ForexError
from forexhooks.support.folders import user_folder

if TYPE_CHECKING:
    from collections.abc import Callable

WITHIN = 3.0
"""Seconds that a refresh may take, so that who asked for a rate need not wait longer."""

NOT_AGAIN_FOR = 15 * 60.0
"""Seconds after an attempt in which no other is made."""


class Attempt(NamedTuple):
    """An attempt to refresh: when (seconds since the epoch), and why it failed, if it did."""

    at: float
    failure: str | None

    def ago(self) -> str:
        """When it was, in words."""
        minutes = int((time.time() - self.at) // 60)
        return f"{minutes} min ago" if minutes > 0 else "just now"

    def is_recent(self) -> bool:
        """Whether it is too soon for another; one that lies in the future says nothing."""
        return 0 <= time.time() - self.at < NOT_AGAIN_FOR


# For when there is no place to remember them in; by the path of the file that is meant.
_attempts: dict[str, Attempt] = {}
_refreshing: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


def refresh(driver: str, update: Callable[[float], Any]) -> Attempt:
    """Call `update` with the seconds it may take, unless an attempt was made lately.

    Of threads and processes that want it at once one does it, and the others wait for it. Returns
    the last attempt: what `update` raised of this package is its failure.
    """
    path = os.path.join(user_folder("cache"), "refreshed", f"{driver}.json")
    last = _remembered(path)
    if last is not None and last.is_recent():
        return last
    from filelock import FileLock, Timeout

    deadline = time.monotonic() + WITHIN
    with ExitStack() as held:
        try:
            if not _refreshing[path].acquire(timeout=WITHIN):
                raise Timeout(path)
            held.callback(_refreshing[path].release)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            remaining = max(0.0, deadline - time.monotonic())
            held.enter_context(FileLock(f"{path}.lock", timeout=remaining))
        except Timeout:
            attempt = _attempts[path] = Attempt(time.time(), "another process is still at it")
            return attempt
        except OSError:
            pass  # no place for a lock: one at a time in this process alone
        return _attempted(path, update, deadline)


def _attempted(path: str, update: Callable[[float], Any], deadline: float) -> Attempt:
    last = _remembered(path)
    if last is not None and last.is_recent():
        return last
    failure = None
    try:
        update(max(0.1, deadline - time.monotonic()))
    except ForexError as error:
        failure = str(error)
    attempt = _attempts[path] = Attempt(time.time(), failure)
    # Where it cannot be written it is remembered in this process.
    with suppress(OSError), open(path, "w", encoding="utf-8") as file:
        json.dump(attempt._asdict(), file)
    return attempt


def _remembered(path: str) -> Attempt | None:
    try:
        with open(path, encoding="utf-8") as file:
            stored = json.load(file)
        return Attempt(float(stored["at"]), stored["failure"])
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return _attempts.get(path)
