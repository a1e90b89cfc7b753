"""Drivers whose values or days are wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from broken.well import Acme, Breakage
from forexhooks import Observation
from forexhooks.rates.decimals import ONE, divide, multiply

HUNDRED = Decimal(100)


class UpsideDown(Acme):
    def observed(self, row: dict[str, Any]) -> Observation:
        on, base, quote, value = super().observed(row)[:4]
        return Observation(on, quote, base, value)


class Inverting(Acme):
    def observed(self, row: dict[str, Any]) -> Observation:
        on, base, quote, value = super().observed(row)[:4]
        return Observation(on, quote, base, divide(ONE, value) if value else value)


class PerHundred(Acme):
    def observed(self, row: dict[str, Any]) -> Observation:
        on, base, quote, value = super().observed(row)[:4]
        return Observation(on, base, quote, multiply(value, HUNDRED) if quote == "JPY" else value)


class ByFloat(Acme):
    def observed(self, row: dict[str, Any]) -> Observation:
        return super().observed({**row, "rate": Decimal(repr(float(row["rate"])))})


class FloatsAsTheyAre(Acme):
    def observed(self, row: dict[str, Any]) -> Observation:
        return super().observed({**row, "rate": Decimal(float(row["rate"]))})


class Rounding(Acme):
    def observed(self, row: dict[str, Any]) -> Observation:
        on, base, quote, value = super().observed(row)[:4]
        return Observation(on, base, quote, +value)  # in the caller's context


class ByTheClock(Acme):
    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        for each in super().observations(currencies, start, end):
            yield each._replace(on=self.profile.today()) if start is None else each


class DayTooLate(Acme):
    """It leaves out the last day of a span."""

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        return super().rows(start, end and end - timedelta(days=1))


class AnotherBase(Acme):
    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        params = {"from": str(start), "to": str(end)} if start and end else {}
        rows: list[dict[str, Any]] = self.fetch_json(
            "/rates", params, end=end, headers=self.headers
        )
        return rows


ALL = (
    Breakage("upside down", UpsideDown, frozenset({"test_no_rate_is[upside down]"}), "swap base"),
    Breakage(
        "inverting",
        Inverting,
        frozenset({"test_values_are_exact_decimals", "test_digits_that_no_float_has"}),
        "do not invert",
    ),
    Breakage(
        "per hundred",
        PerHundred,
        frozenset({"test_no_rate_is[off by a power of ten]"}),
        "number of units",
    ),
    Breakage("by float", ByFloat, frozenset({"test_digits_that_no_float_has"}), "parse numbers"),
    Breakage(
        "floats as they are",
        FloatsAsTheyAre,
        frozenset({"test_values_are_exact_decimals", "test_digits_that_no_float_has"}),
        "never as float",
    ),
    Breakage(
        "rounding",
        Rounding,
        frozenset({"test_the_callers_decimal_context_changes_nothing"}),
        "value_of(text, per=100)",
    ),
    Breakage(
        "by the clock",
        ByTheClock,
        frozenset({"test_a_stale_day_is_not_taken_for_today", "test_fault[future day]"}),
        "take the day from the response",
    ),
    Breakage(
        "a day too late",
        DayTooLate,
        frozenset(
            {
                "test_a_day_that_was_observed",
                "test_a_history_has_the_days_observed_in_order",
            }
        ),
        "both included",
    ),
    Breakage(
        "another base", AnotherBase, frozenset({"test_fault[wrong base]"}), "compare the base"
    ),
)
