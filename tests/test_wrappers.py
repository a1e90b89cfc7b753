"""Extensions: they see, time, adjust and cache what drivers answer."""

from __future__ import annotations

from collections.abc import Collection, Generator
from datetime import date
from decimal import Decimal

import forexhooks
from forexhooks import Rate, RateTable
from forexhooks.testing import FixedRates

DAY = date(2026, 10, 30)
Wrapped = Generator[None, Rate | None, Rate | None]


class Counting(FixedRates):
    """Counts how often it is asked for a table by the hook."""

    tables = 0

    @forexhooks.hookimpl
    def forex_get_table(
        self, driver: str, currencies: Collection[str], start: date | None, end: date | None
    ) -> RateTable | None:
        self.tables += 1
        return super().forex_get_table(driver, currencies, start, end)


class Audit:
    def __init__(self) -> None:
        self.seen: list[str] = []

    @forexhooks.hookimpl(wrapper=True)
    def forex_get_rate(self, driver: str, base: str, quote: str) -> Wrapped:
        rate = yield
        self.seen.append(f"{driver} {base}/{quote} {rate and rate.value}")
        return rate


class Spread:
    @forexhooks.hookimpl(wrapper=True)
    def forex_get_rate(self) -> Wrapped:
        rate = yield
        return rate and rate.adjusted(rate.value * 2)


def service(*extensions: object) -> tuple[forexhooks.ForexService, Counting]:
    manager = forexhooks.ForexManager()
    driver = Counting({DAY: {"USD/CAD": "1.40"}, date(2026, 10, 29): {"USD/CAD": "1.50"}})
    for extension in extensions:
        manager.register(extension)
    manager.register(driver)
    return forexhooks.open("fixed", manager=manager), driver


def test_a_wrapper_sees_the_rates_of_every_driver_and_of_plain_calls() -> None:
    audit = Audit()
    manager = forexhooks.ForexManager(discover=True)
    manager.register(audit)
    manager.register(FixedRates({"USD/CAD": "1.40"}, on=DAY))
    forexhooks.open("fixed", manager=manager).get_rate("USD", "CAD", on=DAY)
    manager.hook.forex_get_rate(driver="ecb", base="EUR", quote="USD", on=DAY)
    assert audit.seen == ["fixed USD/CAD 1.40", "ecb EUR/USD 1.1172"]


def test_one_table_serves_a_batch_and_a_history_without_wrappers() -> None:
    fx, driver = service()
    fx.get_rates("USD", ["CAD", "USD"], on=DAY)
    fx.get_history("USD", "CAD", date(2026, 10, 1), DAY)
    assert driver.tables == 2


def test_a_spread_is_the_same_in_rate_batch_history_and_conversion() -> None:
    fx, driver = service(Spread())
    rate = fx.get_rate("USD", "CAD", on=DAY)
    assert (rate.value, rate.kind, rate.unadjusted) == (Decimal("2.80"), "adjusted", Decimal("1.4"))
    assert fx.get_rates("USD", ["CAD"], on=DAY) == {"CAD": rate}
    assert [each.value for each in fx.get_history("USD", "CAD", date(2026, 10, 28), DAY)] == [
        Decimal("3.00"),
        Decimal("2.80"),
    ]
    assert fx.convert(100, "USD", "CAD", on=DAY) == Decimal("280.00")
    assert driver.tables == 0


def test_an_extension_that_wraps_tables_too_keeps_them() -> None:
    class Both(Audit):
        @forexhooks.hookimpl(wrapper=True)
        def forex_get_table(self) -> Generator[None, RateTable | None, RateTable | None]:
            table = yield
            self.seen.append("table")
            return table

    both = Both()
    fx, driver = service(both)
    fx.get_rates("USD", ["CAD"], on=DAY)
    assert (driver.tables, both.seen) == (1, ["table"])


def test_a_cache_is_a_tryfirst_implementation_and_a_wrapper() -> None:
    class Cache:
        def __init__(self) -> None:
            self.held: dict[tuple[str, str], Rate] = {}

        @forexhooks.hookimpl(tryfirst=True)
        def forex_get_rate(self, base: str, quote: str) -> Rate | None:
            return self.held.get((base, quote))

        @forexhooks.hookimpl(wrapper=True, specname="forex_get_rate")
        def keep(self, base: str, quote: str) -> Wrapped:
            rate = yield
            if rate is not None:
                self.held[base, quote] = rate
            return rate

    audit, cache = Audit(), Cache()
    fx, _ = service(audit, cache)
    first = fx.get_rate("USD", "CAD", on=DAY)
    assert fx.get_rate("USD", "CAD", on=DAY) is first
    assert cache.held == {("USD", "CAD"): first}


def test_extensions_that_leave_are_gone_from_open_services() -> None:
    spread = Spread()
    manager = forexhooks.ForexManager()
    manager.register(FixedRates({"USD/CAD": "1.40"}, on=DAY))
    fx = forexhooks.open("fixed", manager=manager)
    manager.register(spread)
    assert fx.get_rate("USD", "CAD", on=DAY).kind == "adjusted"
    manager.unregister(spread)
    assert fx.get_rate("USD", "CAD", on=DAY).kind == "direct"
