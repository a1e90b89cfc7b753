"""The BNR: a file of the day, of ten days, of a year, in whichever the days are."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

import forexhooks
from fakes import bnr as fake
from forexhooks import MalformedResponseError, MalformedRowWarning, UnsupportedPairError
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_bnr import BNR
from providers import Provider, reply


class TestBNR(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    requests_history = 2  # the year's file, and for the day of today the file of ten days

    def make_driver(self, server: ForexServer) -> BNR:
        return BNR(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 10, 17, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    with forexhooks.ForexManager() as manager:
        manager.register(BNR(base_url=provider.url))
        yield forexhooks.open("bnr", manager=manager)


def test_each_question_asks_the_files_that_have_its_days(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    for _ in range(2):
        fx.get_rate("EUR", "RON")
        fx.get_rate("EUR", "RON", date(2026, 10, 16), max_gap=3)
        fx.get_rate("EUR", "RON", date(2026, 1, 3))
        history = fx.get_history("EUR", "RON", date(2025, 12, 1), fake.TODAY)
    assert [f"{rate.on:%m-%d}" for rate in history] == ["12-31", "10-08", "10-15", "10-16"]
    assert [path.rpartition("nbrfxrates")[2] for path in provider.paths] == [
        ".xml",
        "10days.xml",
        "2025.xml",
        "2026.xml",
    ]


def test_gold_by_the_gram_is_left_out(fx: forexhooks.ForexService) -> None:
    assert fx.currencies() == {"RON", "EUR", "USD", "HUF", "JPY", "XDR"}
    with pytest.raises(UnsupportedPairError, match="bnr has no XAU"):
        fx.get_rate("XAU", "RON")


def test_the_file_of_a_new_year_may_not_be_there_yet(
    fx: forexhooks.ForexService, provider: Provider, now: time_machine.Traveller
) -> None:
    now.move_to(datetime(2027, 1, 4, 12, tzinfo=UTC))
    warnings.simplefilter("ignore", forexhooks.StaleRateWarning)  # the fake has none of December
    assert fx.get_history("EUR", "RON", date(2026, 10, 1), date(2027, 1, 4))[-1].on == fake.TODAY
    assert "/files/xml/years/nbrfxrates2027.xml" in provider.paths
    now.move_to(datetime(2027, 6, 4, 12, tzinfo=UTC))
    with pytest.raises(MalformedResponseError, match=r"nbrfxrates2027\.xml answered 404"):
        fx.get_history("EUR", "RON", date(2026, 10, 1), date(2027, 6, 4))


def test_a_bad_row_costs_its_own_currency(fx: forexhooks.ForexService, provider: Provider) -> None:
    body = fake.document(["2026-10-16"]).replace(">1.3070<", ">n/a<")
    provider.answer = lambda asked: reply(body, content_type="text/xml")
    with pytest.warns(MalformedRowWarning, match="bnr: 1 of 5 rows.*'n/a' is not a rate.*HUF"):
        assert str(fx.get_rate("EUR", "RON").value) == "5.0905"


def test_the_calendar() -> None:
    of_2026 = [date(2026, 1, 1) + timedelta(day) for day in range(365)]
    is_publication_day = BNR.profile.publication_days
    closed = [
        f"{day:%m-%d}" for day in of_2026 if day.weekday() < 5 and not is_publication_day(day)
    ]
    assert " ".join(closed) == ("01-01 01-02 01-06 01-07 04-10 04-13 05-01 06-01 11-30 12-01 12-25")
