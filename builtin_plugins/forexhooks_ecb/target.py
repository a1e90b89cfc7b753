"""The TARGET calendar: the days on which the ECB publishes reference rates."""

from __future__ import annotations

from datetime import date, timedelta

from forexhooks import easter_sunday

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
