"""BAZG: selling rates of a month, and of the days that a day's rate holds on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine

import forexhooks
from fakes import bazg as fake
from forexhooks import ForexManager, MalformedResponseError, RateError, RateUnavailableError
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_bazg import BAZG
from providers import Provider, reply


class TestBAZG(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    requests_history = 2  # its ten days are of two months
    expected_failures = dict.fromkeys(
        (
            "test_many_quotes_take_no_more_requests_than_promised",
            "test_the_inverse_of_the_inverse",
            "test_threads_get_the_answers_of_one",
        ),
        "the test asks for CHF in other currencies, and BAZG has selling rates alone",
    ) | {"test_a_stale_day_is_not_taken_for_today": "a document of a month names no day"}

    def make_driver(self, server: ForexServer) -> BAZG:
        return BAZG(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 8, 17, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def manager(provider: Provider) -> Iterator[ForexManager]:
    provider.answer = fake.answer
    with ForexManager() as manager:
        manager.register(BAZG(base_url=provider.url))
        yield manager


def test_a_month_has_one_rate_on_all_of_its_days(manager: ForexManager, provider: Provider) -> None:
    fx = forexhooks.open("bazg", manager=manager)
    for day in (1, 17):
        rate = fx.get_rate("JPY", "CHF", date(2026, 8, day))
        assert (str(rate.value), rate.on, rate.until) == (
            "0.005088",
            date(2026, 8, 1),
            date(2026, 8, 31),
        )
    assert [asked.query for asked in provider.asked] == [{"j": "2026", "m": "08"}]


def test_selling_rates_have_no_inverse(manager: ForexManager) -> None:
    fx = forexhooks.open("bazg", manager=manager)
    with pytest.raises(RateError):
        fx.get_rate("CHF", "EUR")


@pytest.mark.parametrize("day", [25, 26, 27])
def test_friday_s_rate_holds_until_monday(
    manager: ForexManager, provider: Provider, day: int
) -> None:
    """As on Friday 24 July 2026, which the office says holds on the 25th, 26th and 27th."""
    fx = forexhooks.open("bazg:day", manager=manager)
    rate = fx.get_rate("USD", "CHF", date(2026, 7, day))
    assert (str(rate.value), rate.on, rate.until) == (
        "0.81156",
        date(2026, 7, 25),
        date(2026, 7, 27),
    )
    assert len(provider.asked) == 1


def test_a_history_of_days_goes_from_one_period_to_the_next(
    manager: ForexManager, provider: Provider
) -> None:
    fx = forexhooks.open("bazg:day", manager=manager)
    history = fx.get_history("EUR", "CHF", date(2026, 7, 24), date(2026, 7, 28))
    assert [(f"{each.on:%m-%d}", str(each.value)) for each in history] == [
        ("07-24", "0.92731"),
        ("07-25", "0.92742"),
        ("07-28", "0.92753"),
    ]
    assert len(provider.asked) == 3


def test_it_does_not_matter_by_which_day_the_office_finds_them(
    manager: ForexManager, provider: Provider
) -> None:
    """Whether it is asked for the day they were fixed on, or for one that they hold on."""

    def by_validity(asked: object) -> object:
        wanted = datetime.strptime(asked.query["d"], "%Y%m%d")  # type: ignore[attr-defined] # noqa: DTZ007
        for fixed, (days, _) in fake.DAYS.items():
            if f"{wanted:%d.%m.%Y}" in days:
                return reply(fake.day(fixed), content_type="application/xml")
        return reply(fake.day(min(fake.DAYS)), content_type="application/xml")

    provider.answer = by_validity  # type: ignore[assignment]
    fx = forexhooks.open("bazg:day", manager=manager)
    for day, value in ((24, "0.92731"), (25, "0.92742"), (27, "0.92742"), (28, "0.92753")):
        assert str(fx.get_rate("EUR", "CHF", date(2026, 7, day)).value) == value


def test_a_month_that_is_not_out_has_no_rate(
    manager: ForexManager, now: time_machine.Traveller
) -> None:
    now.move_to(datetime(2026, 9, 1, 12, tzinfo=UTC))
    fx = forexhooks.open("bazg", manager=manager)
    with pytest.warns(
        forexhooks.StaleRateWarning, match="the rate of September 2026 should be out"
    ):
        assert fx.get_rate("EUR", "CHF").on == date(2026, 8, 1)
    with pytest.raises(RateUnavailableError):
        fx.get_rate("EUR", "CHF", date(2026, 9, 1))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (fake.month("2026-07"), "2026-08 was asked for, but it is of '2026-07'"),
        (fake.month("2026-08").replace("100 JPY", "100 USD"), "the row of JPY says 'USD'"),
        (fake.month("2026-08").replace("<monat>", "<mois>").replace("</monat>", "</mois>"), "None"),
        ("<fehler>Wartung</fehler>", "'fehler'"),
    ],
)
def test_faults_are_named(manager: ForexManager, provider: Provider, body: str, says: str) -> None:
    provider.answer = lambda asked: reply(body, content_type="application/xml")
    with pytest.raises(MalformedResponseError, match=f"(?s)bazg.*{says}"):
        forexhooks.open("bazg", manager=manager).get_rate("EUR", "CHF", date(2026, 8, 17))
