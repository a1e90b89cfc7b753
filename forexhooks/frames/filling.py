"""Filling a calendar with the answers of drivers: whole tables, or rate by rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, TypeGuard
from weakref import WeakKeyDictionary

import numpy as np

from forexhooks.errors import (
    CurrencyError,
    ForexError,
    NoDriverAnsweredError,
    RateUnavailableError,
    StaleRateError,
    UnsupportedPairError,
    reason_of,
)
from forexhooks.frames.arrays import Array
from forexhooks.frames.calendar import Calendar, Cells, Span
from forexhooks.frames.columns import EPOCH
from forexhooks.frames.fractions import answers, carried
from forexhooks.rates.observations import Pair
from forexhooks.rates.rate import Rate
from forexhooks.rates.subunits import in_subunits, parent_of
from forexhooks.rates.table import RateTable

if TYPE_CHECKING:
    from forexhooks.service.service import ForexService
    from forexhooks.support.context import Progress

_NO_RATE = (UnsupportedPairError, RateUnavailableError, StaleRateError, CurrencyError)
"""Errors that mean that there is no rate, not that the driver failed."""


class Wanted(NamedTuple):
    """The pairs and days that need rates, and which of them occur."""

    pairs: list[Pair]
    span: Span
    max_gap: int | None
    cells: Callable[[], Cells]
    occurring: Callable[[Cells], Array]
    in_order: bool
    """Whether the pairs are to be in this order, and no others before them."""

    @property
    def codes(self) -> frozenset[str]:
        """The currencies to ask for."""
        codes = {code for pair in self.pairs for code in pair if code}
        return frozenset(map(parent_of, codes))


def filled(
    service: ForexService,
    wanted: Wanted,
    *,
    progress: Progress | None,
    before: Calendar | None = None,
) -> Calendar:
    """A calendar with the answers of the drivers of `service`, asked one after the other.

    It may have more cells than are wanted. Answers to single rates are taken over from the calendar
    `before`.

    Raises:
        NoDriverAnsweredError: All of several drivers failed.
        ForexError: The only driver failed.
    """
    span, max_gap = wanted.span, wanted.max_gap
    calendar: Calendar | None = None
    alone = len(service.drivers) == 1
    failures: dict[str, ForexError] = {}
    for each, table in service.tables_in_turn(
        wanted.codes, span.start, span.end, progress=progress
    ):
        if alone and _has_all(table):
            return _whole(each, table, wanted)
        if calendar is None:
            calendar = Calendar(wanted.cells())
            if before is not None:
                calendar.go_on_from(before)
            needed = wanted.occurring(calendar.cells)
        calendar.given.append((each, table))
        if isinstance(table, ForexError):
            failures[each.drivers[0]] = table
        elif table is None:
            _ask_each(each, calendar, needed, max_gap, progress)
        elif table.is_adjusted:  # its answers differ from its observations
            _ask_table(table, calendar, needed, max_gap)
            calendar.stale += _stale(each, table, calendar, wanted)
        else:
            calendar.fill(table, max_gap)
            calendar.stale += _stale(each, table, calendar, wanted)
        if not alone and calendar.at[needed].all():
            calendar.is_whole = False
            break
    assert calendar is not None  # noqa: S101 - a service has drivers
    if not failures:
        calendar.settled[needed] = True
        calendar.settled[list(calendar.failed)] = False
    calendar.stale[:0] = _passed_over(calendar, failures)
    calendar.finish()
    if failures and len(failures) == len(calendar.given):
        raise NoDriverAnsweredError(
            f"none of {', '.join(service.drivers)} gave rates: "
            f"{'; '.join(map(str, failures.values()))}",
            failures=failures,
        )
    return calendar


def _passed_over(calendar: Calendar, failures: Mapping[str, ForexError]) -> list[str]:
    """Say which drivers failed while others answered instead: that must not go unnoticed."""
    if len(calendar.given) < 2:
        return []
    for cell, error in calendar.failed.items():
        if calendar.at[cell]:
            failures = {**failures, getattr(error, "driver", None) or "a driver": error}
    return [
        f"others answered where {name} failed: {reason_of(error)}"
        for name, error in failures.items()
    ]


def filled_at_once(
    service: ForexService, wanted: Wanted, progress: Progress | None
) -> Calendar | None:
    """A calendar of all that is wanted; None if one table is not enough."""
    if len(service.drivers) > 1:
        return None
    span = wanted.span
    tables = service.tables_in_turn(wanted.codes, span.start, span.end, progress=progress)
    for each, table in tables:
        if _has_all(table):
            return _whole(each, table, wanted)
    return None


def _has_all(table: RateTable | ForexError | None) -> TypeGuard[RateTable]:
    """Whether the table's observations are all that it answers from."""
    return isinstance(table, RateTable) and not table.is_adjusted


