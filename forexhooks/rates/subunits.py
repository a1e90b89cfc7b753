"""Subunits, such as pence: rates of their parents, with one more leg."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from forexhooks.currencies import CODES, SUBUNITS, parse_code
from forexhooks.rates.decimals import ONE, divide, multiply
from forexhooks.rates.rate import Observation, fraction

if TYPE_CHECKING:
    from forexhooks.rates.rate import Rate


def parent_of(code: str) -> str:
    """The currency to ask a driver for: the parent of a subunit, else the code itself.

    Raises `CurrencyError` for a code in mixed case that is not a known subunit.
    """
    if code in CODES:  # as most are
        return code
    parsed = parse_code(code)
    return SUBUNITS[parsed].parent if parsed in SUBUNITS else code


def digits_of(code: str) -> int:
    """By how many decimal places an amount in this code exceeds one in its parent: 2 for GBX."""
    return len(str(SUBUNITS[code].per_parent)) - 1 if code in SUBUNITS else 0


def in_subunits(rate: Rate, base: str, quote: str) -> Rate:
    """A rate of the parents of `base` and `quote`, as a rate of these: 1 GBX is 0.01 GBP."""
    before, after = SUBUNITS.get(base), SUBUNITS.get(quote)
    if before is None and after is None:
        return rate
    if base == quote:
        return rate._replace(base=base, quote=quote)
    legs = rate.own_legs()
    factor = ONE
    if before is not None:
        legs = (Observation(rate.on, before.parent, base, Decimal(before.per_parent)), *legs)
        factor = factor.scaleb(-digits_of(base))
    if after is not None:
        legs = (*legs, Observation(rate.on, after.parent, quote, Decimal(after.per_parent)))
        factor = factor.scaleb(digits_of(quote))
    adjustment = rate.adjustment
    if adjustment is None:
        value = divide(*fraction(base, quote, legs))
    else:
        value = multiply(rate.value, factor)
        is_inverse = adjustment.base != rate.base
        adjustment = adjustment._replace(
            base=quote if is_inverse else base,
            quote=base if is_inverse else quote,
            value=divide(adjustment.value, factor)
            if is_inverse
            else multiply(adjustment.value, factor),
        )
    return rate._replace(base=base, quote=quote, value=value, legs=legs, adjustment=adjustment)
