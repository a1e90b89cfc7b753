"""The daily average exchange rates of the Bank of Canada, by its Valet service."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from forexhooks import Profile, easter_sunday
from forexhooks.errors import UnsupportedPairError
from forexhooks.http import HttpDriver, json_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from forexhooks import Observation
    from forexhooks.http import Reply, Row

__all__ = ["BankOfCanada", "is_publication_day"]

_FIRST_DAY = date(2017, 1, 3)
_CODES = (
    "AUD BRL CHF CNY EUR GBP HKD IDR INR JPY KRW MXN MYR NOK NZD PEN RUB SAR SEK SGD THB TRY TWD "
    "USD VND ZAR"
)
# 1 IDR is 0.000081 CAD, two digits: the series in the other direction is more exact.
_OF_CAD = {"IDR", "KRW", "VND"}
_PAIRS = {code: ("CAD", code) if code in _OF_CAD else (code, "CAD") for code in _CODES.split()}

_FIXED = {(1, 1), (7, 1), (9, 30), (11, 11), (12, 25), (12, 26)}
# Family, Victoria, Civic, Labour and Thanksgiving Day: by month, the days of which one is a Monday.
_MONDAYS = {2: range(15, 22), 5: range(18, 25), 8: range(1, 8), 9: range(1, 8), 10: range(8, 15)}


def is_publication_day(day: date) -> bool:
    """Whether `day` is a working day of the Bank of Canada, by its holidays since 2021.

    A fixed holiday on a weekend is observed on the next working day. Family Day and Civic Holiday
    are counted as holidays: a rate of such a day is taken, and not missed.
    """
    if day.weekday() > 4 or (day.weekday() == 0 and day.day in _MONDAYS.get(day.month, ())):
        return False
    if day.weekday() == 1 and (day.month, day.day) in {(12, 27), (12, 28)}:
        return False
    observed = range(3) if day.weekday() == 0 else range(1)
    if any(((day - timedelta(n)).month, (day - timedelta(n)).day) in _FIXED for n in observed):
        return False
    return day != easter_sunday(day.year) - timedelta(2)


class BankOfCanada(HttpDriver):
    """The Bank of Canada: what a unit of 26 currencies costs in CAD, one average a day.

    A few cheap ones are asked for in the other direction, units for 1 CAD, which has more digits.
    """

    name = "bankofcanada"
    profile = Profile(
        title="Bank of Canada, daily average exchange rates",
        url="https://www.bankofcanada.ca/rates/exchange/daily-exchange-rates/",
        country="CA",
        publishes="daily averages, indicative",
        pivot="CAD",
        history_from=_FIRST_DAY,
        # "published once each business day by 16:30 ET"
        published_at=time(16, 30),
        zone="America/Toronto",
        grace=timedelta(minutes=30),
        publication_days=is_publication_day,
        attribution="Source: Bank of Canada",
        terms="free to use if you name the source: https://www.bankofcanada.ca/terms/",
        verified=True,
    )
    BASE_URL = "https://www.bankofcanada.ca"

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterable[Observation]:
        """Give what was published of these currencies: one request, none for those it lacks."""
        wanted = _PAIRS.keys() & currencies
        if not wanted:
            return []
        if start is None or end is None:
            # USD shows which day is the newest: other currencies may have ended earlier.
            wanted |= {"USD"}
            params = {"recent": "1"}
        else:
            params = {"start_date": str(start), "end_date": str(end)}
        series = {"FX" + "".join(_PAIRS[code]): _PAIRS[code] for code in sorted(wanted)}
        return self.fetch_rows(
            f"/valet/observations/{','.join(series)}/json",
            params,
            start=start,
            end=end,
            read=partial(_rows, series),
            also=(404,),
        )

    def parse(self, reply: Reply) -> Any:
        """Give the document; what says that a series is gone is an error of its own."""
        document = json_of(reply)
        if reply.status == 404:
            raise _refusal(str(document["message"]))
        return document

    def currencies(self) -> Collection[str]:
        """CAD and the 26 codes that have ever been published since 2017."""
        return {"CAD", *_PAIRS}


def _rows(series: Mapping[str, tuple[str, str]], document: Any) -> Iterator[Row]:
    for row in document["observations"]:
        for name, cell in row.items():
            if name == "d":
                continue
            if name not in series:
                raise ValueError(f"the series {name!r} was not asked for")
            yield row["d"], *series[name], cell.get("v")


def _refusal(message: str) -> Exception:
    missing = re.search(r"Series (FX[A-Z]{6}) not found", message)
    if missing is None:
        return ValueError("nothing is there")
    return UnsupportedPairError(
        f"bankofcanada has no series {missing[1]} any more: ask another driver for that currency",
        driver="bankofcanada",
    )
