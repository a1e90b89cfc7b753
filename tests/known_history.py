"""The ECB's history up to the day that the tests know, whatever the package has meanwhile."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from datetime import date
from pathlib import Path

import forexhooks_ecb
from forexhooks_ecb import ECB
from forexhooks_ecb.grid import Grid
from forexhooks_ecb.store import Store, newest_day, packed


def held_until(day: date) -> str | None:
    """Give every ECB driver of this process a history that ends on a day.

    Returns:
        The file, for other processes; None: the history in the package ends on that day.
    """
    if newest_day(forexhooks_ecb.BUNDLE) == day:
        return None
    days, columns = Store(forexhooks_ecb.BUNDLE, "ecb", ECB.profile).grid()
    known = sum(each <= day.toordinal() for each in days)
    cut = Grid(days[:known], {code: cells[:known] for code, cells in columns.items()})
    folder = Path(tempfile.mkdtemp(prefix="forexhooks-known-history-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "eurofxref.store"
    path.write_bytes(packed(cut))
    forexhooks_ecb.BUNDLE = str(path)
    return str(path)
