"""Make the store of the ECB's history: `python -m forexhooks_ecb.pack eurofxref-hist.zip OUT`.

`OUT` is by default the store in the package. The same history gives the same bytes.
"""

from __future__ import annotations

import sys

from forexhooks_ecb import BUNDLE
from forexhooks_ecb.files import history_of
from forexhooks_ecb.grid import Grid
from forexhooks_ecb.store import packed


def pack(source: str, destination: str = BUNDLE) -> None:
    """Write the store of the history in `source`, the ECB's zip of one CSV file."""
    with open(source, "rb") as file:
        content = packed(Grid.of(history_of(file.read())))
    with open(destination, "wb") as file:
        file.write(content)


if __name__ == "__main__":
    pack(*sys.argv[1:])
