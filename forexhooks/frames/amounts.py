"""Columns of amounts: floats, integers, decimals and strings, each exact."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import numpy as np

from forexhooks.errors import AmountError, ColumnError, ForexError
from forexhooks.frames.arrays import CHUNK, SCALES, Array, arrow_of, buffer_of, is_missing, nulls_of
from forexhooks.frames.rounding import parts
from forexhooks.rates.decimals import exact_amount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.frames.frame_columns import Column


class Amounts(NamedTuple):
    """A column of amounts: each is `numbers / 10 ** scale`.

    `numbers` are float64 (with scale 0) or int64. Rows in `missing` have no amount (None: all have
    one). `special` has the rows that do not fit: an exact amount or an error. `is_decimal` says
    that the column holds decimals, and that the result will, too.
    """

    numbers: Array
    scale: int
    missing: Array | None
    special: dict[int, Decimal | ForexError]
    is_decimal: bool
    nan_is_missing: bool = False


_PLAIN = r"^[+-]?[0-9]{1,26}(\.[0-9]{0,9})?$"
_DIGITS_OF_64_BITS = 18
# No rate is large enough for such an amount to leave anything.
_NOTHING = -1000


def amounts_of(name: str, column: Column) -> Amounts:
    """Read a column of amounts. Raises `ColumnError` if it does not hold numbers."""
    dtype = column.dtype
    if dtype.is_float():
        return _floats(column)
    if isinstance(dtype, nw.Decimal) or dtype == nw.Decimal:
        return _decimals(column)
    if dtype.is_integer() and dtype not in (nw.Int128, nw.UInt128):
        return _integers(column)
    if dtype == nw.String:
        return _texts(column)
    arrow = arrow_of(column) if dtype == nw.Object else None
    if arrow is not None and str(arrow.type).startswith("decimal"):
        return decimals_of_arrow(arrow)
    return _exact(column.known.to_list())


def check_kind(name: str, dtype: Any) -> None:
    """Raise `ColumnError` for a column whose type cannot be an amount."""
    if dtype.is_numeric():
        return
    if dtype == nw.Boolean or dtype.is_temporal() or dtype.is_nested():
        raise ColumnError(f"the column {name!r} is of {dtype}: an amount is a number")


def _texts(column: Column) -> Amounts:
    """Read strings: plain numbers all at once, the others one by one."""
    arrow = arrow_of(column)
    if arrow is None:
        return _exact(column.known.to_list(), is_decimal=True)
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = arrow if arrow.type == pa.string() else arrow.cast(pa.large_string())
    is_plain = pc.match_substring_regex(texts, _PLAIN)
    if pc.all(is_plain, min_count=0).as_py():
        return decimals_of_arrow(_of_least_scale(texts))
    texts = pc.utf8_trim_whitespace(texts)
    is_plain = pc.fill_null(pc.match_substring_regex(texts, _PLAIN), fill_value=True)
    odd = pc.indices_nonzero(pc.invert(is_plain)).to_pylist()
    amounts = decimals_of_arrow(_of_least_scale(pc.if_else(is_plain, texts, None)))
    for row in odd:
        amounts.special[row] = _exact_or_error(texts[row].as_py())
    missing = pc.is_null(texts).to_numpy()
    return amounts._replace(missing=missing if missing.any() else None)


def _of_least_scale(texts: Any) -> Any:
    import pyarrow as pa

    for scale in SCALES[:-1]:
        try:
            return texts.cast(pa.decimal128(38, scale))
        except pa.ArrowInvalid:
            continue  # it has more digits
    return texts.cast(pa.decimal128(38, SCALES[-1]))


def _floats(column: Column) -> Amounts:
    is_pandas = column.is_pandas_like
    missing = None
    if not is_pandas and column.has_nulls:
        missing = column.known.is_null().to_numpy()
    numbers = np.asarray(column.to_numpy())
    if numbers.dtype != np.float64:
        if numbers.dtype == object:  # pandas' own nulls
            missing = column.known.is_null().to_numpy()
            numbers = column.known.fill_null(0.0).to_numpy()
        if numbers.dtype == np.float32:
            numbers = _shortest(numbers)
        numbers = numbers.astype(np.float64, copy=False)
    return Amounts(numbers, 0, missing, {}, is_decimal=False, nan_is_missing=is_pandas)


def refused(amount: float) -> ForexError | None:
    """Why this is not an amount; None: it is one."""
    try:
        exact_amount(amount)
    except AmountError as error:
        return error
    return None


def _shortest(numbers: Array) -> Array:
    """float32 as the float64 with the same shortest decimal."""
    found = numbers.astype(np.float64)
    # From 2 ** 24 on, not even all digits before the point are significant.
    open_rows = np.flatnonzero(np.abs(found) < 2.0**24)
    large = np.flatnonzero(np.isfinite(found) & ~(np.abs(found) < 2.0**24))
    for places in range(10):
        rounded = np.round(found[open_rows], places)
        fits = rounded.astype(np.float32) == numbers[open_rows]
        found[open_rows[fits]] = rounded[fits]
        open_rows = open_rows[~fits]
    for row in (*open_rows.tolist(), *large.tolist()):
        found[row] = float(str(numbers[row]))
    return found


def _integers(column: Column) -> Amounts:
    missing = None
    if column.has_nulls:
        missing = column.known.is_null().to_numpy()
        numbers = np.asarray(column.known.fill_null(0).to_numpy())
    else:
        numbers = np.asarray(column.to_numpy())
    is_small = numbers.dtype != np.uint64 or not len(numbers) or int(numbers.max()) < 2**63
    if is_small and numbers.dtype != object:
        return Amounts(numbers.astype(np.int64, copy=False), 0, missing, {}, is_decimal=False)
    return _exact(numbers.tolist())._replace(missing=missing)


def _decimals(column: Column) -> Amounts:
    arrow = arrow_of(column)
    if arrow is None:
        return _exact(column.known.to_list(), is_decimal=True)
    return decimals_of_arrow(arrow)


def decimals_of_arrow(arrow: Any) -> Amounts:
    """Read decimals from their buffers: 16 bytes each, the low half first."""
    import pyarrow as pa

    scale = arrow.type.scale
    if not pa.types.is_decimal128(arrow.type):
        if pa.types.is_decimal256(arrow.type) or not scale >= 0:
            return _exact(arrow.to_pylist(), is_decimal=True)
        arrow = arrow.cast(pa.decimal128(38, scale))
    if not 0 <= scale <= 18:
        return _exact(arrow.to_pylist(), is_decimal=True)
    parts, masks, special, start = [], [], {}, 0
    for chunk in arrow.chunks:
        words = buffer_of(chunk, 1, np.int64, 2).reshape(-1, 2)
        nulls = nulls_of(chunk) if chunk.null_count else None
        if nulls is not None:
            masks.append((start, nulls))
        for row in _wide(words) if arrow.type.precision > _DIGITS_OF_64_BITS else ():
            if nulls is None or not nulls[row]:
                special[start + row] = _exact_or_error(chunk[row].as_py())
        parts.append(words[:, 0])  # null and wide ones are ignored
        start += len(chunk)
    numbers = parts[0] if len(parts) == 1 else np.concatenate(parts or [np.empty(0, np.int64)])
    missing = None
    if masks:
        missing = np.zeros(start, bool)
        for at, nulls in masks:
            missing[at : at + len(nulls)] = nulls
    return Amounts(numbers, scale, missing, special, is_decimal=True)


def _wide(words: Array) -> Iterator[int]:
    """The rows with more than 64 bits."""
    for start in range(0, len(words), CHUNK):
        low, high = words[start : start + CHUNK].T
        for row in np.flatnonzero(high != low >> 63).tolist():
            yield start + row


def _exact(values: list[Any], *, is_decimal: bool = False) -> Amounts:
    """Read values one by one: decimals, texts, integers of any size."""
    is_decimal |= any(isinstance(each, Decimal | str) for each in values)
    exact: list[Decimal | None] = []
    special: dict[int, Decimal | ForexError] = {}
    missing = np.zeros(len(values), bool)
    scale = 0
    for row, value in enumerate(values):
        if is_missing(value):
            missing[row] = True
            exact.append(None)
            continue
        amount = _exact_or_error(value)
        if isinstance(amount, ForexError):
            special[row] = amount
            exact.append(None)
            continue
        exponent = amount.as_tuple().exponent
        assert isinstance(exponent, int)  # noqa: S101 - amounts are finite
        if exponent >= -12:
            scale = max(scale, -exponent)
        exact.append(amount)
    numbers = np.zeros(len(values), np.int64)
    for row, each in enumerate(exact):
        if each is None:
            continue
        number, exponent = parts(each)
        places = scale + exponent
        number *= 10 ** max(places, 0)
        if places < 0 or abs(number) >= 2**63:
            special[row] = each
        else:
            numbers[row] = number
    return Amounts(numbers, scale, missing if missing.any() else None, special, is_decimal)


def _exact_or_error(value: Any) -> Decimal | ForexError:
    try:
        amount = exact_amount(value.strip() if isinstance(value, str) else value)
    except AmountError as error:
        return error
    return amount if amount and amount.adjusted() > _NOTHING else Decimal(0)
