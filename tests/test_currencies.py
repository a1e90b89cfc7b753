from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product

import iso4217
import pytest
from hypothesis import given
from hypothesis import strategies as st

import forexhooks
from forexhooks import currencies
from forexhooks.currencies import (
    CODES,
    ENDED,
    SUBUNITS,
    is_currency,
    minor_units,
    name_of,
    parse_code,
)
from forexhooks.currencies.suggestions import did_you_mean_code
from forexhooks.testing import FixedRates

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


# ISO 4217 list three, published 2026-01-01: when a code was withdrawn, in 1999 or later, without
# names that changed (PEN, RON, TRY, MWK, SZL) and countries that gave up a code (EUR, IDR, SDG).
WITHDRAWN = (
    "ADP 2003-07, AFA 2003-01, ANG 2025-03, AON 2000-02, AOR 2000-02, ATS 2002-03, AYM 2005-10, "
    "AZM 2005-12, BEF 2002-03, BGL 2003-11, BGN 2026-01, BYB 2001-01, BYR 2017-01, CHC 2004-11, "
    "CSD 2006-10, CUC 2021-06, CYP 2008-01, DEM 2002-03, ECS 2000-09, ECV 2000-09, EEK 2011-01, "
    "ESP 2002-03, FIM 2002-03, FRF 2002-03, GHC 2008-01, GHP 2007-06, GRD 2002-03, HRK 2023-01, "
    "IEP 2002-03, ITL 2002-03, LTL 2014-12, LUF 2002-03, LVL 2014-01, MGF 2004-12, MRO 2017-12, "
    "MTL 2008-01, MZM 2006-06, NLG 2002-03, PTE 2002-03, ROL 2005-06, RUR 2004-01, SDD 2007-07, "
    "SIT 2007-01, SKK 2009-01, SLL 2023-12, SRG 2003-12, STD 2017-12, TJR 2001-04, TMM 2009-01, "
    "TPE 2002-11, TRL 2005-12, USS 2014-03, VEB 2008-01, VEF 2018-08, XEU 1999-01, XFO 2006-10, "
    "XFU 2013-11, XRE 1999-11, YUM 2003-07, ZMK 2012-12, ZRN 1999-06, ZWD 2008-08, ZWL 2024-09, "
    "ZWN 2006-09, ZWR 2009-06"
)


