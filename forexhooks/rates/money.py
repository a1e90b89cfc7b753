"""Money as the people of a place write it, by Babel."""

from __future__ import annotations

import re
from decimal import MAX_PREC, Context, Decimal, localcontext
from typing import TYPE_CHECKING

from forexhooks.currencies import minor_units
from forexhooks.errors import CurrencyError, SettingsError
from forexhooks.rates.decimals import ONE, exact_amount, shown
from forexhooks.support.optional import imported

if TYPE_CHECKING:
    from babel import Locale

    from forexhooks.rates.rate import Rate

INSTALL = "'forexhooks[babel]'"
_DECIMALS = re.compile(r"(?<=0)\.0+")


def money(amount: Decimal, currency: str, locale: str | Locale, *, at_least: int = 0) -> str:
    r"""The amount with all its digits, its currency's sign, and the marks of the locale.

    Args:
        amount: The amount.
        currency: The code.
        locale: As `de_DE` or `pt-BR`, or one of Babel's.
        at_least: Decimal places that are written also where they are 0.

    Returns:
        As `13,95\xa0CA$`: the space is one that no line is broken at.

    Raises:
        SettingsError: There is no such locale.
        MissingExtraError: Babel is not installed.
    """
    babel = imported("babel", INSTALL)
    try:
        parsed = babel.Locale.parse(f"{locale}".replace("-", "_"))
    except (ValueError, babel.UnknownLocaleError) as error:
        raise SettingsError(
            f"unknown locale {f'{locale}'!r}: write one like de_DE, or just de"
        ) from error
    exponent = amount.as_tuple().exponent
    places = max(-exponent if isinstance(exponent, int) else 0, at_least)
    decimals = "." + "0" * places if places > 0 else ""
    # Without this, Babel would round to the decimal places in its own table of currencies.
    pattern = _DECIMALS.sub(decimals, parsed.currency_formats["standard"].pattern)
    with localcontext(Context(prec=MAX_PREC)):
        written: str = imported("babel.numbers", INSTALL).format_currency(
            amount, currency, pattern, locale=parsed, currency_digits=False
        )
    return written


def equation(
    rate: Rate,
    amount: Decimal | int | str | float | None,
    locale: str | Locale,
    places: int | None,
) -> str:
    """What `Rate.format` returns."""
    if amount is None:
        given = money(ONE, rate.base, locale)
        value = Decimal(shown(rate.value)) if places is None else rate.convert(1, places=places)
    else:
        exact = exact_amount(amount)
        given = money(exact, rate.base, locale, at_least=_minor_units(rate.base))
        value = rate.convert(exact, places=places)
    return f"{given} = {money(value, rate.quote, locale)}"


def _minor_units(code: str) -> int:
    try:
        return minor_units(code)
    except CurrencyError:
        return 0
