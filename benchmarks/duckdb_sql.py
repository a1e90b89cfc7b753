"""`forex_convert` in DuckDB's SQL against `frames.convert` of the same relation: a ratio.

`python benchmarks/duckdb_sql.py` needs duckdb and pyarrow, and prints how many times as much CPU
time the function takes, the median of turns. It is to be at most 3.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa

import forexhooks
from forexhooks import frames
from forexhooks.adapters.duckdb import register

ROWS, TURNS = 1_000_000, 5
CODES = np.array(["USD", "GBP", "JPY", "CHF", "SEK", "NOK", "CAD", "AUD", "CZK", "PLN"])


def seconds(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def main() -> None:
    fx = forexhooks.open("ecb")
    draw = np.random.default_rng(1999)
    amounts = pa.array(draw.integers(100, 1_000_000, ROWS))
    days = np.datetime64("2005-01-03") + draw.integers(0, 7500, ROWS).astype("m8[D]")
    table = pa.table({"cents": amounts, "ccy": CODES[draw.integers(0, len(CODES), ROWS)]})
    table = table.append_column("day", pa.array(days))
    connection = duckdb.connect()
    connection.register("given", table)
    connection.execute(
        "CREATE TABLE rows AS SELECT (cents / 100)::DECIMAL(12, 2) AS amount, ccy, day FROM given"
    )
    register(connection, fx)
    asked = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": "day"}

    def by_frames() -> None:
        frames.convert(connection.table("rows"), **asked, driver=fx).to_arrow_table()

    def by_sql() -> None:
        sql = "SELECT *, forex_convert(amount, ccy, 'EUR', day) AS amount_EUR FROM rows"
        connection.sql(sql).to_arrow_table()

    by_frames(), by_sql()
    ratios = [seconds(by_sql) / seconds(by_frames) for _ in range(TURNS)]
    print(f"forex_convert / frames.convert: {statistics.median(ratios):.2f} (at most 3)")


if __name__ == "__main__":
    main()
