"""The representative rates of the Bank of Israel, from its statistics server (SDMX)."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import ClassVar

from forexhooks import Profile, working_days
from forexhooks.http import SdmxDriver

__all__ = ["BOI"]

_RATES = "/FusionEdgeServer/sdmx/v2/data/dataflow/BOI.STATISTICS/EXR/1.0/"


class BOI(SdmxDriver):
    """The Bank of Israel: what a unit of some 14 currencies costs in ILS, once a day.

    The bank states the yen for 100 units and the Lebanese pound for 10; observations are for 1,
    with the same digits. Israel's holidays are those of the Hebrew calendar, which is not known
    here: on them the rate of the day before is called stale.
    """

    name = "boi"
    profile = Profile(
        title="Bank of Israel, representative exchange rates",
        url="https://www.boi.org.il/en/economic-roles/financial-markets/exchange-rates/",
        country="IL",
        publishes="representative rates, daily",
        pivot="ILS",
        history_from=date(1986, 1, 1),  # the first day of the new shekel, worth 1,000 old ones
        # "shortly after 15:15"; on Fridays and the eves of holidays after 12:15.
        published_at=time(15, 30),
        zone="Asia/Jerusalem",
        grace=timedelta(minutes=30),
        publication_days=working_days("01-01 12-25"),
        attribution="Source: Bank of Israel",
        terms="the bank says that representative rates have no legal standing",
        verified=True,
    )
    BASE_URL = "https://edge.boi.gov.il"
    all_at_once = True
    dimensions: ClassVar = {
        "FREQ": "D",
        "BASE_CURRENCY": "{base}",
        "COUNTER_CURRENCY": "ILS",
        "DATA_TYPE": "OF00",
    }
    unit_mult = "base"
    between = (
        _RATES + "?c%5BDATA_TYPE%5D=OF00&startperiod={start}&endperiod={end}&format=csv",
        1830,
    )
    no_data = ""
