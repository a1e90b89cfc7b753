"""A question to a driver: whether it is valid, and whether the driver's answer fits it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from forexhooks.errors import (
    CurrencyError,
    DateError,
    InvalidRateError,
    StaleRateError,
    UnsupportedPairError,
)
from forexhooks.rates.decimals import ONE, described, is_positive_decimal, is_whole
from forexhooks.rates.profile import is_day, latest_today, refuse_future
from forexhooks.rates.rate import Rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from forexhooks.rates.profile import Profile

# The smallest default of all frequencies: for a gap within it, the profile need not be read.
_SMALLEST_DEFAULT_GAP = 7


class Question(NamedTuple):
    """What one driver is asked, with codes in upper case."""

    driver: str
    base: str
    quote: str
    on: date | None
    max_gap: int | None
    series: str | None = None

    def check_has_come(self, profile: Callable[[], Profile]) -> None:
        """Raise `RateUnavailableError` for a future day, without asking the provider."""
        if self.on is not None and self.on >= datetime.now(UTC).date():
            refuse_future(self.on, profile().today(), self.driver, self.base, self.quote)

    def checked(self, rate: Rate | None, profile: Callable[[], Profile]) -> Rate:
        """Return the driver's answer, if it answers the question.

        Raises:
            UnsupportedPairError: the answer is None.
            RateUnavailableError: a rate was carried forward into the future.
            InvalidRateError: the answer does not fit the question in some other way.
        """
        if rate is None and self.base == self.quote:
            return self._identity(profile().today())
        if rate is None:
            raise UnsupportedPairError(
                f"{self.driver} has no {self.base}/{self.quote}: ask another driver",
                **self._asked(),
            )
        if (
            self.on is None
            and isinstance(rate, Rate)
            and type(rate.on) is date
            and rate.on > latest_today()
        ):
            raise InvalidRateError(
                f"{self.driver} returned a rate for {rate.on}, but by this machine's clock it is "
                f"{latest_today()} at most: set the clock, or ask for a day; if the clock is "
                f"right, tell the author of {self.driver}",
                **self._asked(),
            )
        problem = self._problem(rate, profile)
        if problem is not None:
            raise InvalidRateError(
                f"{self.driver} returned {problem} for {self.base}/{self.quote} on "
                f"{self.on or 'the latest day'}: a bug in the driver; tell its author",
                **self._asked(),
            )
        return rate

    def check_age(
        self, rate: Rate, max_age: timedelta, profile: Profile | None, today: date
    ) -> None:
        """Raise `StaleRateError` for a rate that is stale and older than `max_age`.

        A driver without a profile has no calendar, so its rate need only be old.
        """
        asked = self.on or today
        age = asked - min(rate.until or rate.on, asked)
        if age > max_age and (rate.stale is not None or profile is None):
            why = rate.stale or "ask another driver"
            raise StaleRateError(
                f"the newest {rate.base}/{rate.quote} of {self.driver}, for "
                f"{rate.until or rate.on}, is {age.days} days old, and max_age is {max_age}: {why}",
                stale=rate.stale,
                **self._asked(),
            )

    def _identity(self, today: date) -> Rate:
        if self.on is not None:
            refuse_future(self.on, today, self.driver, self.base, self.quote)
        return Rate(self.base, self.quote, ONE, self.on or today, self.driver, (), self.on)

    def _problem(self, rate: Rate, profile: Callable[[], Profile]) -> str | None:
        if not isinstance(rate, Rate):
            return f"{rate!r}, which is not a Rate,"
        if not is_positive_decimal(rate.value):
            return f"the value {described(rate.value)}, which is not a finite Decimal above 0,"
        if rate.driver != self.driver:
            return f"a rate of the driver {rate.driver!r}"
        if rate.series != self.series and not self._is_default(rate, profile):
            return f"a rate of the series {rate.series!r} instead of {self.series!r}"
        if rate.base != self.base or rate.quote != self.quote:
            return f"the pair {rate.base}/{rate.quote}"
        if rate.base == rate.quote and rate.value != ONE and rate.adjustment is None:
            return f"the value {rate.value}, which must be 1,"
        if type(rate.on) is not date and not is_day(rate.on):
            return f"the day {rate.on!r}, which is not a date,"
        until = rate.until
        if until is not None and not (type(until) is date and until >= rate.on):
            return f"the period from {rate.on} to {until!r}, which is not a period,"
        if self.on is None:
            return None
        if rate.on == self.on:
            return None
        if rate.on > self.on:
            return f"the day {rate.on}, which is later,"
        return self._gap_problem(rate, self.on, profile)

    def _is_default(self, rate: Rate, profile: Callable[[], Profile]) -> bool:
        """Whether no series was asked for, and the rate is of the first that the driver lists."""
        first = profile().series[:1]
        return self.series is None and bool(first) and rate.series == first[0].name

    def _gap_problem(self, rate: Rate, on: date, profile: Callable[[], Profile]) -> str | None:
        self.check_has_come(profile)
        if rate.until is not None:  # a period is not carried forward
            return f"the period {rate.on} to {rate.until}" if on > rate.until else None
        gap = (on - rate.on).days
        most = self.max_gap
        if most is None:
            most = _SMALLEST_DEFAULT_GAP
            if gap > most:
                most = profile().max_gap
        return f"the day {rate.on}, which is more than {most} days earlier," if gap > most else None

    def _asked(self) -> dict[str, Any]:
        return {"driver": self.driver, "base": self.base, "quote": self.quote, "on": self.on}


def check_options(on: date | None, max_gap: int | None, max_age: timedelta | None) -> None:
    """Raise `DateError` for an invalid day, gap or age."""
    if on is not None and type(on) is not date:  # most are: skip the slower check
        check_day(on)
    if max_gap is not None and (not is_whole(max_gap) or max_gap < 0):
        raise DateError(f"max_gap must be a number of days, 0 or more, not {max_gap!r}")
    if max_age is not None and not isinstance(max_age, timedelta):
        raise DateError(f"max_age must be a timedelta, not {max_age!r}")


def check_span(start: date, end: date) -> None:
    """Raise `DateError` for invalid days, and for an end before its start."""
    for day in (start, end):
        check_day(day)
    if start > end:
        raise DateError(f"the end of the history, {end}, is before its start, {start}")


def several(quotes: Iterable[str]) -> list[str]:
    """The quotes, each once. Raises `CurrencyError` for a single string or an invalid code."""
    if isinstance(quotes, str):
        raise CurrencyError(f"quotes must be a list of codes: [{quotes!r}], not {quotes!r}")
    try:
        return list(dict.fromkeys(quotes))
    except TypeError:
        raise CurrencyError(f"quotes must be a list of codes, not {quotes!r}") from None


def check_day(day: object) -> None:
    """Raise `DateError` for anything but a date: a datetime, a string."""
    if isinstance(day, datetime):
        raise DateError(f"a day must be a date, not {day!r}: give its .date()")
    if not isinstance(day, date):
        raise DateError(f"a day must be a date, not {day!r}: try date.fromisoformat()")
