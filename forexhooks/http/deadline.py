"""The deadline for reading: parsing a body that takes too long is abandoned midway."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))


class OutOfTimeError(Exception):
    """The deadline passed before the whole response had arrived or was parsed."""


@contextmanager
def reading_until(deadline: float) -> Iterator[None]:
    """In this context, in this thread, `check_time` raises past the deadline (`time.monotonic`)."""
    token = _deadline.set(deadline)
    try:
        yield
        check_time()
    finally:
        _deadline.reset(token)


def check_time() -> None:
    """Raise `OutOfTimeError` if there is a deadline and it has passed."""
    if monotonic() > _deadline.get():
        raise OutOfTimeError
