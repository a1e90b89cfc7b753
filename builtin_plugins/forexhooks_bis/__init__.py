"""The Bank for International Settlements: US dollar exchange rates at the end of each month."""

from __future__ import annotations

from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from forexhooks import Profile, Series
from forexhooks.currencies import ENDED
from forexhooks.http import SdmxDriver

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["BIS"]

_RATES = "/api/v2/data/dataflow/BIS/WS_XRU/1.0/{key}"
# The area whose row to use, for currencies that several areas share.
_AREAS = {"EUR": "XM", "XAF": "CM", "XCD": "AG", "XOF": "WA"}
# Before that day, the euro's code has the rates of the ECU.
_FIRST_EUR = "1999-01"
# Sierra Leone's old code, with the values of the new leone throughout.
_RESTATED = {"SLL"}


class BIS(SdmxDriver):
    """The BIS: how many units of some 150 currencies a US dollar is, at the end of each month.

    A row is a country's. Of a currency that several have, its own country's row counts, or that of
    the union: the euro's is the euro area's (XM), as the rows of its members go back to before
    they joined. Where there is no such row and the others contradict each other, the currency has
    no rate. Left out are the US dollar itself, the months from a currency's end on, and the leone
    (SLL), whose past is restated in the new one. The averages of a month, which the BIS publishes
    too, are not here.
    """

    name = "bis"
    profile = Profile(
        title="Bank for International Settlements, US dollar exchange rates",
        url="https://data.bis.org/topics/XRU",
        publishes="end-of-month rates, from national sources",
        pivot="USD",
        history_from=date(1957, 1, 31),
        frequency="month",
        zone="Europe/Zurich",
        time_to_live=timedelta(hours=6),
        attribution="Source: Bank for International Settlements",
        terms="see https://www.bis.org/terms_statistics.htm",
        verified=True,
        corrected_within=timedelta(days=365),  # late months and revisions come within a year
        series=(Series("month-end", statistic="end"),),
    )
    BASE_URL = "https://stats.bis.org"
    all_at_once = True
    headers = MappingProxyType({"Accept": "application/vnd.sdmx.data+csv;version=1.0.0"})
    dimensions: ClassVar = {
        "FREQ": "{frequency}",
        "REF_AREA": "",
        "CURRENCY": "{quote}",
        "COLLECTION": "{statistic}",
    }
    # The last month of each area: many are months behind.
    latest = f"{_RATES}?lastNObservations=1"
    between = (f"{_RATES}?c%5BTIME_PERIOD%5D=ge:{{start}}%2Ble:{{end}}", 3660)
    no_data = ""

    def rows(self, document: Any) -> Iterator[Mapping[str, Any]]:
        """Yield one area's row of each currency and month."""
        shared: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
        for row in super().rows(document):
            code, month = row["CURRENCY"], row["TIME_PERIOD"]
            if not _is_left_out(code, month):
                shared.setdefault((code, month), {})[row["REF_AREA"]] = row
        for (code, _), by_area in shared.items():
            area = _AREAS.get(code, code[:2])
            if area in by_area:
                yield by_area[area]
            elif code != "EUR":
                values = dict.fromkeys(row["OBS_VALUE"] for row in by_area.values())
                yield {**next(iter(by_area.values())), "OBS_VALUE": " and ".join(values)}


def _is_left_out(code: str, month: str) -> bool:
    return (
        code == "USD"
        or code in _RESTATED
        or (code == "EUR" and month < _FIRST_EUR)
        or (code in ENDED and f"{ENDED[code].converted_on:%Y-%m}" <= month)
    )
