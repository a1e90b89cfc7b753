"""The Bank of Canada: the direction with more digits, one request for many, nothing on holidays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

import forexhooks
from fakes import bankofcanada as fake
from forexhooks import MalformedResponseError, RateUnavailableError, UnsupportedPairError
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_bankofcanada import BankOfCanada, is_publication_day
from providers import Provider, reply


class TestBankOfCanada(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    currencies = ("CAD", "USD", "EUR", "JPY", "IDR")
    answer = staticmethod(fake.answer)

    def make_driver(self, server: ForexServer) -> BankOfCanada:
        return BankOfCanada(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 10, 17, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def fx(provider: Provider) -> forexhooks.ForexService:
    provider.answer = fake.answer
    manager = forexhooks.ForexManager()
    manager.register(BankOfCanada(base_url=provider.url))
    return forexhooks.open("bankofcanada", manager=manager)


def test_cheap_currencies_come_in_the_direction_with_more_digits(
    fx: forexhooks.ForexService,
) -> None:
    (leg,) = fx.get_rate("IDR", "CAD").legs
    assert leg == forexhooks.Observation(fake.TODAY, "CAD", "IDR", Decimal("12346.0000"))


def test_many_quotes_are_one_request(fx: forexhooks.ForexService, provider: Provider) -> None:
    for _ in range(2):
        fx.get_rates("CAD", ["USD", "EUR", "JPY", "IDR"])
        fx.get_rate("EUR", "USD", date(2026, 10, 9))
        fx.get_history("USD", "EUR", date(2026, 1, 1), fake.TODAY)
    assert [path.split("/")[3] for path in provider.paths] == [
        "FXEURCAD,FXCADIDR,FXJPYCAD,FXUSDCAD",
        "FXEURCAD,FXUSDCAD",
        "FXEURCAD,FXUSDCAD",
    ]
    assert provider.asked[0].query == {"recent": "1"}
    assert provider.asked[1].query == {"start_date": "2026-10-02", "end_date": "2026-10-09"}


def test_nothing_is_published_on_holidays(fx: forexhooks.ForexService) -> None:
    assert fx.get_history("USD", "CAD", date(2026, 10, 10), date(2026, 10, 12)) == []


def test_what_it_lacks_costs_no_request(fx: forexhooks.ForexService, provider: Provider) -> None:
    with pytest.raises(UnsupportedPairError, match="PLN"):
        fx.get_rate("PLN", "CAD")
    with pytest.raises(RateUnavailableError, match="begins on 2017-01-03"):
        fx.get_rate("USD", "CAD", date(2016, 12, 30))
    assert len(fx.currencies()) == 27
    assert provider.asked == []


def test_a_currency_that_ended_is_not_the_latest(fx: forexhooks.ForexService) -> None:
    assert fx.get_rate("MYR", "CAD", date(2024, 5, 3)).value == Decimal("0.2889")
    with pytest.raises(RateUnavailableError, match="the last day of MYR/CAD is 2024-05-01"):
        fx.get_rate("MYR", "CAD")


def test_a_series_that_is_gone(fx: forexhooks.ForexService, provider: Provider) -> None:
    with pytest.raises(UnsupportedPairError, match="no series FXTHBCAD any more: ask another"):
        fx.get_rate("THB", "CAD")


def observed(*rows: object) -> str:
    return json.dumps({"observations": rows})


def usd(value: object, day: object = "2026-10-09") -> dict[str, object]:
    return {"d": day, "FXUSDCAD": {"v": value}}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('{"message": "Down for maintenance."}', "Down for maintenance"),
        (observed({"d": "2026-10-09"}, {"FXUSDCAD": {"v": "1.4"}}), "KeyError: 'd'"),
        (observed({"d": "2026-10-09", "FXUSDCAD": {}}), "None is not a rate"),
        (observed({"d": "2026-10-09", "FXUSDEUR": {"v": "1.4"}}), "FXUSDEUR.*not asked for"),
        (observed(usd("1.4", "9 October")), "9 October"),
        (observed(usd("1.4", "2026-09-30")), "only 2026-09-30"),
        (observed(usd("1.4"), usd("1.5")), "two values of USD/CAD"),
        *(
            (observed(usd(value)), "is not a rate|Invalid")
            for value in ("0", "-1.4", "NaN", "sNaN", "Infinity", "1e99", "Bank holiday", "")
        ),
        *((observed(usd(value)), "is not a rate") for value in (True, None)),
    ],
)
def test_faults_are_named_and_not_kept(
    fx: forexhooks.ForexService, provider: Provider, body: str, says: str
) -> None:
    provider.answer = lambda asked: reply(body)
    with pytest.raises(MalformedResponseError, match=f"(?s)bankofcanada.*({says})"):
        fx.get_rate("USD", "CAD", date(2026, 10, 9))
    provider.answer = fake.answer
    assert fx.get_rate("USD", "CAD", date(2026, 10, 9)).value == Decimal("1.3950")


def test_an_equal_duplicate_does_no_harm(fx: forexhooks.ForexService, provider: Provider) -> None:
    provider.answer = lambda asked: reply(observed(usd("1.4"), usd("1.40")))
    assert fx.get_rate("USD", "CAD", date(2026, 10, 9)).value == Decimal("1.4")


def test_nothing_at_all_is_not_the_latest(fx: forexhooks.ForexService, provider: Provider) -> None:
    provider.answer = lambda asked: reply(observed())
    with pytest.raises(MalformedResponseError, match="no rates"):
        fx.get_rate("USD", "CAD")
    provider.answer = fake.answer
    assert fx.get_rate("USD", "CAD").on == fake.TODAY


def test_the_calendar() -> None:
    of_2026 = [date(2026, 1, 1) + timedelta(day) for day in range(365)]
    closed = [
        f"{day:%m-%d}" for day in of_2026 if day.weekday() < 5 and not is_publication_day(day)
    ]
    assert " ".join(closed) == (
        "01-01 02-16 04-03 05-18 07-01 08-03 09-07 09-30 10-12 11-11 12-25 12-28"
    )
    assert not is_publication_day(date(2027, 12, 27)) and not is_publication_day(date(2027, 12, 28))
    assert is_publication_day(date(2027, 12, 29)) and is_publication_day(date(2028, 12, 27))
