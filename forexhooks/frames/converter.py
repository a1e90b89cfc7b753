"""Converter: eager frames, batch after batch."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import numpy as np

from forexhooks.asking import ForexService, without_warnings
from forexhooks.currencies import minor_units
from forexhooks.errors import (
    ColumnError,
    ConversionError,
    CurrencyError,
    ForexError,
    NoDriverAnsweredError,
    UnsupportedPairError,
)
from forexhooks.frames.asked import Asked, Constant
from forexhooks.frames.calendar import NO_UNIT, Calendar, Span, filled
from forexhooks.frames.cents import exactly, parts, quotient, rounded
from forexhooks.frames.columns import EPOCH, Days, amounts_of, days_of, labels_of
from forexhooks.frames.results import Decimals, Floats, with_column
from forexhooks.frames.rows import CHUNK, NOBODY, Rows, Side
from forexhooks.questions import check_options
from forexhooks.service import open as open_driver
from forexhooks.tables import RateTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from forexhooks.frames.calendar import Pair
    from forexhooks.frames.columns import Amounts
    from forexhooks.frames.pairs import Array
    from forexhooks.progress import Progress

_WORTH_TWO_THREADS = 1 << 18
_SHOWN = 5
_MOST_PLACES = 12


class Failures:
    """The rows of a frame that could not be converted, and why.

    `rows` are their numbers from 0 on, in order, an array of int64. The reasons are made when they
    are asked for: by iteration, which gives each row with its error, or one by one.
    """

    def __init__(self, rows: Array, error: Callable[[int], ForexError]) -> None:
        self.rows: Array = rows
        self._error = error

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[int, ForexError]]:
        for row in self.rows.tolist():
            yield row, self._error(row)

    def error(self, row: int) -> ForexError:
        """What `ForexService.convert` raises for this row."""
        return self._error(row)

    def check(self, rows: int) -> None:
        """Raise `ConversionError` if there are any, of so many `rows`."""
        count = len(self)
        if not count:
            return
        first = [(row, self._error(row)) for row in self.rows[:_SHOWN].tolist()]
        said = "; ".join(f"row {row}: {error}" for row, error in first)
        more = f"; and {count - _SHOWN:,} more" if count > _SHOWN else ""
        raise ConversionError(
            f"{count:,} of {rows:,} rows cannot be converted (errors='null' leaves them empty): "
            f"{said}{more}",
            count=count,
            failures=first,
        )


class Converted(NamedTuple):
    """A frame with its new column, which is null where a row could not be converted; those rows."""

    frame: Any
    failures: Failures


class Converter:
    """Converts frames with one driver, batch after batch, and fetches only what is new.

    `driver`, `exact`, `max_gap`, `places`, `zone` and `progress` are those of `convert`. What was
    looked up for one batch is kept for the next, so that a file goes in pieces as fast as whole.
    Raises as `open` does. Not to be shared by threads.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"paid": [9.99, 5.0], "ccy": ["USD", "XXX"], "day": "2026-10-30"})
    >>> converter = Converter("ecb")
    >>> frame, failures = converter.convert(frame, amount="paid", currency="ccy", to="EUR", on="day")
    >>> frame["paid_EUR"].tolist()
    [8.94, nan]
    >>> for row, error in failures:
    ...     print(row, error)
    1 unknown currency 'XXX'...
    """

    def __init__(
        self,
        driver: str | Sequence[str] | ForexService | None = None,
        *,
        exact: bool = True,
        max_gap: int | None = None,
        places: int | None = None,
        zone: str | None = None,
        progress: Progress | None = None,
    ) -> None:
        check_options(None, max_gap, None)
        if places is not None and not (type(places) is int and 0 <= places <= _MOST_PLACES):
            raise ColumnError(f"places is a whole number from 0 to {_MOST_PLACES}, not {places!r}")
        self.service: ForexService = service_of(driver)
        """Who is asked."""
        self._exact = exact
        self._max_gap = max_gap
        self._places = places
        self._zone = zone
        self._progress = progress
        self._known: dict[Any, str | ForexError] = {}
        self._pairs: dict[Pair, None] = {}
        self._calendar: Calendar | None = None
        self._asked_for: tuple[frozenset[str], Span] | None = None
        self._reasons: dict[tuple[str, str, date], ForexError] = {}

    def convert(
        self,
        frame: Any,
        *,
        amount: str,
        currency: str,
        to: str,
        on: str | date,
        into: str | None = None,
    ) -> Converted:
        """Convert an eager frame: pandas, polars, pyarrow (a Table or a RecordBatch), …

        Rows that cannot be converted are null in the new column, and told in `failures`; those
        without an amount are null and no failure. Raises `ColumnError`, `CurrencyError`,
        `DateError` for what is wrong with all rows, and as `ForexService.get_table` does.
        """
        eager, wrap = _eager(frame)
        asked = Asked.of(
            eager.schema, self.service, amount=amount, currency=currency, to=to, on=on, into=into
        )
        like = eager[amount]
        amounts = amounts_of(amount, like)
        rows = self._rows(eager, asked)
        values, failures = self._values(amounts, rows)
        return Converted(wrap(with_column(eager, like, asked.into, values)), failures)

    def _rows(self, eager: nw.DataFrame[Any], asked: Asked) -> Rows:
        def side(name: str | Constant) -> Side:
            labels = name.value if isinstance(name, Constant) else labels_of(eager[name])
            return Side.of(labels, self.service, self._known)

        if isinstance(asked.on, Constant):
            days = Days.always(asked.on.value)
        else:
            days = days_of(asked.on, eager[asked.on], self._zone)
        return Rows(len(eager), side(asked.currency), side(asked.to), days)

    def _values(self, amounts: Amounts, rows: Rows) -> tuple[Floats | Decimals, Failures]:
        calendar = self._calendar_of(rows)
        units = [self._unit(quote) for _, quote in calendar.cells.pairs]
        conversion = Conversion(amounts, rows, calendar, units, exact=self._exact)
        values, failed = conversion.run()
        return values, Failures(failed, lambda row: self._reason(rows, amounts, calendar, row))

    def _unit(self, quote: str) -> int | None:
        if self._places is not None or not self._exact:
            return self._places or 0
        with suppress(CurrencyError):
            return minor_units(quote)
        return None

    def _calendar_of(self, rows: Rows) -> Calendar:
        """The calendar that has the rows' pairs and days: that of the batch before, or a new one."""
        self._pairs.update(dict.fromkeys((*rows.pairs, NOBODY)))
        pairs = list(self._pairs)
        today = self.service.profile.today().toordinal() - EPOCH
        span = Span.of(self.service, *(rows.days.bounds or (today, today)), self._max_gap)
        codes = frozenset(code for pair in pairs for code in pair if code)
        before, asked_for = self._calendar, self._asked_for
        if before is not None and asked_for is not None and before.cells.keys is None:
            wider = asked_for[1]
            if pairs == before.cells.pairs and wider.covers(span) and before.is_whole:
                rows.place(pairs, wider)
                if rows.cells == before.cells:
                    return before
        cells = rows.place(pairs, span)
        self._asked_for = codes, span
        self._calendar = filled(
            self.service,
            cells,
            span,
            codes=codes,
            max_gap=self._max_gap,
            needed=rows.needed,
            progress=self._progress,
        )
        return self._calendar

    def _reason(self, rows: Rows, amounts: Amounts, calendar: Calendar, row: int) -> ForexError:
        special = amounts.special.get(row)
        if isinstance(special, ForexError):
            return special
        try:
            asked = rows.asked(row)
        except ForexError as error:
            return error
        if asked not in self._reasons:
            self._reasons[asked] = self._why(calendar, *asked)
        return self._reasons[asked]

    def _why(self, calendar: Calendar, base: str, quote: str, on: date) -> ForexError:
        """Why there is no rate, as each driver says it."""
        failures: dict[str, ForexError] = {}
        for service, table in calendar.given:
            if isinstance(table, ForexError):
                failures[service.driver] = table
                continue
            try:
                with without_warnings():
                    if isinstance(table, RateTable):
                        table.get_rate(base, quote, on, self._max_gap)
                    else:
                        service.get_rate(base, quote, on, max_gap=self._max_gap)
                minor_units(quote)
            except ForexError as error:
                failures[service.driver] = error
        if len(failures) == 1:
            return next(iter(failures.values()))
        asked = {"base": base, "quote": quote, "on": on}
        if not failures:
            return UnsupportedPairError(f"there is no {base}/{quote} on {on}", **asked)
        return NoDriverAnsweredError(
            f"no driver of {', '.join(failures)} answered {base}/{quote} on {on}: "
            f"{'; '.join(map(str, failures.values()))}",
            failures=failures,
            **asked,
        )


