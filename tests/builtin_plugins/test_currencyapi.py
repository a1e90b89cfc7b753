"""The currencyapi driver: a file a day, from whichever of two hosts has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar

import pytest
import time_machine

import forexhooks
from fakes import currencyapi
from forexhooks import ForexManager, ForexService, UnavailableReason
from forexhooks.rates.decimals import divide
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_currencyapi import CurrencyApi
from providers import Asked, Provider, Reply, reply

NOW = datetime(2026, 10, 30, 12, 0, tzinfo=UTC)
DOWN = reply("down", 503, retry_after="60")
LATEST = "/@fawazahmed0/currency-api@latest/v1/currencies/usd.min.json"


class TestCurrencyApi(DriverTests):
    today = currencyapi.TODAY
    samples = currencyapi.SAMPLES
    expected_failures: ClassVar = {
        "test_fault_in_a_history[404]": "its provider has no file for a day, and says no more"
    }
    answer = staticmethod(currencyapi.answer)

    def make_driver(self, server: ForexServer) -> CurrencyApi:
        return CurrencyApi(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def fx(provider: Provider) -> ForexService:
    provider.answer = currencyapi.answer
    return opened(CurrencyApi(base_url=provider.url))


@pytest.fixture
def two_hosts(provider: Provider) -> ForexService:
    class Both(CurrencyApi):
        BASE_URL = f"{provider.url}/first"
        SECOND_URL = f"{provider.url}/second/currency-api@{{day}}"

    return opened(Both())


def opened(driver: CurrencyApi) -> ForexService:
    manager = ForexManager()
    manager.register(driver)
    return forexhooks.open("currencyapi", manager=manager)


def day(number: int) -> date:
    return date(2026, 10, number)


def hosts(provider: Provider) -> str:
    return " ".join(path.split("/")[1] for path in provider.paths)


def test_all_pairs_come_out_of_one_file(fx: ForexService, provider: Provider) -> None:
    fx.get_rate("USD", "CAD")
    assert fx.get_rate("1inch", "XAU").kind == "cross"
    assert fx.currencies() == {"USD", "CAD", "EUR", "JPY", "BTC", "1INCH", "XAU"}
    assert provider.paths == [LATEST]


def test_a_day_costs_one_request_and_is_kept(fx: ForexService, provider: Provider) -> None:
    for quote in ("CAD", "EUR", "CAD"):
        assert fx.get_rate("USD", quote, on=day(29)).on == day(29)
    assert provider.paths == [LATEST.replace("latest", "2026-10-29")]


def test_a_missing_day_is_carried_over(fx: ForexService) -> None:
    fx.get_rate("USD", "CAD")  # by the latest one knows that the day is past
    rate = fx.get_rate("USD", "CAD", on=day(28))
    assert (str(rate.value), rate.on, rate.stale) == ("1.39600001", day(27), None)
    with pytest.raises(forexhooks.RateUnavailableError) as no:
        fx.get_rate("USD", "CAD", on=day(28), max_gap=0)
    assert no.value.reason == UnavailableReason.HOLE


def test_history_is_one_request_a_day(fx: ForexService, provider: Provider) -> None:
    history = fx.get_history("CAD", "EUR", day(26), day(30))
    assert [rate.on for rate in history] == [day(26), day(27), day(29), day(30)]
    assert history[0].value == divide(Decimal("0.89410000"), Decimal("1.39511022"))
    assert len(provider.asked) == 5
    fx.get_history("CAD", "EUR", day(27), day(30))
    assert [rate.on for rate in fx.get_history("USD", "USD", day(29), day(30))] == [
        day(29),
        day(30),
    ]
    assert len(provider.asked) == 5


def test_before_the_first_day_nothing_is_asked_for(fx: ForexService, provider: Provider) -> None:
    assert fx.get_rate("USD", "CAD", on=date(2024, 3, 2)).on == date(2024, 3, 2)
    with pytest.raises(forexhooks.RateUnavailableError, match="begins on 2024-03-02") as no:
        fx.get_rate("USD", "CAD", on=date(2024, 3, 1))
    assert no.value.reason == UnavailableReason.BEFORE_FIRST_DAY
    assert [path for path in provider.paths if "2024-03-01" in path] == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (currencyapi.file("2026-10-27"), "it is of 2026-10-27, though 2026-10-29 was asked for"),
        (currencyapi.file("2026-10-29", '"cad":0'), "0 is not a rate"),
        (currencyapi.file("2026-10-29", '"cad":-1'), "-1 is not a rate"),
        (currencyapi.file("2026-10-29", '"cad":NaN'), "NaN is not JSON"),
        (currencyapi.file("2026-10-29", '"cad":1e400'), r"1E\+400 is not a rate"),
        (currencyapi.file("2026-10-29", '"cad":1.4,"CAD":1.5'), "two rates of CAD: 1.4 and 1.5"),
        (currencyapi.file("2026-10-29", '"cad":1.4,"usd":1.1'), "1 USD is not 1 USD"),
        (currencyapi.file("2026-10-29", '"usd":1'), "no rates in it"),
        (reply({"date": "2026-10-29", "eur": {"cad": 1.5}}), "KeyError: 'usd'"),
        (reply({"usd": {"cad": 1.4}}), "KeyError: 'date'"),
        (reply({"date": "29/10/2026", "usd": {"cad": 1.4}}), "Invalid isoformat"),
    ],
)
def test_a_malformed_file_is_refused_and_forgotten(
    fx: ForexService, provider: Provider, answer: Reply, says: str
) -> None:
    provider.answer = lambda asked: answer
    with pytest.raises(forexhooks.MalformedResponseError, match=f"^currencyapi.*{says}"):
        fx.get_rate("USD", "CAD", on=day(29))
    provider.answer = currencyapi.answer
    assert str(fx.get_rate("USD", "CAD", on=day(29)).value) == "1.39700012"


def test_a_worthless_coin_harms_nobody_else(fx: ForexService, provider: Provider) -> None:
    rows = '"cad":1.4,"CAD":1.40,"pepe":0,"$wen":7096.9,"usd":1'
    provider.answer = lambda asked: currencyapi.file("2026-10-30", rows)
    assert fx.currencies() == {"USD", "CAD"}
    assert fx.get_rate("USD", "CAD").value == Decimal("1.4")


def from_first(answer: Reply) -> Callable[[Asked], Reply]:
    return lambda asked: answer if "/first/" in asked.path else currencyapi.answer(asked)


@pytest.mark.parametrize(
    "fault",
    [DOWN, reply("<html>"), reply("", 403), reply("", 404)],
    ids=["down", "malformed", "forbidden", "missing"],
)
def test_the_second_host_is_asked_when_the_first_fails(
    two_hosts: ForexService, provider: Provider, fault: Reply
) -> None:
    provider.answer = from_first(fault)
    assert str(two_hosts.get_rate("USD", "CAD").value) == "1.39688504"
    assert two_hosts.get_rate("USD", "CAD", on=day(29)).on == day(29)
    assert hosts(provider) == "first second first second"


def test_the_second_host_is_asked_no_more_than_needed(
    two_hosts: ForexService, provider: Provider
) -> None:
    provider.answer = currencyapi.answer
    two_hosts.get_rate("USD", "CAD")
    provider.answer = from_first(DOWN)  # a history waits for it once
    assert len(two_hosts.get_history("USD", "CAD", day(26), day(27))) == 2
    assert hosts(provider) == "first first second second"


def test_of_a_late_latest_file_the_second_host_may_have_the_next(
    two_hosts: ForexService, provider: Provider
) -> None:
    provider.answer = from_first(currencyapi.file("2026-10-27"))
    assert two_hosts.get_rate("USD", "CAD").on == day(30)


def test_the_error_says_what_both_hosts_did(two_hosts: ForexService, provider: Provider) -> None:
    provider.answer = lambda asked: DOWN
    with pytest.raises(forexhooks.TransientError, match=r"/first/.* 503.*/second/.* 503"):
        two_hosts.get_rate("USD", "CAD")
    provider.answer = lambda asked: DOWN if "/first/" in asked.path else reply("", 404)
    with pytest.raises(forexhooks.TransientError, match="/first/"):
        two_hosts.get_rate("USD", "CAD", on=day(29))


def test_both_hosts_fit_into_the_time_limit() -> None:
    assert CurrencyApi(time_limit="8").http.time_limit == 4
    assert CurrencyApi(base_url="http://localhost", time_limit="8").http.time_limit == 8


def test_offline_is_said_once(two_hosts: ForexService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREXHOOKS_OFFLINE", "1")
    with pytest.raises(forexhooks.DriverError, match=r"^[^;]*switched off[^;]*$"):
        two_hosts.get_rate("USD", "CAD")
