"""The RBA: one file of all days, whose first lines describe its columns; days like 03-Jan-2023."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import ClassVar

import pytest
import time_machine

import forexhooks
from fakes import rba as fake
from forexhooks import MalformedResponseError
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_rba import RBA, is_publication_day
from forexhooks_rules import au_tax
from providers import Provider, reply

pytestmark = pytest.mark.one_python

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class TestRBA(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    whole_history = True
    reference: ClassVar = {"USD/AED": "3.6725", "XDR/USD": "1.37"}

    def make_driver(self, server: ForexServer) -> RBA:
        return RBA(base_url=server.url)

    def rewrite(
        self, body: bytes, number: Callable[[str], str], day: Callable[[date], date]
    ) -> bytes:
        iso = re.sub(
            rb"(\d\d)-([A-Z][a-z]{2})-(\d{4})",
            lambda each: b"%s-%02d-%s" % (each[3], MONTHS.index(each[2].decode()) + 1, each[1]),
            body,
        )
        return re.sub(
            rb"(\d{4})-(\d\d)-(\d\d)",
            lambda each: b"%s-%s-%s" % (each[3], MONTHS[int(each[2]) - 1].encode(), each[1]),
            super().rewrite(iso, number, day),
        )


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    with (
        time_machine.travel(datetime(2026, 10, 17, 12, tzinfo=UTC), tick=False),
        forexhooks.ForexManager() as manager,
    ):
        manager.register(RBA(base_url=provider.url))
        yield forexhooks.open("rba", manager=manager)


def test_one_file_answers_all(fx: forexhooks.ForexService, provider: Provider) -> None:
    rate = fx.get_rate("AUD", "USD", date(2023, 12, 31))  # what the tax office took for that Sunday
    assert (rate.on, str(rate.value)) == (date(2023, 12, 29), "0.6840")
    assert len(fx.get_history("AUD", "AED", date(2023, 1, 1), fake.TODAY)) == 9  # cells are empty
    assert fx.currencies() == {"AUD", "USD", "JPY", "EUR", "IDR", "AED", "XDR"}
    assert set(provider.paths) == {"/statistics/tables/csv/f11.1-data.csv"}


@pytest.mark.parametrize(
    ("day", "of", "value"),
    [
        (date(2023, 12, 30), date(2023, 12, 29), "0.6840"),
        (date(2023, 12, 31), date(2023, 12, 29), "0.6840"),  # as the tax office printed it
        (date(2024, 1, 1), date(2024, 1, 2), "0.6820"),
        (date(2024, 1, 2), date(2024, 1, 2), "0.6820"),
    ],
)
def test_au_tax_is_the_nearest_day(provider: Provider, day: date, of: date, value: str) -> None:
    provider.answer = fake.answer
    with (
        time_machine.travel(datetime(2026, 10, 17, 12, tzinfo=UTC), tick=False),
        forexhooks.ForexManager() as manager,
    ):
        manager.register(RBA(base_url=provider.url))
        manager.register(au_tax)
        rate = forexhooks.open("au-tax", manager=manager).get_rate("AUD", "USD", day)
        assert (rate.on, str(rate.value), rate.rule) == (of, value, "au-tax")


def test_a_file_without_its_titles_is_refused(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    body = fake.document().replace("A$1=USD", "AUD/USD")
    provider.answer = lambda asked: reply(body, content_type="application/octet-stream")
    with pytest.raises(MalformedResponseError, match=r"no column A\$1=USD"):
        fx.get_rate("AUD", "JPY")


def test_the_calendar() -> None:
    days = [date.fromordinal(date(2023, 1, 3).toordinal() + each) for each in range(1090)]
    closed = [day for day in days if day.weekday() < 5 and not is_publication_day(day)]
    # Those that the bank's file lacks, from 2023-01-03 to the end of 2025.
    assert " ".join(map(str, closed)) == (
        "2023-01-26 2023-04-07 2023-04-10 2023-04-25 2023-06-12 2023-08-07 2023-10-02 2023-12-25 "
        "2023-12-26 2024-01-01 2024-01-26 2024-03-29 2024-04-01 2024-04-25 2024-06-10 2024-08-05 "
        "2024-10-07 2024-12-25 2024-12-26 2025-01-01 2025-01-27 2025-04-18 2025-04-21 2025-04-25 "
        "2025-06-09 2025-08-04 2025-10-06 2025-12-25 2025-12-26"
    )
    assert not is_publication_day(date(2027, 12, 28)) and is_publication_day(date(2026, 12, 29))
