"""The Turkish central bank's rates: what it buys and sells at, by transfer and in banknotes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from forexhooks import Profile, Series, working_days
from forexhooks.http import HttpDriver, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from forexhooks.http import Row

__all__ = ["TCMB", "is_publication_day"]

_COLUMNS = {
    "ask": "ForexSelling",
    "bid": "ForexBuying",
    "banknote-ask": "BanknoteSelling",
    "banknote-bid": "BanknoteBuying",
}
# Ramadan's feast of three days and the Feast of Sacrifice of four, by the moon: their first days.
_FEASTS = {3: "2026-03-20 2027-03-09 2028-02-26 2029-02-14 2030-02-04",
           4: "2026-05-27 2027-05-16 2028-05-05 2029-04-24 2030-04-13"}  # fmt: skip
_FEAST_DAYS = {
    date.fromisoformat(first) + timedelta(days=each)
    for days, firsts in _FEASTS.items()
    for first in firsts.split()
    for each in range(days)
}
_is_working_day = working_days("01-01 04-23 05-01 05-19 07-15 08-30 10-29")


def is_publication_day(day: date) -> bool:
    """Whether the bank publishes on a day; of the feasts it knows those of 2026 to 2030."""
    return _is_working_day(day) and day not in _FEAST_DAYS


class TCMB(HttpDriver):
    """The Central Bank of the Republic of Türkiye: what some 20 currencies cost in TRY.

    `tcmb:ask` is what it sells foreign exchange at, `tcmb:bid` what it buys it at; for banknotes
    there are `tcmb:banknote-ask` and `tcmb:banknote-bid`, of fewer currencies. Each day of the past
    costs a request.
    """

    name = "tcmb"
    profile = Profile(
        title="Central Bank of the Republic of Türkiye, indicative exchange rates",
        url="https://www.tcmb.gov.tr/wps/wcm/connect/EN/TCMB+EN/Main+Menu/Statistics/Exchange+Rates",
        country="TR",
        publishes="indicative rates: buying and selling, by transfer and in banknotes",
        pivot="TRY",
        # Rates of the days before are in liras of which a million became one.
        history_from=date(2005, 1, 3),
        day_by_day=True,
        published_at=time(15, 30),
        zone="Europe/Istanbul",
        grace=timedelta(minutes=30),
        publication_days=is_publication_day,
        attribution="Source: Central Bank of the Republic of Türkiye",
        terms="not known; see the bank's site: https://www.tcmb.gov.tr",
        verified=True,
        series=tuple(Series(name, side="ask" if "ask" in name else "bid") for name in _COLUMNS),
    )
    BASE_URL = "https://www.tcmb.gov.tr"
    all_at_once = True
    latest = "/kurlar/today.xml"
    daily = "/kurlar/{day:%Y%m}/{day:%d%m%Y}.xml"
    no_data = ""  # of days on which there was nothing there is no file

    def read(self, document: Element) -> Iterator[Row]:
        """Yield what each column has of a currency; an empty cell is none."""
        day = datetime.strptime(document.attrib["Tarih"], "%d.%m.%Y").date()  # noqa: DTZ007
        for row in document.iterfind("Currency"):
            for series, column in _COLUMNS.items():
                text = (row.findtext(column) or "").strip()
                if text:
                    value = value_of(text, per=row.findtext("Unit"))
                    yield day, row.get("CurrencyCode", ""), "TRY", value, series
