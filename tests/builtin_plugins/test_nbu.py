"""The NBU: the day that a rate holds on, and not that on which it was set; units; metals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
import time_machine

import forexhooks
from fakes import nbu as fake
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_nbu import NBU
from providers import Provider

pytestmark = pytest.mark.one_python


class TestNBU(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    reference: ClassVar = {
        "USD/UAH": "44.1",
        "USD/VND": "26250",
        "XDR/USD": "1.37",
        "XAU/USD": "4100",
    }

    def make_driver(self, server: ForexServer) -> NBU:
        return NBU(base_url=server.url)


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    sunday = datetime(2026, 10, 18, 12, tzinfo=ZoneInfo("Europe/Kyiv"))
    with time_machine.travel(sunday, tick=False), forexhooks.ForexManager() as manager:
        manager.register(NBU(base_url=provider.url))
        yield forexhooks.open("nbu", manager=manager)


def test_sunday_has_a_rate_of_its_own(fx: forexhooks.ForexService) -> None:
    rate = fx.get_rate("USD", "UAH")
    assert (rate.on, rate.value, rate.stale) == (date(2026, 10, 18), Decimal("44.1234"), None)
    assert fx.get_rate("USD", "UAH", fake.TODAY).value == Decimal("44.1208")


def test_a_long_history_comes_in_parts(fx: forexhooks.ForexService, provider: Provider) -> None:
    history = fx.get_history("EUR", "UAH", date(2026, 3, 1), fake.TODAY)
    assert (len(history), history[0].value) == (12, Decimal("50.6504"))
    asked = [(each.query["start"], each.query["end"]) for each in provider.asked]
    assert asked == [("20260301", "20260608"), ("20260609", "20260916"), ("20260917", "20261016")]
