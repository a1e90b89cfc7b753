"""Make the store of the ECB's history: `python -m forexhooks_ecb.pack eurofxref-hist.zip OUT`.

`OUT` is by default the store in the package. The same history gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from forexhooks import Observation
from forexhooks_ecb import BUNDLE
from forexhooks_ecb.store import packed

if TYPE_CHECKING:
    from collections.abc import Iterator


def observations_of_csv(text: str) -> Iterator[Observation]:
    """Yield the observations of `eurofxref-hist.csv`: EUR as base, `N/A` where there is none."""
    for row in csv.DictReader(io.StringIO(text)):
        on = date.fromisoformat(row.pop("Date"))
        for code, value in row.items():
            # Every line ends with a comma: a last column without a name.
            if code and value and value != "N/A":
                yield Observation(on, "EUR", code, Decimal(value))


def pack(source: str, destination: str = BUNDLE) -> None:
    """Write the store of the history in `source`, the ECB's zip of one CSV file."""
    with zipfile.ZipFile(source) as archive:
        text = archive.read(archive.namelist()[0]).decode("ascii")
    content = packed(observations_of_csv(text))
    with open(destination, "wb") as file:
        file.write(content)


if __name__ == "__main__":
    pack(*sys.argv[1:])
