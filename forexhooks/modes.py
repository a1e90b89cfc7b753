"""Modes: how providers are asked, for all that is asked within them, and in this thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Mode = Literal["usual", "anew", "at first hand", "kept"]

_mode: ContextVar[Mode] = ContextVar("mode", default="usual")


@contextmanager
def asking(mode: Mode) -> Iterator[None]:
    """Ask in this way.

    - `usual`: what is kept and still good is used, and where the provider fails, what is older too
    - `anew`: the provider is asked, whatever is kept
    - `at first hand`: where the provider fails, what is older is not used
    - `kept`: nobody is asked; what is kept will do, however old
    """
    token = _mode.set(mode)
    try:
        yield
    finally:
        _mode.reset(token)


def mode() -> Mode:
    """How to ask."""
    return _mode.get()
