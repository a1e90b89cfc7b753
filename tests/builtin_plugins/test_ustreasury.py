"""The US Treasury: a record of each quarter's end, which may be amended until the next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine

import forexhooks
from fakes import ustreasury as fake
from forexhooks import (
    ForexManager,
    MalformedResponseError,
    MalformedRowWarning,
    RateUnavailableError,
    StaleRateWarning,
)
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_ustreasury import USTreasury
from forexhooks_ustreasury.labels import code_of
from providers import Provider, reply


class TestUSTreasury(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    expected_failures = {  # noqa: RUF012
        "test_every_year_of_a_history_is_asked_for": "January has the record of 31 December",
        "test_the_first_day_is_that_of_the_profile": "its replies begin later",
    }

    def make_driver(self, server: ForexServer) -> USTreasury:
        return USTreasury(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 9, 10, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    with ForexManager() as manager:
        manager.register(USTreasury(base_url=provider.url))
        yield forexhooks.open("ustreasury", manager=manager)


def test_a_record_holds_until_the_next_one(fx: forexhooks.ForexService, provider: Provider) -> None:
    for on in (date(2026, 3, 31), date(2026, 4, 1), date(2026, 6, 29)):
        rate = fx.get_rate("USD", "JPY", on)
        assert (str(rate.value), rate.on, rate.until) == (
            "159.41",
            date(2026, 3, 31),
            date(2026, 6, 29),
        )
    assert str(fx.get_rate("USD", "JPY", date(2026, 6, 30)).value) == "162.38"
    assert [asked.query["filter"] for asked in provider.asked] == [
        "record_date:gte:2026-03-31,record_date:lte:2026-03-31",
        "record_date:gte:2026-06-30,record_date:lte:2026-06-30",
    ]


def test_an_amendment_holds_from_its_effective_date_on(fx: forexhooks.ForexService) -> None:
    history = fx.get_history("USD", "KRW", date(2026, 6, 30), date(2026, 9, 10))
    assert [(str(each.value), f"{each.on}", f"{each.until}") for each in history] == [
        ("1550.88", "2026-06-30", "2026-08-30"),
        ("1367.46", "2026-08-31", "2026-09-29"),
    ]
    assert str(fx.get_rate("USD", "KRW", date(2026, 8, 30)).value) == "1550.88"
    assert str(fx.get_rate("USD", "KRW").value) == "1367.46"


def test_labels_are_of_the_currency_of_their_time(fx: forexhooks.ForexService) -> None:
    """Mauritania's kept its name where ten old ouguiyas became a new one."""
    assert str(fx.get_rate("USD", "MRO", date(2018, 6, 29)).value) == "352.5"
    assert str(fx.get_rate("USD", "MRU", date(2018, 6, 30)).value) == "35.55"
    assert code_of("Ghana-Second Cedi", date(2007, 6, 30)) == "GHC"
    assert code_of("Ghana-Second Cedi", date(2007, 9, 30)) == "GHS"
    assert code_of("Turkey-Lira", date(2005, 3, 31)) == ""
    # What countries with another's money have is left out.
    assert code_of("Ecuador-Dolares", date(2026, 3, 31)) == ""


def test_a_label_that_is_not_known_is_named(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    rows = [*fake.ROWS[-8:], ("2026-06-30", "", "Atlantis-Drachma", "3.5")]
    provider.answer = lambda asked: reply(fake.document(rows))
    with pytest.warns(MalformedRowWarning, match="'Atlantis-Drachma' is not a currency code"):
        assert str(fx.get_rate("USD", "GBP").value) == "0.756"


def test_countries_that_contradict_each_other_have_no_rate(fx: forexhooks.ForexService) -> None:
    on = date(2026, 4, 1)
    assert str(fx.get_rate("USD", "XOF", on).value) == "567.0"
    with pytest.raises(forexhooks.RateError):
        fx.get_rate("USD", "XAF", on)


def test_the_latest_is_of_the_quarter_before_where_the_new_one_is_not_out(
    fx: forexhooks.ForexService, now: time_machine.Traveller
) -> None:
    now.move_to(datetime(2026, 10, 15, 12, tzinfo=UTC))
    assert fx.get_rate("USD", "EUR").on == date(2026, 6, 30)
    with pytest.raises(RateUnavailableError):
        fx.get_rate("USD", "EUR", date(2026, 10, 1))
    now.move_to(datetime(2026, 11, 5, 12, tzinfo=UTC))
    with pytest.warns(StaleRateWarning, match="the quarter to 2026-09-30 should be out"):
        fx.get_rate("USD", "JPY")


def test_a_quarter_of_a_century_is_a_few_requests(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    history = fx.get_history("USD", "EUR", date(2001, 1, 1), date(2026, 9, 10))
    assert [f"{each.on}" for each in history] == [
        "2018-03-31",
        "2018-06-30",
        "2025-12-31",
        "2026-03-31",
        "2026-06-30",
    ]
    assert len(provider.asked) == 3


def test_what_does_not_fit_into_a_page_is_a_fault(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    provider.answer = lambda asked: reply(fake.document(fake.ROWS[-8:], pages=2))
    with pytest.raises(MalformedResponseError, match="more than 10,000 rows"):
        fx.get_rate("USD", "GBP")
