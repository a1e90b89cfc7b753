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
    from collections.abc import Collection, Iterator

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


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class EndedCurrency(NamedTuple):
    """A currency whose code ISO 4217 withdrew.

    `ratio` units of `code` became 1 unit of `successor` on `converted_on`. `ratio` is None where
    there is no fixed ratio, and `successor` where nothing replaced it. `minor_units` is None where
    the standard gave none, as for gold.
    """

    code: str
    successor: str | None
    ratio: Decimal | None
    converted_on: date
    minor_units: int | None
    name: str

    @property
    def redenominated(self) -> bool:
        """Whether the same country's money went on in another unit; else the code was retired."""
        return self.ratio != 1 and self.successor not in (None, EUR, USD, XDR)

    def chain(self) -> Iterator[EndedCurrency]:
        """Yield this one, then its successor if that ended too, and so on."""
        ended: EndedCurrency | None = self
        while ended is not None:
            yield ended
            ended = ENDED.get(ended.successor or "")

    def successor_on(self, day: date | None = None) -> str | None:
        """Return the code to ask for instead, on that day or, without one, today.

        VEB became VEF in 2008, and VEF became VES in 2018: in 2010 it is VEF, today VES.
        """
        successor = self.successor
        for ended in self.chain():
            if ended is self or day is None or ended.converted_on <= day:
                successor = ended.successor
        return successor

    def __str__(self) -> str:
        return "; ".join(_became(each) for each in self.chain())


def _became(ended: EndedCurrency) -> str:
    code, successor, ratio, day, *_ = ended
    if successor is None:
        return f"nothing replaced {code}"
    if ratio is None:
        return f"{successor} replaced {code} on {day}, at no fixed ratio"
    return f"1 {successor} = {ratio:,} {code} from {day}"


