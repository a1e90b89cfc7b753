"""The ways that lead from base to quote, and the observations to use on them."""

from __future__ import annotations

from datetime import date
from functools import partial, reduce
from itertools import chain, product
from typing import TYPE_CHECKING

from forexhooks.currencies import ended_currency
from forexhooks.rates.decimals import add, half_unit_error
from forexhooks.rates.observations import observation, periods_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from forexhooks.rates.observations import Column, Pair
    from forexhooks.rates.rate import Observation


_NO_END = date.max.toordinal()


class Link:
    """The observations between two currencies, in one or both directions, the direct one first."""

    def __init__(self, published: list[tuple[Pair, Column]]) -> None:
        self.published = published
        self.has_periods: bool = any(map(periods_of, (column for _, column in published)))
        self.is_peg: bool = self.has_periods and any(
            _NO_END in periods_of(column).values() for _, column in published
        )
        self.first: int = min(column.first for _, column in published)
        self.last: int = max(column.last for _, column in published)

    @property
    def pair(self) -> str:
        """The pair as published: EUR/USD."""
        return "/".join(self.published[0][0])

    def newest(self, on: int, oldest: int) -> int | None:
        """The newest day from `oldest` to `on`, both included, observed in either direction."""
        if len(self.published) == 1:
            return self.published[0][1].newest(on, oldest)
        days = (column.newest(on, oldest) for _, column in self.published)
        return max((day for day in days if day is not None), default=None)

    def days(self, start: int, end: int) -> set[int]:
        """The days from `start` to `end`, both included, observed in either direction.

        Of a period the first of these days that it applies to.
        """
        days = {day for _, column in self.published for day in column.days(start, end)}
        return {max(day, start) for day in days} if self.has_periods else days

    def leg(self, day: int) -> Observation:
        """The observation of an observed day; of two directions the one that says more exactly."""
        observed = [
            observation(pair, column, day)
            for pair, column in self.published
            if column.newest(day, day) is not None
        ]
        if len(observed) == 1:
            return observed[0]
        return min(observed, key=lambda each: half_unit_error(each.value))


Route = tuple[Link, ...]
"""One link for a direct or inverse rate, two for a cross; before and after them may be a peg."""


def link_between(
    forward: Mapping[Pair, Column], backward: Mapping[Pair, Column], one: str, other: str
) -> Link | None:
    """The observations that lead from `one` currency to the `other`; None: there are none.

    For a pair published in the opposite direction, `backward` has the observations to use.
    """
    columns = (((one, other), forward), ((other, one), backward))
    published = [(pair, column[pair]) for pair, column in columns if pair in column]
    return Link(published) if published else None


def routes_between(
    forward: Mapping[Pair, Column],
    backward: Mapping[Pair, Column],
    neighbours: Mapping[str, set[str]],
    preferred: str | None,
    pair: Pair,
) -> list[list[Route]]:
    """The ways from base to quote in groups, as `RateTable.routes` returns them.

    `neighbours` has the currencies that each currency was observed with. `preferred` is the pivot
    to try first for crosses.
    """
    link = partial(link_between, forward, backward)
    groups = _short_routes(link, neighbours, preferred, *pair)
    return groups or _routes_by_pegs(link, neighbours, *pair)


def _short_routes(
    link: Callable[[str, str], Link | None],
    neighbours: Mapping[str, set[str]],
    preferred: str | None,
    base: str,
    quote: str,
) -> list[list[Route]]:
    direct = link(base, quote)
    groups: list[list[Route]] = [] if direct is None else [[(direct,)]]
    by_pivot: dict[bool, list[Route]] = {True: [], False: []}
    for pivot in sorted(neighbours[base] & neighbours[quote]):
        one, other = link(base, pivot), link(pivot, quote)
        if one is not None and other is not None:
            by_pivot[pivot == preferred].append((one, other))
    return groups + list(filter(None, by_pivot.values()))


def _routes_by_pegs(
    link: Callable[[str, str], Link | None],
    neighbours: Mapping[str, set[str]],
    base: str,
    quote: str,
) -> list[list[Route]]:
    """The shortest ways on which one or both go through the currency that they are pegged to."""

    def anchors(code: str) -> list[tuple[str, Route]]:
        pegs = ((other, link(code, other)) for other in sorted(neighbours[code]))
        return [(code, ()), *((other, (peg,)) for other, peg in pegs if peg and peg.is_peg)]

    found: list[Route] = []
    for (one, before), (other, after) in product(anchors(base), anchors(quote)):
        if one != other:
            ways = chain.from_iterable(_short_routes(link, neighbours, None, one, other))
            found += [(*before, *way, *after[::-1]) for way in ways]
    shortest = min(map(len, found), default=0)
    return [[way for way in found if len(way) == shortest]] if found else []


def common_day(route: Route, on: int, oldest: int) -> int | None:
    """The newest day from `oldest` to `on`, both included, on which all links were observed."""
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


def best_legs(
    groups: list[list[Route]], base: str, quote: str, asked: int, oldest: int
) -> tuple[Observation, ...]:
    """The legs of the best route, all from one day or period; empty if there is no route."""
    for group in groups:
        found = []
        for route in group:
            if any(link.has_periods for link in route):
                from forexhooks.rates.periods import newest_legs

                day, legs = newest_legs(route, asked, oldest)
            else:
                day, legs = common_day(route, asked, oldest), None
            if day is not None and not _converted_since(base, quote, day, asked):
                found.append((-day, legs or tuple(link.leg(day) for link in route)))
        if len(found) == 1:
            return found[0][1]
        if found:
            return min(found, key=lambda each: (each[0], error_of(each[1])))[1]
    return ()


def error_of(legs: tuple[Observation, ...]) -> Decimal:
    """How far off the legs may be, relative to their values, given the digits published."""
    # sum() would add in the caller's context.
    return reduce(add, (half_unit_error(leg.value) for leg in legs))


def _converted_since(base: str, quote: str, day: int, asked: int) -> bool:
    """Whether one of the currencies ended after `day`, but not after `asked`."""
    for code in (base, quote):
        ended = ended_currency(code)
        if ended is not None and day < ended.converted_on.toordinal() <= asked:
            return True
    return False
