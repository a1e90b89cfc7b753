"""The reference rates of the National Bank of Romania: a file of each year since 2005."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from forexhooks import Profile, working_days
from forexhooks.http import HttpDriver, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from forexhooks.http import Row

__all__ = ["BNR"]


class BNR(HttpDriver):
    """The National Bank of Romania: what a unit of some 35 currencies costs in RON, once a day.

    The bank states some of them for 100 units; observations are for 1, with the same digits. Gold,
    which it states per gram, is left out.
    """

    name = "bnr"
    profile = Profile(
        title="National Bank of Romania, reference rates",
        url="https://www.bnr.ro/en/rates",
        country="RO",
        publishes="reference rates, daily",
        pivot="RON",
        history_from=date(2005, 1, 3),
        published_at=time(13, 0),
        zone="Europe/Bucharest",
        grace=timedelta(minutes=30),
        # Orthodox Good Friday, Easter Monday, Whit Monday.
        publication_days=working_days(
            "01-01 01-02 01-06 01-07 01-24 05-01 06-01 08-15 11-30 12-01 12-25 12-26",
            {-2, 1, 50},
            orthodox=True,
        ),
        attribution="Source: National Bank of Romania",
        terms="free to use if you name the source",
        verified=True,
    )
    BASE_URL = "https://curs.bnr.ro"
    all_at_once = True
    latest = "/nbrfxrates.xml"
    recent = ("/nbrfxrates10days.xml", 10)
    yearly = "/files/xml/years/nbrfxrates{year}.xml"

    def read(self, document: Element) -> Iterator[Row]:
        """Yield the rows of each day's cube."""
        for cube in document.iterfind(".//{*}Cube"):
            for row in cube:
                code, units = row.get("currency", ""), row.get("multiplier", 1)
                if code != "XAU":
                    yield cube.attrib["date"], code, "RON", value_of(row.text, per=units)
