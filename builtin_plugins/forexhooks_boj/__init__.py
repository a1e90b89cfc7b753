"""The Bank of Japan's rates of the Tokyo market at 17:00, from its API of time series."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

from forexhooks import Profile
from forexhooks.http import HttpDriver

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from forexhooks import Observation
    from forexhooks.http import Row

__all__ = ["BOJ"]

# The bank's numbers for its series, with the pair and the unit of each.
_PAIRS = {
    "FXERD04": ("USD", "JPY", "Yen per U.S. Dollar"),
    "FXERD34": ("EUR", "USD", "U.S. Dollar per Euro"),
}
_MOST_DAYS = 1000


class BOJ(HttpDriver):
    """The Bank of Japan: the dollar in yen and the euro in dollars, in Tokyo at 17:00.

    What the euro is in yen is a cross of the two. The bank's API has a day some days later.
    """

    name = "boj"
    profile = Profile(
        title="Bank of Japan, Tokyo market, 17:00",
        url="https://www.boj.or.jp/en/statistics/market/forex/fxdaily/index.htm",
        country="JP",
        publishes="spot rates of the Tokyo market at 17:00",
        pivot="USD",
        history_from=date(1998, 1, 1),
        published_at=time(17, 0),
        zone="Asia/Tokyo",
        # On Wednesday 1 April 2026 at 04:23 the newest day was Friday.
        grace=timedelta(days=6),
        attribution="Source: Bank of Japan",
        terms="not known; see the bank's site: https://www.stat-search.boj.or.jp",
        verified=True,
    )
    BASE_URL = "https://www.stat-search.boj.or.jp"
    all_at_once = True

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        """Yield whole months; of the latest, those of the days that it may be carried over."""
        if start is None or end is None:
            end = self.profile.today()
            start = end - timedelta(days=self.profile.max_gap)
        for first, last in self.windows(start, end, _MOST_DAYS):
            # The address names months: its response may grow until the last of them is over.
            [(_, end_of_month)] = self.months(last, last)
            yield from self.fetch_rows(
                "/api/v1/getDataCode",
                {
                    "format": "json",
                    "lang": "en",
                    "db": "FM08",
                    "code": ",".join(_PAIRS),
                    "startDate": f"{first:%Y%m}",
                    "endDate": f"{last:%Y%m}",
                },
                start=first.replace(day=1),
                end=end_of_month,
            )

    def read(self, document: Any) -> Iterator[Row]:
        """Yield the days of each series that have a value."""
        if document["STATUS"] != 200 or document["NEXTPOSITION"] is not None:
            raise ValueError(f"STATUS {document['STATUS']}: {document['MESSAGE']!r:.80}")
        for series in document["RESULTSET"]:
            base, quote, unit = _PAIRS[series["SERIES_CODE"]]
            if series["UNIT"] != unit:
                raise ValueError(f"{base}/{quote} is in {series['UNIT']!r:.40}, not {unit!r}")
            values = series["VALUES"]
            for day, value in zip(values["SURVEY_DATES"], values["VALUES"], strict=True):
                if value is not None:
                    yield f"{day}", base, quote, value
