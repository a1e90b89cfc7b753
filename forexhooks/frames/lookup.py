"""Lookup: the answers of a driver, kept from one batch to the next."""

from __future__ import annotations

from copy import copy
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forexhooks.currencies import minor_units
from forexhooks.errors import ForexError, NoDriverAnsweredError, UnsupportedPairError
from forexhooks.frames.arguments import Arguments, Constant, Terms
from forexhooks.frames.calendar import Calendar, Cells, Span
from forexhooks.frames.columns import EPOCH, Days, Labels, days_of, labels_of
from forexhooks.frames.filling import Wanted, filled, filled_at_once
from forexhooks.frames.rows import NOBODY, Places, Rows, Side, Wrong, paired
from forexhooks.rates.subunits import parent_of
from forexhooks.rates.table import RateTable
from forexhooks.service.driver_service import DriverService
from forexhooks.service.opening import open as open_driver
from forexhooks.service.service import ForexService

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from forexhooks.frames.day_reader import DayReader
    from forexhooks.frames.frame_columns import FrameColumns
    from forexhooks.rates.observations import Pair
    from forexhooks.support.context import Progress

_MANY = 1_000_000
_MOST_CELLS = 4_000_000


class Frozen(NamedTuple):
    """The answers for one call, for frames that are converted later or in another process."""

    asked: Arguments
    terms: Terms
    calendar: Calendar
    known: dict[Any, Any]

    def rows(self, columns: FrameColumns) -> Rows:
        """The pairs and days of a frame's rows."""
        return rows_of(columns, self.asked, self.terms.days, None, self.known)

    def reason(self, rows: Rows, row: int) -> ForexError:
        """Why there is no rate for a row."""
        try:
            return _no_rate(*rows.asked(row))
        except ForexError as error:
            return error


