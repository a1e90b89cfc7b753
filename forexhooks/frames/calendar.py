"""The calendar: for pairs and days, which exact fraction counts, carried forward."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from forexhooks.asking import without_warnings
from forexhooks.errors import ForexError, NoDriverAnsweredError
from forexhooks.frames.arrays import Array
from forexhooks.frames.columns import EPOCH
from forexhooks.frames.pairs import Fractions, carried, fraction_of
from forexhooks.tables import RateTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from forexhooks.asking import ForexService
    from forexhooks.progress import Progress
    from forexhooks.rates import Rate


Pair = tuple[str, str]
Given = list[tuple["ForexService", "RateTable | ForexError | None"]]

NO_UNIT = -(1 << 20)
"""In the place of a shift: the quote currency has no minor unit, so there is no rate to it."""

_EARLIEST = date(1800, 1, 1)
_POWERS = np.array([float(10**power) for power in range(300)])
_KEY_OF_DAY_0 = 1 << 31
_DAY_OF_KEY = (1 << 32) - 1


class Span(NamedTuple):
    """First and last day that rates are needed for, since 1970-01-01; and the days to ask for."""

    first: int
    last: int
    start: date
    end: date

    @classmethod
    def of(cls, service: ForexService, low: int, high: int, max_gap: int | None) -> Span:
        """The days from `low` to `high` of which there may be rates at all."""
        profile = service.profile
        gap = profile.max_gap if max_gap is None else max_gap
        earliest = (profile.history_from or _EARLIEST).toordinal() - EPOCH
        last = min(high, profile.today().toordinal() - EPOCH)
        first = min(max(low, earliest), last)
        start = min(max(first - gap, earliest), last)
        days = (date.fromordinal(max(1, day + EPOCH)) for day in (start, last))
        return cls(first, last, *days)


class Cells(NamedTuple):
    """The pairs and days of a calendar, numbered. Days are since 1970-01-01.

    Dense: pair by pair, all days from `first` to `last`, and one cell before and one after them
    that stand for all other days. Sparse: the cells in `keys`, in order.
    """

    pairs: Sequence[Pair]
    first: int
    last: int
    keys: Array | None = None

    @property
    def width(self) -> int:
        """Cells of a pair, where they are dense."""
        return self.last - self.first + 3

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self.pairs) * self.width if self.keys is None else len(self.keys)

    def of_pair(self, row: int) -> tuple[slice, Array]:
        """Where the cells of a pair are, and their days as ordinals."""
        if self.keys is None:
            days = np.arange(self.first - 1, self.last + 2) + EPOCH
            return slice(row * self.width, (row + 1) * self.width), days
        start, end = np.searchsorted(self.keys, [row << 32, (row + 1) << 32])
        return slice(start, end), (self.keys[start:end] & _DAY_OF_KEY) - _KEY_OF_DAY_0 + EPOCH

    def serve(self, other: Cells) -> bool:
        """Whether these are the same cells."""
        return (
            self.keys is other.keys is None
            and (self.first, self.last) == (other.first, other.last)
            and self.pairs == other.pairs
        )

    def day(self, cell: int) -> int:
        """The day of a cell as an ordinal."""
        if self.keys is None:
            return self.first - 1 + cell % self.width + EPOCH
        return (int(self.keys[cell]) & _DAY_OF_KEY) - _KEY_OF_DAY_0 + EPOCH

    def row(self, cell: int) -> int:
        """The number of the pair of a cell."""
        return cell // self.width if self.keys is None else int(self.keys[cell]) >> 32


def key_of(rows: Array, days: Array) -> Array:
    """The keys of sparse cells."""
    return (rows.astype(np.int64) << 32) + (days.astype(np.int64) + _KEY_OF_DAY_0)


class Calendar:
    """The cells filled: `at` says which fraction counts in each; number 0 is none."""

    def __init__(self, cells: Cells) -> None:
        self.cells: Cells = cells
        self.at: Array = np.zeros(cells.size, np.int32)
        self.given: Given = []
        self.is_whole: bool = True  # all cells were looked up, and not just those that are needed
        self._parts: list[Fractions] = [Fractions.of([(0, 0, 1, 0)])]
        self._rows: list[Array] = [np.zeros(1, np.int64)]
        self._count = 1
        self._rates: dict[bytes, Array] = {}

    def serves(self, pairs: Sequence[Pair], span: Span) -> bool:
        """Whether these pairs and days were all looked up."""
        cells = self.cells
        return (
            self.is_whole
            and cells.keys is None
            and cells.pairs == pairs
            and cells.first <= span.first
            and span.last <= cells.last
        )

    def fill(self, table: RateTable, max_gap: int | None) -> None:
        """Fill the cells that are empty, and that the table has an answer for."""
        gap = table.profile.max_gap if max_gap is None else max_gap
        for row, (base, quote) in enumerate(self.cells.pairs):
            where, days = self.cells.of_pair(row)
            at = self.at[where]
            fractions, found = carried(table, base, quote).at(table, days, gap)
            wanted = (found >= 0) & (at == 0) & (days <= self.cells.last + EPOCH)
            if wanted.any():
                counted = found[wanted]
                low, high = int(counted.min()), int(counted.max())
                at[wanted] = counted + (self._count - low)
                self._add(Fractions(*(part[low : high + 1] for part in fractions)), row)

    def wanted(self, needed: Array) -> list[int]:
        """Those of the cells that are needed which are empty, and which there may be a rate for."""
        cells = self.cells
        return [
            cell
            for cell in needed.tolist()
            if not self.at[cell]
            and cells.day(cell) <= cells.last + EPOCH
            and all(cells.pairs[cells.row(cell)])
        ]

    def put(self, cell: int, rate: Rate) -> None:
        """Fill one cell, of those that are needed."""
        self.is_whole = False
        self.at[cell] = self._count
        fraction = (rate.on.toordinal(), *fraction_of(rate))
        self._add(Fractions.of([fraction]), self.cells.row(cell))

    def _add(self, fractions: Fractions, row: int) -> None:
        self._parts.append(fractions)
        self._rows.append(np.full(len(fractions.days), row, np.int64))
        self._count += len(fractions.days)

    def finish(self) -> None:
        """Put together what was filled in."""
        parts = zip(*self._parts, strict=True)
        self.fractions: Fractions = Fractions(*map(np.concatenate, parts))
        self.rows: Array = np.concatenate(self._rows)

    def rates(self, shift: Array) -> Array:
        """For each cell the rate as float64, times 10 to the power that `shift` has for its pair.

        Off by at most 6 units in 2 ** 53; NaN where there is none.
        """
        known = self._rates.get(shift.tobytes())
        if known is None:
            known = self._rates[shift.tobytes()] = self._shifted(shift[self.rows])[self.at]
        return known

    def nearest(self) -> Array:
        """For each fraction the float64 that is nearest to it."""
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
    """Rounded once, however large they are."""
    quotient: float = top * 10 ** max(power, 0) / (bottom * 10 ** max(-power, 0))
    return quotient


def filled(
    service: ForexService,
    cells: Cells,
    span: Span,
    *,
    codes: frozenset[str],
    max_gap: int | None,
    needed: Callable[[], Array],
    progress: Progress | None,
) -> Calendar:
    """A calendar with what the drivers of `service` answer, each in its turn.

    `codes` are asked for; `needed` gives the cells that occur. Raises `NoDriverAnsweredError`
    where all of several drivers failed, and what a single one raises.
    """
    calendar = Calendar(cells)
    alone = len(service.drivers) == 1
    failures: dict[str, ForexError] = {}
    for each, table in service.tables_in_turn(codes, span.start, span.end, progress=progress):
        if alone and isinstance(table, RateTable) and not table.is_adjusted:
            return _whole(each, table, cells, max_gap)
        calendar.given.append((each, table))
        if isinstance(table, ForexError):
            failures[each.driver] = table
        elif table is None:
            _ask_each(each, calendar, needed(), max_gap, progress)
        elif table.is_adjusted:  # its observations are not what it answers
            _ask_table(table, calendar, needed(), max_gap)
        else:
            calendar.fill(table, max_gap)
        if not alone and calendar.at[needed()].all():
            calendar.is_whole = False
            break
    calendar.finish()
    if failures and len(failures) == len(calendar.given):
        raise NoDriverAnsweredError(
            f"no driver of {', '.join(service.drivers)} gave rates: "
            f"{'; '.join(map(str, failures.values()))}",
            failures=failures,
        )
    return calendar


# What was made of a table last: programs convert one frame after the other.
_last: WeakKeyDictionary[RateTable, tuple[Cells, int | None, Calendar]] = WeakKeyDictionary()
_MOST_KEPT = 1_000_000


def _whole(service: ForexService, table: RateTable, cells: Cells, max_gap: int | None) -> Calendar:
    """The calendar of one table."""
    before = _last.get(table)
    if before is not None and before[1] == max_gap and before[0].serve(cells):
        calendar = copy(before[2])
    else:
        calendar = Calendar(cells)
        calendar.fill(table, max_gap)
        calendar.finish()
        if cells.keys is None and cells.size <= _MOST_KEPT:
            _last[table] = cells, max_gap, copy(calendar)
    calendar.given = [(service, table)]  # not in what is kept: it would keep the table
    return calendar


def _ask_table(table: RateTable, calendar: Calendar, needed: Array, max_gap: int | None) -> None:
    """Ask a table for each rate that is needed."""
    cells = calendar.cells
    for cell in calendar.wanted(needed):
        on = date.fromordinal(cells.day(cell))
        with suppress(ForexError):
            calendar.put(cell, table.get_rate(*cells.pairs[cells.row(cell)], on, max_gap))


def _ask_each(
    service: ForexService,
    calendar: Calendar,
    needed: Array,
    max_gap: int | None,
    progress: Progress | None,
) -> None:
    """Ask for each rate that is needed, day by day."""
    cells, wanted, done = calendar.cells, calendar.wanted(needed), 0
    wanted.sort(key=cells.day)
    with without_warnings():
        for day, group in groupby(wanted, cells.day):
            on, of_day = date.fromordinal(day), list(group)
            codes = {code for cell in of_day for code in cells.pairs[cells.row(cell)]}
            with suppress(ForexError):  # one request for the day, where the driver has tables
                service.get_table(codes, on, on)
            for cell in of_day:
                base, quote = cells.pairs[cells.row(cell)]
                with suppress(ForexError):
                    rate = service.get_rate(base, quote, on, max_gap=max_gap)
                    calendar.put(cell, rate)
            done += len(of_day)
            if progress is not None:
                progress(done, len(wanted))
