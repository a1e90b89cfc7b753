"""In one process: a column of amounts in euros, by forexhooks, by its peers, and the limit.

`python benchmarks/columns.py [chart.svg]`; needs the extra `frames`, pandas, polars, pyarrow,
duckdb, CurrencyConverter, and matplotlib for the chart. Prints, for each way and number of rows,
million rows a second, and ratios within this run: what is compared is measured in turns, and the
median counts. Peers that go row by row do a sample, those of pandas no ten million rows.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from currency_converter import CurrencyConverter

import forexhooks
from forexhooks import frames

ROWS = (100_000, 1_000_000, 10_000_000)
MOST_OF_PANDAS = 1_000_000
TURNS = {100_000: 15, 1_000_000: 7, 10_000_000: 3}
SAMPLE = 20_000
CHUNK = 1 << 15

CODES = np.array(["USD", "GBP", "JPY", "CHF", "SEK", "NOK", "CAD", "AUD", "CZK", "PLN"])
FIRST = np.datetime64("2005-01-03")
SPAN = 7500
ASKED: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": "on"}

Way = Callable[[], object]

fx = forexhooks.open("ecb")
peer = CurrencyConverter(fallback_on_missing_rate=True, fallback_on_wrong_date=True)
# What joins as of a day are given: 1 euro in each currency, on the days that were observed.
prices = frames.rates(
    list(CODES), FIRST.item(), (FIRST + np.timedelta64(SPAN, "D")).item(),
    base="EUR", driver=fx, fill=False, backend="polars",
).select(
    pl.col("on"), pl.col("quote").alias("ccy"), pl.col("value").cast(pl.Float64).alias("rate")
).sort("on")  # fmt: skip
of_pandas = prices.to_pandas()


class Rows:
    """So many random rows, in the shapes that each way takes."""

    def __init__(self, rows: int) -> None:
        random = np.random.default_rng(1999)
        self.rows = rows
        self.codes = random.integers(0, len(CODES), rows).astype(np.int8)
        self.days = FIRST + random.integers(0, SPAN, rows).astype("m8[D]")
        self.amounts = np.round(random.uniform(1, 10_000, rows), 2)
        ccy = pa.array(CODES[self.codes])
        self.strings = pa.table({"amount": self.amounts, "ccy": ccy, "on": self.days})
        indices = pa.DictionaryArray.from_arrays(pa.array(self.codes), pa.array(CODES))
        self.coded = self.strings.set_column(1, "ccy", indices)
        cents = self.strings["amount"].cast(pa.decimal128(18, 2))
        self.decimals = self.strings.set_column(0, "amount", cents)
        self.polars = pl.DataFrame(pl.from_arrow(self.strings))
        # The limit: the rate of each row, by an index that is there already, times its amount.
        self.table = random.uniform(0.1, 2, len(CODES) * (SPAN + 1))
        offsets = (self.days - FIRST).astype(np.int32)
        self.index = self.codes.astype(np.int32) * (SPAN + 1) + offsets
        self.sample = [
            (float(amount), str(code), day)
            for amount, code, day in zip(
                self.amounts[:SAMPLE],
                CODES[self.codes[:SAMPLE]],
                self.days[:SAMPLE].tolist(),
                strict=True,
            )
        ]

    def limit(self) -> None:
        out = np.empty(self.rows)  # the column is new each time
        for start in range(0, self.rows, CHUNK):
            part = slice(start, start + CHUNK)
            np.take(self.table, self.index[part], out=out[part], mode="clip")
            out[part] *= self.amounts[part]

    def row_by_row(self) -> None:
        for amount, code, day in self.sample:
            peer.convert(amount, code, "EUR", day)

    def ours(self, frame: Any, **more: Any) -> Way:
        return lambda: frames.convert(frame, **ASKED, driver=fx, **more)

    def polars_asof(self) -> None:
        # It needs its rows sorted, and gives them back so.
        self.polars.sort("on").join_asof(
            prices, on="on", by="ccy", check_sortedness=False
        ).with_columns(amount_EUR=(pl.col("amount") / pl.col("rate")).round(2))

    def duckdb_asof(self) -> None:
        strings = self.strings  # noqa: F841 - duckdb finds it by its name
        rates = prices  # noqa: F841
        duckdb.sql(
            "select s.*, round(amount / rate, 2) as amount_EUR from strings s "
            "asof left join rates r on s.ccy = r.ccy and s.on >= r.on"
        ).arrow().read_all()

    def ways(self) -> dict[str, tuple[Way, int]]:
        """Each with the number of rows that it does."""
        ours = {
            "limit: gather and multiply": self.limit,
            "codes, float": self.ours(self.coded, exact=False),
            "codes": self.ours(self.coded),
            "strings, arrow, float": self.ours(self.strings, exact=False),
            "strings, arrow": self.ours(self.strings),
            "decimals, arrow": self.ours(self.decimals),
            "strings, polars": self.ours(self.polars),
            "strings, polars, lazy": lambda: frames.convert(
                self.polars.lazy(), **ASKED, driver=fx
            ).collect(),
            "polars join_asof": self.polars_asof,
            "DuckDB ASOF JOIN": self.duckdb_asof,
        }
        ways = {name: (way, self.rows) for name, way in ours.items()}
        if self.rows <= MOST_OF_PANDAS:
            of_rows = self.strings.to_pandas()
            of_rows["on"] = of_rows["on"].astype("datetime64[s]")
            of_prices = of_pandas.assign(on=of_pandas["on"].astype("datetime64[s]"))
            few = of_rows.head(SAMPLE)

            def merge_asof() -> None:
                joined = pd.merge_asof(of_rows.sort_values("on"), of_prices, on="on", by="ccy")
                joined["amount_EUR"] = (joined["amount"] / joined["rate"]).round(2)

            def apply() -> None:
                few.apply(lambda r: peer.convert(r.amount, r.ccy, "EUR", r.on.date()), axis=1)

            ways["strings, pandas"] = (self.ours(of_rows), self.rows)
            ways["pandas merge_asof"] = (merge_asof, self.rows)
            ways["CurrencyConverter, pandas apply"] = (apply, SAMPLE)
        ways["CurrencyConverter, row by row"] = (self.row_by_row, SAMPLE)
        return ways


def seconds(call: Way) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def ratio(one: list[float], other: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(one, other, strict=True))


def wrong_cents(rows: Rows) -> int:
    """Of a sample of rows, how many are not what `fx.convert` gives."""
    column = frames.convert(rows.decimals.slice(0, SAMPLE), **ASKED, driver=fx)["amount_EUR"]
    alone = (
        fx.convert(amount, code, "EUR", day)
        for amount, (_, code, day) in zip(
            rows.decimals["amount"].slice(0, SAMPLE).to_pylist(), rows.sample, strict=True
        )
    )
    return sum(a != b for a, b in zip(column.to_pylist(), alone, strict=True))


def main() -> None:
    speeds: dict[str, dict[str, float]] = {}
    figures: dict[str, float] = {}
    for number in ROWS:
        rows = Rows(number)
        ways = rows.ways()
        for way, _ in ways.values():
            way()
        took: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(TURNS[number]):
            for name, (way, of) in ways.items():
                took[name].append(seconds(way) / of)
        for name, each in took.items():
            speeds.setdefault(name, {})[str(number)] = 1e-6 / statistics.median(each)
        peer_took = took["CurrencyConverter, row by row"]
        figures |= {
            f"codes / limit, {number}": ratio(took["codes"], took["limit: gather and multiply"]),
            f"peer / arrow, {number}": ratio(peer_took, took["strings, arrow"]),
            f"peer / polars, {number}": ratio(peer_took, took["strings, polars"]),
            f"exact / float, {number}": ratio(took["codes"], took["codes, float"]),
        }
        if number == ROWS[0]:
            figures["wrong cents"] = wrong_cents(rows)
    if len(sys.argv) > 1:
        from chart import draw

        draw(speeds, sys.argv[1])
    print(json.dumps({"speeds": speeds, "figures": figures}))


if __name__ == "__main__":
    main()
