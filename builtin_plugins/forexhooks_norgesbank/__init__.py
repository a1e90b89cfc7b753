"""The daily exchange rates of Norges Bank, as CSV from its data warehouse (SDMX)."""

from __future__ import annotations

from datetime import date, time, timedelta
from functools import partial
from typing import TYPE_CHECKING

from forexhooks import Observation, Profile, easter_sunday
from forexhooks.currencies import is_currency
from forexhooks.http import HttpDriver, Reply, Rows, csv_of, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["NorgesBank", "is_publication_day"]

_FIXED = {(1, 1), (5, 1), (5, 17), (12, 24), (12, 25), (12, 26)}
# Maundy Thursday, Good Friday, Easter Monday, Ascension Day, Whit Monday.
_AFTER_EASTER = {-3, -2, 1, 39, 50}


def is_publication_day(day: date) -> bool:
    """Whether Norges Bank publishes on `day`: a working day in Norway, and not Christmas Eve."""
    return (
        day.weekday() < 5
        and (day.month, day.day) not in _FIXED
        and (day - easter_sunday(day.year)).days not in _AFTER_EASTER
    )


class NorgesBank(HttpDriver):
    """Norges Bank: what a unit of some 40 currencies costs in NOK, one middle rate a day.

    The bank states many of them for 100 units; observations are for 1, with the same digits.
    """

    name = "norgesbank"
    profile = Profile(
        title="Norges Bank, daily exchange rates",
        url="https://www.norges-bank.no/en/topics/Statistics/exchange_rates/",
        publishes="mid rates, indicative",
        pivot="NOK",
        history_from=date(1980, 12, 10),
        # "approximately 16:00 CET on business days", "not published on Christmas Eve"
        published_at=time(16, 0),
        zone="Europe/Oslo",
        grace=timedelta(minutes=30),
        publication_days=is_publication_day,
        attribution="Source: Norges Bank",
        terms="free to use where the source is named; indicative, binding on nobody",
        verified=True,
    )
    BASE_URL = "https://data.norges-bank.no"

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterable[Observation]:
        """Give the latest of every currency, or what was published of these: one request."""
        if start is None or end is None:
            # Each series' own last day: a currency that ended is there with the day it ended on.
            key, days = "", {"lastNObservations": "1"}
        else:
            key = "+".join(sorted(filter(is_currency, set(currencies) - {"NOK"})))
            days = {"startPeriod": str(start), "endPeriod": str(end)}
            if not key:
                return []
        return self.http.fetch(
            f"/api/data/EXR/B.{key}.NOK.SP",
            {"format": "csvdata", **days},
            parse=partial(_observations, start=start, end=end),
            also=(404,),
            end=end,
        )


def _observations(reply: Reply, *, start: date | None, end: date | None) -> list[Observation]:
    if reply.status == 404:
        if start is not None and "No data for data query" in reply.text:
            return []
        raise ValueError("nothing is there")
    if reply.text.strip() and "OBS_VALUE" not in reply.text.partition("\n")[0]:
        raise ValueError("its first line names no OBS_VALUE")
    rows = Rows[Observation]("norgesbank")
    for row in csv_of(reply):
        series = f"{row['FREQ']}.{row['BASE_CUR']}.{row['QUOTE_CUR']}.{row['TENOR']}"
        if series != f"B.{row['BASE_CUR']}.NOK.SP":
            raise ValueError(f"the series {series!r:.40} was not asked for")
        on = date.fromisoformat(row["TIME_PERIOD"])
        if start is not None and end is not None and not start <= on <= end:
            raise ValueError(f"{start} to {end} was asked for, and {on} is among it")
        # TWI and I44 are indices of the krone, not the price of anything.
        # In SDMX-CSV an empty value is none.
        if not is_currency(row["BASE_CUR"]) or not row["OBS_VALUE"]:
            continue
        code = row["BASE_CUR"]
        with rows.of(code):
            value = value_of(row["OBS_VALUE"], per=f"1e{row['UNIT_MULT']}")
            if code != "NOK" or value != 1:
                rows.add(code, Observation(on, code, "NOK", value))
    found = rows.sound()
    if start is None and not found:
        raise ValueError("there are no rates in it")
    return found
