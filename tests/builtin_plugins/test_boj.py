"""The Bank of Japan: columns of whole months, errors with status 200, days that come late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
import time_machine

import forexhooks
from fakes import boj as fake
from forexhooks import MalformedResponseError
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_boj import BOJ
from providers import Provider, reply

pytestmark = pytest.mark.one_python


class TestBOJ(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    expected_failures: ClassVar = {
        "test_it_publishes_by_day_where_its_currency_is": "Tokyo's rates go by the dollar"
    }

    def make_driver(self, server: ForexServer) -> BOJ:
        return BOJ(base_url=server.url)


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    now = datetime(2026, 4, 1, 4, 23, tzinfo=ZoneInfo("Asia/Tokyo"))
    with time_machine.travel(now, tick=False), forexhooks.ForexManager() as manager:
        manager.register(BOJ(base_url=provider.url))
        yield forexhooks.open("boj", manager=manager)


def test_a_day_may_come_days_later(fx: forexhooks.ForexService) -> None:
    rate = fx.get_rate("EUR", "JPY")
    assert (rate.on, rate.stale) == (date(2026, 3, 27), None)
    assert [str(leg.value) for leg in rate.legs] == ["1.1518", "159.95"]


def test_a_span_is_asked_for_by_months(fx: forexhooks.ForexService, provider: Provider) -> None:
    history = fx.get_history("USD", "JPY", date(2026, 3, 1), date(2026, 3, 20))
    assert [str(rate.value) for rate in history] == ["156.99"]
    query = provider.asked[0].query
    assert (query["startDate"], query["endDate"]) == ("202603", "202603")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"STATUS": 400, "MESSAGE": "Invalid parameter"}, "STATUS 400: 'Invalid parameter'"),
        ({"NEXTPOSITION": 2}, "STATUS 200"),  # there is more than came
    ],
)
def test_what_the_body_says_is_wrong(
    fx: forexhooks.ForexService, provider: Provider, given: dict[str, object], message: str
) -> None:
    body = fake.document(["FXERD04"], "202603", "202603", **given)
    provider.answer = lambda asked: reply(body)
    with pytest.raises(MalformedResponseError, match=message):
        fx.get_rate("USD", "JPY")


def test_a_series_in_another_unit_is_refused(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    body = fake.document(["FXERD34"], "202603", "202603").replace(
        "U.S. Dollar per Euro", "Euro per U.S. Dollar"
    )
    provider.answer = lambda asked: reply(body)
    with pytest.raises(MalformedResponseError, match=r"EUR/USD is in 'Euro per U\.S\. Dollar'"):
        fx.get_rate("EUR", "USD")
