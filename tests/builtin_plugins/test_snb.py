"""The SNB: means of months and rates at their ends, of 1 or 100 units."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine

import forexhooks
from fakes import snb as fake
from forexhooks import ForexManager, MalformedResponseError, MalformedRowWarning
from forexhooks.http import value_of
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_snb import SNB
from providers import Provider, reply

pytestmark = pytest.mark.one_python


class TestSNB(DriverTests):
    today = date(2026, 10, 2)
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)

    def rewrite(
        self, body: bytes, number: Callable[[str], str], day: Callable[[date], date]
    ) -> bytes:
        iso = re.sub(rb'"(\d{4})-(\d\d)"', rb'"\1-\2-01"', body)
        moved = super().rewrite(iso, number, day)
        return re.sub(rb'"(\d{4})-(\d\d)-\d\d"', rb'"\1-\2"', moved)

    def make_driver(self, server: ForexServer) -> SNB:
        return SNB(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 10, 2, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def manager(provider: Provider) -> Iterator[ForexManager]:
    provider.answer = fake.answer
    with ForexManager() as manager:
        manager.register(SNB(base_url=provider.url))
        yield manager


def test_every_value_is_that_of_one_unit(manager: ForexManager, provider: Provider) -> None:
    for kind, series in ("M0", "month-average"), ("M1", "month-end"):
        fx = forexhooks.open(f"snb:{series}", manager=manager)
        for place, (code, units) in enumerate([("EUR", 1), ("GBP", 1), ("USD", 1), ("JPY", 100)]):
            history = fx.get_history(code, "CHF", date(2025, 12, 1), date(2026, 10, 2))
            assert {f"{rate.on:%Y-%m}": str(rate.value) for rate in history} == {
                month: str(value_of(values[place], per=units))
                for (month, each), values in fake.MONTHS.items()
                if each == kind and month >= "2025"
            }
    assert provider.asked[0].query == {"fromDate": "2025-12", "toDate": "2026-10"}


def test_a_mean_applies_to_its_month_and_an_end_to_its_day(manager: ForexManager) -> None:
    mean = forexhooks.open("snb", manager=manager).get_rate("EUR", "CHF", date(2026, 8, 12))
    assert (str(mean.value), mean.on, mean.until) == (
        "0.93629",
        date(2026, 8, 1),
        date(2026, 8, 31),
    )
    ends = forexhooks.open("snb:month-end", manager=manager)
    end = ends.get_rate("EUR", "CHF", date(2026, 8, 31))
    assert (str(end.value), end.on, end.until, end.kind) == (
        "0.9301",
        date(2026, 8, 31),
        None,
        "direct",
    )
    assert ends.get_rate("EUR", "CHF", date(2026, 9, 1)).on == date(2026, 8, 31)


def test_a_month_that_is_not_over_has_no_mean(manager: ForexManager) -> None:
    fx = forexhooks.open("snb", manager=manager)
    assert fx.get_rate("EUR", "CHF").on == date(2026, 9, 1)
    with pytest.raises(forexhooks.RateUnavailableError):
        fx.get_rate("EUR", "CHF", date(2026, 10, 1))


def test_forward_rates_are_left_out(manager: ForexManager) -> None:
    fx = forexhooks.open("snb", manager=manager)
    assert fx.currencies() == {"CHF", "EUR", "GBP", "USD", "JPY", "DKK"}


def test_a_bad_row_costs_its_own_currency(manager: ForexManager, provider: Provider) -> None:
    body = fake.document("2026-09", "2026-09").replace('"0.5230"', '"n/a"')
    provider.answer = lambda asked: reply(body)
    with pytest.warns(MalformedRowWarning, match="snb: 1 of 10 rows.*'n/a' is not a rate.*JPY"):
        rate = forexhooks.open("snb", manager=manager).get_rate("EUR", "CHF")
    assert str(rate.value) == "0.93412"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<html>Down</html>", "not like CSV"),
        (fake.document("2026-09", "2026-09").replace("PublishingDate", "\r\n"), "no column|line"),
        (fake.document("2026-09", "2026-09").replace('"M1"', '"M2"'), "'M2' is neither M0 nor M1"),
        (fake.document("2026-09", "2026-09").replace("2026-09", "2026-Q3"), "2026-Q3"),
    ],
)
def test_faults_are_named(manager: ForexManager, provider: Provider, body: str, says: str) -> None:
    provider.answer = lambda asked: reply(body)
    with pytest.raises(MalformedResponseError, match=f"(?s)snb.*({says})"):
        forexhooks.open("snb", manager=manager).get_rate("EUR", "CHF")
