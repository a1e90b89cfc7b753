"""Make the store of the ECB's history: `python -m forexhooks_ecb.pack eurofxref-hist.zip OUT`.

The same history gives the same bytes.
"""

from __future__ import annotations

import argparse

from forexhooks_ecb.files import history_of
from forexhooks_ecb.grid import Grid
from forexhooks_ecb.store import packed


def pack(source: str, destination: str) -> None:
    """Write the store of the history in `source`, the ECB's zip, to `destination`."""
    with open(source, "rb") as file:
        content = packed(Grid.of(history_of(file.read())))
    with open(destination, "wb") as file:
        file.write(content)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m forexhooks_ecb.pack", description=__doc__)
    parser.add_argument("source", metavar="ZIP", help="eurofxref-hist.zip, as the ECB publishes it")
    parser.add_argument("destination", metavar="OUT", help="the store that is written")
    pack(**vars(parser.parse_args()))
