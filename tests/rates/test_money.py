"""Money as it is written somewhere, by the real Babel."""

from __future__ import annotations

import decimal
import sys
from datetime import date
from decimal import Decimal

import babel
import pytest

import forexhooks
from forexhooks import Rate

pytestmark = pytest.mark.one_python

DAY = date(2026, 10, 30)
RATE = Rate("USD", "CAD", Decimal("1.396885069817400644468313641245972"), DAY, "acme")
DINAR = Rate("EUR", "IQD", Decimal("1463.5"), DAY, "acme")
COIN = Rate("1INCH", "JPY", Decimal("40.25"), DAY, "acme")


@pytest.mark.parametrize(
    ("rate", "amount", "locale", "written"),
    [
        (RATE, None, "de_DE", "1\xa0$ = 1,39689\xa0CA$"),
        (RATE, "9.9", "de-DE", "9,90\xa0$ = 13,83\xa0CA$"),
        (RATE, "-1234567.891", "en_US", "-$1,234,567.891 = -CA$1,724,549.45"),
        (RATE, 5, "hi_IN", "$5.00 = CA$6.98"),
        (RATE, 5, "de_CH", "$\xa05.00 = CA$\xa06.98"),
        (RATE, 5, babel.Locale("pl"), "5,00\xa0USD = 6,98\xa0CAD"),
        # Babel's own table has no places of the dinar; ISO 4217 has three.
        (DINAR, 1, "en", "€1.00 = IQD1,463.500"),
        (COIN, 2, "ja", "1INCH2 = ￥80"),
    ],
)
def test_as_it_is_written_there(
    rate: Rate, amount: str | int | None, locale: str, written: str
) -> None:
    with decimal.localcontext(decimal.Context(prec=3)):  # the caller's is not read
        found = rate.format(amount, locale=locale)
    assert found == written


def test_a_large_amount_keeps_its_digits() -> None:
    large = Decimal("12345678901234567890123456789.12")
    assert RATE.format(large, locale="en") == f"${large:,} = CA${RATE.convert(large):,}"


def test_places() -> None:
    assert RATE.format(locale="en", places=2) == "$1 = CA$1.40"
    assert RATE.format(100, locale="en", places=-1) == "$100.00 = CA$140"


@pytest.mark.parametrize("locale", ["xx_YY", "", "Deutsch", "../de", None])
def test_a_locale_that_there_is_not(locale: str) -> None:
    with pytest.raises(forexhooks.SettingsError, match="unknown locale"):
        RATE.format(locale=locale)


def test_without_babel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "babel", None)
    with pytest.raises(forexhooks.MissingExtraError, match=r"forexhooks\[babel\]"):
        RATE.format(locale="de")
