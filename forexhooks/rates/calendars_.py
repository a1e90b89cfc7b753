"""Days of publication, for a profile's `publication_days`."""

from __future__ import annotations

from datetime import date


def weekdays(day: date) -> bool:
    """Monday to Friday: the publication days of a profile that names no others."""
    return day.weekday() < 5


def every_day(day: date) -> bool:
    """Seven days a week: for providers that publish on weekends too."""
    return True


def easter_sunday(year: int) -> date:
    """Easter in the Gregorian calendar, by the anonymous algorithm (Nature, 20 April 1876)."""
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
