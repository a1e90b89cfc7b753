"""What a provider should have published by now that is not held."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from forexhooks.currencies import SUSPENDED, ended_currency
from forexhooks.rates.history import first_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forexhooks.rates.observations import Column, Pair
    from forexhooks.rates.profile import Frequency, Profile

_ONE_DAY = timedelta(days=1)


def has_ended(code: str, columns: Mapping[Pair, Column], held: date) -> bool:
    """Whether a currency ended or was suspended before the last day that is held."""
    ended, suspended = ended_currency(code), SUSPENDED.get(code)
    end = ended.converted_on if ended else suspended[0] if suspended else None
    if end is None or held < end:
        return False
    days = (date.fromordinal(each.last) for pair, each in columns.items() if code in pair)
    return all(day < end for day in days)


def overdue_period(profile: Profile, held: date, on: date | None = None) -> str | None:
    """Which period after `held` should be published by now, in words; None if there is none.

    Periods after the one with the day `on` do not matter. The rate of a period is due once the
    period is over; if it is set in advance, that long before the period begins. It is published on
    the next publication day, at the profile's time of day.
    """
    frequency, now, in_advance = profile.frequency, profile.now(), profile.in_advance
    first = _first_day(frequency, now.date())
    if in_advance is not None and _is_out(profile, first - in_advance, now):
        end = _next_first_day(frequency, first) - _ONE_DAY
    elif in_advance is not None or _is_out(profile, first, now):
        end = first - _ONE_DAY
    else:
        end = _first_day(frequency, first - _ONE_DAY) - _ONE_DAY
    if on is not None:
        end = min(end, _next_first_day(frequency, on) - _ONE_DAY)
    return _name(frequency, end) if end > held else None


def _is_out(profile: Profile, day: date, now: datetime) -> bool:
    """Whether what is due on a day, or the next publication day, has been published by now."""
    while not profile.publication_days(day):
        day += _ONE_DAY
    if profile.published_at is None:  # at some time during the day
        day += _ONE_DAY
    at = datetime.combine(day, profile.published_at or time(), now.tzinfo)
    return at + profile.grace <= now


def _first_day(frequency: Frequency, day: date) -> date:
    return day if frequency == "day" else first_day(frequency, day)


def _next_first_day(frequency: Frequency, day: date) -> date:
    longest = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[frequency]
    return _first_day(frequency, _first_day(frequency, day) + timedelta(longest))


def _name(frequency: Frequency, day: date) -> str:
    if frequency == "month":
        return f"{_MONTHS[day.month - 1]} {day.year}"
    if frequency == "quarter":
        return f"the quarter to {day}"
    if frequency == "year":
        return f"{day.year}"
    return f"the week to {day}" if frequency == "week" else f"{day}"


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
