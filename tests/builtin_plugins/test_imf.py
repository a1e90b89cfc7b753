"""The IMF: SDR per unit, dollars either way round, currencies by name, a file for each month."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import ClassVar

import pytest
import time_machine

import forexhooks
from fakes import imf as fake
from forexhooks import MalformedResponseError, MalformedRowWarning
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_imf import IMF
from providers import Provider, reply

pytestmark = pytest.mark.one_python

MONTHS = [each.encode() for each in fake.MONTHS]
MARCH = date(2026, 3, 2)


class TestIMF(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    reference: ClassVar = {"XDR/USD": "1.37", "USD/AED": "3.6725"}

    def make_driver(self, server: ForexServer) -> IMF:
        return IMF(base_url=server.url)

    def rewrite(
        self, body: bytes, number: Callable[[str], str], day: Callable[[date], date]
    ) -> bytes:
        iso = re.sub(
            rb"([A-Z][a-z]+) (\d\d), (\d{4})",
            lambda each: b"%s-%02d-%s" % (each[3], MONTHS.index(each[1]) + 1, each[2]),
            body,
        )
        return re.sub(
            rb"(\d{4})-(\d\d)-(\d\d)",
            lambda each: b"%s %s, %s" % (MONTHS[int(each[2]) - 1], each[3], each[1]),
            super().rewrite(iso, number, day),
        )


@pytest.fixture
def manager(provider: Provider) -> Iterator[forexhooks.ForexManager]:
    provider.answer = fake.answer
    with (
        time_machine.travel(datetime(2026, 10, 17, 12, tzinfo=UTC), tick=False),
        forexhooks.ForexManager() as manager,
    ):
        manager.register(IMF(base_url=provider.url))
        yield manager


def test_what_central_banks_report_is_stated_either_way_round(
    manager: forexhooks.ForexManager,
) -> None:
    fx = forexhooks.open("imf:representative", manager=manager)
    assert fx.get_rate("EUR", "USD", MARCH).kind == "direct"
    assert fx.get_rate("USD", "JPY", MARCH).kind == "direct"
    assert str(fx.get_rate("USD", "JPY", MARCH).value) == "156.400000"
    won = fx.get_rate("USD", "KRW", date(2026, 3, 3))
    assert str(won.value) == "1435.400000"


def test_each_month_is_a_file(manager: forexhooks.ForexManager, provider: Provider) -> None:
    fx = forexhooks.open("imf", manager=manager)
    history = fx.get_history("EUR", "XDR", date(2026, 8, 1), fake.TODAY)
    assert (len(history), str(history[0].value)) == (8, "0.8170180000")
    days = [each.query["SelectDate"] for each in provider.asked]
    assert days == ["2026-08-31", "2026-09-30", "2026-10-31"]
    assert {each.query["reportType"] for each in provider.asked} == {"SDRCV"}


def test_a_currency_of_an_unknown_name_is_left_out_and_named(
    manager: forexhooks.ForexManager, provider: Provider
) -> None:
    title, rows = fake.REPORTS["SDRCV"]
    body = fake.document(title, rows, fake.TODAY).replace("U.A.E. dirham", "Lunar crown(2)")
    provider.answer = lambda asked: reply(body, content_type="application/vnd.ms-excel")
    with pytest.warns(MalformedRowWarning, match=r"Lunar crow"):
        forexhooks.open("imf", manager=manager).get_rate("EUR", "XDR")


def test_another_report_than_was_asked_for_is_refused(
    manager: forexhooks.ForexManager, provider: Provider
) -> None:
    body = fake.document(*fake.REPORTS["REP"], fake.TODAY)
    provider.answer = lambda asked: reply(body, content_type="application/vnd.ms-excel")
    with pytest.raises(MalformedResponseError, match="begins with 'Representative"):
        forexhooks.open("imf", manager=manager).get_rate("EUR", "XDR")
