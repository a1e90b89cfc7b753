"""py-moneyed's Money, without Django."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_UP, Decimal
from typing import Any

import moneyed
import pytest

import forexhooks
from forexhooks.adapters.moneyed import convert_money

pytestmark = pytest.mark.one_python

DAY = date(2026, 10, 30)


class OurMoney(moneyed.Money):
    """A class of a program's own."""


def test_money_becomes_money_of_the_same_class() -> None:
    converted = convert_money(moneyed.Money("9.99", "USD"), "CAD", DAY)
    assert converted == moneyed.Money("13.95", "CAD")
    yen = convert_money(OurMoney("9.99", "USD"), moneyed.JPY, DAY)
    assert type(yen) is OurMoney
    assert (yen.amount, yen.currency) == (Decimal("1571"), moneyed.JPY)


@pytest.mark.parametrize("amount", [Decimal(1), None, "1 USD"])
def test_what_is_no_money_is_refused(amount: Any) -> None:
    with pytest.raises(forexhooks.AmountError, match="is not Money"):
        convert_money(amount, "EUR", DAY)


def test_as_the_service_converts() -> None:
    fx = forexhooks.open("peg")
    money = moneyed.Money(1, "SAR")
    assert convert_money(money, "QAR", DAY, fx=fx).amount == Decimal("0.97")
    up = convert_money(money, "QAR", DAY, fx=fx, places=3, rounding=ROUND_UP)
    assert up.amount == Decimal("0.971")
    with pytest.raises(forexhooks.RateError):
        convert_money(money, "CAD", DAY, fx=fx)


@pytest.mark.parametrize("pence", ["GBp", "GBX", "gbx"])
def test_pence_are_never_taken_for_pounds(pence: str) -> None:
    money = moneyed.Money(1, "USD")
    with pytest.raises(forexhooks.CurrencyError, match="py-moneyed has no currency GBX"):
        convert_money(money, pence, DAY)
    of_a_program = moneyed.Currency("GBX", name="Pence")
    assert convert_money(money, of_a_program, DAY).amount == 75
    assert convert_money(money, "gbp", DAY) == moneyed.Money("0.75", "GBP")
