"""Drivers that lose some of what the provider has, and such as compute, well or not."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import forexhooks
from broken.requesting import ByYear
from broken.well import RATES, Acme, Breakage, answer
from forexhooks import Observation
from forexhooks.rates.decimals import divide, multiply
from forexhooks.rates.rate import Input
from forexhooks.testing import Asked, Reply

_PAGE = 12


def in_pages(asked: Asked) -> Reply:
    """The answer in pages of a few rows, the newest first."""
    given = answer(asked)
    if given.status != 200:
        return given
    rows = json.loads(given.content, parse_float=str)[::-1]
    at = _PAGE * int(asked.query.get("page", "0"))
    page = [f"{{{', '.join(_fields(row))}}}" for row in rows[at : at + _PAGE]]
    return given._replace(content=f"[{','.join(page)}]".encode())


def _fields(row: dict[str, str]) -> list[str]:
    return [
        f'"{name}": {value}' if name == "rate" else f'"{name}": "{value}"'
        for name, value in row.items()
    ]


def by_the_row(asked: Asked) -> Reply:
    """The answer in pages of two currencies."""
    if "from" in asked.query:
        return answer(asked)
    given = in_pages(asked._replace(query={**asked.query, "page": "0"}))
    if given.status != 200:
        return given
    rows = given.content.decode()[1:-1].split("},{") if given.content != b"[]" else []
    at = 2 * int(asked.query.get("page", "0"))
    text = "},{".join(rows[at : at + 2]).strip("{}")
    return given._replace(content=f"[{{{text}}}]".encode() if text else b"[]")


def twice_a_day(asked: Asked) -> Reply:
    """A bulletin in the morning, and the closing one."""
    given = answer(asked)
    if given.status != 200:
        return given
    text = given.content.decode()
    opening = text.replace("}", ',"of":"opening"}').replace('"rate":1.3969', '"rate":1.3961')
    both = [opening[1:-1], text.replace("}", ',"of":"closing"}')[1:-1]]
    return given._replace(content=f"[{','.join(filter(None, both))}]".encode())


class Pages(Acme):
    """Its provider sends pages, which it asks for to the last."""

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        days = {"from": str(start), "to": str(end)} if start and end else {}
        rows: list[dict[str, Any]] = []
        for number in self.numbers():
            page = self.fetch_json(
                "/rates", {**days, "page": str(number)}, end=end, headers=self.headers
            )
            if any(row["base"] != "USD" for row in page):
                raise self.malformed("another base than USD")
            if not page:
                break
            rows += page
        return rows

    def numbers(self) -> range:
        return range(100)


class FirstPage(Pages):
    def numbers(self) -> range:
        return range(1)


class Closing(Acme):
    """Its provider sends an opening and a closing bulletin."""

    wanted: tuple[str, ...] = ("closing",)

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        return [row for row in super().rows(start, end) if row["of"] in self.wanted]


class AllBulletins(Closing):
    wanted = ("opening", "closing")


class FirstThree(Acme):
    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        codes = list(RATES)[:3]
        return [row for row in super().rows(start, end) if row["code"] in codes]


class AskedForFirst(Acme):
    """It gives the currencies that it was asked for first, whatever is asked for later."""

    all_at_once = False
    first: frozenset[str] = frozenset()

    def currencies(self) -> Collection[str]:
        return {"USD", *RATES}

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        self.first = self.first or frozenset(currencies)
        yield from (
            each for each in super().observations((), start, end) if each.quote in self.first
        )


class FirstYear(ByYear):
    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        return super().rows(start, start and end and min(end, date(start.year, 12, 31)))


class YearsThatFail(Acme):
    """Years after the first that fail are years without rates."""

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        if start is None or end is None:
            return super().rows(start, end)
        rows: list[dict[str, Any]] = []
        for year in range(start.year, end.year + 1):
            try:
                rows += super().rows(date(year, 1, 1), date(year, 12, 31))
            except forexhooks.DriverError:
                if year == start.year:
                    raise
        return rows


class Mid(Acme):
    """It computes a mid of two sides, exactly, and says so."""

    source, count, days = "acme", 2, 0

    def observed(self, row: dict[str, Any]) -> Observation:
        it = super().observed(row)
        day = it.on + timedelta(days=self.days)
        made_of = Input(self.source, None, it.on, day, self.count)
        mid = (
            divide(multiply(it.value, Decimal("2.0002")), Decimal(2)) if it.value > 0 else it.value
        )
        return it._replace(value=mid, inputs=(made_of,))


class MidByFloat(Mid):
    def observed(self, row: dict[str, Any]) -> Observation:
        it = super().observed(row)
        return it._replace(value=Decimal(repr(float(it.value))))


class MidOfNothing(Mid):
    count = 0


class MidOfNobody(Mid):
    source = ""


class MidOfTomorrow(Mid):
    days = 1


class MidBackwards(Mid):
    days = -1


class MidUnsaid(Mid):
    def observed(self, row: dict[str, Any]) -> Observation:
        return super().observed(row)._replace(inputs=())


def _one(name: str, driver: Any, says: str, *found_by: str, **given: Any) -> Breakage:
    return Breakage(name, driver, frozenset(found_by), says, given)


_PAGED = {"answer": staticmethod(in_pages), "requests_history": 4, "requests_latest": 2}
_ROWS = {"answer": staticmethod(by_the_row), "currencies": tuple(RATES), "requests_latest": 3}
_SENT = "test_every_currency_that_was_sent_is_observed"
_COMPUTED = "test_computed_values_say_of_what"

ALL = (
    _one("pages", Pages, "", **_PAGED),
    _one(
        "the first page only",
        FirstPage,
        "request every page",
        "test_a_history_has_the_days_of_publication",
        **_PAGED,
    ),
    _one("currencies of the first page", FirstPage, "every page", _SENT, **_ROWS),
    _one(
        "the first three currencies",
        FirstThree,
        "yield every row",
        _SENT,
        "test_every_currency_that_was_sent_is_in_a_history",
    ),
    _one(
        "those asked for first",
        AskedForFirst,
        "the next one may differ",
        "test_what_was_asked_before_changes_nothing",
    ),
    _one("the closing bulletin", Closing, "", answer=staticmethod(twice_a_day)),
    _one(
        "all bulletins",
        AllBulletins,
        "gave two values of USD/CAD",
        "test_the_latest_is_answered",
        answer=staticmethod(twice_a_day),
    ),
    _one(
        "the first year only",
        FirstYear,
        "request each year",
        "test_every_year_of_a_history_is_asked_for",
    ),
    _one(
        "years that fail",
        YearsThatFail,
        "a part that failed",
        "test_a_part_of_a_history_that_fails",
    ),
    _one("a mid", Mid, ""),
    _one("a mid by float", MidByFloat, "parse numbers", "test_digits_that_no_float_has"),
    _one("a mid of nothing", MidOfNothing, "the number of observations", _COMPUTED),
    _one("a mid of nobody", MidOfNobody, "give Input the source", _COMPUTED),
    _one("a mid of tomorrow", MidOfTomorrow, "not after", _COMPUTED),
    _one("a mid backwards", MidBackwards, "the first day, the last day", _COMPUTED),
    _one(
        "a mid that is not said",
        MidUnsaid,
        "give computed values",
        "test_values_are_exact_decimals",
    ),
)
