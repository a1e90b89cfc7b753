"""What a database converts exactly, and what it does with rows that were added after the call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import numpy as np

from forexhooks.errors import AmountError, ColumnError
from forexhooks.frames.lazy.engines import number
from forexhooks.frames.lazy.keys import LARGEST, LARGEST_AMOUNT

if TYPE_CHECKING:
    from forexhooks.frames.arrays import Array
    from forexhooks.frames.lazy.engines import Engine

RATE, KNOWN = (f"__forexhooks_{name}" for name in ("rate", "known"))
_CAME_SINCE = (
    "a row was added after frames.convert was called, with a currency, a day or an amount that "
    "could not be looked up: call it again for these rows, or give errors='null'"
)
_GREW_SINCE = (
    "an amount was added after frames.convert was called that is too large to be converted "
    "exactly: call it again for these rows"
)
# In minor units: up to here a guess is off by at most 1, and a float with too many digits to be a
# whole number at any scale is rarely near a midpoint.
_MOST_RESULT = 2.0**50
_MOST_RESULT_OF_FLOATS = 2.0**46
ALL_INTEGERS = 2.0**53  # float64 has all integers up to here
_FLOAT_SCALES = (2, 6)


class Scale(NamedTuple):
    """Amounts as whole numbers of 10 ** -places, and the columns with their rates."""

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
    """The scales to read amounts of a type at. Raises `ColumnError` if it is not a number."""
    if dtype == nw.Float32:
        raise ColumnError(
            f"the column {amount!r} is of {dtype}, which a database does not convert to the "
            "decimal that it shows: cast it to a decimal, such as decimal(18, 2)"
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


def checked_rate(
    engine: Engine, amount: str, keys: list[str], scales: tuple[Scale, ...], errors: str
) -> str:
    """The rate of a row; it fails for rows added after the call that the call would have refused.

    Without scales, results need not be exact.
    """
    is_amount = f"abs({amount}) < {number(LARGEST_AMOUNT)}"
    failing = []
    if errors == "raise":
        unknown = " and ".join((f"{KNOWN} is null", *(f"{key} is not null" for key in keys)))
        lacks = f"({unknown}) or " if keys else ""
        failing.append((f"{amount} is not null and ({lacks}not {is_amount})", _CAME_SINCE))
    if scales:
        large = " or ".join(
            f"abs({amount}) * {RATE if factor is None else number(factor)} >= {number(limit)}"
            for factor, limit in _limits(scales)
        )
        failing.append((f"{is_amount} and {RATE} is not null and ({large})", _GREW_SINCE))
    whens = "".join(f" when {case} then {engine.failing(said)}" for case, said in failing)
    return f"case{whens} else {RATE} end" if failing else RATE


def _limits(scales: tuple[Scale, ...]) -> list[tuple[float | None, float]]:
    """The largest amounts, times a factor (None: the rate), that are converted exactly."""
    if len(scales) > 1:
        return [(None, _MOST_RESULT_OF_FLOATS)]
    return [(None, _MOST_RESULT), (10.0 ** scales[0].places, ALL_INTEGERS)]


def check_size(
    found: nw.DataFrame[Any], rates: Array, scales: tuple[Scale, ...], amount: str
) -> None:
    """Raise `AmountError` for amounts that a lazy frame cannot convert exactly."""
    largest = found[LARGEST].to_numpy()
    is_large = [
        largest * (rates if factor is None else factor) >= limit
        for factor, limit in _limits(scales)
    ]
    too_large = np.any(is_large, axis=0) & ~np.isnan(rates)
    if too_large.any():
        places = "" if len(scales) > 1 else f" with {scales[0].places} decimal places"
        raise AmountError(
            f"the column {amount!r} has amounts up to {largest[too_large].max():g}{places}, more "
            "than a database can convert exactly: cast it to fewer places, read the frame into "
            "memory first (with .arrow() or .toArrow(), say), or give exact=False"
        )
