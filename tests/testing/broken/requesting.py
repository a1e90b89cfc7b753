"""Drivers that ask their provider badly: they go round HttpDriver."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import requests

import forexhooks
from broken.well import TODAY, Acme, Breakage
from forexhooks import Observation


class KeyInTheAddress(Acme):
    """Its key is shown where an address is."""

    def __init__(self, *, app_id: str | None = None, **options: Any) -> None:
        super().__init__(app_id=app_id, **options)
        self.app_id = app_id


class NoKey(Acme):
    """It does not say that a key is missing."""

    def __init__(self, *, app_id: str | None = None, **options: Any) -> None:
        super().__init__(app_id=app_id or "s3cret-none", **options)


class ADayAtATime(Acme):
    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        if start is None or end is None:
            yield from super().observations(currencies, start, end)
            return
        for number in range((end - start).days + 1):
            on = start + timedelta(days=number)
            yield from super().observations(currencies, on, on)


class Bare(Acme):
    """It asks with requests alone, for one pair at a time, and knows no fault."""

    all_at_once = False

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        for each in super().observations(currencies, start, end):
            if each.quote in currencies:
                yield each

    def answered(self, params: dict[str, str]) -> list[dict[str, Any]]:
        key = self.http._keys.revealed(self.headers["X-Key"])
        answer = requests.get(
            f"{self.base_url}/rates", params=params, headers={"X-Key": key}, timeout=2
        )
        answer.raise_for_status()
        rows: list[dict[str, Any]] = answer.json(parse_float=Decimal)
        return rows

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        rows = self.answered({"from": str(start), "to": str(end)} if start and end else {})
        if any(row["base"] != "USD" for row in rows):
            raise self.malformed("another base than USD")
        return rows


class KeepsWhatItRefused(Acme):
    """An answer that was refused once is refused for ever."""

    refused: Exception | None = None

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        if self.refused is not None:
            raise self.refused
        try:
            return super().rows(start, end)
        except forexhooks.MalformedResponseError as error:
            self.refused = error
            raise


class WithoutARetryAfter(Acme):
    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        try:
            return super().rows(start, end)
        except forexhooks.QuotaError as error:
            error.retry_after = None
            raise


class Nonchalant(Acme):
    """What is no rate it leaves out, and what is an HTML page is no rates."""

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        try:
            return super().rows(start, end)
        except forexhooks.MalformedResponseError:
            day = str(self.profile.today())
            return [{"day": day, "code": "CAD", "base": "USD", "rate": Decimal("1.3969")}]


class WholeHistory(Acme):
    """Whatever the days, it asks for all there is."""

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        return super().rows(date(2010, 1, 4) if start else None, TODAY if end else None)


class LatestAlone(Acme):
    """Whatever the days, it asks for the latest."""

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        return super().rows(None, None)


class AfterTheFirst(Acme):
    """It leaves out the first day of a span."""

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        return super().rows(start and start + timedelta(days=1), end)


class ByYear(Acme):
    """Its provider has a file for each year, of which the days asked for are picked."""

    def last_day(self, year: int, end: date) -> date | None:
        return date(year, 12, 31)

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        if start is None or end is None:
            return super().rows(start, end)
        rows: list[dict[str, Any]] = []
        for year in range(start.year, end.year + 1):
            days = {"from": f"{year}-01-01", "to": f"{year}-12-31"}
            last = self.last_day(year, end)
            rows += self.fetch_json("/rates", days, end=last, headers=self.headers)
        if any(row["base"] != "USD" for row in rows):
            raise self.malformed("another base than USD")
        return rows


class ByYearForGood(ByYear):
    def last_day(self, year: int, end: date) -> date | None:
        return end


class ByYearWithoutEnd(ByYear):
    def last_day(self, year: int, end: date) -> date | None:
        return None


class LatestForGood(Acme):
    """Its latest has a constant `end`, and so is kept for good once that is past."""

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        if start is not None:
            return super().rows(start, end)
        rows: list[dict[str, Any]] = self.fetch_json("/rates", end=TODAY, headers=self.headers)
        return rows


class AnyMissingIsNoRows(Acme):
    """Any answer 404 is one without rates, on past days."""

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        try:
            return super().rows(start, end)
        except forexhooks.MalformedResponseError as error:
            if start is None or "answered 404" not in str(error):
                raise
            return []


class LogsItsKey(Acme):
    def __init__(self, *, app_id: str | None = None, **options: Any) -> None:
        super().__init__(app_id=app_id, **options)
        self.show = lambda: logging.getLogger("acme").info("asking with %s", app_id)

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        self.show()
        return super().rows(start, end)


_KINDS = (
    "timeout in the body",
    "reset", "truncation", "429 with Retry-After", "401", "404", "500", "HTML with 200",
    "empty with 200", "redirect to another host", "oversized body", "timeout",
)  # fmt: skip

ALL = (
    Breakage(
        "a key that is shown",
        KeyInTheAddress,
        frozenset({"test_the_key_is_sent_to_the_provider_and_shown_to_nobody"}),
        "self.key(setting",
    ),
    Breakage(
        "no key needed, it seems",
        NoKey,
        frozenset({"test_a_missing_key_says_where_to_put_it"}),
        "can be made without its key",
    ),
    Breakage(
        "a day at a time",
        ADayAtATime,
        frozenset({"test_a_history_takes_no_more_requests_than_promised"}),
        "day_by_day",
    ),
    Breakage(
        "the whole history",
        WholeHistory,
        frozenset(
            {
                "test_the_days_asked_for_are_those_wanted",
                "test_days_that_came_since_are_asked_for",
            }
        ),
        "whole_history = True",
    ),
    Breakage(
        "the latest alone",
        LatestAlone,
        frozenset(
            {
                "test_the_days_asked_for_are_those_wanted",
                "test_a_past_day_is_asked_for_once",
                "test_a_history_has_the_days_of_publication",
            }
        ),
        "request the days from start to end",
    ),
    Breakage(
        "after the first day",
        AfterTheFirst,
        frozenset({"test_the_first_day_is_included"}),
        "both included",
    ),
    Breakage(
        "the latest for good",
        LatestForGood,
        frozenset({"test_the_latest_is_asked_for_again"}),
        "without an `end`",
    ),
    Breakage(
        "a key that is logged",
        LogsItsKey,
        frozenset({"test_the_key_is_sent_to_the_provider_and_shown_to_nobody"}),
        "self.key(setting",
    ),
    Breakage(
        "any 404 is no rows",
        AnyMissingIsNoRows,
        frozenset({"test_fault_in_a_history[404]"}),
        "tell it from others",
    ),
    Breakage("files of a year", ByYear, frozenset(), ""),
    Breakage(
        "files of a year, kept for good",
        ByYearForGood,
        frozenset({"test_days_that_came_since_are_asked_for"}),
        "December 31",
    ),
    Breakage(
        "files of a year, never kept",
        ByYearWithoutEnd,
        frozenset({"test_a_past_day_is_asked_for_once"}),
        "give each fetch its `end`",
    ),
    Breakage(
        "refused for ever",
        KeepsWhatItRefused,
        frozenset(
            f"test_fault[{each}]"
            for each in (
                "404",
                "HTML with 200",
                "empty with 200",
                "redirect to another host",
                "oversized body",
                "rates that are NaN",
                "wrong base",
            )
        ),
        "cache nothing",
    ),
    Breakage(
        "no retry_after",
        WithoutARetryAfter,
        frozenset({"test_fault[429 with Retry-After]"}),
        "raise QuotaError with retry_after",
    ),
    Breakage(
        "nonchalant",
        Nonchalant,
        frozenset({"test_fault_in_a_history[HTML with 200]", "test_fault_in_a_history[404]"})
        | frozenset(
            f"test_fault[{each}]"
            for each in (
                "404",
                "HTML with 200",
                "empty with 200",
                "redirect to another host",
                "oversized body",
                "rates that are NaN",
                "wrong base",
            )
        ),
        "raise MalformedResponseError",
    ),
    Breakage(
        "requests alone",
        Bare,
        frozenset(
            {
                "test_offline_nobody_is_asked",
                "test_many_quotes_take_no_more_requests_than_promised",
                "test_a_past_day_is_asked_for_once",
                *(f"test_fault[{each}]" for each in _KINDS),
            }
        ),
        "HttpDriver",
    ),
)
