"""The daily spot rates of the Bank of England, as CSV from its interactive database."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from forexhooks import Profile, easter_sunday
from forexhooks.http import HttpDriver, csv_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from forexhooks import Observation
    from forexhooks.http import Reply, Row

__all__ = ["BoE", "is_publication_day"]

_SERIES = {
    "XUDLADS": "AUD", "XUDLCDS": "CAD", "XUDLSFS": "CHF", "XUDLBK89": "CNY", "XUDLBK25": "CZK",
    "XUDLDKS": "DKK", "XUDLERS": "EUR", "XUDLHDS": "HKD", "XUDLBK33": "HUF", "XUDLBK78": "ILS",
    "XUDLBK97": "INR", "XUDLJYS": "JPY", "XUDLBK93": "KRW", "XUDLBK83": "MYR", "XUDLNKS": "NOK",
    "XUDLNDS": "NZD", "XUDLBK47": "PLN", "XUDLZOS4": "RON", "XUDLSRS": "SAR", "XUDLSKS": "SEK",
    "XUDLSGS": "SGD", "XUDLBK87": "THB", "XUDLBK95": "TRY", "XUDLTWS": "TWD", "XUDLUSS": "USD",
    "XUDLZRS": "ZAR",
}  # fmt: skip
# strftime would use the names of the machine's language.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEARS = 5 * 366
_EARLIER = timedelta(days=10)

_FIXED = {(1, 1), (12, 25), (12, 26)}


def is_publication_day(day: date) -> bool:
    """Whether `day` is a working day in England; holidays that were moved once are not known.

    A fixed holiday on a weekend is observed on the next working day.
    """
    if day.weekday() > 4 or day - easter_sunday(day.year) in (timedelta(-2), timedelta(1)):
        return False
    if day.weekday() == 0 and (
        (day.month == 5 and (day.day <= 7 or day.day >= 25)) or (day.month == 8 and day.day >= 25)
    ):
        return False
    if day.weekday() == 1 and (day.month, day.day) in {(12, 27), (12, 28)}:
        return False
    observed = range(3) if day.weekday() == 0 else range(1)
    return all(
        ((day - timedelta(n)).month, (day - timedelta(n)).day) not in _FIXED for n in observed
    )


class BoE(HttpDriver):
    """The Bank of England: how many units of 26 currencies a pound is, about 16:00 each day."""

    name = "boe"
    profile = Profile(
        title="Bank of England, daily spot exchange rates",
        url="https://www.bankofengland.co.uk/statistics/details/"
        "further-details-about-spot-exchange-rates-data",
        country="GB",
        publishes="mid rates of the London market, indicative",
        pivot="GBP",
        history_from=date(2000, 1, 4),
        zone="Europe/London",
        publication_days=is_publication_day,
        attribution="Source: Bank of England",
        terms="not official rates; some belong to LSEG, which forbids redistribution: "
        "https://www.bankofengland.co.uk/legal",
        verified=True,
    )
    BASE_URL = "https://www.bankofengland.co.uk"
    all_at_once = begins_earlier = True

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        """Yield all currencies; each span is asked for from some days earlier, so that it has some.

        What the database answers for days without any rate is not known.
        """
        if start is None or end is None:
            end = self.profile.today()
            start = end - timedelta(days=self.profile.max_gap)
        for first, last in self.windows(start, end, _YEARS):
            asked = {
                "csv.x": "yes",
                "SeriesCodes": ",".join(_SERIES),
                "UsingCodes": "Y",
                "CSVF": "TN",
                "Datefrom": _written(first - _EARLIER),
                "Dateto": _written(last),
            }
            yield from self.fetch_rows(
                "/boeapps/database/_iadb-fromshowcolumns.asp", asked, start=first, end=last
            )

    def parse(self, reply: Reply) -> list[dict[str, str]]:
        """Give the rows: a day each, with a column for each series."""
        return csv_of(reply, ["DATE"])

    def read(self, document: list[dict[str, str]]) -> Iterator[Row]:
        """Yield the cells that have a value."""
        for row in document:
            day, month, year = row.pop("DATE").split()
            on = date(int(year), _MONTHS.index(month) + 1, int(day))
            for series, value in row.items():
                if series not in _SERIES:
                    raise ValueError(f"the series {series!r:.40} was not asked for")
                if value.strip():
                    yield on, "GBP", _SERIES[series], value


def _written(day: date) -> str:
    return f"{day:%d}/{_MONTHS[day.month - 1]}/{day:%Y}"
