"""The HKMA: a record of each day, which is out some weeks later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine

import forexhooks
from fakes import hkma as fake
from forexhooks import MalformedResponseError, MalformedRowWarning, StaleRateWarning
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_hkma import HKMA
from providers import Provider, reply

pytestmark = pytest.mark.one_python


class TestHKMA(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)

    def make_driver(self, server: ForexServer) -> HKMA:
        return HKMA(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 3, 30, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    with forexhooks.ForexManager() as manager:
        manager.register(HKMA(base_url=provider.url))
        yield forexhooks.open("hkma", manager=manager)


def test_every_value_is_the_one_published(fx: forexhooks.ForexService) -> None:
    for place, name in enumerate(fake.COLUMNS):
        code = "XDR" if name == "special_drawing_rights" else name.upper()
        history = fx.get_history(code, "HKD", date(2026, 2, 1), fake.TODAY)
        assert {str(rate.on): str(rate.value) for rate in history} == {
            day: values[place]
            for day, values in fake.DAYS.items()
            if day >= "2026" and values[place] != "null"
        }


def test_a_long_history_goes_by_a_hundred_days(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    assert len(fx.get_history("USD", "HKD", date(2025, 6, 1), fake.TODAY)) == 11
    assert [asked.query["pagesize"] for asked in provider.asked] == ["100"] * 3


def test_the_newest_are_not_missed_while_the_month_after_lasts(
    fx: forexhooks.ForexService, now: time_machine.Traveller
) -> None:
    assert fx.get_rate("USD", "HKD").stale is None
    now.move_to(datetime(2026, 5, 15, 12, tzinfo=UTC))
    with pytest.warns(StaleRateWarning, match="should be out"):
        assert fx.get_rate("USD", "HKD").on == fake.TODAY


def test_a_bad_cell_costs_its_own_currency(fx: forexhooks.ForexService, provider: Provider) -> None:
    body = fake.document("2026-02-28", "2026-02-28", 1).replace("1.14015", '"n/a"')
    provider.answer = lambda asked: reply(body, content_type="application/json")
    with pytest.warns(MalformedRowWarning, match="hkma: 1 of 7 rows.*'n/a' is not a rate.*CNY"):
        assert str(fx.get_rate("EUR", "HKD").value) == "9.245"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<html>Down</html>", "a page of HTML"),
        ('{"header":{"success":false,"err_code":"0001","err_msg":"Busy"}}', "'Busy'"),
        ('{"result":{"records":[]}}', "header"),
        (fake.document("2027-01-01", "2027-01-02", 1), "no rate"),
    ],
)
def test_faults_are_named(
    fx: forexhooks.ForexService, provider: Provider, body: str, says: str
) -> None:
    provider.answer = lambda asked: reply(body, content_type="application/json")
    with pytest.raises(MalformedResponseError, match=f"(?s)hkma.*{says}"):
        fx.get_rate("USD", "HKD")
