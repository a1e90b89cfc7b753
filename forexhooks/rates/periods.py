"""Observations that apply to a period: which of them answer for a day."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from forexhooks.rates.observations import observation, periods_of
from forexhooks.rates.routes import best_legs, error_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from forexhooks.rates.observations import Column
    from forexhooks.rates.rate import Observation
    from forexhooks.rates.routes import Link, Route

Legs = tuple["Observation", ...]


class Extent(NamedTuple):
    """How far columns go, if some of them have periods.

    `newest` is the newest day on which an observation begins. `last` is the last observed day; if
    there are only periods, it is the last day of the last period that has an end.
    """

    newest: date
    last: date
    has_days: bool

    @classmethod
    def of(cls, columns: Collection[Column]) -> Extent:
        """The extent of columns; at least one."""
        days: set[int] = set()
        starts: set[int] = set()
        ends: set[int] = set()
        for column in columns:
            periods = periods_of(column)
            starts.update(periods)
            ends.update(periods.values())
            if periods:
                days.update(set(column.days(column.first, column.last)) - periods.keys())
            else:
                days.add(column.last)
        last = max(days or (ends - {date.max.toordinal()}) or ends)
        return cls(date.fromordinal(max(days | starts)), date.fromordinal(last), bool(days))

    @property
    def latest(self) -> date:
        """The day to use for the latest rate if there is none for today."""
        return self.last if self.last < date.max else self.newest


def newest_legs(route: Route, asked: int, oldest: int) -> tuple[int | None, Legs]:
    """The newest day from `oldest` to `asked` on which all links have a rate, and the legs.

    A period has a rate on the day asked for, if that lies in it; it is never carried forward. In a
    cross, a day matches a period that it lies in. A period matches one of the same days, or one
    without an end that it lies in completely.
    """
    if len(route) == 1:
        days = {asked} | _newest_days(route[0], asked, oldest)
    else:
        days = {asked}.union(*(link.days(oldest, asked) for link in route))
    for day in sorted(days, reverse=True):
        observed = product(*(_on_day(link, day) for link in route))
        found = [legs for legs in observed if _are_of_one_time(legs) and _is_open(legs, day, asked)]
        if found:
            return day, min(found, key=error_of)
    return None, ()


def history_legs(
    routes: list[list[Route]], base: str, quote: str, first: int, last: int
) -> list[Legs]:
    """The legs for the days from `first` to `last`, both included; those of a period only once."""
    links = [link for group in routes for route in group for link in route]
    days = {day for link in links for day in link.days(first, last)}
    for column in (column for link in links for _, column in link.published):
        # On the day after a period ends, another observation may apply.
        untils = periods_of(column)
        days.update(untils.get(day, day) + 1 for day in column.days(first, last))
    found = (best_legs(routes, base, quote, day, day) for day in sorted(days) if day <= last)
    return list(dict.fromkeys(found))


def span_of(legs: Legs) -> tuple[date, date | None]:
    """The day of matching legs, or the first and last day that all of them apply to."""
    on = max(leg.on for leg in legs)
    untils = [leg.until for leg in legs if leg.until is not None]
    return on, min(untils) if len(untils) == len(legs) else None


def _newest_days(link: Link, asked: int, oldest: int) -> set[int]:
    found = (column.newest(asked, oldest) for _, column in link.published)
    return {day for day in found if day is not None}


def _on_day(link: Link, day: int) -> list[Observation]:
    """The observations of a day, and of periods that contain it, in either direction."""
    found = ((pair, column, column.newest(day, day)) for pair, column in link.published)
    return [observation(pair, column, key) for pair, column, key in found if key is not None]


def _are_of_one_time(legs: Legs) -> bool:
    """Whether the legs match; each of them applies to the day in question."""
    periods = {(leg.on, leg.until) for leg in legs if leg.until is not None}
    if len(periods) < 2:
        return True
    # A leg without an end, such as a peg, is the same every day, so also in a period within it.
    ended = {period for period in periods if period[1] != date.max}
    since = max(on for on, until in periods if until == date.max) if ended != periods else date.min
    return len(ended) < 2 and all(since <= on for on, _ in ended)


def _is_open(legs: Legs, day: int, asked: int) -> bool:
    """Whether the legs may be used: periods alone only for the day asked for."""
    return day == asked or any(leg.until is None for leg in legs)