# Which codes: ISO 4217 list three ("historic denominations") as published on 2026-01-01, those
# withdrawn in 1999 or later, and without those that the list has for a new name or for a country
# that gave up a code which lives on. The list gives the month in which a code was withdrawn. The
# day here is the one from which the successor counted, by law; where none is known, the first of
# that month.
# Irrevocable conversion rates, 1 EUR = ratio units: Council Regulation (EC) No 2866/98, and for
# later members (EC) 1478/2000, 1086/2006, 1134/2007 and 1135/2007, 694/2008, (EU) 671/2010,
# 870/2013, 851/2014, 2022/1208, and for BGN the Council regulation of 8 July 2025.
# Other ratios and days: the amendments to ISO 4217; the EU's Interinstitutional Style Guide, annex
# A7, changes to the list of currencies; CLDR's supplemental data; ZWL: press release of the Reserve
# Bank of Zimbabwe of 6 April 2024; ECS and ZRN: CIA World Factbook; TPE: UNTAET Regulation 2000/7;
# XFO: Bank for International Settlements.
# ZWD stood for two monies, as ISO kept it for the dollar of 2006 (1 = 1,000 older): no fixed ratio.
# Minor units: the last that the standard gave them, as in the JDK's currency data; of AON, AOR,
# CHC, ECS, ECV, GHP, TJR and ZRN, which it lacks, as Wikipedia has them.
_ENDED = (
    ("AON", "AOR", "1000", date(1995, 7, 1), 0, "Angolan novo kwanza"),
    ("RUR", "RUB", "1000", date(1998, 1, 1), 2, "Russian ruble (old)"),
    ("ZRN", "CDF", "100000", date(1998, 6, 30), 2, "New zaire"),
    ("ADP", "EUR", "166.386", date(1999, 1, 1), 0, "Andorran peseta"),
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
    ("XEU", "EUR", "1", date(1999, 1, 1), None, "European currency unit"),
    ("BGL", "BGN", "1000", date(1999, 7, 5), 2, "Bulgarian lev (old)"),
    ("XRE", None, None, date(1999, 11, 1), None, "RINET funds code"),
    ("AOR", "AOA", "1000000", date(1999, 12, 13), 0, "Angolan kwanza reajustado"),
    ("BYB", "BYR", "1000", date(2000, 1, 1), 0, "Belarusian ruble (of 1994)"),
    ("TPE", "USD", None, date(2000, 1, 24), 0, "Timor escudo"),
    ("ECS", "USD", "25000", date(2000, 3, 20), 0, "Ecuadorian sucre"),
    ("ECV", "USD", None, date(2000, 9, 1), 2, "Ecuadorian unit of constant value"),
    ("TJR", "TJS", "1000", date(2000, 10, 30), 0, "Tajik ruble"),
    ("GRD", "EUR", "340.750", date(2001, 1, 1), 0, "Greek drachma"),
    ("AFA", "AFN", "1000", date(2002, 10, 7), 2, "Afghan afghani (old)"),
    ("XFO", "XDR", None, date(2003, 4, 1), None, "Gold franc"),
    ("YUM", "CSD", "1", date(2003, 7, 3), 2, "Yugoslav dinar"),
    ("SRG", "SRD", "1000", date(2004, 1, 1), 2, "Surinamese guilder"),
    ("CHC", "CHW", "1", date(2004, 11, 1), 2, "WIR franc (electronic)"),
    ("MGF", "MGA", "5", date(2005, 1, 1), 0, "Malagasy franc"),
    ("TRL", "TRY", "1000000", date(2005, 1, 1), 0, "Turkish lira (old)"),
    ("ROL", "RON", "10000", date(2005, 7, 1), 0, "Romanian leu (old)"),
    ("AYM", "AZN", None, date(2005, 10, 1), 2, "Azerbaijani manat (code of 2005)"),
    ("AZM", "AZN", "5000", date(2006, 1, 1), 2, "Azerbaijani manat (old)"),
    ("MZM", "MZN", "1000", date(2006, 7, 1), 2, "Mozambican metical (old)"),
    ("CSD", "RSD", "1", date(2006, 10, 25), 2, "Serbian dinar (code until 2006)"),
    ("SIT", "EUR", "239.640", date(2007, 1, 1), 2, "Slovenian tolar"),
    ("SDD", "SDG", "100", date(2007, 1, 10), 2, "Sudanese dinar"),
    ("GHP", "GHS", "1", date(2007, 6, 18), 2, "Ghanaian cedi (code until June 2007)"),
    ("GHC", "GHS", "10000", date(2007, 7, 1), 2, "Ghanaian cedi (old)"),
    ("CYP", "EUR", "0.585274", date(2008, 1, 1), 2, "Cyprus pound"),
    ("MTL", "EUR", "0.429300", date(2008, 1, 1), 2, "Maltese lira"),
    ("VEB", "VEF", "1000", date(2008, 1, 1), 2, "Venezuelan bolivar (old)"),
    ("ZWD", "ZWR", None, date(2008, 8, 1), 2, "Zimbabwe dollar (of 1980, and of 2006)"),
    ("ZWN", "ZWR", "10000000000", date(2008, 8, 1), 2, "Zimbabwe dollar (of 2006)"),
    ("SKK", "EUR", "30.1260", date(2009, 1, 1), 2, "Slovak koruna"),
    ("TMM", "TMT", "5000", date(2009, 1, 1), 2, "Turkmenistan manat (old)"),
    ("ZWR", "ZWL", "1000000000000", date(2009, 2, 2), 2, "Zimbabwe dollar (of 2008)"),
    ("EEK", "EUR", "15.6466", date(2011, 1, 1), 2, "Estonian kroon"),
    ("ZMK", "ZMW", "1000", date(2013, 1, 1), 2, "Zambian kwacha (old)"),
    ("XFU", "EUR", None, date(2013, 11, 7), None, "UIC franc"),
    ("LVL", "EUR", "0.702804", date(2014, 1, 1), 2, "Latvian lats"),
    ("USS", "USD", "1", date(2014, 3, 28), 2, "US dollar (same day)"),
    ("LTL", "EUR", "3.45280", date(2015, 1, 1), 2, "Lithuanian litas"),
    ("BYR", "BYN", "10000", date(2016, 7, 1), 0, "Belarusian ruble (old)"),
    ("MRO", "MRU", "10", date(2018, 1, 1), 2, "Mauritanian ouguiya (old)"),
    ("STD", "STN", "1000", date(2018, 1, 1), 2, "Sao Tome dobra (old)"),
    ("VEF", "VES", "100000", date(2018, 8, 20), 2, "Venezuelan bolivar fuerte"),
    ("CUC", "CUP", "24", date(2021, 1, 1), 2, "Cuban convertible peso"),
    ("SLL", "SLE", "1000", date(2022, 7, 1), 2, "Sierra Leonean leone (old)"),
    ("HRK", "EUR", "7.53450", date(2023, 1, 1), 2, "Croatian kuna"),
    ("ZWL", "ZWG", "2498.7242", date(2024, 4, 5), 2, "Zimbabwe dollar (of 2009)"),
    ("ANG", "XCG", "1", date(2025, 3, 31), 2, "Netherlands Antillean guilder"),
    ("BGN", "EUR", "1.95583", date(2026, 1, 1), 2, "Bulgarian lev"),
)

