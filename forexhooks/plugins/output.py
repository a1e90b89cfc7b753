"""Output: where prints of plugins go while they are imported and made."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TextIO

_is_for_programs = False
_within = 0
_stdout: TextIO = sys.stdout
_counting = Lock()


def keep_stdout() -> None:
    """From now on send prints of plugins to stderr: other programs read our stdout."""
    global _is_for_programs
    _is_for_programs = True


@contextmanager
def output_of_plugins() -> Iterator[None]:
    """The context in which plugins are imported and made, even by several threads at once."""
    global _within, _stdout
    if not _is_for_programs:
        yield
        return
    with _counting:
        if _within == 0:
            _stdout, sys.stdout = sys.stdout, sys.stderr
        _within += 1
    try:
        yield
    finally:
        with _counting:
            _within -= 1
            if _within == 0:
                sys.stdout = _stdout
