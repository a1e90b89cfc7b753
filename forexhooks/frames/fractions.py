"""All rates that a table has for one pair of currencies, as exact integers by day."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from forexhooks.currencies import ENDED
from forexhooks.errors import ForexError
from forexhooks.frames.arrays import Array
from forexhooks.rates.decimals import ONE, divide
from forexhooks.rates.observations import periods_of, scaled_value
from forexhooks.rates.rate import Observation, Rate, fraction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.rates.observations import Column
    from forexhooks.rates.routes import Link, Route
    from forexhooks.rates.table import RateTable

_LARGEST = float(2**62)
_LAST_DAY = date.max.toordinal()


class Fractions(NamedTuple):
    """Rates as exact fractions: `top / bottom * 10 ** exponent`, one for each day in `days`.

    `top` and `bottom` are int64, or Python integers if one of them is too large.
    """

    days: Array
    top: Array
    bottom: Array
    exponent: Array

    @classmethod
    def of(cls, items: list[tuple[int, int, int, int]]) -> Fractions:
        """Fractions from rows of day, top, bottom and exponent."""
        days, top, bottom, exponent = zip(*items, strict=True) if items else ((), (), (), ())
        return cls(_ints(days), _ints(top), _ints(bottom), np.array(exponent, np.int64))


def fraction_of(rate: Rate) -> tuple[int, int, int]:
    """Top, bottom and exponent of a rate, exactly as it converts."""
    top, bottom = rate.fraction()
    above, places = scaled_value(top)
    if bottom is ONE:
        return above, 1, -places
    below, other_places = scaled_value(bottom)
    return above, below, other_places - places


class Carried:
    """A table's answers for one pair on any day, with observations carried forward.

    `fractions` belong to the days on which both legs were observed. It does not hold the table,
    which could otherwise never be freed.
    """

    def __init__(self, table: RateTable, base: str, quote: str) -> None:
        self._pair = base, quote
        self.is_identity: bool = base == quote
        known = base in table.currencies and quote in table.currencies
        groups = table.routes(base, quote) if known and base != quote else []
        links = [link for group in groups for way in group for link in way]
        # If routes compete or periods meet, only the table knows which counts.
        self.choice_is_open: bool = sum(map(len, groups)) > 1 or any(
            link.has_periods for link in links
        )
        self._links = links if self.choice_is_open else []
        self._changes: dict[int, Array] = {}
        self.route: Route | None = groups[0][0] if groups and not self.choice_is_open else None
        self.fractions: Fractions = Fractions.of([])
        if self.is_identity and known:
            self.fractions = Fractions.of([(0, 1, 1, 0)])
        elif self.route is not None:
            self.fractions = _of_route(self.route, base)

    def at(self, table: RateTable, days: Array, gap: int) -> tuple[Fractions, Array]:
        """The fractions, and the number of the one that applies to each of the days; -1: none."""
        if self.choice_is_open:
            return self._asked(table, days, gap)
        fractions = self.fractions
        found = _newest(fractions.days, days)
        if self.is_identity:
            return fractions, found
        if not len(fractions.days):
            return fractions, np.full(len(days), -1, np.int64)
        observed = fractions.days[found]
        lost = (found < 0) | (observed < days - gap)
        for code in self._pair:
            if code in ENDED:
                converted_on = ENDED[code].converted_on.toordinal()
                lost |= (observed < converted_on) & (days >= converted_on)
        found[lost] = -1
        return fractions, found

    def changes(self, gap: int) -> Array:
        """The days from which on the table's answer may be another one."""
        if gap not in self._changes:
            days = {ENDED[code].converted_on.toordinal() for code in self._pair if code in ENDED}
            for link in self._links:
                for _, column in link.published:
                    days.update(_changes_of(column, gap, is_next=link.has_periods))
            self._changes[gap] = np.array(sorted(days), np.int64)
        return self._changes[gap]

    def _asked(self, table: RateTable, days: Array, gap: int) -> tuple[Fractions, Array]:
        """Ask the table for the first day after each change: it answers all days until the next."""
        items: list[tuple[int, int, int, int]] = []
        spans = np.searchsorted(self.changes(gap), days, side="right")
        _, first, span_of_day = np.unique(spans, return_index=True, return_inverse=True)
        found = np.full(len(first), -1, np.int64)
        for span, day in enumerate(days[first].clip(1, _LAST_DAY).tolist()):
            with suppress(ForexError):
                rate = table.get_rate(*self._pair, date.fromordinal(day), gap)
                found[span] = len(items)
                items.append((rate.on.toordinal(), *fraction_of(rate)))
        return Fractions.of(items), found[span_of_day]


