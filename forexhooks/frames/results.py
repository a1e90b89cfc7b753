"""The new column, in the kind of frame that the amounts came in."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np

from forexhooks.frames.arrays import Array

PRECISION = 38
"""Digits of the decimals in a result: those of arrow's decimal128, and of most databases."""


class Floats(NamedTuple):
    """A new column of float64; `missing` (None: nowhere) are null, and NaN where nulls are not."""

    numbers: Array
    missing: Array | None


class Decimals(NamedTuple):
    """A new column of decimals `words / 10 ** scale`.

    `words` are integers of 128 bits, as arrow has them: int64 of shape (rows, 2), the low half
    first. `places` (None: as many as the scale) are those of each row's currency: where a decimal
    has its own, it has no more.
    """

    words: Array
    scale: int
    missing: Array | None
    places: Array | None = None


def with_column(
    frame: nw.DataFrame[Any], like: nw.Series[Any], name: str, values: Floats | Decimals
) -> Any:
    """The native frame with the new column, of a kind with the column `like`."""
    if frame.implementation.is_pandas():
        return _with_pandas(frame.to_native(), like.to_native().dtype, name, values)
    make = _MAKERS.get(frame.implementation, _listed)
    return frame.with_columns(make(frame, like, name, values)).to_native()


def _pyarrow(frame: Any, like: Any, name: str, values: Floats | Decimals) -> nw.Series[Any]:
    import pyarrow as pa

    column: nw.Series[Any] = nw.from_native(pa.chunked_array([_arrow(values)]), series_only=True)
    return column.alias(name)


def _polars(frame: Any, like: Any, name: str, values: Floats | Decimals) -> nw.Series[Any]:
    import polars as pl

    if isinstance(values, Floats) and values.missing is None:
        series = pl.Series(name, values.numbers)
    elif isinstance(values, Floats):
        series = pl.Series(name, values.numbers)
        series = series.set(pl.Series(values.missing), None)
    else:
        try:
            series = pl.Series(name, pl.from_arrow(_arrow(values)))
        except ImportError:
            kind = pl.Decimal(PRECISION, values.scale)
            series = pl.Series(name, _python(values), dtype=kind)
    return nw.from_native(series, series_only=True)


def _with_pandas(frame: Any, dtype: Any, name: str, values: Floats | Decimals) -> Any:
    """A copy that is of the frame's own class, with its attributes."""
    import pandas as pd

    content: Any
    if isinstance(dtype, pd.ArrowDtype):
        content = pd.array(_arrow(values), dtype=pd.ArrowDtype(_arrow(values).type))
    elif isinstance(values, Decimals):
        content = np.empty(len(values.words), object)
        content[:] = _python(values)
    elif isinstance(dtype, pd.api.extensions.ExtensionDtype):
        missing = values.missing
        if missing is None:
            missing = np.zeros(len(values.numbers), bool)
        content = pd.arrays.FloatingArray(np.where(missing, 1.0, values.numbers), missing)
    else:
        content = _with_nan(values)
    result = frame.copy(deep=False)
    result[name] = content
    return result


def _listed(frame: Any, like: Any, name: str, values: Floats | Decimals) -> nw.Series[Any]:
    content = _with_nan(values) if isinstance(values, Floats) else _python(values)
    return nw.new_series(name, content, backend=frame.implementation)


_MAKERS = {
    nw.Implementation.PYARROW: _pyarrow,
    nw.Implementation.POLARS: _polars,
}


def _with_nan(values: Floats) -> Array:
    if values.missing is not None:
        values.numbers[values.missing] = np.nan
    return values.numbers


def _python(values: Decimals) -> list[Decimal | None]:
    low, high = values.words[:, 0], values.words[:, 1]
    numbers: list[int] = low.tolist()
    for row in np.flatnonzero(high != low >> 63).tolist():
        numbers[row] = int.from_bytes(values.words[row].tobytes(), "little", signed=True)
    places = itertools.repeat(values.scale)
    if values.places is not None:
        numbers = [
            number // 10 ** (values.scale - places)
            for number, places in zip(numbers, values.places.tolist(), strict=True)
        ]
        places = iter(values.places.tolist())
    missing = values.missing
    return [
        None
        if missing is not None and missing[row]
        else Decimal((number < 0, tuple(map(int, str(abs(number)))), -own))
        for row, (number, own) in enumerate(zip(numbers, places, strict=False))
    ]


def _arrow(values: Floats | Decimals) -> Any:
    import pyarrow as pa

    if isinstance(values, Floats):
        return pa.array(values.numbers, mask=values.missing)
    valid = None
    if values.missing is not None:
        valid = pa.py_buffer(np.packbits(~values.missing, bitorder="little"))
    return pa.Array.from_buffers(
        pa.decimal128(PRECISION, values.scale),
        len(values.words),
        [valid, pa.py_buffer(values.words)],
    )
