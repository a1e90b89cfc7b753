"""Whose fault it is: an extension's is the extension's, the driver's is the driver's."""

from __future__ import annotations

from collections.abc import Generator
from datetime import date
from decimal import Decimal

import pytest

import forexhooks
from forexhooks import Rate
from forexhooks.testing import FixedRates

DAY = date(2026, 10, 30)
Wrapped = Generator[None, Rate | None, Rate | None]


class Broken:
    @forexhooks.hookimpl(wrapper=True)
    def forex_get_rate(self) -> Wrapped:
        rate = yield
        self.helped()
        return rate

    def helped(self) -> None:
        raise ZeroDivisionError("spread")


class Observing:
    @forexhooks.hookimpl(wrapper=True)
    def forex_get_rate(self) -> Wrapped:
        return (yield)


class Forgetful:
    @forexhooks.hookimpl(wrapper=True)
    def forex_get_rate(self) -> Generator[None, Rate | None, None]:
        yield


class Wrong:
    @forexhooks.hookimpl(wrapper=True)
    def forex_get_rate(self) -> Wrapped:
        rate = yield
        return rate and rate._replace(value=Decimal(0))


class FailingDriver(FixedRates):
    @forexhooks.hookimpl
    def forex_get_rate(self) -> Rate:  # type: ignore[override]
        raise KeyError("of the driver")


def service(driver: FixedRates, **extensions: object) -> forexhooks.ForexService:
    manager = forexhooks.ForexManager()
    manager.register(driver)
    for name, extension in extensions.items():
        manager.register(extension, name=name)
    return forexhooks.open("fixed", manager=manager)


def rates() -> FixedRates:
    return FixedRates({"USD/CAD": "1.40"}, on=DAY)


def test_what_an_extension_raises_is_its_fault() -> None:
    fx = service(rates(), spread=Broken(), audit=Observing())
    with pytest.raises(forexhooks.DriverError, match="the extension spread, around fixed, failed"):
        fx.get_rate("USD", "CAD", on=DAY)


def test_what_the_driver_raises_through_an_extension_is_the_drivers() -> None:
    fx = service(FailingDriver({"USD/CAD": "1.40"}, on=DAY), audit=Observing())
    with pytest.raises(forexhooks.DriverError, match=r"^fixed failed: KeyError"):
        fx.get_rate("USD", "CAD", on=DAY)


@pytest.mark.parametrize("extension", [Forgetful(), Wrong()])
def test_an_answer_that_an_extension_spoilt_is_its_fault(extension: object) -> None:
    fx = service(rates(), spread=extension)
    with pytest.raises(forexhooks.InvalidRateError, match="changed by spread"):
        fx.get_rate("USD", "CAD", on=DAY)


def test_what_the_driver_lacks_is_no_extensions_fault() -> None:
    fx = service(rates(), audit=Observing())
    with pytest.raises(forexhooks.UnsupportedPairError, match=r"^(?!.*audit)"):
        fx.get_rate("USD", "CHF", on=DAY)
