"""rates(): rates as a frame, for your own joins. from_history(): a history as a frame."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forexhooks.errors import ColumnError, CurrencyError, UnsupportedPairError, did_you_mean
from forexhooks.frames.arguments import Terms
from forexhooks.frames.arrays import Array
from forexhooks.frames.calendar import Cells, Span
from forexhooks.frames.columns import EPOCH
from forexhooks.frames.filling import Wanted, filled
from forexhooks.frames.lookup import Lookup, service_of
from forexhooks.rates.decimals import ONE, divide, round_quotient, shifted
from forexhooks.rates.history import day_of
from forexhooks.rates.profile import latest_today
from forexhooks.rates.question import check_span, several
from forexhooks.rates.rate import Rate
from forexhooks.support.optional import imported

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forexhooks.frames.calendar import Calendar
    from forexhooks.frames.fractions import Fractions
    from forexhooks.rates.observations import Pair
    from forexhooks.service.service import ForexService
    from forexhooks.support.context import Progress


def rates(
    currencies: Iterable[str],
    start: date,
    end: date,
    *,
    base: str,
    driver: str | Sequence[str] | ForexService | None = None,
    fill: bool | int = True,
    backend: str = "pandas",
    exact: bool = False,
    progress: Progress | None = None,
) -> Any:
    """Make a frame of rates: what 1 unit of `base` cost in each of `currencies`, day by day.

    >>> from datetime import date
    >>> frame = rates(["USD"], date(2026, 10, 23), date(2026, 10, 26), base="EUR", driver="ecb")
    >>> frame[["quote", "value"]].values.tolist()
    [['USD', 1.1193], ['USD', 1.1193], ['USD', 1.1193], ['USD', 1.1188]]

    If a lock answers, it must have been asked the same way: for `fill=True` by `get_rate` on each
    day, for a number by `get_rate(…, max_gap=fill)`, for False with `max_gap=0` or by a history.

    Args:
        currencies: The codes of the quotes.
        start: The first day.
        end: The last day, included.
        base: The currency to price: 1 unit of it.
        driver: As for `convert`.
        fill: For a day without a rate, take that of an earlier day: True: as far back as the
            driver's profile says, a number: so many days. False: leave the day out. Future days are
            always left out.
        backend: The library of the frame: pandas, polars, pyarrow (a Table), duckdb (a relation),
            dask, or pyspark (in the active session).
        exact: Whether values are decimals, as from `from_history`; False: float64, the nearest to
            the exact rates.
        progress: As for `convert`.

    Returns:
        A frame with a row for each quote and day that has a rate, in that order. Its columns are
        `on`, `base`, `quote`, `value` and `observed`: the day that the value was published for.

    Raises:
        ColumnError: `backend` or `fill` is invalid.
        MissingExtraError: The library of `backend` is not installed.
        CurrencyError: `base` or one of `currencies` is not a known currency.
        DateError: `end` is before `start`, or one of them is not a `date`.
        UnsupportedPairError: The driver does not have one of the currencies at all.
        NotLockedError: A lock lacks one of the days.
        ForexError: What `ForexService.get_table` raises.
    """
    if not isinstance(backend, str) or backend not in _MAKERS:
        raise ColumnError(
            f"backend={backend!r} is not one of {', '.join(_MAKERS)}"
            f"{did_you_mean(f'{backend}', _MAKERS)}"
        )
    make, needs, install = _MAKERS[backend]
    for module in needs:
        imported(module, install)
    check_span(start, end)
    if not isinstance(fill, int) or fill < 0:
        raise ColumnError(f"fill is True, False or a number of days, not {fill!r}")
    max_gap = None if fill is True else int(fill)
    service = service_of(driver)
    lookup = Lookup(service, Terms.of(exact=False, max_gap=max_gap))
    base = service.check_code(base)
    quotes = dict.fromkeys(map(service.check_code, several(currencies)))
    pairs = [(base, quote) for quote in quotes]
    last = min(end, latest_today())
    span = Span.of(service, start.toordinal() - EPOCH, last.toordinal() - EPOCH, max_gap)
    wanted = Wanted(
        pairs,
        span,
        max_gap,
        cells=lambda: Cells(pairs, span.first, span.last),
        occurring=lambda cells: np.arange(cells.size),
        in_order=True,
    )
    calendar = filled(service, wanted, progress=progress)
    _check(service, calendar)
    for stale in calendar.stale[:1]:
        service.warn_of(stale)
    # The number of the fraction for each pair and day; the calendar may have more of both.
    all_days = calendar.at.reshape(-1, calendar.cells.width)[: len(pairs)]
    offset = span.first - calendar.cells.first + 1
    at = all_days[:, offset : offset + max(0, span.last + 1 - span.first)]
    columns = _columns(calendar, at, pairs, span.first, exact=exact)
    for row, (_, quote) in enumerate(pairs):
        if not all_days[row].any():
            reason = lookup.why(calendar, base, quote, end)
            if isinstance(reason, CurrencyError | UnsupportedPairError):
                raise reason
    return make(columns)


def _check(service: ForexService, calendar: Calendar) -> None:
    """Raise the error of a request that failed: otherwise rows could be missing without notice."""
    if len(service.drivers) == 1:
        for error in calendar.failed.values():
            raise error


def _columns(
    calendar: Calendar, at: Array, pairs: list[Pair], first: int, *, exact: bool
) -> dict[str, Array]:
    pair, day = np.nonzero(at)
    at = at[pair, day]
    days = day + first
    observed = calendar.fractions.days[at] - EPOCH
    observed = np.where(observed == -EPOCH, days, observed)
    base, quote = (np.array([pair[side] for pair in pairs], object) for side in (0, 1))
    return {
        "on": days.astype("M8[D]"),
        "base": base[pair],
        "quote": quote[pair],
        "value": _values(calendar.fractions)[at] if exact else calendar.nearest()[at],
        "observed": observed.astype("M8[D]"),
    }


def _values(fractions: Fractions) -> Array:
    """The value that a `Rate` has, for each fraction."""
    _, top, bottom, exponent = fractions
    values = [
        divide(shifted(above, power), Decimal(below)) if below != 1 else shifted(above, power)
        for above, below, power in zip(
            top.tolist(), bottom.tolist(), exponent.tolist(), strict=True
        )
    ]
    return np.array(values, object)


def _pandas(columns: dict[str, Array]) -> Any:
    import pandas as pd

    return pd.DataFrame(columns)


def _polars(columns: dict[str, Array]) -> Any:
    import polars as pl

    def series(name: str, column: Array) -> Any:
        if column.dtype != object:
            return column
        if name != "value":
            return pl.Series(column.tolist(), dtype=pl.String)
        values, places = _of_one_scale(column.tolist())
        return pl.Series(values, dtype=pl.Decimal(_DIGITS, places))

    return pl.DataFrame({name: series(name, column) for name, column in columns.items()})


def _pyarrow(columns: dict[str, Array]) -> Any:
    import pyarrow as pa

    def array(name: str, column: Array) -> Any:
        if column.dtype != object:
            return pa.array(column)
        if name != "value":
            return pa.array(column, pa.string())
        values, places = _of_one_scale(column.tolist())
        return pa.array(values, pa.decimal128(_DIGITS, places))

    return pa.table({name: array(name, column) for name, column in columns.items()})


def _duckdb(columns: dict[str, Array]) -> Any:
    import duckdb

    return duckdb.from_arrow(_pyarrow(columns))


def _dask(columns: dict[str, Array]) -> Any:
    import dask.dataframe as dd

    return dd.from_pandas(_pandas(columns), npartitions=1)


def _pyspark(columns: dict[str, Array]) -> Any:
    from pyspark.sql import SparkSession

    table = _pyarrow(columns)
    session = SparkSession.getActiveSession()
    if session is None:
        raise ColumnError("backend='pyspark' needs an active SparkSession: make one first")
    return session.createDataFrame(table)


class _Maker(NamedTuple):
    """The function that makes a frame, the modules it needs, and what to install for them."""

    make: Callable[[dict[str, Array]], Any]
    needs: tuple[str, ...]
    install: str


_MAKERS = {
    "pandas": _Maker(_pandas, ("pandas",), "pandas"),
    "polars": _Maker(_polars, ("polars",), "polars"),
    "pyarrow": _Maker(_pyarrow, ("pyarrow",), "pyarrow"),
    "duckdb": _Maker(_duckdb, ("duckdb", "pyarrow"), "duckdb pyarrow"),
    "dask": _Maker(_dask, ("dask.dataframe", "pandas"), "'dask[dataframe]'"),
    "pyspark": _Maker(_pyspark, ("pyspark", "pyarrow"), "pyspark pyarrow"),
}


# A row to make an empty frame from: it gives the columns their types, and is removed again.
_NONE = Rate("XXX", "XXX", ONE, date(2000, 1, 1), "")
_BACKENDS = ("pandas", "polars", "pyarrow", "modin", "cudf", "duckdb")
_DIGITS = 38  # of a decimal128, which Arrow, polars and Parquet all have


def from_history(history: Iterable[Rate], backend: str = "pandas", *, exact: bool = True) -> Any:
    """Make a frame of a history, or of other rates.

    Values are exact decimals. In pandas the column holds `Decimal` objects. Elsewhere it is a
    decimal128 with as many decimal places as the longest value has. If a history has both very
    large and very small values, 38 digits may not be enough: values are then rounded, half-even, to
    as many places as fit.

    Args:
        history: The rates.
        backend: The library of the frame: pandas, polars, pyarrow, modin, cudf or duckdb.
        exact: Whether values are exact decimals; False: float64, the nearest to them.

    Returns:
        A frame with the columns `on`, `base`, `quote`, `value`, `driver` and `kind`. `on` is a
        date, in pandas a datetime64. If any rate applies to a period, there is `until`, too, the
        last day of it. If any rate is of a series, there is `series`. Both are null for other
        rates.

    Raises:
        MissingExtraError: narwhals or the library of `backend` is not installed.
        ColumnError: `backend` is invalid, or `history` holds something other than rates.
    """
    nw = imported("narwhals", "'forexhooks[frames]'")
    if not isinstance(backend, str) or backend not in _BACKENDS:
        raise ColumnError(
            f"no frame of {backend!r} can be made{did_you_mean(f'{backend}', _BACKENDS)}: the "
            f"backends are {', '.join(_BACKENDS)}"
        )
    chosen = nw.Implementation.from_backend(backend)
    is_eager = not chosen.is_duckdb()
    imported(backend, backend)
    held = list(history)
    for each in held:
        if not isinstance(each, Rate):
            raise ColumnError(f"a history has rates, and not {each!r}: get_history gives one")
    rates = held or [_NONE]
    columns: dict[str, Any] = {
        "on": [day_of(rate) for rate in rates],
        "base": [rate.base for rate in rates],
        "quote": [rate.quote for rate in rates],
        "value": [rate.value for rate in rates],
        "driver": [rate.driver for rate in rates],
        "kind": [rate.kind for rate in rates],
    }
    for name in ("until", "series"):
        if any(getattr(rate, name) is not None for rate in rates):
            columns[name] = [getattr(rate, name) for rate in rates]
    if chosen.is_pandas_like():
        columns["on"] = [datetime.combine(day, time()) for day in columns["on"]]
        if "until" in columns:  # an open end does not fit into nanoseconds
            columns["until"] = np.array(columns["until"], "datetime64[s]")
    if not exact:
        columns["value"] = list(map(float, columns["value"]))
    elif not chosen.is_pandas_like():
        columns["value"], _ = _of_one_scale(columns["value"])
    frame = nw.from_dict(columns, backend=chosen if is_eager else "pyarrow").head(len(held))
    return (frame if is_eager else frame.lazy(backend=chosen)).to_native()


def _of_one_scale(values: Sequence[Decimal]) -> tuple[list[Decimal], int]:
    """The values, all with the most decimal places that any has, as far as a decimal128 allows."""
    places = max((-_exponent(value) for value in values), default=0)
    before_the_point = max((value.adjusted() + 1 for value in values), default=1)
    places = min(max(0, places), _DIGITS - max(1, before_the_point))
    return [round_quotient(value, ONE, places) for value in values], places


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - rates are finite
    return exponent
