"""The calendar: which exact fraction applies to each pair and day, carried forward."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forexhooks.frames.arrays import Array
from forexhooks.frames.columns import EPOCH
from forexhooks.frames.fractions import Fractions, carried, fraction_of
from forexhooks.rates.observations import Pair
from forexhooks.rates.profile import latest_today
from forexhooks.rates.subunits import digits_of, parent_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.errors import (
        ForexError,
    )
    from forexhooks.rates.rate import Rate
    from forexhooks.rates.table import RateTable
    from forexhooks.service.service import ForexService


Given = list[tuple["ForexService", "RateTable | ForexError | None"]]

NO_UNIT = -(1 << 20)
"""Instead of a shift: the quote currency has no minor unit, and nothing can be converted to it."""

_EARLIEST = date(1800, 1, 1)
_POWERS = np.array([float(10**power) for power in range(300)])
_KEY_OF_DAY_0 = 1 << 31
_DAY_OF_KEY = (1 << 32) - 1


class Span(NamedTuple):
    """The first and last day that need rates, and the days to ask for.

    `limit` is the last day that may have rates today. Days are counted from 1970-01-01.
    """

    first: int
    last: int
    start: date
    end: date
    limit: int

    @classmethod
    def of(
        cls,
        service: ForexService,
        low: int,
        high: int,
        max_gap: int | None,
        *,
        identity: bool = False,
    ) -> Span:
        """The days from `low` to `high` that may have rates at all.

        With `identity`, from `low` on, whenever the driver's history begins: a currency has a rate
        in itself on any day, and an extension may adjust it differently on each. A rule may have a
        rate on any day: of a day to come, an earlier one may count.
        """
        if service.rule is not None:  # asked day by day: it has no table of these days
            last = min(high, date.max.toordinal() - EPOCH)
            first = min(max(low, date.min.toordinal() - EPOCH), last + 1)
            return cls(first, last, date.min, date.max, last)
        profiles = service.profiles()
        gap = max([each.max_gap for each in profiles]) if max_gap is None else max_gap
        earliest = min([each.history_from or _EARLIEST for each in profiles]).toordinal() - EPOCH
        limit = latest_today().toordinal() - EPOCH  # no provider's date is later
        last = min(high, limit)
        first = min(low if identity else max(low, earliest), last + 1)  # that is, no days at all
        start = min(max(first - gap, earliest), last)
        begin = date.fromordinal(max(1, start + EPOCH))
        return cls(first, last, begin, date.fromordinal(max(1, last + EPOCH)), limit)

    def joined(self, other: Span) -> Span:
        """The days from the first of both to the last of both."""
        return Span(
            min(self.first, other.first),
            max(self.last, other.last),
            min(self.start, other.start),
            max(self.end, other.end),
            self.limit,
        )


class Cells(NamedTuple):
    """The pairs and days of a calendar, numbered. Days are counted from 1970-01-01.

    Dense: pair by pair, all days from `first` to `last`, with a cell before and a cell after them
    for all other days. Sparse: the cells in `keys`, in order.
    """

    pairs: Sequence[Pair]
    first: int
    last: int
    keys: Array | None = None

    @property
    def width(self) -> int:
        """How many cells a pair has, if they are dense."""
        return self.last - self.first + 3

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self.pairs) * self.width if self.keys is None else len(self.keys)

    def of_pair(self, row: int) -> tuple[slice, Array]:
        """Which cells belong to a pair, and their days as ordinals."""
        if self.keys is None:
            days = np.arange(self.first - 1, self.last + 2) + EPOCH
            return slice(row * self.width, (row + 1) * self.width), days
        start, end = np.searchsorted(self.keys, [row << 32, (row + 1) << 32])
        return slice(start, end), (self.keys[start:end] & _DAY_OF_KEY) - _KEY_OF_DAY_0 + EPOCH

    def has(self, days: Array) -> Array:
        """Which of these days, as ordinals, have a cell of their own."""
        within: Array = (days >= self.first + EPOCH) & (days <= self.last + EPOCH)
        return within

    def cover(self, pairs: Sequence[Pair], first: int, last: int) -> bool:
        """Whether all these pairs have cells on all days from `first` to `last`."""
        return (
            self.keys is None
            and self.first <= first
            and last <= self.last
            and (pairs == self.pairs or set(pairs) <= set(self.pairs))
        )

    def rows_and_days(self, cells: Array) -> tuple[Array, Array]:
        """The numbers of these cells' pairs, and their days as ordinals."""
        if self.keys is None:
            rows, days = np.divmod(cells, self.width)
            return rows, days + (self.first - 1 + EPOCH)
        keys = self.keys[cells]
        return keys >> 32, (keys & _DAY_OF_KEY) - _KEY_OF_DAY_0 + EPOCH


