from __future__ import annotations

from datetime import date
from decimal import Decimal

import iso4217
import pytest

import forexhooks
from forexhooks import currencies
from forexhooks.currencies import CODES, ENDED, is_currency, minor_units, name_of

# Irrevocable conversion rates as the European Commission lists them.
EURO = (
    "ATS 13.7603, BEF 40.3399, BGN 1.95583, CYP 0.585274, DEM 1.95583, EEK 15.6466, ESP 166.386, "
    "FIM 5.94573, FRF 6.55957, GRD 340.750, HRK 7.53450, IEP 0.787564, ITL 1936.27, LTL 3.45280, "
    "LUF 40.3399, LVL 0.702804, MTL 0.429300, NLG 2.20371, PTE 200.482, SIT 239.640, SKK 30.1260"
)


def test_every_constant_is_its_own_code() -> None:
    constants = {name: value for name, value in vars(currencies).items() if len(name) == 3}
    assert constants == {code: code for code in CODES}
    assert {"USD", "CAD", "EUR", "GBP", "XAU"} <= CODES


def test_every_constant_is_known_to_the_standard() -> None:
    known = {each.value for each in iso4217.Currency}
    assert known >= CODES
    assert "XXX" not in CODES
    assert all(is_currency(code) for code in known - {"XXX"})


def test_what_is_no_currency() -> None:
    assert not any(map(is_currency, ("XXX", "XYZ", "usd", "", "US", "USDT", "BTC")))


def test_every_currency_that_joined_the_euro_has_its_ratio() -> None:
    expected = {pair.split()[0]: Decimal(pair.split()[1]) for pair in EURO.split(", ")}
    assert {code: each.ratio for code, each in ENDED.items() if each.successor == "EUR"} == expected
    assert not any(ENDED[code].redenominated for code in expected)
    assert {code: ENDED[code].converted_on.year for code in ("DEM", "GRD", "HRK", "BGN")} == {
        "DEM": 1999, "GRD": 2001, "HRK": 2023, "BGN": 2026,
    }  # fmt: skip


def test_redenominated_currencies_say_so() -> None:
    assert str(ENDED["TRL"]) == "1 TRY = 1,000,000 TRL from 2005-01-01"
    assert ENDED["ROL"].redenominated
    assert all(each.successor in CODES or each.successor in ENDED for each in ENDED.values())
    assert not CODES & set(ENDED)
    assert all(each.converted_on >= date(1999, 1, 1) for each in ENDED.values())


def test_minor_units_and_names() -> None:
    units = {code: minor_units(code) for code in ("USD", "JPY", "KWD", "HRK", "ITL", "CLF")}
    assert units == {"USD": 2, "JPY": 0, "KWD": 3, "HRK": 2, "ITL": 0, "CLF": 4}
    for code in ("XAU", "BTC", "nope"):
        with pytest.raises(forexhooks.CurrencyError, match=f"{code} has no minor unit"):
            minor_units(code)
    assert (name_of("USD"), name_of("DEM"), name_of("BTC")) == ("US Dollar", "German mark", None)


# ISO 4217 list three and its amendments: old code, new code, how many old make a new, from when.
REDENOMINATED = (
    "TRL TRY 1000000 2005-01-01, ROL RON 10000 2005-07-01, AZM AZN 5000 2006-01-01, "
    "GHC GHS 10000 2007-07-01, ZMK ZMW 1000 2013-01-01, BYR BYN 10000 2016-07-01, "
    "MRO MRU 10 2018-01-01, STD STN 1000 2018-01-01, VEF VES 100000 2018-08-20"
)


@pytest.mark.parametrize("row", REDENOMINATED.split(", "))
def test_a_redenominated_currency_has_its_successor_and_ratio(row: str) -> None:
    code, successor, ratio, day = row.split()
    ended = ENDED[code]
    assert (ended.successor, ended.ratio, ended.converted_on, ended.redenominated) == (
        successor, Decimal(ratio), date.fromisoformat(day), True,
    )  # fmt: skip


def test_the_euro_came_on_these_days() -> None:
    days = {code: each.converted_on for code, each in ENDED.items() if each.successor == "EUR"}
    later = {"GRD": 2001, "SIT": 2007, "CYP": 2008, "MTL": 2008, "SKK": 2009, "EEK": 2011,
             "LVL": 2014, "LTL": 2015, "HRK": 2023, "BGN": 2026}  # fmt: skip
    assert days == {code: date(later.get(code, 1999), 1, 1) for code in days}


def test_every_current_currency_with_a_minor_unit_has_that_of_the_standard() -> None:
    for code in CODES:
        exponent = iso4217.Currency(code).exponent
        if exponent is not None:
            assert minor_units(code) == exponent
