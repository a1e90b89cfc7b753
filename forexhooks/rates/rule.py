"""Rule: which source, day and series a law or a contract prescribes."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self, get_args

from forexhooks.currencies import is_currency
from forexhooks.errors import DateError, PluginError
from forexhooks.rates.profile import is_country
from forexhooks.support.zones import zone_of

PURPOSES = ("vat", "customs", "income-tax", "capital-gains", "reporting")
"""The usual words for the purpose of a rate; a rule may have others."""

Direction = Literal["at or before", "before", "period", "at or after", "nearest"]

_MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
_ONE_DAY = timedelta(days=1)


class Anchor(NamedTuple):
    """The day that a rule looks from: the day you ask for, or one in its period.

    - `period`: month, quarter or year; `None`: the day itself
    - `before`: how many periods back: 1 is the previous one
    - `weekday`: Monday is 0; `None`: any day
    - `last`: counted from the end: 1 is the last such day, 2 the last but one

    >>> Anchor("month", before=1, weekday=2, last=2).of(date(2024, 1, 15))
    datetime.date(2023, 12, 20)
    >>> Anchor("quarter").of(date(2023, 11, 3))
    datetime.date(2023, 12, 31)
    """

    period: Literal["month", "quarter", "year"] | None = None
    before: int = 0
    weekday: int | None = None
    last: int = 1

    def of(self, day: date) -> date:
        """Return the anchor of a day.

        Args:
            day: the day that is asked for.

        Returns:
            The day to look from.
        """
        if self.period is None:
            return day
        months = _MONTHS[self.period]
        # The month after the period's end, as a number of months since year 0.
        end = (day.year * 12 + day.month - 1) // months * months + months * (1 - self.before)
        year, month = divmod(end - 1, 12)
        last = date(year, month + 1, calendar.monthrange(year, month + 1)[1])
        if self.weekday is None:
            return last - timedelta(days=self.last - 1)
        back = (last.weekday() - self.weekday) % 7
        return last - timedelta(days=back + 7 * (self.last - 1))


class _Fields(NamedTuple):
    """The fields of a rule, unchecked."""

    title: str
    source: str
    home: str
    direction: Direction
    anchor: Anchor = Anchor()
    working_days: str | None = None
    country: str | None = None
    zone: str = "UTC"
    valid_from: date | None = None
    valid_until: date | None = None
    statute: str | None = None
    url: str | None = None
    verified: str | None = None
    exceptions: tuple[str, ...] = ()
    places: tuple[tuple[str, int], ...] = ()
    purposes: tuple[str, ...] = ()


class Rule(_Fields):
    """Which rate counts: of which source, on which day. Pass the fields by name.

    A rule is an anchor and a direction. Raises `PluginError` naming the field that makes no sense.

    - `title`: what it says, in a few words: "NBP table A, last working day before"
    - `source`: the driver, or the series of one, whose rates count
    - `home`: the currency of the country; a pair without it is refused
    - `anchor`: the day to look from
    - `direction`: which of the source's days counts: the anchor, or the nearest with a rate
      "at or before" it; the nearest strictly "before" it; the "period" that it lies in; the first
      "at or after" it; the "nearest" of both sides, of two the earlier
    - `working_days`: the country, as `PL`, whose last working day before the anchor counts where
      the direction is "before" (by the package `holidays`, extra `rules`); `None`: the source's
      own days, where it publishes on each working day
    - `country`: two letters, or `EU`
    - `zone`: whose today counts where no day is asked for
    - `valid_from`, `valid_until`: the first and the last day that the rule may be asked for
    - `statute`, `url`: the law, and where it can be read
    - `verified`: what the rule was checked against, and how
    - `exceptions`: what the law allows or demands besides, in words
    - `places`: of a computed source, to how many decimal places the mean of a currency is rounded,
      half up, where that is not those of the source: `(("CZK", 4),)`
    - `purposes`: what the rate is for: words from `PURPOSES`, as `("vat",)`, or your own

    >>> rule = Rule(title="The day before", source="nbp", home="PLN", direction="before")
    >>> rule.source_day(date(2026, 11, 2))
    datetime.date(2026, 11, 1)
    """

    __slots__ = ()

    if not TYPE_CHECKING:  # type checkers see the fields of `_Fields`

        def __new__(cls, *fields: Any, **named: Any) -> Self:
            """Make a rule, and check its fields."""
            made = super().__new__(cls, *fields, **named)
            for problem in _problems(made):
                raise PluginError(f"the rule {made.title!r}: {problem}")
            return made

    def source_day(self, on: date) -> date:
        """Return the day from which to look for a rate of the source.

        Args:
            on: the day that is asked for.

        Returns:
            The anchor of that day; for the direction "before" the day before the anchor.

        Raises:
            DateError: the calendar, which begins with the year 1, has no such day.
        """
        try:
            return self._source_day(on)
        except (OverflowError, ValueError) as error:
            raise DateError(f"the rule {self.title!r} has no day for {on}: {error}") from error

    def _source_day(self, on: date) -> date:
        anchor = self.anchor.of(on)
        if self.direction != "before":
            return anchor
        day = anchor - _ONE_DAY
        if self.working_days is not None:
            free = _holidays(self.working_days)
            while day.weekday() >= 5 or day in free:
                day -= _ONE_DAY
        return day


def _problems(rule: _Fields) -> list[str]:
    """The problems of its fields."""
    problems = [
        f"{name} must be a non-empty string, not {getattr(rule, name)!r}"
        for name in ("title", "source", "home", "zone")
        if not isinstance(getattr(rule, name), str) or not getattr(rule, name)
    ]
    if problems:
        return problems
    if not is_currency(rule.home):
        problems.append(f"home must be a currency code like PLN, not {rule.home!r}")
    if rule.direction not in get_args(Direction):
        known = ", ".join(map(repr, get_args(Direction)))
        problems.append(f"direction must be one of {known}, not {rule.direction!r}")
    if not all(is_currency(code) and type(places) is int for code, places in rule.places):
        problems.append(f"places must be pairs of a currency and a number, not {rule.places!r}")
    if not _are_words(rule.purposes):
        problems.append(f"purposes must be words like ('vat', 'customs'), not {rule.purposes!r}")
    if rule.country is not None and not is_country(rule.country):
        problems.append(
            f"country must be an ISO 3166 code of two letters, like PL, or EU, not {rule.country!r}"
        )
    if not isinstance(rule.anchor, Anchor) or not _is_right(rule.anchor):
        problems.append(
            "anchor must be an Anchor whose period is month, quarter, year or None, with before 0 "
            f"or more, last from 1 to 4, and weekday from 0 to 6 or None, not {rule.anchor!r}"
        )
    if rule.working_days is not None and rule.direction != "before":
        problems.append(
            f"working_days only applies to the direction 'before', not to {rule.direction!r}"
        )
    try:
        zone_of(rule.zone)
    except ValueError:
        problems.append(f"zone must be a time zone like Europe/Warsaw, not {rule.zone!r}")
    for name in ("valid_from", "valid_until"):
        day = getattr(rule, name)
        if day is not None and type(day) is not date:
            problems.append(f"{name} must be a datetime.date, not {day!r}")
    return problems


def _are_words(value: object) -> bool:
    return isinstance(value, tuple) and all(
        isinstance(each, str) and each and not each.isspace() for each in value
    )


def _is_right(anchor: Anchor) -> bool:
    numbers = anchor.before, anchor.last, anchor.weekday or 0
    return (
        (anchor.period is None or anchor.period in _MONTHS)
        and all(type(number) is int for number in numbers)
        and anchor.before >= 0
        and 1 <= anchor.last <= 4
        and (anchor.weekday is None or 0 <= anchor.weekday <= 6)
    )


def _holidays(country: str) -> Any:
    """The public holidays of a country. Raises `MissingExtraError`, `PluginError`."""
    from forexhooks.support.optional import imported

    holidays: Any = imported("holidays", '"forexhooks[rules]"')
    try:
        return holidays.country_holidays(country)
    except NotImplementedError as error:
        raise PluginError(f"working_days is {country!r}: {error}") from error