class Conversion:
    """One column of amounts on its way."""

    def __init__(
        self,
        amounts: Amounts,
        rows: Rows,
        calendar: Calendar,
        units: list[int | None],
        *,
        exact: bool,
    ) -> None:
        self.amounts = amounts
        self.rows = rows
        self.calendar = calendar
        self.exact = exact
        self.units = np.array([unit or 0 for unit in units], np.int64)
        lacking = np.array([unit is None for unit in units], bool)
        shift = np.where(lacking, NO_UNIT, self.units - amounts.scale)
        self.rates = calendar.rates(shift)
        self.in_decimals = exact and amounts.is_decimal
        of_codes = {int(self.units[row]) for row in rows.used_pairs()}
        self.scale = max(of_codes, default=0)
        self.is_uniform = len(of_codes) <= 1
        self.numbers: Array = np.empty(rows.count, np.int64 if self.in_decimals else np.float64)

    def run(self) -> tuple[Floats | Decimals, Array]:
        """The new column, and the rows that have none for want of a rate."""
        doubtful = np.sort(np.concatenate([np.empty(0, np.int64), *self._chunks()]))
        missing = self.amounts.missing
        special = np.array(list(self.amounts.special), np.int64)
        if missing is not None:
            doubtful = doubtful[~missing[doubtful]]
        elif self.amounts.nan_is_missing and len(doubtful):
            is_missing = np.isnan(self.amounts.numbers[doubtful])
            if is_missing.any():
                missing = np.isnan(self.amounts.numbers)
                doubtful = doubtful[~is_missing]
        if len(special):
            doubtful = doubtful[~np.isin(doubtful, special)]
        index = self.rows.index(doubtful)
        has_none = np.isnan(self.rates[index])
        failed = [doubtful[has_none]]
        large: dict[int, int] = {}
        if self.exact:
            again = ~has_none
            self._exactly(doubtful[again], index[again], large)
        for row, amount in self.amounts.special.items():
            if isinstance(amount, ForexError) or not self._alone(row, amount, large):
                failed.append(np.array([row]))
        bad = np.sort(np.concatenate(failed)).astype(np.int64)
        if len(bad):
            missing = np.zeros(self.rows.count, bool) if missing is None else missing.copy()
            missing[bad] = True
        if self.in_decimals:
            return Decimals(self.numbers, self.scale, missing, large), bad
        return Floats(self.numbers, missing), bad

    def _chunks(self) -> list[Array]:
        count = self.rows.count
        workers = min(2, os.cpu_count() or 1)
        if count < _WORTH_TWO_THREADS or workers == 1:
            return self._span(0, count)
        middle = count // 2 // CHUNK * CHUNK
        with ThreadPoolExecutor(workers) as pool:
            halves = pool.map(self._span, (0, middle), (middle, count))
            return [rows for half in halves for rows in half]

    def _span(self, first: int, last: int) -> list[Array]:
        """Convert these rows; the numbers of those that are to be looked at again."""
        size = min(CHUNK, last - first)
        index, product, scratch = np.empty(size, np.int32), np.empty(size), np.empty(size)
        whole = np.empty(size)
        numbers, rates, rows = self.amounts.numbers, self.rates, self.rows
        scales = 10.0**self.units
        doubtful = []
        with np.errstate(all="ignore"):
            for start in range(first, last, CHUNK):
                end = min(start + CHUNK, last)
                chunk, part = slice(start, end), slice(end - start)
                out = self.numbers[chunk]
                if not self.exact:
                    at = rows.index(chunk, index[part])
                    np.take(rates, at, out=out, mode="clip")
                    out *= numbers[chunk]
                    if np.isnan(out.min()):
                        doubtful.append(np.flatnonzero(np.isnan(out)) + start)
                    continue
                at = rows.index(chunk, index[part])
                np.take(rates, at, out=product[part], mode="clip")
                product[part] *= numbers[chunk]
                open_rows = rounded(product[part], whole[part], scratch[part])
                if len(open_rows):
                    doubtful.append(open_rows + start)
                if self.in_decimals:
                    out[:] = whole[part]
                    if not self.is_uniform:
                        out *= 10 ** (self.scale - self.units[rows.pair_rows(chunk)])
                elif self.is_uniform:
                    np.divide(whole[part], 10.0**self.scale, out=out)
                else:
                    np.divide(whole[part], scales[rows.pair_rows(chunk)], out=out)
        return doubtful

    def _exactly(self, rows: Array, index: Array, large: dict[int, int]) -> None:
        """Do these rows again, in exact integers."""
        if not len(rows):
            return
        units = self.units[self.rows.pair_rows(rows)]
        results, beyond = exactly(
            self.amounts.numbers[rows],
            self.amounts.scale,
            self.calendar.fractions,
            self.calendar.at[index],
            units,
        )
        small = np.abs(results) < (1 << 52)
        if self.in_decimals:
            small = np.abs(results.astype(np.float64)) < 2.0**46
            self.numbers[rows[small]] = results[small] * 10 ** (self.scale - units[small])
        else:
            self.numbers[rows[small]] = results[small] / 10.0 ** units[small]
        for row in np.flatnonzero(~small).tolist():
            self._put(int(rows[row]), beyond.get(row, int(results[row])), int(units[row]), large)

    def _alone(self, row: int, amount: Any, large: dict[int, int]) -> bool:
        """Convert one row by itself; False where it has no rate."""
        cell = self.rows.index(np.array([row]))
        if np.isnan(self.rates[cell][0]):
            return False
        at = self.calendar.at[cell[0]]
        _, top, bottom, exponent = self.calendar.fractions
        number, power = parts(amount)
        above, power = number * int(top[at]), power + int(exponent[at])
        unit = int(self.units[self.rows.pair_rows(np.array([row]))[0]])
        if not self.exact:
            tens = 10 ** abs(power)
            below = int(bottom[at])
            self.numbers[row] = above * tens / below if power > 0 else above / (below * tens)
            return True
        self._put(row, quotient(above, int(bottom[at]), power + unit), unit, large)
        return True

    def _put(self, row: int, number: int, unit: int, large: dict[int, int]) -> None:
        if not self.in_decimals:
            self.numbers[row] = number / 10**unit
            return
        number *= 10 ** (self.scale - unit)
        if -(2**63) <= number < 2**63:
            self.numbers[row] = number
        else:
            self.numbers[row] = 0
            large[row] = number


def service_of(driver: str | Sequence[str] | ForexService | None) -> ForexService:
    """The service of a driver by its name, of several in order, or as it was opened."""
    if isinstance(driver, ForexService):
        return driver
    if driver is None:
        return open_driver()
    return open_driver(driver) if isinstance(driver, str) else open_driver(*driver)


def _eager(frame: Any) -> tuple[nw.DataFrame[Any], Callable[[Any], Any]]:
    """The frame as narwhals has it, and how to give it back in its own kind."""
    if type(frame).__module__.partition(".")[0] == "pyarrow":
        import pyarrow as pa

        if isinstance(frame, pa.RecordBatch):
            return nw.from_native(pa.Table.from_batches([frame]), eager_only=True), _batch
    try:
        return nw.from_native(frame, eager_only=True), lambda native: native
    except TypeError as error:
        raise ColumnError(
            f"a {type(frame).__name__} is no frame that can be converted: give one of pandas, "
            "polars, pyarrow, DuckDB, dask or PySpark"
        ) from error


def _batch(table: Any) -> Any:
    import pyarrow as pa

    columns = [
        column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        for column in table.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)
