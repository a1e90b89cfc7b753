"""Circuit breaker: a driver that failed is skipped for a while, if another can answer."""

from __future__ import annotations

import threading
from copy import copy
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from forexhooks.errors import ForexError, QuotaError, TransientError

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from forexhooks.plugins.registration import Registration

OPEN_FOR = 30.0
"""Seconds that a breaker stays open after a `TransientError` without a `retry_after`."""

OPEN_FOR_QUOTA = 300.0
"""The same after a `QuotaError` without a `retry_after`."""


class Failure(NamedTuple):
    """The failure that opened a breaker: the error, since when and until when (`monotonic`)."""

    error: ForexError
    since: float
    until: float

    def remaining(self) -> float:
        """How many more seconds the breaker stays open."""
        return max(0.0, self.until - monotonic())


class Breaker:
    """Opened by a temporary failure, closed by an answer. Threads may share it.

    After the pause one thread may ask; for the others the breaker stays open until that thread has
    reported.
    """

    def __init__(self) -> None:
        self._failure: Failure | None = None
        self._lock = threading.Lock()

    def open(self) -> Failure | None:
        """The failure because of which not to ask; None: the caller may ask."""
        if self._failure is None:
            return None
        with self._lock:
            failure = self._failure
            if failure is None or monotonic() < failure.until:
                return failure
            self._failure = failure._replace(until=monotonic() + OPEN_FOR)
            return None

    def report(self, error: ForexError | None) -> None:
        """Report the result of asking: an error, or None for an answer."""
        if error is None and self._failure is None:
            return
        with self._lock:
            if not isinstance(error, TransientError | QuotaError):
                self._failure = None
                return
            usual = OPEN_FOR_QUOTA if isinstance(error, QuotaError) else OPEN_FOR
            seconds = usual if error.retry_after is None else error.retry_after
            now = monotonic()
            self._failure = Failure(bare(error), now, now + seconds)


class Breakers:
    """One breaker for each registration: a driver that replaces a failed one starts afresh."""

    def __init__(self) -> None:
        self._breakers: MutableMapping[Registration, Breaker] | None = None

    def of(self, driver: Registration) -> Breaker | None:
        """The breaker of a driver; None if it has not failed yet."""
        return None if self._breakers is None else self._breakers.get(driver)

    def report(self, driver: Registration, error: ForexError | None) -> None:
        """Report the result of asking a driver: an error, or None for an answer."""
        breaker = self.of(driver)
        if breaker is None:
            if not isinstance(error, TransientError | QuotaError):
                return
            if self._breakers is None:
                from weakref import WeakKeyDictionary

                self._breakers = WeakKeyDictionary()
            breaker = self._breakers.setdefault(driver, Breaker())
        breaker.report(error)


def not_asked(driver: str, failure: Failure) -> ForexError:
    """The error for a driver that is skipped because it failed a moment ago."""
    error = bare(failure.error)
    ago = monotonic() - failure.since
    error.args = (f"{driver} was not asked: it failed {ago:.0f} s ago: {failure.error}",)
    if isinstance(error, TransientError | QuotaError):
        error.retry_after = failure.remaining()
    return error


def bare(error: ForexError) -> ForexError:
    """The error without its traceback and causes, which would keep the lease."""
    return copy(error)
