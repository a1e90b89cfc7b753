"""Frankfurter's API, version 1; paths without a version lead to it, too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import forexhooks
from forexhooks.rates.decimals import ONE, divide, exact_amount, multiply, round_quotient
from forexhooks.server.answer import Answer, json_answer
from forexhooks.server.frankfurter import (
    Asked,
    code_of,
    codes_of,
    come,
    day_of,
    looks_like_a_day,
    named,
    today_of,
)
from forexhooks.server.problems import BadRequestError

if TYPE_CHECKING:
    from forexhooks import Rate
    from forexhooks.server.desk import Desk

_EURO = "EUR"

# Decimal places by size: the value is above the bound.
_PLACES = ((5000, 0), (80, 2), (20, 3), (1, 4), (Decimal("0.0001"), 5), (0, 6))


class _Question:
    """The question: `base`, `quotes`, `amount`. Raises `BadRequestError` if it is invalid."""

    def __init__(self, query: Mapping[str, str], drivers: Asked) -> None:
        self.base = code_of(query.get("from") or query.get("base") or _EURO)
        codes = codes_of(query.get("to") or query.get("symbols"))
        if codes == [self.base]:
            raise BadRequestError("bad currency pair", 422)
        try:
            self.amount = exact_amount(query.get("amount", "1.0"))
        except forexhooks.AmountError:
            raise BadRequestError("invalid amount", 422) from None
        if self.amount <= 0:
            raise BadRequestError("invalid amount", 422)
        if not drivers.is_known(self.base):
            raise drivers.not_found()
        quotes = sorted(drivers.currencies) if codes is None else codes
        self.quotes = [code for code in quotes if code != self.base and drivers.is_known(code)]
        self.is_exact = self.base == _EURO and self.amount == ONE

    def value_of(self, rate: Rate) -> Decimal:
        """The value of the amount: as published, or rounded as Frankfurter does, but only once."""
        if self.is_exact:
            return rate.value
        numerator, denominator = rate.fraction()
        numerator = multiply(self.amount, numerator)
        value = multiply(self.amount, rate.value)
        places = next((places for bound, places in _PLACES if value > bound), 6)
        rounded = round_quotient(numerator, denominator, places)
        return rounded or divide(numerator, denominator)  # a price must not be rounded to 0


def latest(desk: Desk, query: Mapping[str, str]) -> Answer:
    """The latest rates."""
    return _on(desk, query, None)


def on_day(desk: Desk, query: Mapping[str, str], *, day: str) -> Answer:
    """The rates of a day."""
    return _on(desk, query, _day_in_path(day))


def _on(desk: Desk, query: Mapping[str, str], on: date | None) -> Answer:
    drivers = Asked(desk, desk.open())
    asked = _Question(query, drivers)
    day = None if on is None else come(on, drivers.service)
    rates = drivers.rates(asked.base, asked.quotes, day)
    if not rates:
        raise drivers.not_found()
    newest = max(rate.on for rate in rates)
    content = {
        "amount": asked.amount,
        "base": asked.base,
        "date": newest.isoformat(),
        # There is one date: earlier rates must not appear as rates of this day.
        "rates": {
            rate.quote: asked.value_of(rate)
            for rate in sorted(rates, key=lambda rate: rate.quote)
            if rate.on == newest
        },
    }
    return json_answer(content, is_final=drivers.is_final(day), headers=drivers.headers())


def _day_in_path(text: str) -> date:
    if looks_like_a_day(text):
        return day_of(text)
    raise BadRequestError("not found", 404)


def span(desk: Desk, query: Mapping[str, str], *, start: str, end: str = "") -> Answer:
    """The rates of the days from `start` to `end`, by default until today."""
    drivers = Asked(desk, desk.open())
    first = _day_in_path(start)
    last = min(_day_in_path(end) if end else date.max, today_of(drivers.service))
    asked = _Question(query, drivers)
    if first > last:
        raise drivers.not_found()
    found = drivers.histories(asked.base, asked.quotes, first, last)
    by_day: dict[date, dict[str, Decimal]] = {}
    for history in found:
        for rate in history:
            by_day.setdefault(rate.on, {})[rate.quote] = asked.value_of(rate)
    if not by_day:
        raise drivers.not_found()
    days = sorted(by_day)
    content = {
        "amount": asked.amount,
        "base": asked.base,
        "start_date": days[0].isoformat(),
        "end_date": days[-1].isoformat(),
        "rates": {day.isoformat(): dict(sorted(by_day[day].items())) for day in days},
    }
    return json_answer(content, is_final=drivers.is_final(last), headers=drivers.headers())


def currencies(desk: Desk, query: Mapping[str, str]) -> Answer:
    """The currencies that have a rate today, with their names."""
    drivers = Asked(desk, desk.open())
    content = {code: named(code) for code in sorted(drivers.current())}
    return json_answer(content, headers=drivers.headers())
