"""Columns of any eager frame as numpy arrays: codes with their labels, and days."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import numpy as np

from forexhooks.errors import ColumnError, DateError
from forexhooks.frames.arrays import Array, arrow_of, buffer_of, is_missing, nulls_of
from forexhooks.frames.day_reader import MOMENT, DayFormat, DayReader
from forexhooks.frames.letters import letters_of_offsets, letters_of_view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forexhooks.frames.frame_columns import Column

EPOCH = date(1970, 1, 1).toordinal()
"""The ordinal of day 0 in a column of days."""

NO_DAY = np.iinfo(np.int32).min
"""In a column of days: missing. The next numbers stand for values that are not days."""

_DAY_LIMIT = 10**7
_NOT_A_TIME = np.iinfo(np.int64).min
_PER_DAY = {("s", 1): 86_400} | {
    (unit, 1): 86_400 * 1000**power for power, unit in enumerate(("ms", "us", "ns"), 1)
}
# numpy declares no type for what they reduce; `min()` and `max()` are these, by a detour.
_min: Any = np.minimum.reduce
_max: Any = np.maximum.reduce
_DAY_LENGTH = len("2026-10-30")


class Labels(NamedTuple):
    """A column with few distinct values: each row is `values[codes]`; None is missing."""

    codes: Array
    values: list[Any]


class Days(NamedTuple):
    """Days since 1970-01-01 as int32: one for each row, or one for all rows.

    Numbers from `NO_DAY` on are not days; `bounds` are the first and last that are.
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
        """The day of a number, or the reason why it is not a day."""
        if number == NO_DAY:
            return DateError("the day is missing")
        if number < NO_DAY + 1 + len(self.problems):
            return self.problems[number - NO_DAY - 1]
        try:
            return date.fromordinal(number + EPOCH)
        except (ValueError, OverflowError):
            return DateError(f"the day {number} days from 1970-01-01 is outside the calendar")


def labels_of(column: Column) -> Labels:
    """Read a column of currency codes, or of other values that repeat.

    Raises:
        ColumnError: Its values cannot be compared.
    """
    return _labels_of_arrow(column, arrow_of(column))


def _labels_of_arrow(column: Column, arrow: Any) -> Labels:
    if arrow is None:
        return _listed(column.known.to_list())
    import pyarrow as pa

    try:
        parts = [_labels_of_array(chunk) for chunk in arrow.chunks]
    except pa.ArrowNotImplementedError as error:
        raise ColumnError(
            f"the column {column.name!r} is of {arrow.type}, which is neither strings nor "
            "dates: cast it to one of them"
        ) from error
    if len(parts) == 1:
        return parts[0]
    return _joined(parts)


def days_of(name: str, column: Column, reader: DayReader) -> Days:
    """Read a column of days: dates, moments or strings, each as `reader` reads it.

    Raises:
        ColumnError: It holds something else, or moments with a time zone and the reader has none.
    """
    dtype = column.dtype
    if isinstance(dtype, nw.Datetime):
        if dtype.time_zone is not None:
            if reader.zone is None:
                raise reader.zone_needed(name, dtype.time_zone)
            known = column.known
            try:
                moments = known.dt.convert_time_zone(reader.zone).dt.replace_time_zone(None)
            except OverflowError:  # pandas refuses all for one on a day outside the calendar
                return _days_of_labels(_listed(known.to_list()), reader)
            return _bounded(_days_of_moments(moments.to_numpy()))
        numbers = _days_of_moments(column.to_numpy())
    elif dtype == nw.Date:
        numbers = _dates(column)
    elif dtype.is_float() and (column.known.is_null() | column.known.is_nan()).all():
        # As in columns in which everything is missing.
        numbers = np.full(len(column.native), NO_DAY, np.int32)
    elif dtype.is_numeric() or dtype == nw.Boolean or dtype.is_nested() or dtype == nw.Duration:
        raise ColumnError(
            f"the column {name!r} is of {dtype}: a day is a date or a string like 2026-10-30"
        )
    else:
        arrow = arrow_of(column)
        if arrow is not None:
            arrow = _without_times(arrow, reader.format)
        return _days_of_labels(_labels_of_arrow(column, arrow), reader)
    return _bounded(numbers)


def _days_of_moments(moments: Array) -> Array:
    per_day = _PER_DAY.get(np.datetime_data(moments.dtype))
    if per_day is None:
        return moments.astype("M8[D]").astype(np.int64)
    numbers: Array = moments.view(np.int64)
    days: Array = numbers // per_day  # many times faster than numpy's own way
    if len(numbers) and numbers.min() == _NOT_A_TIME:
        days[numbers == _NOT_A_TIME] = _NOT_A_TIME
    return days


def _bounded(numbers: Array) -> Days:
    missing = None
    if numbers.dtype == np.int64:
        if len(numbers):
            low, high = int(_min(numbers)), int(_max(numbers))
            if low > -_DAY_LIMIT and high < _DAY_LIMIT:
                return Days(numbers.astype(np.int32), [], (low, high), has_problems=False)
        missing = numbers == _NOT_A_TIME
        numbers = np.clip(numbers, -_DAY_LIMIT, _DAY_LIMIT).astype(np.int32)
        numbers[missing] = NO_DAY
        if not missing.any():
            missing = None
    elif len(numbers):
        low = int(_min(numbers))
        if low > NO_DAY:
            return Days(numbers, [], (low, int(_max(numbers))), has_problems=False)
        missing = numbers == NO_DAY
    present = numbers if missing is None else numbers[~missing]
    bounds = (int(present.min()), int(present.max())) if len(present) else None
    return Days(numbers, [], bounds, missing is not None)


