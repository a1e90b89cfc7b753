"""A column of amounts in euros, by forexhooks, by its peers, and the limit: what is measured."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from currency_converter import CurrencyConverter

import forexhooks
from forexhooks import frames

SAMPLE = 20_000
"""Rows that a peer does that goes row by row, however many there are."""

CHUNK = 1 << 15
CODES = np.array(["USD", "GBP", "JPY", "CHF", "SEK", "NOK", "CAD", "AUD", "CZK", "PLN"])
FIRST = np.datetime64("2005-01-03")
SPAN = 7500
ASKED: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": "on"}

fx = forexhooks.open("ecb")
peer = CurrencyConverter(fallback_on_missing_rate=True, fallback_on_wrong_date=True)


class Way(NamedTuple):
    """How to convert a column, and the number of rows that one call does."""

    call: Callable[[], object]
    rows: int


def prices() -> pl.DataFrame:
    """What joins as of a day are given: 1 euro in each currency, on the days that were observed."""
    last = FIRST + np.timedelta64(SPAN, "D")
    table = frames.rates(
        list(CODES), FIRST.item(), last.item(), base="EUR", driver=fx, fill=False, backend="polars"
    )
    rate = pl.col("value").cast(pl.Float64).alias("rate")
    return table.select(pl.col("on"), pl.col("quote").alias("ccy"), rate).sort("on")


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
        few = slice(0, SAMPLE)
        self.sample: list[tuple[float, str, Any]] = list(
            zip(
                self.amounts[few].tolist(),
                CODES[self.codes[few]].tolist(),
                self.days[few].tolist(),
                strict=True,
            )
        )

    def limit(self) -> None:
        out = np.empty(self.rows)  # the column is new each time
        for start in range(0, self.rows, CHUNK):
            part = slice(start, start + CHUNK)
            np.take(self.table, self.index[part], out=out[part], mode="clip")
            out[part] *= self.amounts[part]

    def row_by_row(self) -> None:
        for amount, code, day in self.sample:
            peer.convert(amount, code, "EUR", day)

    def one_by_one(self) -> None:
        for amount, code, day in self.sample[:1000]:
            fx.convert(amount, code, "EUR", day)

    def ours(self, frame: Any, **more: Any) -> Way:
        return Way(lambda: frames.convert(frame, **ASKED, driver=fx, **more), self.rows)

    def of_engines(self) -> dict[str, Way]:
        """By frames of arrow, polars and DuckDB, however many rows."""
        connection = duckdb.connect()
        connection.register("amounts", self.strings)
        rates = prices()
        connection.register("rates", rates.to_arrow())

        def lazily() -> None:
            frames.convert(self.polars.lazy(), **ASKED, driver=fx).collect()

        def polars_asof() -> None:
            # It needs its rows sorted, and gives them back so.
            self.polars.sort("on").join_asof(
                rates, on="on", by="ccy", check_sortedness=False
            ).with_columns(amount_EUR=(pl.col("amount") / pl.col("rate")).round(2))

        def in_duckdb() -> None:
            relation = frames.convert(connection.table("amounts"), **ASKED, driver=fx)
            relation.to_arrow_table()

        def duckdb_asof() -> None:
            connection.sql(
                "select s.*, round(amount / rate, 2) as amount_EUR from amounts s "
                "asof left join rates r on s.ccy = r.ccy and s.on >= r.on"
            ).to_arrow_table()

        return {
            "limit: gather and multiply": Way(self.limit, self.rows),
            "codes, float": self.ours(self.coded, exact=False),
            "codes": self.ours(self.coded),
            "strings, arrow, float": self.ours(self.strings, exact=False),
            "strings, arrow": self.ours(self.strings),
            "decimals, arrow": self.ours(self.decimals),
            "strings, polars": self.ours(self.polars),
            "strings, polars, lazy": Way(lazily, self.rows),
            "polars join_asof": Way(polars_asof, self.rows),
            "strings, DuckDB": Way(in_duckdb, self.rows),
            "DuckDB ASOF JOIN": Way(duckdb_asof, self.rows),
        }

    def of_pandas(self) -> dict[str, Way]:
        """By frames of pandas, and dask's partitions of them."""
        import dask.dataframe as dd

        frame = self.strings.to_pandas()
        frame["on"] = frame["on"].astype("datetime64[s]")
        rates = prices().to_pandas()
        rates["on"] = rates["on"].astype("datetime64[s]")
        few, fewer = frame.head(SAMPLE), frame.head(SAMPLE // 10)
        objects = frame.assign(ccy=frame["ccy"].astype(object))
        amounts = [Decimal(str(amount)) for amount in few["amount"].tolist()]
        decimals = few.assign(amount=pd.Series(amounts, dtype=object))
        parts = dd.from_pandas(frame, npartitions=4)

        def by_dask() -> None:
            frames.convert(parts, **ASKED, driver=fx).compute()

        def merge_asof() -> None:
            joined = pd.merge_asof(frame.sort_values("on"), rates, on="on", by="ccy")
            joined["amount_EUR"] = (joined["amount"] / joined["rate"]).round(2)

        def apply() -> None:
            fewer.apply(lambda r: peer.convert(r.amount, r.ccy, "EUR", r.on.date()), axis=1)

        return {
            "strings, pandas": self.ours(frame),
            "objects, pandas": self.ours(objects),
            "Decimal objects, pandas": self.ours(decimals)._replace(rows=len(few)),
            "strings, dask": Way(by_dask, self.rows),
            "pandas merge_asof": Way(merge_asof, self.rows),
            "CurrencyConverter, pandas apply": Way(apply, len(fewer)),
        }

    def of_peers(self) -> dict[str, Way]:
        """Row by row."""
        return {
            "CurrencyConverter, row by row": Way(self.row_by_row, len(self.sample)),
            "fx.convert, row by row": Way(self.one_by_one, len(self.sample[:1000])),
        }

    def wrong_cents(self) -> int:
        """Of a sample of rows, how many are not what `fx.convert` gives."""
        some = self.decimals.slice(0, SAMPLE)
        column = frames.convert(some, **ASKED, driver=fx)["amount_EUR"].to_pylist()
        alone = (
            fx.convert(amount, code, "EUR", day)
            for amount, (_, code, day) in zip(some["amount"].to_pylist(), self.sample, strict=True)
        )
        return sum(a != b for a, b in zip(column, alone, strict=True))
