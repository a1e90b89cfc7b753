"""The currencies that ended: what replaced each, on which day, and at which ratio."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple


class EndedCurrency(NamedTuple):
    """A currency whose code ISO 4217 withdrew.

    `ratio` units of `code` became 1 unit of `successor` on `converted_on`. `ratio` is None if there
    is no fixed ratio, `successor` is None if nothing replaced the currency, and `minor_units` is
    None if the standard gave none, as for gold.
    """

    code: str
    successor: str | None
    ratio: Decimal | None
    converted_on: date
    minor_units: int | None
    name: str

    @property
    def redenominated(self) -> bool:
        """Whether the country's money continued in another unit; otherwise the code was retired."""
        return self.ratio != 1 and self.successor not in (None, "EUR", "USD", "XDR")

    def chain(self) -> Iterator[EndedCurrency]:
        """Yield this currency, then its successor if that has ended, too, and so on."""
        ended: EndedCurrency | None = self
        while ended is not None:
            yield ended
            ended = ENDED.get(ended.successor or "")

    def successor_on(self, day: date | None = None) -> str | None:
        """Return the code to use instead of this one.

        VEB became VEF in 2008, and VEF became VES in 2018: in 2010 it is VEF, today VES.

        Args:
            day: The day; None: today.

        Returns:
            The code; None: nothing replaced the currency.
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


# The codes are those of ISO 4217 list three ("historic denominations", published on 2026-01-01)
# that were withdrawn in 1999 or later. Entries for a mere change of name, or for a country that
# gave up a code that other countries still use, are left out. The list gives only the month of the
# withdrawal. The day here is the one from which the successor was legal tender, or the first of
# that month if it is not known.
# Irrevocable conversion rates, 1 EUR = ratio units: Council Regulation (EC) No 2866/98, and for
# later members (EC) 1478/2000, 1086/2006, 1134/2007 and 1135/2007, 694/2008, (EU) 671/2010,
# 870/2013, 851/2014, 2022/1208, and for BGN the Council regulation of 8 July 2025.
# Other ratios and days: the amendments to ISO 4217; the EU's Interinstitutional Style Guide, annex
# A7, changes to the list of currencies; CLDR's supplemental data; ZWL: press release of the Reserve
# Bank of Zimbabwe of 6 April 2024; ECS and ZRN: CIA World Factbook; TPE: UNTAET Regulation 2000/7;
# XFO: Bank for International Settlements.
# ZWD has no fixed ratio: ISO kept the code for the dollar of 2006, worth 1,000 older ones.
# Minor units: the last in the standard, from the JDK's currency data; for AON, AOR, CHC, ECS, ECV,
# GHP, TJR and ZRN, which it lacks, from Wikipedia.
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