class Lookup:
    """A service, and its answers so far: kept from one frame to the next."""

    def __init__(
        self, service: ForexService, terms: Terms, progress: Progress | None = None
    ) -> None:
        self.service: ForexService = service
        self.terms: Terms = terms
        self._progress = progress
        self._known: dict[Any, str | Wrong] = {}
        self._pairs: dict[Pair, None] = {}
        self._calendar: Calendar | None = None
        self._span: Span | None = None
        self._reasons: dict[tuple[str, str, date], ForexError] = {}
        self._one_at_a_time = Lock()

    @property
    def is_at_hand(self) -> bool:
        """Whether rates can be looked up at any time, as they cost no request."""
        return isinstance(self.service, DriverService) and self.service.keeps_store()

    def asked(self, schema: Mapping[str, Any], columns: Mapping[str, Any]) -> Arguments:
        """Find out which columns and constants the arguments of `convert` are.

        Raises:
            ColumnError: An argument is neither a column nor a constant.
            CurrencyError: A constant is not a known currency.
            DateError: A constant is not a day.
        """
        return Arguments.of(schema, self.service, self.terms.days, **columns)

    def rows(self, columns: FrameColumns, asked: Arguments) -> Rows:
        """The pairs and days of a frame's rows."""
        return rows_of(columns, asked, self.terms.days, self.service, self._known)

    def calendar(self, rows: Rows) -> Calendar:
        """A calendar with the rows' pairs and days: the previous one, or a new one.

        Raises as `ForexService.get_table` does.
        """
        with self._one_at_a_time:
            return self._calendar_with(rows)

    def _calendar_with(self, rows: Rows) -> Calendar:
        self._pairs |= dict.fromkeys((*rows.pair_of_code, NOBODY))
        pairs = list(self._pairs)
        max_gap = self.terms.max_gap
        bounds = rows.days.bounds
        if bounds is None:
            today = self.service.profile.today().toordinal() - EPOCH
            bounds = today, today
        before = self._calendar
        if before is not None and before.is_whole and before.cells.cover(pairs, *bounds):
            return before
        is_in_itself = any(base == quote != "" for base, quote in pairs)
        span = Span.of(self.service, *bounds, max_gap, identity=is_in_itself)
        if before is not None and before.cells.cover(pairs, span.first, span.last):
            if before.is_whole:
                return before
            if not len(before.wanted(Places(rows, before.cells).needed())):
                return before
        if before is not None and self._span is not None and not before.is_whole:
            span = span.joined(self._span)  # to keep what was asked rate by rate
        self._span = span
        if rows.days.bounds is None:  # no row has a day: there is nothing to ask for
            nothing = Calendar(rows.cells(pairs, span))
            nothing.finish()
            return nothing
        wanted = Wanted(
            pairs,
            span,
            max_gap,
            cells=lambda: rows.cells(pairs, span),
            occurring=lambda cells: Places(rows, cells).needed(),
            in_order=rows.count > _MANY,
        )
        self._calendar = filled(self.service, wanted, progress=self._progress, before=before)
        return self._calendar

    def calendar_of_all(self, bases: Side, quotes: Side, first: int, last: int) -> Calendar | None:
        """The calendar of these currencies on all days from `first` to `last`.

        None if a driver must be asked for each rate, or if there are too many.
        """
        pairs = [*dict.fromkeys((*paired(bases.values, quotes.values), NOBODY))]
        is_in_itself = any(base == quote != "" for base, quote in pairs)
        max_gap = self.terms.max_gap
        span = Span.of(self.service, first, last, max_gap, identity=is_in_itself)
        cells = Cells(pairs, span.first, span.last)
        if cells.size > _MOST_CELLS:
            return None
        wanted = Wanted(
            pairs,
            span,
            max_gap,
            cells=lambda: cells,
            occurring=lambda cells: np.arange(cells.size),
            in_order=False,
        )
        self._calendar = filled_at_once(self.service, wanted, self._progress)
        return self._calendar

    def side(self, labels: list[Any] | str) -> Side:
        """The codes that labels stand for."""
        if isinstance(labels, str):
            return Side.of(labels, self.service, self._known)
        labels = sorted(labels, key=str)  # the same order in each batch is faster
        return Side.of(Labels(np.arange(len(labels)), labels), self.service, self._known)

    def warn(self, stacklevel: int) -> None:
        """Warn of stale data in the last lookup; `stacklevel` is as for `warnings.warn`."""
        for stale in self._calendar.stale[:1] if self._calendar is not None else ():
            self.service.warn_of(stale, stacklevel=stacklevel + 2)

    def frozen(self, asked: Arguments, calendar: Calendar) -> Frozen:
        """The answers of this calendar for a call, without the drivers."""
        calendar = copy(calendar)
        calendar.given = []
        known = {each: code for each, code in self._known.items() if type(code) is str}
        return Frozen(asked, self.terms, calendar, known)

    def reason(self, rows: Rows, calendar: Calendar, row: int) -> ForexError:
        """Why there is no rate for a row."""
        try:
            asked = rows.asked(row)
        except ForexError as error:
            return error
        if asked not in self._reasons:
            self._reasons[asked] = self.why(calendar, *asked)
        return self._reasons[asked]

    def why(self, calendar: Calendar, base: str, quote: str, on: date) -> ForexError:
        """Why there is no rate, in each driver's words."""
        failures: dict[str, ForexError] = {}
        for service, table in calendar.given:
            if isinstance(table, ForexError):
                failures[service.drivers[0]] = table
                continue
            try:
                if isinstance(table, RateTable):
                    try:
                        table.get_rate(parent_of(base), parent_of(quote), on, self.terms.max_gap)
                    except ForexError as error:
                        service.note(error)
                        raise
                else:
                    asked = {(base, quote): [on]}
                    (answer,) = service.answers(asked, self.terms.max_gap).values()
                    if isinstance(answer, ForexError):
                        raise answer
                if self.terms.exact and self.terms.places is None:
                    minor_units(quote)
            except ForexError as error:
                failures[service.drivers[0]] = error
        if len(failures) == 1:
            return next(iter(failures.values()))
        if not failures:
            return _no_rate(base, quote, on)
        return NoDriverAnsweredError(
            f"none of {', '.join(failures)} answered {base}/{quote} on {on}: "
            f"{'; '.join(map(str, failures.values()))}",
            failures=failures,
            base=base,
            quote=quote,
            on=on,
        )


def _no_rate(base: str, quote: str, on: date) -> ForexError:
    return UnsupportedPairError(
        f"there is no {base}/{quote} on {on}", base=base, quote=quote, on=on
    )


def rows_of(
    columns: FrameColumns,
    asked: Arguments,
    reader: DayReader,
    service: ForexService | None,
    known: dict[Any, Any],
) -> Rows:
    """The pairs and days of a frame's rows; `known` remembers what labels stand for.

    Without a service, only labels in `known` are known.
    """

    def side(name: str | Constant) -> Side:
        labels = name.value if isinstance(name, Constant) else labels_of(columns.column(name))
        return Side.of(labels, service, known)

    if isinstance(asked.on, Constant):
        days = Days.always(asked.on.value)
    else:
        days = days_of(asked.on, columns.column(asked.on), reader)
    return Rows(columns.rows, side(asked.currency), side(asked.to), days)


def service_of(driver: str | Sequence[str] | ForexService | None) -> ForexService:
    """The service of a driver by name, of several in order, or as given."""
    if isinstance(driver, ForexService):
        return driver
    if driver is None:
        return open_driver()
    names = driver if isinstance(driver, list | tuple) else [driver]
    return open_driver(*names)