def _without_times(arrow: Any, written: DayFormat | None) -> Any:
    """Strings of moments without a zone, cut to the day, which leaves few distinct ones."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kinds = (pa.string(), pa.large_string(), pa.string_view())
    if arrow.type not in kinds or not len(arrow) or len(arrow[0].as_py() or "") <= _DAY_LENGTH:
        return arrow
    if written is None:
        text = arrow.cast(pa.large_string())
        day = pc.utf8_slice_codeunits(text, 0, _DAY_LENGTH)
        return pc.if_else(pc.match_substring_regex(text, MOMENT), day, text)
    if written.of_day is None:
        return arrow
    text = arrow.cast(pa.large_string()).combine_chunks()
    found = pc.extract_regex(text, f"^{written.pattern}$")
    parts = [pc.struct_field(found, name) for name in written.of_day]
    coded = pc.binary_join_element_wise(*parts, pa.scalar(" ", text.type)).dictionary_encode()
    if not len(coded.dictionary):
        return arrow
    # Any string of a day can stand for all of them.
    first = np.zeros(len(coded.dictionary), np.int64)
    first[coded.indices.drop_null().to_numpy()] = np.flatnonzero(~nulls_of(coded))
    same = text.take(pa.array(first)).take(coded.indices)
    return pa.chunked_array([pc.coalesce(same, text)])


def _days_of_labels(labels: Labels, reader: DayReader) -> Days:
    numbers: list[int] = []
    problems: list[DateError] = []
    known: list[int] = []
    for value in labels.values:
        if is_missing(value):
            numbers.append(NO_DAY)
            continue
        try:
            known.append(reader.day(value).toordinal() - EPOCH)
            numbers.append(known[-1])
        except DateError as error:
            problems.append(error)
            numbers.append(NO_DAY + len(problems))
    bounds = (min(known), max(known)) if known else None
    has_problems = len(known) < len(numbers)
    column = np.array(numbers, np.int32)[labels.codes]
    return Days(column, problems, bounds, has_problems)


def _dates(column: Column) -> Array:
    arrow = arrow_of(column)
    if arrow is None:
        return column.known.cast(nw.Datetime).to_numpy().astype("M8[D]").astype(np.int64)
    import pyarrow as pa

    parts = []
    kind = pa.date32()
    for chunk in arrow.chunks:
        numbers = buffer_of(chunk if chunk.type == kind else chunk.cast(kind), 1, np.int32)
        if chunk.null_count:
            numbers = np.where(nulls_of(chunk), NO_DAY, numbers)
        parts.append(numbers)
    return parts[0] if len(parts) == 1 else np.concatenate(parts or [np.empty(0, np.int32)])


def _labels_of_array(array: Any) -> Labels:
    import pyarrow as pa

    kind = array.type
    if len(array) and not array.null_count:
        short = _three_letters(array)
        if short is not None:
            return short
    if pa.types.is_dictionary(kind):
        values = array.dictionary.to_pylist()
        codes = buffer_of(array.indices, 1, kind.index_type.to_pandas_dtype())
        if array.null_count:
            codes = np.where(nulls_of(array.indices), len(values), codes)
            values = [*values, None]
        return Labels(codes, values)
    if pa.types.is_null(kind):
        return Labels(np.zeros(len(array), np.int32), [None])
    return _labels_of_array(array.dictionary_encode())


def _three_letters(array: Any) -> Labels | None:
    """Codes of a column of strings with three letters each, by those letters; None for others."""
    import pyarrow as pa

    kind = array.type
    found = None
    if kind == pa.string_view():
        found = letters_of_view(buffer_of(array, 1, np.uint32, width=4).reshape(-1, 4))
    elif kind in (pa.string(), pa.large_string()):
        offsets = buffer_of(array, 1, np.int32 if kind == pa.string() else np.int64, extra=1)
        found = letters_of_offsets(offsets, array.buffers()[2])
    return None if found is None else Labels(*found)


def _listed(values: Iterable[Any]) -> Labels:
    """Number the values one by one."""
    codes: dict[Any, int] = {}
    column = []
    distinct: list[Any] = []
    for value in values:
        if is_missing(value):
            value = None
        # Other values may be equal but different, as 1 and True, or have no hash.
        key = value if type(value) is str else (type(value), repr(value))
        code = codes.setdefault(key, len(codes))
        if code == len(distinct):
            distinct.append(value)
        column.append(code)
    return Labels(np.array(column, np.int32), distinct)


def _joined(parts: list[Labels]) -> Labels:
    """The chunks of a column, with one list of values."""
    known: dict[Any, int] = {}
    columns = []
    for codes, values in parts:
        ranks = np.array([known.setdefault(value, len(known)) for value in values], np.int32)
        is_same = np.array_equal(ranks, np.arange(len(ranks)))
        columns.append(codes if is_same else ranks[codes])
    if not columns:
        return Labels(np.empty(0, np.int32), [])
    return Labels(np.concatenate(columns), list(known))
