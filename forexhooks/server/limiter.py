"""How many questions one driver may work on: a slow provider must not keep the others waiting."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import forexhooks
from forexhooks.support.context import how

MOST_OF_A_DRIVER = 8
"""How many questions a driver works on at the same time."""

SLOW_AFTER = 1.0
"""Seconds after which a question counts as slow."""


class TooSlowError(forexhooks.TransientError):
    """The server has no time for a question, or took too long to answer it."""


class _Places:
    """The questions that a driver is working on, by when each began."""

    def __init__(self) -> None:
        self.began: list[float] = []
        self.left = threading.Condition()


class DriverLimiter:
    """Limits how many threads are inside each driver.

    While all places of a driver are taken, a question waits for one; once all are taken by slow
    questions, it is refused. So a provider that does not respond holds a few threads at most, and a
    driver that is only busy refuses nothing.
    """

    def __init__(self) -> None:
        self._drivers: defaultdict[str, _Places] = defaultdict(_Places)

    @contextmanager
    def place(self, driver: str) -> Iterator[None]:
        """A context to ask a driver in.

        Raises:
            TooSlowError: The driver is working on as many slow questions as it may.
        """
        if how().offline:  # which waits for no provider
            yield
            return
        places = self._drivers[driver]
        with places.left:
            while len(places.began) >= MOST_OF_A_DRIVER:
                remaining = max(places.began) + SLOW_AFTER - time.monotonic()
                if remaining <= 0:
                    raise TooSlowError(
                        f"{driver} is still working on {MOST_OF_A_DRIVER} questions: ask again",
                        driver=driver,
                        retry_after=5.0,
                    )
                places.left.wait(remaining)
            began = time.monotonic()
            places.began.append(began)
        try:
            yield
        finally:
            with places.left:
                places.began.remove(began)
                places.left.notify()
