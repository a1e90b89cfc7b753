"""Both directions of one pair: they agree within the rounding of their digits, or are refused."""

from __future__ import annotations

import decimal
from datetime import date
from decimal import Decimal

import pytest

from forexhooks import MalformedResponseError, Observation, RateTable
from forexhooks.rates.rate import Input

DAY = date(2026, 10, 30)


def table(usd_eur: str, eur_usd: str) -> RateTable:
    both = [
        Observation(DAY, "USD", "EUR", Decimal(usd_eur)),
        Observation(DAY, "EUR", "USD", Decimal(eur_usd)),
    ]
    return RateTable(both, driver="acme")


@pytest.mark.parametrize(
    ("usd_eur", "eur_usd"),
    [("0.8951", "1.1172"), ("0.9", "1.1172"), ("2", "0.5"), ("0.000067", "15000"), ("1e2", "0.01")],
)
def test_what_rounding_explains_is_taken(usd_eur: str, eur_usd: str) -> None:
    with decimal.localcontext(decimal.Context(prec=2)):
        rate = table(usd_eur, eur_usd).get_rate("EUR", "USD", DAY)
    assert rate.kind in ("direct", "inverse")


@pytest.mark.parametrize(
    ("usd_eur", "eur_usd"),
    [("0.8951", "0.8951"), ("0.8951", "1.1182"), ("1.1172", "1.1172"), ("0.90000", "1.1172")],
)
def test_a_contradiction_is_refused_by_the_name_of_both(usd_eur: str, eur_usd: str) -> None:
    with pytest.raises(MalformedResponseError) as failure:
        table(usd_eur, eur_usd)
    assert failure.value.driver == "acme"
    for said in (f"USD/EUR = {usd_eur}", f"EUR/USD = {eur_usd}", str(DAY), "contradict"):
        assert said in str(failure.value)


def test_days_are_compared_each_with_itself() -> None:
    later = Observation(date(2026, 11, 2), "EUR", "USD", Decimal("2"))
    earlier = Observation(DAY, "USD", "EUR", Decimal("0.8951"))
    assert RateTable([earlier, later], driver="acme").newest == later.on


def test_an_average_is_not_the_inverse_of_the_average_of_inverses() -> None:
    days = (Input("acme", None, date(2026, 10, 1), DAY, 22),)
    averages = [
        Observation(DAY, "USD", "EUR", Decimal("0.8951"), inputs=days),
        Observation(DAY, "EUR", "USD", Decimal("1.1182"), inputs=days),
    ]
    assert RateTable(averages, driver="acme").currencies == {"USD", "EUR"}
