"""Exact conversion of many rows: rounded once, half-even, to the minor unit.

A row is multiplied in float64 first. If the product is farther from the midpoint between two minor
units than all rounding errors together, its nearest integer is also that of the exact product. The
few rows that are closer are computed again in exact integers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forexhooks.rates.decimals import exact_amount

if TYPE_CHECKING:
    from decimal import Decimal

    from forexhooks.frames.arrays import Array
    from forexhooks.frames.fractions import Fractions

# Relative errors of a product in units of 2 ** -53: 6 from the rate, 1 from the amount (or its
# shortest repr), 1 from the multiplication, and a little from rounding in the test itself.
ERROR = 2.0**-49

# numpy declares no type for what they reduce.
_fmax: Any = np.fmax
_fmin: Any = np.fmin
_NO_ROWS = np.empty(0, np.int64)
_SAFE_BOTTOM = 2.0**61
_SAFE_RESULT = 2.0**50
_FEW = 10
_PLACES = (2, 4, 6, 9)
_POWERS = 10 ** np.arange(19, dtype=np.int64)


def rounded(product: Array, into: Array) -> Array:
    """Round `product` to `into`; return the numbers of rows that might round differently if exact.

    NaN rows are among them. `product` is overwritten.
    """
    np.rint(product, out=into)
    least, most = _fmin.reduce(into), _fmax.reduce(into)
    if not least > 0:
        into += 0.0  # -0.0 becomes 0.0
    product -= into
    distance = np.abs(product, out=product)
    # Few rows are near a midpoint, even if all were as uncertain as the largest.
    is_sure = distance < 0.5 - (max(most, -least) + 1) * ERROR  # NaN is not
    if is_sure.all():
        return _NO_ROWS
    near = np.flatnonzero(~is_sure)
    return near[~(distance[near] + (np.abs(into[near]) + 1) * ERROR < 0.5)]


def exactly(
    numbers: Array, scale: int, fractions: Fractions, at: Array, minor_units: Array
) -> tuple[Array, dict[int, int]]:
    """Convert the rows `numbers / 10 ** scale` by the fractions `at`, and round, all exactly.

    Returns the results in minor units as int64, and by row those that are larger than that.
    """
    results = np.zeros(len(numbers), np.int64)
    is_done = np.zeros(len(numbers), bool)
    if len(numbers) > _FEW:  # a few are faster one by one
        is_done = _at_once(numbers, scale, fractions, at, minor_units, results)
    large: dict[int, int] = {}
    for row in np.flatnonzero(~is_done).tolist():
        if numbers.dtype == np.float64:
            amount, exponent = parts(exact_amount(float(numbers[row])))
        else:
            amount, exponent = int(numbers[row]), -scale
        exponent += int(fractions.exponent[at[row]]) + int(minor_units[row])
        exact = quotient(
            amount * int(fractions.top[at[row]]), int(fractions.bottom[at[row]]), exponent
        )
        if -(2**63) <= exact < 2**63:
            results[row] = exact
        else:
            large[row] = exact
    return results, large


def _at_once(
    numbers: Array,
    scale: int,
    fractions: Fractions,
    at: Array,
    minor_units: Array,
    results: Array,
) -> Array:
    """Store the results that int64 can decide; return those rows."""
    if numbers.dtype == np.float64:
        left = np.arange(len(numbers))
        whole = np.zeros(len(numbers), np.int64)
        scales = np.zeros(len(numbers), np.int64)
        for places in _PLACES:
            scaled = np.rint(numbers[left] * 10.0**places)
            # With at most 15 digits it is the shortest repr: no other is as short.
            fits = (scaled / 10.0**places == numbers[left]) & (np.abs(scaled) < 1e15)
            whole[left[fits]] = scaled[fits]
            scales[left[fits]] = places
            left = left[~fits]
    else:
        left = np.empty(0, np.int64)
        whole, scales = numbers, np.full(len(numbers), scale, np.int64)
    top, bottom = fractions.top[at], fractions.bottom[at]
    power = fractions.exponent[at] + minor_units - scales
    is_done = np.zeros(len(numbers), bool)
    if top.dtype != object and bottom.dtype != object:
        is_done = _by_words(whole, top, bottom, power, results)
        is_done[left] = False
    return is_done


def parts(amount: Decimal) -> tuple[int, int]:
    """The whole number and the exponent: `number * 10 ** exponent` is the amount."""
    sign, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - amounts are finite
    number = int("".join(map(str, digits)))
    return -number if sign else number, exponent


def quotient(top: int, bottom: int, power: int) -> int:
    """`top / bottom * 10 ** power`, rounded half-even."""
    above, below = top * 10 ** max(power, 0), bottom * 10 ** max(-power, 0)
    whole, rest = divmod(above, below)
    is_up = 2 * rest > below or (2 * rest == below and whole % 2 == 1)
    return int(whole + is_up)


def _by_words(whole: Array, top: Array, bottom: Array, power: Array, results: Array) -> Array:
    """Store the results that 64 bits can decide; return those rows.

    Products are computed modulo 2 ** 64. The first guess is off by at most 1, which makes the
    remainder small, and so exact in spite of that.
    """
    up, down = np.clip(power, 0, 18), np.clip(-power, 0, 18)
    above = top * _POWERS[up]
    below = bottom * _POWERS[down]
    size = bottom.astype(np.float64) * _POWERS[down]
    guess = whole.astype(np.float64) * top.astype(np.float64) * _POWERS[up] / size
    can: Array = (size < _SAFE_BOTTOM) & (np.abs(guess) < _SAFE_RESULT) & (np.abs(power) <= 18)
    guess[~can] = 0
    below[~can] = 1
    found = np.rint(guess).astype(np.int64)
    rest = 2 * (whole * above - found * below)
    odd = found & 1
    found += rest + odd > below
    found -= rest - odd < -below
    results[can] = found[can]
    return can
