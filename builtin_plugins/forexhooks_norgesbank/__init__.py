"""The daily exchange rates of Norges Bank, as CSV from its data warehouse (SDMX)."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import ClassVar

from forexhooks import Profile, working_days
from forexhooks.http import SdmxDriver

__all__ = ["NorgesBank", "is_publication_day"]

# Maundy Thursday, Good Friday, Easter Monday, Ascension Day, Whit Monday.
is_publication_day = working_days("01-01 05-01 05-17 12-24 12-25 12-26", {-3, -2, 1, 39, 50})


class NorgesBank(SdmxDriver):
    """Norges Bank: what a unit of some 40 currencies costs in NOK, one middle rate a day.

    The bank states many of them for 100 units; observations are for 1, with the same digits.
    """

    name = "norgesbank"
    profile = Profile(
        title="Norges Bank, daily exchange rates",
        url="https://www.norges-bank.no/en/topics/Statistics/exchange_rates/",
        country="NO",
        publishes="mid rates, indicative",
        pivot="NOK",
        history_from=date(1980, 12, 10),
        # "approximately 16:00 CET on business days", "not published on Christmas Eve"
        published_at=time(16, 0),
        zone="Europe/Oslo",
        grace=timedelta(minutes=30),
        publication_days=is_publication_day,
        attribution="Source: Norges Bank",
        terms="free to use if you name the source; indicative, binding on nobody",
        verified=True,
    )
    BASE_URL = "https://data.norges-bank.no"

    dimensions: ClassVar = {"FREQ": "B", "BASE_CUR": "{base}", "QUOTE_CUR": "NOK", "TENOR": "SP"}
    unit_mult = "base"
    # The last day of each series: a currency that ended has the day on which it ended.
    latest = "/api/data/EXR/{key}?format=csvdata&lastNObservations=1"
    between = "/api/data/EXR/{key}?format=csvdata&startPeriod={start}&endPeriod={end}"
    no_data = "No data for data query"
