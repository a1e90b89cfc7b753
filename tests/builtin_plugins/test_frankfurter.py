from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import ClassVar

import pytest
import time_machine

import forexhooks
from fakes import frankfurter
from fakes.frankfurter import TODAY, row
from forexhooks import ForexManager, ForexService, errors
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_frankfurter import Frankfurter
from providers import Provider, reply

Opened = Callable[..., ForexService]
MALFORMED = errors.MalformedResponseError
REFUSALS = {404: MALFORMED, 429: errors.QuotaError, 503: errors.TransientError}


class TestFrankfurter(DriverTests):
    today = frankfurter.TODAY
    samples = frankfurter.SAMPLES
    expected_failures: ClassVar = {
        "test_fault_in_a_history[404]": "its provider says so of days without rates"
    }
    answer = staticmethod(frankfurter.answer)

    def make_driver(self, server: ForexServer) -> Frankfurter:
        return Frankfurter(base_url=server.url)


@pytest.fixture
def opened(provider: Provider) -> Iterator[Opened]:
    def opened(**settings: str) -> ForexService:
        manager = ForexManager()
        manager.register(Frankfurter(base_url=provider.url, **settings))
        return forexhooks.open("frankfurter", manager=manager)

    provider.answer = frankfurter.answer
    with time_machine.travel(datetime(2026, 10, 30, 20, tzinfo=UTC), tick=False):
        yield opened


@pytest.mark.parametrize("settings", [{"version": "v1"}, {"providers": " ecb "}])
def test_the_ecb_is_asked_in_its_own_base(
    opened: Opened, provider: Provider, settings: dict[str, str]
) -> None:
    fx = opened(**settings)
    assert str(fx.get_rate("EUR", "USD").value) == "1.1172"
    assert fx.get_rate("USD", "CAD").legs[0].base == "EUR"
    assert str(fx.get_rate("EUR", "CAD", date(2026, 10, 25)).value) == "1.5533"
    assert [asked.query["base"] for asked in provider.asked] == ["EUR", "EUR"]
    assert fx.profile.pivot == "EUR"
    with pytest.raises(errors.RateUnavailableError, match="before the first day"):
        fx.get_rate("USD", "CAD", date(1998, 6, 1))


def test_one_request_for_all_that_is_asked(opened: Opened, provider: Provider) -> None:
    fx, day = opened(), date(2026, 10, 24)
    assert len(fx.get_rates("EUR", ["USD", "CAD", "AED", "IDR"])) == 4
    assert fx.get_rate("CAD", "AED").on == TODAY and "TWD" in fx.currencies()
    with pytest.raises(errors.UnsupportedPairError, match="frankfurter has no KPW"):
        fx.get_rate("USD", "KPW")
    assert len(provider.asked) == 1
    for each in (fx, fx, opened()):
        assert len(each.get_rates("EUR", ["USD", "CAD", "TWD"], day)) == 3
    assert [asked.query.get("quotes") for asked in provider.asked] == [None, "CAD,EUR,TWD"]


def test_history_is_one_request(opened: Opened, provider: Provider) -> None:
    history = opened().get_history("EUR", "CAD", date(2015, 6, 1), TODAY)
    assert [rate.on.day for rate in history] == [30, 23, 28, 29, 30]
    later = opened().get_history("USD", "CAD", date(2026, 10, 25), date(2026, 10, 28))
    assert [rate.on.day for rate in later] == [28]  # not the 23rd, which came along
    assert len(provider.asked) == 2


def test_a_blend_of_some_comes_in_spans_of_five_years(opened: Opened, provider: Provider) -> None:
    fx = opened(providers="BOC,ECB")
    fx.get_history("EUR", "CAD", date(2010, 1, 1), TODAY)
    assert len(provider.asked) == 1  # of few quotes it may be longer
    fx.get_history("USD", "USD", date(2010, 1, 1), TODAY)
    assert len(provider.asked) == 1 + 4


def test_codes_it_has_never_heard_of(opened: Opened, provider: Provider) -> None:
    fx, day = opened(), date(2026, 10, 24)
    with pytest.raises(errors.UnsupportedPairError, match="no XTS"):
        fx.get_rate("CAD", "XTS", day)
    assert len(provider.asked) == 3  # refused, asked without, and the latest: is it known at all?
    with pytest.raises(errors.RateUnavailableError, match="AED"):
        fx.get_rate("USD", "AED", day)


def test_settings(opened: Opened) -> None:
    with pytest.raises(errors.SettingsError, match="version is 'v3': write v2, or v1"):
        Frankfurter(version="v3")
    with pytest.raises(errors.SettingsError, match="v1 has only the ECB"):
        Frankfurter(version="v1", providers="BOC")
    with pytest.raises(errors.DriverError, match="no rates of the providers ABC in"):
        opened(providers="abc").get_rate("USD", "CAD")


USD_CAD = row("2026-10-30", "USD", "CAD", "1.3969")
V1 = '{"amount":1.0,"base":"EUR","date":"2026-10-30","rates":{"CAD":1.5606}}'
BAD_RATES = ["0", "-1.39", "NaN", "1e400", "null", "true"]
FAULTS = [
    ("v2", '{"status":422,"message":"invalid date"}', "is not in the format"),
    ("v2", '[{"date":"2026-10-30","base":"USD","quote":"CAD"}]', "KeyError: 'rate'"),
    ("v2", f"[{USD_CAD.replace('USD', 'EUR')}]", "EUR is the base, and USD was asked for"),
    ("v2", f"[{USD_CAD.replace('30', '31')}]", "none after 2026-10-30 was asked for"),
    ("v2", f"[{USD_CAD.replace('2026', 'x')}]", "ValueError"),
    ("v2", f"[{USD_CAD.replace('CAD', 'C D')}]", "is not a currency code"),
    ("v2", f"[{USD_CAD.replace('CAD', 'USD')}]", "but must be 1"),
    ("v2", f"[{USD_CAD},{USD_CAD.replace('1.39', '1.4')}]", "two values of USD/CAD"),
    *(("v2", f"[{USD_CAD.replace('1.3969', bad)}]", "is no") for bad in BAD_RATES),
    ("v1", V1.replace("EUR", "USD"), "USD is the base, and EUR was asked for"),
    ("v1", V1.replace("1.0", "10"), "the amount is 10"),
    ("v1", V1.replace("1.5606", "0"), "is not a rate"),
    ("v1", '{"message":"not found"}', "KeyError"),
]


@pytest.mark.parametrize(("version", "body", "says"), FAULTS)
def test_what_must_not_come(
    opened: Opened, provider: Provider, version: str, body: str, says: str
) -> None:
    fx = opened(version=version)
    provider.answer = lambda asked: reply(body)
    with pytest.raises(MALFORMED, match=says) as failure:
        fx.get_rate("USD", "CAD")
    assert failure.value.driver == "frankfurter"
    provider.answer = lambda asked: reply(f"[{USD_CAD},{USD_CAD}]")  # twice does no harm
    if version == "v1":
        provider.answer = frankfurter.answer
    assert fx.get_rate("USD", "CAD").on == TODAY  # what was wrong is not kept


def test_refusals_of_a_past_day(opened: Opened, provider: Provider) -> None:
    fx = opened()
    for status, kind in REFUSALS.items():
        refusal = reply({"status": status, "message": "not today"}, status)
        provider.answer = lambda asked, refusal=refusal: refusal  # type: ignore[misc]
        with pytest.raises(kind, match=r"frankfurter.*not today"):
            fx.get_rate("USD", "CAD", date(2026, 10, 24))
