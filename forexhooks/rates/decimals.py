"""Decimal arithmetic that rounds once, whatever the caller's decimal context is.

The global context is never read or touched: every operation goes through a context of our own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import (
    MAX_EMAX,
    MAX_PREC,
    MIN_EMIN,
    ROUND_05UP,
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from functools import reduce
from operator import index

from forexhooks.errors import AmountError

PRECISION = 34
"""Significant digits of a computed rate, as in IEEE 754 decimal128."""


def _context(precision: int, rounding: str) -> Context:
    traps = [InvalidOperation, DivisionByZero, Overflow]
    return Context(precision, rounding, MIN_EMIN, MAX_EMAX, capitals=1, clamp=0, traps=traps)


_CONTEXT = _context(PRECISION, ROUND_HALF_EVEN)
_UNROUNDED = _context(MAX_PREC, ROUND_HALF_EVEN)
# ROUND_05UP keeps an inexact quotient from looking like a tie. Rounding it again, by at least one
# digit, then gives the same result as rounding the exact quotient.
_STICKY = _context(160, ROUND_05UP)
_SHOWN = _context(6, ROUND_HALF_EVEN)

divide: Callable[[Decimal, Decimal], Decimal] = _CONTEXT.divide
"""The quotient of two Decimals, rounded half-even to 34 digits."""

add: Callable[[Decimal, Decimal], Decimal] = _CONTEXT.add
"""The sum of two Decimals, rounded half-even to 34 digits."""

subtract: Callable[[Decimal, Decimal], Decimal] = _UNROUNDED.subtract
"""The exact difference of two Decimals."""

multiply: Callable[[Decimal, Decimal], Decimal] = _UNROUNDED.multiply
"""The exact product of two Decimals."""

ONE = Decimal(1)


def mean(fractions: Sequence[tuple[Decimal, Decimal]]) -> tuple[Decimal, Decimal]:
    """The mean of some fractions, at least one, as an exact numerator and denominator."""
    if all(denominator == ONE for _, denominator in fractions):
        total = reduce(_UNROUNDED.add, (numerator for numerator, _ in fractions))
        return total, Decimal(len(fractions))
    from fractions import Fraction

    exact = sum((Fraction(*map(Fraction, each)) for each in fractions), Fraction())
    return Decimal(exact.numerator), Decimal(exact.denominator * len(fractions))


LARGEST_EXPONENT = 30
"""A number that differs from 1 by more than this power of ten is refused as a rate."""


def shifted(number: int, power: int) -> Decimal:
    """`number` x 10 to the `power`, exactly."""
    return _UNROUNDED.scaleb(Decimal(number), power)


_LARGEST_AMOUNT = Decimal("1e30")

ROUNDINGS = (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    ROUND_05UP,
)


def is_whole(value: object) -> bool:
    """Whether `value` is an int, of Python or numpy; True and False are not."""
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return False
    try:
        index(value)  # type: ignore[arg-type] # whether it is one
    except TypeError:
        return False
    return True


def check_rounding(rounding: object) -> None:
    """Raise `AmountError` for anything but one of the `decimal` module's rounding modes."""
    if rounding not in ROUNDINGS:
        raise AmountError(
            f"rounding is one of the decimal module's modes, like decimal.ROUND_HALF_UP, not "
            f"{rounding!r}"
        )


def round_quotient(
    numerator: Decimal, denominator: Decimal, places: int, rounding: str = ROUND_HALF_EVEN
) -> Decimal:
    """`numerator / denominator` with `places` decimal places, rounded once.

    Raises `AmountError` if the result would have too many digits to stay exact.
    """
    quotient = _STICKY.divide(numerator, denominator)
    if quotient and quotient.adjusted() + places > _STICKY.prec - 4:
        raise AmountError(
            f"{_SHOWN.plus(quotient)} with {places} decimal places has too many digits: "
            "ask for fewer places"
        )
    rounded = quotient.quantize(Decimal((0, (1,), -places)), rounding, context=_STICKY)
    return rounded or rounded.copy_abs()  # never -0.00


def shown(value: Decimal) -> str:
    """Six significant digits, for people: 1.39689, 20275.2, 0.0000493214."""
    return format(_SHOWN.plus(value), "f")


def half_unit_error(value: Decimal) -> Decimal:
    """Half a unit in the last place of `value`, relative to `value`."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - observations are finite
    return divide(Decimal((0, (5,), exponent - 1)), value)


def is_positive_decimal(value: object) -> bool:
    """Whether `value` is a finite Decimal above 0."""
    return isinstance(value, Decimal) and value.is_finite() and value > 0


def described(value: object) -> str:
    """A value for a message, with its type if the value alone does not show what is wrong."""
    return f"{value!r} (a float)" if isinstance(value, float) else repr(value)


def exact_amount(amount: object) -> Decimal:
    """The amount as a Decimal: all digits of a Decimal, int or str; the shortest repr of a float.

    Raises `AmountError` for anything else, for NaN and infinities, and for 1e30 or more.
    """
    if isinstance(amount, Decimal):
        exact = amount
    elif isinstance(amount, str):
        exact = _parsed(amount, amount)
    elif isinstance(amount, float):
        exact = _parsed(float.__repr__(amount), amount)
    elif is_whole(amount):
        exact = Decimal(index(amount))  # type: ignore[arg-type] # numpy's integers too
    else:
        raise AmountError(
            f"the amount {amount!r} is a {type(amount).__name__}: "
            "give a Decimal, an int, a str or a float"
        )
    if not exact.is_finite():
        raise AmountError(f"the amount {amount!r} is not a finite number")
    if exact.copy_abs() >= _LARGEST_AMOUNT:
        said = repr(amount) if isinstance(amount, str) and len(amount) < 40 else _SHOWN.plus(exact)
        raise AmountError(f"the amount {said} is too large: it must be below 1e30")
    return exact or exact.copy_abs()  # never -0


def is_number(text: str) -> bool:
    """Whether a string is written like an amount; any size and NaN are accepted."""
    try:
        _parsed(text, text)
    except AmountError:
        return False
    return True


def _parsed(text: str, amount: object) -> Decimal:
    try:
        # Decimal also accepts underscores and digits of any script; amounts may not have them.
        if text.isascii() and "_" not in text:
            return Decimal(text, _CONTEXT)
    except InvalidOperation:
        pass
    raise AmountError(
        f"the amount {amount!r} is not a number: write it like 1234.56, without a currency sign"
    )
