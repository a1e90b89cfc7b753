"""Series that are computed of a driver's daily rates: averages, and values at the end of a month.

Each pair is averaged in the direction published; inverses and crosses are made of the averages.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from forexhooks.rates.decimals import ONE, mean, round_quotient
from forexhooks.rates.history import first_day
from forexhooks.rates.observations import observation, periods_of, scaled_value
from forexhooks.rates.rate import Input, Observation
from forexhooks.rates.series import Series

if TYPE_CHECKING:
    from collections.abc import Collection
    from decimal import Decimal

    from forexhooks.rates.history import Period
    from forexhooks.rates.observations import Pair
    from forexhooks.rates.profile import Profile
    from forexhooks.rates.table import RateTable

COMPUTED: tuple[Series, ...] = (
    # An average says nothing about days outside its period, so it is not carried forward.
    Series("month-average", frequency="month", statistic="average", max_gap=0),
    Series("month-end", frequency="month", statistic="end"),
    Series("year-average", frequency="year", statistic="average", max_gap=0),
)
"""The series computed for every driver that has past days and whose first series is daily."""

_DAILY = ("fixing", "mid")
_ONE_DAY = timedelta(days=1)
_MOST_KEPT = 64
_LONGEST_HOLIDAYS = 5

# The tables computed from each table, by series, currencies and days.
_made: WeakKeyDictionary[RateTable, OrderedDict[object, RateTable]] = WeakKeyDictionary()
_places_of: WeakKeyDictionary[RateTable, dict[Pair, int]] = WeakKeyDictionary()


def computed_of(profile: Profile) -> tuple[Series, ...]:
    """The series that can be computed of the first series of a driver.

    Args:
        profile: The driver's.

    Returns:
        Those of `COMPUTED` that it does not publish itself; none of rates that are not daily, or
        not of past days.
    """
    first = profile.of_series() if profile.series else profile
    is_other = first.series and (first.series[0].statistic, first.series[0].side) != _DAILY
    if first.frequency != "day" or first.latest_only or is_other:
        return ()
    published = {each.name for each in profile.series}
    return tuple(each for each in COMPUTED if each.name not in published)


def computed_profile(profile: Profile, series: Series) -> Profile:
    """A driver's profile as it is of a computed series, which is the first in it."""
    first = profile.of_series() if profile.series else profile
    return first._replace(
        series=(series, *profile.series), frequency=series.frequency or first.frequency
    )


def widened(series: Series, start: date | None, end: date | None, today: date) -> tuple[date, date]:
    """The days of the source that are needed for those from `start` to `end`, or for the latest.

    Whole periods. Where the last is not over, two before it too: the newest that there is tells why
    there is none of it, and the last days of one that is just over may not be out.
    """
    period = _period(series)
    start, end = start or today, end or today
    if _last_day(period, end) >= today:
        before = first_day(period, _before(first_day(period, today)))
        start = min(start, _before(before))
    return first_day(period, start), _last_day(period, end)


def computed_table(
    source: RateTable, series: Series, currencies: Collection[str], start: date, end: date
) -> RateTable:
    """The table of a computed series, of the periods from `start` to `end`.

    A period is in it if it is over, and if the source holds all of it. Where the profile names a
    pivot, the pairs among the currencies and with the pivot are in it.

    Args:
        source: The daily table of these days; what it answers may be adjusted, as these are then.
        series: One of `COMPUTED`.
        currencies: What is asked for.
        start: The first day of the first period.
        end: The last day of the last period.

    Returns:
        The table; it is kept as long as the source is.
    """
    pivot = source.profile.pivot
    codes = None if pivot is None else frozenset((*currencies, pivot))
    kept = _made.setdefault(source, OrderedDict())
    key = series.name, codes, start, end
    table = kept.get(key)
    if table is None:
        table = source.with_observations(
            _observations(source, series, codes, start, end),
            profile=computed_profile(source.profile, series),
            series=series.name,
            complete_to=_complete_to(source, _period(series)),
        )
        kept[key] = table
        while len(kept) > _MOST_KEPT:
            kept.popitem(last=False)
    return table


def _complete_to(source: RateTable, period: Period) -> date | None:
    """The last day of the last period that the source has the whole of."""
    held = source.complete_to
    if held is None:
        return None
    begin = first_day(period, held)
    return _last_day(period, begin) if _is_held(source, period, begin) else _before(begin)


