"""In one process: a column of amounts, as ratios to the limit and to CurrencyConverter.

`python benchmarks/columns.py [rows]`; needs the extra `frames`, pandas, polars, pyarrow and
CurrencyConverter. What is compared is measured in turns, and the median counts.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from currency_converter import CurrencyConverter

import forexhooks
from forexhooks import frames

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
TURNS = 7
SAMPLE = 20_000
CHUNK = 1 << 15

random = np.random.default_rng(1999)
CODES = np.array(["USD", "GBP", "JPY", "CHF", "SEK", "NOK", "CAD", "AUD", "CZK", "PLN"])
FIRST = np.datetime64("2005-01-03")
codes = random.integers(0, len(CODES), ROWS).astype(np.int8)
days = FIRST + random.integers(0, 7500, ROWS).astype("m8[D]")
amounts = np.round(random.uniform(1, 10_000, ROWS), 2)

strings = pa.table({"amount": amounts, "ccy": pa.array(CODES[codes]), "on": days})
coded = strings.set_column(
    1,
    "ccy",
    pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(CODES)).cast(
        pa.dictionary(pa.int8(), pa.string())
    ),
)
decimals = strings.set_column(0, "amount", strings["amount"].cast(pa.decimal128(18, 2)))
fx = forexhooks.open("ecb")
ASKED: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": "on"}

# The limit: the rate of each row, by an index that is there already, times its amount.
rate_table = random.uniform(0.1, 2, len(CODES) * 7600)
index = codes.astype(np.int32) * 7600 + (days - FIRST).astype(np.int32)


def limit() -> None:
    out = np.empty(ROWS)  # the column is new each time
    for start in range(0, ROWS, CHUNK):
        part = slice(start, start + CHUNK)
        np.take(rate_table, index[part], out=out[part], mode="clip")
        out[part] *= amounts[part]


def converter(frame: Any, **more: Any) -> Callable[[], object]:
    return lambda: frames.convert(frame, **ASKED, driver=fx, **more)


peer = CurrencyConverter(fallback_on_missing_rate=True, fallback_on_wrong_date=True)
sample = [
    (float(amount), str(code), day)
    for amount, code, day in zip(
        amounts[:SAMPLE], CODES[codes[:SAMPLE]], days[:SAMPLE].tolist(), strict=True
    )
]


def peer_row_by_row() -> None:
    for amount, code, day in sample:
        peer.convert(amount, code, "EUR", day)


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


measured: dict[str, Callable[[], object]] = {
    "limit": limit,
    "codes, float": converter(coded, exact=False),
    "codes, exact": converter(coded),
    "strings, arrow, float": converter(strings, exact=False),
    "strings, arrow, exact": converter(strings),
    "decimals, arrow, exact": converter(decimals),
    "strings, polars, exact": converter(pl.DataFrame(pl.from_arrow(strings))),
    "strings, pandas, exact": converter(strings.to_pandas()),
}
for call in measured.values():
    call()
took: dict[str, list[float]] = {name: [] for name in measured}
of_peer = []
for _ in range(TURNS):
    for name, call in measured.items():
        took[name].append(seconds(call) / ROWS)
    of_peer.append(seconds(peer_row_by_row) / SAMPLE)


def ratio(one: list[float], other: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(one, other, strict=True))


figures = {f"{name}, Mrows/s": 1e-6 / statistics.median(each) for name, each in took.items()}
for name in took:
    figures[f"{name}, x limit"] = ratio(took[name], took["limit"])
    figures[f"{name}, peer / it"] = ratio(of_peer, took[name])
figures["exact / float, codes"] = ratio(took["codes, exact"], took["codes, float"])
figures["exact / float, strings"] = ratio(
    took["strings, arrow, exact"], took["strings, arrow, float"]
)
print(json.dumps({name: round(value, 2) for name, value in figures.items()}))
