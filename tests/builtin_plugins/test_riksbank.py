"""The Riksbank: the series of a group, and no content on days without rates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

import forexhooks
from fakes import riksbank as fake
from forexhooks import MalformedResponseError, MalformedRowWarning, RateUnavailableError
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_riksbank import Riksbank, is_publication_day
from providers import Provider, reply

pytestmark = pytest.mark.one_python


class TestRiksbank(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)

    def make_driver(self, server: ForexServer) -> Riksbank:
        return Riksbank(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 3, 27, 18, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    with forexhooks.ForexManager() as manager:
        manager.register(Riksbank(base_url=provider.url))
        yield forexhooks.open("riksbank", manager=manager)


def test_every_value_is_the_one_published(fx: forexhooks.ForexService, provider: Provider) -> None:
    for place, code in enumerate(fake.CODES):
        history = fx.get_history(code, "SEK", date(2026, 3, 1), fake.TODAY)
        assert {str(rate.on): str(rate.value) for rate in history} == {
            day: values[place] for day, values in fake.DAYS.items() if day >= "2026"
        }
    assert provider.paths == ["/swea/v1/Observations/ByGroup/130/2026-03-01/2026-03-27"]


def test_no_content_says_that_there_are_no_rates(fx: forexhooks.ForexService) -> None:
    assert fx.get_history("USD", "SEK", date(2026, 3, 21), date(2026, 3, 22)) == []
    with pytest.raises(RateUnavailableError, match="riksbank has no USD/SEK on 2024-06-01"):
        fx.get_rate("USD", "SEK", date(2024, 6, 1))


def test_days_before_are_not_asked_for(fx: forexhooks.ForexService, provider: Provider) -> None:
    """As some of them are for 100 units, and nothing in the answer says which."""
    assert len(fx.get_history("JPY", "SEK", date(2023, 1, 1), date(2023, 12, 31))) == 1
    assert provider.paths == ["/swea/v1/Observations/ByGroup/130/2023-11-27/2023-12-31"]


def test_a_bad_row_costs_its_own_currency(fx: forexhooks.ForexService, provider: Provider) -> None:
    body = fake.document("2026-03-27", "2026-03-27").replace("0.05907", "null")
    provider.answer = lambda asked: reply(body, content_type="application/json")
    with pytest.warns(MalformedRowWarning, match="riksbank: 1 of 6 rows.*None is not a rate.*JPY"):
        assert str(fx.get_rate("EUR", "SEK").value) == "10.878"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<html>Down</html>", "a page of HTML"),
        ('{"statusCode":200}', "not in the format"),
        ('[{"seriesId":"SEDP3MSTIBORDELAYC","date":"2026-03-27","value":2.1}]', "another group"),
        ("[]", "returned no rates"),
    ],
)
def test_faults_are_named(
    fx: forexhooks.ForexService, provider: Provider, body: str, says: str
) -> None:
    provider.answer = lambda asked: reply(body, content_type="application/json")
    with pytest.raises(MalformedResponseError, match=f"(?s)riksbank.*{says}"):
        fx.get_rate("EUR", "SEK")


def test_the_calendar() -> None:
    of_2026 = [date(2026, 1, 1) + timedelta(day) for day in range(365)]
    closed = [
        f"{day:%m-%d}" for day in of_2026 if day.weekday() < 5 and not is_publication_day(day)
    ]
    assert " ".join(closed) == "01-01 01-06 04-03 04-06 05-01 05-14 06-19 12-24 12-25 12-31"
