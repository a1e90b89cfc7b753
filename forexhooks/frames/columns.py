"""Columns of any eager frame as numpy arrays: codes with their labels, days, and amounts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import numpy as np

from forexhooks.errors import AmountError, ColumnError, DateError, ForexError
from forexhooks.exact import exact_amount
from forexhooks.frames.pairs import Array

if TYPE_CHECKING:
    from collections.abc import Iterable


EPOCH = date(1970, 1, 1).toordinal()
"""The ordinal of day 0 in a column of days."""

NO_DAY = np.iinfo(np.int32).min
"""In a column of days: missing. The numbers from the next one on are of days that are none."""

_DAY_LIMIT = 10**7
_LETTERS = 32**3


class Labels(NamedTuple):
    """A column of few different values: `values[codes]` is what it says; None is missing."""

    codes: Array
    values: list[Any]


class Days(NamedTuple):
    """Days since 1970-01-01, int32, one for each row, or one for all of them.

    Those that are no days are from `NO_DAY` on; `bounds` are the first and the last that is one.
    """

    numbers: Array
    problems: list[DateError]
    bounds: tuple[int, int] | None
    has_problems: bool

    @classmethod
    def always(cls, day: date) -> Days:
        """The same day for all rows."""
        number = day.toordinal() - EPOCH
        return cls(np.array([number], np.int32), [], (number, number), has_problems=False)

    def day(self, number: int) -> date | DateError:
        """The day of a number, or why it is none."""
        if number == NO_DAY:
            return DateError("the day is missing")
        if number < NO_DAY + 1 + len(self.problems):
            return self.problems[number - NO_DAY - 1]
        try:
            return date.fromordinal(number + EPOCH)
        except (ValueError, OverflowError):
            return DateError(f"the day {number} days from 1970-01-01 is outside the calendar")


class Amounts(NamedTuple):
    """A column of amounts: each is `numbers / 10 ** scale`.

    `numbers` are float64 (and scale 0), or int64. Where `missing` (None: nowhere), there is none.
    `special` are the rows that do not fit, exact or with their error. `is_decimal` says that the
    column holds decimals, and so will what is made of it.
    """

    numbers: Array
    scale: int
    missing: Array | None
    special: dict[int, Decimal | ForexError]
    is_decimal: bool
    nan_is_missing: bool = False


def labels_of(column: nw.Series[Any]) -> Labels:
    """Read a column of currency codes, or of anything that repeats itself."""
    arrow = _arrow(column)
    if arrow is None:
        return _listed(column.to_list())
    parts = [_labels_of_array(chunk) for chunk in arrow.chunks]
    if len(parts) == 1:
        return parts[0]
    return _joined(parts)


def days_of(name: str, column: nw.Series[Any], zone: str | None) -> Days:
    """Read a column of days: dates, moments without a zone as they are written, ISO texts.

    Moments with a zone become days in `zone`. Raises `ColumnError` where none is given, and for
    a column of anything else.
    """
    dtype = column.dtype
    if isinstance(dtype, nw.Datetime):
        if dtype.time_zone is not None:
            if zone is None:
                raise moments_have_a_zone(name, dtype.time_zone)
            column = _in_zone(column, zone)
        numbers = column.to_numpy().astype("M8[D]").astype(np.int64)
    elif dtype == nw.Date:
        numbers = _dates(column)
    elif dtype.is_numeric() or dtype == nw.Boolean or dtype.is_nested() or dtype == nw.Duration:
        raise ColumnError(
            f"the column {name!r} is of {dtype}: a day is a date or a text like 2026-10-30"
        )
    else:
        return _days_of_labels(labels_of(column), zone)
    return _bounded(numbers)


def moments_have_a_zone(name: str, zone: str | None) -> ColumnError:
    """The error for a column of moments that may be of one day here and of another there."""
    return ColumnError(
        f"the column {name!r} has moments in {zone}, and the day of a moment depends on where one "
        "is: give zone=…, as zone='Europe/Berlin', or a column of dates"
    )


def _bounded(numbers: Array) -> Days:
    missing = None
    if numbers.dtype == np.int64:
        missing = numbers == np.iinfo(np.int64).min
        numbers = np.clip(numbers, -_DAY_LIMIT, _DAY_LIMIT).astype(np.int32)
        numbers[missing] = NO_DAY
        if not missing.any():
            missing = None
    elif len(numbers):
        low = int(numbers.min())
        if low > NO_DAY:
            return Days(numbers, [], (low, int(numbers.max())), has_problems=False)
        missing = numbers == NO_DAY
    present = numbers if missing is None else numbers[~missing]
    bounds = (int(present.min()), int(present.max())) if len(present) else None
    return Days(numbers, [], bounds, missing is not None)


def day_of(value: Any, zone: str | None = None) -> date:
    """One day as people write it. Raises `DateError`."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return value.date()
        if zone is None:
            raise DateError(f"the moment {value} has a zone: give zone=…, or its date")
        from zoneinfo import ZoneInfo

        return value.astimezone(ZoneInfo(zone)).date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        text = value.strip()
        try:
            if len(text) == 10:
                return date.fromisoformat(text)
        except ValueError:
            pass
        raise DateError(f"{value!r} is no day: write it like 2026-10-30")
    raise DateError(f"{value!r} is no day: give a date, or a text like 2026-10-30")


