"""Currency codes, their minor units, and what became of those that ended.

Every current ISO 4217 code is a constant here (`forexhooks.currencies.USD == "USD"`), so that an
editor completes it and a type checker knows it. Names and minor units come from the `iso4217`
package, which is read only when one of them is asked for.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from forexhooks.errors import CurrencyError

if TYPE_CHECKING:
    from iso4217 import Currency

# ISO 4217 list one of 2026-01-01, without XXX ("no currency"). A code that the standard gains
# later is known to `is_currency` as soon as the installed iso4217 package knows it.
# fmt: off
(
    AED, AFN, ALL, AMD, AOA, ARS, AUD, AWG, AZN, BAM, BBD, BDT, BHD, BIF, BMD, BND, BOB, BOV,
    BRL, BSD, BTN, BWP, BYN, BZD, CAD, CDF, CHE, CHF, CHW, CLF, CLP, CNY, COP, COU, CRC, CUP,
    CVE, CZK, DJF, DKK, DOP, DZD, EGP, ERN, ETB, EUR, FJD, FKP, GBP, GEL, GHS, GIP, GMD, GNF,
    GTQ, GYD, HKD, HNL, HTG, HUF, IDR, ILS, INR, IQD, IRR, ISK, JMD, JOD, JPY, KES, KGS, KHR,
    KMF, KPW, KRW, KWD, KYD, KZT, LAK, LBP, LKR, LRD, LSL, LYD, MAD, MDL, MGA, MKD, MMK, MNT,
    MOP, MRU, MUR, MVR, MWK, MXN, MXV, MYR, MZN, NAD, NGN, NIO, NOK, NPR, NZD, OMR, PAB, PEN,
    PGK, PHP, PKR, PLN, PYG, QAR, RON, RSD, RUB, RWF, SAR, SBD, SCR, SDG, SEK, SGD, SHP, SLE,
    SOS, SRD, SSP, STN, SVC, SYP, SZL, THB, TJS, TMT, TND, TOP, TRY, TTD, TWD, TZS, UAH, UGX,
    USD, USN, UYI, UYU, UYW, UZS, VED, VES, VND, VUV, WST, XAD, XAF, XAG, XAU, XBA, XBB, XBC,
    XBD, XCD, XCG, XDR, XOF, XPD, XPF, XPT, XSU, XTS, XUA, YER, ZAR, ZMW, ZWG,
) = _CURRENT = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV "
    "BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP "
    "CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR "
    "KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT "
    "MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN "
    "PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE "
    "SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
    "USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC "
    "XBD XCD XCG XDR XOF XPD XPF XPT XSU XTS XUA YER ZAR ZMW ZWG"
).split()
# fmt: on

CODES: frozenset[str] = frozenset(_CURRENT)
"""Every current ISO 4217 code that names a currency, a metal or a unit of account."""


class EndedCurrency(NamedTuple):
    """A currency that was converted into its successor.

    `ratio` units of `code` became 1 unit of `successor` on `converted_on`.
    """

    code: str
    successor: str
    ratio: Decimal
    converted_on: date
    minor_units: int
    name: str

    @property
    def redenominated(self) -> bool:
        """Whether the same country's money got a new code; else the currency is retired."""
        return self.successor != EUR

    def __str__(self) -> str:
        return f"1 {self.successor} = {self.ratio:,} {self.code} from {self.converted_on}"


