"""The Swiss Federal Office for Customs and Border Security: selling rates for VAT."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from forexhooks import Profile, Series
from forexhooks.http import HttpDriver, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from xml.etree.ElementTree import Element

    from forexhooks import Observation
    from forexhooks.http import Row

__all__ = ["BAZG"]

_ONE_DAY = timedelta(days=1)
_MONTH, _DAY = "month", "day"


class BAZG(HttpDriver):
    """BAZG: what a unit of some 70 currencies costs in CHF, by the rates that SIX sells at.

    The rate of a month is the mean from the 25th to the 24th before it, and holds on all of its
    days. The daily rate holds on the days that the office says: Friday's on Saturday, Sunday and
    Monday. Each day of a daily history costs a request or two. As they are selling rates alone,
    there is none from CHF into another currency.
    """

    name = "bazg"
    profile = Profile(
        title="Swiss Federal Office for Customs and Border Security, exchange rates",
        url="https://www.rates.bazg.admin.ch",
        country="CH",
        publishes="selling rates: monthly for VAT, and daily",
        pivot="CHF",
        frequency="month",
        zone="Europe/Zurich",
        time_to_live=timedelta(hours=6),
        attribution="Source: BAZG; © SIX Group",
        terms="for your own accounts and returns: SIX forbids redistribution",
        verified=True,
        series=(
            # Published on the 25th or the next working day.
            Series(
                _MONTH, side="ask", statistic="average", max_gap=0, in_advance=timedelta(days=1)
            ),
            Series(_DAY, side="ask", frequency="day", max_gap=0),
        ),
    )
    BASE_URL = "https://www.backend-rates.bazg.admin.ch"
    all_at_once = True

    def observations(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        series: str,
    ) -> Iterator[Observation]:
        """Yield all currencies: of each period with one of these days, or of the latest."""
        today = self.profile.today()
        if series == _DAY:
            day, last = (today, today) if start is None or end is None else (start, end)
            while day <= last:
                found = self._of_day(day)
                yield from found
                until = next((each.until for each in found if each.until is not None), day)
                day = until + _ONE_DAY
        elif start is not None and end is not None:
            for first, last in self.months(start, end):
                yield from self._of_month(first, last)
        else:
            # This month, or the previous one if this one is not published yet.
            before = today.replace(day=1) - _ONE_DAY
            for first, last in reversed([*self.months(before, today)]):
                found = self._of_month(first, last)
                yield from found
                if found:
                    return

    def _of_month(self, first: date, last: date) -> list[Observation]:
        asked = {"j": f"{first:%Y}", "m": f"{first:%m}"}
        read = partial(_monthly, first, last)
        return self.fetch_rows(
            "/api/xmlavgmonth", asked, start=first, end=last, read=read, series=_MONTH
        )

    def _of_day(self, day: date) -> list[Observation]:
        """What holds on a day: it is asked for by the day on which it was fixed, mostly before."""
        for fixed in (day - _ONE_DAY, day):
            self.http.go_on()
            found = self.fetch_rows(
                "/api/xmldaily",
                {"d": f"{fixed:%Y%m%d}"},
                end=day,
                read=partial(_daily, day),
                series=_DAY,
            )
            if found:
                return found
        return []


def _monthly(first: date, last: date, document: Element) -> Iterator[Row]:
    """The rows of a month; of one that is not out there is neither a month nor a row."""
    month = document.findtext("{*}monat")
    if month is None and document.find("{*}devise") is None:
        if document.tag.rpartition("}")[2] != "monatsmittelkurs":
            raise ValueError(f"it is a document {document.tag!r:.60}, not one of a month")
        return
    if month is None or month.strip() != f"{first:%Y-%m}":
        raise ValueError(f"{first:%Y-%m} was asked for, but it is of {month!r:.20}")
    yield from _rows(document, first, last)


def _daily(day: date, document: Element) -> Iterator[Row]:
    """The rows of a day's rates, where they hold on the day that is wanted."""
    said = document.findtext("{*}gueltigkeit")
    if said is None:
        raise ValueError(f"it is a document {document.tag!r:.60} without the days that it holds on")
    days = sorted(datetime.strptime(each.strip(), "%d.%m.%Y").date() for each in said.split(","))  # noqa: DTZ007 - days
    if day in days:
        yield from _rows(document, days[0], days[-1])


def _rows(document: Element, first: date, last: date) -> Iterator[Row]:
    for row in document.iterfind("{*}devise"):
        code = row.get("code", "").upper()
        units, _, named = (row.findtext("{*}waehrung") or "").strip().partition(" ")
        if named.strip() != code:
            raise ValueError(f"the row of {code:.10} says {named!r:.20}")
        yield first, code, "CHF", value_of(row.findtext("{*}kurs"), per=units), last
