"""The German Ministry of Finance: a file of a year's twelve means, in a format made for eyes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
import time_machine

import forexhooks
from fakes import bmf as fake
from forexhooks import (
    ForexManager,
    MalformedResponseError,
    MalformedRowWarning,
    RateUnavailableError,
    StaleRateWarning,
)
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_bmf import BMF
from providers import Provider, reply


class TestBMF(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    expected_failures = {  # noqa: RUF012
        "test_a_stale_day_is_not_taken_for_today": "a year's file has the months in its head",
        "test_digits_that_no_float_has": "the kit takes 19.757,02 for two numbers",
    }

    def make_driver(self, server: ForexServer) -> BMF:
        return BMF(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 4, 2, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    with ForexManager() as manager:
        manager.register(BMF(base_url=provider.url))
        yield forexhooks.open("bmf", manager=manager)


def test_every_cell_of_a_year(fx: forexhooks.ForexService, provider: Provider) -> None:
    for line in fake.YEARS[2025][:-1]:
        cells = [cell.strip() for cell in line.split(";")[2:]]
        history = fx.get_history("EUR", cells[0][-3:], date(2025, 1, 1), date(2025, 12, 31))
        assert [rate.value for rate in history] == [
            Decimal(cell[:-3].strip().replace(".", "").replace(",", ".")) for cell in cells
        ]
        assert [rate.on.month for rate in history] == [*range(1, 13)]
    assert len(provider.asked) == 1


def test_a_mean_holds_on_the_days_of_its_own_month(fx: forexhooks.ForexService) -> None:
    rate = fx.get_rate("EUR", "USD", date(2025, 2, 28))
    assert (str(rate.value), rate.on, rate.until) == (
        "1.0413",
        date(2025, 2, 1),
        date(2025, 2, 28),
    )
    with pytest.raises(RateUnavailableError):
        fx.get_rate("EUR", "USD", date(2026, 4, 1))  # April is not over
    with pytest.raises(RateUnavailableError):
        fx.get_rate("EUR", "CZK", date(2026, 3, 1))  # an empty cell


@pytest.mark.parametrize(
    ("currency", "months"),
    [
        ("USD", [(2025, month) for month in range(1, 13)]),
        ("GBP", [(2025, month) for month in range(1, 13)]),
        ("ISK", [(2025, month) for month in range(1, 13)]),
        ("RON", [(2025, month) for month in range(1, 13)]),
        ("IDR", [*((2025, month) for month in range(1, 13)), (2026, 1)]),
        ("PLN", [(2026, 1), (2026, 2), (2026, 3)]),
        ("CZK", [(2026, 1), (2026, 2)]),
    ],
)
def test_it_is_the_mean_of_the_ecb_s_rates(
    fx: forexhooks.ForexService, currency: str, months: list[tuple[int, int]]
) -> None:
    """Half up, at the ECB's own places; February 2025 (1.04125) tells it from half even."""
    ecb = forexhooks.open("ecb")
    for year, month in months:
        rate = fx.get_rate("EUR", currency, date(year, month, 1))
        assert rate.until is not None
        days = [each.value for each in ecb.get_history("EUR", currency, rate.on, rate.until)]
        mean = sum(days, Decimal(0)) / len(days)
        assert rate.value == mean.quantize(rate.value, ROUND_HALF_UP)


def test_the_latest_in_january_is_of_the_year_before(
    fx: forexhooks.ForexService, provider: Provider, now: time_machine.Traveller
) -> None:
    now.move_to(datetime(2026, 1, 3, 12, tzinfo=UTC))
    provider.answer = lambda asked: reply("", 404) if "2026" in asked.path else fake.answer(asked)
    assert fx.get_rate("EUR", "USD").on == date(2025, 12, 1)
    with pytest.raises(RateUnavailableError):
        fx.get_rate("EUR", "USD", date(2026, 1, 2))


def test_a_year_that_is_over_and_not_there_is_a_fault(fx: forexhooks.ForexService) -> None:
    with pytest.raises(MalformedResponseError, match=r"uu-kurse-2024-csv\.csv.* answered 404"):
        fx.get_rate("EUR", "USD", date(2024, 5, 1))


def test_a_mean_that_should_be_out_is_missed(
    fx: forexhooks.ForexService, now: time_machine.Traveller
) -> None:
    now.move_to(datetime(2026, 5, 4, 12, tzinfo=UTC))
    assert fx.get_rate("EUR", "USD").stale is None
    now.move_to(datetime(2026, 5, 12, 12, tzinfo=UTC))
    with pytest.warns(StaleRateWarning, match="the rate of April 2026 should be out"):
        fx.get_rate("EUR", "PLN")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<!DOCTYPE html><html>Sind Sie ein Mensch?</html>", "like HTML"),  # the wall against bots
        (fake.document(2026).replace("Währung".encode("cp1252"), b"Waehrung"), "no column Währung"),
        (fake.document(2026)[:-90], "not the columns|cut off"),
    ],
)
def test_faults_are_named(
    fx: forexhooks.ForexService, provider: Provider, body: bytes, says: str
) -> None:
    provider.answer = lambda asked: reply(body, content_type="text/html")
    with pytest.raises(MalformedResponseError, match=f"(?s)bmf.*({says})"):
        fx.get_rate("EUR", "USD")


def test_a_cell_that_is_none_costs_its_own_currency(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    body = fake.document(2026).replace(b"24,260 CZK", b"24.26.0 CZK")
    provider.answer = lambda asked: reply(body)
    with pytest.warns(MalformedRowWarning, match="left out: CZK"):
        assert str(fx.get_rate("EUR", "PLN").value) == "4.2715"
