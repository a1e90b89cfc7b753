"""A Parquet file of many rows, converted by what need not hold it: CPU time and memory of each.

`python benchmarks/beyond_memory.py 5e6` makes a file of so many rows, lets each engine convert it
in a process of its own, into another file, and compares the results.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ASKED: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": "on"}
GROUP = 1_000_000


def _make(path: str, rows: int) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    codes = np.array(["USD", "GBP", "JPY", "CHF", "SEK", "NOK", "CAD", "AUD", "CZK", "PLN"])
    random = np.random.default_rng(2001)
    writer = None
    for start in range(0, rows, GROUP):
        count = min(GROUP, rows - start)
        amounts = pa.array(random.integers(1, 1_000_000, count) / 100)
        table = pa.table(
            {
                "n": np.arange(start, start + count),
                "amount": amounts.cast(pa.decimal128(18, 2)),
                "ccy": codes[random.integers(0, len(codes), count)],
                "on": np.datetime64("2005-01-03") + random.integers(0, 7500, count).astype("m8[D]"),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def _duckdb(source: str, target: str) -> None:
    import duckdb

    from forexhooks import frames

    connection = duckdb.connect(config={"memory_limit": "200MB"})
    relation = connection.from_parquet(source)
    frames.convert(relation, **ASKED, driver="ecb").write_parquet(target)


def _polars(source: str, target: str) -> None:
    import polars as pl

    from forexhooks import frames

    frames.convert(pl.scan_parquet(source), **ASKED, driver="ecb").sink_parquet(target)


def _dask(source: str, target: str) -> None:
    import dask.dataframe as dd

    from forexhooks import frames

    frame = dd.read_parquet(source, split_row_groups=True, dtype_backend="pyarrow")
    frames.convert(frame, **ASKED, driver="ecb").to_parquet(target)


def _file(source: str, target: str) -> None:
    from forexhooks.cli import cli

    columns = ("--amount", "amount", "--currency", "ccy", "--to", "EUR", "--on", "on")
    failed = cli.main(["convert-file", source, *columns, "-o", target], standalone_mode=False)
    if failed:
        sys.exit(failed)


ENGINES = {
    "DuckDB, 200 MB": _duckdb,
    "polars, streaming": _polars,
    "dask": _dask,
    "convert-file": _file,
}


def _digest(path: str) -> tuple[int, str]:
    """Rows, and the results, each times its row's number, added up modulo 2 ** 64."""
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    rows, total = 0, 0
    for batch in ds.dataset(path).to_batches(columns=["n", "amount_EUR"], batch_size=GROUP):
        cents = pc.round(pc.multiply(batch["amount_EUR"].cast("float64"), 100.0)).cast("int64")
        rows += len(batch)
        total += pc.sum(pc.multiply(cents, pc.add(batch["n"], 1))).as_py() or 0
    # The sum of a batch is cut to 64 bits, and batches are not the same in all files.
    return rows, str(total % 2**64)


def measured(rows: int) -> str:
    """A table: of each engine its speed, and the most memory it had."""
    lines = ["| | million rows a second of CPU | memory, MiB | cents |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        source = str(Path(folder, "amounts.parquet"))
        _make(source, rows)
        size = Path(source).stat().st_size / 2**20
        first = None
        for name in ENGINES:
            target = str(Path(folder, f"{name.partition(',')[0]}.parquet"))
            command = [sys.executable, __file__, name, source, target]
            printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            cpu, memory = map(float, printed.split()[-2:])
            found = _digest(target)
            first = first or found
            cents = "all the same" if found == first and found[0] == rows else "**others**"
            lines.append(f"| {name} | {rows / cpu / 1e6:.2g} | {memory:.0f} | {cents} |")
    return f"{rows:,} rows of Parquet, {size:,.0f} MiB:\n\n" + "\n".join(lines)


def main() -> None:
    if len(sys.argv) == 2:
        print(measured(int(float(sys.argv[1]))))
        return
    engine, source, target = sys.argv[1:]
    ENGINES[engine](source, target)
    # What getrusage says of memory is that of the process this one was made by, if it had more.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    [memory] = re.findall(r"VmHWM:\s*(\d+) kB", status)
    print(time.process_time(), int(memory) / 1024)


if __name__ == "__main__":
    main()
