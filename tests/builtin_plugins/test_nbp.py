"""The NBP: table A alone where it suffices, table B where it does not, 93 days at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

import forexhooks
from fakes import nbp as fake
from forexhooks import MalformedResponseError, RateUnavailableError, UnsupportedPairError
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_nbp import NBP, is_publication_day
from providers import Provider, reply


class TestNBP(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)

    def make_driver(self, server: ForexServer) -> NBP:
        return NBP(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 10, 17, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def fx(provider: Provider) -> forexhooks.ForexService:
    provider.answer = fake.answer
    manager = forexhooks.ForexManager()
    manager.register(NBP(base_url=provider.url))
    return forexhooks.open("nbp", manager=manager)


def tables(provider: Provider) -> list[str]:
    """What was asked for: "A", "B 2026-06-01 2026-09-01"."""
    return [" ".join(path.strip("/").split("/")[3:]) for path in provider.paths]


def test_table_a_suffices_for_most(fx: forexhooks.ForexService, provider: Provider) -> None:
    for _ in range(2):
        fx.get_rates("PLN", ["USD", "EUR", "HUF"])
        fx.get_rate("EUR", "USD")
        fx.get_rate("PLN", "USD", date(2026, 10, 9))
        fx.get_rate("PLN", "EUR", date(2026, 10, 9))
    assert tables(provider) == ["A", "A 2026-10-02 2026-10-09"]


def test_table_b_is_asked_for_what_a_lacks(fx: forexhooks.ForexService, provider: Provider) -> None:
    assert fx.get_rates("PLN", ["VND", "AFN"])["VND"].on == date(2026, 10, 14)
    assert fx.get_rate("VND", "AFN").on == date(2026, 10, 14)
    assert fx.currencies() == {"PLN", "USD", "EUR", "HUF", "VND", "AFN", "RUB"}
    with pytest.raises(UnsupportedPairError, match="nbp has no FKP"):
        fx.get_rate("FKP", "PLN")
    assert tables(provider) == ["A", "B"]
    # A cross goes by the newest day that both tables have.
    assert fx.get_rate("VND", "EUR").on == date(2026, 10, 14)
    assert tables(provider) == ["A", "B", "A 2026-10-14 2026-10-14"]


def test_history_goes_by_93_days(fx: forexhooks.ForexService, provider: Provider) -> None:
    for _ in range(2):
        history = fx.get_history("USD", "PLN", date(2026, 6, 1), fake.TODAY)
    assert [str(rate.value) for rate in history] == ["3.6000", "3.6500", "3.6400", "3.6600"]
    assert tables(provider) == ["A 2026-06-01 2026-09-01", "A 2026-09-02 2026-10-16"]


def test_a_currency_that_went_from_a_to_b(fx: forexhooks.ForexService, provider: Provider) -> None:
    history = fx.get_history("RUB", "PLN", date(2026, 6, 1), fake.TODAY)
    assert [f"{rate.on:%m-%d}" for rate in history] == ["06-15", "10-07", "10-14"]
    # In the first span every table A has it; B is asked for where one lacks it.
    assert [asked[0] for asked in tables(provider)] == ["A", "A", "B"]


def test_no_data_is_no_fault(fx: forexhooks.ForexService, provider: Provider) -> None:
    assert fx.get_history("USD", "PLN", date(2026, 10, 10), date(2026, 10, 11)) == []
    with pytest.raises(RateUnavailableError, match="nbp has no USD/PLN on 2026-08-01"):
        fx.get_rate("USD", "PLN", date(2026, 8, 1))
    provider.asked.clear()
    with pytest.raises(RateUnavailableError, match="begins on 2002-01-02"):
        fx.get_rate("USD", "PLN", date(2001, 12, 31))
    assert tables(provider) == []


def table(*rates: tuple[str, str], letter: str = "A", day: str = "2026-10-09") -> str:
    return f"[{fake.table(letter, date.fromisoformat(day), dict(rates))}]"


GOOD = table(("USD", "3.6500"))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("404 NotFound - Not Found - Brak danych", "may be cut off"),
        ('{"error": "Przerwa techniczna"}', "Przerwa techniczna"),
        (table(("USD", "3.65"), letter="C"), "table A was asked for, not 'C'"),
        (table(("USD", "3.65"), day="2026-09-30"), "only 2026-09-30"),
        (GOOD.replace('"mid"', '"bid"'), "None is not a rate"),
        (GOOD.replace("effectiveDate", "tradingDate"), "KeyError: 'effectiveDate'"),
        (GOOD.replace('"USD"', '"usd/"'), "'usd/' is not a currency code"),
        (GOOD.replace('"USD"', "840"), "is not a currency code"),
        (table(("USD", "3.65"), ("PLN", "2")), "both PLN"),
        (f"[{GOOD[1:-1]},{table(('USD', '3.66'))[1:-1]}]", "two values of USD/PLN"),
        *(
            (table(("USD", mid)), "is not a rate|not JSON|JSONDecodeError")
            for mid in ("0", "-3.65", "NaN", "Infinity", "1e99", "true", "null", "")
        ),
    ],
)
def test_faults_are_named_and_not_kept(
    fx: forexhooks.ForexService, provider: Provider, body: str, says: str
) -> None:
    provider.answer = lambda asked: reply(body)
    with pytest.raises(MalformedResponseError, match=f"(?s)nbp.*({says})"):
        fx.get_rate("USD", "PLN", date(2026, 10, 9))
    provider.answer = fake.answer
    assert fx.get_rate("USD", "PLN", date(2026, 10, 9)).value == Decimal("3.6500")


def test_what_does_no_harm_is_dropped(fx: forexhooks.ForexService, provider: Provider) -> None:
    same = table(("PLN", "1.0000"), ("USD", "3.65"))
    provider.answer = lambda asked: reply(f"[{GOOD[1:-1]},{same[1:-1]}]")
    assert fx.get_rate("USD", "PLN", date(2026, 10, 9)).value == Decimal("3.65")


def test_nothing_at_all_is_not_the_latest(fx: forexhooks.ForexService, provider: Provider) -> None:
    provider.answer = lambda asked: reply("[]")
    with pytest.raises(MalformedResponseError, match="no rates"):
        fx.get_rate("USD", "PLN")
    provider.answer = fake.answer
    assert fx.get_rate("USD", "PLN").on == fake.TODAY


def test_the_calendar() -> None:
    of_2026 = [date(2026, 1, 1) + timedelta(day) for day in range(365)]
    closed = [
        f"{day:%m-%d}" for day in of_2026 if day.weekday() < 5 and not is_publication_day(day)
    ]
    assert " ".join(closed) == "01-01 01-06 04-06 05-01 06-04 11-11 12-24 12-25"
