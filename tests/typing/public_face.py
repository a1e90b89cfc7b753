"""The types of the public face. Not run: mypy and pyright read it."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, assert_type

import forexhooks
from forexhooks import aio
from forexhooks.currencies import CAD, USD
from forexhooks.testing import FixedRates

manager = forexhooks.ForexManager()
assert_type(manager.register(FixedRates({"USD/CAD": "1.4"})), str | None)
assert_type(manager.replace(FixedRates({"USD/CAD": "1.5"})), str)

fx = forexhooks.open("fixed", manager=manager)
assert_type(fx, forexhooks.ForexService)
assert_type(fx.profile, forexhooks.Profile)
assert_type(fx.currencies(), frozenset[str])

rate = fx.get_rate(USD, CAD, on=date(2026, 10, 30), max_gap=3, max_age=timedelta(days=1))
assert_type(rate, forexhooks.Rate)
assert_type(rate.value, Decimal)
assert_type(rate.bips, int)
assert_type(rate.kind, Literal["identity", "direct", "inverse", "cross", "adjusted", "derived"])
assert_type(rate.inverse(), forexhooks.Rate)
assert_type(rate.convert(1), Decimal)
assert_type(rate.legs, tuple[forexhooks.Observation, ...])
assert_type(rate.stale, str | None)

assert_type(fx.get_rates("USD", ["CAD"]), dict[str, forexhooks.Rate])
history = fx.get_history("USD", "CAD", date(2026, 1, 1), date(2026, 2, 1))
assert_type(history, forexhooks.History)
assert_type(history[0], forexhooks.Rate)
assert_type(history[1:].every("month", "mean"), forexhooks.History)
assert_type(fx.convert("9.99", USD, CAD), Decimal)
assert_type(forexhooks.drivers(), list[forexhooks.DriverInfo])
assert_type(forexhooks.plugin_manager(), forexhooks.ForexManager)

assert_type(forexhooks.open(lock="rates.lock"), forexhooks.ForexService)
with forexhooks.locking("rates.lock", "ecb", update=True) as recording:
    assert_type(recording, forexhooks.ForexService)


def reason(error: forexhooks.RateUnavailableError) -> forexhooks.UnavailableReason:
    return error.reason


def retry_after(error: forexhooks.QuotaError) -> float | None:
    return error.retry_after


class OfOneSeries(forexhooks.Driver):
    """Written before there were series, or without need of them."""

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterable[forexhooks.Observation]:
        return ()

    def table(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> forexhooks.RateTable:
        return super().table(currencies, start, end)


class OfSeveral(forexhooks.HttpDriver):
    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None, series: str
    ) -> Iterable[forexhooks.Observation]:
        return ()

    def table(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        series: str | None = None,
    ) -> forexhooks.RateTable:
        return super().table(currencies, start, end, series)


assert_type(OfOneSeries().table(["USD"], None, None), forexhooks.RateTable)
assert_type(OfSeveral().table(["USD"], None, None, "ask"), forexhooks.RateTable)


async def ask_with_await() -> None:
    fx = aio.open("ecb", refresh="background")
    assert_type(fx, aio.AsyncForexService)
    assert_type(await fx.get_rate(USD, CAD, on=date(2026, 10, 30)), forexhooks.Rate)
    assert_type(await fx.get_rates("USD", ["CAD"]), dict[str, forexhooks.Rate])
    assert_type(await fx.convert("9.99", USD, CAD, places=3), Decimal)
    assert_type(await aio.compare("USD", "CAD"), list[forexhooks.Compared])
    async with aio.locking("rates.lock", "ecb") as recorded:
        assert_type(recorded, aio.AsyncForexService)
