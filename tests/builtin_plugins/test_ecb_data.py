"""The ECB's data portal: each series by its own key, its periods as they are published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
import time_machine

import forexhooks
from fakes import ecb_data as fake
from forexhooks import RateUnavailableError
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_ecb_data import ECBData
from providers import Provider, reply

pytestmark = pytest.mark.one_python


class TestECBData(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)

    def make_driver(self, server: ForexServer) -> ECBData:
        return ECBData(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 10, 17, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def manager(provider: Provider) -> Iterator[forexhooks.ForexManager]:
    provider.answer = fake.answer
    with forexhooks.ForexManager() as made:
        made.register(ECBData(base_url=provider.url))
        yield made


@pytest.mark.parametrize(
    ("series", "key", "periods", "on", "value", "first", "until"),
    [
        ("day", "D.USD.EUR.SP00.A", "2026-10-04 2026-10-11", (2026, 10, 11), "1.1206",
         (2026, 10, 9), None),
        ("month-average", "M.USD.EUR.SP00.A", "2026-09 2026-09", (2026, 9, 30),
         "1.1513227272727", (2026, 9, 1), (2026, 9, 30)),
        ("month-end", "M.USD.EUR.SP00.E", "2026-08 2026-08", (2026, 9, 29), "1.1596",
         (2026, 8, 31), None),
        ("quarter-average", "Q.USD.EUR.SP00.A", "2026-Q2 2026-Q2", (2026, 4, 1),
         "1.1628838709677", (2026, 4, 1), (2026, 6, 30)),
        ("quarter-end", "Q.USD.EUR.SP00.E", "2026-Q2 2026-Q3", (2026, 9, 30), "1.1355",
         (2026, 9, 30), None),
        ("year-average", "A.USD.EUR.SP00.A", "2025 2025", (2025, 7, 1), "1.1299831372549",
         (2025, 1, 1), (2025, 12, 31)),
        ("year-end", "A.USD.EUR.SP00.E", "2024 2025", (2025, 12, 31), "1.175",
         (2025, 12, 31), None),
    ],
)  # fmt: skip
def test_each_series_has_its_key_and_its_days(
    manager: forexhooks.ForexManager,
    provider: Provider,
    series: str,
    key: str,
    periods: str,
    on: tuple[int, int, int],
    value: str,
    first: tuple[int, int, int],
    until: tuple[int, int, int] | None,
) -> None:
    rate = forexhooks.open(f"ecb-data:{series}", manager=manager).get_rate("EUR", "USD", date(*on))
    assert (str(rate.value), rate.on, rate.until) == (value, date(*first), until and date(*until))
    assert (rate.driver, rate.series, rate.kind) == ("ecb-data", series, "direct")
    [asked] = provider.asked
    assert asked.path == f"/service/data/EXR/{key}"
    assert f"{asked.query['startPeriod']} {asked.query['endPeriod']}" == periods


def test_the_latest_of_a_series_is_that_of_the_newest_period(
    manager: forexhooks.ForexManager, provider: Provider
) -> None:
    fx = forexhooks.open("ecb-data:quarter-average", manager=manager)
    rate = fx.get_rate("EUR", "JPY")
    assert (str(rate.value), rate.on) == ("183.2501515151515", date(2026, 7, 1))
    assert rate.until == date(2026, 9, 30) and rate.stale is None
    assert provider.paths == ["/service/data/EXR/Q..EUR.SP00.A"]
    assert provider.asked[0].query == {"format": "csvdata", "lastNObservations": "1"}


def test_a_period_answers_each_of_its_days_and_no_other(manager: forexhooks.ForexManager) -> None:
    fx = forexhooks.open("ecb-data:month-average", manager=manager)
    history = fx.get_history("EUR", "GBP", date(2026, 8, 20), date(2026, 10, 16))
    assert [(str(rate.value), rate.on.month) for rate in history] == [
        ("0.8560557142857", 8),
        ("0.858125", 9),
    ]
    with pytest.raises(RateUnavailableError):
        fx.get_rate("EUR", "GBP", date(2026, 10, 1))
    with pytest.raises(RateUnavailableError):
        fx.get_rate("EUR", "GBP", date(2026, 7, 31))


def test_an_end_that_is_to_come_is_not_asked_for(
    manager: forexhooks.ForexManager, provider: Provider
) -> None:
    fx = forexhooks.open("ecb-data:month-end", manager=manager)
    days = date(2026, 10, 1), date(2026, 10, 16)
    assert fx.get_history("EUR", "USD", *days) == []
    assert all("startPeriod" not in asked.query for asked in provider.asked)


@pytest.mark.parametrize("code", fake.CURRENCIES)
@pytest.mark.parametrize("on", [date(2026, 8, 31), date(2026, 9, 30)])
def test_averages_and_ends_are_those_computed_of_the_daily_rates(
    manager: forexhooks.ForexManager, code: str, on: date
) -> None:
    """But for their digits: the published ones are not rounded to those of the daily rates."""
    for series in ("month-average", "month-end"):
        computed = forexhooks.open(f"ecb:{series}").get_rate("EUR", code, on)
        fx = forexhooks.open(f"ecb-data:{series}", manager=manager)
        published = fx.get_rate("EUR", code, on)
        assert published.value.quantize(computed.value, ROUND_HALF_UP) == computed.value


def test_a_period_without_rates_is_no_fault(
    manager: forexhooks.ForexManager, provider: Provider
) -> None:
    fx = forexhooks.open("ecb-data", manager=manager)
    fx.get_rate("EUR", "USD")
    weekend = date(2026, 10, 10), date(2026, 10, 11)
    assert fx.get_history("EUR", "USD", *weekend) == []
    provider.answer = lambda asked: reply("")  # as it is said at other times
    assert fx.get_history("EUR", "JPY", *weekend) == []
    with pytest.raises(RateUnavailableError, match="HRK ended"):
        fx.get_rate("EUR", "HRK")


def test_the_digits_are_those_published(manager: forexhooks.ForexManager) -> None:
    fx = forexhooks.open("ecb-data:year-average", manager=manager)
    [leg] = fx.get_rate("USD", "EUR", date(2025, 12, 31)).legs
    assert (leg.base, leg.quote, leg.value) == ("EUR", "USD", Decimal("1.1299831372549"))
