"""Whole columns at once: amounts of a frame in another currency, each as of its day.

`convert` does a frame. A program that has its rows in batches makes one `Converter` and gives it
one after the other: it keeps what it has looked up, returns each frame with the `Failures` in it,
the rows that could not be converted, with the reason of each, and raises for none of them.

Needs the extra `frames`: `pip install forexhooks[frames]`.
"""

from __future__ import annotations

from forexhooks.frames.conversion import convert
from forexhooks.frames.converter import Converted, Converter, Failures
from forexhooks.frames.history import from_history

__all__ = ["Converted", "Converter", "Failures", "convert", "from_history"]
