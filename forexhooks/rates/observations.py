"""One pair's observations in order of their days, and the ways that lead from base to quote."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from forexhooks.rates.decimals import half_unit_error
from forexhooks.rates.rate import Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from forexhooks.rates.rate import Input

Pair = tuple[str, str]
More = tuple["date | None", "tuple[Input, ...]"]
"""`until` and `inputs` of an observation, where it has any."""


class Scaled(NamedTuple):
    """Observations in bulk, in order of their days: each value is digits / 10 ** places.

    Three columns of ints, as lists or as numpy's arrays. Days are proleptic ordinals.
    """

    days: Any
    digits: Any
    places: Any


class Series(Protocol):
    """All observations of one pair in the direction published. Days are proleptic ordinals."""

    @property
    def first(self) -> int:
        """The day of the first observation."""

    @property
    def last(self) -> int:
        """The day of the last observation."""

    def newest(self, on: int, oldest: int) -> int | None:
        """The newest observed day from `oldest` to `on`, both included."""

    def value(self, day: int) -> Decimal:
        """What was observed on a day that `newest` or `days` gave."""

    def days(self, start: int, end: int) -> Iterable[int]:
        """The observed days from `start` to `end`, both included, in order."""

    def scaled(self, start: int, end: int) -> Scaled:
        """What was observed from `start` to `end`, both included. Needs numpy."""


class ListedSeries:
    """A series over a mapping of days to values; at least one. `more` is of some days."""

    def __init__(self, values: Mapping[int, Decimal], more: Mapping[int, More]) -> None:
        self._values = values
        self.more: Mapping[int, More] = more
        self._days = sorted(values)
        self.first: int = self._days[0]
        self.last: int = self._days[-1]

    def newest(self, on: int, oldest: int) -> int | None:
        """The newest observed day from `oldest` to `on`, both included."""
        after = bisect_right(self._days, on)
        if after == 0 or self._days[after - 1] < oldest:
            return None
        return self._days[after - 1]

    def value(self, day: int) -> Decimal:
        """What was observed on a day that `newest` or `days` gave."""
        return self._values[day]

    def days(self, start: int, end: int) -> Sequence[int]:
        """The observed days from `start` to `end`, both included, in order."""
        return self._days[bisect_left(self._days, start) : bisect_right(self._days, end)]

    def scaled(self, start: int, end: int) -> Scaled:
        """What was observed from `start` to `end`, both included."""
        days = self.days(start, end)
        parts = [scaled_value(self._values[day]) for day in days]
        return Scaled(days, [digits for digits, _ in parts], [places for _, places in parts])


def scaled_value(value: Decimal) -> tuple[int, int]:
    """Digits and places of a Decimal above 0: digits / 10 ** places is the value."""
    whole, _, decimals = str(value).partition(".")
    try:
        return int(whole + decimals), len(decimals)
    except ValueError:  # it is written with an exponent
        pass
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - observations are finite
    return int("".join(map(str, digits))), -exponent


def observation(pair: Pair, series: Series, day: int) -> Observation:
    """What was observed on a day that has an observation."""
    more = series.more.get(day, ()) if isinstance(series, ListedSeries) else ()
    return Observation(date.fromordinal(day), *pair, series.value(day), *more)


class Side:
    """What was observed between two currencies, in one direction or in both, the direct first."""

    def __init__(self, published: list[tuple[Pair, Series]]) -> None:
        self.published = published
        self.first: int = min(series.first for _, series in published)
        self.last: int = max(series.last for _, series in published)

    @property
    def pair(self) -> str:
        """The pair as published: EUR/USD."""
        return "/".join(self.published[0][0])

    def newest(self, on: int, oldest: int) -> int | None:
        """The newest day from `oldest` to `on`, both included, observed in either direction."""
        if len(self.published) == 1:
            return self.published[0][1].newest(on, oldest)
        days = (series.newest(on, oldest) for _, series in self.published)
        return max((day for day in days if day is not None), default=None)

    def days(self, start: int, end: int) -> set[int]:
        """The days from `start` to `end`, both included, observed in either direction."""
        return {day for _, series in self.published for day in series.days(start, end)}

    def leg(self, day: int) -> Observation:
        """The observation of an observed day; of two directions the one that says more exactly."""
        observed = [
            observation(pair, series, day)
            for pair, series in self.published
            if series.newest(day, day) is not None
        ]
        if len(observed) == 1:
            return observed[0]
        return min(observed, key=lambda each: half_unit_error(each.value))


Route = tuple[Side] | tuple[Side, Side]
"""One side for a direct or inverse rate, two for a cross."""


def common_day(route: Route, on: int, oldest: int) -> int | None:
    """The newest day from `oldest` to `on`, both included, on which all sides were observed."""
    day = route[0].newest(on, oldest)
    if len(route) == 1:
        return day
    while day is not None:
        other = route[1].newest(day, oldest)
        if other is None or other == day:
            return other
        day = route[0].newest(other, oldest)
        if day == other:
            return day
    return None
