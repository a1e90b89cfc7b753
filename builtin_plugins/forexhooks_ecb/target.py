"""The TARGET calendar: the days on which the ECB publishes reference rates."""

from __future__ import annotations

from datetime import date, timedelta

_FIXED = {(1, 1), (5, 1), (12, 25), (12, 26)}


def is_target_day(day: date) -> bool:
    """Whether `day` is a TARGET working day, by the calendar in force since 2002.

    Closed are weekends, New Year's Day, Good Friday, Easter Monday, 1 May, 25 and 26 December:
    ECB press release of 14 December 2000, "Long-term calendar for TARGET closing days".
    """
    if day.weekday() > 4 or (day.month, day.day) in _FIXED:
        return False
    if day.month not in (3, 4):
        return True
    easter = easter_sunday(day.year)
    return day not in (easter - timedelta(days=2), easter + timedelta(days=1))


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
