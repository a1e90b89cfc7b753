"""Replies: what a provider might answer that nobody has asked yet, made of the ECB's rates.

They are plausible, so that the tests find a rate that is upside down.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Context
from typing import NamedTuple

from forexhooks.errors import PluginError, UnsupportedPairError
from forexhooks.manager import ForexManager
from forexhooks.service import open as open_driver

LAST_DAY = date(2026, 10, 30)
"""The last day of the replies: in the ECB's history as it comes with the package."""

_FIRST_DAY = LAST_DAY - timedelta(days=14)
_QUOTES = ("CAD", "CHF", "EUR", "GBP", "JPY", "USD")
_DIGITS = Context(prec=6)


class Replies(NamedTuple):
    """What the provider would say: of each day what 1 `base` cost in each of `quotes`, as text."""

    base: str
    quotes: tuple[str, ...]
    rates: dict[date, dict[str, str]]

    @classmethod
    def of(cls, base: str) -> Replies:
        """Make them up. Raises `CurrencyError`; `PluginError` for what the ECB does not have."""
        rates: dict[date, dict[str, str]] = {}
        base = base.upper()
        with ForexManager(discover=True) as manager:
            fx = open_driver("ecb", manager=manager)
            try:
                for quote in _QUOTES:
                    for rate in fx.get_history(base, quote, _FIRST_DAY, LAST_DAY):
                        if quote != base:
                            rates.setdefault(rate.on, {})[quote] = f"{_DIGITS.plus(rate.value):f}"
            except UnsupportedPairError as error:
                raise _without(base) from error
        if LAST_DAY not in rates:
            raise _without(base)
        return cls(base, tuple(rates[LAST_DAY]), rates)

    def body(self, start: date = _FIRST_DAY) -> str:
        """The provider's answer, in the format that the driver of the template reads: JSON."""
        days = ",\n".join(
            f'    "{day}": {{'
            + ", ".join(f'"{quote}": {value}' for quote, value in rates.items())
            + "}"
            for day, rates in self.rates.items()
            if day >= start
        )
        return f'{{\n  "base": "{self.base}",\n  "rates": {{\n{days}\n  }}\n}}\n'

    def values(self) -> dict[str, str]:
        """The base, one of the quotes, and what that cost on the first day and the last."""
        quote, first = self.quotes[0], min(self.rates)
        return {
            "base": self.base,
            "quote": quote,
            "first_day": f"date({first.year}, {first.month}, {first.day})",
            "first_value": self.rates[first][quote],
            "last_value": self.rates[LAST_DAY][quote],
        }


def _without(base: str) -> PluginError:
    return PluginError(
        f"the replies are made of the ECB's rates, and it has none of {base} on {LAST_DAY}: take "
        "another pivot, and write the right one into the driver and its replies"
    )
