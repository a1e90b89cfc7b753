"""The US Treasury's reporting rates of exchange: of the end of each quarter, for the next one."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from forexhooks import Profile, Series
from forexhooks.http import HttpDriver
from forexhooks_ustreasury.labels import code_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from forexhooks import Observation
    from forexhooks.http import Row

__all__ = ["USTreasury"]

_ONE_DAY = timedelta(days=1)
_SERIES = "quarter"
_PATH = "/services/api/fiscal_service/v1/accounting/od/rates_of_exchange"
_FIELDS = "record_date,effective_date,country_currency_desc,exchange_rate"
# Some 180 rows a quarter: so many fit into one page.
_QUARTERS = 40
_PAGE_SIZE = 10_000


class USTreasury(HttpDriver):
    """The US Treasury: how many units of some 140 currencies a dollar is, once a quarter.

    The rate of a record date, the last day of a quarter, holds from that day up to the day before
    the next record date. Where it moved by 10 % or more it is amended: the new one holds from its
    effective date on. A row is a country's; where the rows of one currency contradict each other,
    it has no rate in that quarter. Rates have three decimal places at most.
    """

    name = "ustreasury"
    profile = Profile(
        title="US Treasury, reporting rates of exchange",
        url="https://fiscaldata.treasury.gov/datasets/treasury-reporting-rates-exchange/"
        "treasury-reporting-rates-of-exchange",
        country="US",
        publishes="end-of-quarter rates, for reporting in the next quarter",
        pivot="USD",
        history_from=date(2001, 3, 31),
        frequency="quarter",
        zone="America/New_York",
        grace=timedelta(days=30),
        time_to_live=timedelta(hours=6),
        attribution="Source: U.S. Department of the Treasury, Bureau of the Fiscal Service",
        verified=True,
        corrected_within=timedelta(days=70),  # amendments come up to two months later
        series=(Series(_SERIES, statistic="end", max_gap=0),),
    )
    BASE_URL = "https://api.fiscaldata.treasury.gov"
    all_at_once = True

    def observations(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        series: str,
    ) -> Iterator[Observation]:
        """Yield all currencies: of each quarter with one of these days, or of the newest two."""
        if start is None or end is None:
            today = self.profile.today()
            yield from self._recorded(_record_before(_record_date(today)), _record_date(today))
            return
        first, last = _record_date(start), _record_date(end)
        records = [first]
        while records[-1] < last:
            records.append(_next_record(records[-1]))
        for number in range(0, len(records), _QUARTERS):
            self.http.go_on()
            these = records[number : number + _QUARTERS]
            yield from self._recorded(these[0], these[-1], _next_record(these[-1]) - _ONE_DAY)

    def _recorded(self, first: date, last: date, end: date | None = None) -> list[Observation]:
        return self.fetch_rows(
            _PATH,
            {
                "fields": _FIELDS,
                "filter": f"record_date:gte:{first},record_date:lte:{last}",
                "sort": "record_date",
                "page[number]": "1",
                "page[size]": f"{_PAGE_SIZE}",
            },
            start=first,
            end=end,
            series=_SERIES,
        )

    def read(self, document: dict[str, Any]) -> Iterator[Row]:
        """Yield the rows: each holds up to the day before the next of its currency."""
        if document["meta"]["total-pages"] > 1:
            raise ValueError(f"there are more than {_PAGE_SIZE:,} rows of {_QUARTERS} quarters")
        stated: dict[tuple[str, date], dict[date, dict[str, None]]] = {}
        for row in document["data"]:
            record = date.fromisoformat(row["record_date"])
            effective = date.fromisoformat(row["effective_date"])
            code = code_of(row["country_currency_desc"], record)
            if code and code != "USD" and record <= effective < _next_record(record):
                of_code = stated.setdefault((code, record), {})
                of_code.setdefault(effective, {})[row["exchange_rate"]] = None
        for (code, record), values in stated.items():
            if any(len(each) > 1 for each in values.values()):
                continue
            for on, following in pairwise([*sorted(values), _next_record(record)]):
                yield on, "USD", code, next(iter(values[on])), following - _ONE_DAY


def _record_date(day: date) -> date:
    """The last day of a quarter that is not after a day."""
    after = day + _ONE_DAY
    return after.replace(month=(after.month - 1) // 3 * 3 + 1, day=1) - _ONE_DAY


def _record_before(record: date) -> date:
    return _record_date(record - _ONE_DAY)


def _next_record(record: date) -> date:
    return _record_date(record + timedelta(days=93))
