"""Filling a calendar with what drivers answer: whole tables, or rate by rate."""

from __future__ import annotations

from copy import copy
from datetime import date
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
from forexhooks.rates.subunits import in_subunits, parent_of
from forexhooks.rates.table import RateTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from forexhooks.frames.arrays import Array
    from forexhooks.service.service import ForexService
    from forexhooks.support.context import Progress

_NO_RATE = (UnsupportedPairError, RateUnavailableError, StaleRateError, CurrencyError)
"""What says that there is no rate, and not that the driver failed."""


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
            return _whole(each, table, cells, span, max_gap)
        calendar.given.append((each, table))
        if isinstance(table, ForexError):
            failures[each.driver] = table
        elif table is None:
            _ask_each(each, calendar, needed(), max_gap, progress)
        elif table.is_adjusted:  # its observations are not what it answers
            _ask_table(table, calendar, needed(), max_gap)
            calendar.stale += _stale(each, table, span)
        else:
            calendar.fill(table, max_gap)
            calendar.stale += _stale(each, table, span)
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


def _whole(
    service: ForexService, table: RateTable, cells: Cells, span: Span, max_gap: int | None
) -> Calendar:
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
    calendar.stale = _stale(service, table, span)
    return calendar


def _stale(service: ForexService, table: RateTable, span: Span) -> list[str]:
    """What should be in the table for these days and is not."""
    stale = table.stale(span.end)
    return [] if stale is None else [service.noted(stale)]


def _ask_table(table: RateTable, calendar: Calendar, needed: Array, max_gap: int | None) -> None:
    """Ask a table for each rate that is needed."""
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
    """Ask for each rate that is needed."""
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
