"""InforEuro: an answer for each month, a row for each country."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

import forexhooks
from fakes import inforeuro as fake
from forexhooks import (
    ForexManager,
    MalformedResponseError,
    MalformedRowWarning,
    RateUnavailableError,
)
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_inforeuro import InforEuro
from providers import Provider, reply


class TestInforEuro(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    requests_history = 2  # its ten days are of two months
    expected_failures = {  # noqa: RUF012
        "test_a_stale_day_is_not_taken_for_today": "the rows of a month name no day",
        "test_every_year_of_a_history_is_asked_for": "its replies begin in 2026: it stops at that",
    }
    reference = {"EUR/ZMW": "22", "EUR/ZWG": "30"}  # noqa: RUF012

    def make_driver(self, server: ForexServer) -> InforEuro:
        return InforEuro(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 10, 17, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    with ForexManager() as manager:
        manager.register(InforEuro(base_url=provider.url))
        yield forexhooks.open("inforeuro", manager=manager)


def test_a_month_has_one_rate_on_all_of_its_days(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    for day in (1, 17):
        rate = fx.get_rate("EUR", "GBP", date(2026, 10, day))
        assert (rate.value, rate.on, rate.until) == (
            Decimal("0.85718"),
            date(2026, 10, 1),
            date(2026, 10, 31),
        )
    assert len(provider.asked) == 1


@pytest.mark.parametrize("currency", ["USD", "JPY", "GBP"])
def test_it_is_the_ecb_s_of_the_last_working_day_but_one(
    fx: forexhooks.ForexService, currency: str
) -> None:
    """October 2026: 29 September, and not the 30th."""
    rate = fx.get_rate("EUR", currency, date(2026, 10, 15))
    ecb = forexhooks.open("ecb")
    assert rate.value == ecb.get_rate("EUR", currency, date(2026, 9, 29)).value
    if currency != "USD":  # which did not move
        assert rate.value != ecb.get_rate("EUR", currency, date(2026, 9, 30)).value


def test_before_the_euro_it_is_the_ecu(fx: forexhooks.ForexService) -> None:
    on = date(1998, 12, 31)
    assert str(fx.get_rate("XEU", "TRL", on).value) == "347563"
    assert str(fx.get_rate("XEU", "CDF", on).value) == "2.90741"  # FRC in the answer


def test_the_latest_is_of_the_month_before_where_this_one_is_not_out(
    fx: forexhooks.ForexService, now: time_machine.Traveller
) -> None:
    now.move_to(datetime(2026, 11, 1, 12, tzinfo=UTC))
    assert fx.get_rate("EUR", "USD").on == date(2026, 10, 1)
    with pytest.raises(RateUnavailableError):
        fx.get_rate("EUR", "USD", date(2026, 11, 1))


def test_a_month_that_is_over_and_not_there_is_a_fault(fx: forexhooks.ForexService) -> None:
    with pytest.raises(MalformedResponseError, match="No rates published for period"):
        fx.get_rate("EUR", "USD", date(2026, 8, 1))


def test_a_404_of_another_kind_is_a_fault(fx: forexhooks.ForexService, provider: Provider) -> None:
    provider.answer = lambda asked: reply("<html>moved</html>", 404)
    with pytest.raises(MalformedResponseError):
        fx.get_rate("EUR", "USD")


def test_rows_of_countries_that_contradict_each_other_are_no_rate(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    rows = [*fake.MONTHS[2026, 10], ("Jersey", "GBP", "0.85719")]
    provider.answer = lambda asked: reply(fake.document(rows))
    with pytest.warns(MalformedRowWarning, match="'0.85718 and 0.85719' is not a rate.*: GBP"):
        assert str(fx.get_rate("EUR", "USD").value) == "1.1355"
