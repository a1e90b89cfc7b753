"""The new column, in the library and type of the amounts."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import numpy as np

from forexhooks.frames.arrays import Array

if TYPE_CHECKING:
    from forexhooks.frames.frame_columns import Column, FrameColumns

PRECISION = 38
"""Digits of the decimals in a result: those of arrow's decimal128, and of most databases."""

_FEW = 10_000


class Floats(NamedTuple):
    """A new column of float64; rows in `missing` (None: no rows) are null, or NaN without nulls."""

    numbers: Array
    missing: Array | None


class Decimals(NamedTuple):
    """A new column of decimals `words / 10 ** scale`.

    `words` are 128-bit integers as arrow stores them: int64 of shape (rows, 2), the low half first.
    `places` has the decimal places of each row's currency (None: those of the scale). Decimals that
    have places of their own use those.
    """

    words: Array
    scale: int
    missing: Array | None
    places: Array | None = None


def with_column(columns: FrameColumns, like: Column, name: str, values: Floats | Decimals) -> Any:
    """The native frame with the new column, of the same type as the column `like`."""
    frame: Any = columns.native
    if columns.library == "pandas":
        return _with_pandas(columns, like.native.dtype, name, values)
    if columns.library == "pyarrow":
        return _with_pyarrow(frame, name, values)
    if columns.library == "polars":
        return _with_polars(frame, name, values)
    content = _with_nan(values) if isinstance(values, Floats) else _python(values).tolist()
    known = nw.from_native(frame, eager_only=True)
    return known.with_columns(
        nw.new_series(name, content, backend=known.implementation)
    ).to_native()


def _with_pyarrow(table: Any, name: str, values: Floats | Decimals) -> Any:
    at = table.schema.get_field_index(name)
    if at < 0:
        return table.append_column(name, _arrow(values))
    return table.set_column(at, name, _arrow(values))


def _with_polars(frame: Any, name: str, values: Floats | Decimals) -> Any:
    import polars as pl

    if isinstance(values, Floats):
        series = pl.Series(name, values.numbers)
        if values.missing is not None:
            series = series.set(pl.Series(values.missing), None)
    else:
        try:
            series = pl.Series(name, pl.from_arrow(_arrow(values)))
        except ImportError:
            kind = pl.Decimal(PRECISION, values.scale)
            series = pl.Series(name, _python(values).tolist(), dtype=kind)
    return frame.with_columns(series) if name in frame.columns else frame.hstack([series])


def _with_pandas(columns: FrameColumns, dtype: Any, name: str, values: Floats | Decimals) -> Any:
    """A copy of the frame's own class, with its attributes."""
    import pandas as pd

    content: Any
    if isinstance(dtype, pd.ArrowDtype):
        content = pd.array(_arrow(values), dtype=pd.ArrowDtype(_arrow(values).type))
    elif isinstance(values, Decimals):
        content = _python(values)
    elif isinstance(dtype, pd.api.extensions.ExtensionDtype):
        missing = values.missing
        if missing is None:
            missing = np.zeros(len(values.numbers), bool)
        content = pd.arrays.FloatingArray(np.where(missing, 1.0, values.numbers), missing)
    else:
        content = _with_nan(values)
        if len(content) > _FEW:  # to make a series takes longer than to copy a few numbers
            content = pd.Series(content, index=columns.native.index, copy=False)
    result = columns.native.copy(deep=False)
    if name in columns:
        result[name] = content
    else:
        result.insert(len(columns), name, content)  # insert() is faster
    return result


def _with_nan(values: Floats) -> Array:
    if values.missing is not None:
        values.numbers[values.missing] = np.nan
    return values.numbers


def _python(values: Decimals) -> Array:
    """The values as objects: each a Decimal with the places of its currency, or None."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return _one_by_one(values, slice(None))
    if values.places is None:
        return _objects(values)
    content = np.empty(len(values.words), object)
    low, high = values.words.T
    is_small = high == low >> 63
    for places in np.unique(values.places).tolist():
        rows = np.flatnonzero((values.places == places) & is_small)
        own = low[rows] // 10 ** (values.scale - places)
        missing = None if values.missing is None else values.missing[rows]
        content[rows] = _objects(Decimals(np.stack((own, own >> 63), axis=1), places, missing))
    rows = np.flatnonzero(~is_small)
    content[rows] = _one_by_one(values, rows)
    return content


def _objects(values: Decimals) -> Array:
    found: Array = _arrow(values).to_numpy(zero_copy_only=False)
    return found


def _one_by_one(values: Decimals, rows: Array | slice) -> Array:
    words = values.words[rows]
    missing = np.zeros(len(words), bool) if values.missing is None else values.missing[rows]
    places = np.full(len(words), values.scale) if values.places is None else values.places[rows]
    content = np.empty(len(words), object)
    for row, (word, own) in enumerate(zip(words, places.tolist(), strict=True)):
        number = int.from_bytes(word.tobytes(), "little", signed=True)
        number //= 10 ** (values.scale - own)
        digits = tuple(map(int, str(abs(number))))
        content[row] = None if missing[row] else Decimal((number < 0, digits, -own))
    return content


def _arrow(values: Floats | Decimals) -> Any:
    import pyarrow as pa

    if isinstance(values, Floats):
        kind, content = pa.float64(), values.numbers
    else:
        kind, content = pa.decimal128(PRECISION, values.scale), values.words
    valid = None
    if values.missing is not None:
        valid = pa.py_buffer(np.packbits(~values.missing, bitorder="little"))
    return pa.Array.from_buffers(kind, len(content), [valid, pa.py_buffer(content)])
