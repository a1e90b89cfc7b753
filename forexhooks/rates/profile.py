"""What a driver covers, needs and asks of its users."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self, TypeGuard

from forexhooks.errors import PluginError
from forexhooks.rates.publication_days import weekdays
from forexhooks.support.zones import is_zone

if TYPE_CHECKING:
    from forexhooks.rates.series import Series  # noqa: TC004 - seldom used


def latest_today() -> date:
    """The latest day that it is today: by this machine's own zone, and in the easternmost one."""
    easternmost = (datetime.now(UTC) + timedelta(hours=14)).date()
    return max(date.today(), easternmost)  # noqa: DTZ011 - the user's own day is meant


def refuse_future(on: date, today: date, driver: str, base: str, quote: str) -> None:
    """Raise `RateUnavailableError` for a day that has not begun, at the provider or anywhere."""
    if on > today and on > latest_today():
        from forexhooks.rates.unavailable import in_the_future

        raise in_the_future(driver, base, quote, on, today)


Frequency = Literal["day", "week", "month", "quarter", "year"]

# By frequency: the most days that a rate is carried forward; and the days within which a new
# observation is due, as the profile's calendar does not give the exact day.
_MAX_GAP = {"day": 7, "week": 14, "month": 45, "quarter": 106, "year": 380}
_DUE_WITHIN = {"week": 7, "month": 31, "quarter": 92, "year": 366}
CORRECTED_WITHIN = timedelta(days=7)
"""How long a provider may still correct what it published, unless its profile says otherwise."""

_ONE_DAY = timedelta(days=1)
_LAST_ZONE = timedelta(hours=-12)  # the last zone in which a day begins: UTC-12


class _Fields(NamedTuple):
    """The fields of a profile, unchecked."""

    title: str
    url: str | None = None
    publishes: str | None = None
    pivot: str | None = None
    history_from: date | None = None
    latest_only: bool = False
    day_by_day: bool = False
    frequency: Frequency = "day"
    published_at: time | None = None
    zone: str = "UTC"
    grace: timedelta = timedelta(0)
    publication_days: Callable[[date], bool] = weekdays
    time_to_live: timedelta = timedelta(hours=1)
    ahead: int = 10
    key: str | None = None
    attribution: str | None = None
    terms: str | None = None
    example: tuple[str, str, date | None] | None = None
    verified: bool = False
    series: tuple[Series, ...] = ()
    corrected_within: timedelta = CORRECTED_WITHIN
    request_limits: tuple[tuple[int, timedelta], ...] = ()
    in_advance: timedelta | None = None
    country: str | None = None