class Units(NamedTuple):
    """For each pair of a calendar, how many places its results have; `lacking`: unknown."""

    terms: tuple[int | None, bool]
    listed: list[int | None]
    places: Array
    lacking: Array

    @classmethod
    def of(cls, terms: tuple[int | None, bool], listed: list[int | None]) -> Units:
        """Units from the terms of a call, and a list with None for what is unknown."""
        places = np.array([each or 0 for each in listed], np.int64)
        return cls(terms, listed, places, np.array([each is None for each in listed], bool))


def key_of(rows: Array, days: Array) -> Array:
    """The keys of sparse cells."""
    return (rows.astype(np.int64) << 32) + (days.astype(np.int64) + _KEY_OF_DAY_0)


class Calendar:
    """Filled cells: `at` has the number of the fraction for each; 0 is none."""

    def __init__(self, cells: Cells) -> None:
        self.cells: Cells = cells
        self.at: Array = np.zeros(cells.size, np.int32)
        self.settled: Array = np.zeros(cells.size, bool)  # asked for: empty ones stay empty
        self.given: Given = []
        self.stale: list[str] = []  # what drivers lack of these days
        self.failed: dict[int, ForexError] = {}  # by cell, why a driver did not answer
        self.is_whole: bool = True  # all cells were looked up, not only needed ones
        self._parts: list[Fractions] = [Fractions.of([(0, 0, 1, 0)])]
        self._rows: list[Array] = [np.zeros(1, np.int64)]
        self._count = 1
        self.units: dict[Any, Units] = {}  # the results of `Terms.units`
        self._rates: dict[Any, Array] = {}
        self._least: dict[Any, float] = {}

    def __copy__(self) -> Calendar:
        """The same cells, arrays and all: `copy` itself takes many times as long."""
        other = object.__new__(Calendar)
        other.__dict__.update(self.__dict__)
        return other

    def fill(self, table: RateTable, max_gap: int | None) -> None:
        """Fill the empty cells that the table has an answer for."""
        gap = table.profile.max_gap if max_gap is None else max_gap
        for row, (base, quote) in enumerate(self.cells.pairs):
            where, days = self.cells.of_pair(row)
            at = self.at[where]
            parents = parent_of(base), parent_of(quote)
            fractions, found = carried(table, *parents).at(table, days, gap)
            shift = digits_of(quote) - digits_of(base)
            if shift:
                fractions = fractions._replace(exponent=fractions.exponent + shift)
            wanted = (found >= 0) & (at == 0) & (days <= self.cells.last + EPOCH)
            if base != quote:  # in itself it is 1 on any day, even the earliest
                wanted &= self.cells.has(days)
            if wanted.any():
                counted = found[wanted]
                low, high = int(counted.min()), int(counted.max())
                at[wanted] = counted + (self._count - low)
                self._add(Fractions(*(part[low : high + 1] for part in fractions)), row)

    def wanted(self, needed: Array) -> Array:
        """The needed cells that are empty and not known to stay empty, by pair and day."""
        cells = self.cells
        empty = needed[(self.at[needed] == 0) & ~self.settled[needed]]
        rows, days = cells.rows_and_days(empty)
        is_pair = np.array([all(pair) for pair in cells.pairs], bool)
        wanted: Array = empty[cells.has(days) & is_pair[rows]]
        return wanted

    def by_pair(self, wanted: Array) -> Iterator[tuple[int, Array, Array]]:
        """These cells, pair by pair: the pair's number, its cells, and their days as ordinals."""
        rows, days = self.cells.rows_and_days(wanted)
        edges = [0, *(np.flatnonzero(np.diff(rows)) + 1).tolist(), len(wanted)]
        for start, end in pairwise(edges):
            if start < end:
                yield int(rows[start]), wanted[start:end], days[start:end]

    def put(self, row: int, cells: Array, answers: Sequence[Rate | None]) -> None:
        """Fill needed cells of a pair; with None they stay empty."""
        self.is_whole = False
        found = np.array([answer is not None for answer in answers], bool)
        self.at[cells[found]] = np.arange(found.sum()) + self._count
        rates = (answer for answer in answers if answer is not None)
        items = [(rate.on.toordinal(), *fraction_of(rate)) for rate in rates]
        self._add(Fractions.of(items), row)

    def go_on_from(self, before: Calendar) -> None:
        """Take over what was looked up cell by cell for another frame."""
        cells, old = self.cells, before.cells
        if before.is_whole or cells.keys is not None or old.keys is not None:
            return
        rows = {pair: row for row, pair in enumerate(cells.pairs)}
        # Here, the cells before the first day and after the last belong to other days.
        first, last = max(cells.first, old.first), min(cells.last, old.last)
        if first > last:
            return
        for old_row, pair in enumerate(old.pairs):
            start = rows[pair] * cells.width + 1 - cells.first
            old_start = old_row * old.width + 1 - old.first
            here, there = (slice(at + first, at + last + 1) for at in (start, old_start))
            self.at[here] = before.at[there]
            self.settled[here] = before.settled[there]
        rows_of = np.array([rows[pair] for pair in old.pairs], np.int64)
        self._parts, self._rows = [before.fractions], [rows_of[before.rows]]
        self._count = before._count

    def _add(self, fractions: Fractions, row: int) -> None:
        self._parts.append(fractions)
        self._rows.append(np.full(len(fractions.days), row, np.int64))
        self._count += len(fractions.days)

    def finish(self) -> None:
        """Put together what was filled in."""
        parts = zip(*self._parts, strict=True)
        self.fractions: Fractions = Fractions(*map(np.concatenate, parts))
        self.rows: Array = np.concatenate(self._rows)

    def rates(self, units: Units, scale: int) -> Array:
        """For each cell, the rate from whole numbers of 10 ** -scale to the quote's minor units.

        It is a float64, off by at most 6 units in 2 ** 53, and NaN if there is none. `units` belong
        to this calendar.
        """
        key = units.terms, scale
        known = self._rates.get(key)
        if known is None:
            shift = np.where(units.lacking, NO_UNIT, units.places - scale)
            known = self._rates[key] = self._shifted(shift[self.rows])[self.at]
        return known

    def least(self, units: Units, scale: int) -> float:
        """The smallest of those rates; 1 if all are larger."""
        key = units.terms, scale
        if key not in self._least:
            rates = self.rates(units, scale)
            self._least[key] = float(rates[rates < 1].min(initial=1.0))
        return self._least[key]

    def nearest(self) -> Array:
        """For each fraction, the nearest float64."""
        _, top, bottom, exponent = self.fractions
        return np.array(list(map(_quotient, top.tolist(), bottom.tolist(), exponent.tolist())))

    def _shifted(self, shift: Array) -> Array:
        _, top, bottom, exponent = self.fractions
        power = np.where(shift == NO_UNIT, 0, exponent + shift)
        if top.dtype == object or bottom.dtype == object or (abs(power) >= len(_POWERS)).any():
            rates = np.array(list(map(_quotient, top.tolist(), bottom.tolist(), power.tolist())))
        else:
            rates = top.astype(np.float64) / bottom.astype(np.float64)
            up = power > 0
            rates[up] *= _POWERS[power[up]]
            rates[~up] /= _POWERS[-power[~up]]
        rates[0] = np.nan
        rates[shift == NO_UNIT] = np.nan
        return rates


def _quotient(top: int, bottom: int, power: int) -> float:
    """The quotient rounded once, however large the numbers are."""
    quotient: float = top * 10 ** max(power, 0) / (bottom * 10 ** max(-power, 0))
    return quotient
