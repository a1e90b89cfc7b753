"""py-moneyed: convert `Money` into another currency, at the rate of a day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN
from typing import TYPE_CHECKING, TypeVar

import forexhooks
from forexhooks.errors import AmountError, CurrencyError

if TYPE_CHECKING:
    from moneyed import Currency, Money

    from forexhooks import ForexService

    M = TypeVar("M", bound=Money)

__all__ = ["convert_money"]


def convert_money(
    money: M,
    currency: Currency | str,
    on: date | None = None,
    *,
    fx: ForexService | None = None,
    max_gap: int | None = None,
    max_age: timedelta | None = None,
    places: int | None = None,
    rounding: str = ROUND_HALF_EVEN,
) -> M:
    """Convert money into another currency, at the rate of a day or the latest.

    Args:
        money: The amount, of py-moneyed's class or a subclass.
        currency: The currency to convert into, or its code.
        on: The day; None: the latest rate.
        fx: The service to ask, from `forexhooks.open`; None: `forexhooks.open()`.
        max_gap: How many days a rate may be carried forward; None: the driver's own.
        max_age: How old a stale rate may be; None: any age, with a warning.
        places: Decimal places of the result; None: those of `currency`.
        rounding: One of the `decimal` module's rounding modes.

    Returns:
        Money of the same class, from one division, rounded once.

    Raises:
        AmountError: `money` is no `Money`.
        CurrencyError: py-moneyed does not know `currency`.
        ForexError: What `ForexService.convert` raises.
    """
    if not (hasattr(money, "amount") and hasattr(money, "currency")):
        raise AmountError(f"{money!r} is not Money: give an amount like Money('9.99', 'USD')")
    fx = forexhooks.open() if fx is None else fx
    into = _known(fx.check_code(currency)) if isinstance(currency, str) else currency
    amount = fx.convert(
        money.amount,
        money.currency.code,
        f"{into}",
        on,
        max_gap=max_gap,
        max_age=max_age,
        places=places,
        rounding=rounding,
    )
    converted: M = type(money)(amount, into)
    return converted


def _known(code: str) -> Currency:
    """py-moneyed's currency of a code; it would take pence, `GBp`, for pounds."""
    from moneyed import CurrencyDoesNotExist, get_currency

    try:
        return get_currency(code)
    except CurrencyDoesNotExist as error:
        raise CurrencyError(
            f"py-moneyed has no currency {code}: convert into another, or add it with add_currency"
        ) from error
