"""convert(): one call for any frame."""

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

    `frame` is of pandas, polars (eager or lazy), pyarrow (a Table or a RecordBatch), DuckDB (a
    relation), dask or PySpark; a frame of the same type comes back, with one more column, its rows
    and its index in order. `amount` names the column of amounts. `currency`, `to` and `on` each
    name a column, or are the same for all rows: a code, a date or a text like 2026-10-30. `into`
    names the new column, by default `{amount}_{to}`, which must be new; else it replaces one.

    `driver` is as `open` takes it: a name, several in order of preference, by default the one of
    the settings; or what `open` returned. `max_gap` and `places` are as in `ForexService.convert`.
    `progress(done, total)` is called where the driver needs many requests.

    `exact` results are those of `ForexService.convert`, to the cent: decimals for a column of
    decimals (or of texts), of 38 digits and a scale that does not depend on the rows: the minor
    unit of `to`, or `places`, or 4 where `to` is a column; else float64, which is the one nearest
    to the exact result. With `exact=False` they are float64, amount x rate, not rounded.

    A day is a date, a string like 2026-10-30, or a moment without a zone (typed, or a string like
    2026-10-30 09:15:22), taken as it is written. Moments with a zone become days in `zone`; without
    it they are refused. `days` is the format of other strings, like %d.%m.%Y: the directives of
    `strptime`, with English names of months.

    Missing amounts give missing results. A row that cannot be converted, whatever the reason,
    raises `ConversionError` with the first of them and their number; with `errors="null"` it is
    empty. Raises `ColumnError` for a column that is not there or holds something else,
    `CurrencyError`, `DateError`; `PluginError` where an extension wraps rates and not tables;
    `AmountError` for amounts that are too large for a database to be exact; and as `open` does.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"paid": [9.99, 120.0], "ccy": ["USD", "JPY"], "day": "2026-10-30"})
    >>> convert(frame, amount="paid", currency="ccy", to="EUR", on="day")["paid_EUR"].tolist()
    [8.94, 0.68]
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