# The calendars of a table, by allowed gap; None: asked for once, not kept yet.
_kept: WeakKeyDictionary[RateTable, dict[int | None, Calendar | None]] = WeakKeyDictionary()
_MOST_KEPT = 1_000_000
_MOST_ASKED = 2_000
"""How many changes a pair may have to be asked day by day: as many as a century of months."""


def _whole(service: ForexService, table: RateTable, wanted: Wanted) -> Calendar:
    """The calendar of one table, which is kept to serve later frames, too."""
    of_table, gap, pairs = _kept.setdefault(table, {}), wanted.max_gap, wanted.pairs
    kept = of_table.get(gap)
    if (
        kept is None
        or not kept.cells.cover(pairs, wanted.span.first, wanted.span.last)
        or (wanted.in_order and pairs != kept.cells.pairs[: len(pairs)])
    ):
        cells = _widened(table, wanted, kept) if gap in of_table else wanted.cells()
        of_table[gap], kept = kept, Calendar(cells)
        kept.fill(table, gap)
        kept.finish()
        if cells.keys is None and cells.size <= _MOST_KEPT:
            of_table[gap] = kept
    calendar = copy(kept)
    calendar.given = [(service, table)]  # not in the kept one, which would keep the table
    calendar.stale = _stale(service, table, calendar, wanted)
    return calendar


def _widened(table: RateTable, wanted: Wanted, kept: Calendar | None) -> Cells:
    """The cells for all pairs so far and all the table's days, if these are not too many.

    Frames come one after the other, and few have the same days.
    """
    pairs, span = wanted.pairs, wanted.span
    first, last = span.first, span.last
    if kept is not None:
        pairs = list(dict.fromkeys((*pairs, *kept.cells.pairs)))
        first, last = min(first, kept.cells.first), max(last, kept.cells.last)
    for base, quote in pairs:
        pair = carried(table, parent_of(base), parent_of(quote))
        if pair.is_identity:
            continue
        gap = table.profile.max_gap if wanted.max_gap is None else wanted.max_gap
        days = pair.changes(gap) if pair.choice_is_open else pair.fractions.days
        if pair.choice_is_open and len(days) > _MOST_ASKED:
            return wanted.cells()
        if len(days):
            first = min(first, int(days[0]) - EPOCH)
            last = max(last, min(int(days[-1]) - EPOCH, span.limit))
    cells = Cells(pairs, first, last)
    return cells if cells.size <= _MOST_KEPT else wanted.cells()


def _stale(
    service: ForexService, table: RateTable, calendar: Calendar, wanted: Wanted
) -> list[str]:
    """What is missing from the table for these pairs and days although it should be there.

    A currency in itself needs no rate, and what is no currency or in the future gets none.
    """
    if table.stale(wanted.span.end) is None:
        return []
    cells = calendar.cells
    rows, days = cells.rows_and_days(wanted.occurring(cells))
    within = cells.has(days) & (days <= wanted.span.limit + EPOCH)
    newest = np.zeros(len(cells.pairs), np.int64)  # of each pair; 0: it does not occur
    np.maximum.at(newest, rows[within], days[within])
    latest: tuple[int, str] = 0, ""
    for (base, quote), day in zip(cells.pairs, newest.tolist(), strict=True):
        if day > latest[0] and base and parent_of(base) != parent_of(quote):
            stale = table.stale_for(parent_of(base), parent_of(quote), date.fromordinal(day))
            latest = latest if stale is None else (day, stale)
    return [service.noted(latest[1])] if latest[1] else []


def _ask_table(table: RateTable, calendar: Calendar, needed: Array, max_gap: int | None) -> None:
    """Look up each needed rate in a table."""
    for row, cells, days in calendar.by_pair(calendar.wanted(needed)):
        base, quote = calendar.cells.pairs[row]
        found = answers(table, parent_of(base), parent_of(quote), days, max_gap)
        rates = [None if rate is None else in_subunits(rate, base, quote) for rate in found]
        calendar.put(row, cells, rates)


def _ask_each(
    service: ForexService,
    calendar: Calendar,
    needed: Array,
    max_gap: int | None,
    progress: Progress | None,
) -> None:
    """Ask for each needed rate."""
    pairs = calendar.cells.pairs
    asked = [
        (row, cells, list(map(date.fromordinal, ordinals.tolist())))
        for row, cells, ordinals in calendar.by_pair(calendar.wanted(needed))
    ]
    questions = {pairs[row]: days for row, _, days in asked}
    found = service.answers(questions, max_gap, progress)
    for row, cells, days in asked:
        rates: list[Rate | None] = []
        for cell, day in zip(cells.tolist(), days, strict=True):
            answer = found[pairs[row], day]
            rates.append(answer if isinstance(answer, Rate) else None)
            if isinstance(answer, ForexError) and not isinstance(answer, _NO_RATE):
                calendar.failed.setdefault(cell, answer)
        calendar.put(row, cells, rates)
        calendar.stale += [rate.stale for rate in rates if rate is not None and rate.stale]
