"""The exchange rates of the Swiss National Bank: means of a month, and the rates at its end."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from forexhooks import Profile, Series
from forexhooks.http import HttpDriver, csv_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.http import Reply, Row

__all__ = ["SNB"]

_AVERAGE, _END = "M0", "M1"
_UNITS = re.compile("([A-Z]{3})(10*)")  # JPY100


class SNB(HttpDriver):
    """The Swiss National Bank: what a unit of some 25 currencies costs in CHF, by the month.

    The mean of a month applies to all of its days; `month-end` is of its last day. The bank states
    some for 100 units; observations are for 1, with the same digits. It has no daily rates.
    """

    name = "snb"
    profile = Profile(
        title="Swiss National Bank, foreign exchange rates",
        url="https://data.snb.ch/en/topics/ziredev/cube/devkum",
        country="CH",
        publishes="monthly averages and end-of-month rates",
        pivot="CHF",
        history_from=date(1914, 1, 1),
        frequency="month",
        zone="Europe/Zurich",
        time_to_live=timedelta(hours=6),
        attribution="Source: Swiss National Bank",
        terms="free for non-commercial use if you name the source",
        verified=True,
        series=(
            Series("month-average", statistic="average"),
            Series("month-end", statistic="end"),
        ),
    )
    BASE_URL = "https://data.snb.ch"
    all_at_once = True
    between = "/api/cube/devkum/data/csv/en?fromDate={start:%Y-%m}&toDate={end:%Y-%m}"

    def parse(self, reply: Reply) -> list[dict[str, str]]:
        """Give the rows below the two lines on the table and the blank one."""
        return csv_of(reply, ["Date", "D0", "D1", "Value"], delimiter=";", skip=3)

    def read(self, document: list[dict[str, str]]) -> Iterator[Row]:
        """Yield the rows that have a value: forward rates have a code of another kind."""
        for row in document:
            of_units = _UNITS.fullmatch(row["D1"])
            if not row["Value"] or of_units is None:
                continue
            code, units = of_units.groups()
            first = date.fromisoformat(f"{row['Date']}-01")
            last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
            value = value_of(row["Value"], per=units)
            if row["D0"] == _AVERAGE:
                yield first, code, "CHF", value, "month-average", last
            elif row["D0"] == _END:
                yield last, code, "CHF", value, "month-end"
            else:
                raise ValueError(f"the kind {row['D0']!r:.40} is neither {_AVERAGE} nor {_END}")