def _days_of_labels(labels: Labels, zone: str | None) -> Days:
    numbers: list[int] = []
    problems: list[DateError] = []
    known: list[int] = []
    for value in labels.values:
        if is_missing(value):
            numbers.append(NO_DAY)
            continue
        try:
            known.append(day_of(value, zone).toordinal() - EPOCH)
            numbers.append(known[-1])
        except DateError as error:
            problems.append(error)
            numbers.append(NO_DAY + len(problems))
    bounds = (min(known), max(known)) if known else None
    has_problems = len(known) < len(numbers)
    column = np.array(numbers, np.int32)[labels.codes]
    return Days(column, problems, bounds, has_problems)


def _in_zone(column: nw.Series[Any], zone: str) -> nw.Series[Any]:
    try:
        return column.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    except Exception as error:
        raise ColumnError(f"the zone {zone!r} is not known: {error}") from error


def _dates(column: nw.Series[Any]) -> Array:
    arrow = _arrow(column)
    if arrow is None:
        return column.cast(nw.Datetime).to_numpy().astype("M8[D]").astype(np.int64)
    import pyarrow as pa

    parts = []
    for chunk in arrow.chunks:
        numbers = _buffer(chunk.cast(pa.date32()), 1, np.int32)
        if chunk.null_count:
            numbers = np.where(_nulls(chunk), NO_DAY, numbers)
        parts.append(numbers)
    return parts[0] if len(parts) == 1 else np.concatenate(parts or [np.empty(0, np.int32)])


def amounts_of(name: str, column: nw.Series[Any]) -> Amounts:
    """Read a column of amounts. Raises `ColumnError` for what holds no numbers."""
    dtype = column.dtype
    if isinstance(dtype, nw.Decimal) or dtype == nw.Decimal:
        return _decimals(column)
    if dtype.is_float():
        return _floats(column)
    if dtype.is_integer():
        return _integers(column)
    if dtype == nw.Boolean or dtype.is_temporal() or dtype.is_nested():
        raise ColumnError(f"the column {name!r} is of {dtype}: an amount is a number")
    return _exact(column.to_list())


def _floats(column: nw.Series[Any]) -> Amounts:
    is_pandas = column.implementation.is_pandas_like()
    missing = None
    if not is_pandas and column.null_count():
        missing = column.is_null().to_numpy()
    numbers = np.asarray(column.to_numpy())
    if numbers.dtype == object:  # pandas' own nulls
        missing = column.is_null().to_numpy()
        numbers = column.fill_null(0.0).to_numpy()
    if numbers.dtype == np.float32:
        numbers = _shortest(numbers)
    numbers = numbers.astype(np.float64, copy=False)
    return Amounts(numbers, 0, missing, {}, is_decimal=False, nan_is_missing=is_pandas)


def refused(amount: float) -> ForexError | None:
    """Why this is no amount, if it is none."""
    try:
        exact_amount(amount)
    except AmountError as error:
        return error
    return None