class Profile(_Fields):
    """What a driver covers, needs and asks of its users. Only `title` must be given.

    Give the fields by their names: there may be more of them one day. Raises `PluginError` naming
    the field that is of another kind than it should be.

    - `title`, `url`: the provider's name, and where it describes its rates
    - `publishes`: what the rates are: reference, mid, …
    - `pivot`: the currency that crosses go by first, if the provider has one
    - `history_from`: the first day it has; `None`: not known
    - `latest_only`: it has no past days at all
    - `day_by_day`: each past day costs a request
    - `frequency`: a rate for each day, week, month, quarter or year; it sets `max_gap`, how
      many days a rate is carried forward
    - `published_at`, `zone`, `grace`, `publication_days`: on which days, at what time of the
      zone, and how much later it is really out; without a time, at the end of the day
    - `ahead`: by how many days rates may be dated ahead, as Saturday's that is published on Friday;
      they wait for their day
    - `time_to_live`: how long the latest may be kept before it is asked for again
    - `key`: the setting that holds the user's key, and where to get one; `None`: no key needed
    - `attribution`, `terms`: what the provider asks of those who use its rates
    - `example`: base, quote and day (`None`: the latest) of a rate that needs no network, with
      which the driver is tried when it is loaded from a path; `None`: no rate is tried
    - `series`: what it publishes besides, as buying rates or averages: a tuple of `Series`, the
      first of which is the default; nothing where there is one thing alone
    - `verified`: whether the format was checked against the provider's real answers
    - `corrected_within`: for how long it may correct what it published, a week by default: days
      that are longer ago are asked for once and kept for good
    - `request_limits`: how many requests the provider allows in what time:
      `((5, timedelta(seconds=1)), (1000, timedelta(days=1)))`
    - `in_advance`: how long before a period begins its rate is out, where it is set in advance;
      `None`: it is out once the period is over
    - `country`: whose authority the provider is: two letters of ISO 3166, or `EU`; `None`: it is
      no authority
    """

    __slots__ = ()

    if not TYPE_CHECKING:  # type checkers see the fields of `_Fields`

        @wraps(_Fields.__new__)
        def __new__(cls, *fields: Any, **named: Any) -> Self:
            """Make a profile of fields that are each of the right kind."""
            made = super().__new__(cls, *fields, **named)
            given = (*cls._fields[: len(fields)], *named)  # defaults need no check
            for problem in _problems(made, given):
                raise PluginError(f"the profile of {made.title!r}: {problem}")
            return made

    @property
    def max_gap(self) -> int:
        """Days that a rate is carried forward unless told otherwise: by the frequency."""
        if self.series and self.series[0].max_gap is not None:
            return self.series[0].max_gap
        return _MAX_GAP[self.frequency]

    def of_series(self, name: str | None = None) -> Profile:
        """Return the profile as it applies to one series.

        Args:
            name: the series; by default the first that is listed.

        Returns:
            A profile with the frequency and days of that series, which it lists first.

        Raises:
            UnknownSeriesError: the profile does not list it.
        """
        if not self.series and name is None:
            return self
        for each in self.series:
            if name in (None, each.name):
                others = tuple(other for other in self.series if other is not each)
                own = {field: getattr(each, field) for field in _OF_A_SERIES}
                own = {field: value for field, value in own.items() if value is not None}
                return self._replace(series=(each, *others), **own)
        from forexhooks.rates.series import unknown_series

        raise unknown_series(self.title, f"{name}", self.series)

    def opposite(self) -> str | None:
        """Return the series of the other side: that of the bids, if the first has asks.

        Returns:
            Its name; None if there is none. If there are several, the one whose name differs in
            the side alone: `banknote-bid` for `banknote-ask`.
        """
        for each in self.series[1:]:
            of = self.series[0]
            kind = each.frequency or self.frequency, each.statistic
            if (
                {of.side, each.side} == {"bid", "ask"}
                and kind == (self.frequency, of.statistic)
                and _are_of_one_kind(of, each)
            ):
                return each.name
        return None

    def now(self) -> datetime:
        """Return the present time in the provider's zone."""
        if self.zone == "UTC":
            return datetime.now(UTC)
        from forexhooks.support.zones import zone_of

        try:
            return datetime.now(zone_of(self.zone))
        except ValueError as error:
            raise PluginError(f"the profile of {self.title!r} is wrong: {error}") from error

    def today(self) -> date:
        """Return today's date in the provider's zone."""
        return self.now().date()

    def newest_due(self, on: date | None = None) -> date:
        """Return the newest day whose observation should be published by now.

        Args:
            on: a day that the result is not after; None: today.

        Returns:
            That day; of rates that come weekly or less often, the day that the newest observation
            should not be older than.
        """
        return self._due_at(self.now(), on)

    def overdue(self, held: date, on: date | None = None) -> date | None:
        """Return a day after `held` whose observation should be published by now.

        Time zones are looked up only if they matter, because that makes a start slower.

        Args:
            held: the newest day whose observation is there.
            on: a day that the result is not after; None: today.

        Returns:
            The newest such day, or None.
        """
        everywhere = self._due_at(datetime.now(UTC) + _LAST_ZONE, on)
        if everywhere > held:
            return everywhere
        due = self.newest_due(on)
        return due if due > held else None

    def _due_at(self, now: datetime, on: date | None) -> date:
        day = now.date()
        if self.frequency != "day":
            day -= timedelta(days=_DUE_WITHIN[self.frequency])
            return day if on is None else min(day, on - timedelta(days=_DUE_WITHIN[self.frequency]))
        if self.published_at is None:
            day -= _ONE_DAY
        else:
            while day > date.min and now < self._out_at(day, now):  # the grace may be days long
                day -= _ONE_DAY
        if on is not None and on < day:
            day = on
        while day > date.min and not self.publication_days(day):
            day -= _ONE_DAY
        return day

    def _out_at(self, day: date, now: datetime) -> datetime:
        assert self.published_at is not None  # noqa: S101 - checked by the caller
        return datetime.combine(day, self.published_at, now.tzinfo) + self.grace


