"""A column of amounts in euros, by forexhooks, by its peers, and the limit: how fast each is.

`python benchmarks/columns.py` needs pandas, polars, pyarrow, duckdb, dask, CurrencyConverter, and
matplotlib; it measures in one process, prints tables, and with `--write` puts them and the chart
beside this file. `--rows 1e3,1e5` measures fewer; `--beyond 5e6` the rows of a file.

All is CPU time, of all threads, so that how many processors there are does not count. What is
compared is measured in turns, and of each the least counts: what others do on the machine takes
caches and memory from it, and only ever adds.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import time
from pathlib import Path
from typing import NamedTuple

import beyond_memory
from column_ways import Rows, Way
from figures import Figure, listed, put, speeds_table

HERE = Path(__file__).parent
MOST_OF_PANDAS = 1_000_000
LEAST = 0.02  # seconds of a turn: shorter calls are repeated, as the peers do a sample of rows
TURNS = {1_000: 15, 100_000: 9, 1_000_000: 5, 10_000_000: 5}


class Measured(NamedTuple):
    """Seconds a row by each way, in each turn, by the number of rows."""

    took: dict[int, dict[str, list[float]]]

    def speed(self, way: str, rows: int) -> float | None:
        """Million rows a second."""
        each = self.took[rows].get(way)
        return None if each is None else 1e-6 / min(each)

    def ratios(self, one: str, other: str, rows: int) -> list[float]:
        """How many times as long the one takes, in each turn."""
        pairs = zip(self.took[rows][one], self.took[rows][other], strict=True)
        return [a / b for a, b in pairs]

    def ratio(self, one: str, other: str, rows: int) -> float:
        """How many times as long the one takes, each at its best."""
        return min(self.took[rows][one]) / min(self.took[rows][other])


def measured(sizes: list[int]) -> tuple[Measured, int]:
    took: dict[int, dict[str, list[float]]] = {}
    wrong = 0
    for number in sizes:
        rows = Rows(number)
        ways = rows.of_engines()
        if number <= MOST_OF_PANDAS:
            ways |= rows.of_pandas()
        ways |= rows.of_peers()
        calls = {name: _calls(way) for name, way in ways.items()}
        took[number] = {name: [] for name in ways}
        for _ in range(TURNS[number]):
            for name, way in ways.items():
                took[number][name].append(_seconds(way, calls[name]))
        wrong += rows.wrong_cents()
    return Measured(took), wrong


def _calls(way: Way) -> int:
    """How often to call it in a turn; it is warm then."""
    way.call()
    return max(1, int(LEAST / (_seconds(way, 1) * way.rows)))


def _seconds(way: Way, calls: int) -> float:
    start = time.process_time()
    for _ in range(calls):
        way.call()
    return (time.process_time() - start) / calls / way.rows


def figures(found: Measured, wrong: int) -> list[Figure]:
    """What the goals are about, of the sizes that were measured."""
    peer, one, sizes = "CurrencyConverter, row by row", "fx.convert, row by row", set(found.took)
    of: list[Figure] = []
    if (rows := 1_000) in sizes:
        names = ("strings, arrow", "strings, polars", "strings, pandas")
        whole = [1000 / found.ratio(one, name, rows) for name in names]
        of.append(_least("1,000 rows in arrow, polars, pandas, to one `fx.convert`", 20, whole))
        by_peer = [found.ratio(peer, name, rows) for name in names]
        of.append(_most("the same, to CurrencyConverter row by row", 3, by_peer))
    if (rows := 100_000) in sizes:
        names = ("strings, arrow", "strings, polars", "strings, pandas", "decimals, arrow")
        by_peer = [found.ratio(peer, name, rows) for name in names]
        what = "100,000 rows in arrow, polars, pandas, as decimals, to CurrencyConverter"
        of.append(_most(what, 60, by_peer))
    if (rows := 1_000_000) in sizes:
        lazy = found.ratio("strings, polars, lazy", "strings, polars", rows)
        of.append(_least("a million rows of lazy polars, to eager", 1.5, [lazy]))
        dask = found.ratio("strings, dask", "strings, pandas", rows)
        of.append(_least("a million rows of dask, to pandas", 2, [dask]))
    if (rows := 10_000_000) in sizes:
        each = found.ratios("codes", "limit: gather and multiply", rows)
        of.append(_least("10 million codes, to numpy's gather and multiply, each turn", 1.6, each))
    asof = [found.ratio("strings, DuckDB", "DuckDB ASOF JOIN", rows) for rows in found.took]
    of.append(_least("in DuckDB, to its own ASOF JOIN, by number of rows", 1, asof))
    exact = [found.ratio("codes", "codes, float", rows) for rows in found.took]
    of.append(_least("exact, to float64, by number of rows", 3.5, exact))
    what = "wrong cents, of 20,000 random rows, and of fewer"
    return [*of, Figure(what, "0", f"{wrong}", wrong == 0)]


def _least(what: str, goal: float, ratios: list[float]) -> Figure:
    said = ", ".join(f"{each:.2g}" if each < 10 else f"{each:.0f}" for each in ratios)
    return Figure(what, f"≤ {goal:g}", said, max(ratios) <= goal)


def _most(what: str, goal: float, ratios: list[float]) -> Figure:
    said = ", ".join(f"{each:.1f}" if each < 10 else f"{each:.0f}" for each in ratios)
    return Figure(what, f"≥ {goal:g}", said, min(ratios) >= goal)


def speeds_of(found: Measured) -> dict[str, dict[str, float]]:
    """Million rows a second by each way and number of rows."""
    speeds: dict[str, dict[str, float]] = {}
    for rows, ways in found.took.items():
        for way in ways:
            speed = found.speed(way, rows)
            if speed is not None:
                speeds.setdefault(way, {})[str(rows)] = speed
    return speeds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", default="1e3,1e5,1e6,1e7", help=f"of {', '.join(map(str, TURNS))}"
    )
    parser.add_argument("--beyond", type=float, default=5e6, help="0: no file at all")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    sizes = [int(float(each)) for each in options.rows.split(",")]
    found, wrong = measured(sizes)
    of, speeds = figures(found, wrong), speeds_of(found)
    beyond = beyond_memory.measured(int(options.beyond)) if options.beyond else ""
    table = speeds_table(sizes, speeds)
    if options.write:
        from chart import draw

        draw(speeds, str(HERE / "columns.svg"))
        when = (
            f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, Python {platform.python_version()}, "
            f"{os.cpu_count()} processors:"
        )
        put("columns", "\n\n".join((when, table, listed(of))))
        if beyond:
            put("beyond memory", beyond)
    print("\n\n".join(filter(None, (table, listed(of), beyond))))
    print(json.dumps({"figures": of}))  # one line, for run.py


if __name__ == "__main__":
    main()
