"""Norges Bank: rates of 100 units become rates of 1 to the digit, indices are no currencies."""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal

import pytest
import time_machine

import forexhooks
from fakes import norgesbank as fake
from forexhooks import MalformedResponseError, RateUnavailableError, UnsupportedPairError
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_norgesbank import NorgesBank, is_publication_day
from providers import Provider, reply


class TestNorgesBank(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)

    def make_driver(self, server: ForexServer) -> NorgesBank:
        return NorgesBank(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 10, 17, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def fx(provider: Provider) -> forexhooks.ForexService:
    provider.answer = fake.answer
    manager = forexhooks.ForexManager()
    manager.register(NorgesBank(base_url=provider.url))
    return forexhooks.open("norgesbank", manager=manager)


def test_the_callers_decimal_context_rounds_nothing(fx: forexhooks.ForexService) -> None:
    with decimal.localcontext(Context(prec=2)) as context:
        (leg,) = fx.get_rate("JPY", "NOK").legs
        assert not context.flags[decimal.Inexact]
    assert str(leg.value) == "0.061065"


def test_the_latest_of_all_is_one_request(fx: forexhooks.ForexService, provider: Provider) -> None:
    fx.get_rates("NOK", ["USD", "EUR", "JPY"])
    fx.get_rate("IDR", "XDR")
    assert fx.currencies() == {"NOK", "USD", "EUR", "JPY", "IDR", "XDR", "HRK"}
    with pytest.raises(UnsupportedPairError, match="norgesbank has no FKP"):
        fx.get_rate("FKP", "NOK")
    assert [asked.path for asked in provider.asked] == ["/api/data/EXR/B..NOK.SP"]
    assert provider.asked[0].query == {"format": "csvdata", "lastNObservations": "1"}


def test_of_days_only_what_is_wanted(fx: forexhooks.ForexService, provider: Provider) -> None:
    for _ in range(2):
        fx.get_rates("JPY", ["USD", "EUR"], date(2026, 10, 9))
        history = fx.get_history("EUR", "USD", date(1990, 1, 1), fake.TODAY)
    assert [rate.on.day for rate in history] == [9, 14, 16]
    assert provider.paths == [
        "/api/data/EXR/B.EUR+JPY+USD.NOK.SP",
        "/api/data/EXR/B.EUR+USD.NOK.SP",
    ]
    days = {"startPeriod": "2026-10-02", "endPeriod": "2026-10-09"}
    assert provider.asked[0].query == {"format": "csvdata", **days}


def test_a_currency_that_ended_is_not_the_latest(fx: forexhooks.ForexService) -> None:
    with pytest.raises(RateUnavailableError, match="HRK ended 2022-12-30"):
        fx.get_rate("HRK", "NOK")
    with pytest.raises(forexhooks.CurrencyError, match="TWI"):  # an index never was one
        fx.get_rate("TWI", "NOK")


@pytest.mark.parametrize("empty", ["", f"{fake.HEADER}\n", f"\ufeff{fake.HEADER}\r\n", None])
def test_no_data_is_no_fault(
    fx: forexhooks.ForexService, provider: Provider, empty: str | None
) -> None:
    fx.get_rate("USD", "NOK")
    if empty is not None:
        provider.answer = lambda asked: reply(empty)
    assert fx.get_history("USD", "NOK", date(2026, 10, 10), date(2026, 10, 11)) == []
    with pytest.raises(RateUnavailableError, match="norgesbank has no USD/NOK on 2026-08-01"):
        fx.get_rate("USD", "NOK", date(2026, 8, 1))


def rows(*lines: str, header: str = fake.HEADER) -> str:
    return "\n".join([header, *lines, ""])


def usd(value: str, units: str = "0", day: str = "2026-10-09") -> str:
    return f"B,USD,NOK,SP,4,false,{units},C,{day},{value}"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<html>Down for maintenance</html>", "a page of HTML.*Down for maintenance"),
        (rows("B,USD,NOK"), "has not the columns"),
        (rows("0,9.7", header="UNIT_MULT,OBS_VALUE"), "KeyError: 'BASE_CUR'"),
        (rows(usd("9.7").replace("NOK", "SEK")), "B.USD.SEK.SP.*not asked for"),
        (rows(usd("9.7").replace("B,", "M,", 1)), "M.USD.NOK.SP.*not asked for"),
        (rows(usd("9.7", day="2026-09-30")), "only 2026-09-30"),
        (rows(usd("9.7", units="-99")), "a power of ten"),
        (rows(usd("9.7"), usd("9.8")), "two values of USD/NOK"),
        (rows(usd("9.7"), usd("9.7", units="2")), "two values of USD/NOK"),
        (rows(usd("2").replace("USD", "NOK")), "both NOK"),
        *(
            (rows(usd(value)), "is not a rate|ConversionSyntax")
            for value in ("0", "-9.7", "NaN", "Infinity", "1e99", "n/a")
        ),
    ],
)
def test_faults_are_named_and_not_kept(
    fx: forexhooks.ForexService, provider: Provider, body: str, says: str
) -> None:
    provider.answer = lambda asked: reply(body)
    with pytest.raises(MalformedResponseError, match=f"(?s)norgesbank.*({says})"):
        fx.get_rate("USD", "NOK", date(2026, 10, 9))
    provider.answer = fake.answer
    assert fx.get_rate("USD", "NOK", date(2026, 10, 9)).value == Decimal("9.7134")


def test_what_does_no_harm_is_dropped(fx: forexhooks.ForexService, provider: Provider) -> None:
    identity, of_100 = usd("100.00", "2").replace("USD", "NOK"), usd("970", "2")
    older = usd("", day="2026-10-08"), usd("9.6E0", day="2026-10-07")
    provider.answer = lambda asked: reply(rows(identity, usd("9.7"), of_100, *older))
    history = fx.get_history("USD", "NOK", date(2026, 10, 7), date(2026, 10, 9))
    assert [str(rate.value) for rate in history] == ["9.6", "9.70"]


def test_the_calendar() -> None:
    of_2026 = [date(2026, 1, 1) + timedelta(day) for day in range(365)]
    closed = [
        f"{day:%m-%d}" for day in of_2026 if day.weekday() < 5 and not is_publication_day(day)
    ]
    assert " ".join(closed) == "01-01 04-02 04-03 04-06 05-01 05-14 05-25 12-24 12-25"
