"""The Bank of England: a column for each series, and days in English words."""

from __future__ import annotations

import contextlib
import locale
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

import forexhooks
from fakes import boe as fake
from forexhooks import MalformedResponseError, MalformedRowWarning
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_boe import BoE, is_publication_day
from providers import Provider, reply

pytestmark = pytest.mark.one_python


class TestBoE(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)

    def rewrite(
        self, body: bytes, number: Callable[[str], str], day: Callable[[date], date]
    ) -> bytes:
        def iso(found: re.Match[bytes]) -> bytes:
            return f"{datetime.strptime(found[0].decode(), '%d %b %Y'):%Y-%m-%d}".encode()  # noqa: DTZ007

        def words(found: re.Match[bytes]) -> bytes:
            return f"{date.fromisoformat(found[0].decode()):%d %b %Y}".encode()

        moved = super().rewrite(re.sub(rb"\d\d [A-Z][a-z]{2} \d{4}", iso, body), number, day)
        return re.sub(rb"\d{4}-\d\d-\d\d", words, moved)

    def make_driver(self, server: ForexServer) -> BoE:
        return BoE(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 3, 20, 20, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    with forexhooks.ForexManager() as manager:
        manager.register(BoE(base_url=provider.url))
        yield forexhooks.open("boe", manager=manager)


def test_every_value_is_the_one_published(fx: forexhooks.ForexService, provider: Provider) -> None:
    for place, code in enumerate(fake.SERIES.values()):
        history = fx.get_history("GBP", code, date(2026, 1, 1), fake.TODAY)
        assert {str(rate.on): str(rate.value) for rate in history} == {
            day: values[place] for day, values in fake.DAYS.items() if day >= "2026"
        }
    (asked,) = provider.asked
    assert (asked.query["Datefrom"], asked.query["Dateto"]) == ("22/Dec/2025", "20/Mar/2026")
    assert len(asked.query["SeriesCodes"].split(",")) == 26


def test_a_weekend_has_no_rates_of_its_own(fx: forexhooks.ForexService) -> None:
    assert fx.get_history("GBP", "USD", date(2026, 3, 14), date(2026, 3, 15)) == []


def test_a_long_history_goes_by_five_years(fx: forexhooks.ForexService, provider: Provider) -> None:
    history = fx.get_history("GBP", "USD", date(2000, 1, 1), fake.TODAY)
    assert [str(rate.on) for rate in history] == [*fake.DAYS]
    assert len(provider.asked) == 6


def test_the_machine_s_language_changes_nothing(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    before = locale.setlocale(locale.LC_TIME)
    for name in ("de_DE.UTF-8", "C"):  # where it is not there, in English again
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_TIME, name)
            break
    provider.answer = lambda asked: reply("DATE,XUDLUSS\r\n18 Mar 2026,1.3323\r\n")
    try:
        assert fx.get_rate("GBP", "USD", date(2026, 3, 18)).on == date(2026, 3, 18)
    finally:
        locale.setlocale(locale.LC_TIME, before)
    assert provider.asked[0].query["Dateto"] == "18/Mar/2026"


def test_a_bad_cell_costs_its_own_currency(fx: forexhooks.ForexService, provider: Provider) -> None:
    body = "DATE,XUDLUSS,XUDLERS,XUDLJYS\r\n20 Mar 2026,1.3302,n/a,211.833\r\n"
    provider.answer = lambda asked: reply(body)
    with pytest.warns(MalformedRowWarning, match="boe: 1 of 3 rows.*'n/a' is not a rate.*EUR"):
        assert str(fx.get_rate("GBP", "USD").value) == "1.3302"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<html>Error</html>", "not like CSV"),
        ("DATE,XUDLUSS\r\n20 Mrz 2026,1.3302\r\n", "not in the format"),
        ("DATE,XUMLUSS\r\n20 Mar 2026,1.3302\r\n", "'XUMLUSS' was not asked for"),
        ("DATE,XUDLUSS\r\n", "returned no rates"),
    ],
)
def test_faults_are_named(
    fx: forexhooks.ForexService, provider: Provider, body: str, says: str
) -> None:
    provider.answer = lambda asked: reply(body)
    with pytest.raises(MalformedResponseError, match=f"(?s)boe.*{says}"):
        fx.get_rate("GBP", "USD")


def test_the_calendar() -> None:
    closed = {
        year: " ".join(
            f"{day:%m-%d}"
            for day in (date(year, 1, 1) + timedelta(n) for n in range(365))
            if day.weekday() < 5 and not is_publication_day(day)
        )
        for year in (2026, 2027)
    }
    assert closed == {
        2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
        2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
    }
