"""The days on which providers publish: the functions for `Profile.publication_days`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta


def weekdays(day: date) -> bool:
    """Monday to Friday: the publication days of a profile that names no others.

    Args:
        day: the day.

    Returns:
        Whether it is one of them.
    """
    return day.weekday() < 5


def every_day(day: date) -> bool:
    """Seven days a week: for providers that publish on weekends too.

    Args:
        day: the day.

    Returns:
        True.
    """
    return True


def easter_sunday(year: int) -> date:
    """Return Easter in the Gregorian calendar, by the anonymous algorithm of 1876.

    Args:
        year: the year.

    Returns:
        Easter Sunday. The algorithm is in Nature, 20 April 1876.
    """
    a = year % 19
    b, c = divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


def working_days(
    holidays: str, after_easter: Collection[int] = (), *, orthodox: bool = False
) -> Callable[[date], bool]:
    """The publication days of a provider that keeps the holidays of its country.

    Args:
        holidays: the month and day of each that is on the same day every year: `"01-01 12-25"`.
        after_easter: how many days after Easter Sunday the others are: -2 is Good Friday.
        orthodox: Easter is that of the eastern churches, by the Julian calendar.

    Returns:
        Whether a day is from Monday to Friday, and none of the holidays.

    >>> is_publication_day = working_days("01-01 12-25", {-2, 1})
    >>> is_publication_day(date(2026, 4, 3)), is_publication_day(date(2026, 4, 7))
    (False, True)

    """
    fixed = frozenset(holidays.split())

    def is_publication_day(day: date) -> bool:
        if day.weekday() > 4 or f"{day:%m-%d}" in fixed:
            return False
        easter = _orthodox_easter(day.year) if orthodox else easter_sunday(day.year)
        return (day - easter).days not in after_easter

    return is_publication_day


def _orthodox_easter(year: int) -> date:
    """Easter in the Julian calendar, by Meeus, as a day of the Gregorian one (1900 to 2099)."""
    d = (19 * (year % 19) + 15) % 30
    e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7
    month, day = divmod(d + e + 114, 31)
    return date(year, month, day + 1) + timedelta(days=13)
