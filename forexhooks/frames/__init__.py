"""Whole columns at once: amounts of a frame in another currency, each as of its day.

`convert` does a frame. A program that has its rows in batches makes one `Converter` and gives it
one after the other: it keeps what it has looked up, returns each frame with its `Failures`, the
rows that could not be converted with the reason of each, and raises for none of them. `rates` gives
the rates of a time as a frame, for joins of one's own.

Needs the extra `frames`: `pip install forexhooks[frames]`.
"""

from __future__ import annotations

from forexhooks.support.optional import imported

for _needed in ("narwhals", "numpy"):
    imported(_needed, "'forexhooks[frames]'")

from forexhooks.frames.conversion import convert  # noqa: E402
from forexhooks.frames.converter import Converted, Converter, Failures  # noqa: E402
from forexhooks.frames.export import from_history, rates  # noqa: E402

__all__ = ["Converted", "Converter", "Failures", "convert", "from_history", "rates"]
