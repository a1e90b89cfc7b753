"""The MNB: a question by SOAP, and XML within the XML of its answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

import forexhooks
from fakes import mnb as fake
from forexhooks import MalformedResponseError, MalformedRowWarning, TransientError
from forexhooks.http import value_of
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_mnb import MNB
from providers import Provider, reply

pytestmark = pytest.mark.one_python


class TestMNB(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)

    def make_driver(self, server: ForexServer) -> MNB:
        return MNB(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2025, 3, 28, 18, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    with forexhooks.ForexManager() as manager:
        manager.register(MNB(base_url=provider.url))
        yield forexhooks.open("mnb", manager=manager)


def test_every_value_is_that_of_one_unit(fx: forexhooks.ForexService, provider: Provider) -> None:
    for place, (code, units) in enumerate(fake.UNITS.items()):
        history = fx.get_history(code, "HUF", date(2025, 3, 17), fake.TODAY)
        assert {str(rate.on): str(rate.value) for rate in history} == {
            day: str(value_of(values[place], per=units, decimal=","))
            for day, values in fake.DAYS.items()
            if day >= "2025"
        }
    assert [asked.method for asked in provider.asked] == ["POST"]


def test_a_long_history_goes_by_years(fx: forexhooks.ForexService, provider: Provider) -> None:
    assert len(fx.get_history("EUR", "HUF", date(2022, 1, 1), fake.TODAY)) == 10
    assert len(provider.asked) == 4


def test_a_bad_row_costs_its_own_currency(fx: forexhooks.ForexService, provider: Provider) -> None:
    body = fake.envelope(fake.document("2025-03-28", "2025-03-28", [*fake.UNITS]))
    body = body.replace("2,26", "-")
    provider.answer = lambda asked: reply(body, content_type="text/xml; charset=utf-8")
    with pytest.warns(MalformedRowWarning, match="mnb: 1 of 7 rows.*'-' is not a rate.*IDR"):
        assert str(fx.get_rate("EUR", "HUF").value) == "402.61"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<html>Down</html>", "a page of HTML"),
        ("<Envelope><Fault>busy</Fault></Envelope>", "no GetExchangeRatesResult"),
        (fake.envelope("<MNBCurrencies/>"), "'MNBCurrencies'"),
        (fake.envelope("<MNBExchangeRates/>"), "no MNBExchangeRates|nothing|no rate"),
    ],
)
def test_faults_are_named(
    fx: forexhooks.ForexService, provider: Provider, body: str, says: str
) -> None:
    provider.answer = lambda asked: reply(body, content_type="text/xml; charset=utf-8")
    with pytest.raises(MalformedResponseError, match=f"(?s)mnb.*({says})"):
        fx.get_rate("EUR", "HUF")


def test_a_fault_of_the_service_may_pass(fx: forexhooks.ForexService, provider: Provider) -> None:
    provider.answer = lambda asked: reply("<Fault/>", 503, content_type="text/xml")
    with pytest.raises(TransientError, match="mnb"):
        fx.get_rate("EUR", "HUF")


def test_the_calendar() -> None:
    of_2026 = [date(2026, 1, 1) + timedelta(day) for day in range(365)]
    is_publication_day = MNB.profile.publication_days
    closed = [
        f"{day:%m-%d}" for day in of_2026 if day.weekday() < 5 and not is_publication_day(day)
    ]
    assert " ".join(closed) == "01-01 04-03 04-06 05-01 05-25 08-20 10-23 12-24 12-25"
