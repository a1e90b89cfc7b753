"""Which code an unknown code was probably meant to be."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from forexhooks.currencies.ended import ENDED

# ISO 4217 list three of 2026-01-01, withdrawn before 1999.
_LONG_GONE = frozenset(
    "ALK AOK ARA ARP ARY BAD BEC BEL BGJ BGK BOP BRB BRC BRE BRN BRR BUK CSJ CSK DDM ESA ESB GEK "
    "GNE GNS GQE GWE GWP HRD ILP ILR ISJ LAJ LSM LTT LUC LUL LVR MLF MTP MVQ MXP MZE NIC PEH PEI "
    "PES PLZ RHD ROK SDP SUR UAK UGS UGW UYN UYP VNC YDD YUD YUN ZAL ZRZ ZWC".split()
)

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# By turnover, from the BIS Triennial Central Bank Survey of 2022, without redenominated ones.
_MAJOR = "USD EUR JPY GBP CNY AUD CAD CHF HKD SGD SEK NOK NZD DKK".split()

_MISTAKEN = {
    "CDN": "CAD", "CND": "CAD", "CNH": "CNY", "EURO": "EUR", "NIS": "ILS", "NKR": "NOK",
    "NTD": "TWD", "RMB": "CNY", "SFR": "CHF", "SKR": "SEK", "STG": "GBP", "UKP": "GBP",
    "US$": "USD", "XBT": "BTC", "YEN": "JPY",
}  # fmt: skip


def did_you_mean_code(word: str, known: Collection[str]) -> str:
    """Return " (did you mean …?)" for a message about an unknown code, or an empty string.

    It looks for common spellings, then for swapped letters, then for one wrong letter in a major
    currency. It never suggests a code that ended. Nor does it suggest today's currency for cents,
    or for money from before 1999.

    Args:
        word: The unknown code.
        known: The codes that the driver has; pass a set if there are many words.

    Returns:
        The part of the message.
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
    """The major currencies by their codes with one letter wrong. A final X or C means cents."""
    by_typo: dict[str, list[str]] = {}
    for major in _MAJOR:
        for letter in _LETTERS:
            by_typo.setdefault(letter + major[1:], []).append(major)
            by_typo.setdefault(major[0] + letter + major[2], []).append(major)
            if letter not in "XC":
                by_typo.setdefault(major[:2] + letter, []).append(major)
    return by_typo
