"""Currency codes, their minor units, names and subunits.

Every current ISO 4217 code is a constant here (`forexhooks.currencies.USD == "USD"`), for editors
to complete and type checkers to know. Names and minor units come from the package `iso4217`, which
is read only when you ask for one. `ended.py` has the currencies that ended and their successors;
`suggestions.py` guesses what an unknown code was meant to be.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from forexhooks.errors import CurrencyError

if TYPE_CHECKING:
    from iso4217 import Currency

    from forexhooks.currencies.ended import ENDED as ENDED
    from forexhooks.currencies.ended import EndedCurrency as EndedCurrency

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


class Subunit(NamedTuple):
    """A part of a currency, used to quote prices: `per_parent` units of `code` are 1 `parent`."""

    code: str
    parent: str
    per_parent: int
    name: str

    def __str__(self) -> str:
        return f"1 {self.parent} = {self.per_parent:,} {self.code}"


# ISO 4217 has none of these. Each line has the code that we use, and other spellings of data
# vendors. Sources:
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
"""The subunits by each spelling that data vendors use for pence, cents and the like."""

# "The ECB has decided to suspend the publication of the euro reference rate for the Russian
# rouble": ECB press release of 2 March 2022; the last one is of 2022-03-01.
SUSPENDED: dict[str, tuple[date, str]] = {
    RUB: (date(2022, 3, 2), "the ECB suspended its reference rate"),
}
"""Current currencies that are no longer published, by code: since which day, and why."""


MOST_MINOR_UNITS = 4
"""The most decimal places that amounts of any ISO 4217 currency have: CLF and UYW have them."""


def ended_currency(code: str) -> EndedCurrency | None:
    """Return when a currency ended and what replaced it; None for any other code."""
    if code in CODES:
        return None
    from forexhooks.currencies.ended import ENDED

    return ENDED.get(code)


@cache
def _iso() -> dict[str, Currency]:
    import iso4217

    return {currency.value: currency for currency in iso4217.Currency}


def is_currency(code: str) -> bool:
    """Whether `code` is an ISO 4217 code in upper case, current or ended. Subunits are not."""
    if code in CODES or ended_currency(code):
        return True
    return len(code) == 3 and code != "XXX" and code in _iso()


@cache
def minor_units(code: str) -> int:
    """How many decimal places amounts of a currency have: USD 2, JPY 0, KWD 3, GBX 0.

    Args:
        code: The code, in upper case.

    Returns:
        The number of decimal places.

    Raises:
        CurrencyError: The code is unknown, or has no minor unit, like gold (XAU) or BTC.
    """
    if code in SUBUNITS:
        return 0
    ended = ended_currency(code)
    if ended is not None:
        units = ended.minor_units
    else:
        currency = _iso().get(code)
        units = currency and currency.exponent
    if units is None:
        raise CurrencyError(
            f"{code} has no minor unit in ISO 4217: say how many decimal places you want, places=…"
        )
    return units


def is_plausible(code: str) -> bool:
    """Whether `code` may be a code at all: ISO 4217 does not list cryptocurrencies."""
    return code.isascii() and code.isalnum() and len(code) <= 10


def name_of(code: str) -> str | None:
    """The English name of a currency or subunit; None: the code is unknown."""
    if code in SUBUNITS:
        return SUBUNITS[code].name
    ended = ended_currency(code)
    if ended is not None:
        return ended.name
    currency = _iso().get(code)
    return None if currency is None else currency.currency_name


def parse_code(text: str) -> str:
    """Return the code that a string stands for, in upper case.

    A code may be all upper case or all lower case. Mixed case has a meaning of its own: `GBp` is
    pence, not pounds. It is accepted only if it is a known subunit, here GBX.

    Args:
        text: A code as a user or a data vendor writes it.

    Returns:
        The code. For a subunit it is the spelling that we use, such as GBX for `GBp` and ILA for
        `ILX`: a key of `SUBUNITS`. Whether any driver has it is not checked.

    Raises:
        CurrencyError: It is not a string, has letters outside ASCII, or is in mixed case but not a
            known subunit.
    """
    if not isinstance(text, str):
        raise CurrencyError(f"a currency code is a string like 'USD', not {text!r}")
    upper = text.upper()
    if text in SUBUNITS:
        return SUBUNITS[text].code
    if not text.isascii():
        odd = next(each for each in text if not each.isascii())
        raise CurrencyError(
            f"{text!r} is not a currency code: {odd!r} is U+{ord(odd):04X}, and codes have only "
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
    if upper not in CODES and not ended_currency(upper):
        return "write it in upper case"
    if text[:-1].isupper():
        return (
            f"write {upper} if you mean the currency; a small last letter often means cents, and "
            f"then the amount has to be converted to {upper} first"
        )
    return f"write {upper}"


if not TYPE_CHECKING:  # type checkers should report a misspelled code

    def __getattr__(name: str) -> object:
        # Few programs need ended currencies, so the first rate does not wait for their import.
        if name not in ("ENDED", "EndedCurrency"):
            raise AttributeError(f"module 'forexhooks.currencies' has no attribute {name!r}")
        from forexhooks.currencies import ended

        return getattr(ended, name)
