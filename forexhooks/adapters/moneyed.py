"""py-moneyed: `Money` of one currency into `Money` of another, on a day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN
from typing import TYPE_CHECKING, TypeVar

import forexhooks

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
    """Convert money into another currency, at the rate of a day or (`on=None`) the latest.

    One division, rounded once, to the minor unit of `currency` unless `places` says otherwise.

    Args:
        money: The amount, of py-moneyed's class or one made from it.
        currency: The currency wanted, or its code.
        on: The day.
        fx: Who is asked, as `forexhooks.open` returns it; by default `forexhooks.open()`.
        max_gap: Days that a rate is carried forward; by default those of the driver.
        max_age: How old a stale rate may be; by default any, with a warning.
        places: Decimal places.
        rounding: One of the `decimal` module's modes.

    Returns:
        Money of the same class.

    Raises:
        ForexError: As `ForexService.convert` does.
    """
    fx = forexhooks.open() if fx is None else fx
    amount = fx.convert(
        money.amount,
        money.currency.code,
        f"{currency}",
        on,
        max_gap=max_gap,
        max_age=max_age,
        places=places,
        rounding=rounding,
    )
    converted: M = type(money)(amount, currency)
    return converted
