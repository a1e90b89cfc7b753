"""Rows in chunks that stay in the cache, by two threads where that pays."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

CHUNK = 1 << 17
"""Rows at once: as many as stay in the cache."""

_WORTH_TWO = 1 << 21


def in_spans(count: int, task: Callable[[int, int], T]) -> list[T]:
    """Call `task(first, last)` for all of so many rows: once, or for each half in a thread."""
    if count < _WORTH_TWO or (os.cpu_count() or 1) == 1:
        return [task(0, count)]
    from concurrent.futures import ThreadPoolExecutor

    middle = count // 2 // CHUNK * CHUNK
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(task, (0, middle), (middle, count)))
