"""The erapi driver: one answer for everything, of the latest day alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine

import forexhooks
from fakes import erapi
from forexhooks import ForexManager, ForexService, UnavailableReason
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_erapi import ErApi
from providers import Provider, reply

NOW = datetime(2026, 10, 30, 12, 0, tzinfo=UTC)


class TestErApi(DriverTests):
    today = erapi.TODAY
    samples = erapi.SAMPLES
    answer = staticmethod(erapi.answer)

    def make_driver(self, server: ForexServer) -> ErApi:
        return ErApi(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def fx(provider: Provider) -> ForexService:
    provider.answer = erapi.answer
    manager = ForexManager()
    manager.register(ErApi(base_url=provider.url))
    return forexhooks.open("erapi", manager=manager)


def answering(provider: Provider, *changes: tuple[str, str], status: int = 200) -> None:
    body = erapi.BODY
    for old, new in changes:
        assert old in body
        body = body.replace(old, new)
    provider.answer = lambda asked: reply(body, status)


def test_every_pair_comes_out_of_one_answer(fx: ForexService, provider: Provider) -> None:
    fx.get_rate("USD", "CAD")
    assert fx.get_rate("EUR", "GBP").kind == "cross"
    assert str(fx.get_rate("USD", "FOK").value) == "6.679415"
    assert fx.currencies() == {"USD", "BBD", "CAD", "EUR", "FOK", "GBP", "JPY"}
    assert provider.paths == ["/v6/latest/USD"]


def test_of_past_days_it_has_none(fx: ForexService, provider: Provider) -> None:
    for _ in range(2):
        with pytest.raises(forexhooks.RateUnavailableError, match=r"only the latest.*ecb"):
            fx.get_rate("USD", "CAD", on=date(2026, 10, 29))
    assert fx.get_history("USD", "CAD", date(2020, 1, 1), date(2020, 2, 1)) == []
    assert len(provider.asked) == 1


def test_an_answer_that_grew_old_is_said_to_be(
    fx: ForexService, now: time_machine.Traveller
) -> None:
    now.move_to(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    with pytest.warns(forexhooks.StaleRateWarning, match="erapi holds rates up to 2026-10-30"):
        assert fx.get_rate("USD", "CAD").on == erapi.TODAY
    with pytest.raises(forexhooks.RateUnavailableError, match="2026-11-20") as no:
        fx.get_rate("USD", "CAD", on=date(2026, 11, 20))
    assert no.value.reason == UnavailableReason.AFTER_LAST_DAY


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ([('"result":"success"', '"outcome":"success"')], "KeyError: 'result'"),
        ([('"base_code":"USD"', '"base_code":"EUR"')], "the base is 'EUR', though USD"),
        ([('"USD":1,', '"USD":2,')], "base and quote are both USD"),
        ([('"CAD":1.396885', '"CAD":NaN')], "NaN is not JSON"),
        (
            [('"CAD":1.396885', '"CAD":1.4,"cad":1.5')],
            "two values of USD/CAD on 2026-10-30: 1.4 and 1.5",
        ),
        ([('"time_last_update_unix":1793318551,', "")], "KeyError: 'time_last_update_unix'"),
        *(
            ([('unix":1793318551,', f'unix":{wrong},')], "is not a timestamp")
            for wrong in ("true", "0", '"1_5"', '"\u0661"', "-1", "null")
        ),
        ([('unix":1793318551,', 'unix":1e1000000,')], "is not a number of a"),
        ([("1793318551", "1794709600")], "2026-11-15, which is in the future"),
        ([('"rates":{', '"rates":{},"other":{')], "no rates in it"),
        ([(erapi.BODY, '{"result":"error","error-type":"unsupported-code"}')], "unsupported-code"),
        ([(erapi.BODY, "[]")], "TypeError"),
    ],
)
def test_a_malformed_answer_is_refused_and_forgotten(
    fx: ForexService, provider: Provider, changes: list[tuple[str, str]], says: str
) -> None:
    answering(provider, *changes)
    with pytest.raises(forexhooks.MalformedResponseError, match=f"^erapi.*{says}"):
        fx.get_rate("USD", "JPY")
    provider.answer = erapi.answer
    assert str(fx.get_rate("USD", "JPY").value) == "152.25"


@pytest.mark.parametrize("bad", ["0", "-1.4", "null", "true", '"x"'])
def test_a_bad_row_costs_its_own_currency(fx: ForexService, provider: Provider, bad: str) -> None:
    answering(provider, ('"CAD":1.396885', f'"CAD":{bad}'))
    with pytest.warns(forexhooks.MalformedRowWarning, match="^erapi: 1 of .* left out: CAD"):
        assert str(fx.get_rate("USD", "JPY").value) == "152.25"
    with pytest.raises(forexhooks.RateError):
        fx.get_rate("USD", "CAD")


def test_a_code_that_comes_twice_with_one_rate_does_no_harm(
    fx: ForexService, provider: Provider
) -> None:
    answering(provider, ('"CAD":', '"cad":1.396885,"$X":5,"CAD":'))
    assert str(fx.get_rate("USD", "CAD").value) == "1.396885"
    assert "$X" not in fx.currencies()


def test_a_limit_that_is_used_up_lasts_20_minutes(fx: ForexService, provider: Provider) -> None:
    provider.answer = lambda asked: reply("slow down", 429)
    with pytest.raises(forexhooks.QuotaError, match="429") as refused:
        fx.get_rate("USD", "CAD")
    assert refused.value.retry_after == 1200
    provider.answer = lambda asked: reply("slow down", 429, retry_after="300")
    with pytest.raises(forexhooks.QuotaError) as refused:
        fx.get_rate("USD", "CAD")
    assert refused.value.retry_after == 300
    provider.answer = lambda asked: reply({"result": "error", "error-type": "quota-reached"})
    with pytest.raises(forexhooks.QuotaError, match="ask again in 1200 s") as refused:
        fx.get_rate("USD", "CAD")
    assert refused.value.retry_after == 1200


def test_a_key_that_is_suddenly_wanted_is_said(fx: ForexService, provider: Provider) -> None:
    provider.answer = lambda asked: reply({"result": "error", "error-type": "invalid-key"})
    with pytest.raises(forexhooks.AuthenticationError, match="invalid-key"):
        fx.get_rate("USD", "CAD")
