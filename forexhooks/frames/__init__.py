"""Whole columns at once, in the frames of whichever library you use. Extra: `frames`."""

from forexhooks.frames.history import from_history

__all__ = ["from_history"]
