"""The exchange rate fixing of the Czech National Bank: a document of each year since 1991."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

from forexhooks import Profile, working_days
from forexhooks.http import HttpDriver, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.http import Row

__all__ = ["CNB"]


class CNB(HttpDriver):
    """The Czech National Bank: what a unit of some 30 currencies costs in CZK, once a day.

    The bank states them for 1, 100 or 1,000 units, and has changed for how many over the years;
    observations are for 1, with the same digits.
    """

    name = "cnb"
    profile = Profile(
        title="Czech National Bank, central bank exchange rate fixing",
        url="https://www.cnb.cz/en/financial-markets/foreign-exchange-market/"
        "central-bank-exchange-rate-fixing/",
        country="CZ",
        publishes="the daily fixing at 14:15",
        pivot="CZK",
        history_from=date(1991, 1, 1),
        # "declared every working day after 2.30 p.m."
        published_at=time(14, 30),
        zone="Europe/Prague",
        grace=timedelta(minutes=30),
        # Good Friday, Easter Monday.
        publication_days=working_days(
            "01-01 05-01 05-08 07-05 07-06 09-28 10-28 11-17 12-24 12-25 12-26", {-2, 1}
        ),
        attribution="Source: Czech National Bank",
        terms="see https://www.cnb.cz/en/footer/general-terms-and-conditions/",
        verified=True,
    )
    BASE_URL = "https://api.cnb.cz"
    all_at_once = True
    yearly = "/cnbapi/exrates/daily-year?lang=EN&year={year}"

    def read(self, document: Any) -> Iterator[Row]:
        """Yield the rows of the year."""
        for row in document["rates"]:
            value = value_of(row.get("rate"), per=row.get("amount"))
            yield row["validFor"], row.get("currencyCode"), "CZK", value
