"""The freeforex driver: the pairs of a question in one request, of the latest day alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

import forexhooks
from fakes import freeforex
from forexhooks import ForexManager, ForexService
from forexhooks.rates.decimals import divide
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_freeforex import FreeForex
from providers import Provider, reply

NOW = datetime(2026, 10, 30, 12, 0, tzinfo=UTC)


class TestFreeForex(DriverTests):
    today = freeforex.TODAY
    samples = freeforex.SAMPLES
    answer = staticmethod(freeforex.answer)

    def make_driver(self, server: ForexServer) -> FreeForex:
        return FreeForex(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def fx(provider: Provider) -> ForexService:
    provider.answer = freeforex.answer
    manager = ForexManager()
    manager.register(FreeForex(base_url=provider.url))
    return forexhooks.open("freeforex", manager=manager)


def pairs_asked(provider: Provider) -> list[str | None]:
    return [asked.query.get("pairs") for asked in provider.asked]


@pytest.mark.parametrize(
    ("base", "quote", "value", "kind", "pairs"),
    [
        ("USD", "CAD", Decimal("1.396885"), "direct", "USDCAD"),
        ("USD", "EUR", divide(Decimal(1), Decimal("1.1172")), "inverse", "EURUSD"),
        ("EUR", "GBP", Decimal("0.877256"), "direct", "EURGBP,EURUSD,GBPUSD"),
        ("EUR", "CAD", Decimal("1.560599922"), "cross", "EURUSD,USDCAD"),
        ("JPY", "CAD", divide(Decimal("1.396885"), Decimal("152.251")), "cross", "USDCAD,USDJPY"),
    ],
)
def test_a_pair(fx, provider, base, quote, value, kind, pairs) -> None:
    for _ in range(2):
        rate = fx.get_rate(base, quote)
        assert (rate.value, rate.kind, rate.on) == (value, kind, freeforex.TODAY)
    assert pairs_asked(provider) == [pairs]


def test_many_quotes_are_one_request(fx: ForexService, provider: Provider) -> None:
    rates = fx.get_rates("USD", ["CAD", "EUR", "JPY", "NZD"])
    assert str(rates["NZD"].inverse().value) == "0.572301"
    assert fx.get_rate("EUR", "JPY").kind == "cross"
    assert pairs_asked(provider) == ["EURUSD,NZDUSD,USDCAD,USDJPY"]


def test_what_is_not_supported_costs_no_request_twice(fx: ForexService, provider: Provider) -> None:
    for _ in range(2):
        with pytest.raises(forexhooks.UnsupportedPairError, match="freeforex has no XTS"):
            fx.get_rate("XTS", "USD")
    assert pairs_asked(provider) == ["USDXTS"]
    with pytest.raises(forexhooks.UnsupportedPairError):
        fx.get_rates("USD", ["CAD", "CHE"])
    assert str(fx.get_rate("USD", "CAD").value) == "1.396885"
    assert pairs_asked(provider) == ["USDXTS", "USDCAD"]


def test_what_is_supported_with_what_is_not(fx: ForexService, provider: Provider) -> None:
    with pytest.raises(forexhooks.UnsupportedPairError, match="no XTS"):
        fx.get_rates("USD", ["XTS", "CAD"])
    assert str(fx.get_rate("USD", "CAD").value) == "1.396885"
    assert pairs_asked(provider) == ["USDCAD,USDXTS", "USDCAD"]


def test_the_codes_are_those_of_the_supported_pairs(fx: ForexService, provider: Provider) -> None:
    expected = {"AUD", "CAD", "EUR", "GBP", "JPY", "NZD", "USD", "XAU"}
    assert fx.currencies() == fx.currencies() == expected
    assert pairs_asked(provider) == [None]


def test_of_past_days_it_has_none(fx: ForexService, provider: Provider) -> None:
    for _ in range(2):
        with pytest.raises(forexhooks.RateUnavailableError, match=r"only the latest.*ecb"):
            fx.get_rate("USD", "CAD", on=date(2026, 10, 29))
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    ("timestamp", "day"),
    [
        ("1793361600000", date(2026, 10, 30)),
        ("1793361600", date(2026, 10, 30)),
        ("1793318399999", date(2026, 10, 29)),
        ("1793318400", date(2026, 10, 30)),
    ],
)
def test_a_timestamp_in_milliseconds_or_seconds(
    fx: ForexService, provider: Provider, timestamp: str, day: date
) -> None:
    provider.answer = lambda asked: freeforex.live({"USDCAD": "1.40"}, timestamp)
    assert fx.get_rate("USD", "CAD").on == day


def row(rate: str, timestamp: str = freeforex.MILLISECONDS) -> str:
    return f'{{"rates":{{"USDCAD":{{"rate":{rate},"timestamp":{timestamp}}}}},"code":200}}'


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (row("0"), "0 is not a rate"),
        (row("-1.4"), "-1.4 is not a rate"),
        (row("NaN"), "NaN is not JSON"),
        (row("1e400"), r"1E\+400 is not a rate"),
        *((row("1.4", wrong), "is not a timestamp") for wrong in ("null", "true", "0", '"1_5"')),
        (row("1.4", '"\u0661"'), "is not a timestamp"),
        (row("1.4", "1e30"), "is not a timestamp"),
        (row("1.4", "1e1000000"), "is not a number of a plausible size"),
        (row("1.4", "1794709600000"), "2026-11-15, which is in the future"),
        ('{"rates":{"CADUSD":{"rate":0.7,"timestamp":1793361600}},"code":200}', "left out USDCAD"),
        ('{"rates":{"USDCAD":{"rate":1.4}},"code":200}', "KeyError: 'timestamp'"),
        ('{"rates":null,"code":200}', "AttributeError"),
        ('{"message":"busy","code":1005}', "refuses with code 1005: busy"),
        ('{"code":1002,"supportedPairs":["USDCAD"]}', "refuses USDCAD, which it lists"),
        ('{"code":1002,"supportedPairs":[]}', "supports no pairs"),
        ('{"code":1002}', "KeyError: 'supportedPairs'"),
    ],
)
def test_a_malformed_answer_is_refused_and_forgotten(
    fx: ForexService, provider: Provider, body: str, says: str
) -> None:
    provider.answer = lambda asked: reply(body)
    with pytest.raises(forexhooks.MalformedResponseError, match=f"^freeforex.*{says}"):
        fx.get_rate("USD", "CAD")
    provider.answer = freeforex.answer
    assert str(fx.get_rate("USD", "CAD").value) == "1.396885"
