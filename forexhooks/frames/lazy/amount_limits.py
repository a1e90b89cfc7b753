"""What a database converts exactly, and what it does with rows that have come since the call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import numpy as np

from forexhooks.errors import AmountError, ColumnError
from forexhooks.frames.lazy.keys import LARGEST, LARGEST_AMOUNT

if TYPE_CHECKING:
    from forexhooks.frames.arrays import Array
    from forexhooks.frames.lazy.engines import Engine

RATE, KNOWN, _FAILS = (f"__forexhooks_{name}" for name in ("rate", "known", "fails"))
_CAME_SINCE = (
    "a row has come since frames.convert was called, with a currency, a day or an amount that "
    "could not be looked up: call it again for these rows, or give errors='null'"
)
_GREW_SINCE = (
    "an amount has come since frames.convert was called that is too large to be converted "
    "exactly: call it again for these rows"
)
# In minor units: up to here a guess is off by 1 at most; and a float that has too many digits to be
# a whole number of anything is seldom near a middle.
_MOST_RESULT = 2.0**50
_MOST_RESULT_OF_FLOATS = 2.0**46
ALL_INTEGERS = 2.0**53  # up to here float64 has them all
_FLOAT_SCALES = (2, 6)


class Scale(NamedTuple):
    """Amounts as whole numbers of 10 ** -places, and the columns of what they are converted by."""

    places: int

    @property
    def top(self) -> str:
        """The column of numerators."""
        return f"__forexhooks_top{self.places}"

    @property
    def bottom(self) -> str:
        """The column of denominators."""
        return f"__forexhooks_bottom{self.places}"


def scales_of(amount: str, dtype: Any) -> tuple[Scale, ...]:
    """The scales that amounts of a type are read at. Raises `ColumnError` for what is no number."""
    if dtype == nw.Float32:
        raise ColumnError(
            f"the column {amount!r} is of {dtype}, of which the shortest decimal counts, and a "
            "database has another: cast it to a decimal, decimal(18, 2) for instance"
        )
    if isinstance(dtype, nw.Decimal):
        return (Scale(int(dtype.scale)),)
    if dtype.is_float():
        return tuple(map(Scale, _FLOAT_SCALES))
    if dtype.is_integer():
        return (Scale(0),)
    raise ColumnError(
        f"the column {amount!r} is of {dtype}: in a lazy frame an amount is a number; cast it to "
        "a decimal or a float"
    )


def checked(
    engine: Engine,
    frame: nw.LazyFrame[Any],
    amount: str,
    keys: list[str],
    scales: tuple[Scale, ...],
    exact: bool,
    errors: str,
) -> nw.LazyFrame[Any]:
    """The frame, failing where a row has come since the call that would have been told of then."""
    number, false = nw.col(amount).cast(nw.Float64), nw.lit(False)
    if errors == "raise":
        has_keys = nw.lit(True)
        for key in keys:
            has_keys &= ~nw.col(key).is_null()
        lacking = nw.col(KNOWN).is_null() & has_keys if keys else false
        lacking = ~number.is_null() & (lacking | ~is_usable(number))
        frame = frame.with_columns(lacking.alias(_FAILS))
        frame = engine.checked(frame, RATE, _FAILS, _CAME_SINCE)
    if exact:
        has_rate = ~nw.col(RATE).is_null()
        large = is_usable(number) & _is_too_large(number.abs(), nw.col(RATE), scales)
        large &= has_rate
        frame = frame.with_columns(large.alias(_FAILS))
        frame = engine.checked(frame, RATE, _FAILS, _GREW_SINCE)
    return frame


def is_usable(number: nw.Expr) -> nw.Expr:
    """Whether a float64 is an amount."""
    return number.is_finite() & (number.abs() < LARGEST_AMOUNT)


def _is_too_large(size: Any, rate: Any, scales: tuple[Scale, ...]) -> Any:
    """Whether amounts, arrays or expressions, are more than an engine converts exactly."""
    if len(scales) > 1:
        return size * rate >= _MOST_RESULT_OF_FLOATS
    return (size * rate >= _MOST_RESULT) | (size * 10.0 ** scales[0].places >= ALL_INTEGERS)


def check_size(
    found: nw.DataFrame[Any], rates: Array, scales: tuple[Scale, ...], amount: str
) -> None:
    """Raise `AmountError` for amounts that a lazy frame cannot convert exactly."""
    largest = found[LARGEST].to_numpy()
    too_large = _is_too_large(largest, rates, scales) & ~np.isnan(rates)
    if too_large.any():
        places = "" if len(scales) > 1 else f" with {scales[0].places} decimal places"
        raise AmountError(
            f"the column {amount!r} has amounts up to {largest[too_large].max():g}{places}, more "
            "than a database can convert exactly: cast it to fewer places, read the frame into "
            "memory first (with .arrow() or .toArrow(), say), or give exact=False"
        )
