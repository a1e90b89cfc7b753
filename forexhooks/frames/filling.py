"""Filling a calendar with what drivers answer: whole tables, or rate by rate."""

from __future__ import annotations

from contextlib import suppress
from copy import copy
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from forexhooks.asking import without_warnings
from forexhooks.errors import ForexError, NoDriverAnsweredError, NotLockedError
from forexhooks.frames.calendar import Calendar, Cells
from forexhooks.tables import RateTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from forexhooks.asking import ForexService
    from forexhooks.frames.arrays import Array
    from forexhooks.frames.calendar import Span
    from forexhooks.progress import Progress


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
        elif table is None or table.is_adjusted:
            ask_one_by_one(calendar, each, table, needed(), max_gap, progress)
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


def ask_one_by_one(
    calendar: Calendar,
    service: ForexService,
    table: RateTable | None,
    needed: Array,
    max_gap: int | None,
    progress: Progress | None,
) -> None:
    """Fill the cells that are needed, rate by rate: of a service, or of a table that is adjusted.

    The observations of one that is adjusted are not what it answers.
    """
    if table is None:
        _ask_each(service, calendar, needed, max_gap, progress)
    else:
        _ask_table(table, calendar, needed, max_gap)


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
                try:
                    calendar.put(cell, service.get_rate(base, quote, on, max_gap=max_gap))
                except NotLockedError as error:
                    calendar.not_locked = calendar.not_locked or error
                except ForexError:
                    continue
            done += len(of_day)
            if progress is not None:
                progress(done, len(wanted))