def test_the_ended_currencies_are_those_that_the_standard_withdrew_since_1999() -> None:
    withdrawn = dict(row.split() for row in WITHDRAWN.split(", "))
    assert set(ENDED) == set(withdrawn)
    assert not CODES & set(ENDED)
    for code, month in withdrawn.items():
        # The successor counts by the month in which the code went, or from the next on. The second
        # dollar of Zimbabwe went by the code of the first until there was a third.
        year, month_number = map(int, month.split("-"))
        following = date(year + month_number // 12, month_number % 12 + 1, 1)
        assert ENDED[code].converted_on <= following or code == "ZWN"
        assert is_currency(code)
        assert name_of(code)


def test_every_ended_currency_has_a_successor_that_exists() -> None:
    assert [code for code, each in ENDED.items() if each.successor is None] == ["XRE"]
    for code, each in ENDED.items():
        chain = list(each.chain())
        assert chain[0] is each
        assert len(chain) < 5  # and so no ring
        assert each.successor_on() == chain[-1].successor
        assert each.successor_on() in {*CODES, None}
        if code != "AON":  # the day of its successor is that of the money, as is its own
            assert [one.converted_on for one in chain] == sorted(one.converted_on for one in chain)
        for one in chain:
            assert one.ratio is None or one.ratio > 0
            assert one.successor is None or str(one.converted_on) in str(each)
            if one.ratio is not None:
                assert f"1 {one.successor} = {one.ratio:,} {one.code}" in str(each)


def test_which_successor_to_ask_for_depends_on_the_day() -> None:
    bolivar = ENDED["VEB"]
    on = {day: bolivar.successor_on(date(*day)) for day in ((2008, 1, 1), (2018, 8, 19))}
    assert on == {(2008, 1, 1): "VEF", (2018, 8, 19): "VEF"}
    assert (bolivar.successor_on(date(2018, 8, 20)), bolivar.successor_on()) == ("VES", "VES")
    assert ENDED["TRL"].successor_on(date(1999, 1, 1)) == "TRY"


def test_every_currency_that_joined_the_euro_has_its_ratio() -> None:
    expected = {pair.split()[0]: Decimal(pair.split()[1]) for pair in EURO.split(", ")}
    into_euro = {code: each.ratio for code, each in ENDED.items() if each.successor == "EUR"}
    # The Andorran peseta was the Spanish one, the ECU became the euro; the UIC franc was none.
    assert into_euro == {**expected, "ADP": expected["ESP"], "XEU": Decimal(1), "XFU": None}
    assert not any(ENDED[code].redenominated for code in into_euro)
    assert {code: ENDED[code].converted_on.year for code in ("DEM", "GRD", "HRK", "BGN")} == {
        "DEM": 1999, "GRD": 2001, "HRK": 2023, "BGN": 2026,
    }  # fmt: skip


def test_what_became_of_a_currency_is_said_with_the_ratio() -> None:
    assert str(ENDED["TRL"]) == "1 TRY = 1,000,000 TRL from 2005-01-01"
    assert str(ENDED["ZWL"]) == "1 ZWG = 2,498.7242 ZWL from 2024-04-05"
    assert str(ENDED["XFO"]) == "XDR replaced XFO on 2003-04-01, at no fixed ratio"
    assert str(ENDED["XRE"]) == "nothing replaced XRE"
    assert str(ENDED["ZWN"]) == (
        "1 ZWR = 10,000,000,000 ZWN from 2008-08-01; "
        "1 ZWL = 1,000,000,000,000 ZWR from 2009-02-02; 1 ZWG = 2,498.7242 ZWL from 2024-04-05"
    )
    redenominated = {
        code: ENDED[code].redenominated for code in ("ROL", "CUC", "ZWD", "CSD", "ANG")
    }
    assert redenominated == {"ROL": True, "CUC": True, "ZWD": True, "CSD": False, "ANG": False}
    assert not any(ENDED[code].redenominated for code in ("ECS", "XFO", "XRE", "USS"))


def test_minor_units_and_names() -> None:
    units = {code: minor_units(code) for code in ("USD", "JPY", "KWD", "HRK", "ITL", "CLF")}
    assert units == {"USD": 2, "JPY": 0, "KWD": 3, "HRK": 2, "ITL": 0, "CLF": 4}
    for code in ("XAU", "BTC", "nope", "XEU", "XRE"):
        with pytest.raises(forexhooks.CurrencyError, match=f"{code} has no minor unit"):
            minor_units(code)
    assert (name_of("USD"), name_of("DEM"), name_of("BTC")) == ("US Dollar", "German mark", None)


# ISO 4217 list three and its amendments: old code, new code, how many old make a new, from when.
REDENOMINATED = (
    "TRL TRY 1000000 2005-01-01, ROL RON 10000 2005-07-01, AZM AZN 5000 2006-01-01, "
    "GHC GHS 10000 2007-07-01, ZMK ZMW 1000 2013-01-01, BYR BYN 10000 2016-07-01, "
    "MRO MRU 10 2018-01-01, STD STN 1000 2018-01-01, VEF VES 100000 2018-08-20, "
    "AFA AFN 1000 2002-10-07, BGL BGN 1000 1999-07-05, MGF MGA 5 2005-01-01, "
    "SDD SDG 100 2007-01-10, SRG SRD 1000 2004-01-01, TJR TJS 1000 2000-10-30, "
    "RUR RUB 1000 1998-01-01, AOR AOA 1000000 1999-12-13, SLL SLE 1000 2022-07-01"
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
    assert days.pop("XFU") == date(2013, 11, 7)  # a unit of account, withdrawn by amendment 157
    assert days == {code: date(later.get(code, 1999), 1, 1) for code in days}


def test_every_current_currency_with_a_minor_unit_has_that_of_the_standard() -> None:
    for code in CODES:
        exponent = iso4217.Currency(code).exponent
        if exponent is not None:
            assert minor_units(code) == exponent


def service(*pairs: str) -> forexhooks.ForexService:
    manager = forexhooks.ForexManager(discover=False)
    manager.register(FixedRates(dict.fromkeys(pairs, "1.5")))
    return forexhooks.open("fixed", manager=manager)


@pytest.mark.parametrize(
    ("code", "on", "said"),
    [
        ("ZWL", None, "1 ZWG = 2,498.7242 ZWL from 2024-04-05; ask for ZWG"),
        ("ANG", None, "ANG ended 2025-03-31; 1 XCG = 1 ANG from 2025-03-31; ask for XCG"),
        ("VEB", None, "1 VES = 100,000 VEF from 2018-08-20; ask for VES"),
        ("VEB", date(2010, 1, 4), "1 VES = 100,000 VEF from 2018-08-20; ask for VEF"),
        ("ZWD", None, "ZWR replaced ZWD on 2008-08-01, at no fixed ratio; 1 ZWL = "),
        ("XRE", None, "nothing replaced XRE; ask another driver for a day before 1999-11-01"),
    ],
)
def test_advice_about_a_currency_that_ended_says_the_ratio(
    code: str, on: date | None, said: str
) -> None:
    with pytest.raises(forexhooks.RateUnavailableError) as caught:
        service("USD/CAD").get_rate(code, "USD", on=on)
    assert said in str(caught.value)


# Spelled by data vendors, and what it is.
SPELLED = (
    "GBX GBX, GBp GBX, GBx GBX, gbx GBX, ZAC ZAC, ZAc ZAC, ZAr ZAC, ZAX ZAC, zac ZAC, ILA ILA, "
    "ILa ILA, ILs ILA, ILX ILA, ila ILA, USX USX, USc USX, USd USX, USC USX, EUX EUX, EUc EUX, "
    "EUr EUX, EUC EUX, KWF KWF, kwf KWF, usd USD, USD USD, gbp GBP, GBP GBP, btc BTC, 1inch 1INCH"
)


@pytest.mark.parametrize("row", SPELLED.split(", "))
def test_what_a_code_stands_for(row: str) -> None:
    spelled, meant = row.split()
    assert parse_code(spelled) == meant


def test_subunits_are_parts_of_their_currency_and_nothing_else() -> None:
    assert {each.code for each in SUBUNITS.values()} == {"GBX", "ZAC", "ILA", "USX", "EUX", "KWF"}
    known = {each.value for each in iso4217.Currency}
    for spelled, subunit in SUBUNITS.items():
        assert SUBUNITS[subunit.code] == subunit
        assert subunit.parent in CODES
        assert subunit.per_parent == 10 ** minor_units(subunit.parent)
        assert spelled not in CODES | set(ENDED) | known  # a spelling in mixed case included
        assert not is_currency(spelled)
        if spelled.isupper():
            assert parse_code(spelled.lower()) == subunit.code
        assert minor_units(subunit.code) == 0
        assert (name_of(subunit.code), str(subunit)) == (
            subunit.name,
            f"1 {subunit.parent} = {subunit.per_parent:,} {subunit.code}",
        )
    assert name_of("GBX") == "Pence sterling"


KNOWN = sorted({*CODES, *ENDED, *(each.code for each in SUBUNITS.values()), "BTC", "XYZ"})


@pytest.mark.parametrize("code", KNOWN)
def test_a_code_in_mixed_case_is_a_known_subunit_or_refused(code: str) -> None:
    for letters in product(*((each, each.lower()) for each in code)):
        text = "".join(letters)
        if text in SUBUNITS:
            assert parse_code(text) == SUBUNITS[text].code
        elif text in (code, code.lower()):
            assert parse_code(text) == code
        else:
            with pytest.raises(forexhooks.CurrencyError, match="mixes upper and lower case") as it:
                parse_code(text)
            assert f"{text!r}" in str(it.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Gbp", "write GBP, or GBX for Pence sterling (1 GBP = 100 GBX)"),
        ("gbX", "write GBP, or GBX for Pence sterling (1 GBP = 100 GBX)"),
        ("Zar", "write ZAR, or ZAC for South African cents (1 ZAR = 100 ZAC)"),
        ("KWd", "write KWD, or KWF for Kuwaiti fils (1 KWD = 1,000 KWF)"),
        ("CAd", "write CAD if you mean the currency; a small last letter often means cents"),
        ("Cad", "case: write CAD"),
        ("Xyz", "write it in upper case"),
        ("\u017fek", "'\u017f' is U+017F, and codes have only A to Z and 0 to 9"),
        ("\u0131ls", "U+0131"),
        ("\uff35\uff33\uff24", "U+FF35"),
        ("\u20ac", "U+20AC"),
        (None, "a currency code is a string like 'USD', not None"),
        (978, "not 978"),
        (b"USD", "not b'USD'"),
    ],
)
def test_a_refused_code_is_told_what_was_likely_meant(text: str, said: str) -> None:
    with pytest.raises(forexhooks.CurrencyError) as caught:
        parse_code(text)
    assert said in str(caught.value)


@given(st.text(max_size=6))
def test_what_is_parsed_is_ascii_in_upper_case_and_parsed_again_the_same(text: str) -> None:
    try:
        code = parse_code(text)
    except forexhooks.CurrencyError:
        assert not text.isascii() or text not in (text.upper(), text.lower())
        return
    assert code.isascii()
    assert code == code.upper()
    assert parse_code(code) == code == parse_code(code.lower())


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_current_code_means_itself_in_upper_and_lower_case(code: str) -> None:
    assert parse_code(code) == parse_code(code.lower()) == code


MEANT = (
    "CDA CAD, GPB GBP, YEN JPY, RMB CNY, XBT BTC, UDS USD, ERU EUR, USA USD, GBR GBP, "
    "EUD EUR, CHR CHF, CND CAD, NTD TWD, EURO EUR, MNX MXN, ZGW ZWG"
)


@pytest.mark.parametrize("row", MEANT.split(", "))
def test_what_was_meant_by_a_wrong_code(row: str) -> None:
    wrong, meant = row.split()
    assert did_you_mean_code(wrong, CODES | {"BTC"}) == f" (did you mean {meant!r}?)"
    assert did_you_mean_code(wrong.lower(), CODES | {"BTC"}) == f" (did you mean {meant!r}?)"
    assert meant not in did_you_mean_code(wrong, (CODES | {"BTC"}) - {meant})


def test_of_two_that_were_meant_the_major_one_counts() -> None:
    assert did_you_mean_code("SUD", {"USD", "SDU"}) == " (did you mean 'USD'?)"
    assert did_you_mean_code("SUD", {"SDU"}) == " (did you mean 'SDU'?)"
    assert did_you_mean_code("GBB", {"EUR", "GBP"}) == " (did you mean 'GBP'?)"


def test_nothing_is_suggested_that_is_far_or_of_another_size() -> None:
    everything = {*CODES, *ENDED, "BTC"}
    # Cents by the conventions of data vendors, however unknown: not the currency.
    for wrong in (
        "ABC",
        "XXQ",
        "CAX",
        "NOX",
        "NZC",
        "SEC",
        "Q",
        "",
        "DOLLARS",
        "A" * 1000,
        "\u20ac",
    ):
        assert did_you_mean_code(wrong, everything) == ""
    # Of before 1999: 10,000 PLZ became 1 PLN, 1,000 MXP became 1 MXN.
    for wrong in ("PLZ", "MXP", "BRR", "ILR", "YUN", "UAK"):
        assert did_you_mean_code(wrong, everything) == " (ISO 4217 withdrew it before 1999)"


@given(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=4), st.sets(st.sampled_from(KNOWN))
)
def test_a_suggestion_is_one_that_the_driver_has_and_that_lives(
    wrong: str, known: set[str]
) -> None:
    said = did_you_mean_code(wrong, known)
    if "did you mean" in said:
        assert said.split("'")[1] in known - set(ENDED)


def test_a_service_suggests_what_its_driver_has() -> None:
    fx = service("USD/CAD", "USD/EUR")
    for wrong, said in (("CDA", " (did you mean 'CAD'?)"), ("GPB", ""), ("YEN", "")):
        with pytest.raises(forexhooks.CurrencyError) as caught:
            fx.get_rate(wrong, "USD")
        assert f"unknown currency {wrong!r}{said}; give an ISO 4217 code" in str(caught.value)