def _are_of_one_kind(one: Series, other: Series) -> bool:
    """Whether the names of two sides differ only in the side, if both names contain it."""
    words, others = one.name.split("-"), other.name.split("-")
    if one.side not in words or other.side not in others:
        return True
    return [each for each in words if each != one.side] == [
        each for each in others if each != other.side
    ]


def _problems(profile: _Fields, given: Iterable[str]) -> Iterator[str]:
    """The problems of the given fields that have the wrong type or value."""
    for name in given:
        value = getattr(profile, name)
        is_right, what = _KINDS[name]
        if value is None and profile._field_defaults.get(name, ...) is None:
            continue
        try:
            if is_right(value):
                continue
        except TypeError:
            pass  # an unhashable value is wrong
        yield f"{name} must be {what}, not {value!r}"


def is_day(value: object) -> TypeGuard[date]:
    """Whether it is a date, and not a datetime."""
    return isinstance(value, date) and not isinstance(value, datetime)


def _is_code(value: object) -> bool:
    return isinstance(value, str) and value.isalnum() and value == value.upper()


def _is_example(value: object) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 3
        and _is_code(value[0])
        and _is_code(value[1])
        and (value[2] is None or is_day(value[2]))
    )


def is_country(value: object) -> TypeGuard[str]:
    """Whether it looks like a country code of ISO 3166: two capital letters."""
    return isinstance(value, str) and len(value) == 2 and value.isascii() and value.isupper()


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_zone(value: object) -> bool:
    return value == "UTC" or (isinstance(value, str) and is_zone(value))


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_span(value: object) -> bool:
    return isinstance(value, timedelta) and value >= timedelta(0)


def _are_limits(value: object) -> bool:
    return isinstance(value, tuple) and all(
        isinstance(each, tuple)
        and len(each) == 2
        and type(each[0]) is int
        and each[0] > 0
        and isinstance(each[1], timedelta)
        and each[1] > timedelta(0)
        for each in value
    )


def _are_series(value: object) -> bool:
    if value == ():
        return True
    from forexhooks.rates.series import are_series

    return are_series(value)


_OF_A_SERIES = ("frequency", "publication_days", "history_from", "in_advance")

# A check for each field, and in words what it must be. A field whose default is None may be None.
_KINDS: dict[str, tuple[Callable[[object], bool], str]] = {
    **dict.fromkeys(
        ("title", "url", "publishes", "key", "attribution", "terms"), (_is_text, "a string")
    ),
    "zone": (_is_zone, "the name of a time zone, like 'Europe/Bucharest'"),
    "pivot": (_is_code, "a currency code like 'USD'"),
    "history_from": (is_day, "a date"),
    **dict.fromkeys(("latest_only", "day_by_day", "verified"), (_is_bool, "True or False")),
    "frequency": (
        _MAX_GAP.__contains__,
        "'day', 'week', 'month', 'quarter' or 'year'",
    ),
    "published_at": (lambda value: isinstance(value, time), "a time of the day, like time(16, 0)"),
    **dict.fromkeys(
        ("grace", "time_to_live", "corrected_within", "in_advance"),
        (_is_span, "a timedelta of 0 or more"),
    ),
    "ahead": (lambda value: type(value) is int and value >= 0, "a number of days, 0 or more"),
    "request_limits": (
        _are_limits,
        "a tuple of numbers of requests, each with its time, like ((5, timedelta(seconds=1)),)",
    ),
    "publication_days": (callable, "a function of a date, like forexhooks.weekdays"),
    "series": (_are_series, "a tuple of forexhooks.Series with different names"),
    "country": (is_country, "an ISO 3166 code of two letters, like 'PL', or 'EU'"),
    "example": (_is_example, "a tuple of base, quote, and a date or None"),
}