def _shortest(numbers: Array) -> Array:
    """float32 as the float64 of the same shortest decimal."""
    found = numbers.astype(np.float64)
    open_rows = np.flatnonzero(np.isfinite(found))
    for places in range(10):
        rounded = np.round(found[open_rows], places)
        fits = rounded.astype(np.float32) == numbers[open_rows]
        found[open_rows[fits]] = rounded[fits]
        open_rows = open_rows[~fits]
    for row in open_rows.tolist():
        found[row] = float(str(numbers[row]))
    return found


def _integers(column: nw.Series[Any]) -> Amounts:
    missing = None
    if column.null_count():
        missing = column.is_null().to_numpy()
        column = column.fill_null(0)
    numbers = np.asarray(column.to_numpy())
    is_small = numbers.dtype != np.uint64 or not len(numbers) or int(numbers.max()) < 2**63
    if is_small and numbers.dtype != object:
        return Amounts(numbers.astype(np.int64, copy=False), 0, missing, {}, is_decimal=False)
    whole = _exact(numbers.tolist())
    return whole._replace(missing=missing, is_decimal=False)


def _decimals(column: nw.Series[Any]) -> Amounts:
    arrow = _arrow(column)
    if arrow is None:
        return _exact(column.to_list())
    return decimals_of_arrow(arrow)


def decimals_of_arrow(arrow: Any) -> Amounts:
    """Read decimals from their buffers: 16 bytes each, the low half first."""
    import pyarrow as pa

    scale = arrow.type.scale
    if not pa.types.is_decimal128(arrow.type):
        if pa.types.is_decimal256(arrow.type) or not scale >= 0:
            return _exact(arrow.to_pylist())
        arrow = arrow.cast(pa.decimal128(38, scale))
    if not 0 <= scale <= 18:
        return _exact(arrow.to_pylist())
    parts, masks, special, start = [], [], {}, 0
    for chunk in arrow.chunks:
        words = _buffer(chunk, 1, np.int64, 2).reshape(-1, 2)
        low, high = words[:, 0], words[:, 1]
        nulls = _nulls(chunk) if chunk.null_count else None
        wide = high != (low >> 63)
        if nulls is not None:
            wide &= ~nulls
            masks.append((start, nulls))
        for row in np.flatnonzero(wide).tolist():
            special[start + row] = _exact_or_error(chunk[row].as_py())
        parts.append(np.where(wide, 0, low) if special or nulls is not None else low)
        start += len(chunk)
    numbers = parts[0] if len(parts) == 1 else np.concatenate(parts or [np.empty(0, np.int64)])
    missing = None
    if masks:
        missing = np.zeros(start, bool)
        for at, nulls in masks:
            missing[at : at + len(nulls)] = nulls
    return Amounts(numbers, scale, missing, special, is_decimal=True)


def _exact(values: list[Any]) -> Amounts:
    """Read values one by one: decimals, texts, integers of any size."""
    if values and all(value is None or isinstance(value, Decimal) for value in values):
        is_decimal = True
    else:
        is_decimal = not all(value is None or isinstance(value, float | int) for value in values)
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
        sign, digits, exponent = each.as_tuple()
        places = scale + int(exponent)
        number = int("".join(map(str, digits))) * 10 ** max(places, 0)
        if places < 0 or number >= 2**63:
            special[row] = each
        else:
            numbers[row] = -number if sign else number
    return Amounts(numbers, scale, missing if missing.any() else None, special, is_decimal)


def _exact_or_error(value: Any) -> Decimal | ForexError:
    try:
        return exact_amount(value.strip() if isinstance(value, str) else value)
    except AmountError as error:
        return error


