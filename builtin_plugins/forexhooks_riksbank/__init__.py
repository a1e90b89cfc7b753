"""The exchange rates of Sveriges Riksbank, by its REST service (SWEA)."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

from forexhooks import Profile, working_days
from forexhooks.http import HttpDriver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.http import Row

__all__ = ["Riksbank", "is_publication_day"]

_SERIES = re.compile("SEK([A-Z]{3})PMI")
_THE_KRONA = "SEKETT"  # is 1 each day

# Good Friday, Easter Monday, Ascension Day.
_is_working_day = working_days("01-01 01-06 05-01 06-06 12-24 12-25 12-26 12-31", {-2, 1, 39})


def is_publication_day(day: date) -> bool:
    """Whether `day` is a Swedish banking day: Midsummer Eve, a Friday from 19 June on, is none."""
    is_midsummer_eve = day.month == 6 and 19 <= day.day <= 25 and day.weekday() == 4
    return _is_working_day(day) and not is_midsummer_eve


class Riksbank(HttpDriver):
    """Sveriges Riksbank: what a unit of 29 currencies costs in SEK, by the ECB's rates of the day.

    It has done so since 27 November 2023, for 1 unit of each. Days before are not asked for: their
    rates were of another source, and some of them for 100 units.
    """

    name = "riksbank"
    profile = Profile(
        title="Sveriges Riksbank, exchange rates",
        url="https://www.riksbank.se/en-gb/statistics/interest-rates-and-exchange-rates/",
        country="SE",
        publishes="indicative mid rates: the ECB's, in SEK",
        pivot="SEK",
        history_from=date(2023, 11, 27),
        published_at=time(16, 15),
        zone="Europe/Stockholm",
        grace=timedelta(minutes=30),
        publication_days=is_publication_day,
        attribution="Source: Sveriges Riksbank",
        terms="for information: https://www.riksbank.se/en-gb/about-the-website/terms-of-use/",
        # Without a key.
        request_limits=((5, timedelta(minutes=1)), (1000, timedelta(days=1))),
        verified=True,
    )
    BASE_URL = "https://api.riksbank.se"
    all_at_once = True
    between = ("/swea/v1/Observations/ByGroup/130/{start}/{end}", 365)

    def read(self, document: Any) -> Iterator[Row]:
        """Yield the rows of the group's series."""
        for row in document:
            series = _SERIES.fullmatch(row["seriesId"])
            if series is not None:
                yield row["date"], series[1], "SEK", row.get("value")
            elif row["seriesId"] != _THE_KRONA:
                raise ValueError(f"the series {row['seriesId']!r:.40} is of another group")
