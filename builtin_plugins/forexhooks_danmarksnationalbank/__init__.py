"""The exchange rates of Danmarks Nationalbank, by the StatBank of Statistics Denmark (POST)."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from forexhooks import Profile, working_days
from forexhooks.http import HttpDriver, csv_of, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from forexhooks.http import Reply, Row

__all__ = ["DanmarksNationalbank"]


class DanmarksNationalbank(HttpDriver):
    """Danmarks Nationalbank: what a unit of some 30 currencies costs in DKK, once a day.

    The bank states them for 100 units; observations are for 1, with the same digits.
    """

    name = "danmarksnationalbank"
    profile = Profile(
        title="Danmarks Nationalbank, daily exchange rates",
        url="https://www.nationalbanken.dk/en/what-we-do/stable-prices-monetary-policy-and-the-"
        "danish-economy/exchange-rates",
        country="DK",
        publishes="mid rates, indicative",
        pivot="DKK",
        history_from=date(1977, 1, 3),
        published_at=time(16, 0),
        zone="Europe/Copenhagen",
        grace=timedelta(hours=2),
        # Maundy Thursday, Good Friday, Easter Monday, Ascension and the day after, Whit Monday.
        publication_days=working_days(
            "01-01 06-05 12-24 12-25 12-26 12-31", {-3, -2, 1, 39, 40, 50}
        ),
        attribution="Source: Danmarks Nationalbank, Statistics Denmark (StatBank, DNVALD)",
        terms="free to use if you name the source: https://www.dst.dk/en/presse/kildeangivelse",
        verified=True,
    )
    BASE_URL = "https://api.statbank.dk"
    all_at_once = begins_earlier = True
    between = ("/v1/data", 5 * 366)
    headers: Mapping[str, str] = {"Content-Type": "application/json"}

    def content(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> str | None:
        """Ask for all currencies; a span without a rate is an error there, so begin it earlier."""
        if start is None:
            return None
        days = f">={start - timedelta(days=10):%YM%mD%d}<={end:%YM%mD%d}"
        asked = {"VALUTA": "*", "KURTYP": "KBH", "Tid": days}
        variables = [{"code": code, "values": [value]} for code, value in asked.items()]
        table = {"table": "DNVALD", "format": "BULK", "lang": "en", "valuePresentation": "Code"}
        return json.dumps({**table, "variables": variables})

    def parse(self, reply: Reply) -> list[dict[str, str]]:
        """Give the rows of the table."""
        return csv_of(reply, ["VALUTA", "KURTYP", "TID", "INDHOLD"], delimiter=";")

    def read(self, document: list[dict[str, str]]) -> Iterator[Row]:
        """Yield the rows that have a value; two points stand for none."""
        for row in document:
            if row["KURTYP"] != "KBH":
                raise ValueError(f"the kind {row['KURTYP']!r:.40} was not asked for")
            if row["INDHOLD"] != "..":
                on = datetime.strptime(row["TID"], "%YM%mD%d").date()  # noqa: DTZ007 - a day
                yield on, row["VALUTA"], "DKK", value_of(row["INDHOLD"], per=100)
