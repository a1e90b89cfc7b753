"""The exchange rates of the Hong Kong Monetary Authority, from its Monthly Statistical Bulletin."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

from forexhooks import Profile
from forexhooks.http import HttpDriver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.http import Row

__all__ = ["HKMA"]

_PATH = (
    "/public/market-data-and-statistics/monthly-statistical-bulletin/er-ir/er-eeri-daily"
    "?choose=end_of_day&sortby=end_of_day&sortorder=desc&offset=0"
)
_DAYS = 100  # the size of a page


def _is_publication_day(day: date) -> bool:
    """Monday to Saturday; the holidays of Hong Kong go by the moon, and are not known here."""
    return day.weekday() < 6


class HKMA(HttpDriver):
    """The Hong Kong Monetary Authority: what a unit of 18 currencies costs in HKD, once a day.

    The rates of a month's days are published some weeks after it, together.
    """

    name = "hkma"
    profile = Profile(
        title="Hong Kong Monetary Authority, exchange rates",
        url="https://apidocs.hkma.gov.hk/documentation/market-data-and-statistics/"
        "monthly-statistical-bulletin/er-ir/er-eeri-daily/",
        country="HK",
        publishes="end-of-day rates, published a month at a time, some weeks later",
        pivot="HKD",
        history_from=date(1981, 1, 2),
        published_at=time(18, 0),
        zone="Asia/Hong_Kong",
        # A response for a month's first day may change until the next month is over.
        grace=timedelta(days=62),
        publication_days=_is_publication_day,
        attribution="Source: Hong Kong Monetary Authority",
        terms="see https://www.hkma.gov.hk/eng/disclaimer/",
        verified=True,
    )
    BASE_URL = "https://api.hkma.gov.hk"
    all_at_once = True
    latest = f"{_PATH}&pagesize=10"
    between = (f"{_PATH}&pagesize={_DAYS}&from={{start}}&to={{end}}", _DAYS)

    def read(self, document: Any) -> Iterator[Row]:
        """Yield the cells that have a value; indices, which stand in others, are no currencies."""
        if document["header"]["success"] is not True:
            raise ValueError(f"it says {document['header'].get('err_msg')!r:.200}")
        for record in document["result"]["records"]:
            for name, value in record.items():
                code = "XDR" if name == "special_drawing_rights" else name.upper()
                if len(code) == 3 and value is not None:
                    yield record["end_of_day"], code, "HKD", value
