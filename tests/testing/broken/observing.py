"""Drivers that yield what they should not, and whose profiles say what is not so."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import forexhooks
from broken.well import Acme, Breakage
from forexhooks import Observation, every_day


class Swapped(Acme):
    """It has the krona under CAD and back."""

    def observed(self, row: dict[str, Any]) -> Observation:
        other = {"CAD": "SEK", "SEK": "CAD"}
        return super().observed({**row, "code": other.get(row["code"], row["code"])})


class AnotherUnit(Acme):
    """It has a gram's price under an ounce, say."""

    def observed(self, row: dict[str, Any]) -> Observation:
        it = super().observed(row)
        return it._replace(value=Decimal("9.5120")) if it.quote == "JPY" else it


class Twice(Acme):
    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        return [row for row in super().rows(start, end) for _ in range(2)]


class OneTwice(Acme):
    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        rows = super().rows(start, end)
        return [*rows, *rows[:1]]


class More(Acme):
    """It observes one series more."""

    code = "DEM"

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        for each in super().observations(currencies, start, end):
            yield each
            if each.quote == "SEK":
                yield each._replace(quote=self.code)


class OldRouble(More):
    code = "RUR"


class OldLira(More):
    code = "TRL"


class EuroMember(More):
    code = "HRK"


class Index(More):
    code = "CEER_TRADE_WGT"


class PivotOfAnother(Acme):
    profile = Acme.profile._replace(pivot="EUR")


class NoPivot(Acme):
    profile = Acme.profile._replace(pivot=None)


class KeptForAMonth(Acme):
    profile = Acme.profile._replace(time_to_live=timedelta(days=30))


class KeptForAFortnight(Acme):
    profile = Acme.profile._replace(time_to_live=timedelta(days=14))


class EveryDay(Acme):
    profile = Acme.profile._replace(publication_days=every_day)


class Weekly(Acme):
    profile = Acme.profile._replace(frequency="week")


class Monthly(Acme):
    profile = Acme.profile._replace(frequency="month")


class Unnamed(Acme):
    """Its profile does not say that it needs a key."""

    profile = Acme.profile._replace(key=None)


class Swallowing(Acme):
    """A day that failed is one without rates."""

    swallowed: tuple[type[Exception], ...] = (forexhooks.DriverError,)

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        try:
            return super().rows(start, end)
        except self.swallowed:
            if start is None:
                raise
            return []


class SwallowingOutages(Swallowing):
    swallowed = (forexhooks.TransientError,)


class SwallowingPages(Swallowing):
    swallowed = (forexhooks.MalformedResponseError,)


class ErrorIsNoRows(Acme):
    """An answer that says an error is one without rows, on past days."""

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        params = {"from": str(start), "to": str(end)} if start and end else {}
        rows = self.fetch_json("/rates", params, end=end, headers=self.headers)
        if isinstance(rows, dict) and start is not None:
            return []
        return super().rows(start, end)


class StateInSelf(Acme):
    """What is asked for is kept on the driver between the request and its answer."""

    all_at_once = False
    wanted: frozenset[str] = frozenset()

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        self.wanted = frozenset(currencies)
        rows = list(super().observations(currencies, start, end))
        time.sleep(0.05)  # others ask meanwhile
        yield from (each for each in rows if each.quote in self.wanted)


class EndlessPager(Acme):
    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        rows, page = super().rows(start, end), 1
        while True:
            page += 1
            rows += self.fetch_json("/rates", {"page": str(page)}, headers=self.headers)


def _one(name: str, driver: Any, says: str, *found_by: str) -> Breakage:
    return Breakage(name, driver, frozenset(found_by), says)


_FAR = "test_no_rate_is[far off]"
_TWICE = "test_no_observation_comes_twice"
_CODES = "test_codes_are_of_money_in_use"
_PIVOT = "test_the_pivot_is_the_currency_that_all_rates_share"
_KEPT = "test_the_latest_is_not_kept_too_long"
_DAYS = "test_days_are_observed_as_the_profile_says"

ALL = (
    _one("two currencies swapped", Swapped, "value of another currency", _FAR),
    _one("a gram as an ounce", AnotherUnit, "another unit", _FAR),
    _one("every row twice", Twice, "yield each pair and day once", _TWICE),
    _one("one row twice", OneTwice, "1 such in all", _TWICE),
    _one("marks today", More, "ended", _CODES),
    _one("old roubles today", OldRouble, "ended", _CODES),
    _one("old lira today", OldLira, "ended", _CODES),
    _one("kuna today", EuroMember, "ended", _CODES),
    _one("an index", Index, "leave out indices", _CODES),
    _one("the pivot of another", PivotOfAnother, 'pivot="USD"', _PIVOT),
    _one("no pivot", NoPivot, 'pivot="USD"', _PIVOT),
    _one("kept for a month", KeptForAMonth, "time_to_live in the profile", _KEPT),
    _one("kept for a fortnight", KeptForAFortnight, "time_to_live in the profile", _KEPT),
    _one("every day, it says", EveryDay, "publication_days=weekdays", _DAYS),
    _one("weekly, it says", Weekly, 'frequency="day"', _DAYS),
    _one("monthly, it says", Monthly, 'frequency="day"', _DAYS),
    _one("a key not named", Unnamed, "set key= in", "test_the_profile_names_the_key"),
    _one(
        "past faults swallowed",
        Swallowing,
        "do not catch the error",
        "test_fault_in_a_history[500]",
        "test_fault_in_a_history[HTML with 200]",
        "test_fault_in_a_history[404]",
    ),
    _one(
        "past outages swallowed",
        SwallowingOutages,
        "do not catch the error",
        "test_fault_in_a_history[500]",
    ),
    _one(
        "past pages swallowed",
        SwallowingPages,
        "do not catch the error",
        "test_fault_in_a_history[HTML with 200]",
        "test_fault_in_a_history[404]",
    ),
    _one(
        "an error is no rows",
        ErrorIsNoRows,
        "do not catch the error",
        "test_fault_in_a_history[an error with 200]",
    ),
    _one(
        "state in self",
        StateInSelf,
        "store nothing about a question",
        "test_threads_get_the_answers_of_one",
    ),
    _one("an endless pager", EndlessPager, "end the pager", "test_the_latest_is_answered"),
)
