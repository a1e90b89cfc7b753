"""The middle exchange rates of Narodowy Bank Polski: table A, and table B where need be."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from functools import partial
from typing import TYPE_CHECKING

from forexhooks import Observation, Profile, easter_sunday
from forexhooks.http import HttpDriver, Reply, Rows, json_of, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["NBP", "is_publication_day"]

_FIRST_DAY = date(2002, 1, 2)
_MOST_DAYS = 93  # "a single enquiry cannot cover a period longer than 93 days"

# Month and day; Christmas Eve since 2025.
_FIXED = {(1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11)}
_FIXED |= {(12, 24), (12, 25), (12, 26)}
_AFTER_EASTER = {1, 60}  # Easter Monday, Corpus Christi


def is_publication_day(day: date) -> bool:
    """Whether `day` is a working day in Poland, by its holidays since 2025."""
    return (
        day.weekday() < 5
        and (day.month, day.day) not in _FIXED
        and (day - easter_sunday(day.year)).days not in _AFTER_EASTER
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
        publishes="mid rates: table A daily, table B weekly",
        pivot="PLN",
        history_from=_FIRST_DAY,
        # "between 11:45 and 12:15 on working days"
        published_at=time(12, 15),
        zone="Europe/Warsaw",
        grace=timedelta(minutes=30),
        publication_days=is_publication_day,
        attribution="Source: Narodowy Bank Polski",
        terms="free to use where the source is named",
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
        # A cross from one to the other goes by a day that both have.
        if wanted & _codes(daily) and wanted & _codes(weekly):
            for on in {each.on for each in weekly} - {each.on for each in daily}:
                yield from self._table("A", on, on)

    def currencies(self) -> Collection[str]:
        """PLN and the codes of the latest tables A and B."""
        return {"PLN"} | _codes(self._table("A")) | _codes(self._table("B"))

    def _table(
        self, letter: str, start: date | None = None, end: date | None = None
    ) -> list[Observation]:
        return self.http.fetch(
            f"/api/exchangerates/tables/{letter}/" + (f"{start}/{end}/" if start else ""),
            {"format": "json"},
            parse=partial(_observations, letter=letter, start=start, end=end),
            also=(404,),
            end=end,
        )


def _codes(observations: list[Observation]) -> set[str]:
    return {each.base for each in observations}


def _lacks(observations: list[Observation], wanted: set[str]) -> bool:
    """Whether one of the days observed lacks one of the currencies."""
    observed = {(each.on, each.base) for each in observations}
    return any((on, code) not in observed for on in {on for on, _ in observed} for code in wanted)


def _observations(
    reply: Reply, *, letter: str, start: date | None, end: date | None
) -> list[Observation]:
    if reply.status == 404:
        if (
            start is not None and "Brak danych" in reply.text
        ):  # no data: nothing was published in this span
            return []
        raise ValueError("nothing is there")
    rows = Rows[Observation]("nbp")
    for table in json_of(reply):
        on = date.fromisoformat(table["effectiveDate"])
        if table["table"] != letter:
            raise ValueError(f"table {letter} was asked for, not {table['table']!r}")
        if start is not None and end is not None and not start <= on <= end:
            raise ValueError(f"{start} to {end} was asked for, and {on} is among it")
        for row in table["rates"]:
            with rows.of(row.get("code")):
                code, mid = _code(row["code"]), value_of(row["mid"])
                if code != "PLN" or mid != 1:
                    rows.add(code, Observation(on, code, "PLN", mid))
    found = rows.sound()
    if start is None and not found:
        raise ValueError("there are no rates in it")
    return found


def _code(code: str) -> str:
    if not re.fullmatch("[A-Z]{3}", code):
        raise ValueError(f"{code!r:.40} is no currency code")
    return code
