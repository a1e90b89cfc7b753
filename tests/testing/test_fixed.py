from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

import forexhooks
from forexhooks import Profile
from forexhooks.testing import FixedRates


def service(driver: FixedRates) -> forexhooks.ForexService:
    manager = forexhooks.ForexManager()
    return forexhooks.open(manager.register(driver), manager=manager)


def test_rates_without_a_day_are_of_today_and_never_stale() -> None:
    fx = service(FixedRates({"USD/CAD": "1.40", "usd/eur": Decimal("0.90"), "USD/JPY": 150}))
    rate = fx.get_rate("USD", "CAD")
    assert (rate.value, rate.on, rate.stale) == (
        Decimal("1.40"), Profile(title="t").today(), None,
    )  # fmt: skip
    assert fx.get_rate("EUR", "CAD").kind == "cross"
    assert fx.convert(90, "EUR", "JPY") == 15000
    assert fx.currencies() == {"USD", "CAD", "EUR", "JPY"}


def test_an_old_day_is_not_stale_either() -> None:
    assert (
        service(FixedRates({"USD/CAD": 1}, on=date(2020, 1, 1))).get_rate("USD", "CAD").stale
        is None
    )


def test_each_day_may_have_its_own() -> None:
    days = {date(2026, 1, 2): {"USD/CAD": "1.1"}, date(2026, 1, 5): {"USD/CAD": "1.2"}}
    fx = service(FixedRates(days, name="mine"))
    assert fx.get_rate("USD", "CAD", on=date(2026, 1, 4)).value == Decimal("1.1")
    assert fx.get_rate("USD", "CAD").driver == "mine"
    assert len(fx.get_history("USD", "CAD", date(2026, 1, 1), date(2026, 1, 31))) == 2


@pytest.mark.parametrize("rates", [{"USDCAD": 1}, {"/CAD": 1}, {3: 1}, {"USD/CAD": {}}])
def test_rates_that_are_none(rates: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="pair"):
        FixedRates(rates)


def test_values_may_be_texts_numbers_and_floats_by_their_shortest_form() -> None:
    assert service(FixedRates({"USD/CAD": "1.4"})).get_rate("USD", "CAD").value == Decimal("1.4")
    floats = FixedRates({"USD/CAD": 1.4})
    assert service(floats).get_rate("USD", "CAD").value == Decimal("1.4")


@pytest.mark.parametrize("value", ["0", "-1"])
def test_a_value_that_is_no_rate_is_refused(value: str) -> None:
    with pytest.raises(forexhooks.MalformedResponseError, match="above 0"):
        FixedRates({"USD/CAD": value})


@pytest.mark.parametrize("value", ["a lot", "NaN", "Infinity"])
def test_a_value_that_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(forexhooks.AmountError, match=value):
        FixedRates({"USD/CAD": value})


def test_pairs_and_currencies_that_were_not_given_are_unsupported() -> None:
    fx = service(FixedRates({"USD/CAD": "1.4"}, on=date(2026, 1, 2)))
    with pytest.raises(forexhooks.UnsupportedPairError, match="JPY"):
        fx.get_rate("USD", "JPY")
    with pytest.raises(forexhooks.RateUnavailableError) as early:
        fx.get_rate("USD", "CAD", on=date(2026, 1, 1))
    assert early.value.reason is forexhooks.UnavailableReason.BEFORE_FIRST_DAY
    with pytest.raises(forexhooks.RateUnavailableError) as late:
        fx.get_rate("USD", "CAD", on=date(2026, 1, 10))
    assert late.value.reason is forexhooks.UnavailableReason.AFTER_LAST_DAY


def test_it_serves_plain_calls_for_its_own_name() -> None:
    manager = forexhooks.ForexManager()
    manager.register(FixedRates({"USD/CAD": 2}, name="mine"))
    ask = manager.hook.forex_get_rate
    assert ask(driver="mine", base="CAD", quote="USD").value == Decimal("0.5")
    assert ask(driver="fixed", base="CAD", quote="USD") is None
