"""How many requests a provider allows, counted for all threads and processes of a user."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from forexhooks.errors import QuotaError
from forexhooks.support.folders import user_folder
from forexhooks.support.own_files import one_at_a_time, read_own, write_own

if TYPE_CHECKING:
    from datetime import timedelta

_FOLDER = "requests"


class RequestLimits:
    """The limits of one provider: so many requests in any span of so many seconds.

    The times of the requests are in a file in the user's cache folder, or if that cannot be used,
    in this process only.
    """

    def __init__(self, driver: str, limits: tuple[tuple[int, timedelta], ...]) -> None:
        self._driver = driver
        self._limits = [(number, span.total_seconds()) for number, span in limits]
        self._path = os.path.join(user_folder("cache"), _FOLDER, f"{driver}.json")
        self._sent: list[float] = []

    def wait(self, within: float) -> None:
        """Wait until another request may be sent, and count it.

        Raises:
            QuotaError: That takes more than `within` seconds. It is raised at once.
        """
        from filelock import Timeout

        deadline = time.monotonic() + within
        while True:
            remaining = deadline - time.monotonic()
            try:
                with one_at_a_time(_FOLDER, f"{self._driver}.json", within=max(0.0, remaining)):
                    seconds = self._counted()
            except Timeout:
                seconds = 0.05  # it will not take long
            if seconds <= 0:
                return
            if seconds >= deadline - time.monotonic():
                raise QuotaError(
                    f"{self._driver}: the provider allows {self._in_words()}, and they are used "
                    f"up: ask again in {seconds:.0f} s, or ask another driver",
                    driver=self._driver,
                    retry_after=seconds,
                )
            time.sleep(seconds)

    def _counted(self) -> float:
        """Count another request; or return the seconds until it may be sent."""
        now = time.time()
        longest = max(span for _, span in self._limits)
        sent = [each for each in self._remembered() if now - longest < each <= now]
        seconds = max(
            sent[-number] + span - now if len(sent) >= number else 0.0
            for number, span in self._limits
        )
        if seconds > 0:
            return seconds
        self._sent = [*sent, now]
        with suppress(OSError):  # count in this process instead
            write_own(self._path, json.dumps(self._sent).encode())
        return 0.0

    def _remembered(self) -> list[float]:
        try:
            return sorted(map(float, json.loads(read_own(self._path) or b"")))
        except (OSError, ValueError, TypeError, RecursionError):
            return self._sent

    def _in_words(self) -> str:
        return " and ".join(f"{number:,} requests in {span:g} s" for number, span in self._limits)
