"""The Reserve Bank of Australia's daily exchange rates: table F11.1, one file since 2023."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from forexhooks import Profile, working_days
from forexhooks.http import HttpDriver, csv_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.http import Reply, Row

__all__ = ["RBA", "is_publication_day"]

_DAY = re.compile(r"(\d\d)-([A-Z][a-z]{2})-(\d{4})")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_PRICE_OF_A_DOLLAR = "A$1="
_ISO = {"SDR": "XDR"}

_is_working_day = working_days("01-01 01-26 04-25 12-25 12-26", {-2, 1})
# The second Monday of June, the first of August and of October.
_MONDAYS = {(6, 2), (8, 1), (10, 1)}
# Mondays and Tuesdays off, because a holiday fell on the weekend.
_INSTEAD = {0: ["01-02", "01-03", "01-27", "01-28", "12-27", "12-28"], 1: ["12-27", "12-28"]}


def is_publication_day(day: date) -> bool:
    """Whether it is a working day in Sydney."""
    is_such_monday = day.weekday() == 0 and (day.month, (day.day + 6) // 7) in _MONDAYS
    is_instead = f"{day:%m-%d}" in _INSTEAD.get(day.weekday(), ())
    return _is_working_day(day) and not is_such_monday and not is_instead


class RBA(HttpDriver):
    """The Reserve Bank of Australia: what an Australian dollar is in some 20 currencies, at 16:00.

    The price of the US dollar is WM/Reuters', that of the SDR the IMF's; the others are the bank's.
    Its trade-weighted index is left out. All days are one file, which begins with 2023.
    """

    name = "rba"
    profile = Profile(
        title="Reserve Bank of Australia, exchange rates (F11.1)",
        url="https://www.rba.gov.au/statistics/frequency/exchange-rates.html",
        country="AU",
        publishes="daily rates, indicative",
        pivot="AUD",
        history_from=date(2023, 1, 3),
        published_at=time(16, 0),
        zone="Australia/Sydney",
        grace=timedelta(hours=2),
        publication_days=is_publication_day,
        attribution="Source: Reserve Bank of Australia",
        terms="not known; see the bank's site: https://www.rba.gov.au/copyright/; AUD/USD is "
        "WM/Reuters' own",
        verified=True,
    )
    BASE_URL = "https://www.rba.gov.au"
    all_at_once = True
    latest = "/statistics/tables/csv/f11.1-data.csv"

    def parse(self, reply: Reply) -> list[dict[str, str]]:
        """Take the columns by their titles, which stand in the second line."""
        return csv_of(reply, ["Title", f"{_PRICE_OF_A_DOLLAR}USD"], skip=1)

    def read(self, document: list[dict[str, str]]) -> Iterator[Row]:
        """Yield the cells of the rows that begin with a day; the others describe the columns."""
        for row in document:
            found = _DAY.fullmatch(row["Title"].strip())
            if found is None:
                continue
            day = date(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1]))
            for title, text in row.items():
                if title.startswith(_PRICE_OF_A_DOLLAR) and text.strip():
                    code = title.removeprefix(_PRICE_OF_A_DOLLAR)
                    yield day, "AUD", _ISO.get(code, code), text
