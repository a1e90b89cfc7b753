"""The PTAX: the closing bulletin alone, what is bought and sold at, a request for each currency."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

import forexhooks
from fakes import bcb as fake
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_bcb import BCB
from providers import Provider, reply

pytestmark = pytest.mark.one_python


class TestBCB(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    requests_latest = 10  # one for each currency
    requests_history = 1

    def make_driver(self, server: ForexServer) -> BCB:
        return BCB(base_url=server.url)


@pytest.fixture
def manager(provider: Provider) -> Iterator[forexhooks.ForexManager]:
    provider.answer = fake.answer
    with (
        time_machine.travel(datetime(2026, 10, 17, 12, tzinfo=UTC), tick=False),
        forexhooks.ForexManager() as manager,
    ):
        manager.register(BCB(base_url=provider.url))
        yield manager


def test_a_currency_is_one_request_of_both_sides(
    manager: forexhooks.ForexManager, provider: Provider
) -> None:
    day = date(2018, 3, 5)  # what the bank published on that day
    for series, value in ("bid", "4.0156"), ("ask", "4.0174"):
        rate = forexhooks.open(f"bcb:{series}", manager=manager).get_rate("EUR", "BRL", day)
        assert (rate.value, rate.on) == (Decimal(value), day)
    [asked] = provider.asked
    assert asked.query["@moeda"] == "'EUR'" and asked.query["@dataFinalCotacao"] == "'03-05-2018'"
    fx = forexhooks.open("bcb", manager=manager)
    assert fx.get_rate("EUR", "BRL", day) == rate
    assert len(fx.get_history("EUR", "USD", date(2026, 10, 1), fake.TODAY)) == 8
    assert [each.query["@moeda"] for each in provider.asked[1:]] == ["'EUR'", "'USD'"]


def test_an_inverse_is_of_the_other_side(manager: forexhooks.ForexManager) -> None:
    buys = forexhooks.open("bcb:bid", manager=manager)
    assert buys.get_rate("BRL", "USD").legs[0].value == Decimal("5.08280")
    cross = buys.get_rate("EUR", "USD")
    assert [leg.value for leg in cross.legs] == [Decimal("5.71890"), Decimal("5.08280")]


@pytest.mark.parametrize("closing", ["Fechamento", "Fechamento PTAX"])
def test_the_closing_counts_alone(
    manager: forexhooks.ForexManager, provider: Provider, closing: str
) -> None:
    kinds = ["Abertura", "Intermediário", "Intermediário", "Intermediário", closing]
    rows = [fake.row("2026-10-16", each, "13:05:07.476", "5.08", "5.09") for each in kinds]
    provider.answer = lambda asked: reply(fake.document(rows), content_type="application/json")
    assert forexhooks.open("bcb", manager=manager).get_rate("USD", "BRL").value == Decimal("5.09")


def test_the_calendar() -> None:
    open_days = [
        date(2026, 2, day)
        for day in range(13, 20)
        if BCB.profile.publication_days(date(2026, 2, day))
    ]
    assert [day.day for day in open_days] == [13, 18, 19]  # Carnival
