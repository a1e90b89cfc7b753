"""The official exchange rates of the National Bank of Ukraine: one for each day, weekends too."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from forexhooks import Profile, every_day
from forexhooks.http import HttpDriver, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.http import Row

__all__ = ["NBU"]


class NBU(HttpDriver):
    """The National Bank of Ukraine: what a unit of some 40 currencies costs in UAH, and of metals.

    The day of a rate is the one it holds on; it is set on a working day before. Many are stated
    for 10, 100 or 1000 units; observations are for 1, with the same digits. Metals are per ounce.
    """

    name = "nbu"
    profile = Profile(
        title="National Bank of Ukraine, official exchange rates",
        url="https://bank.gov.ua/en/markets/exchangerates",
        country="UA",
        publishes="official rates, set in advance for each day",
        pivot="UAH",
        # The first day of the hryvnia.
        history_from=date(1996, 9, 2),
        # Set on the previous working day.
        published_at=time(6, 0),
        zone="Europe/Kyiv",
        publication_days=every_day,
        attribution="Source: National Bank of Ukraine",
        terms="not known; see the bank's site: https://bank.gov.ua/en/open-data",
        verified=True,
    )
    BASE_URL = "https://bank.gov.ua"
    all_at_once = True
    between = (
        "/NBU_Exchange/exchange_site?start={start:%Y%m%d}&end={end:%Y%m%d}&sort=exchangedate&json=",
        100,
    )

    def read(self, document: Any) -> Iterator[Row]:
        """Yield a row for each day and currency."""
        for row in document:
            day = datetime.strptime(row["exchangedate"], "%d.%m.%Y").date()  # noqa: DTZ007 - a day
            yield day, row["cc"], "UAH", value_of(row["rate"], per=row["units"])
