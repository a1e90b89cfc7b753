"""Prices for Beancount, by the real bean-price."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from beancount import loader
from beancount.core.data import Price
from beanprice import date_utils, price

import forexhooks
from forexhooks.adapters.beancount import Source
from forexhooks.service.opening import default_manager
from forexhooks.testing import FixedRates

pytestmark = pytest.mark.one_python

MODULE = "forexhooks.adapters.beancount"
Run = Callable[..., list[str]]


@pytest.fixture
def bean_price(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    """Run it with arguments; what it prints, by words."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["bean-price", "--no-cache", *arguments])
        price.main()
        return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]

    return run


def test_a_year_of_prices_for_a_book(bean_price: Run, tmp_path: Path) -> None:
    (tmp_path / "commodities.beancount").write_text(
        f"""
option "display_precision" "CAD:0.0000001"
include "prices.beancount"
2025-10-31 commodity USD
  price: "CAD:{MODULE}/ecb:USD-CAD"
"""
    )
    prices = tmp_path / "prices.beancount"
    prices.touch()
    update = ("--inactive", "--update", "commodities.beancount", "--date", "2026-10-31")
    lines = sorted(set(bean_price(*update)))
    prices.write_text("\n".join(lines) + "\n")
    history = forexhooks.open("ecb").get_history(
        "USD", "CAD", date(2025, 10, 31), date(2026, 10, 30)
    )
    expected = [f"{rate.on} price USD {rate.convert(1, places=7)} CAD" for rate in history]
    assert lines == expected and len(lines) > 250
    assert bean_price(*update) == []  # all is there

    book = tmp_path / "book.beancount"
    book.write_text(
        """
option "display_precision" "CAD:0.01"
include "prices.beancount"
2025-01-01 open Assets:Bank USD
2025-01-01 open Equity:Opening
2026-10-30 * "Salary"
  Assets:Bank  1000.00 USD
  Equity:Opening
"""
    )
    entries, errors, options = loader.load_file(str(book))
    assert errors == []
    assert sum(isinstance(entry, Price) for entry in entries) == len(lines)
    assert options["dcontext"].build().format(Decimal("1396.8851"), "CAD") == "1396.89"


@pytest.mark.parametrize(
    "zone", ["America/Los_Angeles", "Asia/Tokyo", "Pacific/Honolulu", "Pacific/Kiritimati"]
)
def test_a_price_has_its_day_in_every_time_zone(
    bean_price: Run, zone: str, bundle_is_fresh: time_machine.Traveller
) -> None:
    with date_utils.intimezone(zone):
        day = bean_price("-e", f"CAD:{MODULE}/ecb:USD-CAD", "--date", "2026-10-29")
        saturday = bean_price("-e", f"CAD:{MODULE}/ecb:USD-CAD", "--date", "2026-10-24")
        latest = bean_price("-e", f"CAD:{MODULE}/USD-CAD")
        hour = datetime(2026, 10, 29, 16).astimezone()
        series = Source().get_prices_series("ecb:USD-CAD", hour, hour)
        assert series is not None and [each.time.date() for each in series] == [date(2026, 10, 29)]
    assert day == ["2026-10-29 price ecb:USD-CAD 1.3995508 CAD"]
    assert saturday == ["2026-10-23 price ecb:USD-CAD 1.3995354 CAD"]
    assert latest == ["2026-10-30 price USD-CAD 1.3968851 CAD"]


def test_a_price_in_bean_prices_cache_keeps_its_day_in_another_zone(
    bean_price: Run, tmp_path: Path
) -> None:
    asked = ("-e", f"CAD:{MODULE}/ecb:USD-CAD", "--date", "2026-10-30")
    try:
        for zone in ("America/Los_Angeles", "Asia/Tokyo", "Pacific/Honolulu"):
            with date_utils.intimezone(zone):
                price_there = bean_price(*asked, "--cache", str(tmp_path / "cache"))
            assert price_there == ["2026-10-30 price ecb:USD-CAD 1.3968851 CAD"]
    finally:
        price.reset_cache()


@pytest.mark.parametrize(
    ("ticker", "value"),
    [
        ("ecb:EUR-USD", "1.1172"),  # as it was published
        ("ecb:USD-EUR", "0.89509488"),
        ("ecb:IDR-USD", "0.000055101881"),
        ("ecb/GBX-CAD", "0.018716719"),
        ("peg:USD-SAR", "3.75"),
        ("ecb:EUR-EUR", "1"),
    ],
)
def test_a_price_has_sensible_digits(ticker: str, value: str) -> None:
    found = Source().get_historical_price(ticker, datetime(2026, 10, 30, 16, tzinfo=UTC))
    assert found is not None and f"{found.price}" == value
    assert found.quote_currency == ticker[-3:]


def test_a_rules_price_has_the_day_that_it_counts_for() -> None:
    """Polish VAT law takes the last rate before the day."""
    manager = forexhooks.ForexManager(discover=True)
    manager.register(FixedRates({"EUR/PLN": "4.2550"}, name="nbp", on=date(2026, 10, 29)))
    with default_manager(manager):
        hour = datetime(2026, 10, 30, 16).astimezone()
        found = Source().get_historical_price("pl-vat:EUR-PLN", hour)
    assert found is not None and found.price == Decimal("4.2550")
    assert found.time.date() == date(2026, 10, 30)


def test_why_there_is_no_price_is_logged(bean_price: Run, caplog: pytest.LogCaptureFixture) -> None:
    day = ("--date", "2026-10-30")
    assert bean_price("-e", f"USD:{MODULE}/ecb:SAR-USD,{MODULE}/peg:SAR-USD", *day) == [
        "2020-05-04 price ecb:SAR-USD 0.26666667 USD"
    ]
    assert "ecb:SAR-USD: ecb has no SAR" in caplog.text
    for ticker, says in [
        ("nope:USD-CAD", "unknown driver 'nope'"),
        ("USDCAD", "'USDCAD' is not a pair: write USD-CAD, or put a driver before it: ecb:USD-CAD"),
        ("ecb:usd-XYZ", "unknown currency 'XYZ'"),
    ]:
        caplog.clear()
        assert bean_price("-e", f"CAD:{MODULE}/{ticker}", *day) == []
        assert f"{ticker}: {says}" in caplog.text
        now = datetime(2026, 10, 30, 16, tzinfo=UTC)
        assert Source().get_prices_series(ticker, now, now) is None


def test_a_stale_price_is_a_price_and_said_so(caplog: pytest.LogCaptureFixture) -> None:
    with time_machine.travel(datetime(2026, 11, 5, 20, tzinfo=UTC), tick=False):
        found = Source().get_latest_price("ecb:EUR-USD")
    assert found is not None and found.price == Decimal("1.1172")
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "ecb holds rates up to 2026-10-30" in record.getMessage()