# Irrevocable conversion rates, 1 EUR = ratio units: Council Regulation (EC) No 2866/98, and for
# later members (EC) 1478/2000, 1086/2006, 1134/2007 and 1135/2007, 694/2008, (EU) 671/2010,
# 870/2013, 851/2014, 2022/1208, and for BGN the Council regulation of 8 July 2025.
# Redenominations since 1999: ISO 4217 list three (historic denominations) and its amendments.
# Minor units: the last that the standard gave them, as in the JDK's currency data.
_ENDED = (
    ("ATS", "EUR", "13.7603", date(1999, 1, 1), 2, "Austrian schilling"),
    ("BEF", "EUR", "40.3399", date(1999, 1, 1), 0, "Belgian franc"),
    ("DEM", "EUR", "1.95583", date(1999, 1, 1), 2, "German mark"),
    ("ESP", "EUR", "166.386", date(1999, 1, 1), 0, "Spanish peseta"),
    ("FIM", "EUR", "5.94573", date(1999, 1, 1), 2, "Finnish markka"),
    ("FRF", "EUR", "6.55957", date(1999, 1, 1), 2, "French franc"),
    ("IEP", "EUR", "0.787564", date(1999, 1, 1), 2, "Irish pound"),
    ("ITL", "EUR", "1936.27", date(1999, 1, 1), 0, "Italian lira"),
    ("LUF", "EUR", "40.3399", date(1999, 1, 1), 0, "Luxembourg franc"),
    ("NLG", "EUR", "2.20371", date(1999, 1, 1), 2, "Dutch guilder"),
    ("PTE", "EUR", "200.482", date(1999, 1, 1), 0, "Portuguese escudo"),
    ("GRD", "EUR", "340.750", date(2001, 1, 1), 0, "Greek drachma"),
    ("SIT", "EUR", "239.640", date(2007, 1, 1), 2, "Slovenian tolar"),
    ("CYP", "EUR", "0.585274", date(2008, 1, 1), 2, "Cyprus pound"),
    ("MTL", "EUR", "0.429300", date(2008, 1, 1), 2, "Maltese lira"),
    ("SKK", "EUR", "30.1260", date(2009, 1, 1), 2, "Slovak koruna"),
    ("EEK", "EUR", "15.6466", date(2011, 1, 1), 2, "Estonian kroon"),
    ("LVL", "EUR", "0.702804", date(2014, 1, 1), 2, "Latvian lats"),
    ("LTL", "EUR", "3.45280", date(2015, 1, 1), 2, "Lithuanian litas"),
    ("HRK", "EUR", "7.53450", date(2023, 1, 1), 2, "Croatian kuna"),
    ("BGN", "EUR", "1.95583", date(2026, 1, 1), 2, "Bulgarian lev"),
    ("TRL", "TRY", "1000000", date(2005, 1, 1), 0, "Turkish lira (old)"),
    ("ROL", "RON", "10000", date(2005, 7, 1), 2, "Romanian leu (old)"),
    ("AZM", "AZN", "5000", date(2006, 1, 1), 2, "Azerbaijani manat (old)"),
    ("MZM", "MZN", "1000", date(2006, 7, 1), 2, "Mozambican metical (old)"),
    ("GHC", "GHS", "10000", date(2007, 7, 1), 2, "Ghanaian cedi (old)"),
    ("VEB", "VEF", "1000", date(2008, 1, 1), 2, "Venezuelan bolivar (old)"),
    ("TMM", "TMT", "5000", date(2009, 1, 1), 2, "Turkmenistan manat (old)"),
    ("ZMK", "ZMW", "1000", date(2013, 1, 1), 2, "Zambian kwacha (old)"),
    ("BYR", "BYN", "10000", date(2016, 7, 1), 0, "Belarusian ruble (old)"),
    ("MRO", "MRU", "10", date(2018, 1, 1), 2, "Mauritanian ouguiya (old)"),
    ("STD", "STN", "1000", date(2018, 1, 1), 2, "Sao Tome dobra (old)"),
    ("VEF", "VES", "100000", date(2018, 8, 20), 2, "Venezuelan bolivar fuerte"),
    ("SLL", "SLE", "1000", date(2022, 7, 1), 2, "Sierra Leonean leone (old)"),
)

ENDED: dict[str, EndedCurrency] = {
    code: EndedCurrency(code, successor, Decimal(ratio), day, minor_units, name)
    for code, successor, ratio, day, minor_units, name in _ENDED
}
"""Currencies that ended, by code."""

# "The ECB has decided to suspend the publication of the euro reference rate for the Russian
# rouble": ECB press release of 2 March 2022; the last one is of 2022-03-01.
SUSPENDED: dict[str, tuple[date, str]] = {
    RUB: (date(2022, 3, 2), "the ECB suspended its reference rate"),
}
"""Live currencies whose publication was suspended, by code: from which day, and by whom."""


MOST_MINOR_UNITS = 4
"""The most decimal places that an amount of any currency in ISO 4217 has: those of CLF and UYW."""


def _iso(code: str) -> Currency | None:
    import iso4217

    try:
        return iso4217.Currency(code)
    except ValueError:
        return None


def is_currency(code: str) -> bool:
    """Whether `code` is an ISO 4217 code, current or ended. Upper case only."""
    if code in CODES or code in ENDED:
        return True
    return len(code) == 3 and code != "XXX" and _iso(code) is not None


@cache
def minor_units(code: str) -> int:
    """How many decimal places an amount of `code` has: USD 2, JPY 0, KWD 3.

    Raises `CurrencyError` where there is no such number: an unknown code, or one without minor
    units, as gold (XAU) or BTC.
    """
    if code in ENDED:
        return ENDED[code].minor_units
    currency = _iso(code)
    if currency is None or currency.exponent is None:
        raise CurrencyError(
            f"{code} has no minor unit in ISO 4217: say how many decimal places you want, places=…"
        )
    return currency.exponent


def is_plausible(code: str) -> bool:
    """Whether `code` may be one of something that is traded: ISO 4217 does not list coins."""
    return code.isascii() and code.isalnum() and len(code) <= 10


def name_of(code: str) -> str | None:
    """The currency's English name in ISO 4217, or None for a code that the standard lacks."""
    if code in ENDED:
        return ENDED[code].name
    currency = _iso(code)
    return None if currency is None else currency.currency_name
