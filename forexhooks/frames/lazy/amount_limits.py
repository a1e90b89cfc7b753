"""What a database converts exactly, and what it does with rows that were added after the call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from forexhooks.errors import AmountError, ColumnError
from forexhooks.frames.lazy.engines import number
from forexhooks.frames.lazy.keys import LARGEST, LARGEST_AMOUNT

if TYPE_CHECKING:
    from forexhooks.frames.arrays import Array
    from forexhooks.frames.lazy.engines import Engine

RATE = "__forexhooks_rate"
_CAME_SINCE = (
    "a row was added after frames.convert was called, with a currency or a day that was not looked "
    "up, or with an amount that is no number, or too large to be converted exactly: call it again "
    "for these rows"
)
_GREW_SINCE = (
    "an amount was added after frames.convert was called that is too large to be converted "
    "exactly: call it again for these rows"
)
# In minor units: up to here a guess is off by at most 1, and a float with too many digits to be a
# whole number at any scale is rarely near a midpoint.
_MOST_RESULT = 2.0**50
_MOST_RESULT_OF_FLOATS = 2.0**46
_ALL_INTEGERS = 2.0**53  # float64 has all integers up to here
_MOST_FLOAT = 1e300
_FLOAT_SCALES = (2, 6)


def scales_of(amount: str, dtype: Any) -> tuple[int, ...]:
    """The decimal places to read amounts of a type with, in order.

    Raises:
        ColumnError: The type is not a number's.
    """
    if dtype == nw.Float32:
        raise ColumnError(
            f"the column {amount!r} is of {dtype}, which a database does not convert to the "
            "decimal that it shows: cast it to a decimal, such as decimal(18, 2)"
        )
    if isinstance(dtype, nw.Decimal):
        return (int(dtype.scale),)
    if dtype.is_float():
        return _FLOAT_SCALES
    if dtype.is_integer():
        return (0,)
    raise ColumnError(
        f"the column {amount!r} is of {dtype}: in a lazy frame an amount is a number; cast it to "
        "a decimal or a float"
    )


def refusals(
    engine: Engine, amount: str, product: str, scales: tuple[int, ...], errors: str
) -> str:
    """Cases for rows added after the call: the call would have refused them.

    `product` is the amount times its rate. Without scales, results need not be exact.
    """
    fits = " and ".join(
        f"abs({product if factor is None else f'{amount} * {number(factor)}'}) < {number(limit)}"
        for factor, limit in _limits(scales)
    )
    if errors == "raise":  # all rows with an amount had a rate
        return f" when not coalesce({fits}, {amount} is null) then {engine.failing(_CAME_SINCE)}"
    whens = f" when not abs({amount}) < {number(LARGEST_AMOUNT)} then null"  # NaN is larger
    return f"{whens} when not ({fits}) then {engine.failing(_GREW_SINCE)}" if scales else whens


def _limits(scales: tuple[int, ...]) -> list[tuple[float | None, float]]:
    """The largest amounts, times a factor (None: the rate), that are converted correctly."""
    if not scales:
        return [(None, _MOST_FLOAT)]
    if len(scales) > 1:
        return [(None, _MOST_RESULT_OF_FLOATS)]
    return [(None, _MOST_RESULT), (10.0 ** scales[0], _ALL_INTEGERS)]


def check_size(
    found: nw.DataFrame[Any], rates: Array, scales: tuple[int, ...], amount: str
) -> None:
    """Raise `AmountError` for amounts that a lazy frame cannot convert exactly."""
    largest = found[LARGEST].to_numpy()
    is_large = [
        largest * (rates if factor is None else factor) >= limit
        for factor, limit in _limits(scales)
    ]
    too_large = np.any(is_large, axis=0) & ~np.isnan(rates)
    if too_large.any():
        places = "" if len(scales) > 1 else f" with {scales[0]} decimal places"
        raise AmountError(
            f"the column {amount!r} has amounts up to {largest[too_large].max():g}{places}, more "
            "than a database can convert exactly: cast it to fewer places, read the frame into "
            "memory first (with .arrow() or .toArrow(), say), or give exact=False"
        )
