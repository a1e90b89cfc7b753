"""Whole columns at once: amounts of a frame in another currency, each as of its day.

`convert` converts a frame. If your rows come in batches, make one `Converter` and give it one batch
after another: it keeps the rates it has looked up. It returns each frame with its `Failures`, the
rows that could not be converted and why, instead of raising an error. `rates` returns the rates of
a span of days as a frame, for your own joins.

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
