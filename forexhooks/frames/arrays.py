"""Columns as arrays: arrow's buffers seen through numpy, and what stands for nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import narwhals as nw


Array = np.ndarray[Any, np.dtype[Any]]


def arrow_of(column: nw.Series[Any]) -> Any:
    """The column as a ChunkedArray, without a copy where that can be; None without pyarrow."""
    try:
        import pyarrow as pa
    except ImportError:
        return None
    native = column.to_native()
    if isinstance(native, pa.ChunkedArray):
        return native
    if column.implementation.is_polars():
        views = _newest_views()
        if native.n_chunks() > 1:  # as a whole it would be copied
            return pa.chunked_array(
                [each.to_arrow(compat_level=views) for each in native.get_chunks()]
            )
        array = native.to_arrow(compat_level=views)
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


def buffer_of(array: Any, which: int, dtype: Any, width: int = 1, extra: int = 0) -> Array:
    """One buffer of an arrow array, of `width` numbers a row, seen through numpy."""
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
    """Whether a value stands for none: None, NaN, NaT, pandas' NA."""
    try:
        return value is None or bool(value != value)
    except TypeError:
        return True  # NA cannot even tell
    except ArithmeticError:
        return False  # a signalling NaN, which is no amount


T = TypeVar("T")

CHUNK = 1 << 17
"""Rows at once: as many as stay in the cache."""

_WORTH_TWO = 1 << 21


def in_spans(count: int, task: Callable[[int, int], T]) -> list[T]:
    """Call `task(first, last)` for all of so many rows: once, or for each half in a thread."""
    if count < _WORTH_TWO or (os.cpu_count() or 1) == 1:
        return [task(0, count)]
    from concurrent.futures import ThreadPoolExecutor

    middle = count // 2 // CHUNK * CHUNK
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(task, (0, middle), (middle, count)))
