"""Banco de México: the FIX by two days, what is not determined, and two faults of status 400."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine

import forexhooks
from fakes import banxico as fake
from forexhooks import AuthenticationError, QuotaError
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_banxico import Banxico, is_publication_day
from forexhooks_rules import mx
from providers import Provider, reply

pytestmark = pytest.mark.one_python


class TestBanxico(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    key = fake.TOKEN
    answer = staticmethod(fake.answer)

    def make_driver(self, server: ForexServer) -> Banxico:
        return Banxico(token=self.key, base_url=server.url)


@pytest.fixture
def manager(provider: Provider) -> Iterator[forexhooks.ForexManager]:
    provider.answer = fake.answer
    with (
        time_machine.travel(datetime(2026, 10, 17, 12, tzinfo=UTC), tick=False),
        forexhooks.ForexManager() as manager,
    ):
        manager.register(Banxico(token=fake.TOKEN, base_url=provider.url))
        yield manager


@pytest.mark.parametrize(
    ("day", "fix", "settlement"),
    [
        (date(2020, 11, 26), "20.0467", "20.0577"),
        (date(2020, 11, 27), "20.0777", "20.0465"),
        (date(2026, 8, 20), "17.1144", "17.0638"),  # that of the 18th, printed on the 19th
    ],
)
def test_the_fix_by_the_day_it_was_made_and_by_the_day_it_pays(
    manager: forexhooks.ForexManager, day: date, fix: str, settlement: str
) -> None:
    for series, value in ("fix", fix), ("settlement", settlement):
        rate = forexhooks.open(f"banxico:{series}", manager=manager).get_rate("USD", "MXN", day)
        assert (rate.on, str(rate.value)) == (day, value)


def test_what_is_ahead_waits_for_its_day(manager: forexhooks.ForexManager) -> None:
    rate = forexhooks.open("banxico:settlement", manager=manager).get_rate("USD", "MXN")
    assert (rate.on, str(rate.value), rate.stale) == (fake.TODAY, "18.4102", None)


def test_a_day_that_is_not_determined_is_no_bad_row(manager: forexhooks.ForexManager) -> None:
    history = forexhooks.open("banxico", manager=manager).get_history(
        "USD", "MXN", date(2026, 10, 9), date(2026, 10, 14)
    )
    assert [rate.on.day for rate in history] == [9, 13, 14]


def test_a_limit_that_is_used_up_is_no_wrong_token(
    manager: forexhooks.ForexManager, provider: Provider
) -> None:
    fx = forexhooks.open("banxico", manager=manager)
    provider.answer = lambda asked: reply({"error": fake.NO_TOKEN}, 400)
    with pytest.raises(AuthenticationError, match="check the setting token"):
        fx.get_rate("USD", "MXN")
    provider.answer = lambda asked: reply({"error": fake.USED_UP}, 400)
    with pytest.raises(QuotaError, match="in 240 s") as failure:
        fx.get_rate("USD", "MXN")
    assert failure.value.retry_after == 240


@pytest.mark.parametrize(
    ("day", "determined", "value"),
    [
        (date(2020, 11, 27), date(2020, 11, 25), "20.0465"),
        (date(2026, 8, 20), date(2026, 8, 18), "17.0638"),  # printed on the 19th
        (date(2026, 8, 22), date(2026, 8, 20), "17.1144"),  # a Saturday: printed on Friday
        (date(2026, 8, 23), date(2026, 8, 20), "17.1144"),
        (date(2026, 8, 24), date(2026, 8, 20), "17.1144"),
    ],
)
def test_mx_is_the_fix_that_was_printed_the_day_before(
    manager: forexhooks.ForexManager, day: date, determined: date, value: str
) -> None:
    manager.register(mx)
    assert str(forexhooks.open("mx", manager=manager).get_rate("USD", "MXN", day).value) == value
    fix = forexhooks.open("banxico:fix", manager=manager).get_rate("USD", "MXN", determined)
    assert (str(fix.value), fix.on) == (value, determined)


def test_mx_of_a_weekend_waits_for_the_next_banking_day(manager: forexhooks.ForexManager) -> None:
    manager.register(mx)
    with pytest.raises(forexhooks.RateUnavailableError) as failure:
        forexhooks.open("mx", manager=manager).get_rate("USD", "MXN", date(2026, 10, 17))
    assert failure.value.reason is forexhooks.UnavailableReason.NOT_PUBLISHED_YET


def test_the_calendar() -> None:
    closed = [
        day
        for day in (date.fromordinal(date(2026, 1, 1).toordinal() + each) for each in range(365))
        if day.weekday() < 5 and not is_publication_day(day)
    ]
    assert [f"{day:%m-%d}" for day in closed] == [
        "01-01", "02-02", "03-16", "04-02", "04-03", "05-01", "09-16", "11-02", "11-16", "12-25"
    ]  # fmt: skip
