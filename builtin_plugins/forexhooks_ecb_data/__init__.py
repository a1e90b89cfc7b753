"""The ECB's data portal (SDMX): its rates as daily ones, and as averages and ends of periods."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import ClassVar

from forexhooks import Profile, Series
from forexhooks.http import SdmxDriver
from forexhooks_ecb.target import is_target_day

__all__ = ["ECBData"]


class ECBData(SdmxDriver):
    """The ECB's data portal: how many units of some 40 currencies a euro is.

    The daily rates are those of the driver `ecb`, over the network. The averages of a month, a
    quarter and a year are published with more digits than the daily rates have: 1.1100363636364.
    What is of the end of a period is the rate of its last publication day, and is dated the
    period's last day.
    """

    name = "ecb-data"
    profile = Profile(
        title="European Central Bank, data portal",
        url="https://data.ecb.europa.eu/data/datasets/EXR",
        country="EU",
        publishes="daily reference rates; averages and ends of months, quarters and years",
        pivot="EUR",
        history_from=date(1999, 1, 4),
        published_at=time(16, 0),
        zone="Europe/Berlin",
        grace=timedelta(minutes=30),
        publication_days=is_target_day,
        attribution="Source: European Central Bank",
        terms="free to use if you name the source and nothing is changed: "
        "https://www.ecb.europa.eu/stats/ecb_statistics/governance_and_quality_framework/html/"
        "usage_policy.en.html",
        verified=True,
        series=(
            Series("day"),
            Series("month-average", frequency="month", statistic="average", max_gap=0),
            Series("month-end", frequency="month", statistic="end"),
            Series("quarter-average", frequency="quarter", statistic="average", max_gap=0),
            Series("quarter-end", frequency="quarter", statistic="end"),
            Series("year-average", frequency="year", statistic="average", max_gap=0),
            Series("year-end", frequency="year", statistic="end"),
        ),
    )
    BASE_URL = "https://data-api.ecb.europa.eu"
    dimensions: ClassVar = {
        "FREQ": "{frequency}",
        "CURRENCY": "{quote}",
        "CURRENCY_DENOM": "EUR",
        "EXR_TYPE": "SP00",
        "EXR_SUFFIX": "{statistic}",
    }
    # The last day of each series: a currency that ended has the day on which it ended.
    latest = "/service/data/EXR/{key}?format=csvdata&lastNObservations=1"
    between = "/service/data/EXR/{key}?format=csvdata&startPeriod={start}&endPeriod={end}"
    no_data = "No results found"