ENDED: dict[str, EndedCurrency] = {
    code: EndedCurrency(
        code, successor, None if ratio is None else Decimal(ratio), day, minor_units, name
    )
    for code, successor, ratio, day, minor_units, name in _ENDED
}
"""Currencies whose codes were withdrawn in 1999 or later, by code."""

# ISO 4217 list three of 2026-01-01, withdrawn before 1999.
_LONG_GONE = frozenset(
    "ALK AOK ARA ARP ARY BAD BEC BEL BGJ BGK BOP BRB BRC BRE BRN BRR BUK CSJ CSK DDM ESA ESB GEK "
    "GNE GNS GQE GWE GWP HRD ILP ILR ISJ LAJ LSM LTT LUC LUL LVR MLF MTP MVQ MXP MZE NIC PEH PEI "
    "PES PLZ RHD ROK SDP SUR UAK UGS UGW UYN UYP VNC YDD YUD YUN ZAL ZRZ ZWC".split()
)


class Subunit(NamedTuple):
    """A part of a currency that prices are quoted in: `per_parent` of `code` are 1 `parent`."""

    code: str
    parent: str
    per_parent: int
    name: str

    def __str__(self) -> str:
        return f"1 {self.parent} = {self.per_parent:,} {self.code}"


# None is in ISO 4217. The code that we use, then how else data vendors write it, and where:
# GBX, EUX, USX: London Stock Exchange, TRADEcho FIX specification; GBX: Eurex Release 12.0.
# GBp, ZAc, ILa, USc, EUc: LSEG (Refinitiv), developer community. GBp, ZAr, ILs, USd, EUr:
# Bloomberg. GBp, ZAc, ILA, ILX, USX, KWF: Yahoo Finance; a thousandth: yfinance of KWF.
# GBX, ILX, ZAC, ZAX: Open Source Risk Engine. GBx, USC, EUC: brokers and price feeds.
_SUBUNITS = (
    (Subunit("GBX", "GBP", 100, "Pence sterling"), "GBp GBx"),
    (Subunit("ZAC", "ZAR", 100, "South African cents"), "ZAc ZAr ZAX"),
    (Subunit("ILA", "ILS", 100, "Israeli agorot"), "ILa ILs ILX"),
    (Subunit("USX", "USD", 100, "US cents"), "USc USd USC"),
    (Subunit("EUX", "EUR", 100, "Euro cents"), "EUc EUr EUC"),
    (Subunit("KWF", "KWD", 1000, "Kuwaiti fils"), ""),
)

SUBUNITS: dict[str, Subunit] = {
    spelled: subunit for subunit, others in _SUBUNITS for spelled in (subunit.code, *others.split())
}
"""What data vendors write for pence, cents and the like, by each of its spellings."""

# "The ECB has decided to suspend the publication of the euro reference rate for the Russian
# rouble": ECB press release of 2 March 2022; the last one is of 2022-03-01.
SUSPENDED: dict[str, tuple[date, str]] = {
    RUB: (date(2022, 3, 2), "the ECB suspended its reference rate"),
}
"""Live currencies whose publication was suspended, by code: from which day, and by whom."""


MOST_MINOR_UNITS = 4
"""The most decimal places that an amount of any currency in ISO 4217 has: those of CLF and UYW."""


@cache
def _iso() -> dict[str, Currency]:
    import iso4217

    return {currency.value: currency for currency in iso4217.Currency}


def is_currency(code: str) -> bool:
    """Whether `code` is an ISO 4217 code, current or ended. Upper case only; no subunit is one."""
    if code in CODES or code in ENDED:
        return True
    return len(code) == 3 and code != "XXX" and code in _iso()


@cache
def minor_units(code: str) -> int:
    """How many decimal places an amount of `code` has: USD 2, JPY 0, KWD 3, GBX 0.

    Raises `CurrencyError` where there is no such number: an unknown code, or one without minor
    units, as gold (XAU) or BTC.
    """
    if code in SUBUNITS:
        return 0
    if code in ENDED:
        units = ENDED[code].minor_units
    else:
        currency = _iso().get(code)
        units = currency and currency.exponent
    if units is None:
        raise CurrencyError(
            f"{code} has no minor unit in ISO 4217: say how many decimal places you want, places=…"
        )
    return units


