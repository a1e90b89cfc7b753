"""Extensions: they see, time, adjust and cache what drivers answer."""

from __future__ import annotations

from collections.abc import Collection, Generator
from datetime import date
from decimal import Decimal

import pytest

import forexhooks
from forexhooks import Rate, RateTable
from forexhooks.rates.decimals import multiply
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


class Margin:
    """Adjusts rates and tables alike: dearer by a part."""

    def __init__(self, part: str) -> None:
        self._factor = Decimal(1) + Decimal(part)

    def widened(self, rate: Rate) -> Rate:
        if rate.kind == "identity":
            return rate
        return rate.adjusted(multiply(rate.value, self._factor))

    @forexhooks.hookimpl(wrapper=True)
    def forex_get_rate(self) -> Wrapped:
        rate = yield
        return None if rate is None else self.widened(rate)

    @forexhooks.hookimpl(wrapper=True)
    def forex_get_table(self) -> Generator[None, RateTable | None, RateTable | None]:
        table = yield
        return None if table is None else table.adjusted(self.widened)


@pytest.mark.parametrize("pair", ["USD/CAD", "CAD/USD", "CAD/JPY", "USD/USD"])
@pytest.mark.parametrize("parts", [["0.01"], ["0.01", "0.0025"]])
def test_an_adjusted_table_agrees_with_adjusted_rates_in_one_request(
    pair: str, parts: list[str]
) -> None:
    base, quote = pair.split("/")
    days = {
        date(2026, 10, 27): {"USD/CAD": "1.50", "USD/JPY": "151"},
        date(2026, 10, 29): {"USD/CAD": "1.45", "USD/JPY": "152.25"},
        DAY: {"USD/CAD": "1.40", "USD/JPY": "150"},
    }
    driver = Counting(days)
    manager = forexhooks.ForexManager()
    for plugin in (driver, *map(Margin, parts)):
        manager.register(plugin)
    fx = forexhooks.open("fixed", manager=manager)
    one_by_one = [fx.get_rate(base, quote, on=day) for day in days]
    assert driver.tables == 0
    history = fx.get_history(base, quote, date(2026, 10, 26), DAY)
    assert list(history) == one_by_one
    assert fx.get_rates(base, [quote, base], on=DAY)[quote] == one_by_one[-1]
    assert driver.tables == 2
    carried = date(2026, 10, 28)
    rate = fx.get_rate(base, quote, on=carried)
    assert fx.get_rates(base, [quote], on=carried) == {quote: rate}
    if base != quote:
        plain = FixedRates(days).table((base, quote), DAY, DAY).get_rate(base, quote, DAY)
        factor = Decimal(1)
        for part in parts:
            factor = multiply(factor, 1 + Decimal(part))
        rate = one_by_one[-1]
        assert (rate.kind, rate.legs, rate.unadjusted) == ("adjusted", plain.legs, plain.value)
        assert rate.value == multiply(plain.value, factor)
        assert fx.convert(100, base, quote, on=DAY) == rate.convert(100)


def test_an_adjusted_table_keeps_the_name_of_an_alias() -> None:
    manager = forexhooks.ForexManager()
    manager.register(FixedRates({"USD/CAD": "1.40"}, on=DAY), name="other")
    manager.register(Margin("0.01"))
    fx = forexhooks.open("other", manager=manager)
    assert {each.driver for each in fx.get_history("USD", "CAD", DAY, DAY)} == {"other"}
    assert fx.get_rates("USD", ["CAD"], on=DAY)["CAD"] == fx.get_rate("USD", "CAD", on=DAY)


def test_an_adjustment_of_tables_that_is_no_rate_is_a_fault_with_its_name() -> None:
    class Wrong(Margin):
        def widened(self, rate: Rate) -> Rate:
            return rate.inverse()

    fx, _ = service(Wrong("0"))
    for ask in (
        lambda: fx.get_rates("USD", ["CAD"], on=DAY),
        lambda: fx.get_history("USD", "CAD", DAY, DAY),
        lambda: fx.get_rate("USD", "CAD", on=DAY),
    ):
        with pytest.raises(forexhooks.InvalidRateError, match=r"USD/CAD|USD = 1\.40 CAD"):
            ask()


