"""convert(): one call for frames of any library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

import narwhals as nw

from forexhooks.errors import ColumnError
from forexhooks.frames.arguments import Terms
from forexhooks.frames.converter import as_known, converted
from forexhooks.frames.frame_columns import FrameColumns, known_by, library_of
from forexhooks.frames.lookup import Lookup, service_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from forexhooks.service.service import ForexService
    from forexhooks.support.context import Progress

Frame = TypeVar("Frame")


def convert(
    frame: Frame,
    *,
    amount: str,
    currency: str,
    to: str,
    on: str | date,
    into: str | None = None,
    driver: str | Sequence[str] | ForexService | None = None,
    exact: bool = True,
    max_gap: int | None = None,
    errors: Literal["raise", "null"] = "raise",
    places: int | None = None,
    zone: str | None = None,
    days: str | None = None,
    progress: Progress | None = None,
) -> Frame:
    """Convert a column of amounts, each into another currency as of its day: `fx.convert`, in bulk.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"paid": [9.99, 120.0], "ccy": ["USD", "JPY"], "day": "2026-10-30"})
    >>> convert(frame, amount="paid", currency="ccy", to="EUR", on="day")["paid_EUR"].tolist()
    [8.94, 0.68]

    With `exact`, results are those of `ForexService.convert`, to the cent. For a column of decimals
    or strings they are decimals of 38 digits. Their scale does not depend on the rows: it is
    `places`, else the minor unit of `to`, or 4 if `to` is a column. For other columns they are
    float64, the nearest to the exact result.

    Args:
        frame: A frame of pandas, polars (eager or lazy), pyarrow (a Table or a RecordBatch), DuckDB
            (a relation), dask or PySpark.
        amount: The name of the column of amounts. Missing amounts have missing results.
        currency: The name of the column of the amounts' currencies, or one code for all rows.
        to: The name of the column of currencies to convert into, or one code for all rows.
        on: The name of the column of days, or one day for all rows. A day is a date, a string like
            2026-10-30, or a moment without a time zone (typed, or a string like 2026-10-30
            09:15:22), which counts as written.
        into: The name of the new column, or of one to replace; None: `{amount}_{to}`, which must
            not exist.
        driver: The name of a driver, several names in order of preference, or what `open` returned;
            None: the driver in the settings.
        exact: Whether to round as `ForexService.convert` does. False: the results are float64,
            amount x rate, not rounded.
        max_gap: As for `ForexService.convert`, in days.
        errors: `"raise"`: raise `ConversionError` if any row cannot be converted. `"null"`: leave
            those rows empty.
        places: Decimal places of the results; None: those of the currency.
        zone: The time zone in which moments that have a time zone become days, like
            `Europe/Zurich`; None: such moments are refused.
        days: The format of other strings, like %d.%m.%Y, in the directives of `strptime` with
            English month names.
        progress: Called with the work done and its total, if the driver needs many requests.

    Returns:
        A frame of the same type with one more column, its rows and index in the same order.

    Raises:
        ConversionError: Some rows cannot be converted; it has the first of them.
        ColumnError: A column does not exist or has the wrong type, or an argument is invalid.
        CurrencyError: A code given for all rows is not a known currency.
        DateError: A day given for all rows is not a day.
        AmountError: Amounts are too large for a database to convert exactly.
        PluginError: An extension changes single rates and cannot change tables.
        ForexError: What `open` raises.
    """
    if errors not in ("raise", "null"):
        raise ColumnError(f"errors is 'raise' or 'null', not {errors!r}")
    terms = Terms.of(exact=exact, max_gap=max_gap, places=places, zone=zone, days=days)
    lookup = Lookup(service_of(driver), terms, progress)
    names = {"amount": amount, "currency": currency, "to": to, "on": on, "into": into}
    try:
        return _converted(frame, lookup, names, errors)  # type: ignore[no-any-return]
    finally:
        lookup.warn(2)


def _converted(frame: Any, lookup: Lookup, names: dict[str, Any], errors: str) -> Any:
    if type(frame).__module__.startswith("dask"):
        from forexhooks.frames.lazy.dask import convert_partitions

        return convert_partitions(lookup, frame, names, errors)
    native, wrapped = as_known(frame)
    known = known_by(native) if library_of(native) is None else None
    if isinstance(known, nw.LazyFrame):
        asked = lookup.asked(known.collect_schema(), names)
        if known.implementation.is_polars():
            from forexhooks.frames.lazy.polars import convert_batches

            return convert_batches(lookup, known, asked, errors)
        from forexhooks.frames.lazy.join import convert_lazily

        return convert_lazily(lookup, known, asked, errors)
    columns = FrameColumns(native)
    result, failures = converted(columns, lookup.asked(columns, names), lookup)
    if errors == "raise":
        failures.check(columns.rows)
    return wrapped(result)
