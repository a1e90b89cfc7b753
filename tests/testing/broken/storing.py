"""Drivers with a store of their own, that an update brings up to date: a good one, and broken."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import forexhooks
from broken.well import DAYS, TODAY, Acme, Breakage, rows_of
from forexhooks import Observation, Update
from forexhooks.support.folders import user_folder
from forexhooks.testing import Asked, Reply, reply

_LATER = [TODAY + timedelta(days=each) for each in range(1, 6)]
_SEED = json.loads(f"[{rows_of(DAYS[-21:])}]", parse_float=str)


def later(asked: Asked) -> Reply:
    """Answer with what was published since."""
    return reply(f"[{rows_of([*DAYS[-21:], *_LATER])}]")


def _read(given: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in json.loads(given.content, parse_float=str)]


class Storing(Acme):
    """It answers from a file, which begins with what came with the package."""

    profile = Acme.profile._replace(history_from=DAYS[-21], key=None)

    def __init__(self, **options: Any) -> None:
        options.pop("app_id", None)
        super(Acme, self).__init__(**options)
        self.headers: dict[str, str] = {}
        self.path = Path(user_folder("data")) / "acme" / "rates.json"

    def held(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            return list(_SEED)
        held: list[dict[str, Any]] = json.loads(self.path.read_text("utf-8"))
        return held

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        held = self.held()
        newest = max(row["day"] for row in held)
        first, last = (newest, newest) if start is None else (str(start), str(end))
        for row in held:
            if first <= row["day"] <= last:
                yield self.observed({**row, "rate": forexhooks.http.value_of(row["rate"])})

    def update(self, *, full: bool = False, progress: Any = None, time_limit: Any = None) -> Update:
        before = self.held()
        came = self.came()
        news = [row for row in came if row not in before]
        self.write([*before, *news])
        self.forget()
        days = [max(row["day"] for row in rows) for rows in (before, self.held())]
        first, last = map(date.fromisoformat, days)
        return Update(self.name, first, last, source="rates", added=len(news))

    def came(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.http.fetch("/rates", parse=_read, revalidate=True)
        if not rows:
            raise self.malformed("no rates")
        return list(rows)

    def write(self, rows: list[dict[str, Any]]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(rows), encoding="utf-8")
        os.replace(new, self.path)

    def forget(self) -> None:
        """What was made of the old store is not used any more."""
        self._tables.held = ()


class InMemory(Storing):
    rows_held: list[dict[str, Any]] | None = None

    def held(self) -> list[dict[str, Any]]:
        return list(self.rows_held or _SEED)

    def write(self, rows: list[dict[str, Any]]) -> None:
        self.rows_held = rows


class UpdateSwallows(Storing):
    def came(self) -> list[dict[str, Any]]:
        try:
            return super().came()
        except forexhooks.DriverError:
            return []


class ClearsFirst(Storing):
    def came(self) -> list[dict[str, Any]]:
        self.path.unlink(missing_ok=True)
        self.forget()
        return super().came()


class CountsAll(Storing):
    def update(self, **options: Any) -> Update:
        return super().update(**options)._replace(added=len(self.held()))


class SaysTheOldDay(Storing):
    def update(self, **options: Any) -> Update:
        update = super().update(**options)
        return update._replace(after=update.before)


_FAILS = "test_an_update_that_fails_changes_nothing"
_FAULTS = ("reset", "truncation", "404", "500", "HTML with 200", "empty with 200")


def _one(name: str, driver: Any, says: str, *found_by: str) -> Breakage:
    return Breakage(name, driver, frozenset(found_by), says, {"answer": staticmethod(later)})


_ALL_FAULTS = [f"{_FAILS}[{each}]" for each in _FAULTS]

ALL = (
    _one("a store", Storing, ""),
    _one(
        "a store in memory",
        InMemory,
        "write the store to a file",
        "test_what_an_update_brought_is_there_for_the_next_driver",
    ),
    _one(
        "an update that swallows",
        UpdateSwallows,
        "do not catch the error",
        "test_an_update_offline",
        *_ALL_FAULTS,
    ),
    _one("a store that is cleared first", ClearsFirst, "under another name", *_ALL_FAULTS),
    _one(
        "an update that counts all",
        CountsAll,
        "count only new observations",
        "test_an_update_brings_what_the_provider_has",
    ),
    _one(
        "an update that says the old day",
        SaysTheOldDay,
        "the newest day before and after",
        "test_an_update_brings_what_the_provider_has",
    ),
)
