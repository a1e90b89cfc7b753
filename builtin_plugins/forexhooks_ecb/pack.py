"""Make the store of the ECB's history: `python -m forexhooks_ecb.pack eurofxref-hist.zip OUT`.

The same history gives the same bytes. What is new, corrected or gone, against the store that was
there, is written to stdout.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

from forexhooks.errors import DriverError
from forexhooks_ecb import ECB
from forexhooks_ecb.files import history_of
from forexhooks_ecb.grid import EMPTY, Grid, value_of
from forexhooks_ecb.store import Store, packed


def pack(source: str, destination: str) -> list[str]:
    """Write the store of the history in `source`, the ECB's zip, to `destination`.

    Returns:
        What has changed against the store that was there, a line each; nothing where none was.
    """
    grid = Grid.of(history_of(Path(source).read_bytes()))
    there = Path(destination)
    before = None
    with suppress(FileNotFoundError, DriverError):  # a damaged store is replaced like any other
        before = Store(destination, "ecb", ECB.profile).grid()
    there.write_bytes(packed(grid))
    return [] if before is None else [*changes(before, grid)]


def changes(before: Grid, after: Grid) -> Iterator[str]:
    """What one history has that the other has not, in words: days, currencies, values."""
    old, new = set(before.days), set(after.days)
    for what, days in (("new", new - old), ("gone", old - new)):
        if days:
            first, last = date.fromordinal(min(days)), date.fromordinal(max(days))
            yield f"{what}: {len(days)} days, {first} to {last}"
    for what, codes in (
        ("new", after.columns.keys() - before.columns.keys()),
        ("gone", before.columns.keys() - after.columns.keys()),
    ):
        if codes:
            yield f"{what}: {', '.join(sorted(codes))}"
    for code in sorted(before.columns.keys() & after.columns.keys()):
        was = dict(zip(before.days, before.columns[code], strict=True))
        now = dict(zip(after.days, after.columns[code], strict=True))
        for day in sorted(old & new):
            if was[day] != now[day]:
                values = (_said(each[day]) for each in (was, now))
                yield f"corrected: {date.fromordinal(day)} {code} {' -> '.join(values)}"


def _said(cell: int) -> str:
    return "none" if cell == EMPTY else str(value_of(cell))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m forexhooks_ecb.pack", description=__doc__)
    parser.add_argument("source", metavar="ZIP", help="eurofxref-hist.zip, as the ECB publishes it")
    parser.add_argument("destination", metavar="OUT", help="the store that is written")
    for line in pack(**vars(parser.parse_args())):
        sys.stdout.write(f"{line}\n")
