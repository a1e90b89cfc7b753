"""Beancount: prices for `bean-price`, from any driver, series or rule.

A commodity's metadata names this module, and after it a ticker::

    2026-01-01 commodity USD
      price: "CAD:forexhooks.adapters.beancount/ecb:USD-CAD"
"""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

import forexhooks
from forexhooks.currencies import parse_code
from forexhooks.errors import CurrencyError, ForexError
from forexhooks.rates.history import day_of
from forexhooks.support.optional import imported

imported("beanprice", "'forexhooks[beancount]'")

from beanprice.source import SourcePrice  # noqa: E402

if TYPE_CHECKING:
    from decimal import Decimal

    from forexhooks import ForexService, Rate

__all__ = ["Source"]

_log = logging.getLogger(__name__)
_NOON = time(12)
_DIGITS = 8


class Source:
    """A price source for beanprice.

    A ticker is `USD-CAD`, or with a driver, one of its series or a rule before it: `ecb:USD-CAD`,
    `hmrc:month:USD-GBP`, `pl-vat:EUR-PLN`. Without one, the default driver in the settings answers.
    Days are in the user's time zone. If there is no price, the reason is logged.
    """

    def get_latest_price(self, ticker: str) -> SourcePrice | None:
        """Return the newest price, with its day.

        Args:
            ticker: The ticker, such as `ecb:USD-CAD`.

        Returns:
            The price; None: there is none.
        """
        return _asked(ticker, None)

    def get_historical_price(self, ticker: str, time: datetime) -> SourcePrice | None:
        """Return the price of a day, or of the newest day before it.

        Args:
            ticker: The ticker, such as `ecb:USD-CAD`.
            time: A moment on that day.

        Returns:
            The price; None: there is none.
        """
        return _asked(ticker, _day_of(time))

    def get_prices_series(
        self, ticker: str, time_begin: datetime, time_end: datetime
    ) -> list[SourcePrice] | None:
        """Return the prices of the days on which any were published.

        Args:
            ticker: The ticker, such as `ecb:USD-CAD`.
            time_begin: A moment on the first day.
            time_end: A moment on the last day.

        Returns:
            The prices, in order; None: the driver failed.
        """
        try:
            service, base, quote = _parsed(ticker)
            history = service.quiet_history(base, quote, _day_of(time_begin), _day_of(time_end))
        except ForexError as error:
            _log.error("%s: %s", ticker, error)
            return None
        _note(ticker, history.stale)
        return [_priced(rate) for rate in history]


def _asked(ticker: str, on: date | None) -> SourcePrice | None:
    try:
        service, base, quote = _parsed(ticker)
        rate = service.rate_or_error(base, quote, on)
        if isinstance(rate, ForexError):
            raise rate
    except ForexError as error:
        _log.error("%s: %s", ticker, error)
        return None
    _note(ticker, rate.stale)
    return _priced(rate)


def _parsed(ticker: str) -> tuple[ForexService, str, str]:
    """The service to ask, with base and quote. bean-price allows no `/` in a ticker; others may."""
    driver, _, pair = ticker.replace("/", ":").rpartition(":")
    base, hyphen, quote = pair.partition("-")
    if not hyphen:
        raise CurrencyError(
            f"{ticker!r} is not a pair: write USD-CAD, or put a driver before it: ecb:USD-CAD"
        )
    # Like the command line, fetch what is missing unless the settings forbid it.
    refresh = forexhooks.plugin_manager().settings.refresh is not False
    service = forexhooks.open(*[driver] * bool(driver), refresh=refresh)
    return service, parse_code(base), parse_code(quote)


def _note(ticker: str, stale: str | None) -> None:
    if stale is not None:
        _log.warning("%s: %s", ticker, stale)


def _priced(rate: Rate) -> SourcePrice:
    # Beancount takes the day from the moment, in the user's zone, and keeps the moment for days.
    # Noon in Greenwich is on the day in nearly every zone, so it stays when the user travels.
    day = day_of(rate)
    moment = datetime.combine(day, _NOON, tzinfo=UTC)
    if moment.astimezone().date() != day:
        moment = datetime.combine(day, _NOON).astimezone()
    return SourcePrice(_sensible(rate), moment, rate.quote)


def _sensible(rate: Rate) -> Decimal:
    """The published digits; for a computed value, at most 8."""
    if rate.kind == "direct" or len(rate.value.as_tuple().digits) <= _DIGITS:
        return rate.value
    return rate.convert(1, places=_DIGITS - 1 - rate.value.adjusted())


def _day_of(moment: datetime) -> date:
    return moment.astimezone().date()
