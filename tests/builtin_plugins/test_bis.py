"""The BIS: a row a country, of which one counts for a currency; values at the ends of months."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine

import forexhooks
from fakes import bis as fake
from forexhooks import MalformedRowWarning, RateUnavailableError, UnsupportedPairError
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_bis import BIS
from providers import Provider, reply

pytestmark = pytest.mark.one_python


class TestBIS(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    reference = {"USD/XCD": "2.7", "USD/XOF": "577"}  # noqa: RUF012
    expected_failures = {  # noqa: RUF012
        "test_a_stale_day_is_not_taken_for_today": "it says months, and no days",
        "test_every_year_of_a_history_is_asked_for": "those days have one end of a month",
        "test_it_publishes_by_day_where_its_currency_is": "it is in Basel",
        "test_fault_in_a_history[404]": "how it says that there are no rates is not recorded",
    }

    def make_driver(self, server: ForexServer) -> BIS:
        return BIS(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 10, 17, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    with forexhooks.ForexManager() as manager:
        manager.register(BIS(base_url=provider.url))
        yield forexhooks.open("bis", manager=manager)


@pytest.mark.parametrize(
    ("area", "code"),
    [each.split() for each in ("XM EUR", "JP JPY", "AU AUD", "TR TRY", "WA XOF", "LC XCD")],
)
def test_each_month_is_the_row_of_the_currencys_own_area(
    fx: forexhooks.ForexService, area: str, code: str
) -> None:
    history = fx.get_history("USD", code, date(2026, 7, 1), date(2026, 9, 30))
    assert [str(rate.value) for rate in history] == fake.VALUES[f"{area} {code}"].split()
    assert [(rate.on.day, rate.until) for rate in history] == [(31, None), (31, None), (30, None)]


def test_months_are_asked_for_as_a_whole(fx: forexhooks.ForexService, provider: Provider) -> None:
    fx.get_rate("USD", "JPY", date(2026, 9, 29))
    [asked] = provider.asked
    assert asked.query == {"c[TIME_PERIOD]": "ge:2026-08+le:2026-08"}


def test_what_is_restated_or_ended_has_no_rate(fx: forexhooks.ForexService) -> None:
    assert not {"SLL", "STD"} & {*fx.currencies()}
    for code in ("SLL", "STD"):
        with pytest.raises((RateUnavailableError, UnsupportedPairError)):
            fx.get_rate("USD", code, date(2026, 9, 30))
    with pytest.raises(RateUnavailableError):
        fx.get_rate("USD", "HRK", date(2023, 2, 28), max_gap=0)


def test_euros_of_members_alone_are_none(fx: forexhooks.ForexService, provider: Provider) -> None:
    body = fake.answer
    provider.answer = lambda asked: reply(body(asked).content.replace(b",XM,", b",FR,"))
    with pytest.raises(UnsupportedPairError, match="EUR"):
        fx.get_rate("USD", "EUR")


def test_rows_that_contradict_each_other_are_no_rate(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    body = fake.answer
    provider.answer = lambda asked: reply(body(asked).content.replace(b",WA,", b",SN,"))
    with pytest.warns(MalformedRowWarning, match="'577 and 577.680984' is not a rate.*out: XOF"):
        assert str(fx.get_rate("USD", "XCD").value) == "2.7"
