"""The Bank of Russia: rates dated ahead, units, windows-1251, a request for each currency."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
import time_machine

import forexhooks
from fakes import cbr as fake
from forexhooks import MalformedResponseError
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_cbr import CBR, is_publication_day
from providers import Provider

pytestmark = pytest.mark.one_python


class TestCBR(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    requests_history = 3  # the list of the last day, and of each currency its days
    reference: ClassVar = {"USD/RUB": "80.6", "USD/VND": "26250", "XDR/USD": "1.37"}

    def make_driver(self, server: ForexServer) -> CBR:
        return CBR(base_url=server.url)


@contextmanager
def opened(provider: Provider, now: datetime) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    there = now.replace(tzinfo=ZoneInfo("Europe/Moscow"))
    with time_machine.travel(there, tick=False), forexhooks.ForexManager() as manager:
        manager.register(CBR(base_url=provider.url))
        yield forexhooks.open("cbr", manager=manager)


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    with opened(provider, datetime(2026, 10, 16, 19)) as fx:  # noqa: DTZ001 - a Friday in Moscow
        yield fx


@pytest.mark.parametrize(
    ("day", "of", "value"), [(16, 16, "80.6127"), (17, 17, "80.7035"), (19, 17, "80.7035")]
)
def test_saturdays_rates_are_out_on_friday_and_hold_until_monday(
    provider: Provider, day: int, of: int, value: str
) -> None:
    with opened(provider, datetime(2026, 10, day, 19)) as fx:  # noqa: DTZ001 - in Moscow
        rate = fx.get_rate("USD", "RUB")
        assert (rate.on, str(rate.value), rate.stale) == (date(2026, 10, of), value, None)


def test_a_history_asks_the_list_and_each_currency(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    history = fx.get_history("HUF", "EUR", date(2026, 10, 8), date(2026, 10, 14))
    assert [rate.on.day for rate in history] == [8, 9, 10, 13, 14]
    assert history[0].legs[0].value == Decimal("0.246118")
    assert [each.query.get("VAL_NM_RQ") for each in provider.asked] == [None, "R01239", "R01135"]
    assert provider.asked[0].query == {"date_req": "14/10/2026"}


def test_a_currency_that_ended_is_in_the_list_of_its_time(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    warnings.simplefilter("ignore", forexhooks.StaleRateWarning)  # the fake has no more of it
    assert len(fx.get_history("BGN", "RUB", date(2016, 8, 23), fake.TODAY)) == 1
    days = [each.query["date_req"] for each in provider.asked if "date_req" in each.query]
    assert days == ["16/10/2026", "23/08/2016"]


def test_an_error_with_status_200_is_no_empty_history(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    error = fake.xml("<ValCurs>Error in parameters</ValCurs>")
    provider.answer = lambda asked: error if "dynamic" in asked.path else fake.answer(asked)
    with pytest.raises(MalformedResponseError, match="R01235 was asked for"):
        fx.get_history("USD", "RUB", date(2026, 10, 1), fake.TODAY)
    provider.answer = lambda asked: error
    with pytest.raises(MalformedResponseError):
        fx.get_rate("USD", "RUB")


def test_the_calendar() -> None:
    january = [date(2026, 1, day) for day in range(2, 32)]
    assert [day.day for day in january if is_publication_day(day)][:4] == [10, 13, 14, 15]
    assert not is_publication_day(date(2026, 3, 2)) and is_publication_day(date(2026, 3, 3))
