"""Converter: converts eager frames batch by batch."""

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

    `rows` is an array of their numbers, counted from 0, in order: int64. Iterate to get each row
    number with its error; errors are made only when you ask for them.
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
        """Return the error that `ForexService.convert` raises for a row.

        Args:
            row: The number of the row, from 0.

        Returns:
            The error.
        """
        return self._error(row)

    def check(self, rows: int) -> None:
        """Raise an error if there are any failures.

        Args:
            rows: How many rows the frame has, for the message.

        Raises:
            ConversionError: There are failures; it has the first of them.
        """
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
    """The column that an error is about, if it is about one."""
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
    """A frame with its new column, and the rows that could not be converted: null in it."""

    frame: Any
    failures: Failures


class Converter:
    """Converts frames batch by batch with one driver, and fetches only what is new.

    It keeps the rates of one batch for the next, which makes a file in pieces as fast as a whole
    one. Do not share it between threads.

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

    Args:
        driver: As for `convert`.
        exact: As for `convert`.
        max_gap: As for `convert`, in days.
        places: As for `convert`.
        zone: As for `convert`.
        days: As for `convert`.
        progress: As for `convert`.

    Raises:
        ForexError: What `open` raises.
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
        """The service that is asked."""
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
        """Convert an eager frame of pandas, polars or pyarrow (a Table or a RecordBatch).

        Args:
            frame: The frame.
            amount: The name of the column of amounts.
            currency: The name of the column of their currencies, or one code for all rows.
            to: The name of the column of currencies to convert into, or one code for all rows.
            on: The name of the column of days, or one day for all rows.
            into: The name of the new column, or of one to replace; None: `{amount}_{to}`.

        Returns:
            The frame with the new column, and the rows that could not be converted. They are null
            in the new column, and so are rows without an amount, which are not failures.

        Raises:
            ColumnError: A column does not exist or has the wrong type.
            CurrencyError: A code given for all rows is not a known currency.
            DateError: A day given for all rows is not a day.
            ForexError: What `ForexService.get_table` raises.
        """
        native, wrapped = as_known(frame)
        columns, lookup = FrameColumns(native), self._lookup
        names = {"amount": amount, "currency": currency, "to": to, "on": on, "into": into}
        result = converted(columns, lookup.asked(columns, names), lookup)
        lookup.warn(2)
        return result._replace(frame=wrapped(result.frame))


def converted(columns: FrameColumns, asked: Arguments, lookup: Lookup) -> Converted:
    """The native frame with its new column, at current rates."""
    rows = lookup.rows(columns, asked)
    calendar = lookup.calendar(rows)
    reason = partial(lookup.reason, rows, calendar)
    return _result(columns, asked, rows, calendar, lookup.terms, reason)


def converted_by(frozen: Frozen, native: Any) -> Converted:
    """The native frame with its new column, at rates that were looked up before."""
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
    """The frame in a type that narwhals knows, and a function that turns results back."""
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