@pytest.mark.parametrize("pair", ["USD/CAD", "CAD/USD", "CAD/JPY", "USD/USD"])
def test_a_wrapper_that_only_observes_changes_no_answer(pair: str) -> None:
    days = {
        DAY: {"USD/CAD": "1.40", "USD/JPY": "150"},
        date(2026, 10, 27): {"USD/CAD": "1.50", "USD/JPY": "151"},
    }
    base, quote = pair.split("/")
    answers = []
    for extensions in ([], [Audit()]):
        manager = forexhooks.ForexManager()
        for plugin in (FixedRates(days), *extensions):
            manager.register(plugin)
        fx = forexhooks.open("fixed", manager=manager)
        answers.append(
            (
                fx.get_rate(base, quote, on=DAY),
                fx.get_rates(base, [quote], on=DAY),
                fx.get_rates(base, [quote]),
                list(fx.get_history(base, quote, date(2026, 10, 26), DAY)),
            )
        )
    assert answers[0] == answers[1]


def test_an_adjusted_identity_is_no_fault() -> None:
    fx, _ = service(Spread())
    assert fx.get_rate("USD", "USD", on=DAY).value == 2
    assert fx.get_rates("USD", ["USD"], on=DAY)["USD"].kind == "adjusted"


def test_an_adjustment_without_adjusted_is_still_checked() -> None:
    class Zero:
        @forexhooks.hookimpl(wrapper=True)
        def forex_get_rate(self) -> Wrapped:
            rate = yield
            return rate and rate._replace(value=Decimal(0))

    fx, _ = service(Zero())
    with pytest.raises(forexhooks.InvalidRateError, match="not a finite Decimal above 0"):
        fx.get_rate("USD", "CAD", on=DAY)


def test_a_wrapper_may_answer_where_the_driver_fails() -> None:
    last = Rate("USD", "JPY", Decimal(150), DAY, "fixed")

    class Rescue:
        @forexhooks.hookimpl(wrapper=True)
        def forex_get_rate(self) -> Wrapped:
            try:
                return (yield)
            except forexhooks.ForexError:
                return last

    fx, _ = service(Rescue())
    assert fx.get_rate("USD", "JPY", on=DAY) is last
    assert fx.get_rate("USD", "CAD", on=DAY).value == Decimal("1.40")


def test_what_a_wrapper_raises_is_wrapped_with_its_cause() -> None:
    class Broken:
        @forexhooks.hookimpl(wrapper=True)
        def forex_get_rate(self) -> Wrapped:
            yield
            raise ZeroDivisionError("spread")

    fx, _ = service(Broken())
    with pytest.raises(forexhooks.DriverError, match="spread") as failed:
        fx.get_rate("USD", "CAD", on=DAY)
    assert isinstance(failed.value.__cause__, ZeroDivisionError)


def test_a_cache_that_holds_the_answer_spares_the_driver_the_question() -> None:
    class Cache:
        @forexhooks.hookimpl(tryfirst=True)
        def forex_get_rate(self, base: str, quote: str, on: date | None) -> Rate | None:
            return Rate(base, quote, Decimal(7), on or DAY, "fixed") if quote == "JPY" else None

    fx, _ = service(Cache())
    assert fx.get_rate("USD", "JPY", on=DAY).value == 7
    assert fx.get_rates("USD", ["JPY", "CAD"], on=DAY)["JPY"].value == 7
    assert fx.get_rate("USD", "CAD", on=DAY).value == Decimal("1.40")


def test_a_fallback_answers_last() -> None:
    class Raw:
        @forexhooks.hookimpl
        def forex_driver_name(self) -> str:
            return "raw"

        @forexhooks.hookimpl
        def forex_get_rate(self, base: str, quote: str) -> Rate | None:
            return Rate(base, quote, Decimal(1), DAY, "raw") if quote == "CAD" else None

    class Fallback:
        @forexhooks.hookimpl(trylast=True)
        def forex_get_rate(self, base: str, quote: str, driver: str) -> Rate:
            return Rate(base, quote, Decimal(9), DAY, driver)

    manager = forexhooks.ForexManager()
    manager.register(Raw())
    manager.register(Fallback())
    fx = forexhooks.open("raw", manager=manager)
    assert fx.get_rate("USD", "CAD").value == 1
    assert fx.get_rate("USD", "JPY").value == 9
