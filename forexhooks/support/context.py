"""Modes: how providers are asked, for all that is asked within them, and in this thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Mode = Literal["usual", "anew", "at first hand", "kept"]

_is_offline: ContextVar[bool] = ContextVar("is_offline", default=False)
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


@contextmanager
def switched_off() -> Iterator[None]:
    """Within it the network is switched off, whatever the settings say."""
    token = _is_offline.set(True)
    try:
        yield
    finally:
        _is_offline.reset(token)


def is_switched_off() -> bool:
    """Whether the network is switched off here."""
    return _is_offline.get()


def mode() -> Mode:
    """How to ask."""
    return _mode.get()


Progress = Callable[[int, int | None], None]
"""Called with how much is done, and of how much: bytes or days. None: how much is not known."""

_listener: ContextVar[Progress | None] = ContextVar("progress", default=None)


@contextmanager
def reporting_to(progress: Progress | None) -> Iterator[None]:
    """Within it, and in this thread, `report` calls `progress`."""
    token = _listener.set(progress)
    try:
        yield
    finally:
        _listener.reset(token)


def report(done: int, total: int) -> None:
    """Tell whoever waits, if anyone does."""
    progress = _listener.get()
    if progress is not None:
        progress(done, total)
