"""The HNB: three rates per euro, of which it buys at the larger one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

import forexhooks
from fakes import hnb as fake
from forexhooks import ForexManager, MalformedResponseError, MalformedRowWarning
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_hnb import HNB
from providers import Provider, reply

pytestmark = pytest.mark.one_python


class TestHNB(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    reference = {"EUR/BAM": "1.95583"}  # noqa: RUF012

    def make_driver(self, server: ForexServer) -> HNB:
        return HNB(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2023, 1, 6, 9, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def manager(provider: Provider) -> Iterator[ForexManager]:
    provider.answer = fake.answer
    with ForexManager() as manager:
        manager.register(HNB(base_url=provider.url))
        yield manager


def test_every_value_is_the_one_published(manager: ForexManager, provider: Provider) -> None:
    for series in fake.SERIES:
        fx = forexhooks.open(f"hnb:{series}", manager=manager)
        for code in fake.CODES:
            history = fx.get_history("EUR", code, date(2023, 1, 1), fake.TODAY)
            assert {str(rate.on): str(rate.value) for rate in history} == {
                day: fake.of(day, code, series).replace(",", ".") for day in fake.DAYS
            }
    assert {asked.query["datum-primjene-do"] for asked in provider.asked} == {"2023-01-06"}


def test_who_sells_dollars_gets_fewer_euros(manager: ForexManager) -> None:
    """The bank buys a dollar for 1/1.0617 of a euro, and sells it for 1/1.0585."""
    bid, ask = (forexhooks.open(f"hnb:{side}", manager=manager) for side in ("bid", "ask"))
    assert str(bid.convert("10617", "USD", "EUR")) == "10000.00"
    assert str(ask.convert("10585", "USD", "EUR")) == "10000.00"
    assert bid.get_rate("EUR", "USD").value < ask.get_rate("EUR", "USD").value


def test_the_rate_of_today_should_be_out_in_the_morning(
    manager: ForexManager, provider: Provider, now: time_machine.Traveller
) -> None:
    now.move_to(datetime(2023, 1, 9, 9, tzinfo=UTC))
    with pytest.warns(forexhooks.StaleRateWarning, match="2023-01-09"):
        assert forexhooks.open("hnb", manager=manager).get_rate("EUR", "USD").on == fake.TODAY


def test_a_bad_row_costs_its_own_currency(manager: ForexManager, provider: Provider) -> None:
    body = fake.document("2023-01-06", "2023-01-06").replace("397,480000", "-")
    provider.answer = lambda asked: reply(body, content_type="application/json")
    with pytest.warns(MalformedRowWarning, match="hnb: 1 of 18 rows.*'-' is not a rate.*HUF"):
        assert (
            str(forexhooks.open("hnb", manager=manager).get_rate("EUR", "USD").value) == "1.060100"
        )


@pytest.mark.parametrize("body", ["<html>Down</html>", '{"error":"busy"}', '[{"valuta":"USD"}]'])
def test_faults_are_named(manager: ForexManager, provider: Provider, body: str) -> None:
    provider.answer = lambda asked: reply(body, content_type="application/json")
    with pytest.raises(MalformedResponseError, match="hnb"):
        forexhooks.open("hnb", manager=manager).get_rate("EUR", "USD")


def test_the_calendar() -> None:
    of_2026 = [date(2026, 1, 1) + timedelta(day) for day in range(365)]
    is_publication_day = HNB.profile.publication_days
    closed = [
        f"{day:%m-%d}" for day in of_2026 if day.weekday() < 5 and not is_publication_day(day)
    ]
    assert " ".join(closed) == "01-01 04-03 04-06 05-01 12-25"
