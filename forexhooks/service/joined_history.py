"""The history of several drivers in order: each day has the rate of the first driver with one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from forexhooks.currencies import ended_currency
from forexhooks.errors import CurrencyError, ForexError, InvalidRateError, RateError, in_short
from forexhooks.rates.history import History, day_of
from forexhooks.rates.profile import latest_today

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forexhooks.rates.rate import Rate


class Answered(NamedTuple):
    """A driver's history, and the days (ordinals) that it can answer, also by carrying forward."""

    history: History
    days: set[int]


def days_of(rates: Iterable[Rate], gap: int, end: date) -> set[int]:
    """The days up to `end` that a table with these rates answers.

    Each rate is carried forward by at most `gap` days. A rate of a period answers the period's days
    only.
    """
    days: set[int] = set()
    for rate in rates:
        first = rate.on.toordinal()
        if rate.until is not None:
            last = rate.until.toordinal()
        else:
            last = first + gap
            for code in (rate.base, rate.quote):
                ended = ended_currency(code)
                if ended is not None and rate.on < ended.converted_on:
                    last = min(last, ended.converted_on.toordinal() - 1)
        days.update(range(first, min(last, end.toordinal()) + 1))
    return days


class JoinedHistory:
    """The history of several drivers: call `add` for each, in order.

    A rate is in it on its own day, if `get_rate` returns it for that day. If an earlier driver
    carries a rate forward to a day, a later driver therefore does not fill that day.
    """

    def __init__(self, base: str, quote: str, start: date, end: date) -> None:
        self._base, self._quote, self._start, self._end = base, quote, start, end
        last = min(end, latest_today())
        self._lacking = set(range(start.toordinal(), last.toordinal() + 1))
        self._parts: list[tuple[str, list[Rate]]] = []
        self._short: list[tuple[str, int | None]] = []
        self._failed: list[str] = []
        self.failures: dict[str, ForexError] = {}
        """Why each driver did not answer all the days that it was asked for."""

    @property
    def is_whole(self) -> bool:
        """Whether all days are answered."""
        return not self._lacking

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last day to ask for."""
        if self.is_whole:
            return self._start, self._end
        return date.fromordinal(min(self._lacking)), date.fromordinal(max(self._lacking))

    def add(self, name: str, answer: Answered | ForexError) -> None:
        """Add the next driver's answer for the days of `span`, or the reason why there is none."""
        last = max(self._lacking, default=None)
        if isinstance(answer, ForexError):
            self.failures[name] = answer
            if isinstance(answer, RateError) and not isinstance(answer, InvalidRateError):
                self._note(answer.stale, last)
            elif not isinstance(answer, CurrencyError):
                self._failed.append(f"{name} failed: {in_short(answer)}")
            return
        history, days = answer
        failures = tuple(self.failures.items())
        own = [rate for rate in history if self._lacks(rate)]
        if failures:
            own = [rate._replace(failures=failures) for rate in own]
        self._parts.append((history.driver, own))
        # Missing data matters where this driver answered, and where no other one did instead.
        self._note(history.stale, last if days.isdisjoint(self._lacking) else None)
        self._lacking -= days
        if self._lacking:
            self.failures[name] = self._gap(history)

    def _note(self, stale: str | None, last: int | None) -> None:
        """Remember what is missing; with a day, only as long as that day is not answered."""
        if stale is not None:
            self._short.append((stale, last))

    def joined(self) -> History | None:
        """The history; None if no driver returned one."""
        if not self._parts:
            return None
        stale = [said for said, last in self._short if last is None or last in self._lacking]
        if self._lacking:
            stale += self._failed
        return History(
            sorted((rate for _, rates in self._parts for rate in rates), key=day_of),
            base=self._base,
            quote=self._quote,
            driver=next((name for name, rates in self._parts if rates), self._parts[0][0]),
            stale="; ".join(dict.fromkeys(stale)) or None,
        )

    def _lacks(self, rate: Rate) -> bool:
        """Whether no earlier driver has the day of a rate; of a period, the first day asked for."""
        day = max(day_of(rate), self._start)
        return day.toordinal() in self._lacking and day <= (rate.until or day_of(rate))

    def _gap(self, history: History) -> RateError:
        first, last = self.span
        many = len(self._lacking)
        days = f"{first}" if many == 1 else f"{many} days from {first} to {last}"
        return RateError(
            f"{history.driver} has no {self._base}/{self._quote} for {days}",
            driver=history.driver,
            base=self._base,
            quote=self._quote,
        )
