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
_DIGITS = 15  # numbers of so many digits are distinct as float64
_PLACES, _PLACES_OF_LARGE = 6, 2


class Reading(NamedTuple):
    """How a database reads amounts exactly: as whole numbers of 10 ** -places.

    A float is one if it has at most 15 digits, and so, from some size on, only with fewer places:
    `places_of_large`. None: no amount is so large.
    """

    places: int
    is_float: bool = False
    places_of_large: int | None = None

    @property
    def large(self) -> float:
        """From here on, a float amount is large."""
        return 10.0 ** (_DIGITS - self.places)

    @property
    def largest(self) -> float:
        """From here on, even a large float is no such whole number."""
        return 10.0 ** (_DIGITS - (self.places_of_large or 0))

    def of(self, found: nw.DataFrame[Any]) -> Reading:
        """How to read the amounts that were found."""
        if not self.is_float or found[LARGEST].to_numpy().max(initial=0) < self.large:
            return self
        return self._replace(places_of_large=_PLACES_OF_LARGE)

    def limits(self) -> list[tuple[float | None, float]]:
        """The largest amounts, times a factor (None: the rate), that are converted exactly."""
        if not self.is_float:
            return [(None, _MOST_RESULT), (10.0**self.places, _ALL_INTEGERS)]
        limits: list[tuple[float | None, float]] = [(None, _MOST_RESULT_OF_FLOATS)]
        return limits if self.places_of_large else [*limits, (1.0, self.large)]


def reading_of(amount: str, dtype: Any) -> Reading:
    """How to read amounts of a type. Raises `ColumnError` if it is not a number."""
    if dtype == nw.Float32:
        raise ColumnError(
            f"the column {amount!r} is of {dtype}, which a database does not convert to the "
            "decimal that it shows: cast it to a decimal, such as decimal(18, 2)"
        )
    if isinstance(dtype, nw.Decimal):
        return Reading(int(dtype.scale))
    if dtype.is_float():
        return Reading(_PLACES, is_float=True)
    if dtype.is_integer():
        return Reading(0)
    raise ColumnError(
        f"the column {amount!r} is of {dtype}: in a lazy frame an amount is a number; cast it to "
        "a decimal or a float"
    )


def refusals(
    engine: Engine, amount: str, product: str, reading: Reading | None, errors: str
) -> str:
    """Cases for rows added after the call: the call would have refused them.

    `product` is the amount times its rate. Without a reading, results need not be exact.
    """
    limits = [(None, _MOST_FLOAT)] if reading is None else reading.limits()
    fits = " and ".join(
        f"abs({_product(amount, product, factor)}) < {number(limit)}" for factor, limit in limits
    )
    if errors == "raise":  # all rows with an amount had a rate
        return f" when not coalesce({fits}, {amount} is null) then {engine.failing(_CAME_SINCE)}"
    whens = f" when not abs({amount}) < {number(LARGEST_AMOUNT)} then null"  # NaN is larger
    if reading is None:
        return whens
    return f"{whens} when not ({fits}) then {engine.failing(_GREW_SINCE)}"


def _product(amount: str, product: str, factor: float | None) -> str:
    if factor is None:
        return product
    return amount if factor == 1 else f"{amount} * {number(factor)}"


def check_size(found: nw.DataFrame[Any], rates: Array, reading: Reading, amount: str) -> None:
    """Raise `AmountError` for amounts that a lazy frame cannot convert exactly."""
    largest = found[LARGEST].to_numpy()
    is_large = [
        largest * (rates if factor is None else factor) >= limit
        for factor, limit in reading.limits()
    ]
    too_large = np.any(is_large, axis=0) & ~np.isnan(rates)
    if too_large.any():
        places = "" if reading.is_float else f" with {reading.places} decimal places"
        raise AmountError(
            f"the column {amount!r} has amounts up to {largest[too_large].max():g}{places}, more "
            "than a database can convert exactly: cast it to fewer places, read the frame into "
            "memory first (with .arrow() or .toArrow(), say), or give exact=False"
        )
