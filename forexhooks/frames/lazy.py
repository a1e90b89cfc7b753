"""Lazy frames: an equality join on the rates of the keys that occur, and exact expressions.

The engine does the work. It is asked once beforehand which currencies and days occur; their rates
go back to it as a small table with one row for each, so that no engine's idea of an asof join,
of decimals or of integer overflow matters: all that is computed is float64, and exact.

A product is rounded where it is far enough from the middle between two minor units. Where it is
not, its remainder is computed without an error: the product of two float64 is the sum of two
others (Dekker), and the difference of two such products that are close to each other is exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import numpy as np

from forexhooks.frames.asked import Asked
from forexhooks.frames.engines import engine_of

if TYPE_CHECKING:
    from datetime import date

    from forexhooks.frames.converter import Converter

_DAY = "__forexhooks_day"
_COUNT = "__forexhooks_count"
_LARGEST = "__forexhooks_largest"
_WRONG = "__forexhooks_wrong"
_RATE = "__forexhooks_rate"
_TENS = "__forexhooks_tens"
_PARTS = tuple((f"__forexhooks_top{n}", f"__forexhooks_bottom{n}") for n in range(2))
_SHOWN = 5
_MOST_AMOUNT = 1e30
_MOST_RESULT = 2.0**45  # in minor units
_EXACT = 2.0**53  # up to here float64 has all integers
_SPLITTER = 2.0**27 + 1
_FLOAT_SCALES = (2, 6)


class Priced(NamedTuple):
    """The keys that occur, with what a row of each needs: columns of one length."""

    keys: dict[str, Any]
    columns: dict[str, Any]
    scales: tuple[int, ...]
    places: int


def convert_lazily(
    converter: Converter,
    frame: nw.LazyFrame[Any],
    *,
    amount: str,
    currency: str,
    to: str,
    on: str | date,
    into: str | None,
    errors: str,
) -> Any:
    """A lazy frame with the new column, to be computed by its own engine."""
    schema = frame.collect_schema()
    asked = Asked.of(
        schema, converter.service, amount=amount, currency=currency, to=to, on=on, into=into
    )
    columns = frame.columns
    scale = _scale_of(amount, schema[amount])
    frame, asked = _with_days(frame, asked, schema, converter.zone)
    keys = list(
        dict.fromkeys(
            name for name in (asked.currency, asked.to, asked.on) if isinstance(name, str)
        )
    )
    occurring = _occurring(frame, keys, amount)
    rows = converter.rows(occurring, asked)
    calendar = converter.calendar_of(rows)
    cells = rows.index(slice(None))
    units = np.array([-1 if unit is None else unit for unit in converter.units(calendar)])[
        rows.pair_rows(slice(None))
    ]
    has_none = (calendar.at[cells] == 0) | (units < 0)
    if errors == "raise":
        _check(occurring, has_none, rows, converter)
    scales = _FLOAT_SCALES if scale is None else (scale,)
    priced = _priced(calendar, cells, np.where(has_none, -1, units), scales, converter.exact)
    _check_size(occurring, priced, amount)
    engine = engine_of(frame)
    joined = engine.joined(frame, {name: occurring[name] for name in keys}, priced, ordered_by=_DAY)
    result = _result(nw.col(amount), priced, scale, exact=converter.exact)
    if converter.exact and scale is not None and schema[amount].is_decimal():
        result = result.cast(nw.Decimal(38, int(max(units.max(initial=0), 0))))
    order = list(dict.fromkeys((*columns, asked.into)))
    return engine.finished(joined.with_columns(result.alias(asked.into)), order)
