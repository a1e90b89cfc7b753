"""Sample responses of a provider, made from the ECB's rates.

They are plausible, so the tests notice a rate that is upside down.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Context
from typing import NamedTuple

from forexhooks.errors import PluginError, UnsupportedPairError
from forexhooks.plugins.manager import ForexManager
from forexhooks.service.opening import open as open_driver

LAST_DAY = date(2026, 10, 30)
"""The last day of the replies; the ECB rates in the package contain it."""

_FIRST_DAY = LAST_DAY - timedelta(days=14)
_OTHERS = ("CAD", "CHF", "EUR", "GBP", "JPY", "USD")
_DIGITS = Context(prec=6)


class Replies(NamedTuple):
    """Made-up rates: for each day what 1 `pivot` cost in each of `others`, as strings.

    With `foreign_units`: what 1 unit of each of the others cost in `pivot`.
    """

    pivot: str
    others: tuple[str, ...]
    rates: dict[date, dict[str, str]]
    foreign_units: bool = False

    @classmethod
    def of(cls, pivot: str, *, foreign_units: bool = False) -> Replies:
        """Make them. Raises `CurrencyError`; `PluginError` for a pivot that the ECB lacks."""
        rates: dict[date, dict[str, str]] = {}
        pivot = pivot.upper()
        with ForexManager(discover=True) as manager:
            fx = open_driver("ecb", manager=manager)
            try:
                for other in _OTHERS:
                    pair = (other, pivot) if foreign_units else (pivot, other)
                    for rate in fx.get_history(*pair, _FIRST_DAY, LAST_DAY):
                        if other != pivot:
                            rates.setdefault(rate.on, {})[other] = f"{_DIGITS.plus(rate.value):f}"
            except UnsupportedPairError as error:
                raise _without(pivot) from error
        if LAST_DAY not in rates:
            raise _without(pivot)
        return cls(pivot, tuple(rates[LAST_DAY]), rates, foreign_units)

    @property
    def side(self) -> str:
        """The side of the pivot in each rate: base or quote."""
        return "quote" if self.foreign_units else "base"

    def body(self, start: date = _FIRST_DAY) -> str:
        """The response, in the JSON that the driver of the template reads."""
        days = ",\n".join(
            f'    "{day}": {{'
            + ", ".join(f'"{other}": {value}' for other, value in rates.items())
            + "}"
            for day, rates in self.rates.items()
            if day >= start
        )
        return f'{{\n  "{self.side}": "{self.pivot}",\n  "rates": {{\n{days}\n  }}\n}}\n'

    def values(self) -> dict[str, str]:
        """The pivot, a pair with it, and that pair's rates on the first and the last day."""
        other, first = self.others[0], min(self.rates)
        base, quote = (other, self.pivot) if self.foreign_units else (self.pivot, other)
        return {
            "pivot": self.pivot,
            "currencies": ", ".join(sorted({self.pivot, *self.others})),
            "side": self.side,
            "base": base,
            "quote": quote,
            "first_day": f"date({first.year}, {first.month}, {first.day})",
            "first_value": self.rates[first][other],
            "last_value": self.rates[LAST_DAY][other],
        }


def _without(pivot: str) -> PluginError:
    return PluginError(
        f"the sample responses are made from the ECB's rates, which lack {pivot} on {LAST_DAY}: "
        "use another pivot, then write the right one into the driver and its replies"
    )
