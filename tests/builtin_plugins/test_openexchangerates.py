from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import ClassVar

import pytest
import time_machine

import forexhooks
from fakes import openexchangerates
from fakes.openexchangerates import APP_ID, TODAY, body, error
from forexhooks import ForexManager, ForexService, errors
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_openexchangerates import OpenExchangeRates
from providers import Provider, Reply, reply

NOW = 1793386800
PAST = date(2026, 10, 28)
MALFORMED, REFUSED = errors.MalformedResponseError, errors.AuthenticationError


class TestOpenExchangeRates(DriverTests):
    today = openexchangerates.TODAY
    samples = openexchangerates.SAMPLES
    key = openexchangerates.APP_ID
    answer = staticmethod(openexchangerates.answer)
    expected_failures: ClassVar = {"test_codes_are_of_money_in_use": "its provider sends VEF"}

    def make_driver(self, server: ForexServer) -> OpenExchangeRates:
        return OpenExchangeRates(app_id=self.key, base_url=server.url)


@pytest.fixture
def fx(provider: Provider) -> Iterator[ForexService]:
    provider.answer = openexchangerates.answer
    with time_machine.travel(datetime(2026, 10, 30, 20, tzinfo=UTC), tick=False):
        manager = ForexManager()
        manager.register(OpenExchangeRates(app_id=APP_ID, base_url=provider.url))
        yield forexhooks.open("openexchangerates", manager=manager)


def test_a_day_is_one_request_whatever_is_asked_of_it(fx: ForexService, provider: Provider) -> None:
    assert set(fx.get_rates("EUR", ["CAD", "USD"], PAST)) == {"CAD", "USD"}
    fx.get_rate("USD", "EUR", PAST)
    fx.get_rates("CAD", ["EUR"], PAST)
    assert provider.paths == ["/historical/2026-10-28.json"]
    assert fx.get_rate("USD", "EUR", TODAY).on == TODAY
    fx.get_rate("USD", "CAD")
    assert provider.paths[1:] == [f"/historical/{TODAY}.json", "/latest.json"]


def test_days_without_rates_are_carried_over(fx: ForexService, provider: Provider) -> None:
    assert fx.get_rate("USD", "CAD", date(2026, 10, 27)).on == date(2026, 10, 25)
    with pytest.raises(errors.RateUnavailableError, match="no USD/CAD on 2026-10-26"):
        fx.get_rate("USD", "CAD", date(2026, 10, 26), max_gap=0)
    with time_machine.travel(datetime(2026, 10, 31, 0, 5, tzinfo=UTC), tick=False):
        assert fx.get_rate("USD", "CAD", date(2026, 10, 31)).on == TODAY  # the latest is of before


@pytest.mark.parametrize(("start", "requests"), [(date(2026, 10, 25), 6), (date(2026, 10, 15), 16)])
def test_history(fx: ForexService, provider: Provider, start: date, requests: int) -> None:
    history = fx.get_history("EUR", "CAD", start, TODAY)
    assert [rate.on.day for rate in history][-4:] == [25, 28, 29, 30]
    paths = [path for path in provider.paths if path != "/latest.json"]
    assert len(set(paths)) == requests
    count = len(provider.asked)
    fx.get_rate("USD", "EUR", PAST)
    assert len(provider.asked) == count


def test_before_the_first_day_nothing_is_asked_for(fx: ForexService, provider: Provider) -> None:
    with pytest.raises(errors.RateUnavailableError, match="begins on 1999-01-01"):
        fx.get_rate("USD", "CAD", date(1998, 12, 31))
    assert provider.asked == []


BAD_RATES = ["0", "-1.4", "NaN", "1e400", "null", "true", f'"{APP_ID}"']
FAULTS: list[tuple[Reply, type[errors.DriverError], str]] = [
    (reply("[]"), MALFORMED, "not in the format"),
    (reply({"timestamp": NOW, "base": "USD"}), MALFORMED, "KeyError: 'rates'"),
    (reply({"timestamp": NOW, "base": "USD", "rates": {}}), MALFORMED, "no rates"),
    (reply(body(NOW, base="EUR", CAD=1.56)), MALFORMED, "its base is not USD"),
    (reply(body(NOW * 1000, CAD=1.4)), MALFORMED, "is not a timestamp"),
    (reply(body(f'"{APP_ID}"', CAD=1.4)), MALFORMED, "is not a timestamp"),
    (reply(body("1e300", CAD=1.4)), MALFORMED, "is not a timestamp"),
    (reply(body("1e999999999", CAD=1.4)), MALFORMED, "is not a number of a plausible size"),
    *((reply(body(NOW, CAD=bad)), MALFORMED, "is no") for bad in BAD_RATES),
    (reply(body(NOW, **{APP_ID: 1})), MALFORMED, "is not a currency code"),
    (reply(body(NOW, usd=2)), MALFORMED, "base and quote are both USD"),
    (reply(body(NOW, CAD=1.4, cad=1.5)), MALFORMED, "two values of USD/CAD"),
    (error(401, "invalid_app_id", APP_ID), REFUSED, "check the setting app_id"),
    (error(401, "missing_app_id"), REFUSED, "check the setting app_id"),
    (error(403, "access_restricted"), REFUSED, "what your plan includes"),
    (error(403, "not_allowed"), REFUSED, "what your plan includes"),
    (error(429, "not_allowed", APP_ID), errors.QuotaError, "answered 429"),
    (error(400, "invalid_base", APP_ID), MALFORMED, "invalid_base"),
    (error(404, "not_found"), MALFORMED, "not_found"),
    (reply(f"<html>{APP_ID}", 403), REFUSED, "what your plan includes"),
    (reply(f"no: {APP_ID}", 500), errors.TransientError, "answered 500"),
    (reply("", 302, Location=f"http://elsewhere.example/?app_id={APP_ID}"), MALFORMED, "refused"),
]
ON_STATUS_200 = [
    (fault._replace(status=200), kind, says)
    for fault, kind, says in FAULTS
    if fault.status in (401, 403, 429) and fault.content.startswith(b"{")
]
REDIRECTED = (reply("", 302, Location=f"/latest.json?app_id={APP_ID}"), MALFORMED, "redirect")


@pytest.mark.parametrize(("fault", "kind", "says"), [*FAULTS, *ON_STATUS_200, REDIRECTED])
def test_faults_never_show_the_key(
    fx: ForexService, provider: Provider, caplog: pytest.LogCaptureFixture,
    fault: Reply, kind: type[errors.DriverError], says: str,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    provider.answer = lambda asked: fault
    with pytest.raises(kind) as failure:
        fx.get_rate("USD", "CAD")
    assert says in str(failure.value) and failure.value.driver == "openexchangerates"
    assert provider.asked[0].query["app_id"] == APP_ID
    driver = OpenExchangeRates(app_id=APP_ID)
    shown = [caplog.text, *(repr(vars(record)) for record in caplog.records)]
    shown += [repr(failure.value), repr(driver), repr(driver.http), repr(vars(driver))]
    shown += traceback.format_exception(failure.value)
    assert all(APP_ID not in each for each in shown)
    provider.answer = openexchangerates.answer
    assert str(fx.get_rate("USD", "CAD").value) == "1.397"  # what was wrong is not kept


def test_rows_of_another_day(fx: ForexService, provider: Provider) -> None:
    provider.answer = lambda asked: reply(body(NOW, CAD=1.4))
    with pytest.raises(MALFORMED, match=r"2026-10-28 was .* only 2026-10-30"):
        fx.get_rate("USD", "CAD", PAST)
