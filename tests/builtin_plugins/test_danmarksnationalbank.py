"""Danmarks Nationalbank: a table that is asked for by POST, for 100 units."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

import forexhooks
from fakes import danmarksnationalbank as fake
from forexhooks import MalformedResponseError, MalformedRowWarning, RateUnavailableError
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_danmarksnationalbank import DanmarksNationalbank
from providers import Provider, reply


class TestDanmarksNationalbank(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)

    def rewrite(
        self, body: bytes, number: Callable[[str], str], day: Callable[[date], date]
    ) -> bytes:
        iso = re.sub(rb"(\d{4})M(\d\d)D(\d\d)", rb"\1-\2-\3", body)
        moved = super().rewrite(iso, number, day)
        return re.sub(rb"(\d{4})-(\d\d)-(\d\d)", rb"\1M\2D\3", moved)

    def make_driver(self, server: ForexServer) -> DanmarksNationalbank:
        return DanmarksNationalbank(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 10, 17, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    with forexhooks.ForexManager() as manager:
        manager.register(DanmarksNationalbank(base_url=provider.url))
        yield forexhooks.open("danmarksnationalbank", manager=manager)


def test_each_span_is_one_post(fx: forexhooks.ForexService, provider: Provider) -> None:
    for _ in range(2):
        fx.get_rate("USD", "DKK")
        fx.get_history("EUR", "DKK", date(2026, 10, 1), fake.TODAY)
        with pytest.raises(RateUnavailableError):
            fx.get_rate("EUR", "DKK", date(2026, 8, 1))
    assert fx.currencies() == {"DKK", "USD", "EUR", "JPY"}
    asked = [json.loads(asked.content)["variables"][2]["values"] for asked in provider.asked]
    assert asked == [
        [">=2026M09D30<=2026M10D17"],
        [">=2026M09D21<=2026M10D16"],
        [">=2026M07D15<=2026M08D01"],
    ]


def test_a_long_history_goes_by_five_years(fx: forexhooks.ForexService, provider: Provider) -> None:
    history = fx.get_history("USD", "DKK", date(1977, 1, 1), fake.TODAY)
    assert [rate.on for rate in history] == [date.fromisoformat(day) for day in fake.DAYS]
    assert len(provider.asked) == 10


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<html>Down</html>", "not like CSV"),
        ("VALUTA;TID;INDHOLD\n", "no column KURTYP"),
        ("VALUTA;KURTYP;TID;INDHOLD\nUSD;ECU;2026M10D16;641.15\n", "'ECU' was not asked for"),
        ("VALUTA;KURTYP;TID;INDHOLD\nUSD;KBH;2026M10;641.15\n", "2026M10"),
        ("VALUTA;KURTYP;TID;INDHOLD\nUSD;KBH;2026M10D16;641,15\n", "is not a rate"),
        ("VALUTA;KURTYP;TID;INDHOLD\n", "returned no rates"),
    ],
)
def test_faults_are_named(
    fx: forexhooks.ForexService, provider: Provider, body: str, says: str
) -> None:
    provider.answer = lambda asked: reply(body)
    with pytest.raises(MalformedResponseError, match=f"(?s)danmarksnationalbank.*{says}"):
        fx.get_rate("USD", "DKK")


def test_a_bad_row_costs_its_own_currency(fx: forexhooks.ForexService, provider: Provider) -> None:
    provider.answer = lambda asked: fake.answer(asked)._replace(
        content=fake.answer(asked).content.replace(b"4.2337", b"-")
    )
    with pytest.warns(MalformedRowWarning, match="'-' is not a rate.*left out: JPY"):
        assert str(fx.get_rate("USD", "DKK").value) == "6.411500"


def test_the_calendar() -> None:
    of_2026 = [date(2026, 1, 1) + timedelta(day) for day in range(365)]
    is_publication_day = DanmarksNationalbank.profile.publication_days
    closed = [
        f"{day:%m-%d}" for day in of_2026 if day.weekday() < 5 and not is_publication_day(day)
    ]
    assert " ".join(closed) == ("01-01 04-02 04-03 04-06 05-14 05-15 05-25 06-05 12-24 12-25 12-31")
