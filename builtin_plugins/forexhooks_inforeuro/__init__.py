"""InforEuro: the monthly accounting rates of the European Commission."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from forexhooks import Profile, Series
from forexhooks.http import HttpDriver

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from forexhooks import Observation
    from forexhooks.http import Row

__all__ = ["InforEuro"]

_EURO = date(1999, 1, 1)
# InforEuro's own codes.
_ISO = {"FRC": "CDF", "ZIG": "ZWG"}
_NOT_OUT = '"code":5'


class InforEuro(HttpDriver):
    """The European Commission: how many units of some 150 currencies a euro is, for a month.

    The rate is the ECB's of the last working day but one of the month before, of currencies that
    the ECB lacks the Commission's own; it holds on all days of the month. Until 1998 it is that of
    the ecu (XEU). The answer has a row for each country; a currency whose rows contradict each
    other is left out.
    """

    name = "inforeuro"
    profile = Profile(
        title="InforEuro, the European Commission's accounting rates",
        url="https://commission.europa.eu/funding-tenders/procedures-guidelines-tenders/"
        "information-contractors-and-beneficiaries/exchange-rate-inforeuro_en",
        country="EU",
        publishes="rates set for a month",
        pivot="EUR",
        history_from=date(1994, 3, 1),
        frequency="month",
        zone="Europe/Brussels",
        time_to_live=timedelta(hours=6),
        attribution="Source: European Commission, InforEuro",
        verified=True,
        series=(Series("month", max_gap=0, in_advance=timedelta(0)),),
    )
    BASE_URL = "https://ec.europa.eu"
    all_at_once = True

    def observations(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        series: str,
    ) -> Iterator[Observation]:
        """Yield all currencies: of each month with one of these days, or of the latest."""
        today = self.profile.today()
        this_month = today.replace(day=1)
        if start is not None and end is not None:
            for first, last in self.months(start, end):
                yield from self._month(first, last, may_lack=first >= this_month)
            return
        # This month, or the previous one if this one is not published yet.
        for first, last in reversed([*self.months(this_month - timedelta(1), today)]):
            found = self._month(first, last, may_lack=True)
            yield from found
            if found:
                return

    def _month(self, first: date, last: date, *, may_lack: bool) -> list[Observation]:
        return self.fetch_rows(
            "/budg/inforeuro/api/public/monthly-rates",
            {"year": f"{first.year}", "month": f"{first.month}", "lang": "EN"},
            start=first,
            end=last,
            read=partial(_rows, first, last),
            no_data=_NOT_OUT if may_lack else None,
            series="month",
        )


def _rows(first: date, last: date, document: list[dict[str, Any]]) -> Iterator[Row]:
    """The rows of a month: as a country is a row, most currencies are there more than once."""
    base = "EUR" if first >= _EURO else "XEU"
    stated: dict[str, dict[object, None]] = {}
    for row in document:
        code = row["isoA3Code"]
        stated.setdefault(_ISO.get(code, code), {})[row["value"]] = None
    for code, values in stated.items():
        if len(values) == 1:
            yield first, base, code, next(iter(values)), last
        elif base == "EUR":
            yield (
                first,
                base,
                code,
                " and ".join(map(str, values)),
                last,
            )  # the file says that there is no rate
