"""One pair's observations in order of their days: a column."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from forexhooks.rates.rate import Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal
    from typing import Protocol

    from forexhooks.rates.rate import Input

Pair = tuple[str, str]
More = tuple["date | None", "tuple[Input, ...]"]
"""`until` and `inputs` of an observation, if it has them."""


class Scaled(NamedTuple):
    """Many observations, in order of their days: each value is digits / 10 ** places.

    Three columns of ints, as lists or as numpy arrays. Days are proleptic ordinals.
    """

    days: Any
    digits: Any
    places: Any


if TYPE_CHECKING:

    class Column(Protocol):
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


class ListedColumn:
    """A column made of a mapping of days to values, which is not empty. `more` has some days.

    Some or all may be periods, given by their first days; no two share a day. `last` is then the
    last day that the last period applies to.
    """

    def __init__(self, values: Mapping[int, Decimal], more: Mapping[int, More]) -> None:
        self._values = values
        self.more: Mapping[int, More] = more
        self.until: dict[int, int] = {
            day: until.toordinal() for day, (until, _) in more.items() if until is not None
        }
        self._days = sorted(values)
        self.first: int = self._days[0]
        self.last: int = self.until.get(self._days[-1], self._days[-1])

    def newest(self, on: int, oldest: int) -> int | None:
        """The period with the day `on`, else the newest observed day from `oldest` to `on`."""
        after = bisect_right(self._days, on)
        if after and self.until:
            if self.until.get(self._days[after - 1], 0) >= on:
                return self._days[after - 1]
            while after and self._days[after - 1] in self.until:
                after -= 1
        if after == 0 or self._days[after - 1] < oldest:
            return None
        return self._days[after - 1]

    def value(self, day: int) -> Decimal:
        """What was observed on a day that `newest` or `days` gave."""
        return self._values[day]

    def days(self, start: int, end: int) -> Sequence[int]:
        """The observed days from `start` to `end`, both included, and periods with such days."""
        first = bisect_left(self._days, start)
        if first and self.until and self.until.get(self._days[first - 1], 0) >= start:
            first -= 1
        return self._days[first : bisect_right(self._days, end)]

    def scaled(self, start: int, end: int) -> Scaled:
        """What was observed from `start` to `end`, both included."""
        days = self.days(start, end)
        parts = [scaled_value(self._values[day]) for day in days]
        return Scaled(days, [digits for digits, _ in parts], [places for _, places in parts])


def scaled_value(value: Decimal) -> tuple[int, int]:
    """The digits and places of a Decimal above 0; its value is digits / 10 ** places."""
    whole, _, decimals = str(value).partition(".")
    try:
        return int(whole + decimals), len(decimals)
    except ValueError:  # it is written with an exponent
        pass
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - observations are finite
    return int("".join(map(str, digits))), -exponent


def periods_of(column: Column) -> dict[int, int]:
    """The last day of each period in a column, by its first day."""
    return column.until if isinstance(column, ListedColumn) else {}


def observation(pair: Pair, column: Column, day: int) -> Observation:
    """What was observed on a day that has an observation."""
    more = column.more.get(day, ()) if isinstance(column, ListedColumn) else ()
    return Observation(date.fromordinal(day), *pair, column.value(day), *more)
