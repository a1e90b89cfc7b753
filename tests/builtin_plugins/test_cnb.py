"""The CNB: a document of each year, of rates for 1, 100 or 1,000 units."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

import forexhooks
from fakes import cnb as fake
from forexhooks import MalformedResponseError, MalformedRowWarning
from forexhooks.http import value_of
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_cnb import CNB
from providers import Provider, reply

pytestmark = pytest.mark.one_python


class TestCNB(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    reference = {"USD/XDR": "0.733"}  # noqa: RUF012

    def make_driver(self, server: ForexServer) -> CNB:
        return CNB(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 4, 2, 14, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    with forexhooks.ForexManager() as manager:
        manager.register(CNB(base_url=provider.url))
        yield forexhooks.open("cnb", manager=manager)


def test_every_value_is_that_of_one_unit(fx: forexhooks.ForexService, provider: Provider) -> None:
    for place, (code, units) in enumerate(fake.UNITS.items()):
        history = fx.get_history(code, "CZK", date(2026, 1, 1), fake.TODAY)
        assert {str(rate.on): str(rate.value) for rate in history} == {
            day: str(value_of(values[place], per=units))
            for day, values in fake.DAYS.items()
            if day >= "2026"
        }
    assert [asked.query["year"] for asked in provider.asked] == ["2026"]


def test_for_how_many_units_may_change(fx: forexhooks.ForexService, provider: Provider) -> None:
    """As of the lira with 2 January 2024: 1 before, 100 from then on."""
    row = '{"currencyCode":"TRY","amount":%s,"validFor":"%s","rate":%s}'
    rows = row % (1, "2026-03-31", "0.489"), row % (100, "2026-04-01", "48.033")
    body = f'{{"rates":[{",".join(rows)}]}}'
    provider.answer = lambda asked: reply(body, content_type="application/json")
    history = fx.get_history("TRY", "CZK", date(2026, 3, 31), date(2026, 4, 1))
    assert [str(rate.value) for rate in history] == ["0.489", "0.48033"]


def test_a_bad_row_costs_its_own_currency(fx: forexhooks.ForexService, provider: Provider) -> None:
    body = fake.document(2026).replace('"amount":1000', '"amount":0')
    provider.answer = lambda asked: reply(body, content_type="application/json")
    with pytest.warns(MalformedRowWarning, match="cnb: 12 of 96 rows.*per=0.*left out: IDR"):
        assert str(fx.get_rate("EUR", "CZK").value) == "24.540"


@pytest.mark.parametrize(
    "body", ["<html>Down</html>", '{"errorCode":"VALIDATION_ERROR"}', '{"rates":[]}']
)
def test_faults_are_named(fx: forexhooks.ForexService, provider: Provider, body: str) -> None:
    provider.answer = lambda asked: reply(body, content_type="application/json")
    with pytest.raises(MalformedResponseError, match="cnb"):
        fx.get_rate("EUR", "CZK")


def test_the_calendar() -> None:
    of_2026 = [date(2026, 1, 1) + timedelta(day) for day in range(365)]
    is_publication_day = CNB.profile.publication_days
    closed = [
        f"{day:%m-%d}" for day in of_2026 if day.weekday() < 5 and not is_publication_day(day)
    ]
    assert " ".join(closed) == ("01-01 04-03 04-06 05-01 05-08 07-06 09-28 10-28 11-17 12-24 12-25")
