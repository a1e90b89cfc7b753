"""Days as people write them: dates, moments, and strings in ISO 8601 or in a given format."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from forexhooks.errors import ColumnError, DateError
from forexhooks.frames.arrays import is_missing
from forexhooks.support.zones import zone_of

# Regular expressions in a dialect that Python and arrow share.
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?"
MOMENT = f"^{_DAY}[ T]{_TIME}$"
"""A moment without a zone as ISO 8601 has it: its day is the first ten characters."""

_OFFSET = "Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}"
_ISO = re.compile(f"(?P<day>{_DAY})(?:[ T](?P<time>{_TIME})(?: ?(?P<z>{_OFFSET}))?)?")
_MOST_KNOWN = 50_000
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)

# What each directive matches, in the same dialect. Digits right after other digits are as many as
# possible.
_DIRECTIVES = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "[0-9]{1,2}",
    "d": "[0-9]{1,2}",
    "b": r"[A-Za-z]{3,9}\.?",
    "H": "(?:2[0-3]|[01]?[0-9])",
    "I": "(?:1[0-2]|0?[1-9])",
    "M": "[0-5]?[0-9]",
    "S": "[0-5]?[0-9]",
    "f": "[0-9]{1,9}",
    "p": r"[AaPp]\.?[Mm]\.?",
    "a": r"[A-Za-z]{2,9}\.?",
    "z": _OFFSET,
    "Z": "[A-Za-z]{1,5}",
}
_SAME = {"B": "b", "A": "a"}
_DIGITS = set("YymdHIMSf")
_OF_DAYS = ("Y", "y", "m", "b", "d")
_SPACE = "[\\s\u00a0\u202f]+"
_COMMON_DAYS = (
    *("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d"),
    *("%d/%m/%y", "%m/%d/%y", "%Y%m%d", "%d %b %Y", "%b %d, %Y", "%d-%b-%Y", "%Y-%m-%d"),
)
_COMMON_TIMES = (
    *("", " %H:%M", " %H:%M:%S", ", %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ";%H%M%S"),
    *(" %H:%M:%S %z", " %I:%M:%S %p %Z"),
)


class DayFormat:
    """How strings write a day, in the directives of `strptime`; months have English names.

    Raises:
        DateError: The format lacks a day, a month or a year, or has other directives.
    """

    def __init__(self, pattern: str, year: int | None = None, hint: str = "") -> None:
        self.text: str = pattern
        """The format as it was given."""
        self._year = year
        parts = re.findall("%.?|[^%]+", pattern, re.DOTALL)
        self._names = [_SAME.get(each[1:], each[1:]) for each in parts if each[0] == "%"]
        known = [name for name in self._names if name != "%"]
        unknown = next((each for each in known if each not in _DIRECTIVES), None)
        if unknown is not None:
            raise DateError(
                f"the format {pattern!r} of days has %{unknown}: %d, %m, %b, %Y, %y, %H, %I, %M, "
                "%S, %f, %p, %a, %z and %Z are understood"
            )
        has = set(known)
        self.has_year: bool = bool(has & {"Y", "y"})
        """Whether the format has a year of its own."""
        if len(has) < len(known) or not ("d" in has and has & {"m", "b"}):
            raise DateError(
                f"the format {pattern!r} of days must have a day (%d) and a month (%m or %b), "
                "each once"
            )
        if not self.has_year and year is None:
            raise DateError(f"the format {pattern!r} of days has no year (%Y or %y){hint}")
        self.pattern: str = "".join(self._compiled(parts))
        """The format as a regular expression, with a group for each directive."""
        self._match = re.compile(self.pattern).fullmatch
        self.of_day: list[str] | None = [name for name in _OF_DAYS if name in has]
        """The groups that determine the day; None if there is a zone, or little besides the day."""
        if "z" in has or not has & {"H", "I"}:
            self.of_day = None

    @staticmethod
    def _compiled(parts: list[str]) -> list[str]:
        found = []
        after_digits = False
        for part in parts:
            name = _SAME.get(part[1:], part[1:])
            if part[0] != "%" or name == "%":
                spaces = re.split(r"(\s+)", part.replace("%%", "%"))
                found += [_SPACE if each.isspace() else re.escape(each) for each in spaces]
                after_digits = False
                continue
            shape = _DIRECTIVES[name]
            if after_digits and name in _DIGITS:
                shape = shape.replace("{1,2}", "{2}").replace("?[0", "[0").replace("0?[1", "0[1")
            found.append(f"(?P<{name}>{shape})")
            after_digits = name in _DIGITS
        return found

    def read(self, text: str) -> date | datetime | None:
        """The day, or the moment if the format has a time zone; None if the string is neither."""
        match = self._match(text)
        if match is None:
            return None
        found = match.groupdict()
        try:
            day = date(self._year_of(found), _month_of(found), int(found["d"]))
            if "z" not in found:
                return day
            hour = int(found.get("H") or found.get("I") or 0)
            if "I" in found:
                hour = hour % 12 + 12 * (found.get("p", "a")[0] in "Pp")
            clock = (hour, int(found.get("M", 0)), int(found.get("S", 0)))
            return datetime(*day.timetuple()[:3], *clock, tzinfo=_zone_of(found["z"]))
        except ValueError:
            return None

    def _year_of(self, found: dict[str, str]) -> int:
        if "Y" in found:
            return int(found["Y"])
        if "y" in found:  # as in POSIX
            short = int(found["y"])
            return short + (2000 if short < 69 else 1900)
        assert self._year is not None  # noqa: S101 - checked above
        return self._year


def _month_of(found: dict[str, str]) -> int:
    if "m" in found:
        return int(found["m"])
    name = found["b"].rstrip(".").lower()
    for number, month in enumerate(_MONTHS, 1):
        if name in (month, month[:3]) or (name, number) == ("sept", 9):
            return number
    raise ValueError(name)


def _zone_of(offset: str) -> tzinfo:
    if offset.isalpha():
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if offset[0] == "-" else 1))


class Told(NamedTuple):
    """The names of the options for the reader of a message."""

    zone: str = "zone={!r}"
    days: str = "days={!r}"
    year: str = ""


class DayReader:
    """Reads days: dates, moments and strings.

    `days` is the format of strings, by default ISO 8601. `year` is the year if the format has none.
    Moments with a time zone become days in `zone`.

    Raises:
        DateError: The format is invalid.
        ColumnError: The time zone is invalid.
    """

    def __init__(
        self,
        zone: str | None = None,
        days: str | None = None,
        year: int | None = None,
        told: Told | None = None,
    ) -> None:
        self._told = told or Told()
        self.zone: str | None = zone
        self.format: DayFormat | None = None
        said = self._told.year.format(year or 2026)
        if days is not None:
            self.format = DayFormat(days, year, said and f"; or give it, {said}")
        if year is not None and (self.format is None or self.format.has_year):
            how = self._told.days.format(days or "%d.%m.")
            raise DateError(
                f"{said} is for days that are written without a year: "
                + (f"give their format, like {how}" if days is None else f"{how} has one")
            )
        self._info = None if zone is None else self._checked(zone)
        self._known: dict[str, date] = {}  # days occur again in each batch

    def day(self, value: Any) -> date:
        """The day of one value. Raises `DateError`."""
        if isinstance(value, str):
            found = self._known.get(value)
            if found is None:
                found = self._day_of_text(value.strip())
                if len(self._known) < _MOST_KNOWN:
                    self._known[value] = found
            return found
        if isinstance(value, np.datetime64) and np.datetime_data(value)[0] not in ("Y", "M", "W"):
            value = value.astype("M8[us]").item()
        if isinstance(value, datetime) and not is_missing(value):
            return self._day_of_moment(value, f"the moment {value}")
        if isinstance(value, date) and not is_missing(value):
            return value
        raise DateError(f"{value!r} is not a day: give a date, or a string like 2026-10-30")

    def _day_of_text(self, text: str) -> date:
        found = _iso(text) if self.format is None else self.format.read(text)
        if found is None:
            raise DateError(self._not_read(text))
        if isinstance(found, datetime):
            return self._day_of_moment(found, repr(text))
        return found

    def _day_of_moment(self, moment: datetime, said: str) -> date:
        if moment.tzinfo is None:
            return moment.date()
        if self._info is None:
            raise DateError(f"{said} has a zone: {self._give_zone()}, or its date")
        try:
            return moment.astimezone(self._info).date()
        except (OverflowError, ValueError):  # pandas' own moments raise the latter
            raise DateError(f"{said} is on a day outside the calendar in {self.zone}") from None

    def zone_needed(self, name: str, zone: str | None) -> ColumnError:
        """The error for a column of moments that may be on different days in different zones."""
        return ColumnError(
            f"the column {name!r} has moments in {zone}, and their day depends on the time zone: "
            f"{self._give_zone()}, or a column of dates"
        )

    def _checked(self, zone: str) -> tzinfo:
        try:
            return zone_of(zone)
        except ValueError as error:
            raise ColumnError(
                f"{self._told.zone.format(zone)} is not a time zone: give one like Europe/Berlin"
            ) from error

    def _give_zone(self) -> str:
        return f"give {self._told.zone.format('Europe/Berlin')}, for instance"

    def _not_read(self, text: str) -> str:
        if self.format is not None:
            return f"{text!r} is not a day in the format {self._told.days.format(self.format.text)}"
        formats = [each for each in _common() if _format(each).read(text) is not None][:3]
        if not formats:
            how = self._told.days.format("%d.%m.%Y")
            return f"{text!r} is not a day: write it like 2026-10-30, or say how days are, {how}"
        how = " or ".join(self._told.days.format(each) for each in formats)
        return f"{text!r} is not a day like 2026-10-30: say how it is to be read, {how}"


def _iso(text: str) -> date | datetime | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    day, time, zone = match.groups()
    try:
        found = date.fromisoformat(day)
        if zone is None:
            return found
        clock = datetime.fromisoformat(f"{day}T{time.replace(',', '.')}")
        return clock.replace(tzinfo=_zone_of(zone))
    except ValueError:
        return None


@cache
def _common() -> tuple[str, ...]:
    return tuple(day + time for time in _COMMON_TIMES for day in _COMMON_DAYS)


_format = cache(DayFormat)