def _arrow(column: nw.Series[Any]) -> Any:
    """The column as a ChunkedArray, without a copy where that can be; None without pyarrow."""
    try:
        import pyarrow as pa
    except ImportError:
        return None
    native = column.to_native()
    if isinstance(native, pa.ChunkedArray):
        return native
    if column.implementation.is_polars():
        array = native.to_arrow(compat_level=_newest_views())
    elif column.implementation.is_pandas_like():
        try:
            array = pa.array(native, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            return None  # a mixture, to be looked at one by one
    else:
        array = column.to_arrow()
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _newest_views() -> Any:
    import polars as pl

    return pl.CompatLevel.newest()


def _labels_of_array(array: Any) -> Labels:
    import pyarrow as pa

    kind = array.type
    if pa.types.is_dictionary(kind):
        values = array.dictionary.to_pylist()
        codes = _buffer(array.indices, 1, kind.index_type.to_pandas_dtype())
        if array.null_count:
            codes = np.where(_nulls(array.indices), len(values), codes)
            values = [*values, None]
        return Labels(codes, values)
    if pa.types.is_null(kind):
        return Labels(np.zeros(len(array), np.int32), [None])
    if not array.null_count and len(array):
        short = _three_letters(array)
        if short is not None:
            return short
    return _labels_of_array(array.dictionary_encode())


def _three_letters(array: Any) -> Labels | None:
    """The codes of texts that are three letters each, by those letters; None where they are not."""
    import pyarrow as pa

    kind = array.type
    if kind == pa.string_view():
        views = _buffer(array, 1, np.uint32, width=4).reshape(-1, 4)
        if not (views[:, 0] == 3).all():
            return None
        return _by_letters(views[:, 1])
    if kind not in (pa.string(), pa.large_string()):
        return None
    offsets = _buffer(array, 1, np.int32 if kind == pa.string() else np.int64, extra=1)
    first, last = int(offsets[0]), int(offsets[-1])
    if last - first != 3 * len(array) or not (np.diff(offsets) == 3).all():
        return None
    letters = np.frombuffer(array.buffers()[2], np.uint8, last - first, first).reshape(-1, 3)
    return _by_letters(letters)


def _by_letters(words: Array) -> Labels | None:
    """Codes from the three bytes of each word: five bits a letter, for those from A to Z."""
    hashes = np.empty(len(words), np.int32)
    for start in range(0, len(words), 1 << 16):
        part = words[start : start + (1 << 16)]
        letters: list[Array] = (
            [part & 0xFF, (part >> 8) & 0xFF, (part >> 16) & 0xFF]
            if part.ndim == 1
            else [part[:, 0], part[:, 1], part[:, 2]]
        )
        if any(each.min() < ord("A") or each.max() > ord("Z") for each in letters):
            return None
        one, two, three = letters
        out = hashes[start : start + (1 << 16)]
        np.multiply(one & 31, 1024, out=out, dtype=np.int32, casting="unsafe")
        out += (two & 31).astype(np.int32) << 5
        out += three & 31
    seen = np.flatnonzero(np.bincount(hashes, minlength=_LETTERS))
    ranks = np.zeros(_LETTERS, np.int16)
    ranks[seen] = np.arange(len(seen))
    texts = [
        "".join(chr(64 + (each >> shift & 31)) for shift in (10, 5, 0)) for each in seen.tolist()
    ]
    return Labels(ranks[hashes], texts)


def is_missing(value: Any) -> bool:
    """Whether a value stands for none: None, NaN, NaT, pandas' NA."""
    try:
        return value is None or bool(value != value)
    except TypeError:
        return True  # NA cannot even tell


def _listed(values: Iterable[Any]) -> Labels:
    """The codes of values one by one."""
    codes: dict[Any, int] = {}
    column = []
    for value in values:
        if is_missing(value):
            value = None
        column.append(codes.setdefault(value, len(codes)))
    return Labels(np.array(column, np.int32), list(codes))


def _joined(parts: list[Labels]) -> Labels:
    """The chunks of a column, with one list of values."""
    known: dict[Any, int] = {}
    columns = []
    for codes, values in parts:
        ranks = np.array([known.setdefault(value, len(known)) for value in values], np.int32)
        columns.append(ranks[codes] if len(values) else np.empty(0, np.int32))
    if not columns:
        return Labels(np.empty(0, np.int32), [])
    return Labels(np.concatenate(columns), list(known))


def _buffer(array: Any, which: int, dtype: Any, width: int = 1, extra: int = 0) -> Array:
    """One buffer of an arrow array, of `width` numbers a row, seen through numpy."""
    buffer = array.buffers()[which]
    if buffer is None or not len(array):
        return np.zeros(extra, dtype)
    count = (len(array) + extra) * width
    size = np.dtype(dtype).itemsize
    return np.frombuffer(buffer, dtype, count, array.offset * width * size)


def _nulls(array: Any) -> Array:
    found: Array = array.is_null().to_numpy(zero_copy_only=False)
    return found
