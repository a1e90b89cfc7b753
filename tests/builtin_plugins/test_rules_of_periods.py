"""Rules whose source publishes the rate of a period: by the figures of their authorities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import ROUND_UP, Decimal
from importlib import import_module

import pytest
import time_machine

import forexhooks
from forexhooks import ForexService
from providers import Provider


@pytest.fixture
def opened(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, str], ForexService]]:
    """Opens a rule, whose source asks a provider on this machine: the fake of that name."""
    with ExitStack() as stack:
        stack.enter_context(time_machine.travel(datetime(2026, 9, 20, 12, tzinfo=UTC), tick=False))

        def opened(rule: str, source: str) -> ForexService:
            provider.answer = import_module(f"fakes.{source}").answer
            monkeypatch.setenv(f"FOREXHOOKS_{source}_BASE_URL".upper(), provider.url)
            manager = stack.enter_context(forexhooks.ForexManager(discover=True))
            return forexhooks.open(rule, manager=manager)

        yield opened


@pytest.mark.parametrize("rule", ["uk-cgt", "uk-customs", "uk-vat"])
def test_uk_rules_give_the_rate_of_the_month(
    rule: str, opened: Callable[[str, str], ForexService]
) -> None:
    fx = opened(rule, "hmrc")
    rate = fx.get_rate("GBP", "USD", on=date(2026, 8, 19))
    assert (str(rate.value), rate.on, rate.until) == (
        "1.3367",
        date(2026, 8, 1),
        date(2026, 8, 31),
    )
    assert (rate.driver, rate.series, rate.rule) == ("hmrc", "month", rule)
    # VES was amended from 15 September on.
    values = [fx.get_rate("GBP", "VES", on=date(2026, 9, day)).value for day in (14, 15)]
    assert list(map(str, values)) == ["1012.45", "1107.30"]
    with pytest.raises(forexhooks.UnsupportedPairError, match="a rule for rates of GBP"):
        fx.get_rate("EUR", "USD", on=date(2026, 8, 19))


@pytest.mark.parametrize(
    ("currency", "on", "value"),
    [
        # The ministry's own figures: Umsatzsteuer-Umrechnungskurse 2025 and 2026.
        ("USD", date(2025, 2, 14), "1.0413"),
        ("GBP", date(2025, 11, 30), "0.87997"),
        ("PLN", date(2026, 1, 31), "4.2127"),
        ("PLN", date(2026, 2, 1), "4.2184"),
        ("PLN", date(2026, 3, 31), "4.2715"),
        ("CZK", date(2026, 1, 1), "24.278"),
        ("CZK", date(2026, 2, 28), "24.260"),
        ("IDR", date(2026, 1, 15), "19757.02"),
    ],
)
def test_de_vat_is_what_the_ministry_published(
    currency: str, on: date, value: str, opened: Callable[[str, str], ForexService]
) -> None:
    rate = opened("de-vat", "bmf").get_rate("EUR", currency, on=on)
    assert (str(rate.value), rate.on) == (value, on.replace(day=1))
    assert (rate.driver, rate.series, rate.rule) == ("bmf", "month-average", "de-vat")


def test_de_vat_refuses_a_month_that_is_not_out(opened: Callable[[str, str], ForexService]) -> None:
    fx = opened("de-vat", "bmf")
    with pytest.raises(forexhooks.RateUnavailableError):
        fx.get_rate("EUR", "CZK", on=date(2026, 3, 15))


@pytest.mark.parametrize("on", [date(2025, 1, 1), date(2025, 7, 4), date(2025, 12, 31)])
def test_us_fbar_is_the_rate_of_the_last_day_of_the_year(
    on: date, opened: Callable[[str, str], ForexService]
) -> None:
    fx = opened("us-fbar", "ustreasury")
    rate = fx.get_rate("USD", "EUR", on=on)
    assert (str(rate.value), rate.on, rate.rule) == ("0.852", date(2025, 12, 31), "us-fbar")
    # FinCEN's example: $15,265.25 is written 15,266.
    assert fx.convert("13005.993", "EUR", "USD", on=on) == Decimal("15265.25")
    dollars = fx.convert("13005.993", "EUR", "USD", on=on, places=0, rounding=ROUND_UP)
    assert dollars == 15266


def test_us_fbar_waits_for_the_end_of_the_year(opened: Callable[[str, str], ForexService]) -> None:
    fx = opened("us-fbar", "ustreasury")
    with pytest.raises(forexhooks.RateUnavailableError) as failure:
        fx.get_rate("USD", "EUR", on=date(2026, 5, 5))
    assert failure.value.reason is forexhooks.UnavailableReason.NOT_PUBLISHED_YET


def test_ch_vat_is_the_selling_rate_of_the_month(
    opened: Callable[[str, str], ForexService],
) -> None:
    fx = opened("ch-vat", "bazg")
    rate = fx.get_rate("EUR", "CHF", on=date(2026, 8, 31))
    assert (str(rate.value), rate.on, rate.rule) == ("0.9262", date(2026, 8, 1), "ch-vat")
    assert fx.convert(100, "JPY", "CHF", on=date(2026, 8, 1)) == Decimal("0.51")
