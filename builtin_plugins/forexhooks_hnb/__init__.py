"""The exchange rate list of the Croatian National Bank, per euro: mid, buying and selling."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any

from forexhooks import Profile, Series, working_days
from forexhooks.http import HttpDriver, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.http import Row

__all__ = ["HNB"]

# The bank's buying rate of a currency is its selling rate of the euro: the larger of the two.
_COLUMNS = {"mid": "srednji_tecaj", "bid": "prodajni_tecaj", "ask": "kupovni_tecaj"}


class HNB(HttpDriver):
    """The Croatian National Bank: how many units of 13 currencies a euro is, since 2023.

    The list of a day is published the day before. Of its three rates `ask` is what the bank buys
    the currency at, `bid` what it sells it at, as both are of the euro. The lists in kuna, until
    2022, are not asked for.
    """

    name = "hnb"
    profile = Profile(
        title="Croatian National Bank, exchange rate list",
        url="https://api.hnb.hr",
        country="HR",
        publishes="mid, buying and selling rates for a day, published the day before",
        pivot="EUR",
        history_from=date(2023, 1, 2),
        # The rate of a day is published before the day begins.
        published_at=time(8, 0),
        zone="Europe/Zagreb",
        # The days of TARGET: Good Friday, Easter Monday.
        publication_days=working_days("01-01 05-01 12-25 12-26", {-2, 1}),
        attribution="Source: Croatian National Bank",
        terms="for information: not for contracts made since the euro was introduced",
        verified=True,
        series=(Series("mid"), Series("bid", side="bid"), Series("ask", side="ask")),
    )
    BASE_URL = "https://api.hnb.hr"
    all_at_once = True
    between = ("/tecajn-eur/v3?datum-primjene-od={start}&datum-primjene-do={end}", 90)

    def read(self, document: Any) -> Iterator[Row]:
        """Yield the three rates of each row."""
        for row in document:
            for series, column in _COLUMNS.items():
                value = value_of(row.get(column), decimal=",")
                yield row["datum_primjene"], "EUR", row.get("valuta"), value, series
