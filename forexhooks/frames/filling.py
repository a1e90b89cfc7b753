"""Filling a calendar with what drivers answer: whole tables, or rate by rate."""

from __future__ import annotations

from contextlib import suppress
from copy import copy
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from forexhooks.errors import (
    CurrencyError,
    ForexError,
    NoDriverAnsweredError,
    RateUnavailableError,
    StaleRateError,
    UnsupportedPairError,
)
from forexhooks.frames.calendar import Calendar, Cells, Span
from forexhooks.frames.fractions import answers
from forexhooks.rates.rate import Rate
from forexhooks.rates.table import RateTable
from forexhooks.service.locks.locked import LockedService
from forexhooks.service.service import without_warnings

if TYPE_CHECKING:
    from collections.abc import Callable

    from forexhooks.frames.arrays import Array
    from forexhooks.service.service import ForexService
    from forexhooks.support.context import Progress

_NO_RATE = (UnsupportedPairError, RateUnavailableError, StaleRateError, CurrencyError)
"""What says that there is no rate, and not that the driver failed."""


def check_is_locked(service: ForexService, calendar: Calendar, max_gap: int | None) -> None:
    """Raise `NotLockedError` for what a lock lacks: no row is at fault there."""
    if calendar.lacking:
        assert isinstance(service, LockedService)  # noqa: S101 - only locks lack anything
        raise service.lacking(calendar.lacking, max_gap)


def filled(
    service: ForexService,
    cells: Cells,
    span: Span,
    *,
    codes: frozenset[str],
    max_gap: int | None,
    needed: Callable[[], Array],
    progress: Progress | None,
    before: Calendar | None = None,
) -> Calendar:
    """A calendar with what the drivers of `service` answer, each in its turn.

    `codes` are asked for; `needed` gives the cells that occur; what was asked rate by rate is taken
    from the calendar `before`. Raises `NoDriverAnsweredError` where all of several drivers failed,
    and what a single one raises.
    """
    calendar = Calendar(cells)
    if before is not None:
        calendar.go_on_from(before)
    alone = len(service.drivers) == 1
    failures: dict[str, ForexError] = {}
    for each, table in service.tables_in_turn(codes, span.start, span.end, progress=progress):
        if alone and isinstance(table, RateTable) and not table.is_adjusted:
            return _whole(each, table, cells, max_gap)
        calendar.given.append((each, table))
        if isinstance(table, ForexError):
            failures[each.driver] = table
        elif isinstance(each, LockedService) and each.is_alone:
            _ask_lock(each, calendar, needed(), max_gap)
        elif table is None:
            _ask_each(each, calendar, needed(), max_gap, progress)
        elif table.is_adjusted:  # its observations are not what it answers
            _ask_table(table, calendar, needed(), max_gap)
        else:
            calendar.fill(table, max_gap)
        if not alone and calendar.at[needed()].all():
            calendar.is_whole = False
            break
    if not failures:
        calendar.settled[needed()] = True
        calendar.settled[list(calendar.failed)] = False
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
    for row, cells, days in calendar.by_pair(calendar.wanted(needed)):
        found = answers(table, *calendar.cells.pairs[row], days, max_gap)
        calendar.put(row, cells, found)


def _ask_lock(lock: LockedService, calendar: Calendar, needed: Array, max_gap: int | None) -> None:
    """Ask a lock for each rate that is needed, and note which it lacks."""
    for row, cells, ordinals in calendar.by_pair(calendar.wanted(needed)):
        pair = calendar.cells.pairs[row]
        days = list(map(date.fromordinal, ordinals.tolist()))
        found = lock.answers(*pair, days, max_gap)
        calendar.put(row, cells, [rate if isinstance(rate, Rate) else None for rate in found])
        lacking = [day for day, answer in zip(days, found, strict=True) if answer is None]
        if lacking:
            calendar.lacking[pair] = lacking


def _ask_each(
    service: ForexService,
    calendar: Calendar,
    needed: Array,
    max_gap: int | None,
    progress: Progress | None,
) -> None:
    """Ask for each rate that is needed, day by day."""
    wanted, pairs, done = calendar.wanted(needed), calendar.cells.pairs, 0
    rows, days = calendar.cells.rows_and_days(wanted)
    asked = sorted(zip(days.tolist(), rows.tolist(), wanted.tolist(), strict=True))
    found: dict[int, Rate] = {}
    with without_warnings():
        for day, group in groupby(asked, lambda each: each[0]):
            on, of_day = date.fromordinal(day), list(group)
            codes = {code for _, row, _ in of_day for code in pairs[row]}
            with suppress(ForexError):  # one request for the day, where the driver has tables
                service.get_table(codes, on, on)
            for _, row, cell in of_day:
                try:
                    base, quote = pairs[row]
                    found[cell] = service.get_rate(base, quote, on, max_gap=max_gap)
                except _NO_RATE:
                    continue
                except ForexError as error:
                    calendar.failed.setdefault(cell, error)
            done += len(of_day)
            if progress is not None:
                progress(done, len(wanted))
    for row, cells, _ in calendar.by_pair(wanted):
        calendar.put(row, cells, [found.get(cell) for cell in cells.tolist()])
