"""Resting: a driver that failed in a way that may pass is not asked again for a while."""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING

from forexhooks.errors import ForexError, QuotaError, TransientError

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from forexhooks.plugins.registration import Registration

_TRANSIENT = 30.0
_QUOTA = 300.0
_LONGEST = 24 * 3600.0


class Resting:
    """The drivers that rest: until when, and for which error. Shared by threads.

    By their registrations: what replaces one that rests may be asked.
    """

    def __init__(self) -> None:
        self._rests: MutableMapping[Registration, tuple[float, ForexError]] = {}
        self._lock = threading.Lock()

    def reason(self, driver: Registration) -> ForexError | None:
        """The error for which it rests; None where it may be asked.

        Of threads that come when its rest is over, one may ask, and for the others it goes on.
        """
        if driver not in self._rests:
            return None
        with self._lock:
            rest = self._rests.get(driver)
            if rest is None:
                return None
            until, error = rest
            now = monotonic()
            if now < until:
                return bare(error)
            self._rests[driver] = now + _TRANSIENT, error
            return None

    def note(self, driver: Registration, error: ForexError | None) -> None:
        """Remember what asking it came to: an error, or (`None`) an answer."""
        if error is None and driver not in self._rests:
            return
        with self._lock:
            if isinstance(error, TransientError | QuotaError):
                if not self._rests:
                    from weakref import WeakKeyDictionary

                    self._rests = WeakKeyDictionary()
                usual = _QUOTA if isinstance(error, QuotaError) else _TRANSIENT
                seconds = usual if error.retry_after is None else error.retry_after
                self._rests[driver] = monotonic() + min(seconds, _LONGEST), bare(error)
            else:
                self._rests.pop(driver, None)


def bare(error: ForexError) -> ForexError:
    """The error without what led to it: a kept traceback would keep the lease."""
    from copy import copy

    return copy(error)
