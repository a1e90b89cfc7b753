"""Lookup: what a driver answers, kept from one batch to the next."""

from __future__ import annotations

from contextlib import suppress
from copy import copy
from typing import TYPE_CHECKING, Any

from forexhooks.currencies import MOST_MINOR_UNITS, minor_units
from forexhooks.errors import (
    ColumnError,
    CurrencyError,
    ForexError,
    NoDriverAnsweredError,
    UnsupportedPairError,
)
from forexhooks.frames.arguments import Asked, Constant
from forexhooks.frames.calendar import Calendar, Span
from forexhooks.frames.columns import EPOCH, Days, days_of, labels_of
from forexhooks.frames.day_reader import DayReader
from forexhooks.frames.filling import filled
from forexhooks.frames.rows import NOBODY, Rows, Side, Wrong
from forexhooks.rates.decimals import is_whole
from forexhooks.rates.question import check_options
from forexhooks.rates.subunits import parent_of
from forexhooks.rates.table import RateTable
from forexhooks.service.opening import open as open_driver
from forexhooks.service.service import ForexService

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import narwhals as nw

    from forexhooks.frames.calendar import Pair
    from forexhooks.support.context import Progress

_MOST_PLACES = 12


class Lookup:
    """What is asked of one driver, and what was answered.

    The arguments are those of `convert`. Raises `ColumnError` for `places` that make no sense,
    `DateError` for such a `max_gap`, and as `open` does.
    """

    def __init__(
        self,
        driver: str | Sequence[str] | ForexService | None,
        *,
        exact: bool = True,
        max_gap: int | None = None,
        places: int | None = None,
        zone: str | None = None,
        progress: Progress | None = None,
        days: str | DayReader | None = None,
    ) -> None:
        check_options(None, max_gap, None)
        if places is not None and not (is_whole(places) and 0 <= places <= _MOST_PLACES):
            raise ColumnError(f"places is a whole number from 0 to {_MOST_PLACES}, not {places!r}")
        if places is not None and not exact:
            raise ColumnError(
                "places rounds exact results, and exact=False gives floats: leave out one of them"
            )
        self.days: DayReader = days if isinstance(days, DayReader) else DayReader(zone, days)
        self.service: ForexService = service_of(driver)
        self.exact: bool = exact
        self._max_gap = max_gap
        self._places = places
        self._progress = progress
        self._known: dict[Any, str | Wrong] = {}
        self._pairs: dict[Pair, None] = {}
        self._calendar: Calendar | None = None
        self._span: Span | None = None
        self._reasons: dict[tuple[str, str, date], ForexError] = {}

    def asked(self, schema: Mapping[str, Any], columns: Mapping[str, Any]) -> Asked:
        """Which columns of a frame, and which constants, the arguments of `convert` are.

        Raises `ColumnError`, `CurrencyError`, `DateError`.
        """
        return Asked.of(schema, self.service, self.days, **columns)

    def rows(self, frame: nw.DataFrame[Any], asked: Asked) -> Rows:
        """The pairs and days of a frame's rows."""

        def side(name: str | Constant) -> Side:
            labels = name.value if isinstance(name, Constant) else labels_of(frame[name])
            return Side.of(labels, self.service, self._known)

        if isinstance(asked.on, Constant):
            days = Days.always(asked.on.value)
        else:
            days = days_of(asked.on, frame[asked.on], self.days)
        return Rows(len(frame), side(asked.currency), side(asked.to), days)

    def calendar(self, rows: Rows) -> Calendar:
        """The calendar that has the rows' pairs and days: that of before, or a new one.

        The rows are put into its cells. Raises as `ForexService.get_table` does.
        """
        self._pairs.update(dict.fromkeys((*rows.pairs, NOBODY)))
        pairs = list(self._pairs)
        today = self.service.profile.today().toordinal() - EPOCH
        span = Span.of(
            self.service,
            *(rows.days.bounds or (today, today)),
            self._max_gap,
            identity=any(base == quote != "" for base, quote in pairs),
        )
        before = self._calendar
        if before is not None and before.serves(pairs, span):
            rows.use(before.cells)
            if before.is_whole or not len(before.wanted(rows.needed())):
                return before
        if before is not None and self._span is not None and not before.is_whole:
            span = span.joined(self._span)  # so that what was asked rate by rate stays
        self._span = span
        cells = rows.cells(pairs, span)
        rows.use(cells)
        if rows.days.bounds is None:  # no row has a day: there is nothing to ask for
            nothing = Calendar(cells)
            nothing.finish()
            return nothing
        self._calendar = filled(
            self.service,
            cells,
            span,
            codes=frozenset(parent_of(code) for pair in pairs for code in pair if code),
            max_gap=self._max_gap,
            needed=rows.needed,
            progress=self._progress,
            before=before,
        )
        return self._calendar

    def warn(self, stacklevel: int) -> None:
        """Warn of what is stale in what was looked up last; `stacklevel` as `warnings` has it."""
        for stale in self._calendar.stale[:1] if self._calendar is not None else ():
            self.service.warn_of(stale, stacklevel=stacklevel + 2)

    def frozen(self, calendar: Calendar) -> Lookup:
        """One with the rates of this calendar, and nobody to ask: for later, or elsewhere."""
        frozen = _Frozen.__new__(_Frozen)
        calendar = copy(calendar)
        calendar.given = []  # the drivers
        vars(frozen).update(
            {
                **vars(self),
                "service": None,
                "_calendar": calendar,
                "_progress": None,
                "_known": {each: code for each, code in self._known.items() if type(code) is str},
            }
        )
        return frozen

    def scale(self, asked: Asked) -> int:
        """How many decimal places a column of decimals has, whatever its rows are."""
        if self._places is None and not isinstance(asked.to, Constant):
            return MOST_MINOR_UNITS
        return self._unit(asked.to.value if isinstance(asked.to, Constant) else "") or 0

    def units(self, calendar: Calendar) -> list[int | None]:
        """For each pair of the calendar how many places its results have; None: not known."""
        return [self._unit(quote) for _, quote in calendar.cells.pairs]

    def _unit(self, quote: str) -> int | None:
        if self._places is not None or not self.exact:
            return self._places or 0
        with suppress(CurrencyError):
            return minor_units(quote)
        return None

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
        """Why there is no rate, as each driver says it."""
        failures: dict[str, ForexError] = {}
        for service, table in calendar.given:
            if isinstance(table, ForexError):
                failures[service.driver] = table
                continue
            try:
                if isinstance(table, RateTable):
                    try:
                        table.get_rate(parent_of(base), parent_of(quote), on, self._max_gap)
                    except ForexError as error:
                        service.note(error)
                        raise
                else:
                    [(_, answer)] = service.answers({(base, quote): [on]}, self._max_gap).items()
                    if isinstance(answer, ForexError):
                        raise answer
                if self.exact and self._places is None:
                    minor_units(quote)
            except ForexError as error:
                failures[service.driver] = error
        if len(failures) == 1:
            return next(iter(failures.values()))
        if not failures:
            return UnsupportedPairError(
                f"there is no {base}/{quote} on {on}", base=base, quote=quote, on=on
            )
        return NoDriverAnsweredError(
            f"no driver of {', '.join(failures)} answered {base}/{quote} on {on}: "
            f"{'; '.join(map(str, failures.values()))}",
            failures=failures,
            base=base,
            quote=quote,
            on=on,
        )


class _Frozen(Lookup):
    """The rates of all keys that occur."""

    def calendar(self, rows: Rows) -> Calendar:
        assert self._calendar is not None  # noqa: S101 - made with one
        rows.use(self._calendar.cells)
        return self._calendar


def service_of(driver: str | Sequence[str] | ForexService | None) -> ForexService:
    """The service of a driver by its name, of several in order, or as it was opened."""
    if isinstance(driver, ForexService):
        return driver
    if driver is None:
        return open_driver()
    names = driver if isinstance(driver, list | tuple) else [driver]
    return open_driver(*names)
