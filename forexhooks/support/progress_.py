"""Progress: telling whoever waits how far a long question has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

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
