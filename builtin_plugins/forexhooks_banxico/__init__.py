"""Banco de México: the FIX by the day it is determined on, and by the day it settles debts on."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from forexhooks import Profile, Series, working_days
from forexhooks.http import HttpDriver, json_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from forexhooks import Observation
    from forexhooks.http import Reply, Row

__all__ = ["Banxico", "is_publication_day"]

# The bank's numbers for its series, and the currency of each.
_FIX, _SETTLEMENT = "fix", "settlement"
_CODES = {
    _FIX: {
        "SF43718": "USD",
        "SF46410": "EUR",
        "SF46407": "GBP",
        "SF46406": "JPY",
        "SF60632": "CAD",
    },
    _SETTLEMENT: {"SF60653": "USD"},
}
_NOT_DETERMINED = "N/E"

_is_working_day = working_days("01-01 05-01 09-16 11-02 12-12 12-25", {-3, -2})
# The first Monday of February, the third of March and of November.
_MONDAYS = {(2, 1), (3, 3), (11, 3)}


def is_publication_day(day: date) -> bool:
    """Whether it is a banking day in Mexico."""
    is_such_monday = day.weekday() == 0 and (day.month, (day.day + 6) // 7) in _MONDAYS
    return _is_working_day(day) and not is_such_monday


class Banxico(HttpDriver):
    """Banco de México: what a US dollar costs in MXN by the FIX, and what four others do.

    `banxico:fix` has the day on which the bank determined it; the others are the bank's quotes of
    that day. `banxico:settlement` is the dollar's FIX by the day on which debts are paid with it,
    two banking days later; the official gazette (DOF) prints it on the day between.
    """

    name = "banxico"
    profile = Profile(
        title="Banco de México, FIX",
        url="https://www.banxico.org.mx/tipcamb/main.do?page=tip&idioma=en",
        country="MX",
        publishes="the FIX rate, by the day it is determined and by the day it settles",
        pivot="MXN",
        history_from=date(1991, 11, 8),
        published_at=time(12, 0),
        zone="America/Mexico_City",
        grace=timedelta(minutes=30),
        publication_days=is_publication_day,
        key="token: get one at https://www.banxico.org.mx/SieAPIRest/service/v1/token",
        attribution="Source: Banco de México",
        terms="not known; see the bank's site: https://www.banxico.org.mx",
        verified=True,
        series=(Series(_FIX), Series(_SETTLEMENT)),
    )
    BASE_URL = "https://www.banxico.org.mx"
    all_at_once = True

    def __init__(self, *, token: str | None = None, **settings: Any) -> None:
        super().__init__(**settings)
        self.headers = {"Bmx-Token": self.key("token", token)}

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None, series: str
    ) -> Iterator[Observation]:
        """Yield a series from day to day; of the latest, the days that it may be carried over."""
        if start is None or end is None:
            end = self.profile.today()
            start = end - timedelta(days=self.profile.max_gap)
        numbers = ",".join(_CODES[series])
        yield from self.fetch_rows(
            f"/SieAPIRest/service/v1/series/{numbers}/datos/{start}/{end}",
            start=start,
            end=end,
            also=(400,),
            series=series,
        )

    def parse(self, reply: Reply) -> Any:
        """Tell a token that is refused from a limit that is used up: both come with status 400."""
        if reply.status != 400:
            return json_of(reply)
        if "mite de consultas" not in reply.text:
            raise self.refused(reply, 401)
        seconds = re.search(r'"secondsToReset"\s*:\s*"?(\d+)', reply.text)
        headers = {**reply.headers, **({"retry-after": seconds[1]} if seconds else {})}
        raise self.refused(reply._replace(headers=headers), 429)

    def read(self, document: Any) -> Iterator[Row]:
        """Yield the days of each of the bank's series; those that are not determined are none."""
        of_number = {
            number: (code, series)
            for series, each in _CODES.items()
            for number, code in each.items()
        }
        for each in document["bmx"]["series"]:
            code, series = of_number[each["idSerie"]]
            for row in each.get("datos") or ():
                if row["dato"] != _NOT_DETERMINED:
                    day = datetime.strptime(row["fecha"], "%d/%m/%Y").date()  # noqa: DTZ007 - a day
                    yield day, code, "MXN", row["dato"], series