def _changes_of(column: Column, gap: int, *, is_next: bool) -> Iterator[int]:
    """When each observation begins to count, and when it ceases to.

    With `is_next`, the day after an observation is a change, too: periods apply to their own days
    only.
    """
    periods = periods_of(column)
    for day in column.days(column.first, column.last):
        yield day
        if day in periods:
            yield periods[day] + 1
        else:
            yield day + gap + 1
            if is_next:
                yield day + 1


_carried: WeakKeyDictionary[RateTable, dict[tuple[str, str], Carried]] = WeakKeyDictionary()


def carried(table: RateTable, base: str, quote: str) -> Carried:
    """The pair in this table; kept for as long as the table is."""
    of_table = _carried.setdefault(table, {})
    pair = base, quote
    if pair not in of_table:
        of_table[pair] = Carried(table, base, quote)
    return of_table[pair]


def answers(
    table: RateTable, base: str, quote: str, days: Array, max_gap: int | None
) -> list[Rate | None]:
    """What `table.get_rate` returns on these days, none of them in the future; None: it raises.

    The days are ordinals, in order. Adjustments may differ from day to day and are asked for one by
    one. Observations are looked up for all days at once.
    """
    pair = carried(table, base, quote)
    found: list[Rate | None] = [None] * len(days)
    if pair.choice_is_open:
        for index, day in enumerate(days.tolist()):
            with suppress(ForexError):
                found[index] = table.get_rate(base, quote, date.fromordinal(day), max_gap)
        return found
    gap = table.profile.max_gap if max_gap is None else max_gap
    fractions, counted = pair.at(table, days, gap)
    seen = -1
    on, value = date.min, ONE
    legs: tuple[Observation, ...] = ()
    for index, (day, number) in enumerate(zip(days.tolist(), counted.tolist(), strict=True)):
        if number < 0:
            continue
        asked = date.fromordinal(day)
        if pair.route is None:  # identity
            on = asked
        elif number != seen:
            seen, observed = number, int(fractions.days[number])
            legs = tuple(link.leg(observed) for link in pair.route)
            on, value = legs[0].on, divide(*fraction(base, quote, legs))
        with suppress(ForexError):
            found[index] = table.given(Rate(base, quote, value, on, table.driver, legs, asked))
    return found


def _newest(observed: Array, days: Array) -> Array:
    """For each day, the number of the newest observed day that is not after it; -1: none."""
    if not len(days) or days[-1] - days[0] != len(days) - 1:
        return np.searchsorted(observed, days, side="right") - 1
    # Consecutive days: counting is faster than searching.
    before, last = np.searchsorted(observed, days[[0, -1]], side="right")
    is_observed = np.zeros(len(days), np.int64)
    is_observed[observed[before:last] - days[0]] = 1
    is_observed[0] = before - 1
    counted: Array = np.cumsum(is_observed, out=is_observed)
    return counted


def _of_route(route: Route, base: str) -> Fractions:
    first = _of_link(route[0], base)
    if len(route) == 1:
        return first
    (one, other) = route[0].published[0][0]
    second = _of_link(route[1], other if one == base else one)
    days, left, right = np.intersect1d(
        first.days, second.days, assume_unique=True, return_indices=True
    )
    return Fractions(
        days,
        _product(first.top[left], second.top[right]),
        _product(first.bottom[left], second.bottom[right]),
        first.exponent[left] + second.exponent[right],
    )


def _of_link(link: Link, base: str) -> Fractions:
    if len(link.published) > 1:
        return _both_ways(link, base)
    (published_base, _), column = link.published[0]
    days, digits, places = column.scaled(column.first, column.last)
    digits = _ints(digits)
    ones, places = np.ones(len(digits), np.int64), np.asarray(places, np.int64)
    if published_base == base:
        return Fractions(_ints(days), digits, ones, -places)
    return Fractions(_ints(days), ones, digits, places)


def _both_ways(link: Link, base: str) -> Fractions:
    items = []
    for day in sorted(link.days(link.first, link.last)):
        leg = link.leg(day)
        digits, places = scaled_value(leg.value)
        items.append((day, digits, 1, -places) if leg.base == base else (day, 1, digits, places))
    return Fractions.of(items)


def _ints(values: Any) -> Array:
    """The values as int64, or as Python integers if one is too large."""
    try:
        return np.asarray(values, np.int64)
    except OverflowError:
        return np.array([int(value) for value in values], object)


def _product(one: Array, other: Array) -> Array:
    is_small = object not in (one.dtype, other.dtype) and (
        not len(one) or float(one.max()) * float(other.max()) < _LARGEST
    )
    product: Array = one * other if is_small else one.astype(object) * other.astype(object)
    return product
