"""Columns as arrays: arrow's buffers viewed by numpy, and missing values."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

if TYPE_CHECKING:
    from forexhooks.frames.frame_columns import Column

Array = np.ndarray[Any, np.dtype[Any]]


def arrow_of(column: Column) -> Any:
    """The column as a ChunkedArray, without a copy if possible; None without pyarrow."""
    try:
        import pyarrow as pa
    except ImportError:
        return None
    native = column.native
    if column.library == "pyarrow":
        return native
    if column.library == "polars":
        if column.dtype == nw.Object:  # arrow would store their addresses
            return None
        # Together, the chunks would be copied.
        chunks = native.get_chunks() if native.n_chunks() > 1 else [native]
        views = _newest_views()
        return pa.chunked_array([each.to_arrow(compat_level=views) for each in chunks])
    if column.is_pandas_like:
        array = _of_pandas(native if column.library else column.known.to_pandas())
    else:
        array = column.known.to_arrow()
    if array is None or isinstance(array, pa.ChunkedArray):
        return array
    return pa.chunked_array([array])


def _of_pandas(native: Any) -> Any:
    """A series as an arrow array; None for mixed types, which must be read one by one."""
    import pyarrow as pa

    values = native.array
    codes = getattr(values, "codes", None)  # of categories
    kind = native.dtype if codes is None else values.categories.dtype
    try:
        if kind != np.dtype(object):
            in_arrow = getattr(values, "__arrow_array__", None)
            if in_arrow is not None:
                return in_arrow()  # as pa.array would, in a tenth of the time
            return pa.array(native, from_pandas=True)
        found = _of_objects(native if codes is None else values.categories)
        if found is None or codes is None:
            return found
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), found)
    except (pa.ArrowException, UnicodeError, TypeError, OverflowError):
        return None


def _of_objects(values: Any) -> Any:
    """Objects of one type as an arrow array; None for others.

    Arrow itself would turn dates into moments, and strings into bytes.
    """
    objects = values.to_numpy()
    found = _of_one_kind(objects)
    if found is None or not found.null_count:
        return found
    # Arrow treats signalling NaNs as missing, too.
    return found if all(map(is_missing, objects[nulls_of(found)])) else None


def _of_one_kind(objects: Array) -> Any:
    import pyarrow as pa
    from pandas.api.types import infer_dtype

    if infer_dtype(objects, skipna=True) == "string":  # it checks each value, but fast
        return pa.array(objects, pa.string(), from_pandas=True)
    kinds = set(map(type, objects))
    of = {kind for kind in kinds if kind.__name__ not in _NOTHING}
    if of == {date}:
        return pa.array(objects, pa.date32(), from_pandas=True)
    if of != {Decimal}:
        return None
    # Without pandas' missing values to look for, arrow takes half the time.
    of_pandas = not kinds <= {Decimal, type(None)}
    for scale in SCALES:
        with suppress(pa.ArrowInvalid):  # it has more digits, or a NaN
            return pa.array(objects, pa.decimal128(38, scale), from_pandas=of_pandas)
    return pa.array(objects, from_pandas=True)


@cache
def _newest_views() -> Any:
    import polars as pl

    return pl.CompatLevel.newest()


def buffer_of(array: Any, which: int, dtype: Any, width: int = 1, extra: int = 0) -> Array:
    """One buffer of an arrow array, with `width` numbers for each row, viewed by numpy."""
    buffer = array.buffers()[which]
    if buffer is None or not len(array):
        return np.zeros(extra, dtype)
    count = (len(array) + extra) * width
    size = np.dtype(dtype).itemsize
    return np.frombuffer(buffer, dtype, count, array.offset * width * size)


def nulls_of(array: Any) -> Array:
    """Where an arrow array is null."""
    found: Array = array.is_null().to_numpy(zero_copy_only=False)
    return found


def is_missing(value: Any) -> bool:
    """Whether a value means "missing": None, NaN, NaT, pandas' NA."""
    try:
        return value is None or bool(value != value)
    except TypeError:
        return type(value).__name__ == "NAType"  # pandas' NA cannot be compared
    except (ArithmeticError, ValueError):
        return False  # a signalling NaN, an array: not an amount


# Types of missing values. Arrow refuses floats that are numbers.
_NOTHING = ("NoneType", "float", "NAType", "NaTType")

SCALES = (2, 4, 9)
"""The decimal places to read amounts with: the first that are enough."""

CHUNK = 1 << 17
"""How many rows to handle at once: with fewer, calls cost more; more do not fit the CPU cache."""
