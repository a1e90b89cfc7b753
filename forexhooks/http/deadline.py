"""The deadline of what is read: a body that takes long to parse is given up in the middle."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))


class OutOfTimeError(Exception):
    """The deadline passed before the whole answer was there, or was read."""


@contextmanager
def reading_until(deadline: float) -> Iterator[None]:
    """Within it, and in this thread, `check_time` raises past the deadline (`time.monotonic`)."""
    token = _deadline.set(deadline)
    try:
        yield
        check_time()
    finally:
        _deadline.reset(token)


def check_time() -> None:
    """Raise `OutOfTimeError` past the deadline, if there is one."""
    if monotonic() > _deadline.get():
        raise OutOfTimeError
