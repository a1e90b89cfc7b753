"""Drivers that do not end: the limit on the time of all tests ends them."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from broken.well import Acme, Breakage
from forexhooks import Observation


class EndlessParse(Acme):
    def observed(self, row: dict[str, Any]) -> Observation:
        while True:
            try:
                row = {**row, "rate": row["rate"]}
            except Exception:  # noqa: BLE001, S112 - it swallows what it can
                continue


class Sleeping(Acme):
    def observed(self, row: dict[str, Any]) -> Observation:
        time.sleep(1000)
        return super().observed(row)


class EndlessPast(Acme):
    """It is well of the latest, and counts the days of a history backwards."""

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        rows = super().rows(start, end)
        while start is not None and start != end:
            start = start.replace(day=1)
        return rows


class Deadlock(Acme):
    """Of threads that ask at once, one waits for ever for the others."""

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        if threading.current_thread() is not threading.main_thread():
            threading.Event().wait()
        yield from super().observations(currencies, start, end)


_LATEST = frozenset({"test_the_latest_is_answered"})

ALL = (
    Breakage("an endless parse", EndlessParse, _LATEST, "EndlessParse.observed() (hanging.py:"),
    Breakage("a sleep", Sleeping, _LATEST, "Sleeping.observed() (hanging.py:"),
    Breakage("an endless past", EndlessPast, _LATEST, "EndlessPast.rows() (hanging.py:"),
    Breakage(
        "a deadlock",
        Deadlock,
        frozenset({"test_threads_get_the_answers_of_one"}),
        "test_threads_get_the_answers_of_one was still in",
    ),
)
