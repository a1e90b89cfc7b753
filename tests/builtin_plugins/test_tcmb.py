"""The Turkish central bank: four series of one file, a file of each day, none on holidays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar

import pytest
import time_machine

import forexhooks
from fakes import tcmb as fake
from forexhooks import RateUnavailableError, UnsupportedPairError
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_tcmb import TCMB, is_publication_day
from providers import Provider

pytestmark = pytest.mark.one_python


class TestTCMB(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    reference: ClassVar = {"XDR/USD": "1.37"}
    expected_failures: ClassVar = {
        "test_fault_in_a_history[404]": "a day without rates is a 404 like any other"
    }

    def make_driver(self, server: ForexServer) -> TCMB:
        return TCMB(base_url=server.url)


@pytest.fixture
def manager(provider: Provider) -> Iterator[forexhooks.ForexManager]:
    provider.answer = fake.answer
    with (
        time_machine.travel(datetime(2026, 10, 17, 12, tzinfo=UTC), tick=False),
        forexhooks.ForexManager() as manager,
    ):
        manager.register(TCMB(base_url=provider.url))
        yield manager


def test_one_file_has_all_four_series(manager: forexhooks.ForexManager, provider: Provider) -> None:
    day = date(2016, 3, 15)  # what the bank published on that day
    values = {
        series: forexhooks.open(f"tcmb:{series}", manager=manager).get_rate("USD", "TRY", day).value
        for series in ("bid", "ask", "banknote-bid", "banknote-ask")
    }
    assert [str(each) for each in values.values()] == ["2.8852", "2.8904", "2.8832", "2.8947"]
    assert provider.paths == ["/kurlar/201603/15032016.xml"]


def test_banknotes_are_crossed_with_banknotes(manager: forexhooks.ForexManager) -> None:
    notes = forexhooks.open("tcmb:banknote-ask", manager=manager)
    cross = notes.get_rate("EUR", "USD")
    assert [leg.value for leg in cross.legs] == [Decimal("55.8684"), Decimal("49.4475")]
    with pytest.raises(UnsupportedPairError, match="CNY"):  # the cell is empty
        notes.get_rate("CNY", "TRY")


def test_what_is_bought_alone_has_no_selling_rate(manager: forexhooks.ForexManager) -> None:
    buys = forexhooks.open("tcmb:bid", manager=manager)
    assert buys.get_rate("XDR", "TRY").value == Decimal("67.7412")
    with pytest.raises(RateUnavailableError, match="no XDR/TRY"):
        forexhooks.open("tcmb", manager=manager).get_rate("XDR", "TRY")


def test_a_day_without_a_file_is_carried(
    manager: forexhooks.ForexManager, provider: Provider
) -> None:
    fx = forexhooks.open("tcmb", manager=manager)
    assert fx.get_rate("USD", "TRY", date(2026, 10, 11)).on == date(2026, 10, 9)
    assert fx.get_rate("USD", "TRY").on == fake.TODAY
    assert "/kurlar/today.xml" in provider.paths


def test_the_calendar() -> None:
    of_march = [date(2026, 3, day) for day in range(16, 26)]
    assert [day.day for day in of_march if is_publication_day(day)] == [16, 17, 18, 19, 23, 24, 25]