def _observations(
    source: RateTable, series: Series, codes: frozenset[str] | None, start: date, end: date
) -> list[Observation]:
    period = _period(series)
    days_of = {
        pair: _by_period(period, column.days(start.toordinal(), end.toordinal()))
        for pair, column in source.columns.items()
        if not periods_of(column)
    }
    everyones: dict[date, tuple[int, int]] = {}
    for days_by_period in days_of.values():
        for begin, days in days_by_period.items():
            others = everyones.get(begin, (days[0], days[-1]))
            everyones[begin] = min(others[0], days[0]), max(others[1], days[-1])
    whole = {begin for begin, days in everyones.items() if _is_whole(source, period, begin, *days)}
    return [
        _computed(source, series, pair, begin, days)
        for pair, days_by_period in days_of.items()
        if codes is None or codes.issuperset(pair)
        for begin, days in days_by_period.items()
        # A pair that began or ended during the period has no average of it, and no end value.
        if begin in whole and (days[0], days[-1]) == everyones[begin]
    ]


def _computed(
    source: RateTable, series: Series, pair: Pair, begin: date, days: list[int]
) -> Observation:
    column = source.columns[pair]
    if series.statistic == "end":
        return observation(pair, column, days[-1])
    values = [column.value(day) for day in days]
    exact = mean([(value, ONE) for value in values])
    made_of = Input(
        source.driver,
        source.series,
        date.fromordinal(days[0]),
        date.fromordinal(days[-1]),
        len(days),
    )
    value = round_quotient(*exact, _places(source, pair, values), ROUND_HALF_UP)
    return Observation(begin, *pair, value, _last_day(_period(series), begin), (made_of,))


def _places(source: RateTable, pair: Pair, values: Iterable[Decimal]) -> int:
    """The decimal places of the source's values: of all values, unless it is an extract.

    Trailing zeros may be lost, so the values of one month may have fewer places. Places that fewer
    than 1 in 1,000 values have are a slip: the ECB has a single value of SEK with five.
    """
    if source.is_extract:
        return max(scaled_value(value)[1] for value in values)
    places = _places_of.setdefault(source, {})
    if pair not in places:
        column = source.columns[pair]
        days = column.days(column.first, column.last)
        many = Counter(scaled_value(column.value(day))[1] for day in days)
        places[pair] = max(each for each in many if many[each] * 1000 >= many.total())
    return places[pair]


def _is_whole(source: RateTable, period: Period, begin: date, first: int, last: int) -> bool:
    """Whether the source has the whole period; its rates in it are from `first` to `last`."""
    if not _is_held(source, period, begin):
        return False
    due_first, due_last = _due(source.profile, period, begin)
    history_from = source.profile.history_from
    if history_from is not None and history_from > due_first:
        return False
    # No provider has longer holidays at either end: a currency began or ended in the period.
    late, early = first - due_first.toordinal(), due_last.toordinal() - last
    return max(late, early) <= _LONGEST_HOLIDAYS


def _is_held(source: RateTable, period: Period, begin: date) -> bool:
    """Whether the source holds everything that the provider publishes in a period."""
    held = source.complete_to
    return held is not None and held >= _due(source.profile, period, begin)[1]


def _due(profile: Profile, period: Period, begin: date) -> tuple[date, date]:
    """The first and the last day of a period on which the provider publishes."""
    first, last = begin, _last_day(period, begin)
    while first < last and not profile.publication_days(first):
        first += _ONE_DAY
    while last > begin and not profile.publication_days(last):
        last -= _ONE_DAY
    return first, last


def _by_period(period: Period, days: Iterable[int]) -> dict[date, list[int]]:
    found: dict[date, list[int]] = {}
    for day in days:
        found.setdefault(first_day(period, date.fromordinal(day)), []).append(day)
    return found


def _period(series: Series) -> Period:
    return "year" if series.frequency == "year" else "month"


def _last_day(period: Period, day: date) -> date:
    begin = first_day(period, day)
    if begin.year == date.max.year and (period == "year" or begin.month == 12):
        return date.max
    return first_day(period, begin + timedelta(days=366 if period == "year" else 31)) - _ONE_DAY


def _before(begin: date) -> date:
    """The day before a period; its first day if the calendar begins with it."""
    return begin - _ONE_DAY if begin > date.min else begin
