"""Converter: eager frames, batch after batch."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from forexhooks.errors import (
    AmountError,
    ConversionError,
    CurrencyError,
    DateError,
    ForexError,
)
from forexhooks.frames.amounts import amounts_of
from forexhooks.frames.arguments import Terms
from forexhooks.frames.frame_columns import FrameColumns
from forexhooks.frames.lookup import Lookup, service_of
from forexhooks.frames.multiply import Conversion
from forexhooks.frames.results import with_column
from forexhooks.frames.rows import Places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from forexhooks.frames.arguments import Arguments
    from forexhooks.frames.arrays import Array
    from forexhooks.frames.calendar import Calendar
    from forexhooks.frames.lookup import Frozen
    from forexhooks.frames.rows import Rows
    from forexhooks.service.service import ForexService
    from forexhooks.support.context import Progress

_SHOWN = 5


class Failures:
    """The rows of a frame that could not be converted, and why.

    `rows` are their numbers from 0 on, in order, an array of int64. The reasons are made when they
    are asked for: by iteration, which gives each row with its error, or one by one.
    """

    def __init__(
        self, rows: Array, error: Callable[[int], ForexError], asked: Arguments | None = None
    ) -> None:
        self.rows: Array = rows
        self._error = error
        self._asked = asked

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[int, ForexError]]:
        for row in self.rows.tolist():
            yield row, self._error(row)

    def __getitem__(self, index: int) -> tuple[int, ForexError]:
        row = int(self.rows[index])
        return row, self._error(row)

    def __reduce__(self) -> tuple[Any, ...]:
        return Failures, (self.rows, dict(self).__getitem__, self._asked)

    def error(self, row: int) -> ForexError:
        """What `ForexService.convert` raises for this row."""
        return self._error(row)

    def check(self, rows: int) -> None:
        """Raise `ConversionError` if there are any, of so many `rows`."""
        count = len(self)
        if not count:
            return
        first = [(row, self._error(row)) for row in self.rows[:_SHOWN].tolist()]
        said = "; ".join(f"row {row}{_column(self._asked, error)}: {error}" for row, error in first)
        more = f"; and {count - _SHOWN:,} more" if count > _SHOWN else ""
        raise ConversionError(
            f"{count:,} of {rows:,} rows cannot be converted (errors='null' leaves them empty): "
            f"{said}{more}",
            count=count,
            failures=first,
        )


def _column(asked: Arguments | None, error: ForexError) -> str:
    """The column that an error is about, where it is about one."""
    names: list[Any] = []
    if asked is None:
        return ""
    if isinstance(error, AmountError):
        names = [asked.amount]
    elif isinstance(error, CurrencyError):
        names = [asked.currency, asked.to]
    elif isinstance(error, DateError):
        names = [asked.on]
    columns = [name for name in names if isinstance(name, str)]
    return f" of {' or '.join(map(repr, columns))}" if columns else ""


class Converted(NamedTuple):
    """A frame with its new column, which is null where a row could not be converted; those rows."""

    frame: Any
    failures: Failures


class Converter:
    """Converts frames with one driver, batch after batch, and fetches only what is new.

    `driver`, `exact`, `max_gap`, `places`, `zone`, `days` and `progress` are those of `convert`.
    What was looked up for one batch is kept for the next, so that a file goes in pieces as fast as
    whole. Raises as `open` does. Not to be shared by threads.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"paid": [9.99, 5.0], "ccy": ["USD", "XXX"], "day": "2026-10-30"})
    >>> converter = Converter("ecb")
    >>> columns = {"amount": "paid", "currency": "ccy", "on": "day"}
    >>> frame, failures = converter.convert(frame, to="EUR", **columns)
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
        days: str | None = None,
        progress: Progress | None = None,
    ) -> None:
        terms = Terms.of(exact=exact, max_gap=max_gap, places=places, zone=zone, days=days)
        self.service: ForexService = service_of(driver)
        """Who is asked."""
        self._lookup = Lookup(self.service, terms, progress)

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
        """Convert an eager frame: of pandas, polars or pyarrow (a Table or a RecordBatch).

        Rows that cannot be converted are null in the new column, and told in `failures`; those
        without an amount are null and no failure. Raises `ColumnError`, `CurrencyError`,
        `DateError` for what is wrong with all rows, and as `ForexService.get_table` does.
        """
        native, wrapped = as_known(frame)
        columns, lookup = FrameColumns(native), self._lookup
        names = {"amount": amount, "currency": currency, "to": to, "on": on, "into": into}
        result = converted(columns, lookup.asked(columns, names), lookup)
        lookup.warn(2)
        return result._replace(frame=wrapped(result.frame))


def converted(columns: FrameColumns, asked: Arguments, lookup: Lookup) -> Converted:
    """The native frame with its new column, at the rates of now."""
    rows = lookup.rows(columns, asked)
    calendar = lookup.calendar(rows)
    reason = partial(lookup.reason, rows, calendar)
    return _result(columns, asked, rows, calendar, lookup.terms, reason)


def converted_by(frozen: Frozen, native: Any) -> Converted:
    """The native frame with its new column, at the rates that were looked up."""
    columns = FrameColumns(native)
    rows = frozen.rows(columns)
    reason = partial(frozen.reason, rows)
    return _result(columns, frozen.asked, rows, frozen.calendar, frozen.terms, reason)


def _result(
    columns: FrameColumns,
    asked: Arguments,
    rows: Rows,
    calendar: Calendar,
    terms: Terms,
    reason: Callable[[int], ForexError],
) -> Converted:
    like = columns.column(asked.amount)
    amounts = amounts_of(asked.amount, like)
    places = Places(rows, calendar.cells)
    units, scale = terms.units(calendar), terms.scale(asked)
    values, failed = Conversion(amounts, places, calendar, units, scale, exact=terms.exact).run()

    def error(row: int) -> ForexError:
        special = amounts.special.get(row)
        return special if isinstance(special, ForexError) else reason(row)

    frame = with_column(columns, like, asked.into, values)
    return Converted(frame, Failures(failed, error, asked))


def as_known(frame: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The frame as one that narwhals knows, and how to give it back in its own kind."""
    if type(frame).__module__.partition(".")[0] == "pyarrow":
        import pyarrow as pa

        if isinstance(frame, pa.RecordBatch):
            return pa.Table.from_batches([frame]), _batch
    return frame, lambda native: native


def _batch(table: Any) -> Any:
    import pyarrow as pa

    columns = [
        column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        for column in table.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)
