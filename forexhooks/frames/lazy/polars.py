"""Lazy frames of polars: each batch is converted like an eager frame when it is computed.

That is exact for all amounts, and faster than a join. To polars it is an expression of the amount
and the keys like any other: it is not computed unless needed, and batches may stream.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import polars as pl

from forexhooks.errors import ColumnError, ConversionError, ForexError
from forexhooks.frames.amounts import amounts_of
from forexhooks.frames.arguments import Constant
from forexhooks.frames.columns import EPOCH, labels_of
from forexhooks.frames.converter import converted, converted_by
from forexhooks.frames.frame_columns import Column, FrameColumns
from forexhooks.frames.lazy.engines import engine_of
from forexhooks.frames.lazy.keys import (
    LARGEST_AMOUNT,
    Extent,
    calendar_of,
    check_batch,
    keys_of,
    looked_up,
    occurring,
    with_days,
)
from forexhooks.frames.results import PRECISION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from forexhooks.frames.arguments import Arguments
    from forexhooks.frames.converter import Converted
    from forexhooks.frames.lookup import Frozen, Lookup

_NUMBER = "__forexhooks_number"


def convert_batches(lookup: Lookup, frame: nw.LazyFrame[Any], asked: Arguments, errors: str) -> Any:
    """The lazy frame with its new column."""
    schema = frame.collect_schema()
    for name in asked:
        if isinstance(name, str) and schema.get(name) == nw.Object:
            raise ColumnError(
                f"the column {name!r} is of {schema[name]}, which polars cannot group in a lazy "
                "frame: collect it first"
            )
    is_text = schema[asked.amount] == nw.String
    is_decimal = lookup.terms.exact and (is_text or isinstance(schema[asked.amount], nw.Decimal))
    kind = pl.Decimal(PRECISION, lookup.terms.scale(asked)) if is_decimal else pl.Float64()
    if lookup.is_at_hand:
        native: pl.LazyFrame = frame.to_native()
        batch = partial(_looked_up, lookup=lookup, asked=asked, errors=errors)
        batch(pl.DataFrame(schema=native.collect_schema()).to_struct())  # types are checked
        return native.with_columns(_new(asked, batch, kind))
    engine = engine_of(frame)
    columns = list(dict.fromkeys((*schema, asked.into)))
    keyed, keyed_asked = with_days(engine, frame, asked, schema, lookup.terms.days)
    keys = keys_of(keyed_asked)
    number = pl.col(asked.amount)
    number = number.map_batches(_floats, pl.Float64) if is_text else number.cast(pl.Float64)
    numbered = keyed.to_native().with_columns(number.alias(_NUMBER))
    extent = _extent(numbered, keyed_asked, keyed.collect_schema())
    calendar = None if extent is None else calendar_of(lookup, extent, errors)
    if calendar is None:
        found = occurring(nw.from_native(numbered), keys, nw.col(_NUMBER))
        _, calendar = looked_up(lookup, engine.collected(found), keyed_asked, errors)
    batch = partial(_convert, frozen=lookup.frozen(keyed_asked, calendar), errors=errors)
    return keyed.to_native().with_columns(_new(keyed_asked, batch, kind)).select(columns)


def _new(asked: Arguments, batch: Callable[[pl.Series], pl.Series], kind: Any) -> pl.Expr:
    """The new column: each batch of the rows' amounts and keys, converted."""
    parts = pl.struct(list(dict.fromkeys((asked.amount, *keys_of(asked)))))
    return parts.map_batches(batch, kind, is_elementwise=True).alias(asked.into)


def _extent(numbered: pl.LazyFrame, asked: Arguments, schema: Mapping[str, Any]) -> Extent | None:
    """What its rows have in common; None if their days are strings or missing."""
    on, number = asked.on, pl.col(_NUMBER)
    if isinstance(on, str) and schema[on] != nw.Date:
        return None
    is_sound = number.abs() < LARGEST_AMOUNT  # to polars NaN is larger
    for key in keys_of(asked):
        is_sound &= pl.col(key).is_not_null()
    found = [(number.is_null() | is_sound).all().alias("is_sound")]
    for role, name in zip(("currency", "to"), asked[1:3], strict=True):
        if isinstance(name, str):
            column = pl.col(name)
            if schema[name] == nw.String:  # before polars looks up each value
                column = column.map_batches(_distinct, pl.String, is_elementwise=True)
            found.append(column.drop_nulls().unique().cast(pl.String).implode().alias(role))
    if isinstance(on, str):
        days = pl.col(on).cast(pl.Int32)
        found += [days.min().alias("first"), days.max().alias("last")]
    (row,) = numbered.select(found).collect().to_dicts()
    if isinstance(on, Constant):
        row["first"] = row["last"] = on.value.toordinal() - EPOCH
    if row["first"] is None:
        return None
    labels = (
        name.value if isinstance(name, Constant) else row[role]
        for role, name in zip(("currency", "to"), asked[1:3], strict=True)
    )
    return Extent(tuple(labels), (row["first"], row["last"]), row["is_sound"])


def _distinct(column: pl.Series) -> pl.Series:
    """The distinct strings of a column, and as many nulls as it had further rows."""
    labels = labels_of(Column(column.name, column, "polars")).values
    return pl.Series(column.name, labels, pl.String).extend_constant(
        None, len(column) - len(labels)
    )


def _convert(batch: pl.Series, frozen: Frozen, errors: str) -> pl.Series:
    return _checked(converted_by(frozen, batch.struct.unnest()), frozen.asked, errors)


def _looked_up(batch: pl.Series, lookup: Lookup, asked: Arguments, errors: str) -> pl.Series:
    columns = FrameColumns(batch.struct.unnest())
    column = _checked(converted(columns, asked, lookup), asked, errors)
    if len(batch):
        lookup.warn(2)
    return column


def _checked(done: Converted, asked: Arguments, errors: str) -> pl.Series:
    if errors == "raise":
        try:
            check_batch(done.failures, len(done.frame))
        except ConversionError as error:
            raise _lasting(error) from error
    column: pl.Series = done.frame[asked.into]
    return column


def _lasting(error: ConversionError) -> ConversionError:
    """The error with a class of its own: polars makes it anew, of its class and message alone."""

    def __init__(self: ConversionError, message: str) -> None:  # noqa: N807
        ConversionError.__init__(self, message, count=error.count, failures=error.failures)

    own = {"__init__": __init__, "__module__": ConversionError.__module__}
    kind: Callable[[str], ConversionError] = type("ConversionError", (ConversionError,), own)
    return kind(str(error))


def _floats(column: pl.Series) -> pl.Series:
    """The amounts of a string column as floats; invalid ones are NaN."""
    amounts = amounts_of(column.name, Column(column.name, column, "polars"))
    numbers = amounts.numbers / 10.0**amounts.scale
    for row, amount in amounts.special.items():
        numbers[row] = np.nan if isinstance(amount, ForexError) else float(amount)
    return pl.Series(column.name, numbers).set(column.is_null(), None)