def is_plausible(code: str) -> bool:
    """Whether `code` may be one of something that is traded: ISO 4217 does not list coins."""
    return code.isascii() and code.isalnum() and len(code) <= 10


def name_of(code: str) -> str | None:
    """The English name of a currency or subunit, or None for a code that nothing here lists."""
    if code in SUBUNITS:
        return SUBUNITS[code].name
    if code in ENDED:
        return ENDED[code].name
    currency = _iso().get(code)
    return None if currency is None else currency.currency_name


def parse_code(text: str) -> str:
    """Return the code that `text` stands for, in upper case.

    Upper case throughout and lower case throughout are the same code. Mixed case is not: `GBp` is
    pence, not pounds. It is the code of a known subunit, GBX, or it is refused.

    Args:
        text: A code as a user or a data vendor writes it.

    Returns:
        The code; of a subunit the one that we use, as GBX for `GBp` and ILA for `ILX`: a key of
        `SUBUNITS`. Whether any driver has it is not checked.

    Raises:
        CurrencyError: No string, letters outside ASCII, or mixed case that is no known subunit.

    """
    if not isinstance(text, str):
        raise CurrencyError(f"a currency code is a string like 'USD', not {text!r}")
    upper = text.upper()
    if text in SUBUNITS:
        return SUBUNITS[text].code
    if not text.isascii():
        odd = next(each for each in text if not each.isascii())
        raise CurrencyError(
            f"{text!r} is no currency code: {odd!r} is U+{ord(odd):04X}, and codes have only "
            "A to Z and 0 to 9"
        )
    if text not in (upper, text.lower()):
        raise CurrencyError(f"{text!r} mixes upper and lower case: {_instead(text, upper)}")
    return SUBUNITS[upper].code if upper in SUBUNITS else upper


def _instead(text: str, upper: str) -> str:
    """What to write instead of a code in mixed case."""
    for subunit, _ in _SUBUNITS:
        if upper == subunit.parent or SUBUNITS.get(upper) == subunit:
            return f"write {subunit.parent}, or {subunit.code} for {subunit.name} ({subunit})"
    if upper not in CODES and upper not in ENDED:
        return "write it in upper case"
    if text[:-1].isupper():
        return (
            f"write {upper} if you mean the currency; a small last letter often means cents, and "
            f"then the amount has to be converted to {upper} first"
        )
    return f"write {upper}"


# By turnover, in the BIS Triennial Central Bank Survey of 2022, those never redenominated.
_MAJOR = (USD, EUR, JPY, GBP, CNY, AUD, CAD, CHF, HKD, SGD, SEK, NOK, NZD, DKK)

_MISTAKEN = {
    "CDN": CAD, "CND": CAD, "CNH": CNY, "EURO": EUR, "NIS": ILS, "NKR": NOK, "NTD": TWD,
    "RMB": CNY, "SFR": CHF, "SKR": SEK, "STG": GBP, "UKP": GBP, "US$": USD, "XBT": "BTC",
    "YEN": JPY,
}  # fmt: skip


def did_you_mean_code(word: str, known: Collection[str]) -> str:
    """Return a part of a message about a code that is unknown: " (did you mean …?)", or nothing.

    It looks for what is often written, for swapped letters, then for one wrong letter in a major
    currency. It never leads to a code that ended, nor from cents, or from money of before 1999, to
    the currency of today.

    Args:
        word: What was taken for a code.
        known: The codes that the driver has, a set if there are many words.

    """
    code = word.strip().upper()
    if code in _LONG_GONE:
        return " (ISO 4217 withdrew it before 1999)"
    nearest = [_MISTAKEN.get(code, code)]
    if len(code) == 3 and code not in _MISTAKEN:
        swapped = (code[1] + code[0] + code[2], code[0] + code[2] + code[1])
        nearest += sorted(swapped, key=_MAJOR.__contains__, reverse=True)
        nearest += _one_letter_wrong().get(code, ())
    for each in nearest:
        if each in known and each not in ENDED:
            return f" (did you mean {each!r}?)"
    return ""


@cache
def _one_letter_wrong() -> dict[str, list[str]]:
    """The major currencies by what each is with one wrong letter, but a last X or C: cents."""
    by_typo: dict[str, list[str]] = {}
    for major in _MAJOR:
        for letter in _LETTERS:
            by_typo.setdefault(letter + major[1:], []).append(major)
            by_typo.setdefault(major[0] + letter + major[2], []).append(major)
            if letter not in "XC":
                by_typo.setdefault(major[:2] + letter, []).append(major)
    return by_typo
