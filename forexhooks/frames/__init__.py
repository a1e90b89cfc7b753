"""Whole columns at once: amounts of a frame in another currency, each as of its day.

`convert` does a frame. A program that has its rows in batches makes one `Converter` and gives it
one after the other: it keeps what it has looked up, returns each frame with its `Failures`, the
rows that could not be converted with the reason of each, and raises for none of them. `rates` gives
the rates of a time as a frame, for joins of one's own.

Needs the extra `frames`: `pip install forexhooks[frames]`.
"""

from __future__ import annotations

try:
    import narwhals as _narwhals  # noqa: F401 - to say what is missing
    import numpy as _numpy  # noqa: F401
except ImportError as _error:
    raise ImportError(
        f"forexhooks.frames needs {_error.name}: pip install 'forexhooks[frames]'", name=_error.name
    ) from _error

from forexhooks.frames.conversion import convert
from forexhooks.frames.converter import Converted, Converter, Failures
from forexhooks.frames.history import from_history
from forexhooks.frames.listing import rates

__all__ = ["Converted", "Converter", "Failures", "convert", "from_history", "rates"]
