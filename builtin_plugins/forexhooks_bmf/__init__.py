"""The German Federal Ministry of Finance: the means of a month that count for VAT."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from forexhooks import Profile, Series
from forexhooks.http import HttpDriver, csv_of, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from forexhooks import Observation
    from forexhooks.http import Reply, Row

__all__ = ["BMF"]

_SERIES = "month-average"
_FILE = (
    "/Datenportal/Daten/offene-daten/steuern-zoelle/umsatzsteuer-umrechnungskurse/datensaetze/"
    "uu-kurse-{year}-csv.csv?__blob=publicationFile"
)
_MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip
_FOOTNOTE = re.compile(r"\s*(\[\d+\])?\s*$")
# Its code may be glued to the number: "5,0913RON".
_CELL = re.compile(r"([0-9.,]+)\s*([A-Z]{3})")
# The file of a year appears in February, with January's mean.
_NEW_FILE = timedelta(days=45)


class BMF(HttpDriver):
    """The Ministry of Finance of Germany: the mean of a month of some 30 currencies a euro.

    They are those for conversion by § 16 (6) UStG, and hold on the days of their own month. A
    currency without a value in a month, such as the rouble, has no rate there.
    """

    name = "bmf"
    profile = Profile(
        title="Bundesministerium der Finanzen, Umsatzsteuer-Umrechnungskurse",
        url="https://www.bundesfinanzministerium.de/Datenportal/Daten/offene-daten/steuern-zoelle/"
        "umsatzsteuer-umrechnungskurse/umsatzsteuer-umrechnungskurse.html",
        country="DE",
        publishes="monthly averages, for VAT",
        pivot="EUR",
        history_from=date(2010, 1, 1),
        frequency="month",
        zone="Europe/Berlin",
        grace=timedelta(days=7),  # "about the 1st of the next month"
        time_to_live=timedelta(hours=6),
        attribution="Source: Bundesministerium der Finanzen, Datenlizenz Deutschland "
        "(Namensnennung, Version 2.0)",
        terms="dl-de/by-2-0: https://www.govdata.de/dl-de/by-2-0",
        verified=True,
        series=(Series(_SERIES, statistic="average", max_gap=0),),
    )
    BASE_URL = "https://www.bundesfinanzministerium.de"
    all_at_once = True

    def observations(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        series: str,
    ) -> Iterator[Observation]:
        """Yield all currencies: of each year with one of these days, or of the newest."""
        today = self.profile.today()
        if start is not None and end is not None:
            for first, last in self.years(start, end):
                yield from self._year(first, last, may_lack=today < first + _NEW_FILE)
            return
        # This year's file, or last year's if no month of this year is over.
        begun = today.replace(month=1, day=1)
        for first, last in reversed([*self.years(begun - timedelta(1), today)]):
            found = self._year(first, last, may_lack=today < first + _NEW_FILE)
            yield from found
            if found:
                return

    def _year(self, first: date, last: date, *, may_lack: bool) -> list[Observation]:
        return self.fetch_rows(
            _FILE.format(year=first.year),
            start=first,
            end=last,
            read=partial(self._rows, [*self.months(first, last)]),
            no_data="" if may_lack else None,
            series=_SERIES,
        )

    def parse(self, reply: Reply) -> list[dict[str, str]]:
        """Give the lines below the names of the months, of countries and of footnotes."""
        above = (line.startswith(b"Land;") for line in reply.content.splitlines())
        return csv_of(
            reply,
            ["Währung"],
            delimiter=";",
            skip=next((number for number, is_head in enumerate(above) if is_head), 0),
            encoding="cp1252",
            open_end=True,
        )

    @staticmethod
    def _rows(months: list[tuple[date, date]], document: list[dict[str, str]]) -> Iterator[Row]:
        """The cells of a year's file; those of months to come are empty."""
        for row in document:
            if row["Währung"].strip() != "1 Euro":
                continue  # a footnote
            cells = {_FOOTNOTE.sub("", head): cell.strip() for head, cell in row.items()}
            for name, (first, last) in zip(_MONTHS, months, strict=True):
                cell = cells.get(name, "")
                found = _CELL.fullmatch(cell)
                if found is not None:
                    yield first, "EUR", found[2], value_of(found[1], decimal=","), last
                elif cell:
                    yield first, "EUR", cell, cell, last  # which is neither, and said so
