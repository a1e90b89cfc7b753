"""The middle exchange rates of Narodowy Bank Polski: table A, and table B where need be."""

from __future__ import annotations

from datetime import date, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from forexhooks import Profile, working_days
from forexhooks.http import HttpDriver

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from forexhooks import Observation
    from forexhooks.http import Row

__all__ = ["NBP", "is_publication_day"]

_FIRST_DAY = date(2002, 1, 2)
_MOST_DAYS = 93  # "a single enquiry cannot cover a period longer than 93 days"

# Christmas Eve since 2025; Easter Monday, Corpus Christi.
is_publication_day = working_days(
    "01-01 01-06 05-01 05-03 08-15 11-01 11-11 12-24 12-25 12-26", {1, 60}
)


class NBP(HttpDriver):
    """Narodowy Bank Polski: what a unit of 32 currencies costs in PLN daily, of others weekly.

    Table A comes with every question, whole. Table B, about 115 further currencies of each
    Wednesday, is asked for as well only where A lacks a currency that is wanted.
    """

    name = "nbp"
    profile = Profile(
        title="Narodowy Bank Polski, tables A and B",
        url="https://nbp.pl/en/statistic-and-financial-reporting/rates/",
        country="PL",
        publishes="mid rates: table A daily, table B weekly",
        pivot="PLN",
        history_from=_FIRST_DAY,
        # "between 11:45 and 12:15 on working days"
        published_at=time(12, 15),
        zone="Europe/Warsaw",
        grace=timedelta(minutes=30),
        publication_days=is_publication_day,
        attribution="Source: Narodowy Bank Polski",
        terms="free to use if you name the source",
        verified=True,
    )
    BASE_URL = "https://api.nbp.pl"

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        """Yield table A, and table B where on some day A lacks a currency that is wanted."""
        wanted = set(currencies) - {"PLN"}
        if start is None or end is None:
            yield from self._latest(wanted)
            return
        for first, last in self.windows(max(start, _FIRST_DAY), end, _MOST_DAYS):
            daily = self._table("A", first, last)
            yield from daily
            if _lacks(daily, wanted):
                yield from self._table("B", first, last)

    def _latest(self, wanted: set[str]) -> Iterator[Observation]:
        daily = self._table("A")
        yield from daily
        if not _lacks(daily, wanted):
            return
        weekly = self._table("B")
        yield from weekly
        # A cross between tables A and B needs a day that both have.
        if wanted & _codes(daily) and wanted & _codes(weekly):
            for on in {each.on for each in weekly} - {each.on for each in daily}:
                yield from self._table("A", on, on)

    def currencies(self) -> Collection[str]:
        """PLN and the codes of the latest tables A and B."""
        return {"PLN"} | _codes(self._table("A")) | _codes(self._table("B"))

    def _table(
        self, letter: str, start: date | None = None, end: date | None = None
    ) -> list[Observation]:
        return self.fetch_rows(
            f"/api/exchangerates/tables/{letter}/" + (f"{start}/{end}/" if start else ""),
            {"format": "json"},
            start=start,
            end=end,
            read=partial(_rows, letter),
            no_data="Brak danych",  # nothing was published in this span
        )


def _codes(observations: list[Observation]) -> set[str]:
    return {each.base for each in observations}


def _lacks(observations: list[Observation], wanted: set[str]) -> bool:
    """Whether one of the days observed lacks one of the currencies."""
    observed = {(each.on, each.base) for each in observations}
    return any((on, code) not in observed for on in {on for on, _ in observed} for code in wanted)


def _rows(letter: str, document: Any) -> Iterator[Row]:
    for table in document:
        if table["table"] != letter:
            raise ValueError(f"table {letter} was asked for, not {table['table']!r}")
        for row in table["rates"]:
            yield table["effectiveDate"], row.get("code"), "PLN", row.get("mid")
