"""Refreshing: if a driver's store is not up to date, one update for all who need it.

`refresh` says what a service does if its store lacks what the provider should have published:

- `False`: nothing; the answer says what is missing
- `True`: wait for an update, for at most 3 seconds
- `"background"`: answer at once, and update in the background

One thread of one process runs the update, and none is repeated for 15 minutes. Its outcome is
written to a file, which makes it count for all processes. It runs in a daemon thread: no caller
waits longer than it wants to, and the program's exit does not wait at all.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from forexhooks.errors import ForexError, in_short
from forexhooks.support.folders import user_folder
from forexhooks.support.logs import log
from forexhooks.support.own_files import one_at_a_time, own_folder, read_own, write_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forexhooks.support.settings import Refresh

WITHIN = 3.0
"""Seconds that a caller waits for a refresh at most."""

NOT_AGAIN_FOR = 15 * 60.0
"""Seconds after an attempt before the next one."""

BEHIND_WITHIN = 60.0
"""Seconds that an update in the background may take."""

_UNDER_WAY = f"it takes longer than {WITHIN:g} s"


class RefreshAttempt(NamedTuple):
    """An attempt to refresh: when (seconds since the epoch), and why it failed, if it did."""

    at: float
    failure: str | None

    def is_recent(self) -> bool:
        """Whether it is too soon for another attempt; an attempt in the future does not count."""
        return 0 <= time.time() - self.at < NOT_AGAIN_FOR


class _Flight:
    """An update in progress."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.began = time.monotonic()

    def waited_for(self) -> bool:
        """Wait for it until 3 seconds after it began; return whether it finished."""
        return self.ended.wait(max(0.0, self.began + WITHIN - time.monotonic()))


# The keys are the paths of the files that attempts are written to.
_attempts: dict[str, RefreshAttempt] = {}
_flights: dict[str, _Flight] = {}
_changing = threading.Lock()
_listeners: list[Callable[[str, str | None], object]] = []


# Held while modules that an update needs are imported: a child forked in the meantime would have
# them half-imported for ever.
_importing = threading.Lock()


def _renew() -> None:
    """Start anew after a fork: threads are the parent's, and its lock may be held for ever."""
    global _changing
    _changing = threading.Lock()
    _importing.release()
    _flights.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_importing.acquire, after_in_parent=_importing.release, after_in_child=_renew
    )


def refreshed(driver: str, update: Callable[[float], object], how: Refresh) -> bool:
    """Call `update` with the seconds it may take, unless it was called recently.

    Args:
        driver: The name of the driver whose store is not up to date.
        update: Brings the store up to date.
        how: Whether to wait for it.

    Returns:
        Whether to ask again: an update has finished, here or in another process.
    """
    path = _path(driver)
    with _changing:
        flight = _flights.get(path)
        if flight is None:
            last = _remembered(path)
            if last is not None and last.is_recent() and last.failure != _UNDER_WAY:
                return True  # another process may have updated since the driver looked
            flight = _flights[path] = _Flight()
            # A little less, to let waiting callers learn why it failed.
            within = WITHIN - 0.5 if how is True else BEHIND_WITHIN
            arguments = (path, driver, update, within, flight)
            try:
                threading.Thread(target=_fly, args=arguments, daemon=True).start()
            except RuntimeError:  # the interpreter is ending
                del _flights[path]
                return False
    return flight.waited_for() if how is True else flight.ended.is_set()


@contextmanager
def telling(listener: Callable[[str, str | None], object]) -> Iterator[None]:
    """In this context, call `listener` after each attempt in this process, in any thread.

    It gets the driver's name, and why the refresh failed; None if it did not.
    """
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def last_failure(driver: str) -> str | None:
    """When and why the last refresh failed, in words; None if it did not fail."""
    path = _path(driver)
    flight = _flights.get(path)
    if flight is not None and time.monotonic() - flight.began < WITHIN:
        return "a refresh is under way"
    last = _remembered(path)
    if last is None or last.failure is None:
        return None
    minutes = int((time.time() - last.at) // 60)
    ago = f" {minutes} min ago" if minutes > 0 else ""
    return f"the refresh failed{ago}: {last.failure}"


def last_attempt(driver: str) -> RefreshAttempt | None:
    """The last attempt to refresh, in any process; None if there was none."""
    return _remembered(_path(driver))


def _path(driver: str) -> str:
    return os.path.join(user_folder("cache"), "refreshed", f"{driver}.json")


def _fly(
    path: str, driver: str, update: Callable[[float], object], within: float, flight: _Flight
) -> None:
    deadline = time.monotonic() + within

    def remaining() -> float:  # after importing, which takes long on a slow machine
        return max(0.1, deadline - time.monotonic())

    try:
        with _importing:
            from filelock import Timeout

            import_module("forexhooks.http.session")
        try:
            with one_at_a_time("refreshed", f"{driver}.json", within=remaining()):
                last = _remembered(path)
                # An attempt recorded during this one's time was cut off: it counts.
                if last is None or not last.is_recent():
                    _remember(path, RefreshAttempt(time.time(), _UNDER_WAY))
                    failure = _updated(driver, update, remaining())
                    _remember(path, RefreshAttempt(time.time(), failure))
                    for tell in tuple(_listeners):
                        tell(driver, failure)
        except Timeout:
            _attempts[path] = RefreshAttempt(time.time(), "another process is still refreshing")
    finally:
        with _changing:
            if _flights.get(path) is flight:
                del _flights[path]
        flight.ended.set()


def _updated(driver: str, update: Callable[[float], object], within: float) -> str | None:
    """Update the store; return why it failed, if it did."""
    log().info("refreshing %s", driver)
    try:
        log().info("refreshed: %s", update(within))
    except ForexError as error:
        log().warning("refreshing %s failed: %s", driver, error)
        return in_short(error)
    except Exception as error:  # noqa: BLE001 - logged, and said with the answers
        log().exception("refreshing %s failed", driver)
        return type(error).__name__
    return None


def _remember(path: str, attempt: RefreshAttempt) -> None:
    _attempts[path] = attempt
    # If it cannot be written, it is remembered in this process.
    with suppress(OSError):
        if own_folder("cache", "refreshed") is not None:
            import json

            write_own(path, json.dumps(attempt._asdict()).encode())


def _remembered(path: str) -> RefreshAttempt | None:
    """The latest known attempt."""
    known = _attempts.get(path)
    try:
        content = read_own(path)
        if not content:
            return known
        import json  # this late: most stores are never refreshed

        stored = json.loads(content)
        found = RefreshAttempt(float(stored["at"]), stored["failure"])
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return known
    if known is not None and found.at <= known.at <= time.time():
        return known
    return found
