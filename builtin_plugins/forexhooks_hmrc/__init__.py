"""HM Revenue & Customs: its rates of a month, means of a year, and spot rates of two days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from forexhooks import Profile, Series
from forexhooks.http import HttpDriver

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from forexhooks import Observation
    from forexhooks.http import Row

__all__ = ["HMRC"]

_ONE_DAY = timedelta(days=1)
_MONTH, _YEAR_END = "month", "year-end"
# The file of each series, and the months in which its years end.
_FILES = {
    _MONTH: ("monthly", ()),
    "year-average": ("average", (12,)),
    "year-average-march": ("average", (3,)),
    _YEAR_END: ("spot", (3, 12)),
}
_UNITS = "Currency Units per £1"
# HMRC's own codes.
_ISO = {"ZIG": "ZWG"}
_ENDED = {"ECS"}  # Ecuador's row has a code that ended in 2000
# The month whose file has the old leone's value under the new leone's code.
_OLD_LEONES = date(2022, 11, 1)


def _is_end_of(month: int, day: date) -> bool:
    """Whether a mean is surely out from a day on: at the end of the month after its year."""
    return day.month == month and (day + _ONE_DAY).month != month


class HMRC(HttpDriver):
    """HM Revenue & Customs: how many units of some 140 currencies a pound is.

    The rate of a month is set before it, and holds on all of its days. Where a currency moved by
    more than 5 % it is amended: from the amendment's first day on the new rate holds, up to the
    day before it the old one. The file has a row for each country; a currency whose rows
    contradict each other is left out. A mean is of the twelve months that end with December
    (`year-average`) or March (`year-average-march`); the spot rates (`year-end`) are of the last
    days of these months alone.
    """

    name = "hmrc"
    profile = Profile(
        title="HM Revenue & Customs, exchange rates for customs and VAT",
        url="https://www.trade-tariff.service.gov.uk/exchange_rates",
        country="GB",
        publishes="rates set for a month, yearly averages, and spot rates at the end of a year",
        pivot="GBP",
        history_from=date(2021, 1, 1),
        frequency="month",
        zone="Europe/London",
        time_to_live=timedelta(hours=6),
        attribution="Contains public sector information licensed under the Open Government "
        "Licence v3.0",
        terms="Open Government Licence v3.0: "
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        verified=True,
        series=(
            # On the Thursday after the penultimate Wednesday: at least a week before the month.
            Series(_MONTH, frequency="month", max_gap=0, in_advance=timedelta(days=6)),
            Series(
                "year-average",
                frequency="year",
                statistic="average",
                max_gap=0,
                publication_days=partial(_is_end_of, 1),
            ),
            Series(
                "year-average-march",
                frequency="year",
                statistic="average",
                max_gap=0,
                publication_days=partial(_is_end_of, 4),
            ),
            Series(_YEAR_END, frequency="year", statistic="end", max_gap=0),
        ),
    )
    BASE_URL = "https://www.trade-tariff.service.gov.uk"
    all_at_once = True

    def observations(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        series: str,
    ) -> Iterator[Observation]:
        """Yield all currencies: of each file that has one of these days, or of the newest."""
        latest = list(self._spans(series, self.profile.today()))
        if start is not None and end is not None:
            for first, last in self._spans(series, end, start):
                yield from self._file(series, first, last, may_lack=(first, last) in latest[-1:])
            return
        # The newest file, or the previous one if that is not published yet.
        for first, last in reversed(latest[-2:]):
            found = self._file(series, first, last, may_lack=True)
            yield from found
            if found:
                return

    def _spans(
        self, series: str, end: date, start: date | None = None
    ) -> Iterator[tuple[date, date]]:
        """The first and the last day of each file with days from `start` to `end`, in order.

        A year that is not over has no file.
        """
        first_day = self.profile.history_from or end
        if series == _MONTH:
            yield from self.months(start or max(first_day, end - timedelta(days=31)), end)
            return
        today = self.profile.today()
        for year in range((start or first_day).year, end.year + 2):
            for month in _FILES[series][1]:
                last = date(year, month, 31)
                first = date(year - (month < 12), month % 12 + 1, 1)
                first = last if series == _YEAR_END else first
                if last < today and first <= end and (start is None or start <= last):
                    self.http.go_on()
                    yield first, last

    def _file(self, series: str, first: date, last: date, may_lack: bool) -> list[Observation]:
        """What a file has; with `may_lack` a 404 is no error, as it may not be out yet."""
        kind = _FILES[series][0]
        return self.fetch_rows(
            f"/uk/api/exchange_rates/files/{kind}_csv_{last.year}-{last.month}.csv",
            start=first,
            end=last,
            read=partial(_rows, series, first, last),
            no_data="" if may_lack else None,
            series=series,
        )


def _rows(series: str, first: date, last: date, document: list[dict[str, str]]) -> Iterator[Row]:
    """The rows of a file: of each currency one, or one from each of its first days on."""
    stated: dict[str, dict[date, tuple[date, dict[str, None]]]] = {}
    for row in document:
        code, on, until = row["Currency Code"].strip(), first, last
        if code in _ENDED:
            continue
        if series == _MONTH:
            on, until = _day(row["Start date"]), _day(row["End date"])
            if code == "SLE" and first == _OLD_LEONES:
                code = "SLL"
        # Each country has a row, so most currencies occur more than once.
        of_code = stated.setdefault(_ISO.get(code, code), {})
        of_code.setdefault(on, (until, {}))[1][row[_UNITS].strip()] = None
    for code, of_code in stated.items():
        days = [*sorted(of_code), date.max]
        for on, following in pairwise(days):
            until, values = of_code[on]
            value = " and ".join(values)  # leave out a currency with two different rates
            if series == _YEAR_END:
                yield on, "GBP", code, value
            else:
                yield on, "GBP", code, value, min(until, following - _ONE_DAY)


def _day(text: str) -> date:
    return datetime.strptime(text.strip(), "%d/%m/%Y").date()  # noqa: DTZ007 - a day
