"""Columns of any eager frame as numpy arrays: codes with their labels, and days."""

from __future__ import annotations

from datetime import date, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import numpy as np

from forexhooks.errors import ColumnError, DateError
from forexhooks.frames.arrays import (
    CHUNK,
    Array,
    arrow_of,
    buffer_of,
    in_spans,
    is_missing,
    nulls_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


EPOCH = date(1970, 1, 1).toordinal()
"""The ordinal of day 0 in a column of days."""

NO_DAY = np.iinfo(np.int32).min
"""In a column of days: missing. The numbers from the next one on are of days that are none."""

_DAY_LIMIT = 10**7


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


def labels_of(column: nw.Series[Any]) -> Labels:
    """Read a column of currency codes, or of anything that repeats itself.

    Raises `ColumnError` where its values cannot be compared.
    """
    arrow = arrow_of(column)
    if arrow is None:
        return _listed(column.to_list())
    import pyarrow as pa

    try:
        parts = [_labels_of_array(chunk) for chunk in arrow.chunks]
    except pa.ArrowNotImplementedError as error:
        raise ColumnError(
            f"the column {column.name!r} is of {arrow.type}, which is neither texts nor dates: "
            "make one of them of it"
        ) from error
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
            column = column.dt.convert_time_zone(zone).dt.replace_time_zone(None)
        numbers = column.to_numpy().astype("M8[D]").astype(np.int64)
    elif dtype == nw.Date:
        numbers = _dates(column)
    elif dtype.is_float() and (column.is_null() | column.is_nan()).all():
        numbers = np.full(len(column), NO_DAY, np.int32)  # as columns are where all is missing
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
    if isinstance(value, np.datetime64) and np.datetime_data(value)[0] not in ("Y", "M", "W"):
        value = value.astype("M8[us]").item()
    if isinstance(value, datetime) and not is_missing(value):
        if value.tzinfo is None:
            return value.date()
        if zone is None:
            raise DateError(f"the moment {value} has a zone: give zone=…, or its date")
        from zoneinfo import ZoneInfo

        return value.astimezone(ZoneInfo(zone)).date()
    if isinstance(value, date) and not is_missing(value):
        return value
    if isinstance(value, str):
        text = value.strip()
        try:
            if len(text) == 10 and text[4] == text[7] == "-":  # 2026-W44-5 is one of a week
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


def _dates(column: nw.Series[Any]) -> Array:
    arrow = arrow_of(column)
    if arrow is None:
        return column.cast(nw.Datetime).to_numpy().astype("M8[D]").astype(np.int64)
    import pyarrow as pa

    parts = []
    for chunk in arrow.chunks:
        numbers = buffer_of(chunk.cast(pa.date32()), 1, np.int32)
        if chunk.null_count:
            numbers = np.where(nulls_of(chunk), NO_DAY, numbers)
        parts.append(numbers)
    return parts[0] if len(parts) == 1 else np.concatenate(parts or [np.empty(0, np.int32)])


def _labels_of_array(array: Any) -> Labels:
    import pyarrow as pa

    kind = array.type
    if pa.types.is_dictionary(kind):
        values = array.dictionary.to_pylist()
        codes = buffer_of(array.indices, 1, kind.index_type.to_pandas_dtype())
        if array.null_count:
            codes = np.where(nulls_of(array.indices), len(values), codes)
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
    found = None
    if kind == pa.string_view():
        found = letters_of_view(buffer_of(array, 1, np.uint32, width=4).reshape(-1, 4))
    elif kind in (pa.string(), pa.large_string()):
        offsets = buffer_of(array, 1, np.int32 if kind == pa.string() else np.int64, extra=1)
        found = letters_of_offsets(offsets, array.buffers()[2])
    return None if found is None else Labels(*found)


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
        is_same = np.array_equal(ranks, np.arange(len(ranks)))
        columns.append(codes if is_same else ranks[codes])
    if not columns:
        return Labels(np.empty(0, np.int32), [])
    return Labels(np.concatenate(columns), list(known))


_HASHES = 1 << 15  # five bits a letter
_LENGTH = 3
_BYTES = (1 << 8 * _LENGTH) - 1


def _words() -> Array:
    """For each hash the word it stands for, as its bytes; of those with other letters, none."""
    hashes = np.arange(_HASHES, dtype=np.uint32)
    letters = (hashes >> 10, hashes >> 5 & 31, hashes & 31)
    words: Array = np.zeros(_HASHES, np.uint32)
    for at, each in enumerate(letters):
        words |= (64 + each) << np.uint32(8 * at)
    for each in letters:
        words = np.where((each > 0) & (each <= 26), words, 0)
    return words.astype(np.uint32)


_WORD_OF_HASH = _words()


def letters_of_view(views: Array) -> tuple[Array, list[str]] | None:
    """The codes and the texts of a column of string views, four uint32 each.

    None where not all of them are three letters from A to Z.
    """
    lengths, words = views[:, 0], views[:, 1]
    return _coded(len(views), lambda part: words[part], lambda part: lengths[part])


def letters_of_offsets(offsets: Array, content: Any) -> tuple[Array, list[str]] | None:
    """The codes and the texts of a column by its offsets, one more than rows, and its bytes.

    None where not all of them are three letters from A to Z.
    """
    count, first, last = len(offsets) - 1, int(offsets[0]), int(offsets[-1])
    if last - first != _LENGTH * count:
        return None
    # Four bytes are read at once, so that there must be one more after the last word.
    if content.size <= last:
        content = bytes(memoryview(content)[first:last]) + b"\0"
        first = 0
    words: Array = np.ndarray(
        (count,), np.dtype("<u4"), buffer=content, offset=first, strides=(_LENGTH,)
    )
    return _coded(
        count,
        lambda part: words[part] & _BYTES,
        lambda part: np.diff(offsets[part.start : part.stop + 1]),
    )


def _coded(count: int, words: Any, lengths: Any) -> tuple[Array, list[str]] | None:
    codes = np.empty(count, np.int16)
    code_of_hash = np.full(_HASHES, -1, np.int16)
    known: list[int] = []
    finding = Lock()

    def task(first: int, last: int) -> bool:
        for start in range(first, last, CHUNK):
            part = slice(start, min(start + CHUNK, last))
            word: Array = words(part)
            out: Array = codes[part]
            # Five bits of each letter; that they are letters is told by the word they stand for.
            hashed = (word & 31) << 10
            hashed |= word >> 3 & 31 << 5
            hashed |= word >> 16 & 31
            hashed = hashed.astype(np.intp)
            is_of_words = np.array_equal(np.take(_WORD_OF_HASH, hashed, mode="clip"), word)
            if not is_of_words or not (lengths(part) == _LENGTH).all():
                return False
            np.take(code_of_hash, hashed, out=out, mode="clip")
            if out.min() < 0:
                with finding:
                    for each in np.flatnonzero(np.bincount(hashed)).tolist():
                        if code_of_hash[each] < 0:
                            known.append(each)
                            code_of_hash[each] = len(known) - 1
                np.take(code_of_hash, hashed, out=out, mode="clip")
        return True

    if not all(in_spans(count, task)):
        return None
    return codes, [int(_WORD_OF_HASH[each]).to_bytes(_LENGTH, "little").decode() for each in known]
