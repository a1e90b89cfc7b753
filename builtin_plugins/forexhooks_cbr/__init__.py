"""The official exchange rates of the Bank of Russia: set on a day, in force from the next on."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING

from forexhooks import Profile, working_days
from forexhooks.http import HttpDriver, value_of, xml_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from xml.etree.ElementTree import Element

    from forexhooks import Observation
    from forexhooks.http import Reply, Row

__all__ = ["CBR", "is_publication_day"]

_ON = "/scripts/XML_daily.asp?date_req={:%d/%m/%Y}"
_OF_A_CURRENCY = (
    "/scripts/XML_dynamic.asp?VAL_NM_RQ={id}&date_req1={start:%d/%m/%Y}&date_req2={end:%d/%m/%Y}"
)
_ONE_DAY = timedelta(days=1)

_is_working_day = working_days(
    "01-01 01-02 01-03 01-04 01-05 01-06 01-07 01-08 02-23 03-08 05-01 05-09 06-12 11-04"
)


def is_publication_day(day: date) -> bool:
    """Whether a rate comes into force: it was set on the day before, a working day."""
    return _is_working_day(day - _ONE_DAY)


class CBR(HttpDriver):
    """The Bank of Russia: what a unit of some 55 currencies costs in RUB.

    The day of a rate is the first on which it is in force: Friday's work is dated Saturday, and is
    in force on Sunday and Monday too. Many are stated for 10, 100 or more units; observations are
    for 1, with the same digits. The latest is one request; a history is one for the bank's list of
    its currencies, and one for each currency.
    """

    name = "cbr"
    profile = Profile(
        title="Bank of Russia, official exchange rates",
        url="https://www.cbr.ru/eng/currency_base/daily/",
        publishes="official rates, in force from the day after they are set",
        pivot="RUB",
        country="RU",
        # Earlier rates are in old roubles, of which 1,000 became one.
        history_from=date(1998, 1, 1),
        # Set on the afternoon of the previous day.
        published_at=time(6, 0),
        zone="Europe/Moscow",
        publication_days=is_publication_day,
        attribution="Source: Bank of Russia",
        terms="not known; see the bank's site: https://www.cbr.ru/eng/",
        verified=True,
    )
    BASE_URL = "https://www.cbr.ru"

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        """Yield all that are in force today, or what came into force for each currency."""
        if start is None or end is None:
            yield from self.fetch_rows(_ON.format(self.profile.today()), read=_in_force)
            return
        wanted = set(currencies) - {"RUB"}
        ids = self.http.fetch(_ON.format(end), parse=_ids, end=end)
        if not ids.keys() >= wanted:  # a currency may have ended since
            ids = self.http.fetch(_ON.format(start), parse=_ids, end=start) | ids
        for code in sorted(ids.keys() & wanted):
            self.http.go_on()
            yield from self.fetch_rows(
                _OF_A_CURRENCY.format(id=ids[code], start=start, end=end),
                start=start,
                end=end,
                read=partial(_of_a_currency, code, ids[code]),
            )


def _in_force(document: Element) -> Iterator[Row]:
    day = _day(document.attrib["Date"])
    for row in document.iterfind("Valute"):
        yield day, row.findtext("CharCode", ""), "RUB", _value(row)


def _of_a_currency(code: str, number: str, document: Element) -> Iterator[Row]:
    if document.get("ID") != number:
        raise ValueError(f"{number} was asked for, but this is {document.get('ID')!r:.20}")
    for row in document.iterfind("Record"):
        yield _day(row.attrib["Date"]), code, "RUB", _value(row)


def _ids(reply: Reply) -> dict[str, str]:
    """The bank's own numbers of its currencies."""
    rows = xml_of(reply).iterfind("Valute")
    found = {row.findtext("CharCode", ""): row.attrib["ID"] for row in rows}
    if not found:
        raise ValueError("it lists no currencies")
    return found


def _value(row: Element) -> object:
    return value_of(row.findtext("Value"), per=row.findtext("Nominal"), decimal=",")


def _day(text: str) -> date:
    return datetime.strptime(text, "%d.%m.%Y").date()  # noqa: DTZ007 - a day
